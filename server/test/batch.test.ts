import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { contentHash } from 'jux-reporter'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/support/folders.js'
import { createKey } from '../src/access/keys.js'
import { ENGINES, engineUnderTest } from './support/engines.js'
import { JSON_HEADERS, report } from './support/reports.js'
import { type TestResponse, testServer } from './support/server.js'
import { newKey } from './support/signing.js'

const PATH = '/api/v1/junit/submit-batch'
const NDJSON = { 'content-type': 'application/x-ndjson' }
const REMOTE = { 'x-forwarded-for': '203.0.113.9' }

const line = (name: string, others: Record<string, unknown> = {}) =>
  JSON.stringify({ xml_content: report({ name }), metadata: { project: 'shop' }, ...others })

const statuses = ({ json }: TestResponse): unknown =>
  typeof json === 'object' && json !== null && 'results' in json && Array.isArray(json.results)
    ? json.results.map(({ index, status }) => [index, status])
    : json

describe.each(ENGINES)('a batch on %s', (engine) => {
  const { newDatabase, start } = engineUnderTest(engine)

  it('gets for each report, in their order, what a single submission gets', async () => {
    const receiptKey = join(temporaryFolder(), 'receipts.pem')
    writeFileSync(receiptKey, newKey().privatePem, { mode: 0o600 })
    const server = await start({ receiptKey })
    const names = Array.from({ length: 50 }, (_, at) => `r${at}`)

    const batch = await server.post(PATH, `${names.map((name) => line(name)).join('\n')}\n`, NDJSON)
    const single = await server.post('/api/v1/junit/submit', line('r7'), JSON_HEADERS)

    expect(statuses(batch)).toEqual(names.map((_, at) => [at, 201]))
    const hashes = names.map((_, at) => batch.at('results', at, 'body', 'content_hash'))
    expect(hashes).toEqual(names.map((name) => contentHash(Buffer.from(report({ name })))))
    expect(single.at('status')).toBe('duplicate')
    // The signature of a receipt is another one each time.
    expect({ ...Object(single.json), receipt: single.at('receipt', 'payload') }).toEqual({
      ...Object(batch.json).results[7].body,
      message: single.at('message'),
      status: 'duplicate',
      duplicate: true,
      receipt: batch.at('results', 7, 'body', 'receipt', 'payload'),
    })
    expect(batch.at('results', 7, 'headers', 'Location')).toBe(single.headers.get('location'))
    expect((await server.get('/api/v1/test_runs')).at('pagination', 'total_count')).toBe('50')
  })

  it('answers the same batch with the same runs, and stores a report that is twice in it once', async () => {
    const server = await start()
    const body = [line('a'), line('b'), line('a')].join('\n')

    const first = await server.post(PATH, body, NDJSON)
    const second = await server.post(PATH, gzipSync(body), { ...NDJSON, 'content-encoding': 'gzip' })

    const ids = (response: TestResponse) => [0, 1, 2].map((at) => response.at('results', at, 'body', 'test_run_id'))
    expect(ids(first)[0]).toBe(ids(first)[2])
    expect(new Set(ids(first)).size).toBe(2)
    expect(ids(second)).toEqual(ids(first))
    expect([0, 1, 2].map((at) => second.at('results', at, 'body', 'duplicate'))).toEqual(['true', 'true', 'true'])
  })

  it('answers each bad report with the error of a single submission, and stores the others', async () => {
    const server = await start()
    const bad = [
      'no JSON',
      '',
      JSON.stringify({ xml_content: '<testsuites>', metadata: { project: 'shop' } }),
      JSON.stringify({ xml_content: '<html></html>', metadata: { project: 'shop' } }),
      '[['.repeat(20),
      `{"a":[${'1,'.repeat(6_000)}1],"xml_content":"x"}`,
      JSON.stringify({ xml_content: report({ project: '' }) }),
      line('long key', { idempotency_key: 'k'.repeat(256) }),
      '{"xml_content":"\\ud800"}',
    ]

    const batch = await server.post(PATH, [line('first'), ...bad, line('last')].join('\n'), NDJSON)
    const singles = await Promise.all(bad.map((body) => server.post('/api/v1/junit/submit', body, JSON_HEADERS)))

    expect(statuses(batch)).toEqual([
      [0, 201],
      ...[400, 400, 400, 422, 400, 400, 400, 400, 400].map((status, at) => [at + 1, status]),
      [10, 201],
    ])
    for (const [at, single] of singles.entries()) {
      // Only a batch has the member of the long key.
      if (at === 7) continue
      expect(Object(batch.json).results[at + 1]).toMatchObject({ status: single.status, body: single.json })
    }
    expect(batch.at('results', 8, 'body', 'message')).toContain('idempotency_key')
  })

  it('counts each report as a submission, and answers those over the limit with 429', async () => {
    let key = ''
    const server = await start({ rateLimit: 3 }, async (database) => {
      key = (await createKey(database, { name: 'ci', scope: 'all' }, Date.now())).text
    })
    const headers = { ...NDJSON, authorization: `Bearer ${key}` }
    const body = (...names: string[]) => names.map((name) => line(name)).join('\n')

    const one = await server.post(PATH, body('a'), headers)
    const more = await server.post(PATH, body('b', 'c', 'd', 'e'), headers)
    const none = await server.post(PATH, body('f', 'g'), headers)
    server.advance(61_000)
    const later = await server.post(PATH, body('d', 'e'), headers)

    expect([one, more].map(statuses)).toEqual([
      [[0, 201]],
      [
        [0, 201],
        [1, 201],
        [2, 429],
        [3, 429],
      ],
    ])
    expect(Number(more.at('results', 2, 'headers', 'Retry-After'))).toBeGreaterThan(50)
    expect(more.at('results', 2, 'body', 'details', 'retry_after')).toBe(
      more.at('results', 2, 'headers', 'Retry-After'),
    )
    expect(more.headers.get('x-ratelimit-remaining')).toBe('0')
    expect(none.status).toBe(429)
    expect(statuses(later)).toEqual([
      [0, 201],
      [1, 201],
    ])
  })

  it('checks the project of a key for each report', async () => {
    let key = ''
    const server = await start({}, async (database) => {
      key = (await createKey(database, { name: 'ci', scope: 'all', project: 'shop' }, Date.now())).text
    })
    const other = JSON.stringify({ xml_content: report({ project: 'bank' }) })

    const batch = await server.post(PATH, [line('a'), other].join('\n'), { ...NDJSON, authorization: `Bearer ${key}` })

    expect(statuses(batch)).toEqual([
      [0, 201],
      [1, 403],
    ])
  })

  it('accepts one report per idempotency_key, as for the header of a single submission', async () => {
    const server = await start()
    const single = await server.post('/api/v1/junit/submit', line('a'), { ...JSON_HEADERS, 'idempotency-key': 'k1' })

    const batch = await server.post(
      PATH,
      [line('a', { idempotency_key: 'k1' }), line('b', { idempotency_key: 'k1' }), line('c', {})].join('\n'),
      NDJSON,
    )

    expect(statuses(batch)).toEqual([
      [0, 201],
      [1, 422],
      [2, 201],
    ])
    expect(batch.at('results', 0, 'body', 'test_run_id')).toBe(single.at('test_run_id'))
  })

  it('needs a key that may submit, as a single submission', async () => {
    let readKey = ''
    const server = await testServer({ databaseUrl: await newDatabase() }, async (database) => {
      readKey = (await createKey(database, { name: 'r', scope: 'read' }, Date.now())).text
    })

    const none = await server.post(PATH, line('a'), { ...NDJSON, ...REMOTE })
    const read = await server.post(PATH, line('a'), { ...NDJSON, authorization: `Bearer ${readKey}` })

    expect([none.status, read.status]).toEqual([401, 403])
  })
})

