import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadSigner } from '../../src/sign/keys.js'
import { runJux } from '../support/cli.js'
import { newServerKey, receiptFor } from '../support/receipts.js'
import { signedScene } from '../support/signed-scene.js'

const TRUST = ['--public-key', 'key.pub.pem']
const RECEIPT = ['--receipt', 'good.receipt.json', '--receipt-key', 'server.pub.pem']

/** A signed report with the receipt of a server. */
async function scene(changes: Parameters<typeof receiptFor>[2] = {}) {
  const { cwd, jux } = await signedScene()
  const server = await newServerKey()
  const report = readFileSync(join(cwd, 'good.xml'))
  const write = (name: string, content: unknown) => writeFileSync(join(cwd, name), JSON.stringify(content))
  write('good.receipt.json', receiptFor(report, server, changes))
  writeFileSync(join(cwd, 'server.pub.pem'), server.publicPem)
  const verify = (...flags: string[]) => jux('verify', 'good.xml', ...TRUST, ...RECEIPT, ...flags)
  return { cwd, jux, server, report, write, verify }
}

describe('jux verify --receipt', () => {
  it('prints which server has received the report, when, and as what', async () => {
    const { verify } = await scene()

    const { code, out, err } = await verify()

    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(
      /^valid +good\.xml .*, received by https:\/\/jux\.example\.com at 2026-01-02T03:04:05\.678Z as run-1\n$/,
    )
  })

  it('prints the same as JSON, with the key of the server and what it found out', async () => {
    const { verify, server, report } = await scene({ signature: 'untrusted' })

    const { receipt, content_hash } = JSON.parse((await verify('--json')).out)

    const { sha256 } = JSON.parse(Buffer.from(receiptFor(report, server).payload, 'base64').toString())
    expect(content_hash).toMatch(/^[0-9a-f]{64}$/)
    expect(receipt).toEqual({
      server: 'https://jux.example.com',
      id: 'run-1',
      project: 'app',
      received_at: '2026-01-02T03:04:05.678Z',
      signature: 'untrusted',
      sha256,
      same_bytes: true,
      fingerprint: server.signer.fingerprint,
      key: 'ECDSA P-256',
    })
  })

  it('accepts a receipt for other bytes of the same content, and says so', async () => {
    const { verify } = await scene({ sha256: '0'.repeat(64) })

    const text = await verify()
    const json = JSON.parse((await verify('--json')).out)

    expect(text).toMatchObject({
      code: 0,
      out: expect.stringContaining('as run-1 (with another signature or encoding)'),
    })
    expect(json.receipt.same_bytes).toBe(false)
  })

  it.each([
    ['another report', { content_hash: 'b'.repeat(64) }, 'subject-mismatch', 'it is about the report bbbb'],
    ['other counts', { tests: 2 }, 'content-mismatch', 'it states 2 tests, the report has 1'],
  ])('refuses a receipt for %s', async (_, changes, reason, message) => {
    const { verify } = await scene(changes)

    const { code, out, err } = await verify()

    expect(code).toBe(1)
    expect(out).toMatch(/^invalid +good\.xml/)
    expect(err).toContain(`the receipt good.receipt.json is not for this report: ${message}`)
    expect(err).toContain(reason)
  })

  it('trusts no receipt of the key that signed the report, or of an unknown key', async () => {
    const { verify, write, report, cwd } = await scene()
    const own = await loadSigner({ keyPath: join(cwd, 'key.pem') })

    for (const signer of [own, (await newServerKey()).signer]) {
      write('good.receipt.json', receiptFor(report, { signer }))
      expect(await verify('--json')).toMatchObject({
        code: 1,
        out: expect.stringContaining('"reason": "signature-mismatch"'),
      })
    }
  })

  it('does not trust the key of the server for reports', async () => {
    const { jux } = await scene()

    const { code, out } = await jux('verify', 'good.xml', '--public-key', 'server.pub.pem', ...RECEIPT)

    expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining('(untrusted-key)') })
  })

  it('refuses a changed report first, whatever the receipt says', async () => {
    const { jux, write, server, cwd } = await scene()
    write('bad.receipt.json', receiptFor(readFileSync(join(cwd, 'bad.xml')), server))

    const { code, out } = await jux(
      ...['verify', 'bad.xml', ...TRUST, '--receipt', 'bad.receipt.json', '--receipt-key', 'server.pub.pem'],
    )

    expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining('(digest-mismatch)') })
  })

  it.each([
    ['no JSON', 'nothing', 'not JSON'],
    ['an attestation', '{"mediaType":"x"}', 'not a DSSE envelope'],
    ['a member twice', '{"payload":"a","payload":"b"}', 'it has the member "payload" twice'],
    ['more than 64 KiB', ' '.repeat(65_537), 'longer than 65536 bytes'],
  ])('refuses a file with %s', async (_, content, message) => {
    const { verify, cwd } = await scene()
    writeFileSync(join(cwd, 'good.receipt.json'), content)

    const { code, err } = await verify()

    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(message) })
  })

  it('refuses an attestation in the place of the report', async () => {
    const { jux } = await scene()
    await jux('attest', 'good.xml', ...TRUST, '--key', 'key.pem')

    const { code, err } = await jux('verify', 'good.sigstore.json', ...TRUST, ...RECEIPT)

    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining('good.sigstore.json is an attestation, and --receipt needs the report'),
    })
  })

  it('says what is missing: the file, the key', async () => {
    const { jux, verify } = await scene()
    const without = await jux(
      'verify',
      'good.xml',
      ...TRUST,
      '--receipt',
      'none.json',
      '--receipt-key',
      'server.pub.pem',
    )
    const noKey = await jux(
      'verify',
      'good.xml',
      ...TRUST,
      '--receipt',
      'good.receipt.json',
      '--receipt-key',
      'none.pem',
    )

    expect((await verify()).code).toBe(0)
    expect(without.err).toContain('file not found: none.json')
    expect(noKey.err).toContain('KEY_NOT_FOUND')
  })

  it.each([
    [['--receipt', 'a.json'], '--receipt requires --receipt-key'],
    [['--receipt-key', 'a.pem'], '--receipt-key requires --receipt'],
    [['--receipt', '', '--receipt-key', 'a.pem'], 'the file name of the receipt is empty'],
    [['b.xml', '--receipt', 'a.json', '--receipt-key', 'a.pem'], '--receipt is for one report'],
  ])('is a usage error with the flags %j', async (flags, message) => {
    const { code, err } = await runJux(['verify', 'a.xml', ...TRUST, ...flags])

    expect({ code, err }).toEqual({ code: 64, err: expect.stringContaining(message) })
  })

  it('accepts one of several keys of a server', async () => {
    const { verify, cwd } = await scene()
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    writeFileSync(join(cwd, 'old.pub.pem'), publicKey.export({ type: 'spki', format: 'pem' }))

    expect((await verify('--receipt-key', 'old.pub.pem')).code).toBe(0)
  })
})
