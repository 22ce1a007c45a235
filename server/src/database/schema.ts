/**
 * The types of the tables. `migrations.ts` creates the tables.
 *
 * Times are milliseconds since the epoch, UTC. Booleans are 0 and 1, because SQLite has no boolean type.
 *
 * @module
 */
import type { Generated, Kysely, Selectable, Transaction } from 'kysely'

/** Result of a test case. */
export type CaseStatus = 'passed' | 'failed' | 'error' | 'skipped'

/** Signature of a report: valid and from a trusted signer, valid and from another signer, or missing. */
export type SignatureState = 'trusted' | 'untrusted' | 'unsigned'

/** One report. */
export interface RunTable {
  /** Order of arrival; the foreign key of the other tables. */
  seq: Generated<number>
  /** UUID, the id in the API. */
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
  /** Number of test cases that passed, but not at the first attempt. */
  flaky: number
  /** 0 to 100. */
  success_rate: number
  /** Seconds. */
  total_time: number
  inserted_at: number
  /** When the run started, according to the report. */
  started_at: number | null
  /** How the run as a whole ended, as the reader of reports decides. */
  outcome: string | null
  signature: SignatureState
  /** SHA-256 of the public key (SPKI, DER), hexadecimal. */
  signer_fingerprint: string | null
  signer_subject: string | null
  /** For example `ecdsa-sha256 (ECDSA P-256)`. */
  signer_algorithm: string | null
  /** Why a valid signature is untrusted: a reason of the verifier. */
  signature_reason: string | null
  /** JSON: metadata of the submission that differ from the signed properties. */
  contradictions: string | null
  size_bytes: number
  protocol: string
  /** Id of the API key that submitted the report; null for a program on the server's machine. */
  submitted_by: string | null
  /** Id in the name of the file with the bytes; null when it is the id of the run. */
  file_id: string | null
  /** SHA-256 of the bytes, hexadecimal; null for a run that was stored before there was this column. */
  bytes_sha256: string | null
  /** When a better signed copy replaced the first bytes; null when they are the first ones. */
  bytes_at: number | null
  /** What results may depend on besides the source (`ingest/lineage.ts`); null for a run that was stored before there was this column. */
  lane: string | null
  /** Whether it may be the base of other runs. */
  is_whole: number
  is_dirty: number | null
  pull_request: string | null
  base_branch: string | null
  merge_base: string | null
  shard_index: number | null
  shard_count: number | null
  /** The same for all shards of a build. */
  build: string | null
}

/** A run whose parts are being inserted, before itself (SQLite). */
export interface ArrivingRunTable {
  run_seq: number
  started_at: number
}

/** One tag of a run. */
export interface RunTagTable {
  run_seq: number
  tag: string
}

/** One property of a run. */
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
  /** UUID, the id in the API. */
  id: string
  /** Names of the enclosing suites and of this suite, joined by ` > `. */
  name: string
  tests: number
  failures: number
  errors: number
  skipped: number
  time: number
  output: string | null
}

/** A test of a project, which test cases of many runs refer to. */
export interface TestTable {
  id: Generated<number>
  /** A digest of project, class name and name. */
  test_key: string
  project: string
  classname: string
  name: string
  /** The file of its first test case, which is usually that of the others. */
  file: string | null
  /** When a report had it; up to `SEEN_STEP_MS` too early (`ingest/test-ids.ts`). */
  seen_at: number
  /** Owners, separated by spaces, by the latest report that stated any. Empty for none, null if no report said. */
  owner: string | null
}

/** One `testcase`. Its row is small, because there are more of them than of everything else. */
export interface CaseTable {
  run_seq: number
  position: number
  suite_position: number
  /** Not a foreign key, because that would be checked for every row. */
  test_id: number
  status: CaseStatus
  flaky: number
  time: number
  /** Null for the file of the test; empty when the test has a file, and the test case has none. */
  file: string | null
  line: number | null
}

/** The texts of a test case that has any. */
export interface CaseTextTable {
  run_seq: number
  position: number
  /** Message of the failure or error, or why the test was skipped. */
  message: string | null
  type: string | null
  details: string | null
  output: string | null
}

