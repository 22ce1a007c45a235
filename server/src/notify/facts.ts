/**
 * The facts of a run that decide who is told, and where: its pull request and its repository.
 *
 * @module
 */
import type { Database, DecisionRow, RunRow, SubscriptionRow } from '../database/schema.js'

/** The facts. A fact that the report states with several values has none. */
export interface NoticeFacts {
  readonly pullRequest: number | undefined
  /** Path of the repository in `git:remote`: `owner/name`. */
  readonly repository: string | undefined
  /** Full SHA-1 or SHA-256 of the commit. */
  readonly sha: string | undefined
}

const REMOTE = 'git:remote'

/** Reads the facts of a run. */
export async function noticeFacts(
  database: Database,
  { seq, commit_sha: sha, pull_request: request }: Pick<RunRow, 'seq' | 'commit_sha' | 'pull_request'>,
): Promise<NoticeFacts> {
  const rows = await database
    .selectFrom('run_properties')
    .select('value')
    .distinct()
    .where('run_seq', '=', seq)
    .where('name', '=', REMOTE)
    .execute()
  return factsOf(sha, request, rows.length === 1 ? (rows[0]?.value ?? null) : null)
}

/** The facts of a decision. */
export function decisionFacts({
  commit_sha: sha,
  pull_request: request,
  remote,
}: Pick<DecisionRow, 'commit_sha' | 'pull_request' | 'remote'>): NoticeFacts {
  return factsOf(sha, request, remote)
}

function factsOf(sha: string | null, request: string | null, remote: string | null): NoticeFacts {
  return {
    pullRequest: request !== null && /^[1-9]\d{0,8}$/.test(request) ? Number(request) : undefined,
    repository: remote === null ? undefined : repositoryOf(remote),
    sha: sha !== null && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(sha) ? sha : undefined,
  }
}

/** The path of a repository in the address of a Git remote: `owner/name`. */
export function repositoryOf(remote: string): string | undefined {
  // `git@host:owner/name.git`, or a URL.
  const path =
    URL.canParse(remote) && remote.includes('://') ? new URL(remote).pathname : /^[^/:]+:(.+)$/.exec(remote)?.[1]
  const trimmed = path?.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '')
  return trimmed === undefined || trimmed === '' ? undefined : trimmed
}

/**
 * Whether a subscription is about a run.
 *
 * A chat is told about the base branch unless the subscription names another one or all (`*`). A pull request from a fork can have a
 * branch with the name of the base branch: it is no run of the base branch.
 */
export function isSubscribed(
  { kind, branch, repository }: Pick<SubscriptionRow, 'kind' | 'branch' | 'repository'>,
  run: Pick<RunRow, 'branch' | 'pull_request'>,
  facts: NoticeFacts,
  baseBranch: string | undefined,
): boolean {
  if (isForge(kind) && (facts.sha === undefined || !isSameRepository(facts.repository, repository))) return false
  const wanted = branch ?? (isForge(kind) ? '*' : baseBranch)
  if (wanted === '*') return true
  if (wanted === undefined || run.branch !== wanted) return false
  return run.pull_request === null || wanted !== baseBranch
}

/** Whether a kind writes to commits and pull requests. */
export function isForge(kind: SubscriptionRow['kind']): boolean {
  return kind === 'github' || kind === 'gitlab'
}

// The two vendors do not distinguish case.
function isSameRepository(stated: string | undefined, subscribed: string | null): boolean {
  return stated !== undefined && stated.toLowerCase() === subscribed?.toLowerCase()
}
