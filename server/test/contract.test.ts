import { gzipSync } from 'node:zlib'
import { contentHash, realSystem } from 'jux-reporter'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKey } from '../src/access/keys.js'
import type { Engine } from '../src/database/engine.js'
import { MemoryBudget } from '../src/ingest/body.js'
import { openReportBytes } from '../src/ingest/bytes.js'
import { flakiestTests, slowestTests, testHistory, trend } from '../src/queries/trends.js'
import { removeOldRuns } from '../src/retention.js'
import { loadSettings, type Settings } from '../src/settings.js'
import { findPostgres, type Postgres, startPostgres } from './support/postgres.js'
import { JSON_HEADERS, report, XML } from './support/reports.js'
import { type TestServer, testServer } from './support/server.js'

const programs = findPostgres()
const engines: readonly Engine[] = programs === undefined ? ['sqlite'] : ['sqlite', 'postgres']
const REMOTE = { 'x-forwarded-for': '203.0.113.9' }

describe('report files', () => {
  it('without a run are removed when they are old, and only then', async () => {
    const server = await testServer()
    const kept = await server.post('/api/v1/junit/submit', report(), XML)
    const bytes = openReportBytes({ engine: 'sqlite', database: server.database }, server.dataDir)
    const lost = { id: '00000000-0000-4000-8000-000000000000', contentHash: 'a'.repeat(64) }
    bytes.prepare(lost, Buffer.from('left behind'))

    const tooEarly = await bytes.sweep(Date.now())
    const later = await bytes.sweep(Date.now() + 2 * 3_600_000)

    expect([tooEarly, later]).toEqual([0, 1])
    expect(await bytes.read({ ...lost, seq: 0 })).toBeUndefined()
    expect((await server.get(`/api/v1/test_runs/${kept.at('test_run_id')}/report`)).text).toBe(report())
  })
})

