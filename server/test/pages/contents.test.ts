import { describe, expect, it } from 'vitest'
import { JSON_HEADERS, report, XML } from '../support/reports.js'
import { type TestServer, testServer } from '../support/server.js'
import { newKey } from '../support/signing.js'

const HTML = { accept: 'text/html' }
const SUBMIT = '/api/v1/junit/submit'

async function submit(server: TestServer, ...args: Parameters<typeof report>): Promise<string> {
  return (await server.post(SUBMIT, report(...args), XML)).at('test_run_id')
}

/** A page without its tags, white space folded. */
async function textOf(server: TestServer, path: string): Promise<string> {
  const { status, text } = await server.get(path, HTML)
  expect(status, path).toBe(200)
  return text
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replace(/\s+/g, ' ')
}

async function htmlOf(server: TestServer, path: string): Promise<string> {
  return (await server.get(path, HTML)).text
}

const FLAKY = '<testcase classname="cart" name="adds" time="0.5"><flakyFailure message="once"/></testcase>'
const PASSED = '<testcase classname="cart" name="adds" time="0.25"/>'
const FAILED = '<testcase classname="cart" name="adds" time="0.75"><failure message="no">at x</failure></testcase>'
const SKIPPED = '<testcase classname="cart" name="adds"><skipped/></testcase>'

