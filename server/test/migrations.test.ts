import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/support/folders.js'
import { openDatabase } from '../src/database/engine.js'
import { migrate } from '../src/database/migrations.js'
import type { Database } from '../src/database/schema.js'
import { testKey } from '../src/ingest/test-key.js'
import { ENGINES, engineUnderTest } from './support/engines.js'
import { report, XML } from './support/reports.js'
import { testServer } from './support/server.js'

const RUN_ID = '00000000-0000-4000-8000-00000000000'

/** Inserts runs as version 0.1.0 stored them: each with a test that passed, and one that failed in every second run. */
async function insertOldRuns(database: Database): Promise<void> {
  for (let at = 1; at <= 4; at++) {
    await sql`insert into runs (id, content_hash, project, environment, tests, failures, errors, skipped, flaky, success_rate,
        total_time, inserted_at, signature, size_bytes, protocol, branch)
      values (${`${RUN_ID}${at}`}, ${`hash ${at}`}, 'shop', 'test', 2, ${at % 2}, 0, 0, 0, 50, 1.5, ${at}, 'unsigned', 1, 'xml', 'main')`.execute(
      database,
    )
    const { rows } = await sql<{ seq: number }>`select max(seq) as seq from runs`.execute(database)
    const seq = rows[0]?.seq
    await sql`insert into suites (run_seq, position, id, name, tests, failures, errors, skipped, time)
      values (${seq}, 0, ${`suite ${at}`}, 'unit', 2, ${at % 2}, 0, 0, 1.5)`.execute(database)
    for (const [position, name] of ['adds', 'pays'].entries()) {
      const failed = position === 1 && at % 2 === 1
      const file = at === 3 ? null : at === 4 ? 'new.ts' : 'cart.ts'
      await sql`insert into cases (run_seq, position, suite_position, test_key, inserted_at, name, classname, status, flaky, time,
          file, line, message, type, details)
        values (${seq}, ${position}, 0, ${testKey('shop', 'cart', name)}, ${at}, ${name}, 'cart', ${failed ? 'failed' : 'passed'}, 0,
          ${position + 0.5}, ${file}, ${at}, ${failed ? 'expected 1' : null}, ${failed ? 'Error' : null}, ${failed ? 'at cart.ts' : null})`.execute(
        database,
      )
    }
  }
}

describe.each(ENGINES)('an update of a database of version 0.1.0 on %s', (engine) => {
  const { newDatabase } = engineUnderTest(engine)

  it('keeps all test cases with their files and texts, and the history of tests goes on', async () => {
    const settings = { dataDir: temporaryFolder(), databaseUrl: await newDatabase() }
    const { database } = await openDatabase(settings)
    await migrate(database, engine, '003_arrival')
    await insertOldRuns(database)
    await database.destroy()

    const server = await testServer(settings)
    const cases = '<testcase classname="cart" name="pays" time="9"/>'
    await server.post('/api/v1/junit/submit', report({ cases, properties: { 'git:branch': 'main' } }), XML)

    const stored = await Promise.all(
      [1, 2, 3, 4].map(async (at) => (await server.get(`/api/v1/test_suites/suite ${at}/test_cases`)).json),
    )
    const passed = { classname: 'cart', status: 'passed', flaky: false }
    const failed = { failure_message: 'expected 1', failure_type: 'Error', failure_stacktrace: 'at cart.ts' }
    const both = (line: number, file: object, last: object) => ({
      test_cases: [
        { ...passed, name: 'adds', time: 0.5, line, ...file },
        { ...passed, name: 'pays', time: 1.5, line, ...file, ...last },
      ].map((row) => ({ ...row, id: expect.any(String) })),
    })
    expect(stored).toEqual([
      both(1, { file: 'cart.ts' }, { status: 'failed', ...failed }),
      both(2, { file: 'cart.ts' }, {}),
      both(3, {}, { status: 'failed', ...failed }),
      both(4, { file: 'new.ts' }, {}),
    ])
    const history = await server.get(`/tests/${testKey('shop', 'cart', 'pays')}`)
    expect(history.text).toContain('Runs <span class="count">5</span>')
    const counts = await sql`select (select count(*) from tests) as tests, (select count(*) from cases) as cases,
      (select count(*) from case_texts) as texts`.execute(server.database)
    expect(counts.rows).toEqual([{ tests: 2, cases: 9, texts: 2 }])
  })

  it.each(['004_tests', '005_bytes', '006_receipts'])(
    'can be repeated after a crash that came before the end of %s was noted',
    async (last) => {
      const settings = { dataDir: temporaryFolder(), databaseUrl: await newDatabase() }
      const { database } = await openDatabase(settings)
      await migrate(database, engine, '003_arrival')
      await insertOldRuns(database)
      await migrate(database, engine, last)
      // PostgreSQL notes it in the same transaction.
      if (engine === 'sqlite') await sql`delete from kysely_migration where name = ${last}`.execute(database)

      await migrate(database, engine)

      expect(await database.selectFrom('cases').select('position').execute()).toHaveLength(8)
      await database.destroy()
    },
  )
})

describe.each(ENGINES)('an update of a database without decisions on %s', (engine) => {
  const { newDatabase } = engineUnderTest(engine)

  it('creates their table, also if a program that shares the database has one of this name', async () => {
    const { database } = await openDatabase({ dataDir: temporaryFolder(), databaseUrl: await newDatabase() })
    // SQLite has no schemas.
    if (engine === 'postgres') {
      await sql`create schema other`.execute(database)
      await sql`create table other.decisions (id integer)`.execute(database)
    }

    await migrate(database, engine)
    const rows = await database.selectFrom('decisions').select('digest').execute()
    await database.destroy()

    expect(rows).toEqual([])
  })

  it('keeps the messages about runs that are to be sent, and removes them with their runs', async () => {
    const { database } = await openDatabase({ dataDir: temporaryFolder(), databaseUrl: await newDatabase() })
    await migrate(database, engine, '011_search')
    await sql`insert into runs (id, content_hash, project, environment, tests, failures, errors, skipped, flaky, success_rate,
        total_time, inserted_at, signature, size_bytes, protocol)
      values (${RUN_ID}, 'hash', 'shop', 'test', 1, 1, 0, 0, 0, 0, 1, 1, 'unsigned', 1, 'xml')`.execute(database)
    await sql`insert into subscriptions (id, project, kind, origin, created_at, leased_until)
      values ('s1', 'shop', 'webhook', 'http://127.0.0.1', 1, 0)`.execute(database)
    const delivery = { subscription_id: 's1', event: 'failed' as const, attempts: 3, next_at: 5, created_at: 4 }
    await sql`insert into deliveries (id, subscription_id, run_seq, event, attempts, next_at, created_at)
      select 'd1', 's1', seq, 'failed', 3, 5, 4 from runs`.execute(database)

    await migrate(database, engine)
    await migrate(database, engine)
    const kept = await database.selectFrom('deliveries').selectAll().execute()
    await database.deleteFrom('runs').execute()
    const left = await database.selectFrom('deliveries').selectAll().execute()
    await database.destroy()

    expect(kept).toEqual([{ id: 'd1', ...delivery, run_seq: expect.any(Number), decision_seq: null }])
    expect(left).toEqual([])
  })
})
