/**
 * The JSON forms that `jux … --json` prints. Fields are only added, never renamed, within a major version.
 *
 * @module
 */
import type { SettingView } from '../config/views.js'
import type { Property, RunOutcome } from '../model.js'

/** An error, on standard output. The exit code is 1. */
export interface ErrorJson {
  /** The message. */
  readonly error: string
  /** A name in `ERROR_NUMBERS`. */
  readonly code: string
  /** The finer reason, where there is one. */
  readonly reason?: string | undefined
  readonly suggestions?: readonly string[] | undefined
}

/** `jux verify --json REPORT`. */
export interface VerifyJson extends Partial<ErrorJson> {
  readonly valid: boolean
  /** As named on the command line; `-` is standard input. */
  readonly file: string
  /** Whether you trust the signer; false if only the integrity was checked (`--embedded`). */
  readonly trusted?: boolean | undefined
  readonly signer?:
    | {
        /** Subject of the certificate. */
        readonly subject?: string | undefined
        /** SHA-256 of the public key, lower-case hex. */
        readonly fingerprint: string
        /** For example `ECDSA P-256`. */
        readonly key: string
        /** Why the key is trusted: `public-key`, `certificate`, `authority` or `embedded`. */
        readonly basis: string
      }
    | undefined
  readonly algorithm?: string | undefined
  readonly digest?: string | undefined
  readonly canonicalization?: string | undefined
  readonly content_hash?: string | undefined
  /** Facts of the run in the verified report; absent where it states none, or several. */
  readonly project?: string | undefined
  /** The property `git:commit`. */
  readonly commit?: string | undefined
  /** The property `jux:timestamp`, when the run was reported. */
  readonly time?: string | undefined
  /** Of `--attestation`, or of a file that is an attestation itself. */
  readonly attestation?: AttestationJson | undefined
  /** Of `--receipt`. */
  readonly receipt?: ReceiptJson | undefined
}

/** A receipt that a server has signed. */
export interface ReceiptJson {
  /** Its address or name, as it is configured there. */
  readonly server: string
  /** The server's id of the run. */
  readonly id: string
  readonly project: string
  /** ISO 8601, UTC, by the clock of the server. */
  readonly received_at: string
  /** What the server found out about the signature of the report: `trusted`, `untrusted` or `unsigned`. */
  readonly signature: string
  /** SHA-256 of the bytes that the server stores, lower-case hex. */
  readonly sha256: string
  /** Whether these are the bytes of the file; if not, they have the same content, with another signature for example. */
  readonly same_bytes: boolean
  /** SHA-256 of the server's public key, lower-case hex. */
  readonly fingerprint: string
  /** For example `ECDSA P-256`. */
  readonly key: string
}

/** `jux verify --json` of several reports. */
export interface VerifyManyJson {
  /** Whether every report is valid. */
  readonly valid: boolean
  readonly total: number
  readonly accepted: number
  readonly refused: number
  readonly results: readonly VerifyJson[]
}

/** `jux verify --policy --json`. */
export interface PolicyDecisionJson {
  /** Whether every rule is fulfilled. */
  readonly passed: boolean
  readonly verdict: 'passed' | 'failed' | 'undecided'
  readonly policy: {
    /** As named on the command line. */
    readonly file: string
    /** SHA-256 of its bytes, lower-case hex. */
    readonly sha256: string
    readonly name?: string | undefined
  }
  /** The reports that were verified. */
  readonly reports: readonly {
    readonly file: string
    /** SHA-256 of the file's bytes, lower-case hex. */
    readonly sha256: string
    readonly content_hash: string
    /** Fingerprint of the signer's key. */
    readonly key: string
    readonly project?: string | undefined
    readonly commit?: string | undefined
    readonly tests: number
    readonly outcome: RunOutcome
  }[]
  readonly findings: readonly {
    /** Id of the rule, such as `complete.min-tests`. */
    readonly rule: string
    readonly result: 'fulfilled' | 'violated' | 'undecided'
    /** The report that it is about; absent if it is about all. */
    readonly report?: string | undefined
    /** Texts for people; they may change. */
    readonly found: string
    readonly wanted: string
    /** All tests that `found` names some of. */
    readonly tests?: readonly string[] | undefined
    /** Present if it is fulfilled only because of waivers. */
    readonly waived?: true | undefined
  }[]
}

/** `jux policy check --json`. */
export interface PolicyCheckJson extends Partial<ErrorJson> {
  readonly valid: boolean
  readonly file: string
  /** SHA-256 of the file's bytes, lower-case hex. */
  readonly sha256: string
  /** What each rule demands; the texts may change. */
  readonly rules: readonly { readonly rule: string; readonly demand: string }[]
}

