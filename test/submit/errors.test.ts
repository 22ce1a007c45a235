import { describe, expect, it } from 'vitest'
import { submitReport } from '../../src/submit/client.js'
import { created, json, startServer, text } from '../support/http-server.js'
import { submission, submitError } from '../support/submissions.js'
import { fixedSystem } from '../support/system.js'

describe('the error of submitReport', () => {
  const body = { error: 'the server says so', details: { line: 3 }, suggestions: ['the server suggests'] }

  it.each([
    [400, 'API_SERVER_ERROR', /rejected the report/, /XML escaping/],
    [401, 'API_AUTHENTICATION_ERROR', /requires an API key/, /set JUX_API_KEY/],
    [403, 'API_AUTHENTICATION_ERROR', /requires an API key/, /set JUX_API_KEY/],
    [404, 'API_SERVER_ERROR', /there is no Jux server at/, /JUX_API_URL/],
    [413, 'API_SERVER_ERROR', /too large/, /setting limits/],
    [415, 'API_SERVER_ERROR', /does not support this form/, /JUX_PROTOCOL=xml/],
    [422, 'API_SERVER_ERROR', /rejected the report/, /XML escaping/],
    [429, 'API_SERVER_ERROR', /limits the rate/, /rate limit/],
    [500, 'API_SERVER_ERROR', /reported a server error/, /log of the server/],
    [503, 'API_SERVER_ERROR', /reported a server error/, /^export JUX_API_MAX_RETRIES=3$/m],
  ])('for status %i has its own message and cure, with the error of the server', async (status, code, what, cure) => {
    const server = await startServer(json(status, body))

    const error = await submitError({ apiUrl: server.url, apiMaxRetries: 0 })

    expect(error).toMatchObject({ code, reason: `http-${status}`, message: expect.stringMatching(what) })
    expect(error.message).toContain('the server says so')
    expect(error.message).toContain('{"line":3}')
    expect(error.suggestions[0]).toBe('the server suggests')
    expect(error.suggestions.join('\n')).toMatch(cure)
  })

  it('for status 401 says that a key was not accepted when one was sent', async () => {
    const server = await startServer(json(401, { error: 'no' }))

    const error = await submitError({ apiUrl: server.url, apiKey: 'k-1' })

    expect(error.message).toMatch(/does not accept the API key in JUX_API_KEY \(401\)/)
  })

  it('contains no credential, even when the server repeats it', async () => {
    const server = await startServer(json(401, { error: 'bad key s3cr3t-k3y', suggestions: ['not s3cr3t-k3y'] }))

    const error = await submitError({ apiUrl: server.url, apiKey: 's3cr3t-k3y' })

    expect(`${error.message} ${error.suggestions.join(' ')} ${error.stack}`).not.toContain('s3cr3t-k3y')
  })

  it('for a refused connection names the address and the port', async () => {
    const server = await startServer()
    const error = await submitError({ apiUrl: 'http://127.0.0.1:9', apiMaxRetries: 0 })

    expect(server.received).toEqual([])
    expect(error).toMatchObject({ code: 'API_CONNECTION_ERROR', reason: 'connection-refused' })
    expect([error.message, ...error.suggestions].join('\n')).toMatch(/127\.0\.0\.1:9[\s\S]*--port 9 [\s\S]*JUX_API_URL/)
  })

  it('for an unknown host name has the reason name-not-found', async () => {
    const error = await submitError({ apiUrl: 'https://jux.invalid', apiMaxRetries: 0 })

    expect(error).toMatchObject({ code: 'API_CONNECTION_ERROR', reason: 'name-not-found' })
  })

  it('for a server that does not use HTTP has the reason not-http, without a retry', async () => {
    const server = await startServer((_response, _received, request) => request.socket.end('SSH-2.0-OpenSSH\r\n'))

    expect(await submitError({ apiUrl: server.url })).toMatchObject({
      code: 'API_INVALID_RESPONSE',
      reason: 'not-http',
    })
    expect(server.received).toHaveLength(1)
  })

  it('for a slow server names the time and the variable to raise it', async () => {
    const server = await startServer(() => {})

    const error = await submitError({ apiUrl: server.url, apiTimeout: 0.2, apiMaxRetries: 0 }, fixedSystem())

    expect(error).toMatchObject({ code: 'API_TIMEOUT', reason: 'timeout', message: expect.stringContaining('0.2 s') })
    expect(error.suggestions[0]).toMatch(/JUX_API_TIMEOUT/)
  })
})

describe('redirects of submitReport', () => {
  it.each([307, 308])('with status %i are followed within the same origin, with the whole body', async (status) => {
    const server = await startServer(text(status, '', { location: '/elsewhere?x=1' }), created)

    const receipt = await submitReport(submission(), { apiUrl: server.url, apiKey: 'k' }, fixedSystem())

    expect(receipt.status).toBe('created')
    expect(server.received[1]).toMatchObject({ method: 'POST', path: '/elsewhere?x=1' })
    expect(server.received[1]?.body.equals(server.received[0]?.body ?? Buffer.alloc(0))).toBe(true)
  })

  it.each([301, 302, 303])('with status %i are not followed, even within the same origin', async (status) => {
    const server = await startServer(text(status, '', { location: '/elsewhere' }), created)

    expect(await submitError({ apiUrl: server.url })).toMatchObject({
      code: 'API_INVALID_RESPONSE',
      reason: 'redirect',
    })
    expect(server.received).toHaveLength(1)
  })

  it.each([301, 302, 303, 307, 308])(
    'with status %i to another port are not followed, so no credential gets there',
    async (status) => {
      const other = await startServer(created)
      const server = await startServer(text(status, '', { location: `${other.url}/steal` }))

      const error = await submitError({ apiUrl: server.url, apiKey: 'k' })

      expect(error).toMatchObject({ reason: 'redirect', message: expect.stringContaining(other.url) })
      expect([...other.received, ...other.probes]).toEqual([])
    },
  )

  it('in a loop end after a few requests', async () => {
    const server = await startServer(text(307, '', { location: '/again' }))

    expect(await submitError({ apiUrl: server.url })).toMatchObject({
      reason: 'redirect',
      message: `127.0.0.1:${server.port} redirected in a loop (307)`,
    })
    expect(server.received.length).toBeLessThan(10)
  })
})
