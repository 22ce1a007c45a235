import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { report, XML } from '../support/reports.js'
import { type TestServer, testServer } from '../support/server.js'
import { pagesOf } from './paths.js'

const HTML = { accept: 'text/html' }

async function submit(server: TestServer, ...args: Parameters<typeof report>): Promise<string> {
  return (await server.post('/api/v1/junit/submit', report(...args), XML)).at('test_run_id')
}

describe('a page', () => {
  it('carries a policy under which nothing runs and nothing is loaded from elsewhere', async () => {
    const server = await testServer()
    const id = await submit(server)

    for (const path of ['/', '/projects', '/sign-in', '/runs/none', ...pagesOf(id)]) {
      const { headers } = await server.get(path, HTML)
      expect(headers.get('content-security-policy'), path).toBe(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      )
      expect(headers.get('content-type'), path).toBe('text/html; charset=utf-8')
      expect(headers.get('x-content-type-options'), path).toBe('nosniff')
      expect(headers.get('cache-control'), path).toBe('no-store')
    }
  })

  it('tells a new user what to type', async () => {
    const server = await testServer()

    const { text } = await server.get('/', HTML)

    expect(text).toContain('jux-reporter/vitest')
    expect(text).toContain('jux-reporter/jest')
    expect(text).toContain(`apiUrl: &#39;${server.url}&#39;`)
  })

  it('lists failures first in a run, with their message and text', async () => {
    const server = await testServer()
    const id = await submit(server)

    const { text } = await server.get(`/runs/${id}`, HTML)

    expect(text.indexOf('expected 1')).toBeGreaterThan(0)
    expect(text.indexOf('expected 1')).toBeLessThan(text.indexOf('id="tests"'))
    expect(text).toContain('at cart.ts:3')
    expect(text).toContain('no bank')
    expect(text).not.toContain('adds')
  })

  it.each([
    ['failed', ['removes']],
    ['error', ['pays']],
    ['skipped', ['ships']],
    ['passed', ['adds']],
    ['flaky', []],
    ['all', ['adds', 'removes', 'ships', 'pays']],
  ])('lists the tests that are %s', async (status, names) => {
    const server = await testServer()
    const id = await submit(server)

    const { text } = await server.get(`/runs/${id}/tests?status=${status}`, HTML)

    expect([...text.matchAll(/<th scope="row"[^>]*><a[^>]*><bdi>(.*?)<\/bdi>/g)].map((match) => match[1])).toEqual(
      names,
    )
  })

  it('finds tests by a part of their name, where % and _ are themselves', async () => {
    const server = await testServer()
    const cases = ['100% sure', '100 percent', 'a_b', 'aXb', 'back\\slash'].map((name) => `<testcase name="${name}"/>`)
    const id = await submit(server, { cases: cases.join('') })
    const found = async (q: string) => {
      const { text } = await server.get(`/runs/${id}/tests?q=${encodeURIComponent(q)}`, HTML)
      return [...text.matchAll(/<th scope="row"[^>]*><a[^>]*><bdi>(.*?)<\/bdi>/g)].map((match) => match[1])
    }

    expect(await found('0%')).toEqual(['100% sure'])
    expect(await found('A_B')).toEqual(['a_b'])
    expect(await found('\\')).toEqual(['back\\slash'])
    expect(await found("' or 1=1 --")).toEqual([])
  })

  it('filters runs by the state of their signature', async () => {
    const server = await testServer()
    await submit(server)

    expect((await server.get('/?signature=unsigned', HTML)).text).toContain('1–1 of 1')
    expect((await server.get('/?signature=trusted', HTML)).text).toContain('No run matches')
  })

  it('does not call an interrupted run passed', async () => {
    const server = await testServer()
    await submit(server, { cases: '<testcase name="a"/>', properties: { 'jux:outcome': 'interrupted' } })

    expect((await server.get('/', HTML)).text).toMatch(/class="mark interrupted"/)
  })

  it.each([
    ['/?page=0', 400, 'Page: '],
    ['/?status=maybe', 400, 'Status: '],
    ['/?date_from=yesterday', 400, 'Date_from: '],
    ['/runs/none', 404, 'There is no run none'],
    ['/runs/none/tests', 404, 'There is no run none'],
    ['/tests/none', 404, 'There is no test none'],
    ['/projects/none', 404, 'There is no project none'],
    ['/nowhere', 404, 'There is nothing here'],
  ])('says what is wrong with %s', async (path, status, words) => {
    const server = await testServer()

    const answer = await server.get(path, HTML)

    expect([answer.status, answer.text.includes(`<h1>${words}`)]).toEqual([status, true])
  })

  it('keeps every text in its place: no name adds or takes away an element', async () => {
    const server = await testServer()
    const shape = async (id: string) => {
      const texts = await Promise.all([`/runs/${id}`, `/runs/${id}/tests`].map((path) => server.get(path, HTML)))
      return texts.map(({ text }) => text.match(/<[a-z!/][^\s>]*/gi)?.join(' '))
    }
    const parts = (text: string) => ({
      properties: { fact: text, 'git:branch': `b${text}` },
      cases: `<testcase name="n${text}" classname="c${text}" file="f${text}"><failure message="m${text}" type="t${text}">d${text}</failure></testcase>`,
      name: `s${text}`,
    })
    const plain = await shape(await submit(server, parts('x')))

    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('"', "'", '&lt;', '>', '&amp;', '/', 'script', '=', '-->', '`', ' ')),
        async (pieces) => {
          expect(await shape(await submit(server, parts(`x${pieces.join('').replaceAll('"', '&quot;')}`)))).toEqual(
            plain,
          )
        },
      ),
      { numRuns: 25 },
    )
  })
})
