import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startFacts } from '../src/enrich/facts.js'
import { composeReport, deliverReport, type PipelineSettings } from '../src/pipeline.js'
import { readReport } from '../src/report/read.js'
import { openStore, receiptFile } from '../src/store/reports.js'
import { skippedEntries } from '../src/store/skipped.js'
import { runJux } from './support/cli.js'
import { temporaryFolder } from './support/folders.js'
import { json, type Responder, startServer, text } from './support/http-server.js'
import { ownReport, storeWith } from './support/queued-reports.js'
import { newServerKey, type receiptContent, receiptFor } from './support/receipts.js'
import { aModule, aRun, aTest } from './support/runs.js'
import { fixedSystem } from './support/system.js'

const key = await newServerKey()
const RUN = aRun({ modules: [aModule({ tests: [aTest({ title: 'adds' })] })] })
const REPORT = ownReport('one')

/** The report in a request in JSON. */
const sentReport = (body: Buffer): Buffer => Buffer.from(JSON.parse(String(body)).xml_content)

/** A server that sends a receipt for what it gets. */
const withReceipt: Responder = (response, received, request) =>
  json(201, { test_run_id: 'run-1', receipt: receiptFor(sentReport(received.body), key) })(response, received, request)

const accepting = (receipt: unknown, status = 201) => json(status, { test_run_id: 'run-1', receipt })

/** Publishes a file to a server, and returns the warnings and the receipt beside the file. */
async function publishFile(responder: Responder, flags: readonly string[] = []) {
  const path = join(temporaryFolder(), 'report.xml')
  writeFileSync(path, REPORT)
  const server = await startServer(responder)
  const { code, out } = await runJux(['publish', path, '--api-url', server.url, '--json', ...flags])
  const { results } = JSON.parse(out)
  return { code, warnings: results[0].warnings ?? [], receipt: receiptIn(path) }
}

function receiptIn(reportPath: string): unknown {
  const path = receiptFile(reportPath)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
}

async function deliver(settings: Partial<PipelineSettings>) {
  const system = fixedSystem()
  const storagePath = join(temporaryFolder(), 'store')
  const all = { storageMode: 'local', ...settings, storagePath } as const
  const materials = { settings: all, facts: await startFacts({}, system), signer: undefined, system }
  return deliverReport(composeReport(RUN, materials), materials, {})
}

describe('the receipt of a server', () => {
  it.each(['both', 'cache'] as const)('is kept beside the report of a run in the mode %s', async (storageMode) => {
    const server = await startServer(withReceipt)

    const { path = '', report, submitted, failures } = await deliver({ storageMode, apiUrl: server.url })

    expect(failures).toEqual([])
    expect(submitted?.warnings).toEqual([])
    expect(dirname(path).endsWith('reports')).toBe(true)
    expect(receiptIn(path)).toMatchObject({ payloadType: 'application/vnd.jux.receipt+json' })
    expect(payloadOf(receiptIn(path))).toMatchObject({ content_hash: report.contentHash, tests: 1 })
    expect(statSync(receiptFile(path)).mode & 0o777).toBe(0o600)
  })

  it('is not kept in the mode api, which keeps no report', async () => {
    const server = await startServer(withReceipt)

    const { path, submitted } = await deliver({ storageMode: 'api', apiUrl: server.url })

    expect({ path, warnings: submitted?.warnings }).toEqual({ path: undefined, warnings: [] })
  })

  it('is kept by jux publish beside the file, and with 409 for a duplicate too', async () => {
    const receipt = receiptFor(REPORT, key)

    for (const status of [201, 409]) {
      expect(await publishFile(accepting(receipt, status))).toEqual({ code: 0, warnings: [], receipt })
    }
  })

  it('is kept by jux publish --queue beside the stored report', async () => {
    const { root, hashes, store } = storeWith('a', 'b')
    const server = await startServer(withReceipt)

    const { code } = await runJux(['publish', '--queue', '--api-url', server.url, '--storage-path', root])

    expect(code).toBe(0)
    const kept = store.list().map(({ path }) => payloadOf(receiptIn(path)).content_hash)
    expect(kept.sort()).toEqual([...hashes].sort())
  })

  it('is kept for a report that another tool has queued under a hash of its own', async () => {
    const { root, queue, store } = storeWith()
    const foreign = 'f'.repeat(64)
    queue.put([Buffer.from('<testsuite name="s"><testcase name="t"/></testsuite>')], foreign)
    const server = await startServer(withReceipt)

    const { err } = await runJux(['publish', '--queue', '--api-url', server.url, '--storage-path', root])

    const [stored] = store.list()
    expect({ err, hash: stored?.hash }).toEqual({ err: '', hash: foreign })
    expect(payloadOf(receiptIn(stored?.path ?? ''))).toMatchObject({ tests: 1 })
  })

  it.each([
    ['a text', 'thanks', 'not a DSSE envelope: it is not an object'],
    ['a list', [], 'not a DSSE envelope: it is not an object'],
    ['an envelope with more members', { ...receiptFor(REPORT, key), more: 1 }, 'it has the member "more"'],
    ['an envelope of another type', { ...receiptFor(REPORT, key), payloadType: 'text/plain' }, 'has no receipt'],
    ['a payload that is no receipt', { ...receiptFor(REPORT, key), payload: 'e30=' }, 'version: '],
    ['a large one', { ...receiptFor(REPORT, key), more: 'x'.repeat(70_000) }, 'it is longer than 65536 bytes'],
    ['another report', receiptFor(ownReport('two'), key), 'it is about the report '],
    ['other counts', receiptFor(REPORT, key, { failures: 1 }), 'it states 1 failures, the report has 0'],
  ])('is not kept, with a warning and the exit code 0, if it is %s', async (_, receipt, why) => {
    const { code, warnings, receipt: kept } = await publishFile(accepting(receipt))

    expect({ code, kept, warnings }).toEqual({
      code: 0,
      kept: undefined,
      warnings: [expect.stringMatching(/^the receipt of the server was not kept: /)],
    })
    expect(warnings[0]).toContain(why)
  })

  it('is not kept, with a warning, if it is nested deeper than can be written', async () => {
    const deep = `{"test_run_id":"run-1","receipt":${'['.repeat(60_000)}${']'.repeat(60_000)}}`

    const { code, warnings, receipt } = await publishFile(text(201, deep, { 'content-type': 'application/json' }))

    expect({ code, receipt, warnings }).toEqual({
      code: 0,
      receipt: undefined,
      warnings: [expect.stringContaining('the receipt of the server was not kept: ')],
    })
  })

  it('is not kept, with a warning, if it repeats the credentials, also in its payload', async () => {
    const token = 'a-very-secret-token'
    const flags = ['--bearer-token', token]
    const receipts = [receiptFor(REPORT, key, { server: token }), { ...receiptFor(REPORT, key), payloadType: token }]

    for (const receipt of receipts) {
      expect(await publishFile(accepting(receipt), flags)).toEqual({
        code: 0,
        receipt: undefined,
        warnings: ['the receipt of the server was not kept: it contains the credentials'],
      })
    }
  })

  it('is kept with one meaning if the server has written a member twice', async () => {
    const receipt = receiptFor(REPORT, key)
    const body = JSON.stringify({ test_run_id: 'run-1', receipt }).replace('"payload":', '"payload":"e30=","payload":')

    const { receipt: kept, warnings } = await publishFile(text(201, body, { 'content-type': 'application/json' }))

    expect({ kept, warnings }).toEqual({ kept: receipt, warnings: [] })
  })

  it('is a warning and no failure if it cannot be written', async () => {
    const path = join(temporaryFolder(), 'report.xml')
    writeFileSync(path, REPORT)
    mkdirSync(receiptFile(path))
    const server = await startServer(withReceipt)

    const { code, err } = await runJux(['publish', path, '--api-url', server.url])

    expect(code).toBe(0)
    expect(err).toContain('warn  the receipt of the server was not kept: cannot write ')
  })
})

