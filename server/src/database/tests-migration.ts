/**
 * Migration 004: names of tests are stored once per project, and texts of test cases in a table of their own.
 *
 * @module
 */
import { type Kysely, sql } from 'kysely'
import type { Engine } from './engine.js'

/** Moves the test cases into the new tables, in one transaction. */
export async function tests(db: Kysely<unknown>, engine: Engine): Promise<void> {
  if (engine === 'postgres') return move(db, engine)
  // Kysely has no transaction around a migration of SQLite, and a crash after this one would repeat it.
  const tables = await db.introspection.getTables()
  if (tables.some(({ name }) => name === 'tests')) return
  await db.transaction().execute((tx) => move(tx, engine))
}

async function move(db: Kysely<unknown>, engine: Engine): Promise<void> {
  // A large database takes longer than a query may.
  if (engine === 'postgres') await sql`set local statement_timeout = 0`.execute(db)
  await db.schema.alterTable('cases').renameTo('old_cases').execute()
  await createTables(db, engine)
  // In the order of their first test cases, so that tests of one file are close together.
  await sql`insert into tests (test_key, project, classname, name, file, seen_at)
    select c.test_key, max(r.project), max(c.classname), max(c.name), max(c.file), max(c.inserted_at)
    from old_cases c join runs r on r.seq = c.run_seq
    group by c.test_key order by min(c.run_seq), min(c.position)`.execute(db)
  // A cross join, because SQLite would begin with the tests otherwise.
  await sql`insert into cases (run_seq, position, suite_position, test_id, status, flaky, time, file, line)
    select c.run_seq, c.position, c.suite_position, t.id, c.status, c.flaky, c.time,
      case when c.file is not distinct from t.file then null else coalesce(c.file, '') end, c.line
    from old_cases c cross join tests t where t.test_key = c.test_key
    order by c.run_seq, c.position`.execute(db)
  await sql`insert into case_texts (run_seq, position, message, type, details, output)
    select run_seq, position, message, type, details, output from old_cases
    where coalesce(message, type, details, output) is not null
    order by run_seq, position`.execute(db)
  await db.schema.dropTable('old_cases').execute()
  await db.schema.createIndex('cases_test').on('cases').columns(['run_seq', 'test_id']).execute()
}

async function createTables({ schema }: Kysely<unknown>, engine: Engine): Promise<void> {
  // One tree of pages instead of two, whose rows are in the order of the report.
  const clustered = engine === 'sqlite' ? sql`without rowid` : sql``
  await schema
    .createTable('tests')
    .addColumn('id', engine === 'postgres' ? 'bigserial' : 'integer', (column) =>
      engine === 'postgres' ? column.primaryKey() : column.primaryKey().autoIncrement(),
    )
    .addColumn('test_key', 'text', (column) => column.notNull().unique())
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('classname', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('file', 'text')
    .addColumn('seen_at', 'bigint', (column) => column.notNull())
    .execute()
  await schema
    .createTable('cases')
    .addColumn('run_seq', 'bigint', (column) => column.notNull().references('runs.seq').onDelete('cascade'))
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('suite_position', 'integer', (column) => column.notNull())
    .addColumn('test_id', 'bigint', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('flaky', 'integer', (column) => column.notNull())
    .addColumn('time', 'double precision', (column) => column.notNull())
    .addColumn('file', 'text')
    .addColumn('line', 'integer')
    .addPrimaryKeyConstraint('cases_place', ['run_seq', 'position'])
    .modifyEnd(clustered)
    .execute()
  await schema
    .createTable('case_texts')
    .addColumn('run_seq', 'bigint', (column) => column.notNull().references('runs.seq').onDelete('cascade'))
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('message', 'text')
    .addColumn('type', 'text')
    .addColumn('details', 'text')
    .addColumn('output', 'text')
    .addPrimaryKeyConstraint('case_texts_place', ['run_seq', 'position'])
    .modifyEnd(clustered)
    .execute()
  await schema.createIndex('tests_seen').on('tests').column('seen_at').execute()
  // The latest runs of a project, for trends and the history of a test.
  await schema.createIndex('runs_latest').on('runs').columns(['project', 'inserted_at', 'seq']).execute()
}
