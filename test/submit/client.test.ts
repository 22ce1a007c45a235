import { describe, expect, it } from 'vitest'
import { SubmitClient, type SubmitSettings, submitReport } from '../../src/submit/client.js'
import { realSystem } from '../../src/system.js'
import { created, json, type Responder, start, startServer, text } from '../support/http-server.js'
import { HASH, skipRetryDelays, submission, submitError } from '../support/submissions.js'
import { fixedSystem } from '../support/system.js'

describe('submitReport', () => {
  it.each([
    ['the flat body of the published API', { test_run_id: 'a' }, { id: 'a', status: 'created' }],
    ['a nested body', { status: 'success', test_run: { id: 'b' } }, { id: 'b', status: 'created' }],
    ['a body of the reports protocol', { status: 'created', id: 'c' }, { id: 'c', status: 'created' }],
    ['a duplicate', { status: 'duplicate', id: 'd' }, { id: 'd', status: 'duplicate' }],
  ])('accepts %s as success', async (_, body, expected) => {
    const server = await startServer(json(200, body))

    expect(await submitReport(submission(), { apiUrl: server.url }, fixedSystem())).toMatchObject(expected)
  })

  it('treats 409 as a duplicate, whatever the body is', async () => {
    for (const response of [json(409, { status: 'duplicate', id: 'x' }), text(409, 'conflict')]) {
      const server = await startServer(response)

      expect(await submitReport(submission(), { apiUrl: server.url }, fixedSystem())).toMatchObject({
        status: 'duplicate',
      })
    }
  })

  it('warns about each count of the server that differs, and ignores those that it does not report', async () => {
    const server = await startServer(json(201, { test_run_id: 'x', test_count: 4, failure_count: 0, skipped_count: 0 }))

    const { warnings } = await submitReport(submission(), { apiUrl: server.url }, fixedSystem())

    expect(warnings).toEqual([
      'the server counted different results: tests: 3 here, 4 on the server; failures: 1 here, 0 on the server',
    ])
  })

  it.each([
    ['the page of a proxy', text(200, '<html>sign in</html>', { 'content-type': 'text/html' }), 'no-json'],
    ['an empty body', text(201, ''), 'no-json'],
    ['JSON of another shape', json(201, { ok: true }), 'unknown-shape'],
    ['a JSON array', json(201, [1]), 'no-json'],
    ['the status "error"', json(200, { status: 'error', id: 'x', message: 'no' }), 'unknown-shape'],
  ])('does not accept a 2xx with %s as success, and does not retry it', async (_, response, reason) => {
    const server = await startServer(response)

    expect(await submitError({ apiUrl: server.url })).toMatchObject({ code: 'API_INVALID_RESPONSE', reason })
    expect(server.received).toHaveLength(1)
  })

  it('logs one verbose line with URL, protocol and size before the request', async () => {
    const server = await startServer(created)
    const lines: string[] = []

    await submitReport(submission(), { apiUrl: server.url }, fixedSystem(), {
      log: (line, level) => lines.push(`${level} ${line}`),
    })

    expect(lines).toEqual([
      expect.stringMatching(new RegExp(`^verbose POST ${server.url}/api/v1/junit/submit \\(json, \\d+ bytes\\)$`)),
    ])
  })

  it('reads the error of a server in a deeply nested body', async () => {
    const nested = `{"error":"no","details":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    const server = await startServer(text(400, nested, { 'content-type': 'application/json' }))

    expect(await submitError({ apiUrl: server.url })).toMatchObject({
      reason: 'http-400',
      message: expect.stringMatching(/: no$/),
    })
  })
})

describe('SubmitClient', () => {
  it('requests the version of the API only once for several reports', async () => {
    const server = await startServer(created)
    const client = new SubmitClient({ apiUrl: server.url }, fixedSystem(), { connections: 2 })

    await Promise.all([client.submit(submission()), client.submit(submission())])
    await client.close()

    expect([server.received.length, server.probes.length]).toEqual([2, 1])
  })

  it('warns about another major version of the API, with advice', async () => {
    const server = await start({ responders: [created], version: json(200, { version: '2.0.0' }) })

    const { warnings } = await submitReport(submission(), { apiUrl: `${server.url}/api/v1` }, fixedSystem())

    expect(server.probes[0]?.path).toBe('/api/version')
    expect(warnings).toEqual([
      'the server uses version 2.0.0 of the API, this program version 1.x: upgrade with "npm install jux-reporter@latest", or upgrade the server',
    ])
  })

  it('adds the warning about another major version of the API to an error', async () => {
    const server = await start({ responders: [json(404, {})], version: json(200, { version: '2.0.0' }) })

    expect((await submitError({ apiUrl: server.url })).suggestions[0]).toMatch(/version 2\.0\.0/)
  })

  it.each([
    ['the same major version', json(200, { version: '1.4.2' })],
    ['no version', json(404, { error: 'not found' })],
    ['an HTML page', text(200, '<html>')],
    ['a version that is not text', json(200, { version: 2 })],
    ['a broken connection', (_response, _received, request) => request.socket.destroy()],
  ] satisfies [string, Responder][])('does not warn about %s', async (_, version) => {
    const server = await start({ responders: [created], version })

    expect((await submitReport(submission(), { apiUrl: server.url }, fixedSystem())).warnings).toEqual([])
  })

  const pageFor = async (location: string, settings: SubmitSettings = {}) => {
    const server = await startServer((response, ...rest) => {
      response.setHeader('location', location)
      created(response, ...rest)
    })
    const { page } = await submitReport(submission(), { apiUrl: server.url, ...settings }, fixedSystem())
    return { page, url: server.url }
  }

  it('reads the page of the run from the Location header', async () => {
    const { page, url } = await pageFor('/runs/run-1')

    expect(page).toBe(`${url}/runs/run-1`)
  })

  it('ignores a page of another origin, and redacts secrets in the page', async () => {
    expect((await pageFor('https://evil.example/runs/run-1')).page).toBeUndefined()
    expect((await pageFor('javascript:alert(1)')).page).toBeUndefined()
    expect((await pageFor('/runs?key=s3cret-s3cret', { apiKey: 's3cret-s3cret' })).page).not.toContain('s3cret-s3cret')
  })
})

describe('retries of submitReport', () => {
  it.each([408, 425, 429, 500, 502, 503, 504])('are sent 1, 2 and 4 seconds after status %i', async (status) => {
    const delays = skipRetryDelays()
    const server = await startServer(json(status, { error: 'busy' }))
    const system = fixedSystem()

    const error = await submitError({ apiUrl: server.url }, system)

    expect(server.received).toHaveLength(4)
    expect([...delays, ...system.slept]).toEqual([1_000, 2_000, 4_000])
    expect(error.message).toMatch(/busy.*\(4 attempts\)/)
  })

  it('wait the first delay in real time', async () => {
    const server = await startServer(json(503, {}), created)
    const began = performance.now()

    await submitReport(submission(), { apiUrl: server.url }, realSystem())

    expect(performance.now() - began).toBeGreaterThan(990)
  })

  it.each([400, 401, 403, 404, 413, 415, 422, 501])('are not sent after status %i', async (status) => {
    const server = await startServer(json(status, { error: 'no' }))

    await submitError({ apiUrl: server.url })

    expect(server.received).toHaveLength(1)
  })

  it('are sent after a lost connection', async () => {
    skipRetryDelays()
    const server = await startServer((_response, _received, request) => request.socket.destroy())

    const error = await submitError({ apiUrl: server.url })

    expect(error).toMatchObject({ code: 'API_CONNECTION_ERROR', reason: 'connection-lost' })
    expect(server.received).toHaveLength(4)
  })

  it('end with the first success, and send the same content with the same idempotency key', async () => {
    skipRetryDelays()
    const server = await startServer(json(503, {}), json(500, {}), created)

    const receipt = await submitReport(submission(), { apiUrl: server.url }, fixedSystem())

    expect(receipt).toMatchObject({ status: 'created', attempts: 3 })
    expect(server.received.map(({ headers }) => headers['idempotency-key'])).toEqual([HASH, HASH, HASH])
    expect(new Set(server.received.map(({ body }) => String(body))).size).toBe(1)
  })

  it('wait as long as Retry-After says, in seconds or until a date, and no longer', async () => {
    const delays = skipRetryDelays()
    const date = new Date(Date.UTC(2026, 0, 1, 0, 0, 9)).toUTCString()
    const now = new Date(Date.UTC(2026, 0, 1)).toUTCString()
    const server = await startServer(
      json(429, {}, { 'retry-after': '7' }),
      json(503, {}, { 'retry-after': date, date: now }),
      created,
    )
    const system = fixedSystem()

    await submitReport(submission(), { apiUrl: server.url }, system)

    expect({ slept: system.slept, delays }).toEqual({ slept: [7_000, 9_000], delays: [] })
  })

  it('are limited to apiMaxRetries even if the server says how long to wait', async () => {
    const server = await startServer(json(429, {}, { 'retry-after': '1' }))
    const system = fixedSystem()

    const error = await submitError({ apiUrl: server.url, apiMaxRetries: 2 }, system)

    expect(error.message).toMatch(/\(3 attempts\)$/)
    expect(system.slept).toEqual([1_000, 1_000])
    expect(server.received).toHaveLength(3)
  })

  it('wait their own delay when Retry-After is malformed', async () => {
    const delays = skipRetryDelays()
    const server = await startServer(json(429, {}, { 'retry-after': 'later' }), created)
    const system = fixedSystem()

    await submitReport(submission(), { apiUrl: server.url }, system)

    expect({ slept: system.slept, delays }).toEqual({ slept: [], delays: [1_000] })
  })

  it('stop at once when the wait would end after the deadline', async () => {
    const server = await startServer(json(429, { error: 'slow down' }, { 'retry-after': '3600' }), created)
    const system = fixedSystem()

    const sent = submitReport(submission(), { apiUrl: server.url }, system, { deadlineMs: 60_000 })

    await expect(sent).rejects.toMatchObject({
      reason: 'http-429',
      message: expect.stringContaining('asks to wait 3600 s'),
    })
    expect(system.slept).toEqual([])
  })

  it('stop at once when their own delay would end after the deadline', async () => {
    const delays = skipRetryDelays()
    const server = await startServer(json(503, {}), created)

    const sent = submitReport(submission(), { apiUrl: server.url }, fixedSystem(), { deadlineMs: 900 })

    await expect(sent).rejects.toMatchObject({ reason: 'http-503' })
    expect(delays).toEqual([])
  })

  it('log a rate limit as a notice, and everything else as verbose lines', async () => {
    skipRetryDelays()
    const server = await startServer(json(429, {}, { 'retry-after': '5' }), json(500, {}), created)
    const lines: string[] = []

    await submitReport(submission(), { apiUrl: server.url }, fixedSystem(), {
      log: (line, level) => lines.push(`${level} ${line}`),
    })

    expect(lines).toEqual([
      expect.stringMatching(/^verbose POST http/),
      expect.stringMatching(/^verbose attempt 1: .*429/),
      expect.stringMatching(/^notice .*429.*; waiting 5 s$/),
      expect.stringMatching(/^verbose attempt 2: .*500/),
      expect.stringMatching(/^verbose .*500.*; waiting 1 s$/),
    ])
  })
})

describe('the deadline of submitReport', () => {
  const dripping: Responder = (response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const timer = setInterval(() => response.write(' '), 50)
    response.on('close', () => clearInterval(timer))
  }

  it.each([
    ['never responds', () => {}],
    ['sends its response byte by byte', dripping],
  ] satisfies [string, Responder][])('ends the wait for a server that %s', async (_, responder) => {
    const server = await startServer(responder)
    const began = performance.now()

    const sent = submitReport(submission(), { apiUrl: server.url }, realSystem(), { deadlineMs: 700 })

    await expect(sent).rejects.toMatchObject({ code: 'API_TIMEOUT', reason: 'deadline' })
    expect(performance.now() - began).toBeGreaterThan(600)
    expect(performance.now() - began).toBeLessThan(4_000)
  })
})
