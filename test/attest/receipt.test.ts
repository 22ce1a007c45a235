import { createPublicKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { signEnvelope } from '../../src/attest/dsse.js'
import { RECEIPT_TYPE, readReceipt, receiptDifference, verifyReceipt } from '../../src/attest/receipt.js'
import { newServerKey, receiptContent, receiptFor } from '../support/receipts.js'
import { REPORT } from '../support/signed-scene.js'

const BYTES = Buffer.from(REPORT)
const CONTENT = receiptContent(BYTES)
const AT = new Date('2026-01-03T00:00:00Z')
const key = await newServerKey()
const trust = { publicKeys: [createPublicKey(key.publicPem)] }

/** An envelope whose payload is any text. */
const signed = (payload: string, type = RECEIPT_TYPE) =>
  JSON.stringify(signEnvelope(type, Buffer.from(payload), key.signer))

describe('verifyReceipt', () => {
  it('returns what the server has signed, and which key it was', () => {
    const { content, signed } = verifyReceipt(JSON.stringify(receiptFor(BYTES, key)), trust, AT)

    expect(content).toEqual(CONTENT)
    expect(signed).toMatchObject({ basis: 'public-key', fingerprint: key.signer.fingerprint })
  })

  it('refuses a receipt whose payload was changed, and one of another key', async () => {
    const receipt = receiptFor(BYTES, key)
    const payload = Buffer.from(JSON.stringify({ ...CONTENT, tests: 2 })).toString('base64')
    const other = receiptFor(BYTES, await newServerKey())

    for (const one of [{ ...receipt, payload }, other]) {
      expect(() => verifyReceipt(JSON.stringify(one), trust, AT)).toThrow(
        expect.objectContaining({ code: 'ATTESTATION_SIGNATURE_INVALID' }),
      )
    }
  })

  it('refuses an envelope of another type, although a trusted key has signed it', () => {
    const attestation = signed(JSON.stringify(CONTENT), 'application/vnd.in-toto+json')

    for (const read of [() => verifyReceipt(attestation, trust, AT), () => readReceipt(attestation)]) {
      expect(read).toThrow(expect.objectContaining({ code: 'ATTESTATION_INVALID', reason: 'payload-type' }))
    }
  })
})

describe('readReceipt', () => {
  it.each([
    ['another version', { ...CONTENT, version: 2 }, 'version: '],
    ['an unknown member', { ...CONTENT, more: 1 }, "'more'"],
    ['a missing digest', { ...CONTENT, sha256: undefined }, 'sha256: Required'],
    ['a content hash in upper case', { ...CONTENT, content_hash: 'A'.repeat(64) }, 'content_hash: '],
    ['a negative count', { ...CONTENT, skipped: -1 }, 'skipped: '],
    ['a count that is a text', { ...CONTENT, tests: '1' }, 'tests: '],
    ['a time without a zone', { ...CONTENT, received_at: '2026-01-02T03:04:05' }, 'received_at: '],
    ['a long name', { ...CONTENT, server: 'a'.repeat(1_001) }, 'server: '],
    ['an empty name', { ...CONTENT, server: '' }, 'server: '],
    ['a list', [], 'Expected object'],
  ])('refuses %s', (_, content, message) => {
    const read = () => readReceipt(signed(JSON.stringify(content)))

    expect(read).toThrow(expect.objectContaining({ code: 'ATTESTATION_INVALID', reason: 'payload' }))
    expect(read).toThrow(message)
  })

  it('refuses a payload in which a member appears twice, and one that is not JSON', () => {
    const twice = JSON.stringify(CONTENT).replace('{', '{"tests":2,')

    expect(() => readReceipt(signed(twice))).toThrow('it has the member "tests" twice')
    expect(() => readReceipt(signed('a receipt'))).toThrow('the signed text is not a receipt: JSON: ')
  })
})

describe('receiptDifference', () => {
  const { content_hash: contentHash, tests, failures, errors, skipped } = CONTENT
  const report = { contentHash, counts: { tests, failures, errors, skipped } }

  it('finds none in a receipt for this report', () => {
    expect(receiptDifference(CONTENT, report)).toBeUndefined()
  })

  it('says that a receipt is about another report', () => {
    const other = { ...CONTENT, content_hash: 'b'.repeat(64) }

    expect(receiptDifference(other, report)).toEqual({
      reason: 'subject-mismatch',
      detail: `it is about the report ${'b'.repeat(64)}, not ${contentHash}`,
    })
  })

  it.each(['tests', 'failures', 'errors', 'skipped'] as const)('says that the number of %s differs', (name) => {
    expect(receiptDifference({ ...CONTENT, [name]: 7 }, report)).toEqual({
      reason: 'content-mismatch',
      detail: `it states 7 ${name}, the report has ${report.counts[name]}`,
    })
  })
})
