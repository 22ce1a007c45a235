import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { createKey, type KeyRequest } from '../src/access/keys.js'
import { ERROR_STATUSES } from '../src/http-error.js'
import { JSON_HEADERS, report, XML } from './support/reports.js'
import { type TestServer, testServer } from './support/server.js'

const SUBMIT = '/api/v1/junit/submit'
const NO_ID = '00000000-0000-4000-8000-000000000000'

async function request(server: TestServer, method: string, path: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.url}${path}`, { method, headers, redirect: 'manual' })
  return { status: response.status, allow: response.headers.get('allow'), text: await response.text(), response }
}

describe('a path', () => {
  it.each([
    ['GET', SUBMIT, 'POST, OPTIONS'],
    ['HEAD', SUBMIT, 'POST, OPTIONS'],
    ['DELETE', '/junit/submit', 'POST, OPTIONS'],
    ['GET', '/api/v1/reports', 'POST, OPTIONS'],
    ['POST', '/api/v1/test_runs', 'GET, HEAD, OPTIONS'],
    ['PUT', `/api/v1/test_runs/${NO_ID}/report`, 'GET, HEAD, OPTIONS'],
    ['POST', '/api/version', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/healthz', 'GET, HEAD, OPTIONS'],
    ['PATCH', '/', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/sign-in', 'GET, HEAD, POST, OPTIONS'],
  ])('answers %s %s, which it does not support, with 405 and its methods in Allow', async (method, path, allow) => {
    const server = await testServer()

    expect(await request(server, method, path)).toMatchObject({ status: 405, allow })
  })

  it('says in the body of a 405 which methods it supports, in the form of its API', async () => {
    const server = await testServer()

    expect((await server.get(SUBMIT)).json).toMatchObject({
      error: 'this path does not support the method GET',
      suggestions: ['use one of: POST, OPTIONS', 'see /api/openapi.json'],
    })
    expect((await server.get('/api/v1/reports')).json).toMatchObject({ status: 'error', error: 'MethodNotAllowed' })
    const page = await request(server, 'POST', '/projects', { accept: 'text/html' })
    expect(page).toMatchObject({ status: 405, allow: 'GET, HEAD, OPTIONS', text: expect.stringContaining('<html') })
  })

  it('that does not exist is 404 with every method', async () => {
    const server = await testServer()

    for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS']) {
      expect(await request(server, method, '/api/v1/nothing')).toMatchObject({ status: 404, allow: null })
    }
  })

  it('answers OPTIONS with its methods and without a body, and allows no other site', async () => {
    const server = await testServer()

    const answer = await request(server, 'OPTIONS', SUBMIT)

    expect(answer).toMatchObject({ status: 204, allow: 'POST, OPTIONS', text: '' })
    expect([...answer.response.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([])
    expect((await request(server, 'OPTIONS', SUBMIT, { origin: 'https://example.com' })).status).toBe(403)
  })

  it('answers HEAD as GET without the body', async () => {
    const server = await testServer()

    for (const path of ['/', '/healthz', '/api/v1/test_runs', '/api/openapi.json']) {
      const [get, head] = [await request(server, 'GET', path), await request(server, 'HEAD', path)]
      expect([head.status, head.text, head.response.headers.get('content-type')]).toEqual([
        get.status,
        '',
        get.response.headers.get('content-type'),
      ])
    }
    expect(await request(server, 'HEAD', `/api/v1/test_runs/${NO_ID}`)).toMatchObject({ status: 404, text: '' })
  })

  it('with a slash at its end is the same path, for reading, submitting and for what needs no key', async () => {
    const server = await testServer({}, makeKey({ scope: 'all' }))
    const headers = { ...XML, authorization: `Bearer ${key}` }

    const submitted = await server.post(`${SUBMIT}/`, report(), headers)

    expect(submitted.status).toBe(201)
    expect((await server.get('/api/v1/test_runs/', headers)).at('pagination', 'total_count')).toBe('1')
    expect((await server.get(`/runs/${submitted.at('test_run_id')}/`, headers)).status).toBe(200)
    expect((await server.get('/healthz/')).status).toBe(200)
    expect((await server.get('/api/v1/test_runs/')).status).toBe(401)
  })
})

let key = ''

function makeKey(request: Partial<KeyRequest>) {
  return async (database: TestServer['database']) => {
    key = (await createKey(database, { name: 'ci', scope: 'submit', ...request }, Date.now())).text
  }
}

describe('a key for one project', () => {
  it('names the project of a report that names none, however the report is sent', async () => {
    const server = await testServer({}, makeKey({ project: 'shop', scope: 'all' }))
    const headers = { authorization: `Bearer ${key}` }
    const nameless = (name: string) => report({ project: '', name })

    await server.post(SUBMIT, nameless('xml'), { ...XML, ...headers })
    const json = JSON.stringify({ xml_content: nameless('json'), metadata: { branch: 'main' } })
    await server.post('/junit/submit', json, { ...JSON_HEADERS, ...headers })

    const { json: list } = await server.get('/api/v1/test_runs', headers)
    expect(list).toMatchObject({
      test_runs: [
        { project: 'shop', branch: 'main' },
        { project: 'shop', branch: null },
      ],
    })
  })

  it('does not change the project that the report or its metadata name', async () => {
    const server = await testServer({}, makeKey({ project: 'shop' }))
    const headers = { authorization: `Bearer ${key}` }
    const claimed = JSON.stringify({ xml_content: report({ project: '' }), metadata: { project: 'other' } })

    const answers = [
      await server.post(SUBMIT, report({ project: 'other' }), { ...XML, ...headers }),
      await server.post(SUBMIT, claimed, { ...JSON_HEADERS, ...headers }),
    ]

    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 403, json: { details: { reason: 'project' } } })
    }
  })

  it('does not choose one of the projects of a report that names several', async () => {
    const server = await testServer({}, makeKey({ project: 'shop' }))
    const property = (value: string) => `<property name="project" value="${value}"/>`
    const several = report({ project: '' }).replace('<properties>', `<properties>${property('shop')}${property('b')}`)

    expect(await server.post(SUBMIT, several, { ...XML, authorization: `Bearer ${key}` })).toMatchObject({
      status: 400,
      json: { details: { reason: 'several-projects' } },
    })
  })

  it('is proposed when a report names no project and the key is for all', async () => {
    const server = await testServer({}, makeKey({}))

    const answer = await server.post(SUBMIT, report({ project: '' }), { ...XML, authorization: `Bearer ${key}` })

    expect(answer).toMatchObject({ status: 400, json: { details: { missing_property: 'project' } } })
    expect(answer.at('suggestions', 2)).toContain('jux-server keys create --project NAME')
  })
})

describe('the Content-Encoding of a submission', () => {
  it('may be x-gzip, the other name of gzip', async () => {
    const server = await testServer()
    const headers = { ...XML, 'content-encoding': 'X-Gzip' }

    expect((await server.post(SUBMIT, gzipSync(report()), headers)).status).toBe(201)
  })
})

describe('/api/openapi.json', () => {
  it('lists for every operation the statuses that every request can get', async () => {
    const { json } = await (await testServer()).get('/api/openapi.json')

    for (const [path, operation] of operationsOf(json)) {
      const listed = Object.keys(operation)
      const everywhere = path.startsWith('/api/v1') ? ['400', '401', '403', '500'] : ['400', '500']
      expect([path, listed]).toEqual([path, expect.arrayContaining(everywhere)])
      expect(listed.filter((status) => Number(status) >= 400 && ERROR_STATUSES[Number(status)] === undefined)).toEqual(
        path.endsWith('/reports') ? ['409'] : [],
      )
    }
  })

  it.each([
    '/api/version?a=%00',
    '/healthz?a=%00',
    '/api/v1/test_runs?page=none',
    `/api/v1/test_runs/${'a'.repeat(101)}`,
    `/api/v1/test_runs/${'a'.repeat(101)}/report`,
    `/api/v1/test_runs/${'a'.repeat(101)}/test_suites`,
    `/api/v1/test_suites/${NO_ID}/test_cases?status=none`,
  ])('answers GET %s with the 400 that it lists', async (path) => {
    const server = await testServer()

    expect((await server.get(path)).status).toBe(400)
  })
})

function operationsOf(document: unknown): [path: string, responses: object][] {
  const paths = new Map<string, object>()
  const read = (value: unknown, name: string): unknown =>
    typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
  for (const [path, item] of Object.entries(read(document, 'paths') ?? {})) {
    for (const method of ['get', 'post']) {
      const responses = read(read(item, method), 'responses')
      if (typeof responses === 'object' && responses !== null) paths.set(`${path}`, responses)
    }
  }
  return [...paths]
}
