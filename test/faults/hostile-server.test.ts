import { createServer, type ServerResponse } from 'node:http'
import { createServer as createRawServer } from 'node:net'
import { join } from 'node:path'
import { createGzip } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../support/folders.js'
import { json, type Responder, start, startServer, text } from '../support/http-server.js'
import { makeCertificates } from '../support/tls-identities.js'
import { acknowledged, checkStore, ROOT, startNode } from './faults.js'

const SECRET = 's3cr3t-t0ken-0123456789'
const DEADLINE_S = 4

const PROGRAM = join(ROOT, 'test', 'faults', 'programs', 'submit.mjs')

interface Result {
  readonly code: number | null
  readonly output: string
  /** Time of the delivery. */
  readonly tookMs: number
  readonly grewMb: number
  readonly lost: number
  readonly hashes: readonly string[]
}

/** Delivers one report in cache mode as a reporter does, in a process of its own. */
async function deliverTo(apiUrl: string, env: Record<string, string> = {}): Promise<Result> {
  const home = temporaryFolder()
  const root = join(home, 'store')
  const options = { storageMode: 'cache', storagePath: root, apiUrl, deadline: DEADLINE_S, apiTimeout: DEADLINE_S }
  const wellBehaved = await startServer(created)
  // The young generation keeps its size; otherwise its growth would be measured.
  const child = startNode(['--max-semi-space-size=1', PROGRAM, JSON.stringify(options), wellBehaved.url], home, {
    JUX_API_KEY: SECRET,
    ...env,
  })
  const code = await child.ended
  const [, tookMs = 'NaN', grewMb = 'NaN'] = /^figures ([\d.]+) ([\d.-]+)$/m.exec(child.output) ?? []
  const hashes = acknowledged(child.output)
  return {
    code,
    output: child.output,
    tookMs: Number(tookMs),
    grewMb: Number(grewMb),
    hashes,
    lost: checkStore(root, hashes).lost,
  }
}

const endless = (chunk: Buffer) => (response: ServerResponse, sizeBytes: number) => {
  let sent = 0
  const more = () => {
    while (sent < sizeBytes && response.writable) {
      sent += chunk.length
      if (!response.write(chunk)) return
    }
    response.end()
  }
  response.on('drain', more).on('error', () => {})
  more()
}

const dripping: Responder = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  const timer = setInterval(() => response.write(' '), 1_000)
  response.on('close', () => clearInterval(timer))
}

const twoGigabytes: Responder = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  endless(Buffer.alloc(256 * 1024, 'x'))(response, 2 * 1024 ** 3)
}

const bomb: Responder = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
  const gzip = createGzip()
  gzip.pipe(response).on('error', () => {})
  const zeros = Buffer.alloc(1024 * 1024)
  const more = () => {
    while (response.writable && gzip.write(zeros)) {}
  }
  gzip.on('drain', more)
  response.on('close', () => gzip.destroy())
  more()
}

const inAnHour = () => new Date(Date.now() + 3_600_000).toUTCString()
const soon = () => new Date(Date.now() + 1_500).toUTCString()
const created = json(201, { test_run_id: 'x' })

/** Responses of a server, and whether the report is submitted in the end. */
const SCRIPTS: Record<string, { responders: Responder[]; delivered: boolean }> = {
  hangs: { responders: [() => {}], delivered: false },
  resets: { responders: [(_r, _b, request) => request.socket.resetAndDestroy()], delivered: false },
  'drips a byte a second': { responders: [dripping], delivered: false },
  '429 with seconds': { responders: [json(429, {}, { 'retry-after': '1' }), created], delivered: true },
  '429 with a date': {
    responders: [(...all) => json(429, {}, { 'retry-after': soon() })(...all), created],
    delivered: true,
  },
  '429 with a past date': {
    responders: [json(429, {}, { 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }), created],
    delivered: true,
  },
  '429 with garbage': { responders: [json(429, {}, { 'retry-after': 'soon\u00e9' }), created], delivered: true },
  '429 for an hour': { responders: [json(429, {}, { 'retry-after': '3600' }), created], delivered: false },
  '429 until a date in an hour': {
    responders: [(...all) => json(429, {}, { 'retry-after': inAnHour() })(...all), created],
    delivered: false,
  },
  '503, then 201': { responders: [json(503, {}), created], delivered: true },
  '2 GB': { responders: [twoGigabytes], delivered: false },
  'a gzip bomb': { responders: [bomb], delivered: false },
  HTML: { responders: [text(200, '<html>', { 'content-type': 'text/html' })], delivered: false },
  'JSON of the wrong shape': { responders: [json(200, { test_run_id: { nested: true } })], delivered: false },
  'a 401 that repeats the key': { responders: [json(401, { error: `bad key ${SECRET}` })], delivered: false },
}

