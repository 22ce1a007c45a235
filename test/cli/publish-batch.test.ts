import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { openQueue } from '../../src/store/queue.js'
import { contentHash } from '../../src/xml/canonical.js'
import { runJux } from '../support/cli.js'
import { temporaryFolder } from '../support/folders.js'
import { created, json, type Received, type Responder, start, text } from '../support/http-server.js'
import { ownReport, storeWith } from '../support/queued-reports.js'

const BATCH = '/api/v1/junit/submit-batch'
const SINGLE = '/api/v1/junit/submit'
const NAMES = ['a', 'b', 'c', 'd']

interface Line {
  readonly xml_content: string
  readonly metadata: { readonly project: string }
  readonly idempotency_key: string
}

const linesOf = ({ body, headers }: Received): Line[] => {
  const plain = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
  return plain
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

const stored = (id: string) => ({ status: 201, headers: {}, body: { test_run_id: id, message: 'stored' } })

type Result = { status: number; headers: Record<string, string>; body: unknown }

/** Answers each report of a batch, and single ones with `created`. */
const each =
  (resultOf: (line: Line) => Result): Responder =>
  (response, received, request) => {
    if (received.path !== BATCH) return created(response, received, request)
    const results = linesOf(received).map((line, index) => ({ index, ...resultOf(line) }))
    json(200, { results })(response, received, request)
  }

const eachStored = each(({ metadata }) => stored(`run-${metadata.project}`))

/** Answers a batch as a whole, and single reports with `created`. */
const whole =
  (responder: Responder): Responder =>
  (response, received, request) =>
    (received.path === BATCH ? responder : created)(response, received, request)

const announced = (limits: unknown = { max_reports: 50, max_bytes: 1_000_000 }) =>
  json(200, { version: '1.0.0', batch: limits })

const batchServer = (responder: Responder, limits?: unknown) =>
  start({ responders: [responder], version: announced(limits) })

const publishQueue = (url: string, root: string, ...flags: string[]) =>
  runJux(['publish', '--queue', '--json', ...flags, '--api-url', url, '--storage-path', root])

const paths = ({ received }: { readonly received: readonly Received[] }) => received.map(({ path }) => path)

const queuedIn = (root: string) =>
  openQueue(root)
    .list()
    .map(({ hash }) => hash)

describe('jux publish --queue, to a server that takes several reports in one request,', () => {
  it('sends all of them in one request, each as its single submission with its Idempotency-Key', async () => {
    const { root, hashes, store } = storeWith(...NAMES)
    const server = await batchServer(eachStored)

    const { code, out } = await publishQueue(server.url, root)

    expect(code).toBe(0)
    expect(paths(server)).toEqual([BATCH])
    const lines = server.received.flatMap(linesOf)
    expect(lines.map(({ idempotency_key }) => idempotency_key)).toEqual(hashes)
    expect(lines.map(({ xml_content }) => xml_content)).toEqual(NAMES.map((name) => ownReport(name).toString()))
    expect(server.received[0]?.headers['content-type']).toBe('application/x-ndjson')
    expect(JSON.parse(out)).toMatchObject({
      published: 4,
      results: hashes.map((hash, at) => ({ hash, test_run_id: `run-${NAMES[at]}`, attempts: 1, status: 'created' })),
    })
    expect(queuedIn(root)).toEqual([])
    expect(
      store
        .list()
        .map(({ hash }) => hash)
        .sort(),
    ).toEqual([...hashes].sort())
  })

  it('treats each answer as that of a single report', async () => {
    const { root, hashes, store } = storeWith('good', 'known', 'bad', 'denied', 'busy')
    const answers: Record<string, Result> = {
      good: { ...stored('1'), headers: { Location: '/runs/1' } },
      known: { status: 201, headers: {}, body: { test_run_id: '2', status: 'duplicate' } },
      bad: { status: 422, headers: {}, body: { error: 'not this one', suggestions: ['change it'] } },
      denied: { status: 403, headers: {}, body: { error: 'this API key is for another project' } },
      busy: { status: 503, headers: {}, body: { error: 'too many reports' } },
    }
    const server = await batchServer(each(({ metadata }) => answers[metadata.project] ?? stored('0')))

    const { code, out } = await publishQueue(server.url, root, '--max-retries', '0')

    expect(code).toBe(2)
    expect(paths(server)).toEqual([BATCH])
    expect(JSON.parse(out).results).toMatchObject([
      { success: true, test_run_id: '1', page: `${server.url}/runs/1` },
      { success: true, test_run_id: '2', status: 'duplicate' },
      {
        success: false,
        code: 'API_SERVER_ERROR',
        error: expect.stringMatching(/\(422\): not this one; .*still queued/),
      },
      { success: false, code: 'API_AUTHENTICATION_ERROR' },
      { success: false, error: expect.stringMatching(/\(503\)/) },
    ])
    expect(queuedIn(root).sort()).toEqual(hashes.slice(2).sort())
    expect(store.list()).toHaveLength(2)
  })

  it('sends only those again that may be tried again, after the wait of the server', async () => {
    const { root } = storeWith(...NAMES)
    const seen = new Set<string>()
    const server = await batchServer(
      each(({ metadata: { project } }) => {
        if (project !== 'b' || seen.has(project)) return stored(project)
        seen.add(project)
        return { status: 429, headers: { 'Retry-After': '0' }, body: { error: 'Rate limit exceeded' } }
      }),
    )

    const { code, out } = await publishQueue(server.url, root)

    expect(code).toBe(0)
    expect(server.received.map((received) => linesOf(received).length)).toEqual([4, 1])
    expect(JSON.parse(out).results.map(({ attempts }: { attempts: number }) => attempts)).toEqual([1, 2, 1, 1])
  })

  it('sends the whole request again after a lost connection and a busy server', async () => {
    const { root } = storeWith(...NAMES)
    const failures: Responder[] = [
      (response) => response.destroy(),
      json(503, { error: 'too many' }, { 'retry-after': '0' }),
    ]
    const server = await batchServer((...args) => (failures.shift() ?? eachStored)(...args))

    const { code, out } = await publishQueue(server.url, root)

    expect({ code, paths: paths(server) }).toEqual({ code: 0, paths: [BATCH, BATCH, BATCH] })
    expect(JSON.parse(out)).toMatchObject({ published: 4, results: [{ attempts: 3 }, {}, {}, {}] })
  })

  it('leaves all reports in the queue if the server stays busy', async () => {
    const { root, hashes } = storeWith(...NAMES)
    const server = await batchServer(json(503, { error: 'too many' }))

    const { code, out } = await publishQueue(server.url, root, '--max-retries', '0')

    expect({ code, paths: paths(server) }).toEqual({ code: 1, paths: [BATCH] })
    expect(JSON.parse(out).results).toHaveLength(4)
    expect(queuedIn(root).sort()).toEqual([...hashes].sort())
  })

  it.each([
    ['404', text(404, 'no such page')],
    ['405', json(405, { error: 'no' })],
    ['413', text(413, '<html>too large</html>')],
    ['415', json(415, { error: 'no NDJSON' })],
    ['400', json(400, { error: 'what is this' })],
    ['403 of a firewall', text(403, 'blocked')],
    ['500', json(500, { error: 'crashed' })],
    ['a redirect', text(302, '', { location: '/login' })],
    ['no JSON', text(200, '<html>hello</html>')],
    ['an accepted report', created],
    ['no results', json(200, { results: [] })],
    ['too few results', json(200, { results: [{ index: 0, ...stored('x') }] })],
    ['too many results', json(200, { results: [0, 1, 2, 3, 4].map((index) => ({ index, ...stored('x') })) })],
    ['results in another order', json(200, { results: [1, 0, 2, 3].map((index) => ({ index, ...stored('x') })) })],
    ['the same result four times', json(200, { results: [0, 0, 0, 0].map((index) => ({ index, ...stored('x') })) })],
    [
      'results of a wrong type',
      json(200, { results: [0, 1, 2, 3].map((index) => ({ index, status: 'ok', body: 1 })) }),
    ],
    ['a deep result', text(200, `{"results":[${'['.repeat(9_000)}`)],
    [
      'an endless answer',
      json(200, { results: [0, 1, 2, 3].map((index) => ({ index, ...stored('x'.repeat(50_000)) })) }),
    ],
    ['the status 409', json(409, { status: 'duplicate', id: 'x' })],
  ])('sends each report in a request of its own, once, if the answer is %s', async (_, responder) => {
    const { root } = storeWith(...NAMES)
    const server = await batchServer(whole(responder))

    const { code, out } = await publishQueue(server.url, root, '--max-retries', '0')

    expect({ code, paths: paths(server) }).toEqual({ code: 0, paths: [BATCH, SINGLE, SINGLE, SINGLE, SINGLE] })
    expect(JSON.parse(out).results.map(({ test_run_id }: { test_run_id: string }) => test_run_id)).toEqual(
      NAMES.map(() => 'run-1'),
    )
    expect(queuedIn(root)).toEqual([])
  })

  it('does not count a result that confirms nothing as published', async () => {
    const { root, hashes } = storeWith(...NAMES)
    const server = await batchServer(each(() => ({ status: 201, headers: {}, body: { hello: 'world' } })))

    const { code, out } = await publishQueue(server.url, root)

    expect(code).toBe(1)
    expect(JSON.parse(out).results).toMatchObject(hashes.map(() => ({ code: 'API_INVALID_RESPONSE' })))
    expect(queuedIn(root)).toHaveLength(4)
  })

  it.each([
    ['no announcement', json(200, { version: '1.0.0' })],
    ['no version', json(404, { error: 'not found' })],
    ['limits that are no numbers', announced({ max_reports: 'many', max_bytes: -1 })],
    ['a limit of one report', announced({ max_reports: 1, max_bytes: 1_000_000 })],
    ['a limit of few bytes', announced({ max_reports: 50, max_bytes: 10 })],
    ['another major version', json(200, { version: '2.0.0', batch: { max_reports: 9, max_bytes: 1_000_000 } })],
  ])('sends single reports only after %s', async (_, version) => {
    const { root } = storeWith(...NAMES)
    const server = await start({ responders: [created], version })

    const { code } = await publishQueue(server.url, root)

    expect({ code, paths: new Set(paths(server)), count: server.received.length }).toEqual({
      ...{ code: 0, paths: new Set([SINGLE]) },
      count: 4,
    })
    expect(server.probes).toHaveLength(1)
  })

  it.each(['xml', 'reports'])('sends single reports only by the protocol %s', async (protocol) => {
    const { root } = storeWith(...NAMES)
    const server = await batchServer(eachStored)

    await publishQueue(server.url, root, '--protocol', protocol)

    expect(paths(server)).not.toContain(BATCH)
  })

  it('keeps to the limits of the server, and sends a large report alone', async () => {
    const { root, queue } = storeWith(...Array.from({ length: 20 }, (_, at) => `p${at}`))
    const large = Buffer.from(
      ownReport('large')
        .toString()
        .replace('name="t"', `name="${'t'.repeat(300_000)}"`),
    )
    queue.put([large], contentHash(large))
    const server = await batchServer(eachStored, { max_reports: 7, max_bytes: 100_000 })

    const { code } = await publishQueue(server.url, root, '--concurrency', '1')

    expect(code).toBe(0)
    const batches = server.received.filter(({ path }) => path === BATCH)
    expect(batches.map((received) => linesOf(received).length)).toEqual([7, 7, 6])
    expect(batches.every(({ body }) => body.length <= 100_000)).toBe(true)
    expect(server.received.filter(({ path }) => path === SINGLE)).toHaveLength(1)
  })

  it('sends a report alone whose line is larger than the limit, because it is escaped', async () => {
    const { root, queue } = storeWith('a', 'b')
    const quotes = Buffer.from(
      ownReport('c')
        .toString()
        .replace('name="t"', `name='${'"'.repeat(800)}'`),
    )
    queue.put([quotes], contentHash(quotes))
    const server = await batchServer(eachStored, { max_reports: 9, max_bytes: 2_100 })

    const { code } = await publishQueue(server.url, root, '--concurrency', '1')

    expect({ code, queued: queuedIn(root) }).toEqual({ code: 0, queued: [] })
    expect(paths(server)).toContain(SINGLE)
    expect(server.received.every(({ path, body }) => path !== BATCH || body.length <= 2_100)).toBe(true)
  })

  it('sends the request compressed, with the credential, and prints no secret', async () => {
    const { root } = storeWith(...NAMES)
    const server = await batchServer(each(() => ({ status: 422, headers: {}, body: { error: 'key s3cret-key-1' } })))

    const { out, err } = await runJux(
      ['publish', '--queue', '--gzip', '--verbose', '--api-url', server.url, '--storage-path', root],
      { system: { env: { JUX_API_KEY: 's3cret-key-1' } } },
    )

    const [batch] = server.received
    expect(batch?.headers).toMatchObject({ authorization: 'Bearer s3cret-key-1', 'content-encoding': 'gzip' })
    expect(batch === undefined ? [] : linesOf(batch)).toHaveLength(4)
    expect(server.probes.every(({ headers }) => headers.authorization === undefined)).toBe(true)
    expect(err).toContain('4 reports')
    expect(`${out}${err}`).not.toContain('s3cret-key-1')
  })

  it('puts only reports with the same server into one request', async () => {
    const root = join(temporaryFolder(), 'store')
    const queue = openQueue(root)
    const servers = [await batchServer(eachStored), await batchServer(eachStored)]
    for (const [at, name] of ['a', 'b', 'c', 'd', 'e', 'f'].entries()) {
      const bytes = ownReport(name)
      const apiUrl = servers[at % 2]?.url ?? ''
      queue.put([bytes], contentHash(bytes), { apiUrl, protocol: at < 4 ? 'json' : 'xml' })
    }

    const { code } = await runJux(['publish', '--queue', '--concurrency', '1', '--storage-path', root])

    expect(code).toBe(0)
    const projects = servers.map(({ received }) =>
      received.map((one) => (one.path === BATCH ? linesOf(one).map(({ metadata }) => metadata.project) : one.path)),
    )
    expect(projects).toEqual([
      [['a', 'c'], SINGLE],
      [['b', 'd'], SINGLE],
    ])
    expect(existsSync(join(root, 'jux-reporter', 'destinations', `${contentHash(ownReport('a'))}.json`))).toBe(false)
  })

  it('moves a damaged report of a batch to quarantine, and sends the others', async () => {
    const { root, queue } = storeWith(...NAMES)
    const path = queue.list()[1]?.path ?? ''
    writeFileSync(path, readFileSync(path, 'utf8').replace('name="t"', 'name="u"'))
    const server = await batchServer(eachStored)

    const { code, out } = await publishQueue(server.url, root)

    expect(code).toBe(2)
    expect(server.received.map((received) => linesOf(received).length)).toEqual([3])
    expect(JSON.parse(out).results.filter(({ success }: { success: boolean }) => !success)).toMatchObject([
      { hash: basename(path, '.xml'), error: expect.stringContaining('moved to quarantine') },
    ])
  })

  it('stops after repeated failures of the server, and loses no report', async () => {
    const { root } = storeWith(...Array.from({ length: 30 }, (_, at) => `p${at}`))
    const server = await batchServer(json(503, { error: 'down' }), { max_reports: 12, max_bytes: 1_000_000 })

    const { code, out } = await publishQueue(server.url, root, '--max-retries', '0', '--concurrency', '1')

    expect({ code, paths: paths(server) }).toEqual({ code: 1, paths: [BATCH] })
    expect(JSON.parse(out).results.filter(({ error }: { error: string }) => /not sent/.test(error))).toHaveLength(18)
    expect(queuedIn(root)).toHaveLength(30)
  })
})