/** A waiver in the output of `jux waiver list --json` and `jux waiver verify --json`. */
export interface WaiverJson extends Partial<ErrorJson> {
  readonly file: string
  /** Whether an approver signed it, and it has not expired. Absent in `list`, which verifies nothing. */
  readonly valid?: boolean | undefined
  readonly test?: string | undefined
  readonly project?: string | undefined
  readonly reason_given?: string | undefined
  readonly owner?: string | undefined
  /** The last day, in UTC. */
  readonly expires?: string | undefined
  readonly expired?: boolean | undefined
  /** Fingerprint of the approver's key, if it was verified. */
  readonly approver?: string | undefined
}

/** What `jux verify` says about an attestation. */
export interface AttestationJson {
  /** SHA-256 of its file, lower-case hex. */
  readonly sha256: string
  readonly format: 'bundle' | 'dsse'
  readonly predicate_type: string
  /** `PASSED`, `WARNED` or `FAILED`. */
  readonly result: string
  /** SHA-256 of the files that it is about, lower-case hex. */
  readonly subjects: readonly string[]
  /** SHA-256 of the public key of its signer, lower-case hex. */
  readonly fingerprint: string
  /** The time that a trusted time-stamping authority vouches for (`--tsa-ca`). */
  readonly stamped_at?: string | undefined
}

/** `jux attest --json`. */
export interface AttestJson {
  /** Whether there is an attestation of every report. */
  readonly success: boolean
  readonly attested: number
  readonly failed: number
  readonly results: readonly AttestResultJson[]
}

/** One report of `jux attest --json`. */
export interface AttestResultJson extends Partial<ErrorJson> {
  /** As named on the command line; `-` is standard input. */
  readonly file: string
  readonly success: boolean
  /** Where the attestation is; `-` is standard output. */
  readonly attestation?: string | undefined
  /** SHA-256 of the attestation's file, lower-case hex. */
  readonly sha256?: string | undefined
  readonly result?: 'PASSED' | 'WARNED' | 'FAILED' | undefined
  readonly outcome?: RunOutcome | undefined
  readonly tests?: number | undefined
  readonly passed?: number | undefined
  readonly failures?: number | undefined
  readonly errors?: number | undefined
  readonly skipped?: number | undefined
  /** Tests that passed, but not at their first attempt. */
  readonly flaky?: number | undefined
  /** The time of the time stamp that was added. */
  readonly stamped_at?: string | undefined
  /** Why there is no time stamp, although an authority is given. `jux attest --stamp` adds one later. */
  readonly stamp_error?: string | undefined
  readonly signer?: { readonly subject?: string | undefined; readonly fingerprint: string } | undefined
}

/** `jux inspect --json`. The counts are those of the test cases. */
export interface InspectJson {
  readonly tests: number
  readonly failures: number
  readonly errors: number
  readonly skipped: number
  readonly passed: number
  /** The content hash, lower-case hex. */
  readonly canonical_hash: string
  /** Whether there is a signature. It is not verified. */
  readonly signed: boolean
  readonly name: string
  readonly outcome: RunOutcome
  /** Of the first suite: the facts about the run. */
  readonly properties: readonly Property[]
  readonly suites: readonly {
    readonly name: string
    /** Names of the enclosing suites, outermost first. */
    readonly path: readonly string[]
    readonly tests: number
    readonly failures: number
    readonly errors: number
    readonly skipped: number
    readonly passed: number
    readonly properties: readonly Property[]
  }[]
}

/** `jux report --json`. */
export interface ReportJson {
  /** Whether there is a report of every file. */
  readonly success: boolean
  readonly dry_run: boolean
  /** Number of files of which there is a report. */
  readonly reported: number
  readonly failed: number
  readonly results: readonly ReportResultJson[]
}

/** One file of `jux report --json`. The error is why there is no report, or why it was not stored or sent. */
export interface ReportResultJson extends Partial<ErrorJson> {
  /** As named on the command line, or found there; `-` is standard input. */
  readonly file: string
  readonly success: boolean
  /** The program that wrote the file, or the name of the file: `jux:source`. */
  readonly source?: string | undefined
  readonly outcome?: RunOutcome | undefined
  readonly tests?: number | undefined
  readonly failures?: number | undefined
  readonly errors?: number | undefined
  readonly skipped?: number | undefined
  /** The content hash, lower-case hex. */
  readonly content_hash?: string | undefined
  /** Where the report is on this machine. */
  readonly path?: string | undefined
  /** Whether that copy waits to be sent. */
  readonly queued?: boolean | undefined
  readonly signed?: boolean | undefined
  /** SHA-256 of the public key, lower-case hex. */
  readonly key?: string | undefined
  /** The server's id of the run. */
  readonly test_run_id?: string | null | undefined
  readonly status?: 'created' | 'duplicate' | undefined
  /** The page of the run. */
  readonly page?: string | undefined
  /** What was renamed or left out, why the outcome is not that of the test cases. The texts may change. */
  readonly notices?: readonly string[] | undefined
  /** What would be sent, as label and value (`--dry-run`). */
  readonly submission?: Readonly<Record<string, string>> | undefined
}

