import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { realSystem } from 'jux-reporter'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/support/folders.js'
import { openDatabase } from '../src/database/engine.js'
import { migrate } from '../src/database/migrations.js'
import { MAX_ROW_BYTES, openReportBytes } from '../src/ingest/bytes.js'
import { writeNewFile } from '../src/ingest/durable-file.js'
import { removeOldRuns } from '../src/retention.js'
import { loadSettings } from '../src/settings.js'
import { ENGINES, engineUnderTest } from './support/engines.js'
import { report, XML } from './support/reports.js'
import { type TestServer, testServer } from './support/server.js'
import { insertLast, newKey, signature } from './support/signing.js'

const SUBMIT = '/api/v1/junit/submit'
const key = newKey()

/** A report of a size in bytes. */
function reportOf(sizeBytes: number, name = 'sized'): string {
  const withText = (text: string) => report({ name, cases: `<testcase name="a"><failure>${text}</failure></testcase>` })
  return withText('x'.repeat(sizeBytes - withText('').length))
}

/** Where the bytes of reports are: the rows with bytes, and the files. */
async function places({ database, dataDir }: TestServer) {
  const { rows } = await sql<{ count: number }>`select count(*) as count from report_bytes`.execute(database)
  const root = join(dataDir, 'reports')
  const files = existsSync(root) ? readdirSync(root).flatMap((folder) => readdirSync(join(root, folder))) : []
  return { rows: Number(rows[0]?.count), files: files.length }
}

const stored = async (server: TestServer, id: string) => (await server.get(`/api/v1/test_runs/${id}/report`)).text

describe('the bytes of a report with SQLite', () => {
  it.each([
    ['in the database up to 128 KiB', MAX_ROW_BYTES, { rows: 1, files: 0 }],
    ['in a file above 128 KiB', MAX_ROW_BYTES + 1, { rows: 0, files: 1 }],
  ])('are %s', async (_title, sizeBytes, expected) => {
    const server = await testServer()
    const xml = reportOf(sizeBytes)

    const id = (await server.post(SUBMIT, xml, XML)).at('test_run_id')

    expect(Buffer.byteLength(xml)).toBe(sizeBytes)
    expect(await places(server)).toEqual(expected)
    expect(await stored(server, id)).toBe(xml)
  })

  it('move into a file when the signed copy is too large for the database, and nothing is left behind', async () => {
    const server = await testServer()
    const unsigned = reportOf(MAX_ROW_BYTES)
    const signed = await key.sign(unsigned)

    const first = await server.post(SUBMIT, unsigned, XML)
    const before = await places(server)
    const second = await server.post(SUBMIT, signed, XML)

    expect(second.at('test_run_id')).toBe(first.at('test_run_id'))
    expect([before, await places(server)]).toEqual([
      { rows: 1, files: 0 },
      { rows: 0, files: 1 },
    ])
    expect(await stored(server, first.at('test_run_id'))).toBe(signed)
  })

  it('move into the database when the signed copy is small enough, and the file is deleted', async () => {
    const server = await testServer()
    const small = reportOf(MAX_ROW_BYTES - 5_000)
    // The same report for the content hash, with white space that canonicalization drops.
    const spaced = small.replace('<testsuites', `<testsuites${' '.repeat(6_000)}`)
    const signed = insertLast(small, await signature(small, key.privatePem))

    const first = await server.post(SUBMIT, spaced, XML)
    const before = await places(server)
    await server.post(SUBMIT, signed, XML)

    expect([before, await places(server)]).toEqual([
      { rows: 0, files: 1 },
      { rows: 1, files: 0 },
    ])
    expect(await stored(server, first.at('test_run_id'))).toBe(signed)
  })

  it('are deleted with their run, from the database and from the folder', async () => {
    const server = await testServer()
    for (const [at, sizeBytes] of [10_000, MAX_ROW_BYTES + 1].entries()) {
      await server.post(SUBMIT, reportOf(sizeBytes, `run ${at}`), XML)
    }
    const before = await places(server)
    const { bytes, settings } = openedBytes(server)

    const removed = await removeOldRuns(
      { settings, database: server.database, bytes, now: () => new Date(Date.now() + 86_400_000) },
      () => false,
    )

    expect([before, removed, await places(server)]).toEqual([{ rows: 1, files: 1 }, 2, { rows: 0, files: 0 }])
  })

  it('stay readable after an update of a database whose small reports are in files', async () => {
    const dataDir = temporaryFolder()
    const [id, hash] = ['00000000-0000-4000-8000-000000000001', 'ab'.repeat(32)]
    const { database, engine } = await openDatabase({ dataDir })
    await migrate(database, engine, '003_arrival')
    await sql`insert into runs (id, content_hash, project, environment, tests, failures, errors, skipped, flaky, success_rate,
        total_time, inserted_at, signature, size_bytes, protocol)
      values (${id}, ${hash}, 'shop', 'test', 0, 0, 0, 0, 0, 0, 0, 1, 'unsigned', 1, 'xml')`.execute(database)
    await database.destroy()
    await writeNewFile(join(dataDir, 'reports', hash.slice(0, 2), `${hash}.${id}.xml`), Buffer.from('<old/>'))

    const server = await testServer({ dataDir })

    expect(await stored(server, id)).toBe('<old/>')
  })
})

describe.each(ENGINES)('reports that arrive together on %s', (engine) => {
  const { start } = engineUnderTest(engine)

  it('keep their own bytes', async () => {
    const server = await start()
    const reports = Array.from({ length: 12 }, (_, at) => reportOf(40_000 + at, `run ${at}`))

    const answers = await Promise.all(reports.map((xml) => server.post(SUBMIT, xml, XML)))

    expect(await Promise.all(answers.map((answer) => stored(server, answer.at('test_run_id'))))).toEqual(reports)
  })
})

function openedBytes(server: TestServer) {
  return {
    bytes: openReportBytes({ engine: 'sqlite', database: server.database }, server.dataDir),
    settings: loadSettings({ data: server.dataDir, keep: '1h' }, { ...realSystem(), env: {} }),
  }
}
