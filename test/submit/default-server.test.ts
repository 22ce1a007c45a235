import { describe, expect, it } from 'vitest'
import type { SettingSources } from '../../src/setting-source.js'
import { PROGRAM } from '../../src/submit/advice.js'
import { submitReport } from '../../src/submit/client.js'
import { connectionError, type RequestContext } from '../../src/submit/errors.js'
import { created, json, startServer } from '../support/http-server.js'
import { closedPort } from '../support/ports.js'
import { skipRetryDelays, submission, submitError } from '../support/submissions.js'
import { fixedSystem } from '../support/system.js'

/** The sources of a configuration that names no server. */
const UNNAMED: SettingSources = {
  apiUrl: { kind: 'default', name: 'apiUrl', place: 'default', trust: 'user' },
  apiKey: { kind: 'file', name: 'api_key', place: '/app/.jux.conf:3', trust: 'repository' },
}

describe('a server that no setting names', () => {
  it('gets the report, and neither the API key nor the bearer token', async () => {
    const server = await startServer(created)

    await submitReport(
      submission(),
      { apiUrl: server.url, apiKey: 'k-12345', bearerToken: 't-12345', sources: UNNAMED },
      fixedSystem(),
    )

    expect(server.received).toHaveLength(1)
    expect(JSON.stringify(server.received[0]?.headers)).not.toMatch(/k-12345|t-12345|authorization/)
  })

  it('is tried once when nobody listens, with how to start one', async () => {
    const url = `http://127.0.0.1:${await closedPort()}`
    const lines: string[] = []

    const sent = submitReport(submission(), { apiUrl: url, sources: UNNAMED }, fixedSystem(), {
      submitter: 'reporter',
      log: (line) => lines.push(line),
    })

    await expect(sent).rejects.toMatchObject({
      code: 'API_CONNECTION_ERROR',
      reason: 'connection-refused',
      message: `no server is configured, and none listens at ${url}`,
      suggestions: [
        `npx jux-server --port ${new URL(url).port}  # starts one on this machine`,
        'set JUX_API_URL to the address of your server',
      ],
    })
    expect(lines.filter((line) => line.startsWith('attempt '))).toHaveLength(1)
  })

  it.each([401, 403])('that answers %i does not get the credential until it is named', async (status) => {
    const server = await startServer(json(status, { error: 'no' }))

    const error = await submitError({ apiUrl: server.url, apiKey: 'k-12345', sources: UNNAMED })

    expect(error.message).toContain('api_key (/app/.jux.conf:3) is not sent to a server that no setting names')
    expect(error.suggestions[0]).toBe(`export JUX_API_URL=${server.url}`)
  })
})

describe('a server on this machine that does not run', () => {
  it.each(['127.0.0.1', 'localhost', '127.1.2.3'])('is tried once at %s, although a setting names it', async (host) => {
    const port = await closedPort()
    const lines: string[] = []
    const address = host === '127.1.2.3' ? ` --host ${host}` : ''

    const sent = submitReport(submission(), { apiUrl: `http://${host}:${port}` }, fixedSystem(), {
      submitter: 'reporter',
      log: (line) => lines.push(line),
    })

    await expect(sent).rejects.toMatchObject({
      code: 'API_CONNECTION_ERROR',
      reason: 'connection-refused',
      message: `no server listens at http://${host}:${port}: connection refused`,
      suggestions: [
        `npx jux-server${address} --port ${port}  # starts one on this machine`,
        'check the address in JUX_API_URL',
      ],
    })
    expect(lines.filter((line) => line.startsWith('attempt '))).toHaveLength(1)
  })

  it('is not started by jux-server below a path or with https', async () => {
    const port = await closedPort()
    for (const url of [`https://127.0.0.1:${port}`, `http://127.0.0.1:${port}/jux`]) {
      const { suggestions } = await submitError({ apiUrl: url })

      expect(suggestions[0]).toBe(`check that the server is running: curl ${new URL(url).origin}`)
    }
  })

  it('is tried again when it accepted the connection and lost it', async () => {
    const delays = skipRetryDelays()
    const server = await startServer((_response, _received, request) => request.socket.destroy())

    await submitError({ apiUrl: server.url })

    expect(delays).toEqual([1_000, 2_000, 4_000])
  })
})

