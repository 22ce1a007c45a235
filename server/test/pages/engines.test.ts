import { describe, expect, it } from 'vitest'
import { ENGINES, engineUnderTest } from '../support/engines.js'
import { pagesOf, submit } from '../support/pages.js'

describe.each(ENGINES)('the pages on %s', (engine) => {
  const { start } = engineUnderTest(engine)

  it('show the submitted runs, and search and page through test cases', async () => {
    const server = await start()
    const id = await submit(server, { name: 'first' })
    await submit(server, { name: 'second' })
    const titles = new Map<string, string | undefined>()

    const lists = ['/', '/?status=failed&signature=unsigned&sort_by=failures', '/projects']
    const tests = ['?status=skipped', '?suite=0&status=passed', '?q=ADDS', '?q=%25', '?page=2'].map(
      (query) => `/runs/${id}/tests${query}`,
    )
    for (const path of [...lists, ...pagesOf(id), ...tests]) {
      const { status, text } = await server.get(path, { accept: 'text/html' })
      titles.set(path, status === 200 ? /<h1>(?:<a[^>]*>)?(?:<bdi>)?([^<]*)/.exec(text)?.[1] : `${status}`)
    }

    const headings = [...new Set(titles.values())].sort()
    expect(headings, JSON.stringify([...titles])).toEqual(['Projects', 'Runs', 'adds', 'shop'])
    expect((await server.get(`/runs/${id}/tests?q=ADDS`)).text).toContain('1–1 of 1')
    expect((await server.get(`/runs/${id}/tests?q=%25`)).text).toContain('0–0 of 0')
  })
})
