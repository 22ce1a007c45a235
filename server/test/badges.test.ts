import { describe, expect, it } from 'vitest'
import { createKey } from '../src/access/keys.js'
import { badgeSvg, badgeText } from '../src/badges/badge.js'
import { allowBadge } from '../src/badges/public-badges.js'
import { badgePath } from '../src/badges/routes.js'
import { ENGINES, engineUnderTest } from './support/engines.js'
import { report, XML } from './support/reports.js'
import { type TestServer, testServer } from './support/server.js'

let number = 0

async function submit(server: TestServer, failures: number, properties: Record<string, string> = {}, project = 'shop') {
  const cases = ['', ...Array.from({ length: failures }, () => '<failure message="no"/>')].map(
    (result, at) => `<testcase classname="c" name="t${at}">${result}</testcase>`,
  )
  const facts = { 'git:branch': 'main', ...properties }
  const xml = report({ name: `run ${number++}`, project, properties: facts, cases: cases.join('') })
  expect((await server.post('/api/v1/junit/submit', xml, XML)).status).toBe(201)
  server.advance(1_000)
}

const textOf = (svg: string) => /<title>([^<]*)<\/title>/.exec(svg)?.[1]

describe.each(ENGINES)('GET /badges/PROJECT.svg on %s', (engine) => {
  const { start } = engineUnderTest(engine)

  it('shows the latest complete run of the base branch, or of the branch that was asked for', async () => {
    const server = await start()
    const badge = async (path = '/badges/shop.svg') => textOf((await server.get(path)).text)

    const seen = [await badge()]
    await submit(server, 0)
    seen.push(await badge())
    await submit(server, 2)
    seen.push(await badge())
    await submit(server, 0, { 'jux:partial': 'true' })
    await submit(server, 0, { 'ci:pull_request': '7' })
    await submit(server, 0, { 'git:branch': 'topic' })
    seen.push(await badge(), await badge('/badges/shop.svg?branch=topic'), await badge('/badges/shop.svg?branch=none'))

    expect(seen).toEqual([
      'shop: no runs',
      'shop on main: passing',
      'shop on main: failing 2',
      'shop on main: failing 2',
      'shop on topic: passing',
      'shop on none: no runs',
    ])
  })

  it('adds up the failures of all shards', async () => {
    const server = await start()
    const shard = (index: number, failures: number) =>
      submit(server, failures, { 'jux:shard': `${index}/2`, 'ci:build_id': 'b', 'git:commit': 'c'.repeat(40) })

    await shard(1, 3)
    const before = textOf((await server.get('/badges/shop.svg')).text)
    await shard(2, 0)

    expect([before, textOf((await server.get('/badges/shop.svg')).text)]).toEqual([
      'shop on main: no runs',
      'shop on main: failing 3',
    ])
  })
})

describe('GET /badges/PROJECT.svg', () => {
  it('needs a key for the project unless its badge is public', async () => {
    const keys: string[] = []
    const server = await testServer({}, async (database) => {
      for (const project of ['shop', 'other']) {
        keys.push((await createKey(database, { name: project, project, scope: 'read', expiresAt: undefined }, 1)).text)
      }
    })
    const statuses = async () => [
      (await server.get('/badges/shop.svg')).status,
      (await server.get('/badges/shop.svg', { authorization: `Bearer ${keys[0]}` })).status,
      (await server.get('/badges/shop.svg', { authorization: `Bearer ${keys[1]}` })).status,
      (await server.get('/badges/nothing.svg')).status,
    ]

    const before = await statuses()
    await allowBadge(server.database, 'shop', 1)

    expect(before).toEqual([401, 200, 404, 401])
    expect(await statuses()).toEqual([200, 200, 200, 401])
    expect((await server.get('/runs')).status).toBe(401)
    expect((await server.get('/projects/shop')).status).toBe(401)
  })

  it('can be kept for a minute by every cache if it is public, and by none without asking if it is not', async () => {
    const server = await testServer()
    const first = await server.get('/badges/shop.svg')
    const etag = first.headers.get('etag') ?? ''
    await allowBadge(server.database, 'shop', 1)
    const second = await server.get('/badges/shop.svg')
    const same = await server.get('/badges/shop.svg', { 'if-none-match': `"x", W/${etag}` })
    const other = await server.get('/badges/shop.svg', { 'if-none-match': '"x"' })

    expect(first.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8')
    expect(first.headers.get('cache-control')).toBe('private, no-cache')
    expect(first.headers.get('cross-origin-resource-policy')).toBe('same-origin')
    expect(second.headers.get('cache-control')).toBe('public, max-age=60')
    expect(second.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
    expect([same.status, same.text, other.status]).toEqual([304, '', 200])
  })

  it('finds projects with any name', async () => {
    const server = await testServer()
    for (const project of ['a/b', '50% & <more>', 'größe', '..']) {
      await submit(server, 0, {}, project)
      const { status, text } = await server.get(badgePath(project))
      expect([project, status, textOf(text)?.endsWith('passing')]).toEqual([project, 200, true])
    }
    expect((await server.get('/badges/shop')).status).toBe(404)
    expect((await server.get('/badges/%ff.svg')).status).toBe(404)
  })

  it('is shown on the page of the project, with its Markdown', async () => {
    const server = await testServer()
    await submit(server, 0)

    const { text } = await server.get('/projects/shop', { accept: 'text/html' })

    expect(text).toContain(`<img src="/badges/shop.svg"`)
    expect(text).toContain('npx jux-server notify add --project shop --kind slack --url-env SLACK_URL')
    expect(text).toContain(`[![tests](${server.url}/badges/shop.svg)](${server.url}/projects/shop)`)
    expect(text).toContain('<code>npx jux-server badges allow shop</code>')
    await allowBadge(server.database, 'shop', 0)
    expect((await server.get('/projects/shop', { accept: 'text/html' })).text).not.toContain('badges allow')
  })
})

describe('badgeSvg', () => {
  it('escapes every text, and stays small', () => {
    const svg = badgeSvg({ kind: 'failing', failures: 12 }, `<script>"'&\u0000\n${'x'.repeat(9_000)}`)

    expect(svg).not.toMatch(/<script|"'|&(?!(?:amp|lt|gt|quot|#39);)|\u0000/)
    expect(svg.length).toBeLessThan(2_500)
    expect([badgeText({ kind: 'failing', failures: 12 }), badgeText({ kind: 'failing', failures: 0 })]).toEqual([
      'failing 12',
      'failing',
    ])
  })
})
