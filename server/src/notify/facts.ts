/**
 * The facts of a run that decide who is told, and where: its pull request and its repository.
 *
 * @module
 */
import type { Database, RunRow, SubscriptionRow } from '../database/schema.js'

/** The facts. A fact that the report states with several values has none. */
export interface NoticeFacts {
  readonly pullRequest: number | undefined
  /** Path of the repository in `git:remote`: `owner/name`. */
  readonly repository: string | undefined
  /** Full SHA-1 or SHA-256 of the commit. */
  readonly sha: string | undefined
}

const PULL_REQUEST = 'ci:pull_request'
const REMOTE = 'git:remote'

/** Reads the facts of a run. */
export async function noticeFacts(database: Database, run: Pick<RunRow, 'seq' | 'commit_sha'>): Promise<NoticeFacts> {
  const rows = await database
    .selectFrom('run_properties')
    .select(['name', 'value'])
    .where('run_seq', '=', run.seq)
    .where('name', 'in', [PULL_REQUEST, REMOTE])
    .execute()
  const only = (name: string) => {
    const values = new Set(rows.filter((row) => row.name === name).map(({ value }) => value.trim()))
    return values.size === 1 ? [...values][0] : undefined
  }
  const request = only(PULL_REQUEST)
  return {
    pullRequest: request !== undefined && /^[1-9]\d{0,8}$/.test(request) ? Number(request) : undefined,
    repository: repositoryOf(only(REMOTE) ?? ''),
    sha: /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(run.commit_sha ?? '') ? (run.commit_sha ?? undefined) : undefined,
  }
}

/** The path of a repository in the address of a Git remote: `owner/name`. */
export function repositoryOf(remote: string): string | undefined {
  // `git@host:owner/name.git`, or a URL.
  const path = URL.canParse(remote) && remote.includes('://') ? new URL(remote).pathname : /^[^/:]+:(.+)$/.exec(remote)?.[1]
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
  run: Pick<RunRow, 'branch'>,
  facts: NoticeFacts,
  baseBranch: string | undefined,
): boolean {
  const isForge = kind === 'github' || kind === 'gitlab'
  if (isForge && (facts.sha === undefined || !isSameRepository(facts.repository, repository))) return false
  const wanted = branch ?? (isForge ? '*' : baseBranch)
  if (wanted === '*') return true
  if (wanted === undefined || run.branch !== wanted) return false
  return facts.pullRequest === undefined || wanted !== baseBranch
}

// The two vendors do not distinguish case.
function isSameRepository(stated: string | undefined, subscribed: string | null): boolean {
  return stated !== undefined && stated.toLowerCase() === subscribed?.toLowerCase()
}
