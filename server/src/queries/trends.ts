/**
 * Queries over several runs: the history of a test, the trends of a project, its slowest and flakiest tests.
 *
 * @module
 */
import { type Expression, sql } from 'kysely'
import type { CaseStatus, Database } from '../database/schema.js'

/** Which runs: the latest ones of a project. */
export interface LatestRuns {
  readonly project: string
  readonly branch?: string | undefined
  /** Number of runs. */
  readonly runs: number
}

/** The result of a test in one run. */
export interface HistoryEntry {
  readonly run_id: string
  readonly branch: string | null
  readonly commit_sha: string | null
  readonly inserted_at: number
  readonly position: number
  readonly status: CaseStatus
  readonly flaky: number
  readonly time: number
  readonly message: string | null
}

/** Project and names of a test. */
export interface TestIdentity {
  readonly test_key: string
  readonly project: string
  readonly name: string
  readonly classname: string
}

/** One run of a trend. */
export interface TrendPoint {
  readonly id: string
  readonly inserted_at: number
  readonly tests: number
  readonly failures: number
  readonly errors: number
  readonly skipped: number
  readonly flaky: number
  readonly success_rate: number
  readonly total_time: number
}

/** Results of a test over several runs. */
export interface TestSummary {
  readonly test_key: string
  readonly name: string
  readonly classname: string
  readonly runs: number
  readonly failures: number
  readonly errors: number
  /** Seconds. */
  readonly average_time: number
  readonly longest_time: number
}

/**
 * A flaky test: at the same commit it had different results, or passed at a second attempt. Runs of different lanes, or with changed files,
 * are not the same source.
 */
export interface FlakyTest {
  readonly test_key: string
  readonly name: string
  readonly classname: string
  /** Number of commits at which it ran. */
  readonly commits: number
  /** Number of commits at which it was flaky. */
  readonly flaky_commits: number
  /** When it was flaky last. */
  readonly last_seen: number
  /** Seconds of its repeated attempts, and of the runs that it failed at these commits. */
  readonly cost: number
}

/** A test, by its key. */
export function findTest(database: Database, testKey: string, visible?: string): Promise<TestIdentity | undefined> {
  return (
    database
      .selectFrom('tests')
      .select(['test_key', 'project', 'name', 'classname'])
      .where('test_key', '=', testKey)
      .$call((query) => (visible === undefined ? query : query.where('project', '=', visible)))
      // The row of a test stays for a while after its last run was deleted.
      .where((row) =>
        row.exists(
          row
            .selectFrom('runs')
            .crossJoin('cases')
            .select('runs.seq')
            .whereRef('runs.project', '=', 'tests.project')
            .whereRef('cases.run_seq', '=', 'runs.seq')
            .whereRef('cases.test_id', '=', 'tests.id'),
        ),
      )
      .executeTakeFirst()
  )
}

/** The latest results of a test, latest first. */
export function testHistory(
  database: Database,
  testKey: string,
  { branch, limit }: { branch?: string | undefined; limit: number },
): Promise<HistoryEntry[]> {
  // SQLite joins in the order of a cross join: the runs of the project from the latest one on, until there are enough. An index by test
  // would be faster here, and slower for every test case of every report, because its entries for one run are far apart.
  return (
    database
      .selectFrom('tests')
      .crossJoin('runs')
      .crossJoin('cases as found')
      .crossJoin('cases')
      .leftJoin('case_texts', (join) =>
        join.onRef('case_texts.run_seq', '=', 'cases.run_seq').onRef('case_texts.position', '=', 'cases.position'),
      )
      .select([
        'runs.id as run_id',
        'runs.branch',
        'runs.commit_sha',
        'runs.inserted_at',
        'cases.position',
        'cases.status',
        'cases.flaky',
        'cases.time',
        'case_texts.message',
      ])
      .where('tests.test_key', '=', testKey)
      .whereRef('runs.project', '=', 'tests.project')
      // The place of the test case is in the index. With other columns, SQLite would read the whole run instead.
      .whereRef('found.run_seq', '=', 'runs.seq')
      .whereRef('found.test_id', '=', 'tests.id')
      .whereRef('cases.run_seq', '=', 'found.run_seq')
      .whereRef('cases.position', '=', 'found.position')
      .$call((query) => (branch === undefined ? query : query.where('runs.branch', '=', branch)))
      .orderBy('runs.inserted_at', 'desc')
      .orderBy('runs.seq', 'desc')
      .limit(limit)
      .execute()
  )
}

/** The latest runs of a project, oldest first, as points of a chart. */
export async function trend(database: Database, range: LatestRuns): Promise<TrendPoint[]> {
  const rows = await latestRuns(database, range)
    .select(['id', 'inserted_at', 'tests', 'failures', 'errors', 'skipped', 'flaky', 'success_rate', 'total_time'])
    .execute()
  return rows.reverse()
}

