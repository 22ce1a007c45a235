/**
 * Queries for runs: the list with its filters, one run, the projects and their branches.
 *
 * `visible` is the only project that the client may read; undefined for all.
 *
 * @module
 */
import { sql } from 'kysely'
import type { Database, RunRow, SignatureState } from '../database/schema.js'
import type { Contradiction } from '../ingest/facts.js'

/** Which page of a list. */
export interface Pagination {
  /** From 1. */
  readonly page: number
  readonly perPage: number
}

/** One page of a list. */
export interface Paginated<T> {
  readonly items: readonly T[]
  /** Number of items on all pages. */
  readonly totalCount: number
}

/** Which runs, and in which order. */
export interface RunFilter extends Pagination {
  readonly project?: string | undefined
  readonly branch?: string | undefined
  /** `failed`: runs with failures, or that failed outside their tests; `error`: runs with errors; `passed`: runs that passed. */
  readonly status?: 'passed' | 'failed' | 'error' | 'all' | undefined
  /** Milliseconds since the epoch, both inclusive. */
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
  readonly signature?: SignatureState | undefined
  /** A run must have all of these tags. */
  readonly tags?: readonly string[] | undefined
  readonly sortBy: RunSort
  readonly sortOrder: 'asc' | 'desc'
}

/** Columns that runs can be sorted by. */
export const RUN_SORTS = ['inserted_at', 'total_tests', 'failures', 'success_rate'] as const

/** A column that runs can be sorted by. */
export type RunSort = (typeof RUN_SORTS)[number]

/** A run with its tags. */
export interface TaggedRun extends RunRow {
  readonly tags: readonly string[]
}

/** A property of a run. */
export interface RunProperty {
  readonly name: string
  readonly value: string
}

/** A run in the list of projects. */
export type RecentRun = Pick<RunRow, (typeof RECENT_RUN_COLUMNS)[number]>

const RECENT_RUN_COLUMNS = [
  'id',
  'project',
  'inserted_at',
  'tests',
  'failures',
  'errors',
  'outcome',
  'success_rate',
  'total_time',
] as const

const SORT_COLUMNS = {
  inserted_at: 'inserted_at',
  total_tests: 'tests',
  failures: 'failures',
  success_rate: 'success_rate',
} as const

/** One page of runs. */
export async function listRuns(database: Database, filter: RunFilter, visible?: string): Promise<Paginated<TaggedRun>> {
  const query = filtered(database, filter, visible)
  const { count } = await query.select((row) => row.fn.countAll<number>().as('count')).executeTakeFirstOrThrow()
  const rows = await query
    .selectAll('runs')
    .orderBy(`runs.${SORT_COLUMNS[filter.sortBy]}`, filter.sortOrder)
    .orderBy('runs.seq', filter.sortOrder)
    .limit(filter.perPage)
    .offset((filter.page - 1) * filter.perPage)
    .execute()
  return { items: await withTags(database, rows), totalCount: count }
}

/** One run, by its UUID. */
export async function findRun(database: Database, id: string, visible?: string): Promise<TaggedRun | undefined> {
  const row = await database
    .selectFrom('runs')
    .selectAll()
    .where('id', '=', id)
    .$call((query) => (visible === undefined ? query : query.where('project', '=', visible)))
    .executeTakeFirst()
  return row === undefined ? undefined : (await withTags(database, [row]))[0]
}

/** The properties of a run, in the order of the report. */
export function runProperties(database: Database, seq: number): Promise<RunProperty[]> {
  return database
    .selectFrom('run_properties')
    .select(['name', 'value'])
    .where('run_seq', '=', seq)
    .orderBy('position')
    .execute()
}

/** Facts with several values: in the report, or in the signed report and the metadata of the submission. */
export function contradictionsOf({ contradictions }: RunRow): readonly Contradiction[] {
  const stored: Contradiction[] = contradictions === null ? [] : JSON.parse(contradictions)
  return stored
}

/** All projects with their number of runs, sorted by name. */
export function listProjects(database: Database, visible?: string): Promise<{ project: string; runs: number }[]> {
  return database
    .selectFrom('runs')
    .select(['project', (row) => row.fn.countAll<number>().as('runs')])
    .$call((query) => (visible === undefined ? query : query.where('project', '=', visible)))
    .groupBy('project')
    .orderBy('project')
    .execute()
}

/** The latest runs of every project, latest first. */
export function recentRunsByProject(database: Database, perProject: number, visible?: string): Promise<RecentRun[]> {
  const ranked = database
    .selectFrom('runs')
    .select([...RECENT_RUN_COLUMNS, 'seq'])
    .select(sql<number>`row_number() over (partition by project order by inserted_at desc, seq desc)`.as('place'))
    .$call((query) => (visible === undefined ? query : query.where('project', '=', visible)))
  return database
    .selectFrom(ranked.as('ranked'))
    .select(RECENT_RUN_COLUMNS)
    .where('place', '<=', perProject)
    .orderBy('inserted_at', 'desc')
    .orderBy('seq', 'desc')
    .execute()
}

/** Branches of a project, sorted by name. */
export async function listBranches(database: Database, project: string): Promise<string[]> {
  const rows = await database
    .selectFrom('runs')
    .select('branch')
    .distinct()
    .where('project', '=', project)
    .where('branch', 'is not', null)
    .orderBy('branch')
    .execute()
  return rows.flatMap(({ branch }) => (branch === null ? [] : [branch]))
}

function filtered(database: Database, filter: RunFilter, visible: string | undefined) {
  const { project, branch, status, signature, fromMs, toMs, tags = [] } = filter
  let query = database.selectFrom('runs')
  if (visible !== undefined) query = query.where('runs.project', '=', visible)
  if (project !== undefined) query = query.where('runs.project', '=', project)
  if (branch !== undefined) query = query.where('runs.branch', '=', branch)
  if (signature !== undefined) query = query.where('runs.signature', '=', signature)
  if (fromMs !== undefined) query = query.where('runs.inserted_at', '>=', fromMs)
  if (toMs !== undefined) query = query.where('runs.inserted_at', '<=', toMs)
  if (status === 'failed') {
    query = query.where((row) =>
      row.or([row('runs.failures', '>', 0), row.and([row('runs.errors', '=', 0), row('runs.outcome', '=', 'failed')])]),
    )
  }
  if (status === 'error') query = query.where('runs.errors', '>', 0)
  if (status === 'passed') {
    query = query
      .where('runs.failures', '=', 0)
      .where('runs.errors', '=', 0)
      .where((row) => row.or([row('runs.outcome', 'is', null), row('runs.outcome', '=', 'passed')]))
  }
  for (const tag of tags) {
    query = query.where((row) =>
      row.exists(
        row
          .selectFrom('run_tags')
          .select('run_tags.tag')
          .whereRef('run_tags.run_seq', '=', 'runs.seq')
          .where('run_tags.tag', '=', tag),
      ),
    )
  }
  return query
}

async function withTags(database: Database, rows: readonly RunRow[]): Promise<TaggedRun[]> {
  if (rows.length === 0) return []
  const found = await database
    .selectFrom('run_tags')
    .selectAll()
    .where(
      'run_seq',
      'in',
      rows.map(({ seq }) => seq),
    )
    .orderBy('tag')
    .execute()
  return rows.map((row) => ({
    ...row,
    tags: found.filter(({ run_seq }) => run_seq === row.seq).map(({ tag }) => tag),
  }))
}
