import { createHmac } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../test/support/folders.js'
import { changesOf } from '../../src/compare/compare.js'
import { openDatabase } from '../../src/database/engine.js'
import { migrate } from '../../src/database/migrations.js'
import type { Database } from '../../src/database/schema.js'
import { PARTS_FROM } from '../../src/ingest/store.js'
import { Notifier } from '../../src/notify/notifier.js'
import { LEASE_MS, takeLease } from '../../src/notify/outbox.js'
import { openOrCreateSecretBox } from '../../src/notify/secrets.js'
import { addSubscription, type SubscriptionRequest } from '../../src/notify/subscriptions.js'
import { runBodySchema } from '../../src/notify/vendors/webhook.js'
import { dayOf } from '../../src/quarantine/decide.js'
import { addEntry } from '../../src/quarantine/entries.js'
import { ENGINES, engineUnderTest } from '../support/engines.js'
import { report, XML } from '../support/reports.js'
import type { TestServer } from '../support/server.js'
import { github, type ReceivedRequest, receiver } from './receivers.js'

const SECRET = 'a-secret-of-the-test'
const SOON = { timeout: 20_000 }
const RESULTS = { ok: '', bad: '<failure message="expected 1"/>' }

const subscribe = async (database: Database, dataDir: string, request: Partial<SubscriptionRequest>) => {
  const box = await openOrCreateSecretBox({ dataDir, secretKeyFile: undefined })
  const full = { project: 'shop', kind: 'webhook', secret: SECRET, ...request } as const
  return (await addSubscription(database, full, box, {}, 1)).row
}

let number = 0

/** Submits a run with these results of the test "pays" and others. */
async function submit(
  server: TestServer,
  results: readonly (keyof typeof RESULTS)[],
  properties: Record<string, string> = {},
  advanceMs = 1_000,
): Promise<string> {
  number++
  const cases = results.map(
    (result, at) => `<testcase classname="cart" name="pays ${at}">${RESULTS[result]}</testcase>`,
  )
  const facts = { 'git:branch': 'main', 'git:commit': String(number).padStart(40, '0'), ...properties }
  const xml = report({ name: `run ${number}`, properties: facts, cases: cases.join('') })
  const response = await server.post('/api/v1/junit/submit', xml, XML)
  expect(response.status).toBe(201)
  server.advance(advanceMs)
  return response.at('test_run_id')
}

const eventsOf = (requests: readonly ReceivedRequest[]) => requests.map(({ headers }) => headers['jux-event'])

const countRows = async (database: Database, table: 'pending_notices' | 'deliveries') =>
  Number(
    (
      await database
        .selectFrom(table)
        .select(({ fn }) => fn.countAll().as('count'))
        .executeTakeFirst()
    )?.count,
  )

const isIdle = async ({ database }: TestServer) =>
  (await countRows(database, 'pending_notices')) + (await countRows(database, 'deliveries')) === 0

const waitUntilIdle = (server: TestServer) => expect.poll(() => isIdle(server), SOON).toBe(true)

