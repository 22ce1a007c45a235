/**
 * Full-text queries: the tests of a project by name, file and owner, and its failures by their error texts.
 *
 * The index finds candidates, of which there is a maximum, so that a query with frequent words does not block other requests.
 *
 * @module
 */
import { type RawBuilder, sql } from 'kysely'
import type { Engine } from '../database/engine.js'
import type { CaseStatus, Database } from '../database/schema.js'
import { ftsQuery, hasTerms, projectWord, type SearchTerm, tsQuery } from '../search/words.js'

/** What is searched. */
export const SEARCH_FIELDS = ['name', 'file', 'owner', 'error'] as const

/** What is searched. */
export type SearchField = (typeof SEARCH_FIELDS)[number]

/** What to find, and where. */
export interface SearchRequest {
  readonly terms: readonly SearchTerm[]
  /** All projects when undefined. */
  readonly project: string | undefined
  readonly fields: readonly SearchField[]
  /** Number of tests, and of failures. */
  readonly limit: number
}

/** A test that was found. */
export interface FoundTest {
  readonly test_key: string
  readonly project: string
  readonly classname: string
  readonly name: string
  readonly file: string | null
  readonly owner: string | null
  readonly seen_at: number
}

/** A failure that was found: the latest one with its text. */
export interface FoundError {
  readonly run_id: string
  readonly project: string
  readonly branch: string | null
  readonly inserted_at: number
  readonly position: number
  readonly status: CaseStatus
  readonly test_key: string
  readonly classname: string
  readonly name: string
  readonly type: string | null
  readonly message: string | null
}

/** What was found. */
export interface Found {
  readonly tests: readonly FoundTest[]
  readonly errors: readonly FoundError[]
  /** Whether there are more. */
  readonly hasMore: boolean
}

/** Number of candidates that are sorted. */
export const MAX_CANDIDATES = 1_000
/** Number of owners that a query may find. One in quotes finds fewer. */
const MAX_OWNERS = 200
const FIELD_COLUMNS = { name: 'name_words', file: 'file_words' } as const

/** Finds tests and failures. */
export async function search(
  { database, engine }: { readonly database: Database; readonly engine: Engine },
  request: SearchRequest,
): Promise<Found> {
  const { fields, limit } = request
  const columns = (['name', 'file'] as const)
    .filter((field) => fields.includes(field))
    .map((field) => FIELD_COLUMNS[field])
  const found = [
    ...(columns.length === 0 ? [] : [candidates(engine, 'test_words', columns, request)]),
    ...(fields.includes('owner') ? await ownedTests(database, request) : []),
  ].map((ids) => sql`select id from (${ids}) as part`)
  const tests = found.length === 0 ? [] : await findTests(database, sql.join(found, sql` union `), limit)
  const errors = fields.includes('error')
    ? await findErrors(database, candidates(engine, 'error_texts', ['words'], request), limit)
    : []
  return {
    tests: tests.slice(0, limit),
    errors: errors.slice(0, limit),
    hasMore: tests.length > limit || errors.length > limit,
  }
}

// Those that a report had lately first.
async function findTests(database: Database, ids: RawBuilder<unknown>, limit: number): Promise<FoundTest[]> {
  const { rows } = await sql<FoundTest>`
    select t.test_key, t.project, t.classname, t.name, t.file, t.owner, t.seen_at
    from (${ids}) as found join tests t on t.id = found.id
    order by t.seen_at desc, t.classname, t.name, t.id limit ${limit + 1}`.execute(database)
  return rows
}

// The ids of the tests whose owner has the words. There are few owners, so they are compared one by one.
async function ownedTests(database: Database, { terms, project }: SearchRequest): Promise<RawBuilder<unknown>[]> {
  const isHere = project === undefined ? sql`true` : sql`project = ${project}`
  const { rows } = await sql<{ owner: string | null }>`
    with recursive owners (owner) as (
      select min(owner) from tests where owner > '' and ${isHere}
      union all
      select (select min(owner) from tests where owner > owners.owner and ${isHere})
      from owners where owners.owner is not null
    )
    select owner from owners limit ${MAX_CANDIDATES}`.execute(database)
  const owners = rows.flatMap(({ owner }) => (owner !== null && hasTerms(owner, terms) ? [owner] : []))
  if (owners.length === 0) return []
  const isOwner = sql`owner in (${sql.join(owners.slice(0, MAX_OWNERS))})`
  return [sql`select id from tests where ${isOwner} and ${isHere} limit ${MAX_CANDIDATES}`]
}

// The latest first. The texts are read for the failures on the page only.
async function findErrors(database: Database, ids: RawBuilder<unknown>, limit: number): Promise<FoundError[]> {
  const { rows } = await sql<FoundError>`
    select r.id as run_id, r.project, r.branch, r.inserted_at, latest.position, c.status,
      t.test_key, t.classname, t.name, x.type, x.message
    from (
      select e.run_seq, e.position from (${ids}) as found join error_texts e on e.id = found.id
      order by e.run_seq desc, e.position limit ${limit + 1}
    ) as latest
    join runs r on r.seq = latest.run_seq
    join cases c on c.run_seq = latest.run_seq and c.position = latest.position
    join tests t on t.id = c.test_id
    left join case_texts x on x.run_seq = latest.run_seq and x.position = latest.position
    order by latest.run_seq desc, latest.position`.execute(database)
  return rows
}

// SQLite reads its index from the latest row on, and stops at the limit. PostgreSQL combines its indexes.
function candidates(
  engine: Engine,
  table: 'test_words' | 'error_texts',
  columns: readonly string[],
  { terms, project }: SearchRequest,
): RawBuilder<unknown> {
  const id = table === 'test_words' ? 'test_id' : 'id'
  if (engine === 'sqlite') {
    const own = project === undefined ? '' : `project_word : "${projectWord(project)}" AND `
    const query = `${own}{${columns.join(' ')}} : (${ftsQuery(terms)})`
    const fts = sql.table(`${table}_fts`)
    return sql`select rowid as id from ${fts} where ${fts} match ${query} order by rowid desc limit ${MAX_CANDIDATES}`
  }
  const conditions = terms.map((term) => {
    const inColumns = columns.map((column) => sql`${sql.ref(column)} @@ ${tsQuery(term)}::tsquery`)
    return sql`(${sql.join(inColumns, sql` or `)})`
  })
  if (project !== undefined) conditions.push(sql`project_word = ${projectWord(project)}`)
  return sql`select ${sql.ref(id)} as id from ${sql.table(table)} where ${sql.join(conditions, sql` and `)} limit ${MAX_CANDIDATES}`
}
