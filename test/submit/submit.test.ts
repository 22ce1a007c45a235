import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { JuxError } from '../../src/errors.js'
import type { Submission } from '../../src/submit/protocols.js'
import { type SubmitSettings, submitReport } from '../../src/submit/submit.js'
import { realSystem } from '../../src/system.js'
import { packageVersion } from '../../src/version.js'
import { type Answerer, created, json, start, startServer, text } from '../support/http-server.js'
import { fixedSystem } from '../support/system.js'

const HASH = 'ab'.repeat(32)
const XML = '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="grüße"></testsuites>'
const SIGNED = `<t><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod></ds:SignedInfo><ds:SignatureValue>AA==</ds:SignatureValue></ds:Signature></t>`

function report(parts: Partial<Submission> = {}): Submission {
  return {
    bytes: Buffer.from(XML),
    contentHash: HASH,
    properties: [
      { name: 'project', value: 'app' },
      { name: 'git:branch', value: 'main' },
    ],
    counts: { tests: 3, failures: 1, errors: 0, skipped: 0 },
    ...parts,
  }
}

async function failure(settings: SubmitSettings, system = fixedSystem()): Promise<JuxError> {
  const outcome: unknown = await submitReport(report(), settings, system).catch((error: unknown) => error)
  if (outcome instanceof Error && 'suggestions' in outcome) return outcome as JuxError
  throw new Error(`it should have failed: ${JSON.stringify(outcome)}`)
}

describe('the json protocol', () => {
  it('posts the report and its metadata', async () => {
    const server = await startServer(created)

    const receipt = await submitReport(report(), { apiUrl: server.url }, fixedSystem())

    const [request] = server.received
    expect(request).toMatchObject({ method: 'POST', path: '/api/v1/junit/submit' })
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      'idempotency-key': HASH,
      'user-agent': `jux-reporter/${packageVersion()} node/20.19.0`,
      'content-length': String(request?.body.length),
    })
    expect(request?.headers).not.toHaveProperty('authorization')
    expect(JSON.parse(String(request?.body))).toEqual({
      xml_content: XML,
      metadata: { project: 'app', branch: 'main', tags: [], environment: 'test', ci_metadata: null },
    })
    expect(receipt).toEqual({
      status: 'created',
      id: 'run-1',
      message: 'stored',
      url: `${server.url}/api/v1/junit/submit`,
      httpStatus: 201,
      attempts: 1,
      warnings: [],
    })
  })

  it.each([
    [{ apiKey: 'k-1' }, 'Bearer k-1'],
    [{ bearerToken: 't-1' }, 'Bearer t-1'],
    [{ apiKey: 'k-1', bearerToken: 't-1' }, 'Bearer k-1'],
  ])('sends %j as %j', async (credentials, authorization) => {
    const server = await startServer(created)

    await submitReport(report(), { apiUrl: server.url, ...credentials }, fixedSystem())

    expect(server.received[0]?.headers.authorization).toBe(authorization)
    expect(server.received[0]?.headers).not.toHaveProperty('x-api-key')
    expect(server.probes[0]?.headers).not.toHaveProperty('authorization')
  })
})

describe('the xml protocol', () => {
  it('posts the very bytes', async () => {
    const server = await startServer(created)
    const bytes = Buffer.from([0x3c, 0x61, 0x3e, 0xe9, 0x3c, 0x2f, 0x61, 0x3e])

    await submitReport(report({ bytes }), { apiUrl: server.url, protocol: 'xml' }, fixedSystem())

    expect(server.received[0]).toMatchObject({ path: '/api/v1/junit/submit' })
    expect(server.received[0]?.headers['content-type']).toBe('application/xml')
    expect(server.received[0]?.body.equals(bytes)).toBe(true)
  })
})

