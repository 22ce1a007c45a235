import { describe, expect, it } from 'vitest'
import { htmlOf } from '../support/pages.js'
import { testServer } from '../support/server.js'

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
