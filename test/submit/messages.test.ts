import { describe, expect, it } from 'vitest'
import { json, startServer } from '../support/http-server.js'
import { submitFailure } from '../support/submissions.js'
import { fixedSystem } from '../support/system.js'

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

    const error = await submitFailure({ apiUrl: server.url })

    expect(error).toMatchObject({ code, reason: `http-${status}`, message: expect.stringMatching(what) })
    expect(error.message).toContain('the server says so')
    expect(error.message).toContain('{"line":3}')
    expect(error.suggestions[0]).toBe('the server suggests')
    expect(error.suggestions.join('\n')).toMatch(cure)
  })

  it('tells a key that is not accepted from one that is missing', async () => {
    const server = await startServer(json(401, { error: 'no' }))

    const error = await submitFailure({ apiUrl: server.url, apiKey: 'k-1' })

    expect(error.message).toMatch(/does not accept the API key/)
  })

  it('never shows a credential, even one that the server repeats', async () => {
    const server = await startServer(json(401, { error: 'bad key s3cr3t-k3y', suggestions: ['not s3cr3t-k3y'] }))

    const error = await submitFailure({ apiUrl: server.url, apiKey: 's3cr3t-k3y' })

    expect(`${error.message} ${error.suggestions.join(' ')} ${error.stack}`).not.toContain('s3cr3t-k3y')
  })

  it('about a refused connection names the address and the port', async () => {
    const server = await startServer()
    const error = await submitFailure({ apiUrl: 'http://127.0.0.1:9', apiMaxRetries: 0 })

    expect(server.received).toEqual([])
    expect(error).toMatchObject({ code: 'API_CONNECTION_ERROR', reason: 'connection-refused' })
    expect(error.suggestions.join('\n')).toMatch(
      /curl http:\/\/127\.0\.0\.1:9[\s\S]*JUX_API_URL[\s\S]*firewall[\s\S]*port 9/,
    )
  })

  it('about an unknown host name says so', async () => {
    const error = await submitFailure({ apiUrl: 'https://jux.invalid', apiMaxRetries: 0 })

    expect(error).toMatchObject({ code: 'API_CONNECTION_ERROR', reason: 'name-not-found' })
  })

  it('about a connection that breaks off says so', async () => {
    const server = await startServer((_response, _received, request) => request.socket.destroy())

    const error = await submitFailure({ apiUrl: server.url })

    expect(error).toMatchObject({ code: 'API_CONNECTION_ERROR', reason: 'connection-lost' })
    expect(server.received).toHaveLength(4)
  })

  it('about a server that does not speak HTTP says so', async () => {
    const server = await startServer((_response, _received, request) => request.socket.end('SSH-2.0-OpenSSH\r\n'))

    expect(await submitFailure({ apiUrl: server.url })).toMatchObject({
      code: 'API_INVALID_RESPONSE',
      reason: 'not-http',
    })
    expect(server.received).toHaveLength(1)
  })

  it('about a slow server names the time and the variable', async () => {
    const server = await startServer(() => {})

    const error = await submitFailure({ apiUrl: server.url, apiTimeout: 0.2, apiMaxRetries: 0 }, fixedSystem())

    expect(error).toMatchObject({ code: 'API_TIMEOUT', reason: 'timeout', message: expect.stringContaining('0.2 s') })
    expect(error.suggestions[0]).toMatch(/JUX_API_TIMEOUT/)
  })
})
