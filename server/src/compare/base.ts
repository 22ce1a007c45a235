/**
 * Chooses the run that another one is compared with.
 *
 * A run of a branch is compared with the latest whole run of the same branch before it, and a run of another branch or of a pull request
 * with the base branch: its run at the merge base if that is known, else its latest run before.
 *
 * @module
 */
import type { Database, RunRow } from '../database/schema.js'
import type { BaseReason } from './changes.js'

/** What runs are compared: a run, or the latest run of each shard of a build. */
export interface Unit {
  /** The run that stands for it. */
  readonly run: RunRow
  /** All of its runs. */
  readonly seqs: readonly number[]
  /** Whether it has all tests. */
  readonly isComplete: boolean
}

/** The base of a run. */
export interface FoundBase {
  readonly unit: Unit
  readonly reason: BaseReason
  /** Whether its tests are expected to be the same: both ran in the same lane. */
  readonly isSameLane: boolean
}

/** Names of a base branch for runs that do not state it, in the order of preference. */
const BASE_BRANCHES = ['main', 'master', 'trunk', 'develop', 'default'] as const
/** How many runs are looked at. The shards of builds that never became complete are among them. */
const MAX_CANDIDATES = 200

/** Returns the run, or all shards of its build if it is one. */
export async function unitOf(database: Database, run: RunRow): Promise<Unit> {
  if (run.shard_count === null || run.build === null) {
    return { run, seqs: [run.seq], isComplete: run.is_whole === 1 && run.shard_count === null }
  }
  const shards = await database
    .selectFrom('runs')
    .select(['seq', 'shard_index', 'is_whole'])
    .where('build', '=', run.build)
    .where('project', '=', run.project)
    .orderBy('seq')
    .execute()
  // A shard that ran again replaces its first run.
  const latest = new Map(shards.map((shard) => [shard.shard_index, shard]))
  const isComplete = latest.size === run.shard_count && [...latest.values()].every(({ is_whole }) => is_whole === 1)
  return { run, seqs: [...latest.values()].map(({ seq }) => seq), isComplete }
}

/** Returns the run to compare a run with, if there is one. */
export async function findBase(database: Database, head: Unit): Promise<FoundBase | undefined> {
  const { run } = head
  const baseBranch = await baseBranchOf(database, run)
  const isOnBase = run.pull_request === null && (baseBranch === undefined || baseBranch === run.branch)
  if (isOnBase) return latestBefore(database, head, { branch: run.branch }, 'previous-run')
  const { merge_base } = run
  const atMergeBase =
    merge_base === null
      ? undefined
      : await latestBefore(database, head, { branch: baseBranch ?? null, commit: merge_base }, 'merge-base')
  return (
    atMergeBase ??
    (baseBranch === undefined
      ? undefined
      : await latestBefore(database, head, { branch: baseBranch }, 'base-branch')) ??
    // Nothing is known about the base branch, so the branch is compared with itself.
    latestBefore(database, head, { branch: run.branch, pullRequest: run.pull_request }, 'previous-run')
  )
}

// The branch that a run states, else that of its project. A run of a usual name is of the base branch, also if it is the first.
async function baseBranchOf(database: Database, run: RunRow): Promise<string | undefined> {
  if (run.base_branch !== null) return run.base_branch
  if (run.branch === null) return undefined
  const own = run.pull_request === null ? [run.branch] : []
  return usualBaseBranch(database, run.project, own)
}

/**
 * The base branch of a project: the first usual name that it has runs of.
 *
 * @param others branches that count as if the project had runs of them
 */
export async function usualBaseBranch(
  database: Database,
  project: string,
  others: readonly string[] = [],
): Promise<string | undefined> {
  const rows = await database
    .selectFrom('runs')
    .select('branch')
    .distinct()
    .where('project', '=', project)
    .where('branch', 'in', BASE_BRANCHES)
    .where('pull_request', 'is', null)
    .execute()
  const known = new Set([...others, ...rows.map(({ branch }) => branch)])
  return BASE_BRANCHES.find((branch) => known.has(branch))
}

interface Wanted {
  readonly branch: string | null
  readonly commit?: string
  readonly pullRequest?: string | null
}

async function latestBefore(
  database: Database,
  head: Unit,
  { branch, commit, pullRequest = null }: Wanted,
  reason: BaseReason,
): Promise<FoundBase | undefined> {
  const { run } = head
  const rows = await database
    .selectFrom('runs')
    .selectAll()
    .where('project', '=', run.project)
    .where('branch', 'is not distinct from', branch)
    // The branch of a fork can have the name of the base branch.
    .where('pull_request', 'is not distinct from', pullRequest)
    .where('inserted_at', '<=', run.inserted_at)
    .where('seq', 'not in', head.seqs)
    .where('is_whole', '=', 1)
    .$call((query) => (commit === undefined ? query : query.where('commit_sha', '=', commit)))
    .orderBy('inserted_at', 'desc')
    .orderBy('seq', 'desc')
    .limit(MAX_CANDIDATES)
    .execute()
  const candidates = rows.filter((row) => isBefore(row, run) && !isSameSource(row, run))
  const sameLane = candidates.filter(({ lane }) => lane !== null && lane === run.lane)
  for (const [rowsOfLane, isSameLane] of [
    [sameLane, true],
    [candidates, false],
  ] as const) {
    for (const row of rowsOfLane) {
      if (row.shard_count !== null && row.build === null) continue
      const unit = await unitOf(database, row)
      if (unit.isComplete) return { unit, reason, isSameLane }
    }
  }
  return undefined
}

function isBefore(row: RunRow, run: RunRow): boolean {
  return row.inserted_at < run.inserted_at || row.seq < run.seq
}

// Another attempt at the same commit is no base: what failed then has not changed since.
function isSameSource(row: RunRow, run: RunRow): boolean {
  return row.commit_sha !== null && row.commit_sha === run.commit_sha && row.is_dirty !== 1 && run.is_dirty !== 1
}
