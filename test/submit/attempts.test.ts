import { describe, expect, it } from 'vitest'
import { submitReport } from '../../src/submit/submit.js'
import { realSystem } from '../../src/system.js'
import { type Answerer, created, json, startServer } from '../support/http-server.js'
import { HASH, submission, submitFailure } from '../support/submissions.js'
import { fixedSystem } from '../support/system.js'

describe('trying again', () => {
  it.each([408, 425, 429, 500, 502, 503, 504])('happens after %i, with 1, 2 and 4 seconds between', async (status) => {
    const server = await startServer(json(status, { error: 'busy' }))
    const system = fixedSystem()

    const error = await submitFailure({ apiUrl: server.url }, system)

    expect(server.received).toHaveLength(4)
    expect(system.slept).toEqual([1_000, 2_000, 4_000])
    expect(error.message).toMatch(/busy.*\(4 attempts\)/)
  })

  it.each([400, 401, 403, 404, 413, 415, 422, 501])('does not happen after %i', async (status) => {
    const server = await startServer(json(status, { error: 'no' }))

    await submitFailure({ apiUrl: server.url })

    expect(server.received).toHaveLength(1)
  })

  it('ends with the first success, and sends the same key each time', async () => {
    const server = await startServer(json(503, {}), json(500, {}), created)

    const receipt = await submitReport(submission(), { apiUrl: server.url }, fixedSystem())

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

    await submitReport(submission(), { apiUrl: server.url }, system)

    expect(system.slept).toEqual([7_000, 9_000])
  })

  it('chooses its own wait when the server asks for nonsense', async () => {
    const server = await startServer(json(429, {}, { 'retry-after': 'later' }), created)
    const system = fixedSystem()

    await submitReport(submission(), { apiUrl: server.url }, system)

    expect(system.slept).toEqual([1_000])
  })

  it('gives up at once when the wait would end after the deadline', async () => {
    const server = await startServer(json(429, { error: 'slow down' }, { 'retry-after': '3600' }), created)
    const system = fixedSystem()

    const sent = submitReport(submission(), { apiUrl: server.url }, system, { deadlineMs: 60_000 })

    await expect(sent).rejects.toMatchObject({ reason: 'http-429', message: expect.stringContaining('wait 3600 s') })
    expect(system.slept).toEqual([])
  })

  it('tells everybody about a rate limit, and the rest to those who asked', async () => {
    const server = await startServer(json(429, {}, { 'retry-after': '5' }), json(500, {}), created)
    const lines: string[] = []

    await submitReport(submission(), { apiUrl: server.url }, fixedSystem(), {
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

    const sent = submitReport(submission(), { apiUrl: server.url }, realSystem(), { deadlineMs: 700 })

    await expect(sent).rejects.toMatchObject({ code: 'API_TIMEOUT', reason: 'deadline' })
    expect(performance.now() - began).toBeGreaterThan(600)
    expect(performance.now() - began).toBeLessThan(4_000)
  })
})
