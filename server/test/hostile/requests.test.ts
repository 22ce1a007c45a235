import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../test/support/folders.js'
import { findPostgres, startPostgres } from '../support/postgres.js'
import { longestWaitMs, type ServerProcess, serverProcess } from '../support/process.js'
import { report, XML } from '../support/reports.js'

const REQUESTS = Number(process.env.JUX_HOSTILE_REQUESTS ?? 10_000)
const SEED = Number(process.env.JUX_SEED ?? 20_260_101)
const CLIENTS = 24
const SLOW_CLIENTS = 100
/** Longer than any answer takes; requests that never end are given up by the client. */
const GIVE_UP_MS = 400
const MAX_WAIT_MS = 250
const programs = findPostgres()

const METHODS = [
  'GET',
  'POST',
  'PUT',
  'HEAD',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'PRI',
  'get',
  'POST\t',
  '',
  'M-SEARCH',
]
const PATHS = [
  '/',
  '/healthz',
  '/api/v1/test_runs',
  '/api/v1/junit/submit',
  '/api/v1/junit/submit-batch',
  '/api/v1/reports',
  '/junit/submit',
  '/sign-in',
  '/projects/a',
  '/runs/x/tests',
  '/tests',
  '/tests/x',
  '/api/openapi.json',
  '*',
  '//',
  '/..%2f..%2fetc/passwd',
  '/%',
  '/%zz',
  '/%00',
  '/%ff%fe',
  '/%ed%a0%80',
  '/a?b=%',
  '/api/v1/test_runs?project=%00',
  '/api/v1/test_runs?page=1e9',
  '/api/v1/test_runs?tags=%ff',
  '/api/v1/test_runs?date_from=275760-09-13',
  "/api/v1/test_runs?project='%3bdrop",
  '/runs/%c0%ae',
  '/\u00e9\u00ff',
  'http://evil.example/',
  `/${'a'.repeat(8_000)}`,
  `/${'a/'.repeat(4_000)}`,
  `/api/v1/test_runs?${'a=1&'.repeat(2_000)}`,
  '/\\..\\',
  '/a b',
  '',
]
const SUBMIT_PATHS = ['/api/v1/junit/submit', '/api/v1/junit/submit-batch', '/api/v1/reports', '/sign-in']
const HEADERS = [
  'Content-Type: application/json',
  'Content-Type: application/xml',
  'Content-Type: application/json; charset=utf-16',
  'Content-Type: \u00ff',
  'Content-Encoding: gzip',
  'Content-Encoding: br',
  'Content-Encoding: gzip, gzip',
  'Content-Length: 5',
  'Content-Length: -1',
  'Content-Length: 99999999999999999999',
  'Content-Length: 0x10',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: identity',
  'Expect: 100-continue',
  'Expect: nonsense',
  'Upgrade: websocket',
  'Connection: upgrade',
  'Authorization: Bearer',
  'Authorization: Bearer jux_0000000000000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  'Authorization: \u0080',
  'X-API-Key: \u00e9',
  'Cookie: jux_key=a; jux_key=b',
  'Origin: null',
  'Origin: http://[',
  'Sec-Fetch-Site: cross-site',
  'Host:',
  'Host: a b',
  'Host: [::1',
  'Host: evil.example',
  'X-Forwarded-For: ,,,',
  'Forwarded: for="',
  'Via: 1.1 a',
  'Accept: text/html',
  'Accept: \u00ff/*;q=x',
  'Idempotency-Key: \u00e9',
  `Idempotency-Key: ${'k'.repeat(300)}`,
  `X-Long: ${'x'.repeat(17_000)}`,
  ' Folded: a',
  'No colon',
  ': empty',
  'Bad\u0000Name: x',
  'Range: bytes=0-0',
  'If-None-Match: *',
  'Accept-Encoding: nonsense',
]
const XML_TEXT = report()
const BODIES: (string | Buffer)[] = [
  '',
  'a',
  '{',
  '[]',
  'null',
  '{}',
  '{"xml_content":1}',
  '{"xml_content":"\\ud800"}',
  '{"xml_content":"\\u0000"}',
  '{"__proto__":{}}',
  '[[[[[[[[[[[[[[[[[[[[[[[[',
  `{"xml_content":${JSON.stringify(XML_TEXT)}}`,
  `{"report":${JSON.stringify(XML_TEXT)},"canonical_hash":"x"}`,
  `{"xml_content":${JSON.stringify(XML_TEXT)},"metadata":{"project":"\\u0000","tags":["\\ud800",""]}}`,
  `{"xml_content":${JSON.stringify(XML_TEXT)}}\n{}\n\n[\n{"xml_content":"\\ud800"}`,
  '\n'.repeat(3_000),
  XML_TEXT,
  XML_TEXT.slice(0, -9),
  '<testsuites/>',
  '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
  '\ufeff<a/>',
  '<a>\u0000</a>',
  Buffer.from([0xff, 0xfe, 0x3c, 0, 0x61, 0]),
  Buffer.from('<a>\xff</a>', 'latin1'),
  gzipSync(XML_TEXT),
  gzipSync(XML_TEXT).subarray(0, 40),
  '5\r\n<a/>x\r\n0\r\n\r\n',
  'ffffffffffffffff\r\n',
  '-1\r\n',
  '0\r\nX: y\r\n\r\n',
  'key=a&next=//evil.example',
  randomBytes(2_000),
]