/** `jux merge --json`. */
export interface MergeJson {
  readonly merged: true
  /** As named on the command line. */
  readonly file: string
  /** The content hash of the merged report, lower-case hex. */
  readonly content_hash: string
  /** SHA-256 of the public key of its signer, lower-case hex. */
  readonly key: string
  /** The worst outcome of the parts. */
  readonly outcome: RunOutcome
  readonly tests: number
  readonly failures: number
  readonly errors: number
  readonly skipped: number
  readonly passed: number
  /** In the order of the merged report. */
  readonly parts: readonly {
    /** As named on the command line, or found there. */
    readonly file: string
    readonly content_hash: string
    /** What tells it from the others: `shard 2/3`. */
    readonly label: string
    readonly outcome: RunOutcome
    readonly tests: number
    /** SHA-256 of the public key of its signer, lower-case hex. */
    readonly key: string
  }[]
}

/** An entry of the store that is neither listed nor sent. */
export interface SkippedJson {
  readonly file: string
  /** Why, as a clause; not stable. */
  readonly reason: string
}

/** `jux publish --json`. */
export interface PublishJson {
  readonly success: boolean
  readonly dry_run: boolean
  readonly published: number
  readonly failed: number
  readonly results: readonly PublishResultJson[]
  /** What else is in the folder of the queue (`--queue`); absent if there is nothing. */
  readonly skipped?: readonly SkippedJson[] | undefined
  /** Set if the queue is empty. */
  readonly message?: string | undefined
}

/** One report of `jux publish --json`. */
export interface PublishResultJson extends Partial<ErrorJson> {
  /** The content hash that the report is queued under (`--queue`). */
  readonly hash?: string | undefined
  /** The file (`--file`). */
  readonly file?: string | undefined
  readonly success: boolean
  /** The server's id of the run. */
  readonly test_run_id?: string | null | undefined
  /** The server's id of the decision of a gate. */
  readonly decision_id?: string | null | undefined
  readonly status?: 'created' | 'duplicate' | undefined
  readonly attempts?: number | undefined
  /** The page of the run. */
  readonly page?: string | undefined
  /** The message of the server. */
  readonly message?: string | undefined
  readonly warnings?: readonly string[] | undefined
  readonly dry_run?: true | undefined
  /** What would be sent, as label and value. */
  readonly submission?: Readonly<Record<string, string>> | undefined
}

/** `jux cache list --json`. */
export interface CacheListJson {
  readonly reports: readonly {
    readonly hash: string
    /** `N/A` if the report has no such property. */
    readonly timestamp: string
    readonly hostname: string
    /** Bytes. */
    readonly size: number
  }[]
  readonly total: number
  /** What else is in the folder; absent if there is nothing. */
  readonly skipped?: readonly SkippedJson[] | undefined
}

/** `jux cache show HASH --json`. */
export interface CacheShowJson {
  readonly hash: string
  /** The facts about the run, by name. */
  readonly metadata: Readonly<Record<string, string>>
  /** The XML. */
  readonly report: string
  /** Bytes. */
  readonly size: number
  /** Path of the receipt of a server, which is not verified; absent if there is none. */
  readonly receipt?: string | undefined
}

/** `jux cache stats --json`. */
export interface CacheStatsJson {
  readonly total_reports: number
  readonly queued_reports: number
  /** Bytes of all reports. */
  readonly total_size: number
  /** ISO 8601, UTC; null if there is no report. */
  readonly oldest_report: string | null
  readonly quarantined_reports: number
}

/** `jux cache clean --json`. */
export interface CacheCleanJson {
  readonly deleted: number
  readonly dry_run: boolean
  /** Bytes. */
  readonly freed: number
  readonly hashes: readonly string[]
}

/** One setting of `jux config list --json`. */
export interface SettingJson extends Omit<SettingView, 'name'> {}

/** `jux config list --json`. */
export interface ConfigListJson {
  /** By name. */
  readonly options: Readonly<Record<string, SettingJson>>
}

/** `jux config dump --json`: the values in effect, by name. */
export type ConfigDumpJson = Readonly<Record<string, unknown>>

/** `jux config validate --json`. */
export interface ConfigValidateJson {
  readonly valid: boolean
  readonly warnings: readonly string[]
  readonly errors: readonly ErrorJson[]
}
