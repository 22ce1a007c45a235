import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { stampedTime, timestampRequest, verifyTimestamp } from '../../src/attest/timestamp.js'
import { type StampParts, stamp, TIME_STAMPING, testAuthority } from '../support/timestamps.js'

const SIGNATURE = Buffer.from('a signature')
const NOW = new Date('2026-06-01T00:00:00Z')
const authority = testAuthority()
const options = { now: NOW, authorities: [authority.root] }
const verified = (parts: StampParts = {}, more: object = {}) =>
  verifyTimestamp(stamp(authority, SIGNATURE, parts), SIGNATURE, { ...options, ...more })

const reason = (name: string) => expect.objectContaining({ code: 'TIMESTAMP_INVALID', reason: name })

describe('verifyTimestamp', () => {
  it.each(['rsa', 'ecdsa'] as const)('accepts the stamp of a trusted authority with an %s key', (family) => {
    const other = testAuthority({}, family)

    expect(verifyTimestamp(stamp(other, SIGNATURE), SIGNATURE, { now: NOW, authorities: [other.root] })).toEqual({
      time: new Date('2026-01-01T00:00:00Z'),
      authority: 'CN=Clock',
    })
  })

  it('accepts fractions of a second, SHA-1 identifiers of certificates, and the status grantedWithMods', () => {
    expect(verified({ time: '20260101000000.25Z' }).time.toISOString()).toBe('2026-01-01T00:00:00.250Z')
    expect(verified({ oldIdentifier: true, status: 1 }).authority).toBe('CN=Clock')
  })

  it.each<[string, StampParts, string]>([
    ['over another signature', { imprintOf: Buffer.from('other') }, 'imprint'],
    ['that was not granted', { status: 2 }, 'status'],
    ['whose content was changed after signing', { messageDigestOf: Buffer.from('other') }, 'content'],
    ['with signed attributes of another type of content', { contentType: '1.2.840.113549.1.7.1' }, 'content'],
    ['with an attribute twice', { repeatedDigest: true }, 'malformed'],
    ['without the certificate of its signer', { certificates: [] }, 'certificate'],
    ['that names the digest of another certificate', { certificateHashOf: Buffer.from('other') }, 'certificate'],
    ['that does not name the digest of a certificate', { withoutCertificateHash: true }, 'certificate'],
    ['from the future', { time: '20260601000600Z' }, 'future'],
    ['of a day that does not exist', { time: '20260231000000Z' }, 'malformed'],
    ['in local time', { time: '20260101000000' }, 'malformed'],
    ['with two signers', { signers: 2 }, 'malformed'],
    ['with bytes after it', { trailer: Buffer.of(0, 0) }, 'malformed'],
    [
      'signed with another key',
      { signingKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey },
      'signature',
    ],
  ])('refuses a stamp %s', (_, parts, name) => {
    expect(() => verified(parts)).toThrow(reason(name))
  })

  it('refuses the answer to another request', () => {
    expect(() => verified({ nonce: Buffer.of(5) }, { nonce: 6n })).toThrow(reason('nonce'))
    expect(() => verified({}, { nonce: 6n })).toThrow(reason('nonce'))
    expect(verified({ nonce: Buffer.of(6) }, { nonce: 6n }).authority).toBe('CN=Clock')
  })

  it.each([
    ['without an extended key usage', { extendedUsage: undefined }],
    ['whose extended key usage is not critical', { extendedUsage: { critical: false, uses: [TIME_STAMPING] } }],
    ['for code signing too', { extendedUsage: { critical: true, uses: [TIME_STAMPING, '1.3.6.1.5.5.7.3.3'] } }],
    ['for code signing only', { extendedUsage: { critical: true, uses: ['1.3.6.1.5.5.7.3.3'] } }],
  ])('refuses the stamp of a certificate %s', (_, parts) => {
    const wrong = testAuthority(parts)

    expect(() => verifyTimestamp(stamp(wrong, SIGNATURE), SIGNATURE, { now: NOW, authorities: [wrong.root] })).toThrow(
      reason('usage'),
    )
  })

  it('refuses a certificate that had expired when it stamped, or that another authority has issued', () => {
    const expired = testAuthority({ to: '2025-12-31T00:00:00Z' })
    const other = testAuthority()

    expect(() =>
      verifyTimestamp(stamp(expired, SIGNATURE), SIGNATURE, { now: NOW, authorities: [expired.root] }),
    ).toThrow(reason('chain'))
    expect(() => verified({}, { authorities: [other.root] })).toThrow(reason('chain'))
    expect(() => verified({}, { authorities: [] })).toThrow(reason('chain'))
  })

  it('accepts a stamp whose certificate has expired since', () => {
    const short = testAuthority({ to: '2026-02-01T00:00:00Z' })

    expect(verifyTimestamp(stamp(short, SIGNATURE), SIGNATURE, { now: NOW, authorities: [short.root] }).time).toEqual(
      new Date('2026-01-01T00:00:00Z'),
    )
  })

  it('never throws anything but TIMESTAMP_INVALID for a damaged stamp, and never accepts one whose signed bytes differ', () => {
    const good = stamp(authority, SIGNATURE)
    const outcomes = { accepted: 0, refused: 0 }
    for (let at = 0; at < good.length; at++) {
      for (const flip of [1, 0x80]) {
        const damaged = Buffer.from(good)
        damaged[at] = (damaged[at] ?? 0) ^ flip
        try {
          expect(verifyTimestamp(damaged, SIGNATURE, options).time).toEqual(new Date('2026-01-01T00:00:00Z'))
          outcomes.accepted += 1
        } catch (error) {
          expect(error).toMatchObject({ code: 'TIMESTAMP_INVALID' })
          outcomes.refused += 1
        }
      }
      expect(() => verifyTimestamp(good.subarray(0, at), SIGNATURE, options)).toThrow(
        expect.objectContaining({ code: 'TIMESTAMP_INVALID' }),
      )
    }
    // What is accepted is not signed: the versions, and the list of digest algorithms.
    expect(outcomes.accepted).toBeLessThan(60)
    expect(outcomes.refused).toBeGreaterThan(1000)
  })

  it('refuses a stamp that is too large', () => {
    expect(() => verifyTimestamp(Buffer.alloc(70_000), SIGNATURE, options)).toThrow(reason('malformed'))
  })
})

describe('stampedTime', () => {
  const at = (time: string) => stamp(authority, SIGNATURE, { time })

  it('is the earliest of the valid stamps', () => {
    const stamps = [at('20260301000000Z'), at('20260201000000Z'), stamp(authority, Buffer.from('other'))]

    expect(stampedTime(stamps, SIGNATURE, options).time).toEqual(new Date('2026-02-01T00:00:00Z'))
  })

  it('refuses an attestation without a stamp, and one without a valid stamp', () => {
    expect(() => stampedTime([], SIGNATURE, options)).toThrow(reason('missing'))
    expect(() => stampedTime([stamp(authority, Buffer.from('other'))], SIGNATURE, options)).toThrow(reason('imprint'))
  })
})

describe('timestampRequest', () => {
  it('asks with SHA-256, the nonce in the shortest form, and for certificates', () => {
    const request = timestampRequest(SIGNATURE, 0xff00n)

    expect(request.toString('hex')).toMatch(/^30[0-9a-f]{2}020101.*0420[0-9a-f]{64}020300ff000101ff$/)
  })
})
