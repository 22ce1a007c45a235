import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { MemoryBudget, readBody } from '../src/ingest/body.js'
import { ENGINES, engineUnderTest } from './support/engines.js'
import { JSON_HEADERS, report, XML } from './support/reports.js'
import { testServer } from './support/server.js'

const SUBMIT = '/api/v1/junit/submit'
const MEGABYTE = 1_048_576

describe('the body of a submission', () => {
  it('is refused with 413 when it is too large: with Content-Length, gzip or chunked', async () => {
    const server = await testServer({ maxBytes: MEGABYTE })
    const large = report({ name: 'x'.repeat(2 * MEGABYTE) })
    const stream = new ReadableStream({
      start: (controller) => {
        for (let at = 0; at < large.length; at += 65_536) controller.enqueue(Buffer.from(large.slice(at, at + 65_536)))
        controller.close()
      },
    })

    const declared = await server.post(SUBMIT, large, XML)
    const packed = await server.post(SUBMIT, gzipSync(large), { ...XML, 'content-encoding': 'gzip' })
    const upload = { method: 'POST', headers: XML, body: stream, duplex: 'half' }
    const chunked = await fetch(`${server.url}${SUBMIT}`, upload)

    for (const { status } of [declared, packed, chunked]) expect(status).toBe(413)
    expect(declared).toMatchObject({ json: { details: { max_bytes: MEGABYTE } } })
    expect((await server.post(SUBMIT, report(), XML)).status).toBe(201)
  })

  it('is refused as soon as a gzip bomb exceeds the limit, and its memory is released', async () => {
    // 2 GB of zeros in 2 MB, as members of one file (RFC 1952 §2.2).
    const member = gzipSync(Buffer.alloc(64 * MEGABYTE))
    const bomb = Buffer.concat(Array.from({ length: 32 }, () => member))
    const budget = new MemoryBudget(8 * MEGABYTE)
    const request = new Request('http://x/', { method: 'POST', body: bomb, headers: { 'content-encoding': 'gzip' } })

    await expect(readBody(request, { maxBytes: 4 * MEGABYTE, budget })).rejects.toMatchObject({ status: 413 })
    expect(budget.reserve(8 * MEGABYTE)).toBe(true)
  })

  it('is refused with 503 while other bodies use the memory', async () => {
    const budget = new MemoryBudget(100)
    const request = () => new Request('http://x/', { method: 'POST', body: 'x'.repeat(60) })

    const first = await readBody(request(), { maxBytes: 100, budget })

    await expect(readBody(request(), { maxBytes: 100, budget })).rejects.toMatchObject({
      status: 503,
      parts: { headers: { 'Retry-After': '1' } },
    })
    first.release()
    expect((await readBody(request(), { maxBytes: 100, budget })).bytes).toHaveLength(60)
  })

  it.each([
    [415, 'an unsupported Content-Type', report(), { 'content-type': 'text/plain' }],
    [415, 'no Content-Type', report(), { 'content-type': '' }],
    [415, 'an unsupported Content-Encoding', report(), { ...XML, 'content-encoding': 'br' }],
    [400, 'data that is not gzip', report(), { ...XML, 'content-encoding': 'gzip' }],
    [400, 'incomplete gzip data', gzipSync(report()).subarray(0, 60), { ...XML, 'content-encoding': 'gzip' }],
    [400, 'malformed JSON', '{"xml_content": ', JSON_HEADERS],
    [400, 'JSON that is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), JSON_HEADERS],
    [400, 'JSON of another form', '[1]', JSON_HEADERS],
    [400, 'JSON without xml_content', '{"metadata":{"project":"p"}}', JSON_HEADERS],
    [400, 'metadata of the wrong types', '{"xml_content":"<a/>","metadata":{"project":{"a":1}}}', JSON_HEADERS],
    [400, 'xml_content only in __proto__', '{"__proto__":{"xml_content":"<a/>"}}', JSON_HEADERS],
  ])('is refused with %i for %s', async (status, _name, body, headers) => {
    const server = await testServer()

    const response = await server.post(SUBMIT, body, headers)

    expect(response.status).toBe(status)
    expect(response.at('error')).not.toBe('')
  })

  it('is not stored when the client aborts the request', async () => {
    const server = await testServer()
    const { hostname, port } = new URL(server.url)
    const head = `POST ${SUBMIT} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Type: application/xml\r\nContent-Length: 5000\r\n\r\n`
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => socket.write(`${head}${report()}`, () => socket.destroy()))
      socket.on('close', () => resolve())
    })

    expect((await server.get('/healthz')).status).toBe(200)
    expect(await server.database.selectFrom('runs').selectAll().execute()).toEqual([])
  })
})

