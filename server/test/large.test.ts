import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { addTrustedKey, trustedKeys } from '../src/access/trusted-keys.js'
import { openDatabase } from '../src/database/engine.js'
import { openReportBytes } from '../src/ingest/bytes.js'
import { INLINE_BYTES } from '../src/ingest/ingest.js'
import { PARTS_FROM, removeAbandonedParts } from '../src/ingest/store.js'
import { type AcceptContext, acceptAll, type Submission } from '../src/ingest/submission.js'
import { TestIds } from '../src/ingest/test-ids.js'
import { ENGINES, engineUnderTest } from './support/engines.js'
import { report, XML } from './support/reports.js'
import { type TestServer, testServer } from './support/server.js'
import { newKey } from './support/signing.js'

const SUBMIT = '/api/v1/junit/submit'
const TESTS = PARTS_FROM + 500
const CASES = Array.from({ length: TESTS }, (_, at) => `<testcase classname="cart" name="adds ${at}"/>`).join('')
const PADDING = `<testcase name="long"><failure>${'x'.repeat(INLINE_BYTES)}</failure></testcase>`

const rowsOf = async ({ database }: TestServer) =>
  (
    await sql<Record<string, number>>`select (select count(*) from runs) as runs, (select count(*) from cases) as cases,
      (select count(*) from suites) as suites, (select count(*) from run_properties) as properties,
      (select count(*) from arriving_runs) as arriving`.execute(database)
  ).rows[0]

describe.each(ENGINES)('a large report on %s', (engine) => {
  const { start } = engineUnderTest(engine)

  it('is accepted in a worker thread, stored once, and returned unchanged', async () => {
    const server = await start()
    const xml = report({ cases: CASES })

    const answers = await Promise.all([1, 2, 3].map(() => server.post(SUBMIT, xml, XML)))

    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201])
    expect(answers.map((answer) => answer.at('status')).sort()).toEqual(['duplicate', 'duplicate', 'success'])
    expect((await server.get(`/api/v1/test_runs/${answers[0]?.at('test_run_id')}/report`)).text).toBe(xml)
    expect(await rowsOf(server)).toEqual({ runs: 1, cases: TESTS, suites: 1, properties: 1, arriving: 0 })
  })

  it('gets the same errors as a small one', async () => {
    const server = await start({ policy: 'require-signed' })
    const small = [report(), '<html/>', '<testsuites>', report({ project: '' })]
    const large = [report({ cases: PADDING }), ...small.slice(1, 3).map((text) => text + ' '.repeat(INLINE_BYTES))]

    for (const [index, text] of large.entries()) {
      const expected = await server.post(SUBMIT, small[index] ?? '', XML)
      const actual = await server.post(SUBMIT, text, XML)
      expect([actual.status, actual.at('details', 'reason')]).toEqual([
        expected.status,
        expected.at('details', 'reason'),
      ])
    }
    expect(await rowsOf(server)).toMatchObject({ runs: 0, cases: 0 })
  })

  it.each([
    ['small', ''],
    ['large', PADDING],
  ])(
    'and a small one: a signature never gets worse, however %s copies arrive at the same time',
    async (_size, extra) => {
      const [trusted, stranger] = [newKey(), newKey()]
      const server = await start({}, (database) =>
        addTrustedKey(database, { pem: trusted.publicPem, name: 'ci', project: 'shop' }, Date.now()),
      )
      for (let round = 0; round < 6; round++) {
        const unsigned = report({ name: `round ${round}`, cases: `<testcase name="a"/>${extra}` })
        const [best, worse] = [await trusted.sign(unsigned), await stranger.sign(unsigned)]
        const copies = round % 2 === 0 ? [unsigned, worse, best, worse] : [best, unsigned, worse, best]
        if (round > 1) await server.post(SUBMIT, unsigned, XML)

        const answers = await Promise.all(copies.map((xml) => server.post(SUBMIT, xml, XML)))

        const [id, ...others] = new Set(answers.map((answer) => answer.at('test_run_id')))
        expect(others).toEqual([])
        expect((await server.get(`/api/v1/test_runs/${id}`)).at('signature', 'state')).toBe('trusted')
        expect((await server.get(`/api/v1/test_runs/${id}/report`)).text).toBe(best)
      }
    },
  )
})