describe.each(ENGINES)('the notifications of a server on %s', (engine) => {
  const { start, newDatabase } = engineUnderTest(engine)

  /** A server with one subscription for each request. */
  async function startWith(...requests: readonly Partial<SubscriptionRequest>[]): Promise<TestServer> {
    const dataDir = temporaryFolder()
    return start({ dataDir }, async (database) => {
      for (const request of requests) await subscribe(database, dataDir, request)
    })
  }

  it('tell about new failures and recoveries on the base branch, signed, and are quiet otherwise', async () => {
    const hook = await receiver()
    const server = await startWith({ url: hook.url })

    for (const results of [['ok'], ['bad'], ['bad'], ['ok'], ['ok']] as const) {
      await submit(server, results)
      await waitUntilIdle(server)
    }
    await submit(server, ['bad'], { 'git:branch': 'topic' })
    await submit(server, ['bad'], { 'ci:pull_request': '9' })
    await submit(server, ['bad'], { project: 'other' })
    await waitUntilIdle(server)

    expect(eventsOf(hook.requests)).toEqual(['failed', 'recovered'])
    const headers = hook.requests[0]?.headers ?? {}
    const body = hook.requests[0]?.body ?? ''
    const [, time, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['jux-signature'])) ?? []
    expect(mac).toBe(createHmac('sha256', SECRET).update(`${time}.${body}`).digest('hex'))
    const message = runBodySchema.parse(JSON.parse(body))
    expect(message).toMatchObject({
      id: headers['jux-delivery'],
      project: 'shop',
      run: { branch: 'main', failures: 1 },
    })
    expect(message.new.tests.map(({ name, message: text }) => [name, text])).toEqual([['pays 0', 'expected 1']])
    expect(message.run.url).toBe(`${server.url}/runs/${message.run.id}`)
  })

  it('know the quarantine: its failures are no news, and are counted apart', async () => {
    const hook = await receiver()
    const dataDir = temporaryFolder()
    const server = await start({ dataDir }, async (database) => {
      await subscribe(database, dataDir, { url: hook.url })
      const entry = { project: 'shop', test: 'cart > pays 0', owner: 'ann', reason: 'a race' }
      await addEntry(database, { ...entry, expires: dayOf(Date.now()), createdBy: null }, Date.now())
    })

    for (const results of [
      ['ok', 'ok'],
      ['bad', 'ok'],
      ['bad', 'bad'],
      ['ok', 'ok'],
    ] as const) {
      await submit(server, results)
      await waitUntilIdle(server)
    }

    expect(eventsOf(hook.requests)).toEqual(['failed', 'recovered'])
    const { fixed } = runBodySchema.parse(JSON.parse(hook.requests[1]?.body ?? ''))
    expect(fixed).toMatchObject({ count: 2, quarantined: 0 })
    const { new: added, known } = runBodySchema.parse(JSON.parse(hook.requests[0]?.body ?? ''))
    expect(added).toMatchObject({ count: 1, quarantined: 0, tests: [{ name: 'pays 1', quarantined: false }] })
    expect(known).toMatchObject({ count: 1, quarantined: 1, tests: [{ name: 'pays 0', quarantined: true }] })
  })

  it('tell about a run that failed outside its tests after one in which only quarantined tests failed', async () => {
    const hook = await receiver()
    const dataDir = temporaryFolder()
    const server = await start({ dataDir }, async (database) => {
      await subscribe(database, dataDir, { url: hook.url })
      const entry = { project: 'shop', test: 'cart > pays 0', owner: 'ann', reason: 'a race' }
      await addEntry(database, { ...entry, expires: dayOf(Date.now()), createdBy: null }, Date.now())
    })

    await submit(server, ['bad', 'ok'])
    await waitUntilIdle(server)
    await submit(server, ['ok', 'ok'], { 'jux:outcome': 'error' })
    await waitUntilIdle(server)

    expect(eventsOf(hook.requests)).toEqual(['failed'])
    expect(runBodySchema.parse(JSON.parse(hook.requests[0]?.body ?? '')).run).toMatchObject({ failures: 0 })
  })

  it('are tried again later, as the same delivery, when the receiver fails', async () => {
    const hook = await receiver((_, at) => ({ status: at === 1 ? 503 : 200 }))
    const server = await startWith({ url: hook.url })

    await submit(server, ['bad'])
    await expect.poll(() => hook.requests.length, SOON).toBe(1)
    await expect.poll(() => server.log.join(''), SOON).toContain('"notification failed"')
    server.advance(10_000)
    await waitUntilIdle(server)

    expect(hook.requests).toHaveLength(2)
    expect(new Set(hook.requests.map(({ headers }) => headers['jux-delivery'])).size).toBe(1)
    expect(server.log.join('')).toContain('"notified"')
  })

  it('are given up, with a line in the log, when the receiver refuses them or a day has passed', async () => {
    const gone = await receiver(() => ({ status: 410 }))
    const down = await receiver(() => ({ status: 500 }))
    const server = await startWith({ url: gone.url }, { url: down.url })

    await submit(server, ['bad'])
    await expect.poll(() => down.requests.length + gone.requests.length, SOON).toBe(2)
    await expect.poll(() => server.log.join(''), SOON).toContain('"notification failed"')
    server.advance(2 * 86_400_000)
    await waitUntilIdle(server)

    expect(server.log.filter((line) => line.includes('"notification given up"'))).toHaveLength(2)
    expect([gone.requests.length, down.requests.length]).toEqual([1, 2])
  })

  it('are noted only for projects with a subscription, also from worker threads and for runs stored in parts', async () => {
    const hook = await receiver()
    const server = await startWith({ url: hook.url })
    const many = Array.from({ length: PARTS_FROM + 10 }, () => 'ok' as const)

    await submit(server, ['bad'], { project: 'other' })
    expect(await countRows(server.database, 'pending_notices')).toBe(0)

    await submit(server, ['bad', ...many])
    await submit(server, ['bad', 'bad', ...many.slice(0, 700)], { 'jux:environment': 'other' })
    await waitUntilIdle(server)

    expect(eventsOf(hook.requests)).toEqual(['failed', 'failed'])
  })

  it('are not sent about a run that was filtered or interrupted', async () => {
    const hook = await receiver()
    const server = await startWith({ url: hook.url })

    await submit(server, ['bad'], { 'jux:partial': 'true' })
    await submit(server, ['bad'], { 'jux:outcome': 'interrupted' })
    await waitUntilIdle(server)
    await submit(server, ['bad'])
    await waitUntilIdle(server)

    expect(hook.requests).toHaveLength(1)
  })

  it('leave the status of the latest run of a commit if that of an older one is sent again after a failure', async () => {
    const { answer } = github()
    const forge = await receiver((request, at) => (at === 1 ? { status: 503 } : answer(request)))
    const server = await startWith({ kind: 'github', url: forge.url, repository: 'acme/shop' })
    const facts = { 'git:commit': 'e'.repeat(40), 'git:remote': 'https://github.com/acme/shop.git' }

    await submit(server, ['ok'], facts)
    await expect.poll(() => server.log.join(''), SOON).toContain('"notification failed"')
    await submit(server, ['bad'], facts)
    await expect.poll(() => forge.requests.length, SOON).toBe(2)
    server.advance(60_000)
    await waitUntilIdle(server)

    expect(forge.requests.map(({ body }) => Reflect.get(JSON.parse(body), 'conclusion'))).toEqual([
      'success',
      'failure',
    ])
  })

  it('wait until all shards of a run are there, and are then sent once', async () => {
    const hook = await receiver()
    const server = await startWith({ url: hook.url })
    const shard = (index: number, result: 'ok' | 'bad') =>
      submit(server, [result], { 'jux:shard': `${index}/2`, 'ci:build_id': 'b1', 'git:commit': 'd'.repeat(40) })

    await shard(1, 'bad')
    await waitUntilIdle(server)
    const before = hook.requests.length
    await shard(2, 'ok')
    await waitUntilIdle(server)

    expect([before, eventsOf(hook.requests)]).toEqual([0, ['failed']])
  })

  it('are sent once for shards that arrive at the same time', async () => {
    const hook = await receiver()
    const server = await startWith({ url: hook.url })
    const build = { 'ci:build_id': 'b1', 'git:commit': 'd'.repeat(40) }

    await Promise.all(['1/3', '2/3', '3/3'].map((shard) => submit(server, ['bad'], { 'jux:shard': shard, ...build })))
    await waitUntilIdle(server)

    expect(eventsOf(hook.requests)).toEqual(['failed'])
    expect(runBodySchema.parse(JSON.parse(hook.requests[0]?.body ?? '')).run).toMatchObject({ tests: 3, failures: 3 })
  })

  it('show a commit as failed as long as one of its environments failed, in whatever order they arrive', async () => {
    const { answer, comments } = github()
    const forge = await receiver(answer)
    const dataDir = temporaryFolder()
    const server = await start({ dataDir }, (database) =>
      subscribe(database, dataDir, { kind: 'github', url: forge.url, repository: 'acme/shop', secret: 'ghs_token' }),
    )
    const commit = {
      'git:branch': 'topic',
      'git:commit': 'e'.repeat(40),
      'git:remote': 'git@github.com:acme/shop.git',
      'ci:pull_request': '4',
    }
    const onNode = async (version: string, result: 'ok' | 'bad') => {
      await submit(server, [result], { ...commit, 'jux:node_version': version })
      await waitUntilIdle(server)
    }

    await onNode('20.1.0', 'bad')
    await onNode('22.1.0', 'ok')
    await onNode('20.1.0', 'ok')

    const checks = forge.requests
      .filter(({ target }) => target.endsWith('/check-runs'))
      .map(({ body }) => JSON.parse(body))
    expect(checks.map(({ conclusion }) => conclusion)).toEqual(['failure', 'failure', 'success'])
    expect(checks[1].output.title).toBe('shop: passed on pull request 4; 1 other run of this commit failed')
    expect(checks[1].output.summary).toContain(
      `](${server.url}/runs/${checks[0].external_id}) of this commit: 1 failure`,
    )
    expect(comments.map(({ body }) => body.includes(': recovered on pull request 4\n'))).toEqual([true])
  })

  it('never keep a submission or another receiver waiting', async () => {
    let answer = () => {}
    const answered = new Promise<void>((resolve) => {
      answer = resolve
    })
    const slow = await receiver(async () => {
      await answered
      return { status: 200 }
    })
    const hook = await receiver()
    const server = await startWith({ url: slow.url }, { url: hook.url })

    await submit(server, ['bad'])
    await expect.poll(() => slow.requests.length, SOON).toBe(1)
    await submit(server, ['ok'])
    await expect.poll(() => eventsOf(hook.requests), SOON).toEqual(['failed', 'recovered'])
    const whileSlow = slow.requests.length
    answer()
    await waitUntilIdle(server)

    expect([whileSlow, slow.requests.length]).toEqual([1, 2])
  })

  it('are sent once by two instances that share a database', async () => {
    const hook = await receiver(async () => {
      await delay(50)
      return { status: 200 }
    })
    const first = await startWith({ url: hook.url }, { url: hook.url, branch: '*' }, { url: hook.url, branch: '*' })
    await start({ dataDir: first.dataDir, databaseUrl: first.databaseUrl })

    for (let run = 0; run < 6; run++) await submit(first, run % 2 === 0 ? ['bad'] : ['ok'], {}, 0)
    await waitUntilIdle(first)

    expect(hook.requests).toHaveLength(18)
    expect(new Set(hook.requests.map(({ headers }) => headers['jux-delivery'])).size).toBe(18)
  })

  it('are not sent as long as another instance holds the lease of the subscription, and are when it ends', async () => {
    const hook = await receiver()
    const dataDir = temporaryFolder()
    const { database } = await openDatabase({ dataDir, databaseUrl: await newDatabase() })
    await migrate(database, engine)
    const { id } = await subscribe(database, dataDir, { url: hook.url })
    let nowMs = 1_000_000
    await database
      .updateTable('subscriptions')
      .set({ lease_id: 'other', leased_until: nowMs + LEASE_MS })
      .execute()
    const seq = await insertRun(database)
    const delivery = { id: 'd1', subscription_id: id, run_seq: seq, event: 'failed' as const, attempts: 0 }
    await database
      .insertInto('deliveries')
      .values({ ...delivery, next_at: nowMs, created_at: nowMs })
      .execute()
    const lines: string[] = []
    const notifier = new Notifier({
      database,
      inTurn: (action) => action(),
      settings: { dataDir, secretKeyFile: undefined },
      env: {},
      log: { info: (event) => lines.push(event), error: (event) => lines.push(event) },
      changesOf,
      publicUrl: () => 'https://jux.example.com',
      now: () => new Date(nowMs),
    })

    await notifier.pass()
    await notifier.settled()
    const whileHeld = hook.requests.length
    const taken = await takeLease({ database, inTurn: (action) => action() }, id, nowMs)
    nowMs += LEASE_MS
    await notifier.pass()
    await notifier.settled()
    await notifier.stop()
    const lease = await database.selectFrom('subscriptions').select(['lease_id', 'leased_until']).execute()
    await database.destroy()

    expect([taken, whileHeld, hook.requests.length, lines]).toEqual([undefined, 0, 1, ['notified']])
    expect(lease).toEqual([{ lease_id: null, leased_until: 0 }])
  })

  it('keep every credential out of the database and the log', async () => {
    const hook = await receiver((_, at) => ({ status: at === 1 ? 500 : 200 }))
    const server = await startWith({ url: `${hook.url}/hooks/T0SECRET`, secret: 'S0SECRET-of-the-hook' })

    await submit(server, ['bad'])
    await expect.poll(() => hook.requests.length, SOON).toBe(1)
    server.advance(60_000)
    await waitUntilIdle(server)

    const rows = JSON.stringify(await server.database.selectFrom('subscriptions').selectAll().execute())
    expect(hook.requests.map(({ target }) => target)).toEqual(['/hooks/T0SECRET', '/hooks/T0SECRET'])
    expect(rows + server.log.join('')).not.toContain('0SECRET')
  })
})

async function insertRun(database: Database): Promise<number> {
  const text = { project: 'shop', environment: 'test', protocol: 'test' }
  const { seq } = await database
    .insertInto('runs')
    .values({
      ...text,
      id: 'r1',
      content_hash: 'h1',
      tests: 0,
      failures: 0,
      errors: 0,
      skipped: 0,
      flaky: 0,
      success_rate: 0,
      total_time: 0,
      inserted_at: 1,
      signature: 'unsigned',
      size_bytes: 1,
      is_whole: 1,
    })
    .returning('seq')
    .executeTakeFirstOrThrow()
  return seq
}
