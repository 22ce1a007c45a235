/**
 * What a CI system says about a run, and where it says so.
 *
 * @module
 */

/** Facts that a provider may have. All are texts. */
export interface CiFields {
  readonly jobId?: string | undefined
  readonly buildId?: string | undefined
  readonly buildNumber?: string | undefined
  /** Address of the build's page; the pipeline_url of submissions. */
  readonly buildUrl?: string | undefined
  readonly attempt?: string | undefined
  readonly actor?: string | undefined
  readonly pullRequest?: string | undefined
  /** The source branch of a pull request; the target branch in a merge queue. */
  readonly branch?: string | undefined
  /** The commit that CI builds, according to its variables. */
  readonly commit?: string | undefined
  /** The last commit of a pull request's branch. */
  readonly headCommit?: string | undefined
  /** The target branch of a pull request. */
  readonly baseBranch?: string | undefined
  /** The commit of the target branch that a pull request's branch started from. */
  readonly mergeBase?: string | undefined
  readonly tag?: string | undefined
  /** Without credentials. */
  readonly remote?: string | undefined
}

/** A branch that an event names, and the commit that CI says is its last. */
export interface BranchCandidate {
  readonly branch: string | undefined
  readonly commit: string
  /** The branch of a pull request, which may be merged into what is tested. */
  readonly isPullRequest: boolean
}

/** The source of a provider's facts. */
export interface CiSource {
  /** The trimmed value of a variable; `undefined` if unset or empty. */
  get(name: string): string | undefined
  /** The parsed content of the event file. */
  readonly event: unknown
}
