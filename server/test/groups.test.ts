import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { trustedKeys } from '../src/access/trusted-keys.js'
import { type Engine, openDatabase } from '../src/database/engine.js'
import { WriteTurns } from '../src/database/turns.js'
import { openReportBytes } from '../src/ingest/bytes.js'
import { type AcceptContext, acceptAll, type Job } from '../src/ingest/submission.js'
import { TestIds } from '../src/ingest/test-ids.js'
import { ENGINES, engineUnderTest } from './support/engines.js'
import { report, XML } from './support/reports.js'
import type { TestServer } from './support/server.js'

const SUBMIT = '/api/v1/junit/submit'

const job = (xml: string, idempotencyKey?: string): Job => ({
  body: Buffer.from(xml),
  submission: {
    api: 'junit',
    isXml: true,
    idempotencyKey,
    principal: { keyId: null, canSubmit: true, canRead: true, project: undefined },
    nowMs: Date.now(),
  },
})

/** Counts the transactions that insert something. Contexts in one process share the turns of its writers, as in the server. */
async function contextOf(server: TestServer, engine: Engine, writers = new WriteTurns(engine)) {
  const opened = await openDatabase({ dataDir: server.dataDir, databaseUrl: server.databaseUrl })
  let turns = 0
  const context: AcceptContext = {
    database: opened.database,
    insertRows: opened.insertRows,
    bytes: openReportBytes(opened, server.dataDir),
    policy: 'accept',
    testIds: new TestIds(),
    canStoreInParts: engine === 'sqlite',
    inTurn: (action) => {
      turns++
      return writers.run(action)
    },
    trustedKeys: (project) => trustedKeys(opened.database, project),
  }
  return { context, turns: () => turns, close: () => opened.database.destroy() }
}

const outcomes = async (promises: readonly Promise<{ readonly duplicate: boolean }>[]) =>
  (await Promise.allSettled(promises)).map((settled) =>
    settled.status === 'fulfilled' ? (settled.value.duplicate ? 'duplicate' : 'stored') : settled.reason.status,
  )

const counts = async ({ database }: TestServer) =>
  (
    await sql<Record<string, number>>`select (select count(*) from runs) as runs, (select count(*) from cases) as cases,
      (select count(*) from suites) as suites, (select count(*) from run_properties) as properties`.execute(database)
  ).rows[0]

describe.each(ENGINES)('reports that arrive together on %s', (engine) => {
  const { start } = engineUnderTest(engine)

  it('are stored in one transaction, each with its own rows and bytes', async () => {
    const server = await start()
    const { context, turns, close } = await contextOf(server, engine)
    const reports = Array.from({ length: 8 }, (_, at) => report({ name: `report ${at}` }))
    // Its tests are new, and those of the others are not.
    await server.post(SUBMIT, report({ name: 'earlier' }), XML)

    const accepted = await Promise.all(
      acceptAll(
        context,
        reports.map((xml) => job(xml)),
      ),
    )

    expect(turns()).toBe(1)
    expect(await counts(server)).toEqual({ runs: 9, cases: 36, suites: 9, properties: 9 })
    for (const [at, { run }] of accepted.entries()) {
      expect((await server.get(`/api/v1/test_runs/${run.id}/report`)).text).toBe(reports[at])
    }
    await close()
  })

  it('do not fail because of others: those that are refused get their own errors, and copies are duplicates', async () => {
    const server = await start()
    const { context, close } = await contextOf(server, engine)
    await server.post(SUBMIT, report({ name: 'known' }), { ...XML, 'idempotency-key': 'one' })
    const jobs = [
      job(report({ name: 'good' })),
      job('<testsuites>'),
      job(report({ name: 'known' })),
      job(report({ name: 'other' }), 'one'),
      job('<html/>'),
      job(report({ name: 'good' })),
      job(report({ name: 'new' }), 'two'),
      job(report({ project: '' })),
    ]

    const result = await outcomes(acceptAll(context, jobs))

    // Nobody can tell two copies apart that arrive together.
    const copies = [result[0], result[5]]
    expect(copies.sort()).toEqual(['duplicate', 'stored'])
    expect(result.filter((_, at) => at !== 0 && at !== 5)).toEqual([400, 'duplicate', 422, 422, 'stored', 400])
    expect(await counts(server)).toEqual({ runs: 3, cases: 12, suites: 3, properties: 3 })
    await close()
  })

  it('and that two instances store in opposite order are stored once', async () => {
    const server = await start()
    const writers = new WriteTurns(engine)
    const contexts = [await contextOf(server, engine, writers), await contextOf(server, engine, writers)]
    const jobs = Array.from({ length: 8 }, (_, at) => job(report({ name: `report ${at}` }), `key ${at}`))

    const orders = [jobs, jobs.toReversed()]
    const results = (
      await Promise.all(contexts.map(({ context }, at) => outcomes(acceptAll(context, orders[at] ?? []))))
    ).flat()

    expect(results.filter((result) => result === 'stored')).toHaveLength(8)
    expect(results.filter((result) => result === 'duplicate')).toHaveLength(8)
    expect(await counts(server)).toEqual({ runs: 8, cases: 32, suites: 8, properties: 8 })
    for (const { close } of contexts) await close()
  })
})
