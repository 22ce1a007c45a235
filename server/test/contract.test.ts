import { gzipSync } from 'node:zlib'
import { contentHash } from 'jux-reporter'
import { describe, expect, it } from 'vitest'
import { createKey } from '../src/access/keys.js'
import { ENGINES, engineUnderTest } from './support/engines.js'
import { JSON_HEADERS, report, XML } from './support/reports.js'
import { testServer } from './support/server.js'

const REMOTE = { 'x-forwarded-for': '203.0.113.9' }

describe.each(ENGINES)('the API on %s', (engine) => {
  const { newDatabase, start } = engineUnderTest(engine)

  it('accepts the documented forms of a submission and sends the documented response for each', async () => {
    const server = await start()
    const json = (name: string) => JSON.stringify({ xml_content: report({ name }), metadata: { project: 'shop' } })
    const envelope = (xml: string) =>
      JSON.stringify({ report: xml, canonical_hash: `sha256:${contentHash(Buffer.from(xml))}`, metadata: {} })

    const published = await server.post('/api/v1/junit/submit', report({ name: 'a' }), XML)
    const asJson = await server.post('/api/v1/junit/submit', json('b'), JSON_HEADERS)
    const legacy = await server.post('/api/junit/submit', json('c'), JSON_HEADERS)
    const bare = await server.post('/junit/submit', report({ name: 'e' }), XML)
    const reports = await server.post('/api/v1/reports', envelope(report({ name: 'd' })), JSON_HEADERS)

    const counts = { test_count: 4, failure_count: 1, error_count: 1, skipped_count: 1, success_rate: 50 }
    expect(published).toMatchObject({ status: 201, json: { ...counts, status: 'success' } })
    expect(asJson).toMatchObject({ status: 201, json: counts })
    expect(legacy).toMatchObject({
      status: 201,
      json: { ...counts, test_run: { project: 'shop', total_tests: 4, failures: 1, id: legacy.at('test_run_id') } },
    })
    expect(bare).toMatchObject({ status: 201, json: counts })
    expect(reports).toMatchObject({ status: 201, json: { status: 'created' } })
    expect(reports.at('canonical_hash')).toBe(`sha256:${contentHash(Buffer.from(report({ name: 'd' })))}`)
  })

  it('stores the bytes of a report as they were submitted, plain and gzip', async () => {
    const server = await start()
    const bytes = Buffer.from(`<?xml version="1.0"?>\r\n<!-- as it was -->${report({ name: 'ü😀' })}\n`)

    const plain = await server.post('/api/v1/junit/submit', bytes, XML)
    const packed = await server.post('/api/v1/junit/submit', gzipSync(report()), { ...XML, 'content-encoding': 'gzip' })

    expect((await server.get(`/api/v1/test_runs/${plain.at('test_run_id')}/report`)).text).toBe(bytes.toString())
    expect((await server.get(`/api/v1/test_runs/${packed.at('test_run_id')}/report`)).text).toBe(report())
  })

  it('stores a report once and returns the id of the first run for duplicates', async () => {
    const server = await start()
    const body = JSON.stringify({ report: report(), canonical_hash: contentHash(Buffer.from(report())) })

    const responses = await Promise.all(
      Array.from({ length: 10 }, () => server.post('/api/v1/junit/submit', report(), XML)),
    )
    const envelope = await server.post('/api/v1/reports', body, JSON_HEADERS)

    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([201]))
    expect(new Set([...responses.map((response) => response.at('test_run_id')), envelope.at('id')]).size).toBe(1)
    expect(responses.filter((response) => response.at('status') === 'success')).toHaveLength(1)
    expect(envelope).toMatchObject({ status: 409, json: { status: 'duplicate' } })
    expect((await server.get('/api/v1/test_runs')).at('pagination', 'total_count')).toBe('1')
  })

  it('stores the same bytes again for another project', async () => {
    const server = await start()
    const body = (project: string) => JSON.stringify({ xml_content: report({ project: '' }), metadata: { project } })

    await server.post('/api/v1/junit/submit', body('one'), JSON_HEADERS)
    const second = await server.post('/api/v1/junit/submit', body('two'), JSON_HEADERS)

    expect(second.at('status')).toBe('success')
    expect((await server.get('/api/v1/test_runs?project=two')).at('test_runs', 0, 'id')).toBe(second.at('test_run_id'))
  })

  it('accepts one report per Idempotency-Key, also for two requests at the same time', async () => {
    const server = await start()
    const headers = { ...XML, 'idempotency-key': 'build-7' }

    const responses = await Promise.all(
      ['a', 'b'].map((name) => server.post('/api/v1/junit/submit', report({ name }), headers)),
    )

    expect(responses.map(({ status }) => status).sort()).toEqual([201, 422])
    expect((await server.get('/api/v1/test_runs')).at('pagination', 'total_count')).toBe('1')
  })

  it('limits the submissions per minute and key, and Retry-After tells when the next one is accepted', async () => {
    let keys: string[] = []
    const server = await start({ rateLimit: 3, trustedProxies: ['127.0.0.1'] }, async (database) => {
      const newKey = async (name: string) => (await createKey(database, { name, scope: 'all' }, Date.now())).text
      keys = [await newKey('ci'), await newKey('other')]
    })
    const submit = (key = keys[0]) =>
      server.post('/api/v1/junit/submit', report(), { ...XML, ...REMOTE, authorization: `Bearer ${key}` })

    const allowed = [await submit(), await submit(), await submit()]
    const refused = await submit()
    const anonymous = await server.post('/api/v1/junit/submit', report(), { ...XML, ...REMOTE })
    const withOtherKey = await submit(keys[1])
    server.advance(60_000)

    expect(allowed.map(({ status }) => status)).toEqual([201, 201, 201])
    expect(allowed.map(({ headers }) => headers.get('x-ratelimit-remaining'))).toEqual(['2', '1', '0'])
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50)
    expect(refused.headers.get('x-ratelimit-limit')).toBe('3')
    expect(refused.json).toMatchObject({ details: { retry_after: Number(refused.headers.get('retry-after')) } })
    expect([anonymous.status, withOtherKey.status]).toEqual([401, 201])
    expect((await submit()).status).toBe(201)
  })

  it('stores a report once when two instances share a database', async () => {
    const databaseUrl = await newDatabase()
    const one = await testServer({ databaseUrl })
    const two = await testServer({ databaseUrl, dataDir: one.dataDir })

    const responses = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? one : two).post('/api/v1/junit/submit', report(), XML)),
    )

    expect(new Set(responses.map((response) => response.at('test_run_id'))).size).toBe(1)
    expect((await two.get(`/api/v1/test_runs/${responses[0]?.at('test_run_id')}/report`)).text).toBe(report())
  })

  it('stores SQL, HTML, NUL and bidirectional controls in any field as text, or refuses them', async () => {
    const server = await start()
    const hostile = `'; drop table runs; -- " \u202e <script>alert(1)</script> %_\\`
    const body = (project: string) =>
      JSON.stringify({
        xml_content: report({ project: '', name: hostile, properties: { [hostile]: hostile } }),
        metadata: {
          project,
          branch: `${hostile}\0`,
          commit_sha: hostile,
          tags: [hostile, '\ud800'],
          environment: hostile,
        },
      })

    const submitted = await server.post('/api/v1/junit/submit', body(hostile), JSON_HEADERS)
    const query = (name: string, value: string) => server.get(`/api/v1/test_runs?${name}=${encodeURIComponent(value)}`)

    expect(submitted.status).toBe(201)
    expect((await query('project', hostile)).json).toMatchObject({
      test_runs: [{ project: hostile, commit_sha: hostile, branch: `${hostile}\ufffd` }],
    })
    expect((await query('tags', hostile)).at('pagination', 'total_count')).toBe('1')
    for (const name of ['project', 'branch', 'tags', 'sort_by', 'date_from', 'page']) {
      expect((await query(name, '\0')).status).toBe(400)
      expect([200, 400]).toContain((await query(name, hostile)).status)
    }
    expect((await server.get('/api/v1/test_runs')).at('pagination', 'total_count')).toBe('1')
  })
})