describe('a reporter with a hostile server', () => {
  it.each(Object.entries(SCRIPTS))(
    'stores its report within the deadline and the memory limit when the server responds with "%s"',
    async (name, { responders, delivered }) => {
      const deliver = async () => deliverTo((await startServer(...responders)).url)

      const result = await deliver()

      print(name, result)
      expectHarmless(result)
      expect(/sent {4}/.test(result.output)).toBe(delivered)
      await expectBounded(result, deliver)
    },
  )

  it.each([301, 302, 303, 307, 308])(
    'sends its credentials to no other server after a redirect with %i',
    async (status) => {
      let bytes = Buffer.alloc(0)
      const other = createRawServer((socket) => socket.on('data', (data) => (bytes = Buffer.concat([bytes, data]))))
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
      onTestFinished(() => void other.close())
      const address = other.address()
      const elsewhere = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/api/v1/junit/submit`
      const server = await startServer(text(status, '', { location: elsewhere }))
      const toItself = async () => deliverTo((await startServer(text(status, '', { location: '/again' }), created)).url)

      const [away, home] = [await deliverTo(server.url), await toItself()]

      print(`${status} elsewhere`, away)
      expectHarmless(away)
      expectHarmless(home)
      await expectBounded(away, () => deliverTo(server.url))
      await expectBounded(home, toItself)
      expect(bytes.length).toBe(0)
      expect(/sent {4}/.test(home.output)).toBe(status >= 307)
    },
  )

  it('sends no request to a server with an untrusted certificate', async () => {
    const { server } = await makeCertificates()
    const { url, received } = await start({ responders: [created], tls: server })

    const result = await deliverTo(url, { NODE_TLS_REJECT_UNAUTHORIZED: '0' })

    print('invalid TLS', result)
    expectHarmless(result)
    await expectBounded(result, () => deliverTo(url))
    expect(received).toEqual([])
  })

  it('waits no longer than the deadline for a server that reads the body and never responds', async () => {
    const server = createServer((request) => void request.resume())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const address = server.address()

    const result = await deliverTo(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)

    expectHarmless(result)
    await expectBounded(result, () => deliverTo(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`))
    expect(result.tookMs).toBeGreaterThan(DEADLINE_S * 1_000 * 0.9)
  })
})

function expectHarmless({ code, output, tookMs, lost, hashes }: Result): void {
  expect(code).toBe(0)
  expect(hashes).toHaveLength(1)
  expect(lost).toBe(0)
  expect(tookMs).toBeLessThan(DEADLINE_S * 1_000 * 1.1 + 500)
  expect(output).not.toContain(SECRET)
}

/**
 * The memory of the engine varies by tens of MB, but a hostile server would make it grow every time. So only the memory
 * is measured again; everything else must be right the first time.
 */
async function expectBounded(first: Result, again: () => Promise<Result>): Promise<void> {
  let { grewMb } = first
  for (let tries = 0; grewMb >= 32 && tries < 2; tries++) {
    const next = await again()
    expectHarmless(next)
    grewMb = Math.min(grewMb, next.grewMb)
  }
  expect(grewMb).toBeLessThan(32)
}

function print(name: string, { tookMs, grewMb, lost }: Result): void {
  console.log(`hostile server, ${name}: ${Math.round(tookMs)} ms, ${grewMb} MB more, ${lost} lost`)
}