describe('the page of a run', () => {
  const FACTS = {
    'git:branch': 'feature/x',
    'git:commit': '0123456789abcdef0123456789abcdef01234567',
    'jux:environment': 'staging',
    'jux:tags': 'nightly,web',
    'ci:provider': 'GitHub Actions',
    'ci:build_url': 'https://ci.example.com/7',
  }

  it('says where the run came from, with links to more of the same', async () => {
    const server = await testServer()
    const id = await submit(server, { properties: FACTS })

    expect(await textOf(server, `/runs/${id}`)).toMatch(
      /Branch feature\/x Commit 0123456\w* Environment staging CI GitHub Actions Arrived .* nightly web/,
    )
    const html = await htmlOf(server, `/runs/${id}`)
    expect(html).toContain('href="https://ci.example.com/7" rel="noopener noreferrer nofollow"')
    expect(html).toContain('href="/?tags=nightly"')
  })

  it('makes no link of an address that is none of the web', async () => {
    const server = await testServer()
    const id = await submit(server, { properties: { 'ci:build_url': 'javascript:alert(1)' } })

    expect(await htmlOf(server, `/runs/${id}`)).not.toContain('href="javascript')
    expect(await textOf(server, `/runs/${id}`)).toContain('CI javascript:alert(1)')
  })

  it('shows what the submission said against the signed report', async () => {
    const server = await testServer()
    const xml = await newKey().sign(report({ properties: { 'git:branch': 'main' } }))
    const body = JSON.stringify({ xml_content: xml, metadata: { project: 'shop', branch: 'release' } })
    const id = (await server.post(SUBMIT, body, JSON_HEADERS)).at('test_run_id')

    const text = await textOf(server, `/runs/${id}`)

    expect(text).toContain('The submission said something else than the signed report')
    expect(text).toMatch(/branch signed: main , submission: release/)
    expect(text).toContain('Its key is not among the trusted ones.')
    expect(text).toMatch(/npx jux-reporter verify [0-9a-f]{64}\.xml --public-key key\.pub\.pem/)
  })

  it.each([
    ['no-tests', '', 'No test ran.', 'No tests'],
    ['interrupted', PASSED, 'The run was interrupted before it was over', 'Interrupted'],
    ['error', PASSED, 'something outside the tests did', 'Error'],
    ['passed', PASSED, 'No test failed in this run.', 'Passed'],
  ])('says of a run that came to %s what that means', async (outcome, cases, sentence, mark) => {
    const server = await testServer()
    const id = await submit(server, { cases, properties: { 'jux:outcome': outcome } })

    const text = await textOf(server, `/runs/${id}`)

    expect(text).toContain(sentence)
    expect(text).toContain(` ${mark} `)
    if (cases === '') expect(text).toContain('Pass rate –')
  })

  it('shows the first of many failures, closed, and how many more there are', async () => {
    const server = await testServer()
    const failing = (index: number) => `<testcase name="t${index}"><failure message="m">d</failure></testcase>`
    const id = await submit(server, { cases: Array.from({ length: 25 }, (_, index) => failing(index)).join('') })
    const few = await submit(server, { cases: failing(0) })

    expect(await textOf(server, `/runs/${id}`)).toContain('5 more failures')
    expect(await htmlOf(server, `/runs/${id}`)).not.toContain('<details open')
    expect(await htmlOf(server, `/runs/${few}`)).toContain('<details open')
  })

  it('leads to the errors when nothing but errors are left over', async () => {
    const server = await testServer()
    const cases = Array.from({ length: 21 }, (_, index) => `<testcase name="t${index}"><error message="m"/></testcase>`)
    const id = await submit(server, { cases: cases.join('') })

    expect(await htmlOf(server, `/runs/${id}`)).toMatch(/tests\?status=error">1 more failure</)
    expect((await server.get('/api/v1/test_runs')).at('test_runs', 0, 'status')).toBe('error')
  })

  it('counts the flaky tests, which have passed', async () => {
    const server = await testServer()
    const id = await submit(server, { cases: FLAKY })

    expect(await textOf(server, `/runs/${id}`)).toMatch(/Flaky 1 .*Pass rate 100/)
    expect(await textOf(server, `/runs/${id}/tests?status=flaky`)).toContain('1–1 of 1')
    expect(await textOf(server, '/')).toContain('1 flaky')
  })

  it('shows the first fifty suites, and the others on a page of theirs', async () => {
    const server = await testServer()
    const suites = Array.from({ length: 201 }, (_, index) => `<testsuite name="s${index}">${PASSED}</testsuite>`)
    const xml = `<testsuites>${suites.join('').replace('<testcase', '<properties><property name="project" value="shop"/></properties><testcase')}</testsuites>`
    const id = (await server.post(SUBMIT, xml, XML)).at('test_run_id')

    expect(await textOf(server, `/runs/${id}`)).toContain('All 201 suites')
    expect(await textOf(server, `/runs/${id}/suites`)).toMatch(/1–200 of 201 .*Next/)
    expect(await textOf(server, `/runs/${id}/suites?page=2`)).toMatch(/201–201 of 201 .*Previous/)
    expect(await textOf(server, `/runs/${id}/suites?page=9`)).toContain('201–201 of 201')
  })

  it('gives a name to what has none', async () => {
    const server = await testServer()
    const id = await submit(server, { name: '', cases: '<testcase name=""><failure/></testcase>' })

    expect((await textOf(server, `/runs/${id}`)).match(/\(no name\)/g)).toHaveLength(2)
    expect(await htmlOf(server, `/runs/${id}/tests/0`)).toMatch(/<title>A test/)
    expect(await textOf(server, `/runs/${id}/tests`)).toContain('(no name)')
  })

  it('shows a long message, trace and output in part, and in full on the page of the test', async () => {
    const server = await testServer()
    const [message, trace, output] = ['m'.repeat(500), 'd'.repeat(20_000), 'o'.repeat(20_000)]
    const cases = `<testcase name="long" file="a.ts" line="7"><failure message="${message}" type="Error">${trace}</failure><system-out>${output}</system-out></testcase>`
    const id = await submit(server, { cases })

    expect(await textOf(server, `/runs/${id}/tests`)).toMatch(/a\.ts:7 m{300} …/)
    expect((await textOf(server, `/runs/${id}`)).match(/There is more of it on the page of this test\./g)).toHaveLength(
      2,
    )
    expect(await textOf(server, `/runs/${id}/tests/0`)).toContain(trace)
    expect(await textOf(server, `/runs/${id}/tests/0`)).toContain(output)
  })

  it('has no test at a place where there is none', async () => {
    const server = await testServer()
    const id = await submit(server)

    expect((await server.get(`/runs/${id}/tests/99`, HTML)).status).toBe(404)
    expect((await server.get(`/runs/${id}/tests/first`, HTML)).status).toBe(404)
  })
})

describe('the list of runs', () => {
  it('of one project offers its branches and its trends', async () => {
    const server = await testServer()
    await submit(server, { properties: { 'git:branch': 'main', 'git:commit': 'abcdef0123456789' } })
    await submit(server, { name: 'of no branch' })
    await submit(server, { project: 'bank' })

    const html = await htmlOf(server, '/?project=shop')

    expect(html).toMatch(/<h1><bdi>shop<\/bdi><\/h1>/)
    expect(html).toContain('<option value="main"></option>')
    expect(html).toContain('href="/projects/shop">Trends</a>')
    expect(await textOf(server, '/?project=shop')).toMatch(/shop main abcdef0/)
    expect(await textOf(server, '/?project=gone')).toContain('No run matches')
    expect(await htmlOf(server, '/?project=gone')).toMatch(/<option value="gone" selected/)
  })

  it('keeps its filters from page to page, and in the links that sort', async () => {
    const server = await testServer()
    for (const name of ['one', 'two', 'three']) await submit(server, { name, properties: { 'jux:tags': 'nightly' } })
    const filters = 'tags=nightly&date_from=2020-01-01&date_to=2099-01-01&sort_by=failures&sort_order=asc&limit=1'

    const second = await htmlOf(server, `/?${filters}&page=2`)

    expect(second).toContain('2–2 of 3')
    const links = [...second.matchAll(/href="\/\?([^"]*)" rel="(prev|next)"/g)].map(([, query = '', rel]) => {
      const parameters = new URLSearchParams(query.replaceAll('&amp;', '&'))
      return [
        rel,
        parameters.get('page'),
        parameters.get('tags'),
        parameters.get('sort_by'),
        parameters.get('per_page'),
      ]
    })
    expect(links).toEqual([
      ['prev', null, 'nightly', 'failures', '1'],
      ['next', '3', 'nightly', 'failures', '1'],
    ])
    expect(second).toMatch(
      /aria-sort="ascending"><a href="[^"]*sort_order=desc[^"]*">Failures<span aria-hidden="true"> ↑/,
    )
    expect(second).toContain('name="date_from" value="2020-01-01"')
    expect(second).toContain('<input type="hidden" name="sort_by" value="failures"')
    expect(second).toContain('<a href="/">Clear</a>')
  })

  it('sorts the other way when it is sorted already', async () => {
    const server = await testServer()
    await submit(server)

    expect(await htmlOf(server, '/?sort_by=created_at&sort_order=desc')).toMatch(/sort_order=asc">Arrived|>Arrived</)
    expect(await htmlOf(server, '/')).toMatch(/aria-sort="descending"><a href="[^"]*sort_order=asc">Arrived/)
  })
})

