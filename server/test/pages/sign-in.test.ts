import { describe, expect, it } from 'vitest'
import { createKey } from '../../src/access/keys.js'
import { HTML, pagesOf } from '../support/pages.js'
import { report, XML } from '../support/reports.js'
import { testServer } from '../support/server.js'

const REMOTE = { 'x-forwarded-for': '203.0.113.9' }
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

// A server that a browser on another machine uses, with a run and four keys.
async function remote() {
  const keys = new Map<string, string>()
  const server = await testServer({ trustedProxies: ['127.0.0.1'] }, async (database) => {
    for (const [name, project, scope] of [
      ['read', undefined, 'read'],
      ['other', 'other', 'read'],
      ['submit', undefined, 'all'],
      ['write', undefined, 'submit'],
    ] as const) {
      keys.set(name, (await createKey(database, { name, project, scope }, Date.now())).text)
    }
  })
  const key = (name: string) => keys.get(name) ?? ''
  const authorized = { ...XML, ...REMOTE, authorization: `Bearer ${key('submit')}` }
  const id = (await server.post('/api/v1/junit/submit', report(), authorized)).at('test_run_id')
  const signIn = (form: Record<string, string>, headers = {}) =>
    server.post('/sign-in', new URLSearchParams(form).toString(), { ...REMOTE, ...FORM, ...headers })
  return { server, key, id, signIn }
}

describe('the sign-in page', () => {
  it('opens for a remote browser without a key, and leads back to the requested page after signing in', async () => {
    const { server, key, id, signIn } = await remote()

    const redirected = await server.get(`/runs/${id}?a=b`, { ...HTML, ...REMOTE })
    const next = new URL(redirected.headers.get('location') ?? '', server.url).searchParams.get('next') ?? ''
    const signedIn = await signIn({ key: key('read'), next })
    const cookie = signedIn.headers.get('set-cookie') ?? ''

    expect([redirected.status, next]).toEqual([303, `/runs/${id}?a=b`])
    expect([signedIn.status, signedIn.headers.get('location')]).toEqual([303, next])
    expect(cookie).toMatch(/^jux_key=jux_\S+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/)
    expect((await server.get(next, { ...HTML, ...REMOTE, cookie: cookie.split(';')[0] ?? '' })).status).toBe(200)
  })

  it('sets a Secure cookie when the browser uses https', async () => {
    const { key, signIn, server } = await remote()

    const { headers } = await signIn({ key: key('read') }, { origin: `https://${new URL(server.url).host}` })

    expect(headers.get('set-cookie')).toMatch(/; Secure$/)
  })

  it.each([
    [
      'a wrong key',
      () => 'jux_0000000000000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
      'This API key is not valid.',
    ],
    ['an empty key', () => '', 'This API key is not valid.'],
    [
      'a key of scope submit',
      (key: (name: string) => string) => key('write'),
      'This API key can submit, but not read.',
    ],
  ])('refuses %s and says why', async (_name, choose, message) => {
    const { key, signIn } = await remote()

    const response = await signIn({ key: choose(key) })

    expect([response.status, response.headers.get('set-cookie')]).toEqual([403, null])
    expect(response.text).toContain(message)
  })

  it('refuses a form that a page of another site sends', async () => {
    const { key, signIn } = await remote()

    const response = await signIn(
      { key: key('read') },
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    )

    expect([response.status, response.headers.get('set-cookie')]).toEqual([403, null])
  })

  it('answers 429 after 100 wrong keys within a minute', async () => {
    const { signIn } = await remote()

    const statuses: number[] = []
    for (let attempt = 0; attempt < 102; attempt++) statuses.push((await signIn({ key: 'guess' })).status)

    expect([statuses[99], statuses.at(-1)]).toEqual([403, 429])
  })

  it.each([
    [415, 'a body that is not a form', 'key=x', { 'content-type': 'text/plain' }],
    [413, 'a form that is too large', `key=${'x'.repeat(9_000)}`, FORM],
    [403, 'a form without a key', '', FORM],
  ])('answers %i to %s', async (status, _name, body, headers) => {
    const server = await testServer()

    expect((await server.post('/sign-in', body, headers)).status).toBe(status)
  })

  it('is shown again after signing out, which deletes the cookie', async () => {
    const server = await testServer()

    const { status, headers } = await server.post('/sign-out', '', FORM)

    expect([status, headers.get('location')]).toEqual([303, '/sign-in'])
    expect(headers.get('set-cookie')).toMatch(/=; Path=\/; Max-Age=0/)
  })
})

describe('all pages', () => {
  it('hide the projects that the API key is not for', async () => {
    const { server, key, id } = await remote()
    const headers = { ...HTML, ...REMOTE, authorization: `Bearer ${key('other')}` }

    for (const path of pagesOf(id)) expect((await server.get(path, headers)).status, path).toBe(404)
    for (const path of ['/', '/projects', '/?project=shop']) {
      const { text } = await server.get(path, headers)
      expect(text.includes(id), path).toBe(false)
      expect(text.includes('cart'), path).toBe(false)
    }
  })
})
