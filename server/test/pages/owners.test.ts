import { describe, expect, it } from 'vitest'
import { ENGINES, engineUnderTest } from '../support/engines.js'
import { XML } from '../support/reports.js'
import type { TestServer } from '../support/server.js'

const FAILING = '<failure message="no"/>'
const COMMIT = 'c'.repeat(40)

/** A report with a suite for each file, whose owners are given. */
function ownedReport(name: string, files: Readonly<Record<string, string | undefined>>): string {
  const suites = Object.entries(files).map(([file, owner], at) => {
    const facts =
      at === 0 ? { project: 'shop', 'git:commit': COMMIT, 'git:remote': 'git@github.com:acme/shop.git' } : {}
    const properties = { ...facts, ...(owner === undefined ? {} : { 'jux:owner': owner }) }
    const elements = Object.entries(properties).map(([key, value]) => `<property name="${key}" value="${value}"/>`)
    return `<testsuite name="${file}"><properties>${elements.join('')}</properties><testcase classname="${file}" name="t" file="${file}" line="7">${FAILING}</testcase></testsuite>`
  })
  return `<testsuites name="${name}">${suites.join('')}</testsuites>`
}

describe.each(ENGINES)('owners on %s', (engine) => {
  const { start } = engineUnderTest(engine)
  const submit = async (server: TestServer, ...parts: Parameters<typeof ownedReport>) =>
    (await server.post('/api/v1/junit/submit', ownedReport(...parts), XML)).at('test_run_id')
  const html = { accept: 'text/html' }

  it('are shown beside failures, grouped, and filter the tests of a run', async () => {
    const server = await start()
    const id = await submit(server, '1', { 'a.ts': '@cart @web', 'b.ts': '@web', 'c.ts': undefined })

    const page = (await server.get(`/runs/${id}`, html)).text
    const filtered = (await server.get(`/runs/${id}/tests?owner=%40cart`, html)).text
    const none = (await server.get(`/runs/${id}/tests?owner=%25`, html)).text

    expect(page).toMatch(/aria-label="Failures by owner".*@cart @web.*@web.*no owner/s)
    expect(page).toContain(`/runs/${id}/tests?owner=%40web`)
    expect(filtered).toContain('a.ts')
    expect(filtered).not.toContain('>b.ts<')
    expect(none).toContain('No tests match.')
  })

  it('are in the API, as a field and as a filter, and in what changed', async () => {
    const server = await start()
    const id = await submit(server, '1', { 'a.ts': '@cart', 'b.ts': undefined })
    const suites = await server.get(`/api/v1/test_runs/${id}/test_suites`)
    const cases = async (query: string) =>
      server.get(`/api/v1/test_suites/${suites.at('test_suites', 0, 'id')}/test_cases${query}`)

    expect((await cases('')).at('test_cases', 0, 'owner')).toBe('@cart')
    expect((await cases('?owner=@cart')).at('test_cases', 0, 'name')).toBe('t')
    expect((await cases('?owner=@car')).at('test_cases', 0, 'name')).toBe('')
    expect((await server.get(`/api/v1/test_runs/${id}/changes`)).at('changes', 'new', 'tests', 0, 'owner')).toBe(
      '@cart',
    )
  })

  it('are those of the test case itself, before those of its suite', async () => {
    const server = await start()
    const own = '<properties><property name="jux:owner" value="@pay"/></properties>'
    const suite = `<properties><property name="project" value="shop"/><property name="jux:owner" value="@shop"/></properties>`
    const xml = `<testsuite name="s">${suite}<testcase name="a">${own}${FAILING}</testcase><testcase name="b">${FAILING}</testcase></testsuite>`
    await server.post('/api/v1/junit/submit', xml, XML)

    const rows = await server.database.selectFrom('tests').select(['name', 'owner']).orderBy('name').execute()

    expect(rows).toEqual([
      { name: 'a', owner: '@pay' },
      { name: 'b', owner: '@shop' },
    ])
  })

  it('are those of the latest report that states any', async () => {
    const server = await start()
    const ownerOf = async () =>
      server.database.selectFrom('tests').select(['classname', 'owner']).orderBy('classname').execute()
    await submit(server, '1', { 'a.ts': '@old', 'b.ts': '@b' })
    const first = await ownerOf()
    await submit(server, '2', { 'a.ts': '@new', 'b.ts': undefined })
    const second = await ownerOf()
    await submit(server, '3', { 'a.ts': undefined, 'b.ts': undefined })

    expect(first.map(({ owner }) => owner)).toEqual(['@old', '@b'])
    expect(second.map(({ owner }) => owner)).toEqual(['@new', ''])
    expect(await ownerOf()).toEqual(second)
  })

  it('stand beside a link to the source, on each page with the test, at the tested commit', async () => {
    const server = await start()
    const id = await submit(server, '1', { 'src/a.ts': '@cart' })
    const link = `href="https://github.com/acme/shop/blob/${COMMIT}/src/a.ts#L7"`

    expect((await server.get(`/runs/${id}`, html)).text).toContain(link)
    expect((await server.get(`/runs/${id}/tests/0`, html)).text).toContain(link)
    expect((await server.get(`/runs/${id}/tests`, html)).text).toContain(link)
    const history = (await server.get(`/tests?project=shop&classname=src/a.ts&name=t`, html)).headers.get('location')
    const page = (await server.get(String(history), html)).text
    expect(page).toContain(link)
    expect(page).toContain('owned by <bdi>@cart</bdi>')
  })

  it('lead to the address that the operator gave for a host', async () => {
    const server = await start({
      sourceUrls: new Map([['github.com', 'https://code.example/{path}/{file}?{commit}#{line}']]),
    })
    const id = await submit(server, '1', { 'src/a.ts': '@cart' })

    expect((await server.get(`/runs/${id}`, html)).text).toContain(
      `href="https://code.example/acme/shop/src/a.ts?${COMMIT}#7"`,
    )
  })
})
