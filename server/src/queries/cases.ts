/**
 * Queries for the contents of a run: its suites and test cases.
 *
 * A run can have 100,000 test cases. Where the row of the run has the number of them, they are not counted again.
 *
 * @module
 */
import { type Selectable, type SelectQueryBuilder, sql } from 'kysely'
import type { CaseRow, CaseStatus, CaseTable, Database, RunRow, Schema, SuiteRow } from '../database/schema.js'
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
  /** One of the owners. */
  readonly owner?: string | undefined
  /** Part of the name or class name, ignoring case. */
  readonly search?: string | undefined
}

/** The columns of a test case in the pages. A file is stored only if it differs from that of the test. */
const CASE_COLUMNS = [
  'cases.run_seq',
  'cases.position',
  'cases.suite_position',
  'cases.status',
  'cases.flaky',
  'cases.time',
  'cases.line',
  'tests.test_key',
  'tests.name',
  'tests.classname',
  sql<string | null>`nullif(tests.owner, '')`.as('owner'),
  'case_texts.message',
  'case_texts.type',
  'case_texts.details',
  'case_texts.output',
] as const

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
  { status, owner }: { readonly status?: CaseStatus | undefined; readonly owner?: string | undefined } = {},
): Promise<CaseRow[]> {
  return withDetails(
    database,
    database
      .selectFrom('cases')
      .selectAll()
      .where('run_seq', '=', suite.run_seq)
      .where('suite_position', '=', suite.position)
      .$call((query) => (status === undefined ? query : query.where('status', '=', status)))
      .$call((query) => (owner === undefined ? query : query.where(ownedBy(owner)))),
  )
}

/** The first test cases of a run that failed, in the order of the report. */
export function firstFailures(database: Database, runSeq: number, limit: number): Promise<CaseRow[]> {
  return withDetails(
    database,
    database
      .selectFrom('cases')
      .selectAll()
      .where('run_seq', '=', runSeq)
      .where('status', 'in', ['failed', 'error'])
      .orderBy('position')
      .limit(limit),
  )
}

/** One page of the test cases of a run, in the order of the report. */
export async function pageOfCases(database: Database, run: RunRow, filter: CaseFilter): Promise<Paginated<CaseRow>> {
  const { status, suite, owner, search, page, perPage } = filter
  let query = database.selectFrom('cases').where('run_seq', '=', run.seq)
  if (status === 'flaky') query = query.where('flaky', '=', 1)
  else if (status !== 'all') query = query.where('status', '=', status)
  if (suite !== undefined) query = query.where('suite_position', '=', suite)
  if (owner !== undefined) query = query.where(ownedBy(owner))
  if (search !== undefined) {
    const pattern = `%${search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
    query = query.where((row) =>
      row.exists(
        row
          .selectFrom('tests')
          .select('tests.id')
          .whereRef('tests.id', '=', 'cases.test_id')
          .where(
            sql<boolean>`(lower(tests.name) like ${pattern} escape '\\' or lower(tests.classname) like ${pattern} escape '\\')`,
          ),
      ),
    )
  }
  const isKnown = suite === undefined && search === undefined && owner === undefined
  const totalCount = isKnown
    ? countOf(run, status)
    : (await query.select((row) => row.fn.countAll<number>().as('count')).executeTakeFirstOrThrow()).count
  if (totalCount === 0) return { items: [], totalCount }
  const chosen = query
    .selectAll()
    .orderBy('position')
    .limit(perPage)
    .offset((page - 1) * perPage)
  return { items: await withDetails(database, chosen), totalCount }
}

/** One test case of a run, by its position in the report. */
export async function findCase(database: Database, runSeq: number, position: number): Promise<CaseRow | undefined> {
  const query = database.selectFrom('cases').selectAll().where('run_seq', '=', runSeq).where('position', '=', position)
  return (await withDetails(database, query))[0]
}

// Owners are separated by single spaces.
function ownedBy(owner: string) {
  return sql<boolean>`exists (select 1 from tests where tests.id = cases.test_id
    and ' ' || tests.owner || ' ' like ${`% ${owner.replace(/[\\%_]/g, '\\$&')} %`} escape '\\')`
}

/** How many failed tests an owner has. */
export interface OwnerFailures {
  /** Owners of a file, separated by spaces; empty for files without. */
  readonly owner: string
  readonly failures: number
}

/** Owners of the tests of a run that failed, with the number of them; an empty owner for those without. Most failures first, and
 * those without an owner last. */
export function failuresByOwner(database: Database, runSeq: number, limit: number): Promise<OwnerFailures[]> {
  return database
    .selectFrom('cases')
    .innerJoin('tests', 'tests.id', 'cases.test_id')
    .select([sql<string>`coalesce(tests.owner, '')`.as('owner'), sql<number>`count(*)`.as('failures')])
    .where('cases.run_seq', '=', runSeq)
    .where('cases.status', 'in', ['failed', 'error'])
    .groupBy(sql`coalesce(tests.owner, '')`)
    .orderBy(sql`case when coalesce(tests.owner, '') = '' then 1 else 0 end`)
    .orderBy(sql`count(*)`, 'desc')
    .orderBy(sql`coalesce(tests.owner, '')`)
    .limit(limit)
    .execute()
}

// Adds the tests and texts. First the rows are chosen, so that nothing is looked up for those before the page.
function withDetails(
  database: Database,
  chosen: SelectQueryBuilder<Schema, 'cases', Selectable<CaseTable>>,
): Promise<CaseRow[]> {
  return database
    .selectFrom(chosen.as('cases'))
    .innerJoin('tests', 'tests.id', 'cases.test_id')
    .leftJoin('case_texts', (join) =>
      join.onRef('case_texts.run_seq', '=', 'cases.run_seq').onRef('case_texts.position', '=', 'cases.position'),
    )
    .select(CASE_COLUMNS)
    .select(sql<string | null>`nullif(coalesce(cases.file, tests.file), '')`.as('file'))
    .orderBy('cases.position')
    .execute()
}

function countOf({ tests, failures, errors, skipped, flaky }: RunRow, status: CaseFilter['status']): number {
  const passed = tests - failures - errors - skipped
  return { all: tests, failed: failures, error: errors, skipped, flaky, passed }[status]
}
