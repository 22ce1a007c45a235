import { describe, expect, it } from 'vitest'
import { createKey } from '../../src/access/keys.js'
import { report, XML } from '../support/reports.js'
import { testServer } from '../support/server.js'
import { pagesOf } from './paths.js'

const HTML = { accept: 'text/html' }
const REMOTE = { 'x-forwarded-for': '203.0.113.9' }
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

describe('a browser on another machine', () => {
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

  it('is sent to where it signs in, and from there to what it asked for', async () => {
    const { server, key, id, signIn } = await remote()

    const asked = await server.get(`/runs/${id}?a=b`, { ...HTML, ...REMOTE })
    const next = new URL(asked.headers.get('location') ?? '', server.url).searchParams.get('next') ?? ''
    const signedIn = await signIn({ key: key('read'), next })
    const cookie = signedIn.headers.get('set-cookie') ?? ''

    expect([asked.status, next]).toEqual([303, `/runs/${id}?a=b`])
    expect([signedIn.status, signedIn.headers.get('location')]).toEqual([303, next])
    expect(cookie).toMatch(/^jux_key=jux_\S+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/)
    expect((await server.get(next, { ...HTML, ...REMOTE, cookie: cookie.split(';')[0] ?? '' })).status).toBe(200)
  })

  it('gets a cookie for https alone where it came by https', async () => {
    const { key, signIn, server } = await remote()

    const { headers } = await signIn({ key: key('read') }, { origin: `https://${new URL(server.url).host}` })

    expect(headers.get('set-cookie')).toMatch(/; Secure$/)
  })

  it.each([
    [
      'a wrong key',
      () => 'jux_0000000000000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
      'This is no key of this server.',
    ],
    ['nothing', () => '', 'This is no key of this server.'],
    [
      'a key that may not read',
      (key: (name: string) => string) => key('write'),
      'This key may submit, and may not read.',
    ],
  ])('is refused with %s', async (_name, choose, words) => {
    const { key, signIn } = await remote()

    const answer = await signIn({ key: choose(key) })

    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([403, null])
    expect(answer.text).toContain(words)
  })

  it('cannot be made to sign in by a page of another site', async () => {
    const { key, signIn } = await remote()

    const answer = await signIn(
      { key: key('read') },
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    )

    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([403, null])
  })

  it('cannot try keys at leisure', async () => {
    const { signIn } = await remote()

    const statuses: number[] = []
    for (let attempt = 0; attempt < 102; attempt++) statuses.push((await signIn({ key: 'guess' })).status)

    expect([statuses[99], statuses.at(-1)]).toEqual([403, 429])
  })

  it('sees nothing of a project that its key is not for, on no page', async () => {
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