/** The tests with the longest average duration in the latest runs of a project. */
export function slowestTests(database: Database, range: LatestRuns, limit: number): Promise<TestSummary[]> {
  const averages = casesOf(database, range)
    .select(['test_id', ({ fn }) => fn.avg<number>('time').as('average')])
    .groupBy('test_id')
  const slowest = database
    .selectFrom(averages.as('averages'))
    .innerJoin('tests', 'tests.id', 'averages.test_id')
    .select('averages.test_id')
    .orderBy('averages.average', 'desc')
    .orderBy('tests.test_key')
    .limit(limit)
  return database
    .selectFrom(summaries(database, range, slowest).as('found'))
    .innerJoin('tests', 'tests.id', 'found.test_id')
    .select(['tests.test_key', 'tests.name', 'tests.classname'])
    .select(['found.runs', 'found.failures', 'found.errors', 'found.average_time', 'found.longest_time'])
    .orderBy('average_time', 'desc')
    .orderBy('tests.test_key')
    .limit(limit)
    .execute()
}

/** The tests that were flaky at most commits in the latest runs of a project. */
export function flakiestTests(database: Database, range: LatestRuns, limit: number): Promise<FlakyTest[]> {
  // A test that always passed at the first attempt is not flaky.
  const unstable = casesOf(database, range)
    .select('test_id')
    .where((row) => row.or([row('flaky', '=', 1), row('status', 'in', ['failed', 'error'])]))
  // A test can have several test cases in a run, for example of several projects of the runner. Its worst result counts.
  const perRun = casesOf(database, range)
    .select([
      'test_id',
      'run_seq',
      sql<number>`max(flaky)`.as('retried'),
      sql<number>`max(${BAD})`.as('failed'),
      sql<number>`sum(case when flaky = 1 then time else 0 end)`.as('retried_time'),
    ])
    // As an expression, so that each run is read once, and not searched for each of these tests.
    .where(sql<boolean>`test_id + 0 in ${unstable}`)
    .groupBy(['test_id', 'run_seq'])
  const perSource = database
    .selectFrom(perRun.as('per_run'))
    .innerJoin('runs', 'runs.seq', 'per_run.run_seq')
    .select([
      'per_run.test_id',
      sql<number>`max(per_run.retried)`.as('retried'),
      sql<number>`max(per_run.failed)`.as('failed'),
      sql<number>`min(per_run.failed)`.as('always_failed'),
      sql<number>`max(runs.inserted_at)`.as('last_seen'),
      sql<number>`sum(case when per_run.failed = 1 then runs.total_time else per_run.retried_time end)`.as('cost'),
    ])
    .groupBy(['per_run.test_id', SOURCE])
  const isFlaky = sql`(retried = 1 or (failed = 1 and always_failed = 0))`
  const found = database
    .selectFrom(perSource.as('per_source'))
    .select([
      'test_id',
      sql<number>`count(*)`.as('commits'),
      sql<number>`sum(case when ${isFlaky} then 1 else 0 end)`.as('flaky_commits'),
      sql<number>`max(case when ${isFlaky} then last_seen else 0 end)`.as('last_seen'),
      sql<number>`sum(case when ${isFlaky} then cost else 0 end)`.as('cost'),
    ])
    .groupBy('test_id')
    .having(sql<number>`sum(case when ${isFlaky} then 1 else 0 end)`, '>', 0)
  return database
    .selectFrom(found.as('found'))
    .innerJoin('tests', 'tests.id', 'found.test_id')
    .select(['tests.test_key', 'tests.name', 'tests.classname'])
    .select(['found.commits', 'found.flaky_commits', 'found.last_seen', 'found.cost'])
    .orderBy('found.flaky_commits', 'desc')
    .orderBy('tests.test_key')
    .limit(limit)
    .execute()
}

const BAD = sql<number>`(case when status in ('failed', 'error') then 1 else 0 end)`
// The source of a run: a commit in a lane, else only the run itself.
const SOURCE = sql<string>`case when runs.commit_sha is null or runs.lane is null or coalesce(runs.is_dirty, 0) = 1
  then cast(runs.seq as text) else runs.commit_sha || ' ' || runs.lane end`

function summaries(database: Database, range: LatestRuns, testIds: Expression<{ test_id: number }>) {
  return (
    casesOf(database, range)
      .select([
        'test_id',
        sql<number>`count(*)`.as('runs'),
        sql<number>`sum(case when status = 'failed' then 1 else 0 end)`.as('failures'),
        sql<number>`sum(case when status = 'error' then 1 else 0 end)`.as('errors'),
        sql<number>`avg(time)`.as('average_time'),
        sql<number>`max(time)`.as('longest_time'),
      ])
      // As an expression, so that each run is read once, and not searched for each of these tests.
      .where(sql<boolean>`test_id + 0 in ${testIds}`)
      .groupBy('test_id')
  )
}

function casesOf(database: Database, range: LatestRuns) {
  return database
    .selectFrom('cases')
    .where('run_seq', 'in', latestRuns(database, range).select('seq'))
    .where('status', '<>', 'skipped')
}

function latestRuns(database: Database, { project, branch, runs }: LatestRuns) {
  return database
    .selectFrom('runs')
    .where('project', '=', project)
    .$call((query) => (branch === undefined ? query : query.where('branch', '=', branch)))
    .orderBy('inserted_at', 'desc')
    .orderBy('seq', 'desc')
    .limit(runs)
}
