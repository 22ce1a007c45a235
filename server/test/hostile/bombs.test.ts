import { brotliCompressSync, deflateSync, gzipSync as gzipBest } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../test/support/folders.js'
import { findPostgres, type Postgres, startPostgres } from '../support/postgres.js'
import { longestWaitMs, NO_KEEP_ALIVE, serverProcess } from '../support/process.js'
import { JSON_HEADERS, report, XML } from '../support/reports.js'

const programs = findPostgres()
const SUBMIT = '/api/v1/junit/submit'
const MAX_WAIT_MS = 250
/** Above the memory at the start. A body of 100 MB alone is less. */
const MAX_MORE_MEGABYTES = 1_200
const MEGABYTE = 1_048_576
const GZIP = { 'content-encoding': 'gzip' }
const TESTS = 100_000

// The fastest level: the time of this test is not for compressing.
const gzipSync = (content: string | Buffer) => gzipBest(content, { level: 1 })

const largeCases = Array.from({ length: TESTS }, (_, at) => {
  const failure = at % 50 ? '' : `<failure message="expected">${'at somewhere (file.ts:1:1)\n'.repeat(8)}</failure>`
  return `<testcase classname="suite ${at % 20}" name="does the thing number ${at}" time="0.001">${failure}</testcase>`
}).join('')

const json = (text: string) => [gzipSync(text), { ...JSON_HEADERS, ...GZIP }] as const
const xml = (text: string | Buffer) => [gzipSync(text), { ...XML, ...GZIP }] as const

const batch = (text: string | Buffer) => [gzipSync(text), { 'content-type': 'application/x-ndjson', ...GZIP }] as const

// Each row: what is sent, and the expected status. The bodies are made once, for both engines.
const BOMBS: [string, () => readonly [Buffer, Record<string, string>], number][] = [
  // A batch has its own path. With 200, each of its lines is refused.
  ['99 MB of lines', () => batch('\n'.repeat(99_000_000)), 413],
  ['99 MB of [ in two lines', () => batch(`${'['.repeat(49_000_000)}\n${'['.repeat(50_000_000)}`), 200],
  ['99 MB of text in 90 lines', () => batch(`{"xml_content":"${'a'.repeat(1_100_000)}"}\n`.repeat(90)), 200],
  ['99 MB of long lines', () => batch(`{"a":"${'a'.repeat(10_000)}"}\n`.repeat(9_900)), 413],
  ['3 GB of zeros as a batch', () => [zeros(3_072), { 'content-type': 'application/x-ndjson', ...GZIP }], 413],
  ['99 MB of {},{}', () => json(`[${'{},'.repeat(33_000_000)}{}]`), 400],
  ['99 MB of [', () => json('['.repeat(99_000_000)), 400],
  ['99 MB of {"a":', () => json('{"a":'.repeat(19_800_000)), 400],
  ['99 MB of white space', () => json(' '.repeat(99_000_000)), 400],
  ['99 MB in a member name', () => json(`{"${'a'.repeat(99_000_000)}":1}`), 400],
  ['99 MB in a tag', () => json(`{"metadata":{"tags":["${'a'.repeat(99_000_000)}"]}}`), 400],
  ['99 MB of text that is no report', () => json(`{"xml_content":"${'a'.repeat(99_000_000)}"}`), 400],
  ['3 GB of zeros', () => [zeros(3_072), { ...JSON_HEADERS, ...GZIP }], 400],
  ['3 GB of zeros as XML', () => [zeros(3_072), { ...XML, ...GZIP }], 413],
  ['99 MB of <testcase/>', () => xml(`<testsuite>${'<testcase/>'.repeat(9_000_000)}</testsuite>`), 422],
  ['99 MB of nested elements', () => xml('<testsuite>'.repeat(9_000_000)), 400],
  [
    '99 MB of attributes',
    () => xml(`<testsuite ${Array.from({ length: 9_000_000 }, (_, at) => `a${at.toString(36)}=""`).join(' ')}/>`),
    400,
  ],
  ['99 MB of spaces in XML', () => xml(`<testsuite>${' '.repeat(99_000_000)}`), 400],
  ['deflate', () => [deflateSync(Buffer.alloc(99 * MEGABYTE)), { ...XML, 'content-encoding': 'deflate' }], 415],
  ['br', () => [brotliCompressSync(Buffer.alloc(MEGABYTE)), { ...XML, 'content-encoding': 'br' }], 415],
  ['gzip in gzip', () => [gzipSync(zeros(64)), { ...XML, 'content-encoding': 'gzip, gzip' }], 415],
]

