/**
 * Migration 011: the words of tests and of error texts, with a full-text index of the engine, filled for what is stored.
 *
 * @module
 */
import { type Kysely, sql } from 'kysely'
import { addErrorRows, type ErrorRows, inOrder, MAX_TEXTS_OF_RUN } from '../search/error-texts.js'
import { indexWords, projectWord, vectorOf } from '../search/words.js'
import type { Engine } from './engine.js'
import type { Schema } from './schema.js'

type Tables = Kysely<Pick<Schema, 'runs' | 'tests' | 'cases' | 'case_texts' | 'test_words' | 'error_texts'>>

const ROWS_AT_ONCE = 1_000

/** Creates and fills the tables. A crash repeats it (SQLite). */
export async function search(db: Kysely<unknown>, engine: Engine): Promise<void> {
  // A large database takes longer than a query may.
  if (engine === 'postgres') await sql`set local statement_timeout = 0`.execute(db)
  await createTables(db, engine)
  if (engine === 'sqlite') await createFts(db)
  const tables: Tables = db.withTables<Pick<Schema, keyof Schema>>()
  await fillTests(tables, engine)
  await fillErrors(tables, engine)
  // Faster than to keep them up to date row by row.
  if (engine === 'postgres') await createGin(db)
}

async function createTables(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const { schema } = db
  const words = engine === 'postgres' ? sql`tsvector` : 'text'
  await schema
    .createTable('test_words')
    .ifNotExists()
    .addColumn('test_id', engine === 'postgres' ? 'bigint' : 'integer', (column) =>
      column.primaryKey().references('tests.id').onDelete('cascade'),
    )
    .addColumn('project_word', 'text', (column) => column.notNull())
    .addColumn('name_words', words, (column) => column.notNull())
    .addColumn('file_words', words, (column) => column.notNull())
    .execute()
  await schema
    .createTable('error_texts')
    .ifNotExists()
    .addColumn('id', engine === 'postgres' ? 'bigserial' : 'integer', (column) =>
      engine === 'postgres' ? column.primaryKey() : column.primaryKey().autoIncrement(),
    )
    .addColumn('digest', 'text', (column) => column.notNull().unique())
    .addColumn('project_word', 'text', (column) => column.notNull())
    .addColumn('words', words, (column) => column.notNull())
    .addColumn('run_seq', 'bigint', (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('seen_at', 'bigint', (column) => column.notNull())
    .execute()
  // An update of the latest run must not touch the indexes (PostgreSQL, "Heap-Only Tuples").
  if (engine === 'postgres') await sql`alter table error_texts set (fillfactor = 80)`.execute(db)
}

// External content: the index has no copy of the words. The words are separated by spaces, so all other bytes belong to words.
async function createFts(db: Kysely<unknown>): Promise<void> {
  const indexed = { test_words: ['project_word', 'name_words', 'file_words'], error_texts: ['project_word', 'words'] }
  for (const [table, columns] of Object.entries(indexed)) {
    const id = table === 'test_words' ? 'test_id' : 'id'
    const list = columns.join(', ')
    const of = (row: string) => [id, ...columns].map((column) => `${row}.${column}`).join(', ')
    const statements = [
      `create virtual table if not exists ${table}_fts using fts5(${list}, content='${table}', content_rowid='${id}',
        tokenize='ascii', prefix='2 3', columnsize=0)`,
      `create trigger if not exists ${table}_added after insert on ${table} begin
        insert into ${table}_fts (rowid, ${list}) values (${of('new')}); end`,
      `create trigger if not exists ${table}_removed after delete on ${table} begin
        insert into ${table}_fts (${table}_fts, rowid, ${list}) values ('delete', ${of('old')}); end`,
    ]
    for (const statement of statements) await sql.raw(statement).execute(db)
  }
}

async function createGin(db: Kysely<unknown>): Promise<void> {
  await sql`create index test_words_gin on test_words using gin (name_words, file_words)`.execute(db)
  await sql`create index error_texts_gin on error_texts using gin (words)`.execute(db)
  await sql`create index test_words_project on test_words (project_word)`.execute(db)
  await sql`create index error_texts_project on error_texts (project_word)`.execute(db)
  await sql`analyze test_words`.execute(db)
  await sql`analyze error_texts`.execute(db)
}

async function fillTests(db: Tables, engine: Engine): Promise<void> {
  for (let after = 0; ; ) {
    const rows = await db
      .selectFrom('tests')
      .select(['id', 'project', 'classname', 'name', 'file'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(ROWS_AT_ONCE)
      .execute()
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.id
    const words = rows.map((test) => ({
      test_id: test.id,
      project_word: projectWord(test.project),
      name_words: wordsFor(`${test.classname} ${test.name}`, engine),
      file_words: wordsFor(test.file ?? '', engine),
    }))
    await db
      .insertInto('test_words')
      .values(words)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
}

async function fillErrors(db: Tables, engine: Engine): Promise<void> {
  for (let runSeq = -1, position = -1; ; ) {
    const rows = await db
      .selectFrom('case_texts')
      .innerJoin('runs', 'runs.seq', 'case_texts.run_seq')
      .innerJoin('cases', (join) =>
        join.onRef('cases.run_seq', '=', 'case_texts.run_seq').onRef('cases.position', '=', 'case_texts.position'),
      )
      .select(['runs.project', 'runs.inserted_at', 'cases.status', 'case_texts.run_seq', 'case_texts.position'])
      .select(['case_texts.message', 'case_texts.type'])
      .where(sql<boolean>`(case_texts.run_seq, case_texts.position) > (${runSeq}, ${position})`)
      .orderBy('case_texts.run_seq')
      .orderBy('case_texts.position')
      .limit(MAX_TEXTS_OF_RUN)
      .execute()
    const last = rows.at(-1)
    if (last === undefined) return
    runSeq = last.run_seq
    position = last.position
    const found: ErrorRows = new Map()
    for (const row of rows) if (row.status !== 'skipped') addErrorRows(found, row, [row])
    const values = inOrder(found).map((row) => ({
      ...row,
      words: engine === 'postgres' ? vectorOf(row.words) : row.words,
    }))
    if (values.length === 0) continue
    await db
      .insertInto('error_texts')
      .values(values)
      .onConflict((conflict) =>
        conflict.column('digest').doUpdateSet((row) => ({
          run_seq: row.ref('excluded.run_seq'),
          position: row.ref('excluded.position'),
          seen_at: row.ref('excluded.seen_at'),
        })),
      )
      .execute()
  }
}

function wordsFor(text: string, engine: Engine): string {
  const words = indexWords(text)
  return engine === 'postgres' ? vectorOf(words) : words
}