// Mulberry32: the same requests for the same seed.
function random(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}

function hostileRequest(below: (limit: number) => number): Buffer {
  const one = <T>(items: readonly T[], otherwise: T): T => items[below(items.length)] ?? otherwise
  const isLikelySubmission = below(3) === 0
  const method = isLikelySubmission ? 'POST' : one(METHODS, 'GET')
  const path = isLikelySubmission ? one(SUBMIT_PATHS, '/') : one(PATHS, '/')
  const version = below(20) === 0 ? one(['HTTP/1.0', 'HTTP/2.0', 'HTTP/9', 'ICY', ''], '') : 'HTTP/1.1'
  const body = Buffer.from(one<string | Buffer>(BODIES, ''))
  const headers = Array.from({ length: below(4) }, () => one(HEADERS, ''))
  if (below(8) > 0) headers.unshift('Host: 127.0.0.1')
  if (below(4) > 0) headers.push(`Content-Length: ${body.length}`)
  if (isLikelySubmission)
    headers.push(`Content-Type: ${one(['application/json', 'application/xml', 'application/x-ndjson'], '')}`)
  const end = below(50) === 0 ? '\n\n' : '\r\n\r\n'
  const head = Buffer.from(`${method} ${path} ${version}\r\n${headers.join('\r\n')}${end}`, 'latin1')
  const request = Buffer.concat([head, body])
  if (below(10) === 0) request[below(request.length)] = below(256)
  return below(20) === 0 ? request.subarray(0, below(request.length)) : request
}

// Sends bytes, and returns the status line; '' when the server closes the connection or waits for more.
function exchange({ url }: ServerProcess, bytes: Buffer): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    const timer = setTimeout(() => socket.destroy(), GIVE_UP_MS)
    let text = ''
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk
      if (/^HTTP\/1\.1 (?!100)\d+/.test(text)) socket.destroy()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(/^HTTP\/1\.1 (?!100)(\d+)/m.exec(text)?.[1] ?? '')
    })
  })
}

// Announces a long body and sends one byte every 100 ms.
function slowClient({ url }: ServerProcess): () => void {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  socket.write(
    'POST /api/v1/junit/submit HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/xml\r\nContent-Length: 99999999\r\n\r\n',
  )
  const timer = setInterval(() => socket.write('<'), 100)
  return () => {
    clearInterval(timer)
    socket.destroy()
  }
}

describe.each(['sqlite', ...(programs === undefined ? [] : ['postgres'])])('jux-server on %s', (engine) => {
  it(`lives through ${REQUESTS} hostile requests and ${SLOW_CLIENTS} slow bodies, without an internal error, and answers others`, async () => {
    const postgres = engine === 'postgres' && programs !== undefined ? await startPostgres(programs) : undefined
    const server = await serverProcess(temporaryFolder(), await postgres?.newDatabase())
    const slow = Array.from({ length: SLOW_CLIENTS }, () => slowClient(server))
    const below = random(SEED)
    const statuses = new Map<string, number>()
    const failing: string[] = []
    let sent = 0
    const client = async () => {
      while (sent++ < REQUESTS) {
        const bytes = hostileRequest(below)
        const status = await exchange(server, bytes)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        // 503 is the answer of a server that has too many bodies, and 501 that of HTTP for an unknown transfer coding.
        if (/^5(?!0[13])/.test(status)) failing.push(JSON.stringify(bytes.subarray(0, 400).toString('latin1')))
      }
    }

    const { waitMs } = await longestWaitMs(server.url, () => Promise.all(Array.from({ length: CLIENTS }, client)))

    const counts = [...statuses].sort().map(([status, count]) => `${count} × ${status || 'no answer'}`)
    console.log(
      `${engine}: ${REQUESTS} hostile requests (seed ${SEED}): ${counts.join(', ')}; others waited ${waitMs} ms; peak ${server.peakMegabytes()} MB`,
    )
    for (const stop of slow) stop()
    expect(failing).toEqual([])
    expect(server.isAlive()).toBe(true)
    expect(waitMs).toBeLessThanOrEqual(MAX_WAIT_MS)
    const answer = await fetch(`${server.url}/api/v1/junit/submit`, { method: 'POST', headers: XML, body: report() })
    expect(answer.status).toBe(201)
    expect(await server.stop()).toBe(0)
    await postgres?.stop()
  })
})
