import { describe, expect, it } from 'vitest'
import { testServer } from '../support/server.js'

describe('the form for signing in', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' }

  it.each([
    [415, 'key=x', { 'content-type': 'text/plain' }],
    [413, `key=${'x'.repeat(9_000)}`, form],
    [403, '', form],
  ])('answers %i to what is none', async (status, body, headers) => {
    const server = await testServer()

    expect((await server.post('/sign-in', body, headers)).status).toBe(status)
  })

  it('is shown again after signing out, and the cookie is gone', async () => {
    const server = await testServer()

    const { status, headers } = await server.post('/sign-out', '', form)

    expect([status, headers.get('location')]).toEqual([303, '/sign-in'])
    expect(headers.get('set-cookie')).toMatch(/=; Path=\/; Max-Age=0/)
  })
})