describe('the reports protocol', () => {
  it('posts the envelope, with an API key in its own header', async () => {
    const server = await startServer(json(201, { status: 'created', id: 'report-1', message: 'ok' }))
    const settings = { apiUrl: `${server.url}/api/v1/reports`, apiKey: 'k-1', bearerToken: 't-1' }

    const receipt = await submitReport(report({ bytes: Buffer.from(SIGNED) }), settings, fixedSystem())

    expect(receipt).toMatchObject({ status: 'created', id: 'report-1' })
    expect(server.received[0]).toMatchObject({ path: '/api/v1/reports' })
    expect(server.received[0]?.headers['x-api-key']).toBe('k-1')
    expect(server.received[0]?.headers).not.toHaveProperty('authorization')
    expect(JSON.parse(String(server.received[0]?.body))).toEqual({
      report: SIGNED,
      canonical_hash: `sha256:${HASH}`,
      signature_algorithm: 'RSA-SHA256',
      metadata: { environment: {} },
    })
  })

  it('sends a bearer token as such', async () => {
    const server = await startServer(json(201, { status: 'created', id: 'r' }))
    const settings = { apiUrl: server.url, protocol: 'reports', bearerToken: 't-1' } as const

    await submitReport(report({ bytes: Buffer.from(SIGNED) }), settings, fixedSystem())

    expect(server.received[0]?.headers.authorization).toBe('Bearer t-1')
  })

  it('refuses an unsigned report before any request', async () => {
    const server = await startServer(created)

    const error = await failure({ apiUrl: server.url, protocol: 'reports' })

    expect(error).toMatchObject({ code: 'XML_SIGNATURE_MISSING', reason: 'protocol-reports' })
    expect([...server.received, ...server.probes]).toEqual([])
  })
})

describe('a report in another encoding', () => {
  it('is sent as text under json, without the declaration that would be wrong there', async () => {
    const server = await startServer(created)
    const bytes = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>', 'latin1')

    await submitReport(report({ bytes }), { apiUrl: server.url }, fixedSystem())

    expect(JSON.parse(String(server.received[0]?.body)).xml_content).toBe('<?xml version="1.0"?><a>é</a>')
  })

  it('is refused when it is not in the encoding that it declares', async () => {
    const sent = submitReport(
      report({ bytes: Buffer.from([0x3c, 0xff]) }),
      { apiUrl: 'http://127.0.0.1:9' },
      fixedSystem(),
    )

    await expect(sent).rejects.toMatchObject({ code: 'XML_PARSE_ERROR', reason: 'encoding' })
  })
})

describe('gzip', () => {
  it('compresses the body when asked', async () => {
    const server = await startServer(created)

    await submitReport(report(), { apiUrl: server.url, protocol: 'xml', gzip: true }, fixedSystem())

    expect(server.received[0]?.headers['content-encoding']).toBe('gzip')
    expect(String(gunzipSync(server.received[0]?.body ?? ''))).toBe(XML)
  })
})

describe('an answer', () => {
  it.each([
    ['flat', { test_run_id: 'a' }, { id: 'a', status: 'created' }],
    ['nested', { status: 'success', test_run: { id: 'b' } }, { id: 'b', status: 'created' }],
    ['of the reports protocol', { status: 'created', id: 'c' }, { id: 'c', status: 'created' }],
    ['that knows the report', { status: 'duplicate', id: 'd' }, { id: 'd', status: 'duplicate' }],
  ])('%s is understood', async (_, body, expected) => {
    const server = await startServer(json(200, body))

    expect(await submitReport(report(), { apiUrl: server.url }, fixedSystem())).toMatchObject(expected)
  })

  it('409 means that the server has the report already, whatever else it says', async () => {
    for (const answer of [json(409, { status: 'duplicate', id: 'x' }), text(409, 'conflict')]) {
      const server = await startServer(answer)

      expect(await submitReport(report(), { apiUrl: server.url }, fixedSystem())).toMatchObject({ status: 'duplicate' })
    }
  })

  it('with other counts than ours is a warning', async () => {
    const server = await startServer(json(201, { test_run_id: 'x', test_count: 3, failure_count: 0 }))

    const { warnings } = await submitReport(report(), { apiUrl: server.url }, fixedSystem())

    expect(warnings).toEqual(['the server counts other results than this report: failures: 1 here, 0 on the server'])
  })

  it.each([
    ['a page of a proxy', text(200, '<html>sign in</html>', { 'content-type': 'text/html' }), 'no-json'],
    ['nothing', text(201, ''), 'no-json'],
    ['JSON of another shape', json(201, { ok: true }), 'unknown-shape'],
    ['a list', json(201, [1]), 'no-json'],
    ['an error in disguise', json(200, { status: 'error', id: 'x', message: 'no' }), 'unknown-shape'],
  ])('that is %s is no success', async (_, answer, reason) => {
    const server = await startServer(answer)

    expect(await failure({ apiUrl: server.url })).toMatchObject({ code: 'API_INVALID_RESPONSE', reason })
    expect(server.received).toHaveLength(1)
  })
})

