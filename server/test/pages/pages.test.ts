import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HTML, htmlOf, pagesOf, submit } from '../support/pages.js'
import { testServer } from '../support/server.js'

describe('all pages', () => {
  it('forbid every script but their own, and everything from other hosts, by their security headers', async () => {
    const server = await testServer()
    const id = await submit(server)
    const [, script = ''] = /<script>([^<]*)<\/script>/.exec(await htmlOf(server, '/')) ?? []
    const ownScript = `'sha256-${createHash('sha256').update(script).digest('base64')}'`

    for (const path of ['/', '/projects', '/sign-in', '/runs/none', ...pagesOf(id)]) {
      const { headers } = await server.get(path, HTML)
      expect(Object.fromEntries(headers), path).toMatchObject({
        'content-security-policy': `default-src 'none'; script-src ${ownScript}; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
        'content-type': 'text/html; charset=utf-8',
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      })
    }
  })

  it('load a stylesheet and an icon that browsers may cache', async () => {
    const server = await testServer()
    const page = await htmlOf(server, '/')
    const assets = ['stylesheet', 'icon'].map((rel) => new RegExp(`<link rel="${rel}" href="([^"]*)"`).exec(page)?.[1])

    const responses = await Promise.all(assets.map((path = '/nowhere') => server.get(path)))

    expect(responses.map(({ status, headers }) => [status, headers.get('content-type')])).toEqual([
      [200, 'text/css; charset=utf-8'],
      [200, 'image/svg+xml'],
    ])
    expect(responses[0]?.headers.get('cache-control')).toMatch(/max-age=\d+/)
  })

  it.each([
    ['/?page=0', 400, 'Page: '],
    ['/?status=maybe', 400, 'Status: '],
    ['/?date_from=yesterday', 400, 'Date_from: '],
    ['/runs/none', 404, 'There is no run none'],
    ['/runs/none/tests', 404, 'There is no run none'],
    ['/tests/none', 404, 'There is no test none'],
    ['/projects/none', 404, 'There is no project none'],
    ['/nowhere', 404, 'Page not found'],
  ])('show an error page for %s with status %i', async (path, status, heading) => {
    const server = await testServer()

    const response = await server.get(path, HTML)

    expect([response.status, response.text.includes(`<h1>${heading}`)]).toEqual([status, true])
  })

  it('keep the same elements whatever the texts of a report contain', async () => {
    const server = await testServer()
    const shape = async (id: string) => {
      const texts = await Promise.all([`/runs/${id}`, `/runs/${id}/tests`].map((path) => server.get(path, HTML)))
      return texts.map(({ text }) => text.match(/<[a-z!/][^\s>]*/gi)?.join(' '))
    }
    const parts = (text: string, project: string, inside: string) => ({
      project,
      properties: { fact: text, 'git:branch': `b${text}` },
      cases: `<testcase name="n${text}" classname="c${text}" file="f${text}">${inside}</testcase>`,
      name: `s${text}`,
    })
    // The second run of a project shows what changed since the first.
    const submitTwo = async (text: string, project: string) => {
      await submit(server, parts(text, project, ''))
      const failure = `<failure message="m${text}" type="t${text}">d${text}</failure>`
      return submit(server, parts(text, project, failure))
    }
    let projects = 0
    const plain = await shape(await submitTwo('x', `p${projects++}`))

    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('"', "'", '&lt;', '>', '&amp;', '/', 'script', '=', '-->', '`', ' ')),
        async (pieces) => {
          const text = `x${pieces.join('').replaceAll('"', '&quot;')}`
          expect(await shape(await submitTwo(text, `p${projects++}`))).toEqual(plain)
        },
      ),
      { numRuns: 25 },
    )
  })
})

describe('the start page', () => {
  it('shows the first steps when there are no runs', async () => {
    const server = await testServer()

    const { text } = await server.get('/', HTML)

    expect(text).toContain('jux-reporter/vitest')
    expect(text).toContain('jux-reporter/jest')
    expect(text).toContain(`apiUrl: &#39;${server.url}&#39;`)
    expect(text).toContain('// jest.config.cjs\nmodule.exports = {')
    expect(text).toContain(`npx jux-reporter report report.xml --submit \\\n  --api-url ${server.url}`)
  })

  it('names the public address of the server in the first steps', async () => {
    const server = await testServer({ publicUrl: 'https://jux.example.com/' })

    expect(await htmlOf(server, '/')).toContain('apiUrl: &#39;https://jux.example.com&#39;')
  })

  it('filters runs by the state of their signature', async () => {
    const server = await testServer()
    await submit(server)

    expect((await server.get('/?signature=unsigned', HTML)).text).toContain('1–1 of 1')
    expect((await server.get('/?signature=trusted', HTML)).text).toContain('No runs match')
  })

  it('shows an interrupted run as interrupted and not as passed', async () => {
    const server = await testServer()
    await submit(server, { cases: '<testcase name="a"/>', properties: { 'jux:outcome': 'interrupted' } })

    expect((await server.get('/', HTML)).text).toMatch(/class="mark interrupted"/)
  })
})

describe('the page of a run', () => {
  it('shows failures first, with their message and stack trace', async () => {
    const server = await testServer()
    const id = await submit(server)

    const { text } = await server.get(`/runs/${id}`, HTML)

    expect(text.indexOf('expected 1')).toBeGreaterThan(0)
    expect(text.indexOf('expected 1')).toBeLessThan(text.indexOf('id="tests"'))
    expect(text).toContain('at cart.ts:3')
    expect(text).toContain('no bank')
    expect(text).not.toContain('adds')
  })
})

describe('the page of the test cases of a run', () => {
  it.each([
    ['failed', ['removes']],
    ['error', ['pays']],
    ['skipped', ['ships']],
    ['passed', ['adds']],
    ['flaky', []],
    ['all', ['adds', 'removes', 'ships', 'pays']],
  ])('lists the tests with status %s', async (status, names) => {
    const server = await testServer()
    const id = await submit(server)

    const { text } = await server.get(`/runs/${id}/tests?status=${status}`, HTML)

    expect([...text.matchAll(/<th scope="row"[^>]*><a[^>]*><bdi>(.*?)<\/bdi>/g)].map((match) => match[1])).toEqual(
      names,
    )
  })

  it('finds tests by a part of their name, in which % and _ have no special meaning', async () => {
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
})
