/**
 * Runs: the list with its filters, and one run.
 *
 * Every query takes `visible`, the only project the asker may see.
 *
 * @module
 */

import type { CaseStatus, Database, RunRow, SignatureState } from '../database/schema.js'
import type { Contradiction } from '../ingest/facts.js'

/** Which runs, in which order, and which page of them. */
export interface RunFilter {
  readonly project?: string | undefined
  readonly branch?: string | undefined
  /** `failed`: with failures; `error`: with errors; `passed`: with neither. */
  readonly status?: 'passed' | 'failed' | 'error' | 'all' | undefined
  /** Milliseconds since the epoch, both inclusive. */
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
  readonly signature?: SignatureState | undefined
  /** A run must have all of them. */
  readonly tags?: readonly string[] | undefined
  readonly sortBy: RunSort
  readonly sortOrder: 'asc' | 'desc'
  /** From 1. */
  readonly page: number
  readonly perPage: number
}

/** Columns that runs can be sorted by. */
export const RUN_SORTS = ['inserted_at', 'total_tests', 'failures', 'success_rate'] as const

/** One of them. */
export type RunSort = (typeof RUN_SORTS)[number]

/** A run with its labels. */
export interface ListedRun extends RunRow {
  readonly tags: readonly string[]
}

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly totalCount: number
}

/** A fact of a run. */
export interface RunProperty {
  readonly name: string
  readonly value: string
}

const COLUMNS = {
  inserted_at: 'inserted_at',
  total_tests: 'tests',
  failures: 'failures',
  success_rate: 'success_rate',
} as const

/** One page of runs. */
export async function listRuns(database: Database, filter: RunFilter, visible?: string): Promise<Page<ListedRun>> {
  const query = filtered(database, filter, visible)
  const { count } = await query.select((row) => row.fn.countAll<number>().as('count')).executeTakeFirstOrThrow()
  const rows = await query
    .selectAll('runs')
    .orderBy(`runs.${COLUMNS[filter.sortBy]}`, filter.sortOrder)
    .orderBy('runs.seq', filter.sortOrder)
    .limit(filter.perPage)
    .offset((filter.page - 1) * filter.perPage)
    .execute()
  return { items: await withTags(database, rows), totalCount: count }
}

/** One run, by its UUID. */
export async function findRun(database: Database, id: string, visible?: string): Promise<ListedRun | undefined> {
  const row = await database
    .selectFrom('runs')
    .selectAll()
    .where('id', '=', id)
    .$if(visible !== undefined, (query) => query.where('project', '=', visible ?? ''))
    .executeTakeFirst()
  return row === undefined ? undefined : (await withTags(database, [row]))[0]
}

/** What a run came to, in one word. */
export function runStatus({ failures, errors }: Pick<RunRow, 'failures' | 'errors'>): Exclude<CaseStatus, 'skipped'> {
  if (failures > 0) return 'failed'
  return errors > 0 ? 'error' : 'passed'
}

/** The facts of a run, in the order of the report. */
export function runProperties(database: Database, seq: number): Promise<RunProperty[]> {
  return database
    .selectFrom('run_properties')
    .select(['name', 'value'])
    .where('run_seq', '=', seq)
    .orderBy('position')
    .execute()
}

/** What the submission claimed and the signed report denied. */
export function contradictionsOf({ contradictions }: RunRow): readonly Contradiction[] {
  const stored: Contradiction[] = contradictions === null ? [] : JSON.parse(contradictions)
  return stored
}

/** Projects with their number of runs, by name. */
export function listProjects(database: Database, visible?: string): Promise<{ project: string; runs: number }[]> {
  return database
    .selectFrom('runs')
    .select(['project', (row) => row.fn.countAll<number>().as('runs')])
    .$if(visible !== undefined, (query) => query.where('project', '=', visible ?? ''))
    .groupBy('project')
    .orderBy('project')
    .execute()
}

/** Branches of a project, by name. */
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
  if (status === 'failed') query = query.where('runs.failures', '>', 0)
  if (status === 'error') query = query.where('runs.errors', '>', 0)
  if (status === 'passed') query = query.where('runs.failures', '=', 0).where('runs.errors', '=', 0)
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

async function withTags(database: Database, rows: readonly RunRow[]): Promise<ListedRun[]> {
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