const bodies = new Map<string, readonly [Buffer, Record<string, string>]>()

describe.each(['sqlite', ...(programs === undefined ? [] : ['postgres'])])('jux-server on %s', (engine) => {
  let postgres: Postgres | undefined
  beforeAll(async () => {
    if (engine === 'postgres' && programs !== undefined) postgres = await startPostgres(programs)
  })
  afterAll(() => postgres?.stop())

  it(`refuses every bomb, needs little memory for it, and answers others within ${MAX_WAIT_MS} ms meanwhile`, async () => {
    const server = await serverProcess(temporaryFolder(), await postgres?.newDatabase())
    const send = async (body: Buffer, headers: Record<string, string>) => {
      const startMs = performance.now()
      const isBatch = headers['content-type'] === 'application/x-ndjson'
      const response = await fetch(`${server.url}${isBatch ? `${SUBMIT}-batch` : SUBMIT}`, {
        method: 'POST',
        headers: { ...headers, ...NO_KEEP_ALIVE },
        body: new Uint8Array(body),
      })
      await response.arrayBuffer()
      return { status: response.status, ms: Math.round(performance.now() - startMs) }
    }
    const before = server.peakMegabytes()
    const found: [string, number][] = []
    for (const [name, bomb] of BOMBS) {
      const [body, headers] = bodies.get(name) ?? bomb()
      bodies.set(name, [body, headers])
      const { waitMs, result } = await longestWaitMs(server.url, () => send(body, headers))
      console.log(
        `${engine}: ${name} (${Math.ceil(body.length / 1_024)} KiB sent): ${result.status} after ${result.ms} ms; others waited ${waitMs} ms; peak ${server.peakMegabytes()} MB`,
      )
      found.push([name, result.status])
      expect([name, waitMs]).toEqual([name, expect.toSatisfy((ms: number) => ms <= MAX_WAIT_MS)])
    }

    expect(found).toEqual(BOMBS.map(([name, , status]) => [name, status]))
    if (!Number.isNaN(before)) expect(server.peakMegabytes() - before).toBeLessThan(MAX_MORE_MEGABYTES)
    expect((await send(Buffer.from(report()), XML)).status).toBe(201)
    expect(await server.stop()).toBe(0)
  })

  it(`answers others within ${MAX_WAIT_MS} ms while it takes, and while it refuses, a report of ${TESTS} tests`, async () => {
    const server = await serverProcess(temporaryFolder(), await postgres?.newDatabase())
    const send = async (body: string) => {
      const response = await fetch(`${server.url}${SUBMIT}`, {
        method: 'POST',
        headers: { ...XML, ...NO_KEEP_ALIVE },
        body,
      })
      await response.arrayBuffer()
      return response.status
    }
    const good = report({ cases: largeCases })
    const statuses: number[] = []
    for (const body of [good, good, good.slice(0, -20), good.replace('"shop"', '""')]) {
      const startMs = performance.now()
      const { waitMs, result } = await longestWaitMs(server.url, () => send(body))
      console.log(
        `${engine}: ${TESTS} tests, ${Math.round(body.length / MEGABYTE)} MB: ${result} after ${Math.round(performance.now() - startMs)} ms; others waited ${waitMs} ms; peak ${server.peakMegabytes()} MB`,
      )
      statuses.push(result)
      expect(waitMs).toBeLessThanOrEqual(MAX_WAIT_MS)
    }

    expect(statuses).toEqual([201, 201, 400, 400])
    expect(await server.stop()).toBe(0)
  })
})

// Members of one gzip file (RFC 1952, section 2.2).
function zeros(megabytes: number): Buffer {
  const member = gzipSync(Buffer.alloc(64 * MEGABYTE))
  return Buffer.concat(Array.from({ length: megabytes / 64 }, () => member))
}
