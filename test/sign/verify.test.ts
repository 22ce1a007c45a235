import { describe, expect, it } from 'vitest'
import { JuxError } from '../../src/errors.js'
import { keyFingerprint } from '../../src/sign/algorithms.js'
import { loadSigner } from '../../src/sign/keys.js'
import { signatureElement } from '../../src/sign/sign.js'
import { type Trust, type VerifyOptions, verifyReport } from '../../src/sign/verify.js'
import { contentHash } from '../../src/xml/canonical.js'
import { createDigester } from '../../src/xml/digest.js'
import { makeCertificate } from '../support/certificates.js'
import { KEY_KINDS, type KeyPair, newKeyPair, privatePem } from '../support/keys.js'
import { signedReport, x509Data } from '../support/signatures.js'
import { fixedSystem } from '../support/system.js'

const BODY = '<testsuites tests="1"><testsuite name="a &amp; b"><testcase name="é"></testcase></testsuite>'
const END = '</testsuites>'

async function signed(
  keys: KeyPair,
  settings: { digest?: 'sha256' | 'sha384' | 'sha512'; canonicalization?: 'exclusive' | 'c14n11' } = {},
): Promise<Uint8Array> {
  const signer = await loadSigner({ key: privatePem(keys), ...settings }, fixedSystem())
  const digester = createDigester(['sha256', signer.digest])
  digester.write(Buffer.from(BODY + END))
  return Buffer.from(`<?xml version="1.0"?>\n${BODY}${signatureElement(digester.digests(), signer)}${END}\n`)
}

function reasonOf(bytes: Uint8Array, trust: Trust, options?: VerifyOptions): string {
  try {
    verifyReport(bytes, trust, options)
    return 'accepted'
  } catch (error) {
    if (error instanceof Error && 'reason' in error) return String(error.reason)
    throw error
  }
}

