import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createKey, type KeyRequest, revokeKey } from '../src/access/keys.js'
import {
  clientAddress,
  FORWARDING_HEADERS,
  FORWARDING_PREFIXES,
  parseTrustedProxies,
} from '../src/access/request-origin.js'
import type { Database } from '../src/database/schema.js'
import { JSON_HEADERS, report, XML } from './support/reports.js'
import { type TestServer, testServer } from './support/server.js'

/** This machine is the proxy of a remote client. */
const PROXIED = { trustedProxies: ['127.0.0.1'] }
const REMOTE = { 'x-forwarded-for': '203.0.113.9' }
const SUBMIT = '/api/v1/junit/submit'

const keys = new Map<string, string>()
afterEach(() => keys.clear())

async function makeKeys(database: Database): Promise<void> {
  const make = async (name: string, request: Partial<KeyRequest> = {}) => {
    const { text, key } = await createKey(database, { name, scope: 'all', ...request }, Date.now())
    keys.set(name, text)
    return key
  }
  await make('all')
  await make('submit', { scope: 'submit' })
  await make('read', { scope: 'read' })
  await make('other', { project: 'other' })
  await make('expired', { expiresAt: Date.now() - 1 })
  await revokeKey(database, (await make('revoked')).id, Date.now())
}

const bearer = (name: string) => ({ authorization: `Bearer ${keys.get(name) ?? name}` })

describe('a remote client', () => {
  it.each([
    ['no key', () => ({}), 401, 401],
    ['a key in another scheme', () => ({ authorization: `Basic ${keys.get('all')}` }), 403, 403],
    ['a wrong key', () => bearer(`jux_${'0'.repeat(16)}_${'A'.repeat(43)}`), 403, 403],
    ['a key with another secret', () => bearer(`${keys.get('all')?.slice(0, -3)}AAA`), 403, 403],
    ['a text that is not a key', () => bearer("' or 1=1 --"), 403, 403],
    ['a revoked key', () => bearer('revoked'), 403, 403],
    ['an expired key', () => bearer('expired'), 403, 403],
    ['the key of another project', () => bearer('other'), 403, 404],
    ['a key of scope read', () => bearer('read'), 403, 200],
    ['a key of scope submit', () => bearer('submit'), 201, 403],
    ['a key of scope all', () => bearer('all'), 201, 200],
    ['a key in X-API-Key', () => ({ 'x-api-key': keys.get('all') ?? '' }), 201, 200],
    ['a key in a cookie', () => ({ cookie: `jux_key=${keys.get('all')}` }), 401, 200],
  ])('with %s gets the documented status for submitting and reading', async (_name, headers, submitting, reading) => {
    const server = await testServer(PROXIED, makeKeys)
    const stored = await server.post(SUBMIT, report({ name: 'first' }), { ...XML, ...REMOTE, ...bearer('all') })

    const submitted = await server.post(SUBMIT, report(), { ...XML, ...REMOTE, ...headers() })
    const read = await server.get(`/api/v1/test_runs/${stored.at('test_run_id')}`, { ...REMOTE, ...headers() })

    expect([submitted.status, read.status]).toEqual([submitting, reading])
    if (submitting !== 201) expect(submitted.at('suggestions', 0)).not.toBe('')
    expect(server.log.join('')).not.toContain((keys.get('all') ?? '?').slice(21))
  })

  it('reads only the runs of the project that its key is for', async () => {
    const server = await testServer(PROXIED, makeKeys)
    const key = { ...XML, ...REMOTE, ...bearer('all') }
    const foreign = await server.post(SUBMIT, report(), key)
    const own = await server.post(SUBMIT, report({ project: 'other' }), key)
    const suite = (await server.get(`/api/v1/test_runs/${foreign.at('test_run_id')}`, key)).at('test_suites', 0, 'id')
    const asOther = (path: string) => server.get(path, { ...REMOTE, ...bearer('other') })

    expect((await asOther('/api/v1/test_runs')).json).toMatchObject({ test_runs: [{ id: own.at('test_run_id') }] })
    expect((await asOther('/api/v1/test_runs?project=shop')).at('pagination', 'total_count')).toBe('0')
    expect((await asOther(`/api/v1/test_runs/${foreign.at('test_run_id')}/report`)).status).toBe(404)
    expect((await asOther(`/api/v1/test_suites/${suite}/test_cases`)).status).toBe(404)
  })

  it('without a key gets the error envelope under /reports', async () => {
    const server = await testServer(PROXIED, makeKeys)

    const missing = await server.post('/api/v1/reports', '{}', { ...JSON_HEADERS, ...REMOTE })

    expect(missing).toMatchObject({ status: 401, json: { status: 'error', error: 'Unauthorized' } })
    expect(missing.headers.get('www-authenticate')).toContain('Bearer')
  })

  it.each([
    '/api/v1/junit/submit/',
    '/api/v1//junit/submit',
    '/api/v1/../v1/junit/submit',
    '/api/v1/junit/%73ubmit',
    '/API/v1/junit/submit',
    '/healthz/../api/v1/junit/submit',
    '/healthz%2f..%2fapi/v1/junit/submit',
    '/api/version;/../v1/junit/submit',
  ])('cannot submit without a key by the path %s', async (path) => {
    const server = await testServer(PROXIED, makeKeys)

    const status = await rawStatus(server, `POST ${path} HTTP/1.1`, ['X-Forwarded-For: 203.0.113.9'], report())

    expect([401, 404]).toContain(status)
    expect(await server.database.selectFrom('runs').selectAll().execute()).toEqual([])
  })

  it('reads version, health and the OpenAPI document without a key', async () => {
    const server = await testServer(PROXIED, makeKeys)

    for (const path of ['/api/version', '/healthz', '/api/openapi.json']) {
      expect((await server.get(path, REMOTE)).status).toBe(200)
    }
  })

  it('without a key shares one rate limit with all others without a key', async () => {
    const server = await testServer({ ...PROXIED, rateLimit: 2 }, makeKeys)
    const from = (address: string) => server.post(SUBMIT, report(), { ...XML, 'x-forwarded-for': address })

    const statuses = [await from('203.0.113.1'), await from('203.0.113.2'), await from('203.0.113.3')]

    expect(statuses.map(({ status }) => status)).toEqual([401, 401, 429])
  })
})