describe.each(engines)('on %s', (engine) => {
  let postgres: Postgres | undefined

  beforeAll(async () => {
    if (engine === 'postgres' && programs !== undefined) postgres = await startPostgres(programs)
  })
  afterAll(() => postgres?.stop())

  const start = async (
    overrides: Partial<Settings> = {},
    prepare?: Parameters<typeof testServer>[1],
  ): Promise<TestServer> => testServer({ databaseUrl: await postgres?.newDatabase(), ...overrides }, prepare)

  it('takes the four forms and answers each as documented', async () => {
    const server = await start()
    const json = (name: string) => JSON.stringify({ xml_content: report({ name }), metadata: { project: 'shop' } })
    const envelope = (xml: string) =>
      JSON.stringify({ report: xml, canonical_hash: `sha256:${contentHash(Buffer.from(xml))}`, metadata: {} })

    const published = await server.post('/api/v1/junit/submit', report({ name: 'a' }), XML)
    const asJson = await server.post('/api/v1/junit/submit', json('b'), JSON_HEADERS)
    const legacy = await server.post('/api/junit/submit', json('c'), JSON_HEADERS)
    const bare = await server.post('/junit/submit', report({ name: 'e' }), XML)
    const reports = await server.post('/api/v1/reports', envelope(report({ name: 'd' })), JSON_HEADERS)

    const counts = { test_count: 4, failure_count: 1, error_count: 1, skipped_count: 1, success_rate: 50 }
    expect(published).toMatchObject({ status: 201, json: { ...counts, status: 'success' } })
    expect(asJson).toMatchObject({ status: 201, json: counts })
    expect(legacy).toMatchObject({
      status: 201,
      json: { ...counts, test_run: { project: 'shop', total_tests: 4, failures: 1, id: legacy.at('test_run_id') } },
    })
    expect(bare).toMatchObject({ status: 201, json: counts })
    expect(reports).toMatchObject({ status: 201, json: { status: 'created' } })
    expect(reports.at('canonical_hash')).toBe(`sha256:${contentHash(Buffer.from(report({ name: 'd' })))}`)
  })

  it('keeps the bytes as they came', async () => {
    const server = await start()
    const bytes = Buffer.from(`<?xml version="1.0"?>\r\n<!-- as it was -->${report({ name: 'ü😀' })}\n`)

    const plain = await server.post('/api/v1/junit/submit', bytes, XML)
    const packed = await server.post('/api/v1/junit/submit', gzipSync(report()), { ...XML, 'content-encoding': 'gzip' })

    expect((await server.get(`/api/v1/test_runs/${plain.at('test_run_id')}/report`)).text).toBe(bytes.toString())
    expect((await server.get(`/api/v1/test_runs/${packed.at('test_run_id')}/report`)).text).toBe(report())
  })

  it('stores a repeat once, and names the first', async () => {
    const server = await start()
    const body = JSON.stringify({ report: report(), canonical_hash: contentHash(Buffer.from(report())) })

    const answers = await Promise.all(
      Array.from({ length: 10 }, () => server.post('/api/v1/junit/submit', report(), XML)),
    )
    const envelope = await server.post('/api/v1/reports', body, JSON_HEADERS)

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    expect(new Set([...answers.map((answer) => answer.at('test_run_id')), envelope.at('id')]).size).toBe(1)
    expect(answers.filter((answer) => answer.at('status') === 'success')).toHaveLength(1)
    expect(envelope).toMatchObject({ status: 409, json: { status: 'duplicate' } })
    expect((await server.get('/api/v1/test_runs')).at('pagination', 'total_count')).toBe('1')
  })

  it('takes the same bytes for another project as another run', async () => {
    const server = await start()
    const body = (project: string) => JSON.stringify({ xml_content: report({ project: '' }), metadata: { project } })

    await server.post('/api/v1/junit/submit', body('one'), JSON_HEADERS)
    const second = await server.post('/api/v1/junit/submit', body('two'), JSON_HEADERS)

    expect(second.at('status')).toBe('success')
    expect((await server.get('/api/v1/test_runs?project=two')).at('test_runs', 0, 'id')).toBe(second.at('test_run_id'))
  })

  it('takes one report for one Idempotency-Key, also when two come at once', async () => {
    const server = await start()
    const headers = { ...XML, 'idempotency-key': 'build-7' }

    const answers = await Promise.all(
      ['a', 'b'].map((name) => server.post('/api/v1/junit/submit', report({ name }), headers)),
    )

    expect(answers.map(({ status }) => status).sort()).toEqual([201, 422])
    expect((await server.get('/api/v1/test_runs')).at('pagination', 'total_count')).toBe('1')
  })

  it('finds runs by project, branch, status, time and tags, in pages and in order', async () => {
    const server = await start()
    const passed = '<testcase name="t" classname="c"/>'
    const submit = async (name: string, properties: Record<string, string>, cases?: string) => {
      const answer = await server.post(
        '/api/v1/junit/submit',
        report({ name, properties, ...(cases === undefined ? {} : { cases }) }),
        XML,
      )
      server.advance(1_000)
      return answer.at('test_run_id')
    }
    const first = await submit('1', { 'git:branch': 'main', 'jux:tags': 'nightly, linux' }, passed)
    const second = await submit('2', { 'git:branch': 'dev', 'jux:tags': 'linux' })
    const ids = async (query: string) => {
      const answer = await server.get(`/api/v1/test_runs?${query}`)
      return Array.from({ length: 3 }, (_, index) => answer.at('test_runs', index, 'id')).filter((id) => id !== '')
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

  it('shows a run, its suites, and their test cases', async () => {
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

  it("tells a test's history, and which tests are slow or change their mind", async () => {
    const server = await start()
    const failing = '<failure message="no"/>'
    for (const [index, inside] of ['', failing, '', '<flakyFailure message="once"/>'].entries()) {
      const cases = `<testcase classname="c" name="moody" time="1">${inside}</testcase><testcase classname="c" name="slow" time="9"/>`
      await server.post('/api/v1/junit/submit', report({ name: String(index), cases }), XML)
      server.advance(1_000)
    }
    const scope = { project: 'shop', runs: 10 }

    const [moody] = await flakiestTests(server.database, scope, 10)
    const [slow] = await slowestTests(server.database, scope, 10)
    const history = await testHistory(server.database, moody?.test_key ?? '', { limit: 10 })

    expect(moody).toMatchObject({ name: 'moody', runs: 4, failed: 1, flaky: 1, flips: 3 })
    expect(await flakiestTests(server.database, scope, 10)).toHaveLength(1)
    expect(slow).toMatchObject({ name: 'slow', average_time: 9 })
    expect(history.map(({ status, flaky }) => `${status}${flaky}`)).toEqual([
      'passed1',
      'passed0',
      'failed0',
      'passed0',
    ])
    expect((await trend(server.database, scope)).map(({ success_rate }) => success_rate)).toEqual([100, 50, 100, 100])
  })

  it('counts 100 submissions a minute and key, and says when the next one may come', async () => {
    let key = ''
    const server = await start({ rateLimit: 3, trustedProxies: ['127.0.0.1'] }, async (database) => {
      key = (await createKey(database, { name: 'ci', scope: 'all' }, Date.now())).text
    })
    const headers = { ...XML, ...REMOTE, authorization: `Bearer ${key}` }
    const submit = () => server.post('/api/v1/junit/submit', report(), headers)

    const allowed = [await submit(), await submit(), await submit()]
    const refused = await submit()
    const anonymous = await server.post('/api/v1/junit/submit', report(), { ...XML, ...REMOTE })
    server.advance(60_000)

    expect(allowed.map(({ status }) => status)).toEqual([201, 201, 201])
    expect(allowed.map(({ headers }) => headers.get('x-ratelimit-remaining'))).toEqual(['2', '1', '0'])
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50)
    expect(refused.headers.get('x-ratelimit-limit')).toBe('3')
    expect(refused.json).toMatchObject({ details: { retry_after: Number(refused.headers.get('retry-after')) } })
    expect(anonymous.status).toBe(401)
    expect((await submit()).status).toBe(201)
  })

  it('forgets runs that are older than they are to be kept, and nothing else', async () => {
    const server = await start()
    const old = await server.post('/api/v1/junit/submit', report({ name: 'old' }), XML)
    server.advance(10 * 86_400_000)
    const young = await server.post('/api/v1/junit/submit', report({ name: 'young' }), XML)
    const settings = { ...loadSettings({ data: server.dataDir, keep: '5d' }, { ...realSystem(), env: {} }) }
    const opened = { engine, database: server.database } as const

    const removed = await removeOldRuns(
      {
        settings,
        database: server.database,
        bytes: openReportBytes(opened, server.dataDir),
        budget: new MemoryBudget(0),
        isTrustedProxy: () => false,
        log: { info: () => {}, error: () => {} },
        now: () => new Date(Date.now() + 10 * 86_400_000),
      },
      () => false,
    )

    expect(removed).toBe(1)
    expect((await server.get(`/api/v1/test_runs/${old.at('test_run_id')}`)).status).toBe(404)
    expect((await server.get(`/api/v1/test_runs/${young.at('test_run_id')}/report`)).text).toBe(
      report({ name: 'young' }),
    )
    expect(await server.database.selectFrom('cases').select('name').execute()).toHaveLength(4)
  })

  it('is one server when two instances share a database', async () => {
    const databaseUrl = await postgres?.newDatabase()
    const one = await testServer({ databaseUrl })
    const two = await testServer({ databaseUrl, dataDir: one.dataDir })

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? one : two).post('/api/v1/junit/submit', report(), XML)),
    )

    expect(new Set(answers.map((answer) => answer.at('test_run_id'))).size).toBe(1)
    expect((await two.get(`/api/v1/test_runs/${answers[0]?.at('test_run_id')}/report`)).text).toBe(report())
  })

  it('is not moved by SQL, NUL and direction characters in any field', async () => {
    const server = await start()
    const hostile = `'; drop table runs; -- " \u202e <script>alert(1)</script> %_\\`
    const body = (project: string) =>
      JSON.stringify({
        xml_content: report({ project: '', name: hostile, properties: { [hostile]: hostile } }),
        metadata: {
          project,
          branch: `${hostile}\0`,
          commit_sha: hostile,
          tags: [hostile, '\ud800'],
          environment: hostile,
        },
      })

    const submitted = await server.post('/api/v1/junit/submit', body(hostile), JSON_HEADERS)
    const query = (name: string, value: string) => server.get(`/api/v1/test_runs?${name}=${encodeURIComponent(value)}`)

    expect(submitted.status).toBe(201)
    expect((await query('project', hostile)).json).toMatchObject({
      test_runs: [{ project: hostile, commit_sha: hostile, branch: `${hostile}\ufffd` }],
    })
    expect((await query('tags', hostile)).at('pagination', 'total_count')).toBe('1')
    for (const name of ['project', 'branch', 'tags', 'sort_by', 'date_from', 'page']) {
      expect((await query(name, '\0')).status).toBe(400)
      expect([200, 400]).toContain((await query(name, hostile)).status)
    }
    expect((await server.get('/api/v1/test_runs')).at('pagination', 'total_count')).toBe('1')
  })
})