describe('verifyReport', () => {
  it.each(KEY_KINDS)('accepts a report that was signed with a key of kind %s', async (kind) => {
    const keys = newKeyPair(kind)

    const verified = verifyReport(await signed(keys), { publicKeys: [keys.publicKey] })

    expect(Buffer.from(verified.canonical).toString()).toBe(BODY + END)
    expect(verified).toMatchObject({ trusted: true, basis: 'public-key', digest: 'sha256' })
  })

  it('refuses a report that was changed, and a report that was signed with an unknown key', async () => {
    const [keys, others] = [newKeyPair('P-256'), newKeyPair('P-256')]
    const good = await signed(keys)
    const changed = Buffer.from(Buffer.from(good).toString().replace('tests="1"', 'tests="2"'))

    expect(reasonOf(good, { publicKeys: [keys.publicKey] })).toBe('accepted')
    expect(reasonOf(changed, { publicKeys: [keys.publicKey] })).toBe('digest-mismatch')
    expect(reasonOf(good, { publicKeys: [others.publicKey] })).toBe('untrusted-key')
    expect(reasonOf(good, {})).toBe('untrusted-key')
    expect(reasonOf(Buffer.from(BODY + END), {})).toBe('signature-missing')
  })

  it('finds the key of each report, however many signers other reports had in the same process', async () => {
    const signers = Array.from({ length: 120 }, () => newKeyPair('P-256'))
    const reports = await Promise.all(signers.map((keys) => signed(keys)))
    const fingerprints = () => reports.map((report) => verifyReport(report, 'embedded').fingerprint)
    const expected = signers.map(({ publicKey }) => keyFingerprint(publicKey))
    const changed = Buffer.from(
      Buffer.from(reports[0] ?? '')
        .toString()
        .replace('tests="1"', 'tests="2"'),
    )

    expect([fingerprints(), fingerprints()]).toEqual([expected, expected])
    expect(reasonOf(changed, 'embedded')).toBe('digest-mismatch')
    expect(
      reasonOf(reports[0] ?? new Uint8Array(), { publicKeys: signers.slice(1, 2).map(({ publicKey }) => publicKey) }),
    ).toBe('untrusted-key')
  })

  it('returns the signer, the algorithms, the content hash and the canonical bytes', async () => {
    const keys = newKeyPair('rsa')
    const certificate = await makeCertificate({ subject: 'CN=CI,O=Example', keys })
    const report = Buffer.from(signedReport({ key: keys.privateKey, keyInfo: x509Data(certificate) }))

    const verified = verifyReport(report, { certificates: [certificate] })

    expect(verified).toMatchObject({
      trusted: true,
      basis: 'certificate',
      subject: 'CN=CI, O=Example',
      keyDescription: 'RSA 2048',
      algorithm: 'rsa-sha256',
      digest: 'sha256',
      canonicalization: 'exclusive',
      contentHash: contentHash(report),
    })
    expect(verified.embeddedCertificates.map(({ raw }) => raw.equals(certificate.raw))).toEqual([true])
  })

  it('returns trusted false for a report that is verified with its embedded key', async () => {
    const keys = newKeyPair('P-384')

    expect(verifyReport(await signed(keys), 'embedded')).toMatchObject({
      trusted: false,
      basis: 'embedded',
      algorithm: 'ecdsa-sha256',
    })
  })

  it('returns a SHA-256 content hash for every digest of the signature', async () => {
    const keys = newKeyPair('P-256')
    const trust = { publicKeys: [keys.publicKey] }

    const hashes = await Promise.all(
      (['sha256', 'sha384', 'sha512'] as const).map(
        async (digest) => verifyReport(await signed(keys, { digest, canonicalization: 'c14n11' }), trust).contentHash,
      ),
    )

    expect(new Set([...hashes, contentHash(Buffer.from(BODY + END))]).size).toBe(1)
  })

  it('checks a pinned certificate at the given time, and refuses it with CERT_EXPIRED outside its validity', async () => {
    const keys = newKeyPair('P-256')
    const certificate = await makeCertificate({ subject: 'CN=old', keys, to: '2021-01-01T00:00:00Z' })
    const report = Buffer.from(signedReport({ key: keys.privateKey, keyInfo: x509Data(certificate) }))
    const trust = { certificates: [certificate] }

    expect(verifyReport(report, trust, { at: new Date('2020-06-01') }).basis).toBe('certificate')
    expect(() => verifyReport(report, trust)).toThrow(
      expect.objectContaining({ code: 'CERT_EXPIRED', reason: 'certificate-expired' }),
    )
    expect(() => verifyReport(report, trust, { at: new Date('2019-01-01') })).toThrow(
      expect.objectContaining({ code: 'CERT_EXPIRED', reason: 'certificate-not-yet-valid' }),
    )
    expect(verifyReport(report, { ...trust, publicKeys: [keys.publicKey] }).basis).toBe('public-key')
  })

  it('throws different error codes for a missing signature, an invalid signature and malformed XML', async () => {
    const keys = newKeyPair('P-256')
    const good = Buffer.from(await signed(keys)).toString()
    const codeOf = (text: string) => {
      try {
        verifyReport(Buffer.from(text), { publicKeys: [keys.publicKey] })
        return 'accepted'
      } catch (error) {
        return error instanceof JuxError ? error.code : 'no JuxError'
      }
    }

    expect([good, BODY + END, good.replace('é', 'e'), good.slice(0, -5), `${good}<!---->`].map(codeOf)).toEqual([
      'accepted',
      'XML_SIGNATURE_MISSING',
      'XML_SIGNATURE_INVALID',
      'XML_PARSE_ERROR',
      'XML_SIGNATURE_INVALID',
    ])
  })

  it('throws from canonical if the bytes were changed after they were verified', async () => {
    const keys = newKeyPair('P-256')
    const report = await signed(keys)
    const verified = verifyReport(report, { publicKeys: [keys.publicKey] })
    report[Buffer.from(report).indexOf('tests="1"') + 7] = 0x39

    expect(() => verified.canonical).toThrow('the report was changed in memory after it was verified')
  })

  it('applies the given limits', async () => {
    const keys = newKeyPair('P-256')
    const report = await signed(keys)
    const trust = { publicKeys: [keys.publicKey] }

    expect(reasonOf(report, trust, { limits: { maxBytes: report.length } })).toBe('accepted')
    expect(reasonOf(report, trust, { limits: { maxBytes: report.length - 1 } })).toBe('too-large')
  })

  it('escapes values of a hostile report in the message', async () => {
    const keys = newKeyPair('rsa')
    const report = signedReport({ key: keys.privateKey, uri: ` URI="\u009b31m${'x'.repeat(500)}"` })

    expect(() => verifyReport(Buffer.from(report), { publicKeys: [keys.publicKey] })).toThrow(
      /^[\x20-\x7e]+: "\\u\{9b\}31mx{76}…"$/,
    )
  })
})
