/**
 * Inserts many rows: with statements for fixed numbers of rows that stay prepared (SQLite), or as one JSON parameter (PostgreSQL).
 *
 * A statement for any number of rows would be compiled again for each.
 *
 * @module
 */
import { type Insertable, sql } from 'kysely'
import { vectorOf } from '../search/words.js'
import type {
  CaseTable,
  CaseTextTable,
  Database,
  ErrorTextTable,
  RunPropertyTable,
  RunTagTable,
  SuiteTable,
  TestTable,
  TestWordTable,
} from './schema.js'

/** The tables with many rows for each run. */
interface PartTables {
  run_tags: RunTagTable
  run_properties: RunPropertyTable
  suites: SuiteTable
  tests: Insertable<TestTable>
  cases: CaseTable
  case_texts: CaseTextTable
  test_words: TestWordTable
  error_texts: Insertable<ErrorTextTable>
}

/** Rows of one table. */
export type Part = {
  [Table in keyof PartTables]: { readonly table: Table; readonly rows: readonly PartTables[Table][] }
}[keyof PartTables]

/** Inserts rows. Call it in a transaction, and in a turn. */
export type InsertRows = (tx: Database, part: Part) => Promise<void>

/** Columns of each table, in the order of its definition. */
const COLUMNS: { readonly [Table in keyof PartTables]: readonly (keyof PartTables[Table] & string)[] } = {
  run_tags: ['run_seq', 'tag'],
  run_properties: ['run_seq', 'position', 'name', 'value'],
  suites: ['run_seq', 'position', 'id', 'name', 'tests', 'failures', 'errors', 'skipped', 'time', 'output'],
  tests: ['test_key', 'project', 'classname', 'name', 'file', 'seen_at', 'owner'],
  cases: ['run_seq', 'position', 'suite_position', 'test_id', 'status', 'flaky', 'time', 'file', 'line'],
  case_texts: ['run_seq', 'position', 'message', 'type', 'details', 'output'],
  test_words: ['test_id', 'project_word', 'name_words', 'file_words'],
  error_texts: ['digest', 'project_word', 'words', 'run_seq', 'position', 'seen_at'],
}

/** Tables with words, and those columns, which are a `tsvector` in PostgreSQL. */
const WORD_TABLES: ReadonlySet<keyof PartTables> = new Set(['test_words', 'error_texts'])
const WORD_COLUMNS: ReadonlySet<string> = new Set(['name_words', 'file_words', 'words'])

/** Another transaction can have inserted the same row. */
const ON_CONFLICT: { readonly [Table in keyof PartTables]?: string } = {
  tests:
    'on conflict (test_key) do update set seen_at = excluded.seen_at, owner = coalesce(excluded.owner, tests.owner)',
  test_words: 'on conflict (test_id) do nothing',
  error_texts: `on conflict (digest) do update set run_seq = excluded.run_seq, position = excluded.position, seen_at = excluded.seen_at
    where excluded.run_seq > error_texts.run_seq`,
}

/** Numbers of rows that one statement inserts, with the largest first. Each call costs more than a row. */
const ROWS_OF_STATEMENTS = [64, 8, 1] as const

/** A prepared statement of an SQLite library. */
interface Statement {
  run(values: readonly unknown[]): unknown
}

/** Inserts into an SQLite file, on the connection of its transactions. */
export function preparedInserts(prepare: (text: string) => Statement): InsertRows {
  const statements = new Map<string, Statement>()
  const statementOf = (table: keyof PartTables, rows: number): Statement => {
    const key = `${table} ${rows}`
    const known = statements.get(key)
    if (known !== undefined) return known
    const columns = COLUMNS[table]
    const values = `(${columns.map(() => '?').join(', ')})`
    const text = `insert into ${table} (${columns.join(', ')}) values ${Array.from({ length: rows }, () => values).join(', ')}`
    const statement = prepare(`${text} ${ON_CONFLICT[table] ?? ''}`)
    statements.set(key, statement)
    return statement
  }
  return async (_tx, { table, rows }) => {
    const columns = COLUMNS[table]
    let from = 0
    for (const count of ROWS_OF_STATEMENTS) {
      for (; rows.length - from >= count; from += count) {
        const values: unknown[] = []
        for (let at = from; at < from + count; at++) {
          for (const column of columns) values.push(Reflect.get(rows[at] ?? {}, column))
        }
        statementOf(table, count).run(values)
      }
    }
  }
}

/** Inserts into PostgreSQL. */
export const jsonInserts: InsertRows = async (tx, { table, rows }) => {
  if (rows.length === 0) return
  const columns = sql.join(COLUMNS[table].map((column) => sql.ref(column)))
  await sql`insert into ${sql.table(table)} (${columns})
    select ${columns} from json_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(rows, WORD_TABLES.has(table) ? vectors : undefined)}::json)
    ${sql.raw(ON_CONFLICT[table] ?? '')}`.execute(tx)
}

function vectors(column: string, value: unknown): unknown {
  return WORD_COLUMNS.has(column) ? vectorOf(String(value)) : value
}
