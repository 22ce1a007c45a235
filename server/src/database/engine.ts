/**
 * The two database engines: an SQLite file, or a PostgreSQL server. All other modules use the same queries on both.
 *
 * @module
 */
import { join } from 'node:path'
import { JuxError } from 'jux-reporter'
import { makeFolder, messageOf } from 'jux-reporter/internal'
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely'
import { type InsertRows, jsonInserts, preparedInserts } from './row-inserts.js'
import type { Schema } from './schema.js'

/** A database engine. */
export type Engine = 'sqlite' | 'postgres'

/** Where the data are stored. */
export interface DatabaseSettings {
  /** `postgres://…`; an SQLite file in `dataDir` when absent. */
  readonly databaseUrl?: string | undefined
  readonly dataDir: string
}

/** An open database. */
export interface OpenDatabase {
  readonly engine: Engine
  readonly database: Kysely<Schema>
  readonly insertRows: InsertRows
}

/** How long a write waits for the write of another process (SQLite). */
const BUSY_TIMEOUT_MS = 10_000
/** Pages of the write-ahead log after which they are copied into the file: fewer copies of pages that change often, 16 MiB at most. */
const CHECKPOINT_PAGES = 4_000
const CACHE_KIBIBYTES = 16_384
/** Number of statements that stay prepared. Those of a submission are a few, and a page has up to ten with some variants. */
const MAX_PREPARED = 100
/** Maximum number of connections of one instance to PostgreSQL. */
const MAX_CONNECTIONS = 10
const MAX_CONNECTIONS_OF_WORKER = 2
const CONNECT_TIMEOUT_MS = 10_000
/** A query that takes longer is canceled, so that one page cannot block a connection forever. */
const STATEMENT_TIMEOUT_MS = 120_000
/** Type number of `bigint` in PostgreSQL. */
const INT8 = 20

/**
 * Opens the database. Creates the SQLite file and its folder when they do not exist.
 *
 * A worker thread has fewer connections, and inserts the parts of a run before the run (SQLite; `ingest/store.ts`).
 *
 * @throws {JuxError} `CONFIG_INVALID_VALUE` when the URL is not a PostgreSQL URL, `STORAGE_*` when the file cannot be used
 */
export function openDatabase(settings: DatabaseSettings, { isWorker = false } = {}): Promise<OpenDatabase> {
  return settings.databaseUrl === undefined
    ? openSqlite(settings.dataDir, isWorker)
    : openPostgres(settings.databaseUrl, isWorker ? MAX_CONNECTIONS_OF_WORKER : MAX_CONNECTIONS)
}

/**
 * Opens the database for counters, whose commits do not wait for the disk (SQLite): a crash of the process loses nothing, and a power
 * failure the latest counts. With PostgreSQL, it is `opened` itself.
 *
 * @throws {JuxError} as `openDatabase`
 */
export async function openCounters(opened: OpenDatabase, { dataDir }: DatabaseSettings): Promise<Kysely<Schema>> {
  return opened.engine === 'sqlite' ? (await openFile(dataDir, { synchronous: 'NORMAL' })).database : opened.database
}

async function openSqlite(dataDir: string, isWorker: boolean): Promise<OpenDatabase> {
  // FULL: a committed transaction survives a power failure (SQLite, "PRAGMA synchronous").
  const { file, database } = await openFile(dataDir, { synchronous: 'FULL', foreign_keys: isWorker ? 'OFF' : 'ON' })
  return { engine: 'sqlite', database, insertRows: preparedInserts((text) => file.prepare(text)) }
}

async function openFile(dataDir: string, own: Readonly<Record<string, string>>) {
  makeFolder(dataDir)
  const path = join(dataDir, 'jux.db')
  const { default: Sqlite } = await import('libsql')
  try {
    const file = new Sqlite(path)
    const pragmas = {
      journal_mode: 'WAL',
      busy_timeout: BUSY_TIMEOUT_MS,
      wal_autocheckpoint: CHECKPOINT_PAGES,
      cache_size: -CACHE_KIBIBYTES,
      ...own,
    }
    for (const [name, value] of Object.entries(pragmas)) file.pragma(`${name} = ${value}`)
    const prepare = keepPrepared((text) => file.prepare(text))
    const database = new Kysely<Schema>({
      dialect: new SqliteDialect({ database: { prepare, close: () => file.close() } }),
    })
    return { file, database }
  } catch (cause) {
    throw new JuxError('STORAGE_WRITE_ERROR', {
      message: `cannot open ${path}: ${messageOf(cause)}`,
      suggestions: ['jux-server --data DIR, where DIR is a writable folder'],
      cause,
    })
  }
}

// To compile a statement takes longer than to run most of them. The oldest one is dropped, so that statements with lists of values, which
// have many variants, do not stay.
function keepPrepared<T>(prepare: (text: string) => T): (text: string) => T {
  const statements = new Map<string, T>()
  return (text) => {
    const statement = statements.get(text) ?? prepare(text)
    statements.delete(text)
    statements.set(text, statement)
    const [oldest] = statements.keys()
    if (statements.size > MAX_PREPARED && oldest !== undefined) statements.delete(oldest)
    return statement
  }
}

async function openPostgres(url: string, maxConnections: number): Promise<OpenDatabase> {
  if (!/^postgres(?:ql)?:\/\//.test(url)) {
    throw new JuxError('CONFIG_INVALID_VALUE', {
      // The URL can contain a password, so the message does not repeat it.
      message: 'DATABASE_URL is not a PostgreSQL URL',
      suggestions: ['DATABASE_URL=postgres://user:password@host:5432/name', 'unset DATABASE_URL to use SQLite'],
    })
  }
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    types: {
      // Counts and times fit into a double.
      getTypeParser: (type: number, format?: 'text' | 'binary') =>
        type === INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(type, format),
    },
  })
  // The pool replaces a connection that breaks while it is idle.
  pool.on('error', () => {})
  const database = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
  return { engine: 'postgres', database, insertRows: jsonInserts }
}
