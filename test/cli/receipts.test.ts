import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type ReceiptContent, signReceipt } from '../../src/attest/receipt.js'
import { loadSigner } from '../../src/sign/keys.js'
import { openQueue } from '../../src/store/queue.js'
import { openStore } from '../../src/store/reports.js'
import { runJux } from '../support/cli.js'
import { temporaryFolder } from '../support/folders.js'
import { json, startServer } from '../support/http-server.js'

const REPORT =
  '<testsuites><testsuite name="s"><testcase classname="c" name="a"/><testcase classname="c" name="b"><skipped/></testcase></testsuite></testsuites>'

/** A folder with a report, and what a server would sign about it. */
async function scene() {
  const cwd = temporaryFolder()
  const system = { cwd, dataDir: join(cwd, 'data'), homeDir: cwd }
  const jux = (...argv: string[]) => runJux(argv, { system })
  await jux('keygen', '--type', 'ecdsa', '--output', 'server.pem')
  await jux('keygen', '--type', 'ecdsa', '--output', 'ci.pem')
  writeFileSync(join(cwd, 'plain.xml'), REPORT)
  await jux('sign', 'plain.xml', '--key', 'ci.pem', '--output', 'report.xml')
  const { content_hash } = JSON.parse((await jux('verify', 'report.xml', '--public-key', 'ci.pub.pem', '--json')).out)
  const signer = await loadSigner({ keyPath: join(cwd, 'server.pem') })
  const content: ReceiptContent = {
    version: 1,
    server: 'jux-server',
    id: '7',
    project: 'shop',
    received_at: '2026-06-15T12:00:00.000Z',
    content_hash,
    tests: 2,
    failures: 0,
    errors: 0,
    skipped: 1,
    signature: 'trusted',
  }
  const receiptOf = (change: Partial<ReceiptContent> = {}) => signReceipt({ ...content, ...change }, signer)
  const kept = join(cwd, 'report.receipt.json')
  return { cwd, jux, content, receiptOf, kept, answer: (receipt: unknown) => json(201, { test_run_id: '7', receipt }) }
}