/** The bytes of a report; with SQLite, large ones are in a file instead. */
export interface ReportBytesTable {
  run_seq: number
  bytes: Uint8Array
}

/** An API key. */
export interface AccessKeyTable {
  /** Public part of the key. */
  id: string
  name: string
  /** SHA-256 of the secret part, hexadecimal. */
  secret_sha256: string
  /** The only project that the key is valid for; null for all. */
  project: string | null
  can_submit: number
  can_read: number
  created_at: number
  expires_at: number | null
  revoked_at: number | null
}

/** Public key or certificate of a trusted signer. */
export interface TrustedKeyTable {
  id: string
  name: string
  /** The only project that the key is trusted for; null for all. */
  project: string | null
  kind: 'public-key' | 'certificate' | 'authority'
  pem: string
  fingerprint: string
  created_at: number
}

/** The report that an Idempotency-Key was used for. */
export interface IdempotencyTable {
  /** Digest of the client, the project and the Idempotency-Key. */
  id: string
  content_hash: string
  run_id: string
  created_at: number
}

/** Number of submissions in one window of the rate limit. */
export interface RateWindowTable {
  bucket: string
  count: number
  resets_at: number
}

/** A quarantined test. */
export interface QuarantineTable {
  /** UUID. */
  id: string
  project: string
  /** Class and name, as a gate names the test. */
  test: string
  owner: string
  reason: string
  /** The last day in UTC, `YYYY-MM-DD`. */
  expires: string
  created_at: number
  /** Id of an API key; null for a program on the server's machine. */
  created_by: string | null
  removed_at: number | null
  removed_by: string | null
  /** The signed waiver, a DSSE envelope in JSON. */
  waiver: string | null
  /** Fingerprint of the key that signed the waiver. */
  signer: string | null
}

/** The tests that the name in an entry can mean. */
export interface QuarantineTestTable {
  test_key: string
  entry_id: string
}

/** The words of a test, for the search: text in SQLite, `tsvector` in PostgreSQL. */
export interface TestWordTable {
  test_id: number
  /** A word that stands for the project. */
  project_word: string
  /** Of the class name and the name. */
  name_words: string
  file_words: string
}

/** The words of an error text, and the latest failure of the project that had it, or one up to a minute older. */
export interface ErrorTextTable {
  id: Generated<number>
  /** Of project and text. */
  digest: string
  project_word: string
  words: string
  /** Not a foreign key, because an index for it would make each update slower. */
  run_seq: number
  position: number
  /** When that run was received. */
  seen_at: number
}

/** Where a subscription sends. */
export type SubscriptionKind = 'webhook' | 'slack' | 'mattermost' | 'teams' | 'github' | 'gitlab'

/** Who is told about the runs of a project. */
export interface SubscriptionTable {
  id: string
  project: string
  /** The only branch; `*` for all; null for the default of the kind. */
  branch: string | null
  kind: SubscriptionKind
  name: string | null
  /**
   * For people: scheme and host, because the rest of the address can be a credential. `$NAME` if the variable was not set when the
   * subscription was added.
   */
  origin: string
  /** Encrypted; null if the address is in the variable `url_env`. */
  url: string | null
  url_env: string | null
  /** Encrypted HMAC secret or token; null if there is none, or it is in the variable `secret_env`. */
  secret: string | null
  secret_env: string | null
  /** `owner/name`, for GitHub and GitLab. */
  repository: string | null
  /** `secret` is the private key of this GitHub App: `APP_ID/INSTALLATION_ID`. */
  app: string | null
  created_at: number
  /** The instance that sends at present. */
  lease_id: string | null
  leased_until: number
  last_sent_at: number | null
  /** Why the last attempt failed; null if it did not. */
  last_error: string | null
}

/** A run of which nobody was told yet. */
export interface PendingNoticeTable {
  run_seq: number
  created_at: number
}

