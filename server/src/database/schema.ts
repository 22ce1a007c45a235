/**
 * The tables, as the queries see them. `migrations.ts` makes them.
 *
 * Times are milliseconds since the epoch, UTC. Flags are 0 and 1, because SQLite has nothing else.
 *
 * @module
 */
import type { Generated, Kysely, Selectable, Transaction } from 'kysely'

/** What a test case came to. */
export type CaseStatus = 'passed' | 'failed' | 'error' | 'skipped'

/** What is known about a report's signature: made by a trusted key, by another one, or none there. */
export type SignatureState = 'trusted' | 'untrusted' | 'unsigned'

/** One report. */
export interface RunTable {
  /** Order of arrival; the key that the other tables use. */
  seq: Generated<number>
  /** UUID, as the API names it. */
  id: string
  content_hash: string
  project: string
  branch: string | null
  commit_sha: string | null
  environment: string
  ci_provider: string | null
  ci_job_id: string | null
  ci_pipeline_url: string | null
  ci_build_number: string | null
  tests: number
  failures: number
  errors: number
  skipped: number
  /** Passed, but not at the first attempt. */
  flaky: number
  /** 0 to 100. */
  success_rate: number
  /** Seconds. */
  total_time: number
  inserted_at: number
  /** When the run began, by the report's own word. */
  started_at: number | null
  /** `jux:outcome` of the report: how the run as a whole ended, by its own word. */
  outcome: string | null
  signature: SignatureState
  /** SHA-256 of the public key (SPKI, DER), hexadecimal. */
  signer_fingerprint: string | null
  signer_subject: string | null
  /** For example `ecdsa-sha256 (ECDSA P-256)`. */
  signer_algorithm: string | null
  /** Why a whole report counts as untrusted: a reason of the verifier. */
  signature_reason: string | null
  /** JSON: names and values of the submission's metadata that the signed properties contradict. */
  contradictions: string | null
  size_bytes: number
  protocol: string
  /** Id of the access key that submitted it; null for the machine's own users. */
  submitted_by: string | null
}

/** A label of a run. */
export interface RunTagTable {
  run_seq: number
  tag: string
}

/** A fact of a run, with the prefix it came with. */
export interface RunPropertyTable {
  run_seq: number
  position: number
  name: string
  value: string
}

/** One `testsuite`. */
export interface SuiteTable {
  run_seq: number
  position: number
  /** UUID, as the API names it. */
  id: string
  /** Names of the suites around it and its own, joined by ` > `. */
  name: string
  tests: number
  failures: number
  errors: number
  skipped: number
  time: number
  output: string | null
}

/** One `testcase`. */
export interface CaseTable {
  run_seq: number
  position: number
  suite_position: number
  /** What stays the same from run to run: a digest of project, class name and name. */
  test_key: string
  inserted_at: number
  name: string
  classname: string
  status: CaseStatus
  flaky: number
  time: number
  file: string | null
  line: number | null
  /** Of the failure, of the error, or why it was skipped. */
  message: string | null
  type: string | null
  details: string | null
  output: string | null
}

/** The bytes of a report, where the database keeps them. */
export interface ReportBytesTable {
  run_seq: number
  bytes: Uint8Array
}

/** A key that a client shows. */
export interface AccessKeyTable {
  /** Public half of the key's text. */
  id: string
  name: string
  /** SHA-256 of the secret half, hexadecimal. */
  secret_sha256: string
  /** The only project it is good for; null for all. */
  project: string | null
  can_submit: number
  can_read: number
  created_at: number
  expires_at: number | null
  revoked_at: number | null
}

/** A signer's public key or certificate. */
export interface TrustedKeyTable {
  id: string
  name: string
  /** The only project it is trusted for; null for all. */
  project: string | null
  kind: 'public-key' | 'certificate' | 'authority'
  pem: string
  fingerprint: string
  created_at: number
}

/** What an Idempotency-Key was used for. */
export interface IdempotencyTable {
  /** Digest of who sent it, for which project, and the key itself. */
  id: string
  content_hash: string
  run_id: string
  created_at: number
}

/** Submissions counted in one window of time. */
export interface RateWindowTable {
  bucket: string
  count: number
  resets_at: number
}

/** The whole database. */
export interface Schema {
  runs: RunTable
  run_tags: RunTagTable
  run_properties: RunPropertyTable
  suites: SuiteTable
  cases: CaseTable
  report_bytes: ReportBytesTable
  access_keys: AccessKeyTable
  trusted_keys: TrustedKeyTable
  idempotency: IdempotencyTable
  rate_windows: RateWindowTable
}

/** A connection pool, or a transaction. */
export type Database = Kysely<Schema>
/** A transaction. */
export type Tx = Transaction<Schema>
/** One row of `runs`. */
export type RunRow = Selectable<RunTable>
/** One row of `suites`. */
export type SuiteRow = Selectable<SuiteTable>
/** One row of `cases`. */
export type CaseRow = Selectable<CaseTable>
/** One row of `access_keys`. */
export type AccessKeyRow = Selectable<AccessKeyTable>
/** One row of `trusted_keys`. */
export type TrustedKeyRow = Selectable<TrustedKeyTable>