describe('the store', () => {
  const { contentHash } = readReport(REPORT)

  function aStore() {
    const root = join(temporaryFolder(), 'store')
    const store = openStore(root)
    const path = store.put([REPORT], contentHash)
    writeFileSync(receiptFile(path), JSON.stringify(receiptFor(REPORT, key)))
    const cache = (...argv: string[]) => runJux(['cache', '--storage-path', root, ...argv])
    return { root, store, path, cache }
  }

  it('does not list a receipt as a report, and does not name it among what it leaves out', async () => {
    const { root, store, cache } = aStore()

    expect(store.list().map(({ hash }) => hash)).toEqual([contentHash])
    expect(store.stats()).toMatchObject({ totalReports: 1, totalSizeBytes: REPORT.length })
    expect(skippedEntries(root, 'reports')).toEqual([])
    expect((await cache('list')).err).toBe('')
  })

  it('deletes the receipt of a report with it', async () => {
    const { path, cache } = aStore()

    utimesSync(path, 0, 0)

    const { out } = await cache('clean', '--days', '1')

    expect(out).toMatch(/\n1 deleted, /)
    expect([existsSync(path), existsSync(receiptFile(path))]).toEqual([false, false])
  })

  it('shows the receipt of a report, and says that it is not verified', async () => {
    const { path, cache } = aStore()

    const { out } = await cache('show', contentHash)
    const shown = JSON.parse((await cache('show', contentHash, '--json')).out)

    expect(out).toContain(`
Receipt
File      ${receiptFile(path)}
Server    https://jux.example.com
Received  2026-01-02T03:04:05.678Z
Id        run-1
Verified  no; jux verify --receipt does
`)
    expect(shown).toMatchObject({ receipt: receiptFile(path) })
  })

  it('says why it cannot show the content of a receipt, and shows the report', async () => {
    const { path, cache } = aStore()
    writeFileSync(receiptFile(path), 'nothing')

    const { code, out } = await cache('show', contentHash)

    expect(code).toBe(0)
    expect(out).toMatch(/Error {2}not JSON: .*\n\n<\?xml /)
  })

  it.skipIf(process.platform === 'win32')('follows no link in the place of a receipt', async () => {
    const { path, cache } = aStore()
    const elsewhere = join(temporaryFolder(), 'receipt.json')
    writeFileSync(elsewhere, JSON.stringify(receiptFor(REPORT, key)))
    rmSync(receiptFile(path))
    symlinkSync(elsewhere, receiptFile(path))

    expect((await cache('show', contentHash)).out).not.toContain('Receipt')
    utimesSync(path, 0, 0)
    await cache('clean', '--days', '1')
    expect(existsSync(path)).toBe(false)
    expect(existsSync(elsewhere)).toBe(true)
  })
})

function payloadOf(envelope: unknown): Partial<ReturnType<typeof receiptContent>> {
  const payload = typeof envelope === 'object' && envelope !== null ? Reflect.get(envelope, 'payload') : ''
  return JSON.parse(Buffer.from(String(payload), 'base64').toString('utf8'))
}
