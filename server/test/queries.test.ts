import { describe, expect, it } from 'vitest'
import { flakiestTests, slowestTests, testHistory, trend } from '../src/queries/trends.js'
import { ENGINES, engineUnderTest } from './support/engines.js'
import { JSON_HEADERS, report, XML } from './support/reports.js'

describe.each(ENGINES)('queries on %s', (engine) => {
  const { start } = engineUnderTest(engine)

  it('GET /test_runs filters by project, branch, status, time and tags, sorts, and returns pages', async () => {
    const server = await start()
    const passed = '<testcase name="t" classname="c"/>'
    const submit = async (name: string, properties: Record<string, string>, cases?: string) => {
      const response = await server.post('/api/v1/junit/submit', report({ name, properties, cases }), XML)
      server.advance(1_000)
      return response.at('test_run_id')
    }
    const first = await submit('1', { 'git:branch': 'main', 'jux:tags': 'nightly, linux' }, passed)
    const second = await submit('2', { 'git:branch': 'dev', 'jux:tags': 'linux' })
    const ids = async (query: string) => {
      const response = await server.get(`/api/v1/test_runs?${query}`)
      return Array.from({ length: 3 }, (_, index) => response.at('test_runs', index, 'id')).filter((id) => id !== '')
    }
    const from = (await server.get('/api/v1/test_runs?sort_order=asc')).at('test_runs', 1, 'inserted_at')

    expect(await ids('')).toEqual([second, first])
    expect(await ids('sort_by=created_at&sort_order=asc')).toEqual([first, second])
    expect(await ids('sort_by=success_rate')).toEqual([first, second])
    expect(await ids('sort_by=total_tests')).toEqual([second, first])
    expect(await ids('branch=dev')).toEqual([second])
    expect(await ids('project=other')).toEqual([])
    expect(await ids('status=passed')).toEqual([first])
    expect(await ids('status=failed')).toEqual([second])
    expect(await ids('status=error')).toEqual([second])
    expect(await ids('tags=linux')).toEqual([second, first])
    expect(await ids('tags=linux,nightly')).toEqual([first])
    expect(await ids(`date_from=${from}`)).toEqual([second])
    expect(await ids(`date_to=${from}`)).toEqual([second, first])
    expect(await ids(`date_from=2000-01-01&date_to=2000-01-02`)).toEqual([])
    expect(await ids('per_page=1&page=2')).toEqual([first])
    expect((await server.get('/api/v1/test_runs?limit=1')).json).toMatchObject({
      pagination: { current_page: 1, page: 1, per_page: 1, limit: 1, total_pages: 2, total_count: 2 },
    })
  })

  it('GET returns a run, its suites and their test cases, and 404 for unknown ids', async () => {
    const server = await start()
    const ci = { provider: 'github', job_id: '7', pipeline_url: 'https://ci.example/7', build_number: '42' }
    const metadata = { project: 'shop', commit_sha: 'abc', ci_metadata: ci }
    const submitted = await server.post(
      '/api/v1/junit/submit',
      JSON.stringify({ xml_content: report(), metadata }),
      JSON_HEADERS,
    )
    const path = `/api/v1/test_runs/${submitted.at('test_run_id')}`

    const run = await server.get(path)
    const suites = await server.get(`${path}/test_suites`)
    const casesPath = `/api/v1/test_suites/${suites.at('test_suites', 0, 'id')}/test_cases`

    expect(run.json).toMatchObject({
      commit_sha: 'abc',
      total_time: 0.75,
      ci_metadata: { ...ci, build_number: 42 },
      signature: { state: 'unsigned' },
      test_suites: [{ name: 'unit', tests: 4, failures: 1, errors: 1, skipped: 1, time: 0.75 }],
    })
    expect((await server.get(casesPath)).json).toMatchObject({
      test_cases: [
        { name: 'adds', classname: 'cart', status: 'passed', time: 0.5 },
        {
          status: 'failed',
          failure_message: 'expected 1',
          failure_type: 'AssertionError',
          failure_stacktrace: 'at cart.ts:3',
        },
        { status: 'skipped', skip_message: 'later' },
        { status: 'error', failure_message: 'no bank' },
      ],
    })
    expect((await server.get(`${casesPath}?status=error`)).at('test_cases', 1, 'id')).toBe('')
    expect((await server.get(`${casesPath}?status=wrong`)).status).toBe(400)
    for (const missing of [
      '/api/v1/test_runs/nope',
      '/api/v1/test_runs/nope/test_suites',
      '/api/v1/test_suites/1/test_cases',
    ]) {
      expect((await server.get(missing)).status).toBe(404)
    }
  })

  it('a test that fails in one of two projects of the runner, in each run of a commit, is not flaky', async () => {
    const server = await start()
    const cases =
      '<testcase classname="c" name="pays" time="1"/>' +
      '<testcase classname="c" name="pays" time="1"><failure message="no"/></testcase>'
    for (const name of ['1', '2']) {
      const submitted = report({ name, properties: { 'git:commit': 'a' }, cases })
      expect((await server.post('/api/v1/junit/submit', submitted, XML)).status).toBe(201)
      server.advance(1_000)
    }

    expect(await flakiestTests(server.database, { project: 'shop', runs: 10 }, 10)).toEqual([])
  })

  it('testHistory, trend, slowestTests and flakiestTests compare the latest runs of a project', async () => {
    const server = await start()
    const failing = '<failure message="no"/>'
    const attempts = [
      ['a', '', failing],
      ['b', failing, failing],
      ['b', '', ''],
      ['c', '<flakyFailure message="once"/>', failing],
    ]
    for (const [index, [commit = '', unstable, edited]] of attempts.entries()) {
      const cases =
        `<testcase classname="c" name="unstable" time="1">${unstable}</testcase>` +
        `<testcase classname="c" name="edited" time="1">${index === 1 ? '' : edited}</testcase>` +
        '<testcase classname="c" name="slow" time="9"/>'
      const properties = { 'git:commit': commit }
      await server.post('/api/v1/junit/submit', report({ name: String(index), properties, cases }), XML)
      server.advance(1_000)
    }
    const range = { project: 'shop', runs: 10 }

    const [unstable] = await flakiestTests(server.database, range, 10)
    const [slow] = await slowestTests(server.database, range, 10)
    const history = await testHistory(server.database, unstable?.test_key ?? '', { limit: 10 })

    // Two runs of commit b differ, and the run of commit c needed a second attempt. Commit b took one run of 11 s, c one second.
    expect(unstable).toMatchObject({ name: 'unstable', commits: 3, flaky_commits: 2, cost: 12 })
    expect(await flakiestTests(server.database, range, 10)).toHaveLength(1)
    expect(slow).toMatchObject({ name: 'slow', average_time: 9 })
    expect(history.map(({ status, flaky }) => `${status}${flaky}`)).toEqual([
      'passed1',
      'passed0',
      'failed0',
      'passed0',
    ])
    expect((await trend(server.database, range)).map(({ success_rate }) => success_rate)).toEqual([
      66.67, 66.67, 100, 66.67,
    ])
  })
})
