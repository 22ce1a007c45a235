/**
 * The two engines: an SQLite file, or a PostgreSQL server. Whatever is above this module sees one query layer.
 *
 * @module
 */
import { join } from 'node:path'
import { JuxError, makeFolder, messageOf } from 'jux-reporter'
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely'
import type { Schema } from './schema.js'

/** What runs below the queries. */
export type Engine = 'sqlite' | 'postgres'

/** Where the data are. */
export interface DatabaseSettings {
  /** `postgres://…`; an SQLite file in `dataDir` when absent. */
  readonly databaseUrl?: string | undefined
  readonly dataDir: string
}

/** An open database. */
export interface OpenDatabase {
  readonly engine: Engine
  readonly database: Kysely<Schema>
}

/** How long a writer waits for another process's write (SQLite). */
const BUSY_TIMEOUT_MS = 10_000
/** Connections to PostgreSQL of one instance. */
const MAX_CONNECTIONS = 10
const CONNECT_TIMEOUT_MS = 10_000
/** A query that takes longer is given up, so that one page cannot hold a connection for ever. */
const STATEMENT_TIMEOUT_MS = 120_000
/** Type number of `bigint` in PostgreSQL. */
const INT8 = 20

/**
 * Opens the database; makes the SQLite file, and its folder, when they are missing.
 *
 * @throws {JuxError} `CONFIG_INVALID_VALUE` for an address that is no PostgreSQL one, `STORAGE_*` when the file cannot be used
 */
export function openDatabase(settings: DatabaseSettings): Promise<OpenDatabase> {
  return settings.databaseUrl === undefined ? openSqlite(settings.dataDir) : openPostgres(settings.databaseUrl)
}

async function openSqlite(dataDir: string): Promise<OpenDatabase> {
  makeFolder(dataDir)
  const path = join(dataDir, 'jux.db')
  const { default: Sqlite } = await import('libsql')
  try {
    const file = new Sqlite(path)
    // FULL: what was committed is on the disk, also when the machine loses power (SQLite, "PRAGMA synchronous").
    for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', `busy_timeout = ${BUSY_TIMEOUT_MS}`]) {
      file.pragma(pragma)
    }
    file.pragma('foreign_keys = ON')
    return { engine: 'sqlite', database: new Kysely<Schema>({ dialect: new SqliteDialect({ database: file }) }) }
  } catch (cause) {
    throw new JuxError('STORAGE_WRITE_ERROR', {
      message: `${path} cannot be opened: ${messageOf(cause)}`,
      suggestions: ['jux-server --data DIR, with a folder that can be written'],
      cause,
    })
  }
}

async function openPostgres(url: string): Promise<OpenDatabase> {
  if (!/^postgres(?:ql)?:\/\//.test(url)) {
    throw new JuxError('CONFIG_INVALID_VALUE', {
      // The address may hold a password: it is not repeated.
      message: 'DATABASE_URL is not the address of a PostgreSQL database',
      suggestions: ['DATABASE_URL=postgres://user:password@host:5432/name', 'unset DATABASE_URL to use a file'],
    })
  }
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    types: {
      // Counts and times fit a double.
      getTypeParser: (type: number, format?: 'text' | 'binary') =>
        type === INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(type, format),
    },
  })
  // A connection that dies while it is idle is replaced when it is needed next.
  pool.on('error', () => {})
  return { engine: 'postgres', database: new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) }) }
}
