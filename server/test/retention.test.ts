import { realSystem } from 'jux-reporter'
import { describe, expect, it } from 'vitest'
import { MAX_ROW_BYTES, openReportBytes } from '../src/ingest/bytes.js'
import { removeOldRuns } from '../src/retention.js'
import { loadSettings } from '../src/settings.js'
import { ENGINES, engineUnderTest } from './support/engines.js'
import { report, XML } from './support/reports.js'
import { testServer } from './support/server.js'

/** The `seq` of the first run in a database. */
const FIRST_RUN = 1

describe('ReportBytes.sweep', () => {
  it('deletes report files without a run when they are older than an hour, and keeps the others', async () => {
    const server = await testServer()
    const xml = report({ cases: `<testcase name="a"><failure>${'x'.repeat(MAX_ROW_BYTES)}</failure></testcase>` })
    const kept = await server.post('/api/v1/junit/submit', xml, XML)
    const bytes = openReportBytes({ engine: 'sqlite', database: server.database }, server.dataDir)
    const lost = { id: '00000000-0000-4000-8000-000000000000', contentHash: 'a'.repeat(64) }
    await bytes.prepare(lost, Buffer.alloc(MAX_ROW_BYTES + 1))

    const tooEarly = await bytes.sweep(Date.now())
    const later = await bytes.sweep(Date.now() + 2 * 3_600_000)

    expect([tooEarly, later]).toEqual([0, 1])
    expect(await bytes.read({ ...lost, seq: 0 })).toBeUndefined()
    expect((await server.get(`/api/v1/test_runs/${kept.at('test_run_id')}/report`)).text).toBe(xml)
  })
})

describe.each(ENGINES)('removeOldRuns on %s', (engine) => {
  const { start } = engineUnderTest(engine)

  it('deletes runs that are older than the retention time, and nothing else', async () => {
    const server = await start()
    // With SQLite, its bytes are in a file.
    const cases = `<testcase name="a"><failure>${'x'.repeat(MAX_ROW_BYTES)}</failure></testcase>`
    const oldReport = report({ name: 'old', cases })
    const old = await server.post('/api/v1/junit/submit', oldReport, XML)
    server.advance(10 * 86_400_000)
    const young = await server.post('/api/v1/junit/submit', report({ name: 'young' }), XML)
    const settings = { ...loadSettings({ data: server.dataDir, keep: '5d' }, { ...realSystem(), env: {} }) }
    const bytes = openReportBytes({ engine, database: server.database }, server.dataDir)
    const bytesOfOld = () =>
      bytes.read({ id: old.at('test_run_id'), contentHash: old.at('content_hash'), seq: FIRST_RUN })
    expect(Buffer.from((await bytesOfOld()) ?? []).toString()).toBe(oldReport)

    const removed = await removeOldRuns(
      {
        settings,
        database: server.database,
        bytes,
        now: () => new Date(Date.now() + 10 * 86_400_000),
      },
      () => false,
    )

    expect(removed).toBe(1)
    expect(await bytesOfOld()).toBeUndefined()
    expect((await server.get(`/api/v1/test_runs/${old.at('test_run_id')}`)).status).toBe(404)
    expect((await server.get(`/api/v1/test_runs/${young.at('test_run_id')}/report`)).text).toBe(
      report({ name: 'young' }),
    )
    expect(await server.database.selectFrom('cases').select('position').execute()).toHaveLength(4)
  })

  it('deletes a test that no report has had since, and keeps those that a run still has', async () => {
    const server = await start()
    const submit = (name: string, cases: string) =>
      server.post(
        '/api/v1/junit/submit',
        report({ name, cases: `<testcase classname="c" name="stays"/>${cases}` }),
        XML,
      )
    const days = (count: number) => count * 86_400_000
    const names = async () =>
      (await server.database.selectFrom('tests').select('name').orderBy('name').execute()).map(({ name }) => name)
    const settings = { ...loadSettings({ data: server.dataDir, keep: '5d' }, { ...realSystem(), env: {} }) }
    const bytes = openReportBytes({ engine, database: server.database }, server.dataDir)
    const remove = (ms: number) =>
      removeOldRuns({ settings, database: server.database, bytes, now: () => new Date(Date.now() + ms) }, () => false)

    await submit('first', '<testcase classname="c" name="goes"/>')
    server.advance(days(6))
    const second = await submit('second', '')
    const testPath = async (name: string) =>
      (await server.get(`/tests?project=shop&classname=c&name=${name}`)).headers.get('location') ?? ''
    await remove(days(6))
    const afterRun = [await names(), (await server.get(await testPath('goes'))).status]
    await remove(days(9))

    expect(afterRun).toEqual([['goes', 'stays'], 404])
    expect(await names()).toEqual(['stays'])
    expect((await server.get(await testPath('stays'))).status).toBe(200)
    expect((await server.get(`/api/v1/test_runs/${second.at('test_run_id')}`)).at('total_tests')).toBe('1')
  })
})