describe('connectionError', () => {
  const context: RequestContext = {
    url: new URL('http://localhost:4001/api/v1/junit/submit'),
    subject: 'report',
    advisee: PROGRAM,
    isDefaultServer: false,
    proxyVariable: undefined,
    proxyExemption: '',
    timeoutMs: 1_000,
    isLimitedByDeadline: false,
    requestLimitMs: 1_000,
    deadlineMs: 1_000,
    protocol: 'json',
    gzip: false,
    hasAuthority: false,
    secrets: [],
    credential: undefined,
    isSigned: () => false,
  }
  const failed = (...codes: string[]) =>
    new AggregateError(codes.map((code) => Object.assign(new Error(code), { code })))

  it.each([
    ['both addresses refused', ['ECONNREFUSED', 'ECONNREFUSED'], {}, false],
    ['one refused and the machine has no IPv6', ['EADDRNOTAVAIL', 'ECONNREFUSED'], {}, false],
    ['one refused and one timed out', ['ECONNREFUSED', 'ETIMEDOUT'], {}, true],
    ['the connection was reset', ['ECONNRESET'], {}, true],
    ['the connection timed out', ['ETIMEDOUT'], {}, true],
    ['a proxy refused', ['ECONNREFUSED'], { proxyVariable: 'HTTP_PROXY' }, true],
    ['another machine refused', ['ECONNREFUSED'], { url: new URL('http://192.0.2.1:4000/api') }, true],
  ])('when %s (%j) says whether a retry can help', (_, codes, parts, retryable) => {
    expect(connectionError(failed(...codes), { ...context, ...parts }).retryable).toBe(retryable)
  })
})

describe('the wait that a server asks for', () => {
  it.each([429, 503])('of 60 s with status %i fits into 90 s', async (status) => {
    const server = await startServer(json(status, {}, { 'retry-after': '60' }), created)
    const system = fixedSystem()

    const receipt = await submitReport(submission(), { apiUrl: server.url }, system, { deadlineMs: 90_000 })

    expect({ attempts: receipt.attempts, slept: system.slept }).toEqual({ attempts: 2, slept: [60_000] })
  })

  it('that is longer than the deadline ends the submission at once, with the time that would be enough', async () => {
    const server = await startServer(json(429, {}, { 'retry-after': '60' }), created)
    const options = { deadlineMs: 20_000, spentMs: 10_000, submitter: 'reporter' } as const

    const sent = submitReport(submission(), { apiUrl: server.url }, fixedSystem(), options)

    await expect(sent).rejects.toMatchObject({
      message: expect.stringMatching(/would not fit into JUX_DEADLINE \(30 s\)$/),
      suggestions: expect.arrayContaining(['export JUX_DEADLINE=80  # enough for that wait']),
    })
  })

  it('that is longer than ten minutes is not cured by a deadline', async () => {
    const server = await startServer(json(429, {}, { 'retry-after': '601' }), created)

    const error = await submitError({ apiUrl: server.url })

    expect(error.message).toContain('waits of more than 600 s are left to you')
    expect(error.suggestions[0]).toBe('submit the report again in 11 min')
  })
})

describe('the limits that advice stays below', () => {
  it('are those of the table of settings', async () => {
    const { SETTINGS } = await import('../../src/config/table.js')
    const { MAX_DEADLINE_S, MAX_TIMEOUT_S } = await import('../../src/submit/advice.js')
    const accepts = (name: 'apiTimeout' | 'deadline', value: number) => SETTINGS[name].kind.plain(value) !== undefined

    expect([accepts('apiTimeout', MAX_TIMEOUT_S), accepts('apiTimeout', MAX_TIMEOUT_S + 1)]).toEqual([true, false])
    expect([accepts('deadline', MAX_DEADLINE_S), accepts('deadline', MAX_DEADLINE_S + 1)]).toEqual([true, false])
  })
})
