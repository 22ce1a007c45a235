/**
 * What pages ask for and the API does not: parts of one run, in the order in which people read them, and projects at a glance.
 *
 * A run may have 100,000 test cases: how many there are of a kind is taken from the run, and not counted, wherever it is written there.
 *
 * @module
 */
import { sql } from 'kysely'
import type { CaseRow, CaseStatus, Database, RunRow, SuiteRow } from '../database/schema.js'
import type { Page } from './runs.js'

/** Which test cases of a run. */
export interface CasesWanted {
  readonly status: CaseStatus | 'flaky' | 'all'
  /** Position of a suite. */
  readonly suite?: number | undefined
  /** Part of the name or class name, in any case. */
  readonly search?: string | undefined
  /** From 1. */
  readonly page: number
  readonly perPage: number
}

/** A run of a project that is looked at from afar. */
export type Glance = Pick<
  RunRow,
  'id' | 'project' | 'inserted_at' | 'tests' | 'failures' | 'errors' | 'outcome' | 'success_rate' | 'total_time'
>

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

/** One page of a run's test cases, in the order of the report. */
export async function pageOfCases(database: Database, run: RunRow, wanted: CasesWanted): Promise<Page<CaseRow>> {
  const { status, suite, search, page, perPage } = wanted
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
  const known = suite === undefined && search === undefined
  const totalCount = known
    ? countOf(run, status)
    : (await query.select((row) => row.fn.countAll<number>().as('count')).executeTakeFirstOrThrow()).count
  const items =
    totalCount === 0
      ? []
      : await query
          .selectAll()
          .orderBy('position')
          .limit(perPage)
          .offset((page - 1) * perPage)
          .execute()
  return { items, totalCount }
}

/** One page of a run's suites: those with failures first. */
export async function pageOfSuites(
  database: Database,
  runSeq: number,
  { page, perPage }: Pick<CasesWanted, 'page' | 'perPage'>,
): Promise<Page<SuiteRow>> {
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

/** Suites of a run, by their positions. */
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

/** The latest runs of every project, latest first. */
export function latestOfProjects(database: Database, each: number, visible?: string): Promise<Glance[]> {
  const ranked = database
    .selectFrom('runs')
    .select([
      'id',
      'project',
      'inserted_at',
      'seq',
      'tests',
      'failures',
      'errors',
      'outcome',
      'success_rate',
      'total_time',
    ])
    .select(sql<number>`row_number() over (partition by project order by inserted_at desc, seq desc)`.as('place'))
    .$if(visible !== undefined, (query) => query.where('project', '=', visible ?? ''))
  return database
    .selectFrom(ranked.as('ranked'))
    .select(['id', 'project', 'inserted_at', 'tests', 'failures', 'errors', 'outcome', 'success_rate', 'total_time'])
    .where('place', '<=', each)
    .orderBy('inserted_at', 'desc')
    .orderBy('seq', 'desc')
    .execute()
}

function countOf(run: RunRow, status: CasesWanted['status']): number {
  const { tests, failures, errors, skipped, flaky } = run
  const counts = {
    all: tests,
    failed: failures,
    error: errors,
    skipped,
    flaky,
    passed: tests - failures - errors - skipped,
  }
  return counts[status]
}