describe('a worker thread', () => {
  it('that exceeds its memory or its time, or crashes, is replaced, and its submission is refused', async () => {
    const xml = report({ cases: CASES.repeat(20) })
    const small = await testServer({}, undefined, { heapMegabytes: 16 })
    const slow = await testServer({}, undefined, { timeoutMs: 1 })

    const tooLarge = await small.post(SUBMIT, xml, XML)
    const tooSlow = await slow.post(SUBMIT, xml, XML)

    expect([tooLarge.status, tooLarge.at('details', 'reason')]).toEqual([413, 'memory'])
    expect([tooSlow.status, tooSlow.headers.get('retry-after')]).toEqual([503, '60'])
    for (const server of [small, slow]) {
      expect((await server.post(SUBMIT, report(), XML)).status).toBe(201)
      expect(await rowsOf(server)).toMatchObject({ runs: 1 })
    }
  })

  it('is waited for by a limited number of submissions; the others are refused with 503 and Retry-After', async () => {
    const server = await testServer({}, undefined, { threads: 1, waiting: 1 })

    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, at) => server.post(SUBMIT, report({ name: `${at}`, cases: CASES }), XML)),
    )

    const statuses = answers.map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([201, 503]))
    for (const { status, headers } of answers) if (status === 503) expect(headers.get('retry-after')).toBe('2')
    expect(await rowsOf(server)).toMatchObject({ runs: statuses.filter((status) => status === 201).length })
  })
})

/** A connection as that of a worker thread. */
async function contextOf(server: TestServer) {
  const opened = await openDatabase({ dataDir: server.dataDir }, { isWorker: true })
  const context: AcceptContext = {
    database: opened.database,
    insertRows: opened.insertRows,
    bytes: openReportBytes(opened, server.dataDir),
    policy: 'accept',
    testIds: new TestIds(),
    canStoreInParts: true,
    inTurn: (action) => action(),
    trustedKeys: (project) => trustedKeys(opened.database, project),
  }
  return { context, close: () => opened.database.destroy() }
}

const SUBMISSION: Submission = {
  api: 'junit',
  isXml: true,
  idempotencyKey: undefined,
  principal: { keyId: null, canSubmit: true, canRead: true, project: undefined },
  nowMs: Date.now(),
}

describe('storeInParts', () => {
  it('stores a report once, with all its rows, although it is submitted again', async () => {
    const server = await testServer()
    const { context, close } = await contextOf(server)
    const body = Buffer.from(report({ cases: CASES }))

    const [first] = await Promise.all(
      acceptAll(context, [{ body, submission: { ...SUBMISSION, idempotencyKey: 'one' } }]),
    )
    const [second] = await Promise.all(acceptAll(context, [{ body, submission: SUBMISSION }]))

    expect([first?.duplicate, second?.duplicate, second?.run.id === first?.run.id]).toEqual([false, true, true])
    expect(await rowsOf(server)).toEqual({ runs: 1, cases: TESTS, suites: 1, properties: 1, arriving: 0 })
    await close()
  })

  it('stores one of two reports that arrive at the same time, and removes the parts of the other', async () => {
    const server = await testServer()
    const { context, close } = await contextOf(server)
    const job = { body: Buffer.from(report({ cases: CASES })), submission: SUBMISSION }

    const accepted = await Promise.all(acceptAll(context, [job, job]))

    expect(accepted.map(({ duplicate }) => duplicate).sort()).toEqual([false, true])
    expect(new Set(accepted.map(({ run }) => run.id)).size).toBe(1)
    expect(await rowsOf(server)).toEqual({ runs: 1, cases: TESTS, suites: 1, properties: 1, arriving: 0 })
    await close()
  })

  it('leaves nothing that can be seen when it is interrupted, and removeAbandonedParts deletes the parts', async () => {
    const server = await testServer()
    const id = (await server.post(SUBMIT, report({ cases: CASES }), XML)).at('test_run_id')
    const run = await server.database.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
    const opened = await openDatabase({ dataDir: server.dataDir }, { isWorker: true })
    // As after a crash: the parts are there, and the run is not.
    await opened.database.deleteFrom('runs').where('seq', '=', run.seq).execute()
    await opened.database.insertInto('arriving_runs').values({ run_seq: run.seq, started_at: Date.now() }).execute()
    const context = { database: opened.database, inTurn: <T>(action: () => Promise<T>) => action() }

    expect((await server.get('/api/v1/test_runs')).at('pagination', 'total_count')).toBe('0')
    await removeAbandonedParts(context, Date.now())
    expect(await rowsOf(server)).toMatchObject({ cases: TESTS, arriving: 1 })
    await removeAbandonedParts(context, Date.now() + 2 * 3_600_000)

    expect(await rowsOf(server)).toEqual({ runs: 0, cases: 0, suites: 0, properties: 0, arriving: 0 })
    await opened.database.destroy()
  })
})