describe('what a person reads', () => {
  const body = { error: 'the server says so', details: { line: 3 }, suggestions: ['the server suggests'] }

  it.each([
    [400, 'API_SERVER_ERROR', /does not accept the report/, /JUX_PROTOCOL=xml/],
    [401, 'API_AUTHENTICATION_ERROR', /wants an API key/, /set JUX_API_KEY/],
    [403, 'API_AUTHENTICATION_ERROR', /wants an API key/, /set JUX_API_KEY/],
    [404, 'API_SERVER_ERROR', /there is no Jux server at/, /JUX_API_URL/],
    [413, 'API_SERVER_ERROR', /too large/, /JUX_GZIP=true/],
    [415, 'API_SERVER_ERROR', /does not know this form/, /JUX_PROTOCOL=xml/],
    [422, 'API_SERVER_ERROR', /does not accept the report/, /JUX_DRY_RUN=true/],
    [429, 'API_SERVER_ERROR', /takes no more reports/, /rate limit/],
    [500, 'API_SERVER_ERROR', /a problem of its own/, /log of the server/],
    [503, 'API_SERVER_ERROR', /a problem of its own/, /jux publish --queue/],
  ])('about %i is its own, with the words of the server', async (status, code, what, cure) => {
    const server = await startServer(json(status, body))

    const error = await failure({ apiUrl: server.url })

    expect(error).toMatchObject({ code, reason: `http-${status}`, message: expect.stringMatching(what) })
    expect(error.message).toContain('the server says so')
    expect(error.message).toContain('{"line":3}')
    expect(error.suggestions[0]).toBe('the server suggests')
    expect(error.suggestions.join('\n')).toMatch(cure)
  })

  it('tells a key that is not accepted from one that is missing', async () => {
    const server = await startServer(json(401, { error: 'no' }))

    const error = await failure({ apiUrl: server.url, apiKey: 'k-1' })

    expect(error.message).toMatch(/does not accept the API key/)
  })

  it('never shows a credential, even one that the server repeats', async () => {
    const server = await startServer(json(401, { error: 'bad key s3cr3t-k3y', suggestions: ['not s3cr3t-k3y'] }))

    const error = await failure({ apiUrl: server.url, apiKey: 's3cr3t-k3y' })

    expect(`${error.message} ${error.suggestions.join(' ')} ${error.stack}`).not.toContain('s3cr3t-k3y')
  })

  it('about a refused connection names the address and the port', async () => {
    const server = await startServer()
    const error = await failure({ apiUrl: 'http://127.0.0.1:9', apiMaxRetries: 0 })

    expect(server.received).toEqual([])
    expect(error).toMatchObject({ code: 'API_CONNECTION_ERROR', reason: 'connection-refused' })
    expect(error.suggestions.join('\n')).toMatch(
      /curl http:\/\/127\.0\.0\.1:9[\s\S]*JUX_API_URL[\s\S]*firewall[\s\S]*port 9/,
    )
  })

  it('about an unknown host name says so', async () => {
    const error = await failure({ apiUrl: 'https://jux.invalid', apiMaxRetries: 0 })

    expect(error).toMatchObject({ code: 'API_CONNECTION_ERROR', reason: 'name-not-found' })
  })

  it('about a connection that breaks off says so', async () => {
    const server = await startServer((_response, _received, request) => request.socket.destroy())

    const error = await failure({ apiUrl: server.url })

    expect(error).toMatchObject({ code: 'API_CONNECTION_ERROR', reason: 'connection-lost' })
    expect(server.received).toHaveLength(4)
  })

  it('about a server that does not speak HTTP says so', async () => {
    const server = await startServer((_response, _received, request) => request.socket.end('SSH-2.0-OpenSSH\r\n'))

    expect(await failure({ apiUrl: server.url })).toMatchObject({ code: 'API_INVALID_RESPONSE', reason: 'not-http' })
    expect(server.received).toHaveLength(1)
  })

  it('about a slow server names the time and the variable', async () => {
    const server = await startServer(() => {})

    const error = await failure({ apiUrl: server.url, apiTimeout: 0.2, apiMaxRetries: 0 }, fixedSystem())

    expect(error).toMatchObject({ code: 'API_TIMEOUT', reason: 'timeout', message: expect.stringContaining('0.2 s') })
    expect(error.suggestions[0]).toMatch(/JUX_API_TIMEOUT/)
  })
})

