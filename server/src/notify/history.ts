/**
 * What messages need to know about runs: the whole run of which a report is a shard, the run before it, and the base branch.
 *
 * @module
 */
import { type Unit, unitOf } from '../compare/base.js'
import type { Database, RunRow } from '../database/schema.js'
import { hasFailed, type RunResult } from './event.js'

/** How many earlier or later runs are looked at. Shards of runs that never became complete are among them. */
const MAX_EARLIER_RUNS = 50
/** How many runs of one commit are looked at. */
const MAX_RUNS_OF_COMMIT = 200

/** A run, or all shards of a run together. */
export interface WholeRun {
  /** The given run, with the counts and the outcome of all shards. */
  readonly run: RunRow
  readonly seqs: readonly number[]
  /** Whether it has all of its tests. */
  readonly isComplete: boolean
}

/** Adds up the shards of a run; a run without shards is returned as it is. */
export async function wholeRun(database: Database, run: RunRow): Promise<WholeRun> {
  return addUp(database, await unitOf(database, run))
}

/** The complete run of the same branch, pull request and lane that came before. */
export async function previousRun(database: Database, { run, seqs }: WholeRun): Promise<WholeRun | undefined> {
  const rows = await othersInLane(database, { run, seqs }).where('inserted_at', '<=', run.inserted_at).execute()
  for (const row of rows) {
    if (row.inserted_at === run.inserted_at && row.seq > run.seq) continue
    const unit = await unitOf(database, row)
    if (unit.isComplete) return addUp(database, unit)
  }
  return undefined
}

// Other runs of the same branch, pull request and lane, the latest first.
function othersInLane(database: Database, { run, seqs }: Pick<WholeRun, 'run' | 'seqs'>) {
  return database
    .selectFrom('runs')
    .selectAll()
    .where('project', '=', run.project)
    .where('branch', 'is not distinct from', run.branch)
    .where('pull_request', 'is not distinct from', run.pull_request)
    .where('lane', 'is not distinct from', run.lane)
    .where('seq', 'not in', seqs)
    .where('is_whole', '=', 1)
    .orderBy('inserted_at', 'desc')
    .orderBy('seq', 'desc')
    .limit(MAX_EARLIER_RUNS)
}

/**
 * Whether a later complete run of the same commit, branch, pull request and lane is there: another attempt, whose result is that of the
 * commit.
 */
export async function wasRepeated(database: Database, { run, seqs }: WholeRun): Promise<boolean> {
  if (run.commit_sha === null) return false
  const rows = await othersInLane(database, { run, seqs })
    .where('commit_sha', '=', run.commit_sha)
    .where('inserted_at', '>=', run.inserted_at)
    .execute()
  for (const row of rows) {
    if (row.inserted_at === run.inserted_at && row.seq < run.seq) continue
    if ((await unitOf(database, row)).isComplete) return true
  }
  return false
}

/**
 * Failed runs of the same commit in other lanes, for example with another version of Node. The latest complete run of each lane counts.
 */
export async function failedElsewhere(database: Database, { run }: WholeRun): Promise<RunRow[]> {
  if (run.commit_sha === null) return []
  const rows = await database
    .selectFrom('runs')
    .selectAll()
    .where('project', '=', run.project)
    .where('commit_sha', '=', run.commit_sha)
    .where('pull_request', 'is not distinct from', run.pull_request)
    .where('lane', 'is distinct from', run.lane)
    .orderBy('inserted_at', 'desc')
    .orderBy('seq', 'desc')
    .limit(MAX_RUNS_OF_COMMIT)
    .execute()
  const latest = new Map<string | null, RunRow>()
  for (const row of rows) {
    if (latest.has(row.lane)) continue
    const unit = await unitOf(database, row)
    if (unit.isComplete) latest.set(row.lane, (await addUp(database, unit)).run)
  }
  return [...latest.values()].filter(hasFailed)
}

/** The latest complete run of a branch, or of all branches. Without pull requests: a fork can have a branch of any name. */
export async function latestRun(
  database: Database,
  project: string,
  branch: string | undefined,
): Promise<RunResult | undefined> {
  const rows = await database
    .selectFrom('runs')
    .selectAll()
    .where('project', '=', project)
    .where('pull_request', 'is', null)
    .$call((query) => (branch === undefined ? query : query.where('branch', '=', branch)))
    .orderBy('inserted_at', 'desc')
    .orderBy('seq', 'desc')
    .limit(MAX_EARLIER_RUNS)
    .execute()
  for (const row of rows) {
    const unit = await unitOf(database, row)
    // A run that was interrupted is red, and tells more than an older green one. A run that was filtered tells nothing.
    if (unit.isComplete || (row.shard_count === null && row.outcome === 'interrupted')) {
      return (await addUp(database, unit)).run
    }
  }
  return undefined
}

async function addUp(database: Database, { run, seqs, isComplete }: Unit): Promise<WholeRun> {
  if (seqs.length < 2) return { run, seqs, isComplete }
  const shards = await database
    .selectFrom('runs')
    .select(['tests', 'failures', 'errors', 'skipped', 'outcome'])
    .where('seq', 'in', seqs)
    .execute()
  const sum = (count: (shard: (typeof shards)[number]) => number) =>
    shards.reduce((total, shard) => total + count(shard), 0)
  const red = shards.find(hasFailed)
  return {
    run: {
      ...run,
      tests: sum(({ tests }) => tests),
      failures: sum(({ failures }) => failures),
      errors: sum(({ errors }) => errors),
      skipped: sum(({ skipped }) => skipped),
      outcome: red === undefined ? run.outcome : red.outcome,
    },
    seqs,
    isComplete,
  }
}
