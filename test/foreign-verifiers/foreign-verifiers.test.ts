import { createPublicKey } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { signStatement } from '../../src/attest/attestation.js'
import { type Bundle, bundleOf } from '../../src/attest/bundle.js'
import { readStatement, type Statement, vsaStatement } from '../../src/attest/statement.js'
import { loadSigner } from '../../src/sign/keys.js'
import { type AttestScene, attestScene } from '../support/attest-scene.js'
import { sharedFolder } from '../support/folders.js'
import { type Answer, hasNetwork, python, sigstore } from './verifiers.js'

interface Attested {
  readonly name: string
  readonly bundle: Bundle
  /** PEM. */
  readonly publicKey: string
  readonly scheme: string
}

/** Each with its name for securesystemslib. */
const KEYS = {
  'RSA 3072': [['--type', 'rsa', '--bits', '3072'], 'rsa-pkcs1v15-sha256'],
  'ECDSA P-256': [['--type', 'ecdsa', '--curve', 'P-256'], 'ecdsa-sha2-nistp256'],
  'ECDSA P-384': [['--type', 'ecdsa', '--curve', 'P-384'], 'ecdsa-sha2-nistp384'],
} as const

/** @sigstore/verify 3 and 4 hash with SHA-256 whatever the curve is; DSSE and securesystemslib take SHA-384 for P-384. */
const isForSigstore = ({ name }: Attested) => !name.includes('P-384')

const attestations: readonly Attested[] = (
  await Promise.all(Object.entries(KEYS).map(([name, [flags, scheme]]) => attestationsOf(name, flags, scheme)))
).flat()

const rows: string[] = []
afterAll(() => {
  const where = hasNetwork ? 'with the network' : 'without a network'
  for (const { version } of [sigstore, python].filter((peer) => peer !== undefined)) console.log(`${version}, ${where}`)
  for (const row of rows) console.log(row)
})

describe.skipIf(sigstore === undefined)('@sigstore/verify with a public key', () => {
  const check = (name: string, bundles: readonly Attested[]) => {
    const jobs = bundles.map(({ bundle, publicKey }) => ({
      bundle,
      hint: bundle.verificationMaterial.publicKey.hint,
      publicKey: createPublicKey(publicKey).export({ type: 'spki', format: 'der' }).toString('base64'),
    }))
    return counted(`@sigstore/verify: ${name}`, sigstore?.check(jobs))
  }

  it('accepts results and decisions that RSA and P-256 keys have signed', () => {
    expect(check('ours', attestations.filter(isForSigstore))).toEqual({ accepted: 4, refused: 0 })
  })

  it('refuses what a P-384 key has signed, because it hashes with SHA-256 for every curve', () => {
    expect(
      check(
        'P-384, which it cannot verify',
        attestations.filter((one) => !isForSigstore(one)),
      ),
    ).toEqual({
      accepted: 0,
      refused: 2,
    })
  })

  it.each(Object.entries(tamperings()))('refuses %s', (name, tamper) => {
    expect(check(name, attestations.filter(isForSigstore).map(tamper))).toEqual({ accepted: 0, refused: 4 })
  })
})

describe.skipIf(python === undefined)('securesystemslib', () => {
  const check = (name: string, list: readonly Attested[]) => {
    const jobs = list.map(({ bundle, publicKey, scheme }) => ({
      do: 'envelope',
      envelope: JSON.stringify(bundle.dsseEnvelope),
      keyid: bundle.verificationMaterial.publicKey.hint,
      publicKey,
      scheme,
    }))
    return counted(`securesystemslib: ${name}`, python?.check(jobs))
  }

  it('accepts results and decisions that RSA, P-256 and P-384 keys have signed', () => {
    expect(check('ours', attestations)).toEqual({ accepted: 6, refused: 0 })
  })

  it.each(Object.entries(tamperings()))('refuses %s', (name, tamper) => {
    expect(check(name, attestations.map(tamper))).toEqual({ accepted: 0, refused: 6 })
  })
})