describe('the page of a project', () => {
  it('shows how its runs went, which tests flip, and which are slow', async () => {
    const server = await testServer()
    for (const cases of [PASSED, FAILED, FLAKY]) {
      await submit(server, { cases, properties: { 'git:branch': 'main' } })
      await server.advance(60_000)
    }

    const text = await textOf(server, '/projects/shop?branch=main&runs=20')

    expect(text).toMatch(/adds cart 3 1 2 500 ms 750 ms/)
    expect(await htmlOf(server, '/projects/shop?branch=main')).toMatch(/<option value="main" selected/)
    expect(await textOf(server, '/projects')).toContain('shop Passed')
  })

  it('says when there is nothing on a branch, and keeps the branch that was asked for', async () => {
    const server = await testServer()
    await submit(server, { properties: { 'git:branch': 'main' } })

    const html = await htmlOf(server, '/projects/shop?branch=gone')

    expect(html).toContain('There is no run on this branch.')
    expect(html).toMatch(/<option value="gone" selected/)
  })

  it('has no percentage of nothing', async () => {
    const server = await testServer()
    await submit(server, { cases: '' })

    expect(await textOf(server, '/projects')).toMatch(/shop No tests .*–/)
    expect(await textOf(server, '/projects/shop')).toContain('No test ran.')
    expect(await textOf(server, '/')).toContain('–')
  })

  it('is found by a name that no path can hold', async () => {
    const server = await testServer()
    await submit(server, { project: '..' })
    const [, href = ''] = /<a href="(\/projects\?[^"]*)"/.exec(await htmlOf(server, '/projects')) ?? []

    const html = await htmlOf(server, href.replaceAll('&amp;', '&'))

    expect(html).toMatch(/<h1>(?:<a[^>]*>)?<bdi>\.\.<\/bdi>/)
    expect(html).toContain('<input type="hidden" name="project" value=".."')
  })
})

describe('the page of a test', () => {
  it('shows what it came to each time, the latest first', async () => {
    const server = await testServer()
    for (const cases of [PASSED, FAILED, FLAKY, SKIPPED]) {
      await submit(server, { cases, properties: { 'git:branch': 'main', 'git:commit': 'abcdef0123456789' } })
      await server.advance(60_000)
    }

    const asked = await server.get('/tests?project=shop&classname=cart&name=adds', HTML)
    const path = asked.headers.get('location') ?? ''
    const text = await textOf(server, path)

    expect(asked.status).toBe(302)
    expect(text).toMatch(/Ran 3 Pass rate 66\.\d+ ?% Failed 1 Flaky 1 Skipped 1 Median .* Longest/)
    expect(text).toMatch(/Skipped .* Flaky .* Failed .* Passed/)
    expect(text).toContain('abcdef0')
    expect(await textOf(server, `${path}?branch=gone`)).toContain('This test has not run on this branch.')
    expect((await server.get('/tests', HTML)).headers.get('location')).toMatch(/^\/tests\//)
  })

  it('of a test that was always skipped has no times', async () => {
    const server = await testServer()
    await submit(server, { cases: SKIPPED })
    const path = (await server.get('/tests?project=shop&classname=cart&name=adds', HTML)).headers.get('location') ?? ''

    expect(await textOf(server, path)).toMatch(/Ran 0 Pass rate – Failed 0/)
  })
})

describe('what every page loads', () => {
  it('is there, and may be kept', async () => {
    const server = await testServer()
    const page = await htmlOf(server, '/')
    const assets = ['stylesheet', 'icon'].map((rel) => new RegExp(`<link rel="${rel}" href="([^"]*)"`).exec(page)?.[1])

    const answers = await Promise.all(assets.map((path = '/nowhere') => server.get(path)))

    expect(answers.map(({ status, headers }) => [status, headers.get('content-type')])).toEqual([
      [200, 'text/css; charset=utf-8'],
      [200, 'image/svg+xml'],
    ])
    expect(answers[0]?.headers.get('cache-control')).toMatch(/max-age=\d+/)
  })
})

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
