import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { verifyReceipt } from '../../src/attest/receipt.js'
import { temporaryFolder } from '../../test/support/folders.js'
import { testServer } from './support/server.js'

const XML =
  '<testsuites><testsuite name="s"><properties><property name="project" value="shop"/></properties><testcase classname="c" name="a"/><testcase classname="c" name="b"><failure message="m"/></testcase></testsuite></testsuites>'
const XML_TYPE = { 'content-type': 'application/xml' }

/** A folder with a key for receipts. */
function scene() {
  const cwd = temporaryFolder()
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const receiptKey = join(cwd, 'receipts.pem')
  writeFileSync(receiptKey, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  return { cwd, receiptKey, publicKey }
}

describe('receipts', () => {
  it('are signed for a stored report, and for the same report again with the time of the first', async () => {
    const { receiptKey, publicKey } = scene()
    const server = await testServer({ receiptKey })
    const path = '/api/v1/junit/submit'

    const first = await server.post(path, XML, XML_TYPE)
    server.advance(60_000)
    const second = await server.post(path, XML, XML_TYPE)
    const later = await server.get(`/api/v1/test_runs/${first.at('test_run_id')}/receipt`)

    const contents = [first.at('receipt', 'payload'), second.at('receipt', 'payload'), later.at('payload')].map(
      (payload) => JSON.parse(Buffer.from(payload, 'base64').toString()),
    )
    expect(second.at('status')).toBe('duplicate')
    expect(contents[0]).toMatchObject({
      version: 1,
      server: 'jux-server',
      id: first.at('test_run_id'),
      project: 'shop',
      content_hash: first.at('content_hash'),
      tests: 2,
      failures: 1,
      errors: 0,
      skipped: 0,
      signature: 'unsigned',
    })
    expect(contents[1]).toEqual(contents[0])
    expect(contents[2]).toEqual(contents[0])

    const { content, signed } = verifyReceipt(later.text, { publicKeys: [publicKey] }, new Date())
    expect(content).toEqual(contents[0])
    expect(signed.keyDescription).toBe('ECDSA P-256')
  })

  it('are in the response of every path for submissions', async () => {
    const { receiptKey } = scene()
    const server = await testServer({ receiptKey })

    for (const path of ['/api/v1/junit/submit', '/api/junit/submit', '/junit/submit']) {
      const { json } = await server.post(path, XML.replace('"s"', `"${path}"`), XML_TYPE)
      expect(json).toMatchObject({ receipt: { payloadType: 'application/vnd.jux.receipt+json' } })
    }
  })

  it('have a public key at an address that needs no API key', async () => {
    const { receiptKey } = scene()
    const server = await testServer({ receiptKey })

    const { status, text, headers } = await server.get('/api/receipt-key')

    expect({ status, type: headers.get('content-type') }).toEqual({ status: 200, type: 'application/x-pem-file' })
    expect(createPublicKey(text).asymmetricKeyType).toBe('ec')
    expect(text).not.toContain('PRIVATE')
  })

  it('are not there without a key', async () => {
    const server = await testServer()
    const submitted = await server.post('/api/v1/junit/submit', XML, XML_TYPE)

    expect(submitted.json).not.toHaveProperty('receipt')
    expect((await server.get(`/api/v1/test_runs/${submitted.at('test_run_id')}/receipt`)).status).toBe(404)
    expect((await server.get('/api/receipt-key')).status).toBe(404)
  })

  it('stop the start of a server whose key others can read, or that does not exist', async () => {
    const { cwd, receiptKey } = scene()
    const { privateKey } = generateKeyPairSync('ed25519')
    writeFileSync(join(cwd, 'other.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
    chmodSync(receiptKey, 0o644)

    await expect(testServer({ receiptKey })).rejects.toThrow('by other users')
    await expect(testServer({ receiptKey: join(cwd, 'none.pem') })).rejects.toThrow('none.pem')
    await expect(testServer({ receiptKey: join(cwd, 'other.pem') })).rejects.toThrow('which cannot sign')
  })
})
