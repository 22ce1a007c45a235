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
  readonly failed: number
  readonly flaky: number
  /** Seconds. */
  readonly average_time: number
  readonly longest_time: number
  /** How often the test changed between passed and failed from one run to the next, or was flaky within a run. */
  readonly flips: number
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
  return database
    .selectFrom('tests')
    .crossJoin('runs')
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
    .whereRef('cases.run_seq', '=', 'runs.seq')
    .whereRef('cases.test_id', '=', 'tests.id')
    .$call((query) => (branch === undefined ? query : query.where('runs.branch', '=', branch)))
    .orderBy('runs.inserted_at', 'desc')
    .orderBy('runs.seq', 'desc')
    .limit(limit)
    .execute()
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
  return withNames(database, summaries(database, range, slowest))
    .orderBy('average_time', 'desc')
    .orderBy('tests.test_key')
    .limit(limit)
    .execute()
}

/** The tests that flip most often in the latest runs of a project. */
export function flakiestTests(database: Database, range: LatestRuns, limit: number): Promise<TestSummary[]> {
  // A test that always passed at the first attempt has no flip.
  const unstable = casesOf(database, range)
    .select('test_id')
    .where((row) => row.or([row('flaky', '=', 1), row('status', 'in', ['failed', 'error'])]))
  return withNames(database, summaries(database, range, unstable).having(FLIPS, '>', 0))
    .orderBy('flips', 'desc')
    .orderBy('tests.test_key')
    .limit(limit)
    .execute()
}

const FLIPS = sql<number>`sum(case when seen.flaky = 1 or (seen.previous_bad is not null and seen.previous_bad <> seen.bad) then 1 else 0 end)`

// The window function sorts its rows, which costs most of the time. So the tests are chosen first, by a query without one.
function summaries(database: Database, range: LatestRuns, testIds: Expression<{ test_id: number }>) {
  const seen = casesOf(database, range)
    .select([
      'test_id',
      'flaky',
      'time',
      sql<number>`case when status in ('failed', 'error') then 1 else 0 end`.as('bad'),
      sql<number | null>`lag(case when status in ('failed', 'error') then 1 else 0 end)
        over (partition by test_id order by run_seq, position)`.as('previous_bad'),
    ])
    // As an expression, so that each run is read once, and not searched for each of these tests.
    .where(sql<boolean>`test_id + 0 in ${testIds}`)
  return database
    .selectFrom(seen.as('seen'))
    .select([
      'seen.test_id',
      sql<number>`count(*)`.as('runs'),
      sql<number>`sum(seen.bad)`.as('failed'),
      sql<number>`sum(seen.flaky)`.as('flaky'),
      sql<number>`avg(seen.time)`.as('average_time'),
      sql<number>`max(seen.time)`.as('longest_time'),
      FLIPS.as('flips'),
    ])
    .groupBy('seen.test_id')
}

function withNames(database: Database, found: ReturnType<typeof summaries>) {
  return database
    .selectFrom(found.as('found'))
    .innerJoin('tests', 'tests.id', 'found.test_id')
    .select([
      'tests.test_key',
      'tests.name',
      'tests.classname',
      'found.runs',
      'found.failed',
      'found.flaky',
      'found.average_time',
      'found.longest_time',
      'found.flips',
    ])
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