describe.skipIf(python === undefined)('in-toto-attestation', () => {
  const check = (name: string, statements: readonly unknown[]) => {
    const jobs = statements.map((statement) => ({ do: 'statement', statement: JSON.stringify(statement) }))
    return counted(`in-toto-attestation: ${name}`, python?.check(jobs))
  }
  const statements = attestations.map(statementIn)

  it('accepts the statements and their predicates', () => {
    expect(check('ours', statements)).toEqual({ accepted: 6, refused: 0 })
  })

  it('refuses a statement without a digest of its subject, and one of another type', () => {
    const [first] = statements
    const wrong = [
      { ...first, subject: [{ name: 'report.xml' }] },
      { ...first, _type: 'https://in-toto.io/Statement/v0.1' },
    ]
    expect(check('changed', wrong)).toEqual({ accepted: 0, refused: 2 })
  })

  it('refuses a list of tests that is none, and a time that is none', () => {
    const wrong = statements.map(({ predicate, ...rest }) => ({
      ...rest,
      predicate: { ...predicate, failedTests: 1, timeVerified: 'yesterday' },
    }))
    expect(check('changed predicate', wrong)).toEqual({ accepted: 0, refused: 6 })
  })
})

/** What is changed after signing. */
function tamperings(): Readonly<Record<string, (one: Attested, index: number, all: readonly Attested[]) => Attested>> {
  return {
    'a worse result that became PASSED': (one) =>
      withPayload(one, (text) => text.replace(/"(?:WARNED|FAILED)"/, '"PASSED"')),
    'the digest of another file': (one) => withPayload(one, (text) => text.replace(/[0-9a-f]{64}/, '0'.repeat(64))),
    'the signature of another statement': (one, index, all) => {
      const other = all.at(index - 1) ?? one
      const [own] = one.bundle.dsseEnvelope.signatures
      const sig = other.bundle.dsseEnvelope.signatures[0]?.sig ?? ''
      const dsseEnvelope = { ...one.bundle.dsseEnvelope, signatures: [{ ...own, sig }] }
      return { ...one, bundle: { ...one.bundle, dsseEnvelope } }
    },
    'another type of payload': (one) => {
      const dsseEnvelope = { ...one.bundle.dsseEnvelope, payloadType: 'application/json' }
      return { ...one, bundle: { ...one.bundle, dsseEnvelope } }
    },
  }
}

function withPayload(one: Attested, change: (text: string) => string): Attested {
  const { dsseEnvelope } = one.bundle
  const text = Buffer.from(dsseEnvelope.payload, 'base64').toString()
  const changed = change(text)
  if (changed === text) throw new Error('nothing was changed')
  const payload = Buffer.from(changed).toString('base64')
  return { ...one, bundle: { ...one.bundle, dsseEnvelope: { ...dsseEnvelope, payload } } }
}

function counted(row: string, answers: readonly Answer[] = []) {
  const accepted = answers.filter(({ ok }) => ok).length
  const reason = answers.find(({ ok }) => !ok)?.error
  rows.push(`${row}: ${accepted} accepted, ${answers.length - accepted} refused${reason ? ` (${reason})` : ''}`)
  return { accepted, refused: answers.length - accepted }
}

function statementIn({ bundle }: Attested): Statement {
  return readStatement(Buffer.from(bundle.dsseEnvelope.payload, 'base64'))
}

/** The results of a report as `jux attest` writes them, and a decision, signed by one key. */
async function attestationsOf(name: string, flags: readonly string[], scheme: string): Promise<Attested[]> {
  const scene = await attestScene(undefined, flags, sharedFolder())
  const publicKey = scene.read('key.pub.pem')
  const results: Bundle = JSON.parse(scene.read('report.sigstore.json'))
  return [
    { name: `${name}, results`, bundle: results, publicKey, scheme },
    { name: `${name}, decision`, bundle: await decisionOf(scene), publicKey, scheme },
  ]
}

async function decisionOf({ path }: AttestScene): Promise<Bundle> {
  const signer = await loadSigner({ keyPath: path('key.pem') })
  const statement = vsaStatement({
    verifier: { id: 'https://ci.example/gate', version: { 'jux-reporter': '1.0.0' } },
    timeVerified: new Date(),
    resourceUri: 'pkg:npm/shop@1.2.3',
    policy: { uri: 'file:policy.json', sha256: 'a'.repeat(64) },
    inputs: [{ uri: 'file:report.sigstore.json', sha256: 'c'.repeat(64) }],
    passed: false,
    verifiedLevels: ['JUX_GATE_PASSED'],
    subjects: [{ name: 'shop.tgz', sha256: 'd'.repeat(64) }],
  })
  return bundleOf(signStatement(statement, signer), signer.fingerprint)
}
