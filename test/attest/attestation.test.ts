import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { requireAgreement, signStatement, verifyAttestation } from '../../src/attest/attestation.js'
import { BUNDLE_TYPE, bundleOf, readAttestation } from '../../src/attest/bundle.js'
import { signEnvelope } from '../../src/attest/dsse.js'
import { type TestResults, testResultStatement } from '../../src/attest/statement.js'
import { loadSigner } from '../../src/sign/keys.js'
import { sha256Of } from '../../src/xml/digest.js'

const AT = new Date('2026-01-01T00:00:00Z')
const RESULTS: TestResults = {
  file: { name: 'report.xml', sha256: '0'.repeat(64) },
  contentHash: 'f'.repeat(64),
  outcome: 'passed',
  counts: { tests: 2, passed: 1, failures: 0, errors: 0, skipped: 1 },
  passed: ['cart > adds'],
  flaky: [],
  failed: [],
}

async function scene() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signer = await loadSigner({ key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() })
  const statement = testResultStatement(RESULTS)
  const envelope = signStatement(statement, signer)
  return {
    signer,
    statement,
    envelope,
    bundle: bundleOf(envelope, signer.fingerprint),
    trust: { publicKeys: [publicKey] },
  }
}

const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value))

describe('verifyAttestation', () => {
  it('verifies a Sigstore bundle and a DSSE envelope alone', async () => {
    const { signer, statement, envelope, bundle, trust } = await scene()

    for (const [form, value] of Object.entries({ bundle, dsse: envelope })) {
      const verified = verifyAttestation(bytesOf(value), trust, { at: AT })
      expect(verified).toMatchObject({
        form,
        statement,
        signed: { fingerprint: signer.fingerprint, basis: 'public-key' },
        sha256: sha256Of(bytesOf(value)),
      })
    }
  })

  it('refuses a changed payload, a changed signature, and the key of another', async () => {
    const { envelope, bundle, trust } = await scene()
    const [signature] = envelope.signatures
    const changed = [
      { ...bundle, dsseEnvelope: { ...envelope, payload: Buffer.from('{"a":1}').toString('base64') } },
      {
        ...bundle,
        dsseEnvelope: { ...envelope, signatures: [{ ...signature, sig: Buffer.alloc(70, 3).toString('base64') }] },
      },
    ]

    for (const one of changed) {
      expect(() => verifyAttestation(bytesOf(one), trust, { at: AT })).toThrow('is of a trusted key')
    }
    const other = await scene()
    expect(() => verifyAttestation(bytesOf(bundle), other.trust, { at: AT })).toThrow('is of a trusted key')
  })

  it('refuses a signed payload of another type, such as a waiver', async () => {
    const { signer, trust } = await scene()
    const envelope = signEnvelope('application/vnd.jux.waiver+json', Buffer.from('{}'), signer)

    expect(() => verifyAttestation(bytesOf(envelope), trust, { at: AT })).toThrow('not application/vnd.in-toto+json')
  })

  it('takes no key from the hint of a bundle', async () => {
    const { envelope, trust } = await scene()
    const other = await scene()

    const bundle = bundleOf(envelope, other.signer.fingerprint)

    expect(verifyAttestation(bytesOf(bundle), trust, { at: AT }).signed.basis).toBe('public-key')
    expect(() => verifyAttestation(bytesOf(bundle), other.trust, { at: AT })).toThrow('is of a trusted key')
  })
})

describe('readAttestation', () => {
  it.each([
    ['another version', { mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1' }, 'mediaType is'],
    ['an unknown member', { messageSignature: {} }, 'it has the member "messageSignature"'],
    [
      'a certificate',
      { verificationMaterial: { certificate: { rawBytes: 'AA==' } } },
      'it has the member "certificate"',
    ],
    ['no key', { verificationMaterial: {} }, 'it is not an object'],
    ['a hint that is no text', { verificationMaterial: { publicKey: { hint: 1 } } }, 'publicKey.hint must be a text'],
    [
      'an entry of a transparency log',
      { verificationMaterial: { publicKey: { hint: '' }, tlogEntries: [{}] } },
      'it has entries of a transparency log',
    ],
    [
      'too many time stamps',
      {
        verificationMaterial: {
          publicKey: { hint: '' },
          timestampVerificationData: {
            rfc3161Timestamps: Array.from({ length: 17 }, () => ({ signedTimestamp: 'AA==' })),
          },
        },
      },
      'must be a list of at most 16',
    ],
    [
      'a time stamp that is not base64',
      {
        verificationMaterial: {
          publicKey: { hint: '' },
          timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: 'A' }] },
        },
      },
      'signedTimestamp must be base64',
    ],
  ])('refuses a bundle with %s', async (_, change, message) => {
    const { bundle } = await scene()

    expect(() => readAttestation(JSON.stringify({ ...bundle, ...change }))).toThrow(message)
  })

  it('refuses a bundle with two signatures, because a time stamp is over one', async () => {
    const { bundle, envelope } = await scene()
    const twice = {
      ...bundle,
      dsseEnvelope: { ...envelope, signatures: [...envelope.signatures, ...envelope.signatures] },
    }

    expect(() => readAttestation(JSON.stringify(twice))).toThrow('2 signatures instead of one')
  })

  it('reads the time stamps of a bundle, and an empty list of a transparency log', async () => {
    const { envelope } = await scene()
    const bundle = bundleOf(envelope, 'hint', [Buffer.from('one'), Buffer.from('two')])
    const logged = { ...bundle, verificationMaterial: { ...bundle.verificationMaterial, tlogEntries: [] } }

    expect(bundle.mediaType).toBe(BUNDLE_TYPE)
    expect(readAttestation(JSON.stringify(logged)).timestamps.map(String)).toEqual(['one', 'two'])
  })

  it('refuses JSON with a repeated member', async () => {
    const { bundle } = await scene()
    const json = JSON.stringify(bundle).replace('"mediaType":', '"mediaType":"x","mediaType":')

    expect(() => readAttestation(json)).toThrow('it has the member "mediaType" twice')
  })
})

describe('requireAgreement', () => {
  it('accepts the statement of a report, whatever the file is called now', () => {
    const statement = testResultStatement(RESULTS)

    expect(() => requireAgreement(statement, RESULTS)).not.toThrow()
    expect(() => requireAgreement(statement, { ...RESULTS, file: { ...RESULTS.file, name: 'b.xml' } })).not.toThrow()
  })

  it.each([
    ['another file', { file: { name: 'report.xml', sha256: '1'.repeat(64) } }, 'subject-mismatch'],
    ['another outcome', { outcome: 'failed' as const }, 'content-mismatch'],
    ['other counts', { counts: { ...RESULTS.counts, tests: 3, skipped: 2 } }, 'content-mismatch'],
    ['another content hash', { contentHash: '1'.repeat(64) }, 'content-mismatch'],
    ['another test', { passed: ['cart > removes'] }, 'content-mismatch'],
  ])('refuses the statement of %s', (_, change, reason) => {
    expect(() => requireAgreement(testResultStatement({ ...RESULTS, ...change }), RESULTS)).toThrow(
      expect.objectContaining({ code: 'ATTESTATION_INVALID', reason }),
    )
  })
})
