import { describe, expect, it } from 'vitest'
import { submitReport } from '../../src/submit/submit.js'
import { created, startServer, text } from '../support/http-server.js'
import { submission, submitFailure } from '../support/submissions.js'
import { fixedSystem } from '../support/system.js'

describe('redirects', () => {
  it.each([307, 308])('of status %i are followed within the same origin, with the whole body', async (status) => {
    const server = await startServer(text(status, '', { location: '/elsewhere?x=1' }), created)

    const receipt = await submitReport(submission(), { apiUrl: server.url, apiKey: 'k' }, fixedSystem())

    expect(receipt.status).toBe('created')
    expect(server.received[1]).toMatchObject({ method: 'POST', path: '/elsewhere?x=1' })
    expect(server.received[1]?.body.equals(server.received[0]?.body ?? Buffer.alloc(0))).toBe(true)
  })

  it.each([301, 302, 303])('of status %i are refused, even within the same origin', async (status) => {
    const server = await startServer(text(status, '', { location: '/elsewhere' }), created)

    expect(await submitFailure({ apiUrl: server.url })).toMatchObject({
      code: 'API_INVALID_RESPONSE',
      reason: 'redirect',
    })
    expect(server.received).toHaveLength(1)
  })

  it.each([301, 302, 303, 307, 308])(
    'of status %i to another port get nothing, least of all a credential',
    async (status) => {
      const other = await startServer(created)
      const server = await startServer(text(status, '', { location: `${other.url}/steal` }))

      const error = await submitFailure({ apiUrl: server.url, apiKey: 'k' })

      expect(error).toMatchObject({ reason: 'redirect', message: expect.stringContaining(other.url) })
      expect([...other.received, ...other.probes]).toEqual([])
    },
  )

  it('that go round in a circle come to an end', async () => {
    const server = await startServer(text(307, '', { location: '/again' }))

    expect(await submitFailure({ apiUrl: server.url })).toMatchObject({ reason: 'redirect' })
    expect(server.received.length).toBeLessThan(10)
  })
})

describe('credentials', () => {
  it('are not sent over plain http to another machine', async () => {
    const error = await submitFailure({ apiUrl: 'http://jux.example.com', apiKey: 'k' })

    expect(error).toMatchObject({ code: 'CONFIG_INVALID_VALUE', reason: 'insecure-http' })
    expect(error.suggestions.join('\n')).toMatch(/https:\/\/jux\.example\.com[\s\S]*JUX_ALLOW_INSECURE_HTTP/)
  })

  it('are, when that is allowed', async () => {
    const error = await submitFailure({
      apiUrl: 'http://jux.invalid',
      apiKey: 'k',
      allowInsecureHttp: true,
      apiMaxRetries: 0,
    })

    expect(error).toMatchObject({ reason: 'name-not-found' })
  })

  it('with a line break in them are refused without being shown', async () => {
    const error = await submitFailure({ apiUrl: 'http://127.0.0.1:9', apiKey: 'abc\r\nX: y' })

    expect(error).toMatchObject({ code: 'CONFIG_INVALID_VALUE', reason: 'credential-characters' })
    expect(error.message).not.toContain('abc')
  })
})
