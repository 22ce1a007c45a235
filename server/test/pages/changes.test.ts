import { describe, expect, it } from 'vitest'
import { dayOf } from '../../src/quarantine/decide.js'
import { addEntry } from '../../src/quarantine/entries.js'
import { ENGINES, engineUnderTest } from '../support/engines.js'
import { textOf } from '../support/pages.js'
import { report, XML } from '../support/reports.js'
import type { TestServer } from '../support/server.js'

const FAILING = '<failure message="expected 1"/>'
const test = (name: string, inside = '') =>
  `<testcase classname="cart" name="${name}" file="cart.test.js">${inside}</testcase>`

describe.each(ENGINES)('changes on %s', (engine) => {
  const { start } = engineUnderTest(engine)
  const submit = async (server: TestServer, commit: string, cases: string, project?: string) => {
    const properties = { 'git:branch': 'main', 'git:commit': commit }
    const response = await server.post(
      '/api/v1/junit/submit',
      report({ name: commit, project, properties, cases }),
      XML,
    )
    server.advance(60_000)
    return response.at('test_run_id')
  }
  const story = async (server: TestServer) => {
    const first = await submit(server, 'a1', test('adds') + test('pays') + test('ships', FAILING) + test('gone'))
    const second = await submit(server, 'a2', test('adds') + test('pays', FAILING) + test('ships') + test('came'))
    const third = await submit(
      server,
      'a3',
      test('adds', FAILING) + test('pays', FAILING) + test('ships') + test('came'),
    )
    return [first, second, third] as const
  }

  it('GET /test_runs/ID/changes names what changed, since when, and compared with which run', async () => {
    const server = await start()
    const [first, second, third] = await story(server)

    const { json, status } = await server.get(`/api/v1/test_runs/${third}/changes`)
    const chosen = await server.get(`/api/v1/test_runs/${third}/changes?base=${first}&limit=1`)

    expect(status).toBe(200)
    expect(json).toMatchObject({
      base: { id: second, branch: 'main', commit_sha: 'a2' },
      reason: 'previous-run',
      is_complete: true,
      changes: {
        new: {
          count: 1,
          tests: [
            {
              name: 'adds',
              file: 'cart.test.js',
              run_id: third,
              position: 0,
              message: 'expected 1',
              since: { id: third },
            },
          ],
        },
        known: { count: 1, tests: [{ name: 'pays', since: { id: second, commit_sha: 'a2' } }] },
        fixed: { count: 0 },
      },
    })
    expect(chosen.json).toMatchObject({
      reason: 'chosen',
      changes: {
        new: { count: 2, tests: [{ name: 'adds' }] },
        fixed: { tests: [{ name: 'ships' }] },
        renamed: { tests: [{ name: 'came', former_name: 'gone' }] },
      },
    })
    expect(chosen.at('changes', 'new', 'tests', 1, 'name')).toBe('')
  })

  it('the page of a run shows first what changed, and marks its failures as new or known', async () => {
    const server = await start()
    const [, second, third] = await story(server)

    const { text } = await server.get(`/runs/${third}`, { accept: 'text/html' })
    const plain = text.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')

    expect(text.indexOf('id="changes"')).toBeLessThan(text.indexOf('id="failures"'))
    expect(plain).toContain('1 new failure adds')
    expect(plain).toMatch(/1 known failure pays cart\.test\.js · since main a2 of /)
    expect(text).toContain(`href="/compare?base=${second}&amp;head=${third}"`)
    expect(plain).toContain('adds New')
    expect(plain).toMatch(/pays Known since main a2/)
  })

  it('/compare puts two runs side by side, with the tests whose durations differ most', async () => {
    const server = await start()
    const slow = (seconds: number) => `<testcase classname="c" name="slow" time="${seconds}"/>`
    const base = await submit(server, 'a1', `${test('adds')}${slow(1)}`)
    const head = await submit(server, 'a2', `${test('adds', FAILING)}${slow(3)}`)

    const page = await server.get(`/compare?base=${base}&head=${head}`, { accept: 'text/html' })
    const plain = page.text.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')

    expect(page.status).toBe(200)
    expect(plain).toContain('1 new failure adds')
    expect(plain).toMatch(/slow c 1\.00 s 3\.00 s \+ ?2\.00 s/)
  })

  it('/compare without a base compares a run with its own base', async () => {
    const server = await start()
    const base = await submit(server, 'a1', test('adds'))
    const head = await submit(server, 'a2', test('adds', FAILING))

    const response = await server.get(`/compare?head=${head}`, { accept: 'text/html' })

    expect([response.status, response.headers.get('location')]).toEqual([302, `/compare?base=${base}&head=${head}`])
  })

  it.each([
    ['without a run', () => '/compare', 'The comparison needs the id of a run'],
    ['of the first run', (id: string) => `/compare?head=${id}`, 'This run has no earlier run to compare with'],
  ])('/compare %s says what is missing, and where to choose runs', async (_name, path, heading) => {
    const server = await start()
    const id = await submit(server, 'a1', test('adds'))

    const page = await server.get(path(id), { accept: 'text/html' })

    expect([page.status, page.text.includes(`<h1>${heading}`)]).toEqual([400, true])
    expect(page.text).toContain('open a run, and choose &quot;compare&quot; beside its changes')
  })

  it('a submission with the header Jux-Changes is answered with one line about what changed', async () => {
    const server = await start()
    await story(server)
    const properties = { 'git:branch': 'main', 'git:commit': 'a4' }
    const cases = test('adds') + test('pays', FAILING) + test('ships', FAILING) + test('came')
    const send = (name: string, headers: object) =>
      server.post('/api/v1/junit/submit', report({ name, properties, cases }), { ...XML, ...headers })

    const asked = await send('asked', { 'jux-changes': 'text' })
    const entry = { project: 'shop', test: 'cart > ships', owner: 'ann', reason: 'a race', createdBy: null }
    await addEntry(server.database, { ...entry, expires: dayOf(Date.now()) }, Date.now())
    const quarantined = await send('quarantined', { 'jux-changes': 'text' })
    const first = await server.post('/api/v1/junit/submit', report({ project: 'new' }), {
      ...XML,
      'jux-changes': 'text',
    })

    expect(asked.at('changes')).toBe('1 new failure (ships), 1 known failure, 1 fixed test, since main a3')
    expect(quarantined.at('changes')).toBe('1 known failure, 1 fixed test, 1 quarantined, since main a3')
    expect(await textOf(server, `/runs/${quarantined.at('test_run_id')}`)).toMatch(
      /1 new failure \(1 quarantined\) ships cart\.test\.js · quarantined/,
    )
    expect(first.at('changes')).toBe('')
    expect((await send('silent', {})).at('changes')).toBe('')
  })

  it('/compare and the API refuse runs of two projects, and runs that are not there', async () => {
    const server = await start()
    const base = await submit(server, 'a1', test('adds'))
    const other = await submit(server, 'a1', test('adds'), 'other')

    const statuses = [
      await server.get(`/compare?base=${base}&head=${other}`),
      await server.get(`/api/v1/test_runs/${other}/changes?base=${base}`),
      await server.get(`/api/v1/test_runs/${other}/changes?base=none`),
      await server.get('/api/v1/test_runs/none/changes'),
      await server.get(`/api/v1/test_runs/${other}/changes?limit=0`),
      await server.get('/compare'),
    ].map(({ status }) => status)

    expect(statuses).toEqual([400, 400, 404, 404, 400, 400])
  })
})