describe('jux publish', () => {
  it('keeps the receipt that a server has signed beside the report, which jux verify checks', async () => {
    const { jux, receiptOf, kept, answer } = await scene()
    const server = await startServer(answer(receiptOf()))

    const { code, err } = await jux('publish', '--file', 'report.xml', '--api-url', server.url)
    const trust = ['--public-key', 'ci.pub.pem', '--receipt', 'report.receipt.json', '--receipt-key', 'server.pub.pem']
    const verified = await jux('verify', 'report.xml', ...trust, '--json')

    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(JSON.parse(readFileSync(kept, 'utf8'))).toMatchObject({
      payloadType: 'application/vnd.jux.receipt+json',
    })
    expect(verified.code).toBe(0)
    expect(JSON.parse(verified.out)).toMatchObject({
      valid: true,
      receipt: {
        server: 'jux-server',
        id: '7',
        project: 'shop',
        received_at: '2026-06-15T12:00:00.000Z',
        signature: 'trusted',
      },
    })
  })

  it('keeps the receipts of queued reports with them, and deletes them with them', async () => {
    const { cwd, jux, content, receiptOf, answer } = await scene()
    const root = join(cwd, 'store')
    openQueue(root).put(readFileSync(join(cwd, 'report.xml')), content.content_hash)
    const server = await startServer(answer(receiptOf()))

    const { code } = await jux('publish', '--queue', '--api-url', server.url, '--storage-path', root)
    const path = join(root, 'reports', `${content.content_hash}.receipt.json`)

    expect(code).toBe(0)
    expect(existsSync(path)).toBe(true)
    const listed = await jux('cache', 'list', '--json', '--storage-path', root)
    expect(JSON.parse(listed.out).reports).toHaveLength(1)
    expect(openStore(root).delete(content.content_hash)).toBe(true)
    expect(existsSync(path)).toBe(false)
  })

  it.each([
    ['about another report', { content_hash: 'a'.repeat(64) }, 'it is about the report aaaa'],
    ['with other counts', { tests: 3 }, 'it states 3 tests, the report has 2'],
  ])('warns of a receipt %s, and does not keep it', async (_, change, message) => {
    const { jux, receiptOf, kept, answer } = await scene()
    const server = await startServer(answer(receiptOf(change)))

    const { code, out, err } = await jux('publish', '--file', 'report.xml', '--api-url', server.url)

    expect(code).toBe(0)
    expect(`${out}${err}`).toContain(`the receipt of the server was not kept: ${message}`)
    expect(existsSync(kept)).toBe(false)
  })

  it.each([
    ['no object', 'text'],
    ['no envelope', { a: 1 }],
    ['much too long', { payload: 'x'.repeat(100_000) }],
    ['no receipt in it', { payloadType: 'text/plain', payload: 'e30=', signatures: [{ sig: 'AA==' }] }],
  ])('sends the report even if what the server calls a receipt is %s', async (_, receipt) => {
    const { jux, kept, answer } = await scene()
    const server = await startServer(answer(receipt))

    expect((await jux('publish', '--file', 'report.xml', '--api-url', server.url)).code).toBe(0)
    expect(existsSync(kept)).toBe(false)
  })

  it('does not keep a receipt that repeats its credentials', async () => {
    const { cwd, receiptOf, kept, answer } = await scene()
    const apiKey = 'jux_key_0123456789abcdef'
    const server = await startServer(answer({ ...receiptOf(), note: apiKey }))

    await runJux(['publish', '--file', 'report.xml', '--api-url', server.url], {
      system: { cwd, env: { JUX_API_KEY: apiKey } },
    })

    expect(existsSync(kept)).toBe(false)
  })
})

describe('jux verify --receipt', () => {
  const trust = ['--public-key', 'ci.pub.pem']

  it.each([
    ['of another server', 'ci.pub.pem', {}, 'no signature of the envelope is of a trusted key'],
    [
      'for another report',
      'server.pub.pem',
      { content_hash: 'b'.repeat(64) },
      'is not for this report: it is about the report',
    ],
    ['with other counts', 'server.pub.pem', { failures: 1 }, 'it states 1 failures, the report has 0'],
  ])('refuses a receipt %s', async (_, key, change, message) => {
    const { jux, receiptOf, kept } = await scene()
    writeFileSync(kept, JSON.stringify(receiptOf(change)))

    const { code, out, err } = await jux(
      'verify',
      'report.xml',
      ...trust,
      '--receipt',
      'report.receipt.json',
      '--receipt-key',
      key,
    )

    expect(code).toBe(1)
    expect(`${out}${err}`).toContain(message)
  })

  it('refuses a receipt with an unknown member, and text that is no receipt', async () => {
    const { jux, receiptOf, kept, content } = await scene()
    const flags = ['--receipt', 'report.receipt.json', '--receipt-key', 'server.pub.pem']
    const changed = { ...receiptOf(), payload: Buffer.from(JSON.stringify({ ...content, more: 1 })).toString('base64') }

    for (const text of [JSON.stringify(changed), '{}', 'x', createHash('sha256').digest('hex')]) {
      writeFileSync(kept, text)
      expect((await jux('verify', 'report.xml', ...trust, ...flags)).code).toBe(1)
    }
  })

  it.each([
    [['--receipt', 'r.json'], '--receipt requires --receipt-key'],
    [['--receipt-key', 'server.pub.pem'], '--receipt-key requires --receipt'],
  ])('is a usage error with %j', async (flags, message) => {
    const { jux } = await scene()

    expect(await jux('verify', 'report.xml', ...trust, ...flags)).toMatchObject({
      code: 64,
      err: expect.stringContaining(message),
    })
  })
})
