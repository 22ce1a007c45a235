import { describe, expect, it } from 'vitest'
import { FAILED, FLAKY, HTML, htmlOf, PASSED, SKIPPED, submit, textOf } from '../support/pages.js'
import { testServer } from '../support/server.js'

describe('the list of runs', () => {
  it('of one project offers its branches, links to its trends, and keeps an unknown project', async () => {
    const server = await testServer()
    await submit(server, { properties: { 'git:branch': 'main', 'git:commit': 'abcdef0123456789' } })
    await submit(server, { name: 'of no branch' })
    await submit(server, { project: 'bank' })

    const html = await htmlOf(server, '/?project=shop')

    expect(html).toMatch(/<h1><bdi>shop<\/bdi><\/h1>/)
    expect(html).toContain('<option value="main"></option>')
    expect(html).toContain('href="/projects/shop">Trends</a>')
    expect(await textOf(server, '/?project=shop')).toMatch(/shop main abcdef0/)
    expect(await textOf(server, '/?project=gone')).toContain('No runs match')
    expect(await htmlOf(server, '/?project=gone')).toMatch(/<option value="gone" selected/)
  })

  it('keeps its filters in the links to other pages and in the links that sort', async () => {
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

  it('sorts in the other direction by a second click on the same column', async () => {
    const server = await testServer()
    await submit(server)

    expect(await htmlOf(server, '/?sort_by=created_at&sort_order=desc')).toMatch(/sort_order=asc">Received|>Received</)
    expect(await htmlOf(server, '/')).toMatch(/aria-sort="descending"><a href="[^"]*sort_order=asc">Received/)
  })
})

describe('the page of a project', () => {
  it('shows the flaky and the slow tests with their numbers, and the chosen branch', async () => {
    const server = await testServer()
    for (const cases of [PASSED, FAILED, FLAKY]) {
      await submit(server, { cases, properties: { 'git:branch': 'main' } })
      await server.advance(60_000)
    }

    const text = await textOf(server, '/projects/shop?branch=main&runs=20')

    expect(text).toMatch(/adds cart 1 of 3 33\.3 % 28 \w+, \d+:\d+ 500 ms/)
    expect(text).toMatch(/adds cart 3 1 0 500 ms 750 ms/)
    expect(await htmlOf(server, '/projects/shop?branch=main')).toMatch(/<option value="main" selected/)
    expect(await textOf(server, '/projects')).toContain('shop Passed')
  })

  it('says that a branch has no runs, and keeps the chosen branch', async () => {
    const server = await testServer()
    await submit(server, { properties: { 'git:branch': 'main' } })

    const html = await htmlOf(server, '/projects/shop?branch=gone')

    expect(html).toContain('There are no runs on this branch.')
    expect(html).toMatch(/<option value="gone" selected/)
  })

  it('and the lists show no pass rate for a run without tests', async () => {
    const server = await testServer()
    await submit(server, { cases: '' })

    expect(await textOf(server, '/projects')).toMatch(/shop No tests .*–/)
    expect(await textOf(server, '/projects/shop')).toContain('No tests ran.')
    expect(await textOf(server, '/')).toContain('–')
  })

  it('is found for a name that cannot be part of a path', async () => {
    const server = await testServer()
    await submit(server, { project: '..' })
    const [, href = ''] = /<a href="(\/projects\?[^"]*)"/.exec(await htmlOf(server, '/projects')) ?? []

    const html = await htmlOf(server, href.replaceAll('&amp;', '&'))

    expect(html).toMatch(/<h1>(?:<a[^>]*>)?<bdi>\.\.<\/bdi>/)
    expect(html).toContain('<input type="hidden" name="project" value=".."')
  })
})

describe('the page of a test', () => {
  it('shows statistics and the result of each run, latest first, and is found by name', async () => {
    const server = await testServer()
    for (const cases of [PASSED, FAILED, FLAKY, SKIPPED]) {
      await submit(server, { cases, properties: { 'git:branch': 'main', 'git:commit': 'abcdef0123456789' } })
      await server.advance(60_000)
    }

    const redirected = await server.get('/tests?project=shop&classname=cart&name=adds', HTML)
    const path = redirected.headers.get('location') ?? ''
    const text = await textOf(server, path)

    expect(redirected.status).toBe(302)
    expect(text).toMatch(/Runs 3 Pass rate 66\.\d+ ?% Failures 1 Errors 0 Flaky 1 Skipped 1 Median duration .* Longest/)
    expect(text).toMatch(/Skipped .* Flaky .* Failed .* Passed/)
    expect(text).toContain('abcdef0')
    expect(await textOf(server, `${path}?branch=gone`)).toContain('This test has not run on this branch.')
    expect((await server.get('/tests', HTML)).headers.get('location')).toMatch(/^\/tests\//)
  })

  it('shows no pass rate for a test that was always skipped', async () => {
    const server = await testServer()
    await submit(server, { cases: SKIPPED })
    const path = (await server.get('/tests?project=shop&classname=cart&name=adds', HTML)).headers.get('location') ?? ''

    expect(await textOf(server, path)).toMatch(/Runs 0 Pass rate – Failures 0/)
  })
})
