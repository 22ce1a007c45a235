import { describe, expect, it } from 'vitest'
import { type SubmitSettings, submitReport } from '../../src/submit/submit.js'
import { type Answerer, created, json, start, startServer, text } from '../support/http-server.js'
import { submission, submitFailure } from '../support/submissions.js'
import { fixedSystem } from '../support/system.js'

describe('an answer', () => {
  it.each([
    ['flat', { test_run_id: 'a' }, { id: 'a', status: 'created' }],
    ['nested', { status: 'success', test_run: { id: 'b' } }, { id: 'b', status: 'created' }],
    ['of the reports protocol', { status: 'created', id: 'c' }, { id: 'c', status: 'created' }],
    ['that knows the report', { status: 'duplicate', id: 'd' }, { id: 'd', status: 'duplicate' }],
  ])('%s is understood', async (_, body, expected) => {
    const server = await startServer(json(200, body))

    expect(await submitReport(submission(), { apiUrl: server.url }, fixedSystem())).toMatchObject(expected)
  })

  it('409 means that the server has the report already, whatever else it says', async () => {
    for (const answer of [json(409, { status: 'duplicate', id: 'x' }), text(409, 'conflict')]) {
      const server = await startServer(answer)

      expect(await submitReport(submission(), { apiUrl: server.url }, fixedSystem())).toMatchObject({
        status: 'duplicate',
      })
    }
  })

  it('with other counts than ours is a warning', async () => {
    const server = await startServer(json(201, { test_run_id: 'x', test_count: 3, failure_count: 0 }))

    const { warnings } = await submitReport(submission(), { apiUrl: server.url }, fixedSystem())

    expect(warnings).toEqual(['the server counts other results than this report: failures: 1 here, 0 on the server'])
  })

  it.each([
    ['a page of a proxy', text(200, '<html>sign in</html>', { 'content-type': 'text/html' }), 'no-json'],
    ['nothing', text(201, ''), 'no-json'],
    ['JSON of another shape', json(201, { ok: true }), 'unknown-shape'],
    ['a list', json(201, [1]), 'no-json'],
    ['an error in disguise', json(200, { status: 'error', id: 'x', message: 'no' }), 'unknown-shape'],
  ])('that is %s is no success', async (_, answer, reason) => {
    const server = await startServer(answer)

    expect(await submitFailure({ apiUrl: server.url })).toMatchObject({ code: 'API_INVALID_RESPONSE', reason })
    expect(server.received).toHaveLength(1)
  })
})

describe('the version of the API', () => {
  it('is asked for, and another major one is a warning with advice', async () => {
    const server = await start({ answers: [created], version: json(200, { version: '2.0.0' }) })

    const { warnings } = await submitReport(submission(), { apiUrl: `${server.url}/api/v1` }, fixedSystem())

    expect(server.probes[0]?.path).toBe('/api/version')
    expect(warnings).toEqual([expect.stringMatching(/version 2\.0\.0.*version 1\.x.*upgrade/)])
  })

  it('explains a failure', async () => {
    const server = await start({ answers: [json(404, {})], version: json(200, { version: '2.0.0' }) })

    expect((await submitFailure({ apiUrl: server.url })).suggestions[0]).toMatch(/version 2\.0\.0/)
  })

  it.each([
    ['our own', json(200, { version: '1.4.2' })],
    ['unknown to it', json(404, { error: 'not found' })],
    ['a page', text(200, '<html>')],
    ['of another shape', json(200, { version: 2 })],
    ['broken', (_response, _received, request) => request.socket.destroy()],
  ] satisfies [string, Answerer][])('is passed over in silence when it is %s', async (_, version) => {
    const server = await start({ answers: [created], version })

    expect((await submitReport(submission(), { apiUrl: server.url }, fixedSystem())).warnings).toEqual([])
  })
})

describe('the page of a run', () => {
  const answered = async (location: string, settings: SubmitSettings = {}) => {
    const server = await startServer((response, ...rest) => {
      response.setHeader('location', location)
      created(response, ...rest)
    })
    const { page } = await submitReport(submission(), { apiUrl: server.url, ...settings }, fixedSystem())
    return { page, url: server.url }
  }

  it('is where the server says that the run is', async () => {
    const { page, url } = await answered('/runs/run-1')

    expect(page).toBe(`${url}/runs/run-1`)
  })

  it('is not taken from another origin, and shows no secret', async () => {
    expect((await answered('https://evil.example/runs/run-1')).page).toBeUndefined()
    expect((await answered('javascript:alert(1)')).page).toBeUndefined()
    expect((await answered('/runs?key=s3cret-s3cret', { apiKey: 's3cret-s3cret' })).page).not.toContain('s3cret-s3cret')
  })
})