describe('a request with a batch', () => {
  it('is refused as a whole if it is too large, has too many reports or none, or is in another form', async () => {
    const server = await testServer({ maxBytes: 1_000_000, rateLimit: 0 })
    const bomb = gzipSync(Buffer.alloc(50_000_000, `${line('a')}\n`))

    const answers = [
      await server.post(PATH, Buffer.alloc(1_000_001, 'a\n'), NDJSON),
      await server.post(PATH, bomb, { ...NDJSON, 'content-encoding': 'gzip' }),
      await server.post(PATH, 'a\n'.repeat(201), NDJSON),
      await server.post(PATH, '', NDJSON),
      await server.post(PATH, line('a'), JSON_HEADERS),
      await server.post(PATH, line('a'), { ...NDJSON, 'content-encoding': 'br' }),
      await server.post(PATH, 'no gzip', { ...NDJSON, 'content-encoding': 'gzip' }),
      await server.get(PATH),
    ]

    expect(answers.map(({ status }) => status)).toEqual([413, 413, 413, 400, 415, 415, 400, 405])
    expect((await server.get('/api/v1/test_runs')).at('pagination', 'total_count')).toBe('0')
    expect(statuses(await server.post(PATH, 'a\n'.repeat(200), NDJSON))).toHaveLength(200)
  })

  it('leaves no memory reserved, whatever is in it', async () => {
    const server = await testServer({ maxBytes: 20_000, rateLimit: 0 })
    const large = `${'x'.repeat(9_000)}\n${'['.repeat(9_000)}`

    for (let count = 0; count < 20; count++) {
      expect(statuses(await server.post(PATH, large, NDJSON))).toEqual([
        [0, 400],
        [1, 400],
      ])
      expect((await server.post(PATH, 'x'.repeat(20_001), NDJSON)).status).toBe(413)
      expect((await server.post(PATH, `${line('a')}\n`.repeat(201), NDJSON)).status).toBe(413)
    }

    expect(statuses(await server.post(PATH, line('a'), NDJSON))).toEqual([[0, 201]])
  })

  it('is announced with its limits', async () => {
    const server = await testServer({ maxBytes: 123_456 })

    const { json } = await server.get('/api/version')
    const { json: document } = await server.get('/api/openapi.json')

    expect(json).toMatchObject({ batch: { max_reports: 200, max_bytes: 123_456 } })
    expect(document).toMatchObject({
      paths: { [PATH]: { post: { requestBody: { content: { 'application/x-ndjson': {} } } } } },
      components: { schemas: { BatchedSubmission: {}, BatchAnswer: {}, BatchResult: {} } },
    })
  })
})