describe('a local client', () => {
  it('needs no key, and a key of another server is ignored', async () => {
    const server = await testServer()

    expect((await server.post(SUBMIT, report(), XML)).status).toBe(201)
    expect((await server.post(SUBMIT, report(), { ...XML, ...bearer('key-of-the-team-server') })).status).toBe(201)
  })

  it('needs a key, of this server, as soon as there is one, and also after that key was revoked', async () => {
    const server = await testServer()
    const statuses = async (headers = {}) => [
      (await server.post(SUBMIT, report(), { ...XML, ...headers })).status,
      (await server.get('/api/v1/test_runs', headers)).status,
    ]
    expect(server.access).toContain('requests from this machine need no key until one is created')
    expect(await statuses()).toEqual([201, 200])

    const { text, key } = await createKey(server.database, { name: 'ci', scope: 'all' }, Date.now())

    expect(await statuses()).toEqual([401, 401])
    expect(await statuses({ authorization: 'Bearer key-of-the-team-server' })).toEqual([403, 403])
    expect(await statuses({ authorization: `Bearer ${text}` })).toEqual([201, 200])
    await revokeKey(server.database, key.id, Date.now())
    expect(await statuses()).toEqual([401, 401])
    const answer = await server.get('/api/v1/test_runs')
    expect(answer.at('details', 'message')).toBe('this server has API keys, so programs on its machine need one too')
    expect(answer.text).toContain('jux-server --trust-local')
  })

  it('is led to the sign-in page in a browser as soon as there is a key', async () => {
    const server = await testServer()
    const status = async () => (await server.get('/', { accept: 'text/html' })).status

    const before = await status()
    await createKey(server.database, { name: 'ci', scope: 'submit' }, Date.now())

    expect([before, await status()]).toEqual([200, 303])
  })

  it('needs no key with --trust-local, although there are keys, unless its request was forwarded', async () => {
    const server = await testServer({ trustLocal: true }, makeKeys)

    expect(server.access).toContain('requests from this machine need no key (--trust-local)')
    expect((await server.post(SUBMIT, report(), XML)).status).toBe(201)
    expect((await server.post(SUBMIT, report(), { ...XML, ...REMOTE })).status).toBe(401)
    expect((await testServer({}, makeKeys)).access).toBe('every request needs a key')
  })

  it('counts as remote when it uses HTTP/1.0, as nginx does unless it is told otherwise', async () => {
    const server = await testServer()

    expect(await rawStatus(server, `POST ${SUBMIT} HTTP/1.0`, [], report())).toBe(401)
    expect(await rawStatus(server, `POST ${SUBMIT} HTTP/1.1`, [], report())).toBe(201)
  })

  it.each([...FORWARDING_HEADERS, ...FORWARDING_PREFIXES.map((prefix) => `${prefix}x`)])(
    'counts as remote when its request has the header %s',
    (name) => {
      const headers = new Headers({ host: 'localhost', [name]: '127.0.0.1' })

      expect(clientAddress('127.0.0.1', headers, () => false).isLocal).toBe(false)
    },
  )

  it('is told which header makes it need a key', async () => {
    const server = await testServer()

    const answer = await server.post(SUBMIT, report(), { ...XML, 'x-envoy-external-address': '203.0.113.9' })

    expect([answer.status, answer.at('details', 'message')]).toEqual([
      401,
      'the request was forwarded (it has the header x-envoy-external-address), so it needs an API key',
    ])
  })

  it('has only the rights of its key when it sends a key of this server', async () => {
    const server = await testServer({}, makeKeys)

    for (const name of ['revoked', 'expired', 'read', 'other']) {
      expect((await server.post(SUBMIT, report(), { ...XML, ...bearer(name) })).status).toBe(403)
    }
  })

  it.each([
    { 'x-forwarded-for': '127.0.0.1' },
    { 'x-forwarded-for': '203.0.113.9, 127.0.0.1' },
    { forwarded: 'for=127.0.0.1' },
    { 'x-real-ip': '127.0.0.1' },
    { via: '1.1 proxy' },
    { host: 'evil.example:4000' },
  ])('counts as remote when it sends %o', async (headers) => {
    const server = await testServer()
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)

    expect(await rawStatus(server, `POST ${SUBMIT} HTTP/1.1`, lines, report())).toBe(401)
  })

  it.each([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('is refused as cross-site when it sends %o', async (headers) => {
    const server = await testServer()
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)

    expect(await rawStatus(server, `POST ${SUBMIT} HTTP/1.1`, lines, report())).toBe(403)
  })
})