describe('trying again', () => {
  it.each([408, 425, 429, 500, 502, 503, 504])('happens after %i, with 1, 2 and 4 seconds between', async (status) => {
    const server = await startServer(json(status, { error: 'busy' }))
    const system = fixedSystem()

    const error = await failure({ apiUrl: server.url }, system)

    expect(server.received).toHaveLength(4)
    expect(system.slept).toEqual([1_000, 2_000, 4_000])
    expect(error.message).toMatch(/busy.*\(4 attempts\)/)
  })

  it.each([400, 401, 403, 404, 413, 415, 422, 501])('does not happen after %i', async (status) => {
    const server = await startServer(json(status, { error: 'no' }))

    await failure({ apiUrl: server.url })

    expect(server.received).toHaveLength(1)
  })

  it('ends with the first success, and sends the same key each time', async () => {
    const server = await startServer(json(503, {}), json(500, {}), created)

    const receipt = await submitReport(report(), { apiUrl: server.url }, fixedSystem())

    expect(receipt).toMatchObject({ status: 'created', attempts: 3 })
    expect(server.received.map(({ headers }) => headers['idempotency-key'])).toEqual([HASH, HASH, HASH])
    expect(new Set(server.received.map(({ body }) => String(body))).size).toBe(1)
  })

  it('waits as long as the server asks, in seconds or until a date', async () => {
    const date = new Date(Date.UTC(2026, 0, 1, 0, 0, 9)).toUTCString()
    const now = new Date(Date.UTC(2026, 0, 1)).toUTCString()
    const server = await startServer(
      json(429, {}, { 'retry-after': '7' }),
      json(503, {}, { 'retry-after': date, date: now }),
      created,
    )
    const system = fixedSystem()

    await submitReport(report(), { apiUrl: server.url }, system)

    expect(system.slept).toEqual([7_000, 9_000])
  })

  it('chooses its own wait when the server asks for nonsense', async () => {
    const server = await startServer(json(429, {}, { 'retry-after': 'later' }), created)
    const system = fixedSystem()

    await submitReport(report(), { apiUrl: server.url }, system)

    expect(system.slept).toEqual([1_000])
  })

  it('gives up at once when the wait would end after the deadline', async () => {
    const server = await startServer(json(429, { error: 'slow down' }, { 'retry-after': '3600' }), created)
    const system = fixedSystem()

    const sent = submitReport(report(), { apiUrl: server.url }, system, { deadlineMs: 60_000 })

    await expect(sent).rejects.toMatchObject({ reason: 'http-429', message: expect.stringContaining('wait 3600 s') })
    expect(system.slept).toEqual([])
  })

  it('tells everybody about a rate limit, and the rest to those who asked', async () => {
    const server = await startServer(json(429, {}, { 'retry-after': '5' }), json(500, {}), created)
    const lines: string[] = []

    await submitReport(report(), { apiUrl: server.url }, fixedSystem(), {
      log: (line, level) => lines.push(`${level} ${line}`),
    })

    expect(lines.filter((line) => line.startsWith('notice'))).toEqual([expect.stringMatching(/429.*waiting 5 s/)])
    expect(lines[0]).toMatch(/^verbose POST http.*\(json, \d+ bytes\)/)
  })
})

describe('the deadline', () => {
  const dripping: Answerer = (response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const timer = setInterval(() => response.write(' '), 50)
    response.on('close', () => clearInterval(timer))
  }

  it.each([
    ['hangs', () => {}],
    ['drips', dripping],
  ] satisfies [string, Answerer][])('holds against a server that %s', async (_, answer) => {
    const server = await startServer(answer)
    const began = performance.now()

    const sent = submitReport(report(), { apiUrl: server.url }, realSystem(), { deadlineMs: 700 })

    await expect(sent).rejects.toMatchObject({ code: 'API_TIMEOUT', reason: 'deadline' })
    expect(performance.now() - began).toBeGreaterThan(600)
    expect(performance.now() - began).toBeLessThan(4_000)
  })
})

