/**
 * Queries for the contents of a run: its suites and test cases.
 *
 * A run can have 100,000 test cases. Where the row of the run has the number of them, they are not counted again.
 *
 * @module
 */
import { sql } from 'kysely'
import type { CaseRow, CaseStatus, Database, RunRow, SuiteRow } from '../database/schema.js'
import type { Paginated, Pagination } from './runs.js'

/** A suite, with the UUID of its run. */
export interface FoundSuite extends SuiteRow {
  readonly run_id: string
}

/** Which test cases of a run. */
export interface CaseFilter extends Pagination {
  readonly status: CaseStatus | 'flaky' | 'all'
  /** Position of a suite. */
  readonly suite?: number | undefined
  /** Part of the name or class name, ignoring case. */
  readonly search?: string | undefined
}

/** The suites of a run, in the order of the report. */
export function listSuites(database: Database, runSeq: number): Promise<SuiteRow[]> {
  return database.selectFrom('suites').selectAll().where('run_seq', '=', runSeq).orderBy('position').execute()
}

/** One page of the suites of a run, suites with failures first. */
export async function pageOfSuites(
  database: Database,
  runSeq: number,
  { page, perPage }: Pagination,
): Promise<Paginated<SuiteRow>> {
  const query = database.selectFrom('suites').where('run_seq', '=', runSeq)
  const { count } = await query.select((row) => row.fn.countAll<number>().as('count')).executeTakeFirstOrThrow()
  const items = await query
    .selectAll()
    .orderBy(sql`case when failures + errors > 0 then 0 else 1 end`)
    .orderBy('position')
    .limit(perPage)
    .offset((page - 1) * perPage)
    .execute()
  return { items, totalCount: count }
}

/** Suites of a run, by position. */
export async function suitesAt(
  database: Database,
  runSeq: number,
  positions: readonly number[],
): Promise<Map<number, SuiteRow>> {
  if (positions.length === 0) return new Map()
  const rows = await database
    .selectFrom('suites')
    .selectAll()
    .where('run_seq', '=', runSeq)
    .where('position', 'in', [...new Set(positions)])
    .execute()
  return new Map(rows.map((row) => [row.position, row]))
}

/** One suite, by its UUID. */
export function findSuite(database: Database, id: string, visible?: string): Promise<FoundSuite | undefined> {
  return database
    .selectFrom('suites')
    .innerJoin('runs', 'runs.seq', 'suites.run_seq')
    .selectAll('suites')
    .select('runs.id as run_id')
    .where('suites.id', '=', id)
    .$call((query) => (visible === undefined ? query : query.where('runs.project', '=', visible)))
    .executeTakeFirst()
}

/** The test cases of a suite, in the order of the report. */
export function listSuiteCases(
  database: Database,
  suite: Pick<SuiteRow, 'run_seq' | 'position'>,
  status?: CaseStatus,
): Promise<CaseRow[]> {
  return database
    .selectFrom('cases')
    .selectAll()
    .where('run_seq', '=', suite.run_seq)
    .where('suite_position', '=', suite.position)
    .$call((query) => (status === undefined ? query : query.where('status', '=', status)))
    .orderBy('position')
    .execute()
}

/** The first test cases of a run that failed, in the order of the report. */
export function firstFailures(database: Database, runSeq: number, limit: number): Promise<CaseRow[]> {
  return database
    .selectFrom('cases')
    .selectAll()
    .where('run_seq', '=', runSeq)
    .where('status', 'in', ['failed', 'error'])
    .orderBy('position')
    .limit(limit)
    .execute()
}

/** One page of the test cases of a run, in the order of the report. */
export async function pageOfCases(database: Database, run: RunRow, filter: CaseFilter): Promise<Paginated<CaseRow>> {
  const { status, suite, search, page, perPage } = filter
  let query = database.selectFrom('cases').where('run_seq', '=', run.seq)
  if (status === 'flaky') query = query.where('flaky', '=', 1)
  else if (status !== 'all') query = query.where('status', '=', status)
  if (suite !== undefined) query = query.where('suite_position', '=', suite)
  if (search !== undefined) {
    const pattern = `%${search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
    query = query.where(
      sql<boolean>`(lower(name) like ${pattern} escape '\\' or lower(classname) like ${pattern} escape '\\')`,
    )
  }
  const isKnown = suite === undefined && search === undefined
  const totalCount = isKnown
    ? countOf(run, status)
    : (await query.select((row) => row.fn.countAll<number>().as('count')).executeTakeFirstOrThrow()).count
  if (totalCount === 0) return { items: [], totalCount }
  const items = await query
    .selectAll()
    .orderBy('position')
    .limit(perPage)
    .offset((page - 1) * perPage)
    .execute()
  return { items, totalCount }
}

/** One test case of a run, by its position in the report. */
export function findCase(database: Database, runSeq: number, position: number): Promise<CaseRow | undefined> {
  return database
    .selectFrom('cases')
    .selectAll()
    .where('run_seq', '=', runSeq)
    .where('position', '=', position)
    .executeTakeFirst()
}

function countOf({ tests, failures, errors, skipped, flaky }: RunRow, status: CaseFilter['status']): number {
  const passed = tests - failures - errors - skipped
  return { all: tests, failed: failures, error: errors, skipped, flaky, passed }[status]
}