describe('clientAddress', () => {
  const isTrusted = parseTrustedProxies(['10.0.0.0/8', '::1'])
  const at = (peer: string, forwarded?: string) =>
    clientAddress(
      peer,
      new Headers({ host: 'localhost', ...(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }) }),
      isTrusted,
    )

  it.each([
    ['10.0.0.1', '127.0.0.1', { address: '127.0.0.1', isLocal: false }],
    ['10.0.0.1', '198.51.100.1, 203.0.113.9, 10.1.1.1', { address: '203.0.113.9', isLocal: false }],
    ['::ffff:10.0.0.1', '203.0.113.9', { address: '203.0.113.9', isLocal: false }],
    ['10.0.0.1', 'nonsense', { address: '10.0.0.1', isLocal: false }],
    ['192.0.2.1', '203.0.113.9', { address: '192.0.2.1', isLocal: false }],
    ['::1', undefined, { address: '::1', isLocal: false }],
    ['::ffff:127.0.0.1', undefined, { address: '127.0.0.1', isLocal: true }],
    ['127.0.0.1', '', { address: '127.0.0.1', isLocal: false }],
  ])('trusts only named proxies: peer %s, X-Forwarded-For %j is %j', (peer, forwarded, client) => {
    expect(at(peer, forwarded)).toEqual(client)
  })
})

describe('parseTrustedProxies', () => {
  it('refuses an entry that is not an address or a network', () => {
    for (const entry of ['proxy.example', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '']) {
      expect(() => parseTrustedProxies([entry])).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID_VALUE' }))
    }
  })
})

// fetch would normalize the path and the headers.
function rawStatus(server: TestServer, request: string, headers: readonly string[], body: string): Promise<number> {
  const { hostname, port } = new URL(server.url)
  const host = headers.some((line) => /^host:/i.test(line)) ? [] : [`Host: ${hostname}:${port}`]
  const lines = [request, ...host, 'Connection: close', 'Content-Type: application/xml', ...headers]
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(`${[...lines, `Content-Length: ${Buffer.byteLength(body)}`].join('\r\n')}\r\n\r\n${body}`)
    })
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])))
  })
}
