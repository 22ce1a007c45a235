/**
 * What changed in a run, compared with its base: the data that the page of a run, the API and messages show.
 *
 * @module
 */

/**
 * - `new`: fails, and did not fail in the base.
 * - `known`: fails, and failed in the base.
 * - `flaky`: passed at another attempt in this run, or in another run of the same commit.
 * - `fixed`: passes, and failed in the base.
 * - `vanished`: is in the base, and not in this run.
 * - `skipped`: is skipped, and was not in the base.
 * - `renamed`: is new under this name, in place of the only one of its file that vanished.
 * - `added`: is not in the base.
 */
export const CHANGE_KINDS = ['new', 'known', 'flaky', 'fixed', 'vanished', 'skipped', 'renamed', 'added'] as const

/** How a test changed. */
export type ChangeKind = (typeof CHANGE_KINDS)[number]

/** A run that something is said about. */
export interface RunReference {
  readonly id: string
  readonly branch: string | null
  readonly commitSha: string | null
  readonly insertedAtMs: number
}

/** A test that changed. */
export interface ChangedTest {
  readonly testKey: string
  readonly name: string
  readonly classname: string
  readonly file: string | null
  /** Owners, separated by spaces. */
  readonly owner?: string | null | undefined
  /** Where its test case is: the run, or another shard of its build, and the position there. Undefined if it vanished. */
  readonly place: { readonly runId: string; readonly position: number } | undefined
  /** The first run of the branch since which it failed every time it ran. Only for `new`, `known` and `flaky` tests that fail. */
  readonly since?: RunReference | undefined
  /** Message of its failure. */
  readonly message?: string | null | undefined
  /** The name of the test that it replaces. Only for `renamed`. */
  readonly formerName?: string | undefined
  /** Whether it fails, and its quarantine is active. */
  readonly isQuarantined: boolean
}

/** The tests of one kind. */
export interface ChangeList {
  readonly count: number
  /** How many of them are quarantined failures. */
  readonly quarantined: number
  /** The first ones, in the order of the report; quarantined failures come last. */
  readonly tests: readonly ChangedTest[]
}

/** Why a run was chosen as the base. */
export type BaseReason = 'previous-run' | 'merge-base' | 'base-branch' | 'chosen'

/** What changed in a run. */
export interface RunChanges {
  /** Undefined if there is no run to compare with. Then every failure is `new`, and nothing else is known. */
  readonly base: RunReference | undefined
  readonly reason: BaseReason | undefined
  /** Whether the run has all of its tests: it was not interrupted, filtered or ended early, and all of its shards have arrived. */
  readonly isComplete: boolean
  readonly lists: Readonly<Record<ChangeKind, ChangeList>>
}