describe.each(ENGINES)('a request to a server on %s', (engine) => {
  const { start } = engineUnderTest(engine)

  it('with a Host that no URL can have is refused with 400', async () => {
    const { url } = await start()
    const { hostname, port } = new URL(url)
    const status = (head: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect(Number(port), hostname, () => socket.write(`${head}\r\nConnection: close\r\n\r\n`))
        socket.on('error', reject).on('data', (data) => resolve(String(data).slice(9, 12)))
      })

    for (const head of ['GET / HTTP/1.1\r\nHost: 127b.0.0.1', `POST ${SUBMIT} HTTP/1.1\r\nHost: 1j7.0.0.1`]) {
      expect(await status(head)).toBe('400')
    }
  })

  it('with %00 in its path or a parameter is refused with 400', async () => {
    const server = await start()

    for (const path of [
      '/api/v1/test_runs?project=a%00b',
      '/api/v1/test_runs?%00=a',
      '/api/v1/test_runs/%00',
      '/api/v1/test_suites/%00/test_cases',
      '/projects/a%00b',
      '/runs/%00/tests/1',
      '/tests/%00',
      '/tests?project=a&classname=%00&name=c',
      '/%00',
    ]) {
      expect([path, (await server.get(path)).status]).toEqual([path, 400])
    }
    expect(server.log.filter((line) => line.includes('"error"'))).toEqual([])
  })

  it('whose report has a lone surrogate, NUL or invalid UTF-8 is refused with 400, and nothing is stored', async () => {
    const server = await start()
    const xml = (name: string) => report({ name })
    const invalid = Buffer.concat([Buffer.from(xml('a')), Buffer.from([0xff])])

    for (const character of ['\\ud800', '\\u0000']) {
      const text = JSON.stringify(xml('CHARACTER')).replaceAll('CHARACTER', character)
      expect((await server.post(SUBMIT, `{"xml_content":${text}}`, JSON_HEADERS)).status).toBe(400)
      const envelope = `{"report":${text},"canonical_hash":"${'0'.repeat(64)}"}`
      expect((await server.post('/api/v1/reports', envelope, JSON_HEADERS)).status).toBe(400)
    }
    expect((await server.post(SUBMIT, invalid, XML)).status).toBe(400)
    expect((await server.get('/api/v1/test_runs')).at('pagination', 'total_count')).toBe('0')
  })
})

describe('a request', () => {
  it('with 20 kB of headers is refused with 431', async () => {
    const server = await testServer()

    expect((await server.get('/healthz', { 'x-long': 'x'.repeat(20_000) })).status).toBe(431)
  })

  it('to the API gets a response in which a browser runs and loads nothing', async () => {
    const server = await testServer()
    const stored = await server.post(SUBMIT, report({ name: '<script>alert(1)</script>' }), XML)

    for (const path of ['/api/v1/test_runs', `/api/v1/test_runs/${stored.at('test_run_id')}/report`, '/<script>']) {
      const { headers } = await server.get(path)
      expect(headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('content-type')).not.toContain('html')
    }
  })

  it.each([
    'page=0',
    'page=-1',
    'page=1e3',
    'per_page=101',
    'per_page=abc',
    'status=broken',
    'sort_by=id',
    'sort_order=up',
    'date_from=yesterday',
    'date_to=2026-13-01',
    'page=1&page=2',
  ])('for runs with %s is refused with 400 and the name of the parameter', async (query) => {
    const server = await testServer()

    const response = await server.get(`/api/v1/test_runs?${query}`)

    expect(response.status).toBe(400)
    expect(response.at('error')).toContain(query.split('=')[0])
  })
})

describe('the OpenAPI document', () => {
  it('describes every route of the API and the schemas of the responses', async () => {
    const server = await testServer()
    const { json, at } = await server.get('/api/openapi.json')

    expect(json).toMatchObject({
      openapi: '3.1.0',
      info: { version: (await server.get('/api/version')).at('version') },
      paths: {
        '/api/version': {},
        '/healthz': {},
        '/api/v1/junit/submit': { post: {} },
        '/api/junit/submit': { post: { deprecated: true } },
        '/api/v1/reports': { post: { responses: { 409: {} } } },
        '/api/v1/test_runs': { get: {} },
        '/api/v1/test_runs/{id}': { get: {} },
        '/api/v1/test_runs/{id}/test_suites': { get: {} },
        '/api/v1/test_suites/{id}/test_cases': { get: {} },
      },
    })
    expect(at('components', 'schemas', 'SubmissionAccepted', 'required')).toContain('test_run_id')
    expect(at('components', 'schemas', 'Pagination', 'required')).toContain('current_page')
  })
})
