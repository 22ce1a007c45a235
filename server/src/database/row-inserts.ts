/**
 * Inserts many rows: with one statement per table that stays prepared (SQLite), or as one JSON parameter (PostgreSQL).
 *
 * A statement with a parameter per value would be compiled again for every number of rows.
 *
 * @module
 */
import { sql } from 'kysely'
import type { CaseTable, Database, RunPropertyTable, RunTagTable, SuiteTable } from './schema.js'

/** The tables with the parts of a run. */
export interface PartTables {
  run_tags: RunTagTable
  run_properties: RunPropertyTable
  suites: SuiteTable
  cases: CaseTable
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
  cases: [
    'run_seq',
    'position',
    'suite_position',
    'test_key',
    'inserted_at',
    'name',
    'classname',
    'status',
    'flaky',
    'time',
    'file',
    'line',
    'message',
    'type',
    'details',
    'output',
  ],
}

/** A prepared statement of an SQLite library. */
interface Statement {
  run(values: readonly unknown[]): unknown
}

/** Inserts into an SQLite file, on the connection of its transactions. */
export function preparedInserts(prepare: (text: string) => Statement): InsertRows {
  const statements = new Map<string, Statement>()
  return async (_tx, { table, rows }) => {
    const columns = COLUMNS[table]
    let statement = statements.get(table)
    if (statement === undefined) {
      statement = prepare(`insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`)
      statements.set(table, statement)
    }
    for (const row of rows) statement.run(columns.map((column) => Reflect.get(row, column)))
  }
}

/** Inserts into PostgreSQL. */
export const jsonInserts: InsertRows = async (tx, { table, rows }) => {
  if (rows.length === 0) return
  const columns = sql.join(COLUMNS[table].map((column) => sql.ref(column)))
  await sql`insert into ${sql.table(table)} (${columns})
    select ${columns} from json_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(rows)}::json)`.execute(
    tx,
  )
}