describe('redirects', () => {
  it.each([307, 308])('of status %i are followed within the same origin, with the whole body', async (status) => {
    const server = await startServer(text(status, '', { location: '/elsewhere?x=1' }), created)

    const receipt = await submitReport(report(), { apiUrl: server.url, apiKey: 'k' }, fixedSystem())

    expect(receipt.status).toBe('created')
    expect(server.received[1]).toMatchObject({ method: 'POST', path: '/elsewhere?x=1' })
    expect(server.received[1]?.body.equals(server.received[0]?.body ?? Buffer.alloc(0))).toBe(true)
  })

  it.each([301, 302, 303])('of status %i are refused, even within the same origin', async (status) => {
    const server = await startServer(text(status, '', { location: '/elsewhere' }), created)

    expect(await failure({ apiUrl: server.url })).toMatchObject({ code: 'API_INVALID_RESPONSE', reason: 'redirect' })
    expect(server.received).toHaveLength(1)
  })

  it.each([301, 302, 303, 307, 308])(
    'of status %i to another port get nothing, least of all a credential',
    async (status) => {
      const other = await startServer(created)
      const server = await startServer(text(status, '', { location: `${other.url}/steal` }))

      const error = await failure({ apiUrl: server.url, apiKey: 'k' })

      expect(error).toMatchObject({ reason: 'redirect', message: expect.stringContaining(other.url) })
      expect([...other.received, ...other.probes]).toEqual([])
    },
  )

  it('that go round in a circle come to an end', async () => {
    const server = await startServer(text(307, '', { location: '/again' }))

    expect(await failure({ apiUrl: server.url })).toMatchObject({ reason: 'redirect' })
    expect(server.received.length).toBeLessThan(10)
  })
})

describe('credentials', () => {
  it('are not sent over plain http to another machine', async () => {
    const error = await failure({ apiUrl: 'http://jux.example.com', apiKey: 'k' })

    expect(error).toMatchObject({ code: 'CONFIG_INVALID_VALUE', reason: 'insecure-http' })
    expect(error.suggestions.join('\n')).toMatch(/https:\/\/jux\.example\.com[\s\S]*JUX_ALLOW_INSECURE_HTTP/)
  })

  it('are, when that is allowed', async () => {
    const error = await failure({
      apiUrl: 'http://jux.invalid',
      apiKey: 'k',
      allowInsecureHttp: true,
      apiMaxRetries: 0,
    })

    expect(error).toMatchObject({ reason: 'name-not-found' })
  })

  it('with a line break in them are refused without being shown', async () => {
    const error = await failure({ apiUrl: 'http://127.0.0.1:9', apiKey: 'abc\r\nX: y' })

    expect(error).toMatchObject({ code: 'CONFIG_INVALID_VALUE', reason: 'credential-characters' })
    expect(error.message).not.toContain('abc')
  })
})

describe('the version of the API', () => {
  it('is asked for, and another major one is a warning with advice', async () => {
    const server = await start({ answers: [created], version: json(200, { version: '2.0.0' }) })

    const { warnings } = await submitReport(report(), { apiUrl: `${server.url}/api/v1` }, fixedSystem())

    expect(server.probes[0]?.path).toBe('/api/version')
    expect(warnings).toEqual([expect.stringMatching(/version 2\.0\.0.*version 1\.x.*upgrade/)])
  })

  it('explains a failure', async () => {
    const server = await start({ answers: [json(404, {})], version: json(200, { version: '2.0.0' }) })

    expect((await failure({ apiUrl: server.url })).suggestions[0]).toMatch(/version 2\.0\.0/)
  })

  it.each([
    ['our own', json(200, { version: '1.4.2' })],
    ['unknown to it', json(404, { error: 'not found' })],
    ['a page', text(200, '<html>')],
    ['of another shape', json(200, { version: 2 })],
    ['broken', (_response, _received, request) => request.socket.destroy()],
  ] satisfies [string, Answerer][])('is passed over in silence when it is %s', async (_, version) => {
    const server = await start({ answers: [created], version })

    expect((await submitReport(report(), { apiUrl: server.url }, fixedSystem())).warnings).toEqual([])
  })
})

describe('the page of a run', () => {
  const answered = async (location: string, settings: SubmitSettings = {}) => {
    const server = await startServer((response, ...rest) => {
      response.setHeader('location', location)
      created(response, ...rest)
    })
    const { page } = await submitReport(report(), { apiUrl: server.url, ...settings }, fixedSystem())
    return { page, url: server.url }
  }

  it('is where the server says that the run is', async () => {
    const { page, url } = await answered('/runs/run-1')

    expect(page).toBe(`${url}/runs/run-1`)
  })

  it('is not taken from another origin, and shows no secret', async () => {
    expect((await answered('https://evil.example/runs/run-1')).page).toBeUndefined()
    expect((await answered('javascript:alert(1)')).page).toBeUndefined()
    expect((await answered('/runs?key=s3cret-s3cret', { apiKey: 's3cret-s3cret' })).page).not.toContain('s3cret-s3cret')
  })
})