/** A message that is to be sent. */
export interface DeliveryTable {
  id: string
  subscription_id: string
  /** The run that it is about; null for one about a decision. */
  run_seq: number | null
  /** The decision that it is about; null for one about a run. */
  decision_seq: number | null
  event: 'failed' | 'recovered' | 'completed' | 'gate-failed' | 'gate-recovered' | 'gate-completed'
  /** Number of failed attempts. */
  attempts: number
  next_at: number
  created_at: number
}

/** The signed decision of a gate about a project. One about several projects has a row for each. */
export interface DecisionTable {
  seq: Generated<number>
  /** UUID. */
  id: string
  project: string
  /** SHA-256 of the signed statement, hexadecimal: the same decision in another envelope is the same. */
  digest: string
  branch: string | null
  commit_sha: string | null
  pull_request: string | null
  /** Address of the Git repository. */
  remote: string | null
  /** The name that the policy gives itself, else that of its file. */
  policy: string
  policy_uri: string
  policy_sha256: string | null
  result: 'passed' | 'failed'
  /** JSON: the findings of the rules that are violated. */
  failed_rules: string
  verifier: string
  resource: string
  /** SHA-256 of the signer's public key, hexadecimal. */
  signer: string
  /** Type of the key, for people. */
  signer_key: string
  /** Of the certificate that is trusted, if it is one. */
  signer_subject: string | null
  /** When the gate decided, as it states. */
  decided_at: number
  received_at: number
  /** Id of an API key; null for a program on the server's machine. */
  submitted_by: string | null
}

/** A report that a decision judged. */
export interface DecisionReportTable {
  decision_seq: number
  position: number
  name: string
  /** Of the bytes of the file. */
  sha256: string
  content_hash: string
}

/** The bytes of a decision exactly as they were submitted. */
export interface DecisionEnvelopeTable {
  decision_seq: number
  bytes: Uint8Array
}

/** A project whose badge needs no key. */
export interface PublicBadgeTable {
  project: string
  created_at: number
}

/** The whole database. */
export interface Schema {
  runs: RunTable
  arriving_runs: ArrivingRunTable
  run_tags: RunTagTable
  run_properties: RunPropertyTable
  suites: SuiteTable
  tests: TestTable
  cases: CaseTable
  case_texts: CaseTextTable
  report_bytes: ReportBytesTable
  access_keys: AccessKeyTable
  trusted_keys: TrustedKeyTable
  idempotency: IdempotencyTable
  rate_windows: RateWindowTable
  quarantine: QuarantineTable
  quarantine_tests: QuarantineTestTable
  test_words: TestWordTable
  error_texts: ErrorTextTable
  subscriptions: SubscriptionTable
  pending_notices: PendingNoticeTable
  deliveries: DeliveryTable
  decisions: DecisionTable
  decision_reports: DecisionReportTable
  decision_envelopes: DecisionEnvelopeTable
  public_badges: PublicBadgeTable
}

/** A connection pool, or a transaction. */
export type Database = Kysely<Schema>
/** A transaction. */
export type Tx = Transaction<Schema>
/** One row of `runs`. */
export type RunRow = Selectable<RunTable>
/** One row of `suites`. */
export type SuiteRow = Selectable<SuiteTable>
/** A test case with its test and its texts. */
export interface CaseRow
  extends Selectable<Omit<CaseTable, 'test_id'>>,
    Selectable<Omit<CaseTextTable, 'run_seq' | 'position'>> {
  readonly test_key: string
  readonly name: string
  readonly classname: string
  readonly owner: string | null
}
/** One row of `access_keys`. */
export type AccessKeyRow = Selectable<AccessKeyTable>
/** One row of `trusted_keys`. */
export type TrustedKeyRow = Selectable<TrustedKeyTable>
/** One row of `quarantine`. */
export type QuarantineRow = Selectable<QuarantineTable>
/** One row of `subscriptions`. */
export type SubscriptionRow = Selectable<SubscriptionTable>
/** One row of `decisions`. */
export type DecisionRow = Selectable<DecisionTable>
/** One row of `decision_reports`. */
export type DecisionReportRow = Selectable<DecisionReportTable>
/** One row of `deliveries`. */
export type DeliveryRow = Selectable<DeliveryTable>
