/**
 * The database engines that are installed, for tests that run on each.
 *
 * @module
 */
import { afterAll, beforeAll } from 'vitest'
import type { Engine } from '../../src/database/engine.js'
import type { Settings } from '../../src/settings.js'
import { findPostgres, type Postgres, startPostgres } from './postgres.js'
import { type TestServer, testServer } from './server.js'

const programs = findPostgres()

/** SQLite, and PostgreSQL if it is installed. */
export const ENGINES: readonly Engine[] = programs === undefined ? ['sqlite'] : ['sqlite', 'postgres']

/** Creates the databases and servers of one engine. */
export interface EngineUnderTest {
  /** URL of a new, empty database; `undefined` means that the server creates an SQLite file. */
  readonly newDatabase: () => Promise<string | undefined>
  /** A server on a new database. */
  readonly start: (overrides?: Partial<Settings>, prepare?: Parameters<typeof testServer>[1]) => Promise<TestServer>
}

/** Call it inside a `describe`: the engine runs as long as the tests of that block. */
export function engineUnderTest(engine: Engine): EngineUnderTest {
  let postgres: Postgres | undefined
  beforeAll(async () => {
    if (engine === 'postgres' && programs !== undefined) postgres = await startPostgres(programs)
  })
  afterAll(() => postgres?.stop())
  const newDatabase = async () => postgres?.newDatabase()
  return {
    newDatabase,
    start: async (overrides = {}, prepare) => testServer({ databaseUrl: await newDatabase(), ...overrides }, prepare),
  }
}
