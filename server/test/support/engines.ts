/**
 * The database engines that this machine has, for tests that hold on each.
 *
 * @module
 */
import { afterAll, beforeAll } from 'vitest'
import type { Engine } from '../../src/database/engine.js'
import type { Settings } from '../../src/settings.js'
import { findPostgres, type Postgres, startPostgres } from './postgres.js'
import { type TestServer, testServer } from './server.js'

const programs = findPostgres()

/** SQLite, and PostgreSQL where it is installed. */
export const ENGINES: readonly Engine[] = programs === undefined ? ['sqlite'] : ['sqlite', 'postgres']

/** What a `describe` of one engine makes its servers with. */
export interface EngineUnderTest {
  /** Address of a new, empty database; `undefined` means a file of the server's own. */
  readonly newDatabase: () => Promise<string | undefined>
  /** A server on a new database. */
  readonly start: (overrides?: Partial<Settings>, prepare?: Parameters<typeof testServer>[1]) => Promise<TestServer>
}

/** Called inside a `describe`: the engine runs while its tests do. */
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
