import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { signStatement } from '../../src/attest/attestation.js'
import { bundleOf } from '../../src/attest/bundle.js'
import { vsaStatement } from '../../src/attest/statement.js'
import { loadSigner } from '../../src/sign/keys.js'
import { sha256Of } from '../../src/xml/digest.js'
import { attestScene, FAILED_REPORT, MIXED_REPORT } from '../support/attest-scene.js'
import { makeCertificate } from '../support/certificates.js'
import { runJux } from '../support/cli.js'

interface BundleJson {
  mediaType: string
  dsseEnvelope: { payload: string; signatures: { keyid: string; sig: string }[] }
}

function statementIn(json: string) {
  const { dsseEnvelope }: BundleJson = JSON.parse(json)
  return JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString())
}

describe('jux attest', () => {
  it.each([
    ['other files than those of the commit', 'name="git:status" value="clean"', 'name="git:status" value="dirty"'],
    ['another commit, too', '<property name="git:status"', '<property name="git:detected_commit" value="b"/>$&'],
  ])('names no commit for a report that states %s', async (_, from, to) => {
    const { read } = await attestScene(MIXED_REPORT.replace(from, to))

    expect(statementIn(read('report.sigstore.json'))).toMatchObject({ predicate: { configuration: [] } })
  })

  it('writes a bundle beside the report, whose subject is the SHA-256 of its bytes', async () => {
    const { path, read } = await attestScene()

    const statement = statementIn(read('report.sigstore.json'))

    expect(statement).toMatchObject({
      subject: [
        {
          name: 'report.xml',
          digest: {
            sha256: createHash('sha256')
              .update(readFileSync(path('report.xml')))
              .digest('hex'),
          },
        },
      ],
      predicate: {
        result: 'WARNED',
        url: 'https://ci.example/runs/7',
        configuration: [{ digest: { gitCommit: 'a'.repeat(40) } }],
        passedTests: ['cart > adds'],
        warnedTests: ['cart > removes'],
        failedTests: [],
        'jux:counts': { tests: 3, passed: 2, failures: 0, errors: 0, skipped: 1, flaky: 1 },
      },
    })
  })

  it('attests a failed run as FAILED, with exit code 0: what happened is stated', async () => {
    const { jux } = await attestScene(FAILED_REPORT)

    const { code, out } = await jux('attest', 'report.xml', '--key', 'key.pem', '--json')

    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      success: true,
      attested: 1,
      results: [{ attestation: 'report.sigstore.json', result: 'FAILED', outcome: 'failed', failures: 1, flaky: 1 }],
    })
  })

  it('refuses an unsigned report, a changed one, and one of a signer who is not trusted', async () => {
    const { jux, read, path } = await attestScene()
    writeFileSync(path('bad.xml'), read('report.xml').replace('"adds"', '"subs"'))
    await jux('sign', 'plain.xml', '--key', 'other.pem', '--output', 'others.xml')

    const { code, out } = await jux(
      'attest',
      'plain.xml',
      'bad.xml',
      'others.xml',
      'report.xml',
      '--key',
      'key.pem',
      '--json',
    )

    expect(code).toBe(2)
    expect(
      JSON.parse(out).results.map(({ reason, success }: { reason?: string; success: boolean }) => reason ?? success),
    ).toEqual(['signature-missing', 'digest-mismatch', 'untrusted-key', true])
    expect(() => read('others.sigstore.json')).toThrow('ENOENT')
  })

  it('attests the report of another signer whom a flag trusts', async () => {
    const { jux, json } = await attestScene()
    await jux('sign', 'plain.xml', '--key', 'other.pem', '--output', 'others.xml')

    const { code, out } = await jux('attest', 'others.xml', '--key', 'key.pem', '--public-key', 'other.pub.pem')

    expect(code).toBe(0)
    expect(out).toMatch(/^attested {2}others\.xml -> others\.sigstore\.json {2}WARNED, 3 tests/)
    expect(json('others.sigstore.json')).toMatchObject({ verificationMaterial: { publicKey: {} } })
  })

  it('writes a DSSE envelope alone, to a file or to standard output', async () => {
    const { jux, json, cwd, path } = await attestScene()

    await jux('attest', 'report.xml', '--key', 'key.pem', '--format', 'dsse')
    const piped = await runJux(['attest', '--key', 'key.pem', '--format', 'dsse'], {
      system: { cwd },
      stdin: readFileSync(path('report.xml')),
    })

    expect(json('report.dsse.json')).toMatchObject({ payloadType: 'application/vnd.in-toto+json' })
    expect(JSON.parse(piped.out)).toMatchObject({ payloadType: 'application/vnd.in-toto+json' })
    expect(piped.err).toMatch(/^attested {2}\(standard input\)/)
  })

  it('prints the predicate alone for a program that signs it, with trusted keys instead of an own one', async () => {
    const { jux } = await attestScene()

    const { code, out } = await jux('attest', 'report.xml', '--predicate', '--public-key', 'key.pub.pem')

    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ result: 'WARNED', passedTests: ['cart > adds'] })
  })

  it('prints no predicate of a report that is not trusted', async () => {
    const { jux } = await attestScene()

    const { code, out, err } = await jux('attest', 'report.xml', '--predicate', '--public-key', 'other.pub.pem')

    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain('untrusted-key')
  })

  it.each([
    [['--output', 'a.json', 'report.xml', 'report.xml'], '--output can be used with one report only'],
    [['--predicate', '--json', 'report.xml'], '--predicate cannot be combined'],
    [['--format', 'pem', 'report.xml'], 'bundle, dsse'],
  ])('refuses %j as a usage error', async (args, message) => {
    const { jux } = await attestScene()

    const { code, err } = await jux('attest', '--key', 'key.pem', ...args)

    expect(code).toBe(64)
    expect(err).toContain(message)
  })

  it('writes no file if one --output is given for the reports of a folder', async () => {
    const { jux, path, read } = await attestScene()
    mkdirSync(path('all'))
    for (const name of ['all/a.xml', 'all/b.xml']) writeFileSync(path(name), read('report.xml'))

    const { code, err } = await jux('attest', 'all', '--key', 'key.pem', '--output', 'one.json')

    expect(code).toBe(1)
    expect(err).toContain('--output can be used with one report only, and there are 2')
  })
})

describe('jux verify --attestation', () => {
  const TRUST = ['--public-key', 'key.pub.pem']

  it('accepts a report and its attestation, and shows both', async () => {
    const { jux, read } = await attestScene()

    const text = await jux('verify', 'report.xml', '--attestation', 'report.sigstore.json', ...TRUST)
    const json = await jux('verify', 'report.xml', '--attestation', 'report.sigstore.json', ...TRUST, '--json')

    expect([text.code, json.code]).toEqual([0, 0])
    expect(text.out).toMatch(/^valid .*attested as WARNED\n$/)
    expect(JSON.parse(json.out)).toMatchObject({
      valid: true,
      attestation: {
        sha256: sha256Of(Buffer.from(read('report.sigstore.json'))),
        format: 'bundle',
        predicate_type: 'https://in-toto.io/attestation/test-result/v0.1',
        result: 'WARNED',
      },
    })
  })

  it('accepts a signer whom an authority certifies, with the certificate in the report', async () => {
    const { jux, read, path } = await attestScene()
    const authority = { subject: 'CN=Authority', keys: generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
    const privateKey = createPrivateKey(read('key.pem'))
    const keys = { privateKey, publicKey: createPublicKey(privateKey) }
    writeFileSync(path('ca.crt'), makeCertificate({ ...authority, ca: true, usage: 'keyCertSign' }).toString())
    const leaf = makeCertificate({ subject: 'CN=Ann', keys, issuer: authority, usage: 'digitalSignature' })
    writeFileSync(path('leaf.crt'), leaf.toString())
    await jux('sign', 'plain.xml', '--key', 'key.pem', '--cert', 'leaf.crt', '--output', 'certified.xml')
    await jux('attest', 'certified.xml', '--key', 'key.pem')

    const { code, out } = await jux(
      ...['verify', 'certified.xml', '--attestation', 'certified.sigstore.json', '--ca', 'ca.crt'],
    )

    expect(out).toContain('CN=Ann')
    expect(code).toBe(0)
  })

  it('refuses the attestation of another report, and of the same results signed again', async () => {
    const { jux } = await attestScene()
    await jux('sign', 'plain.xml', '--key', 'key.pem', '--output', 'again.xml')

    const { code, out } = await jux('verify', 'again.xml', '--attestation', 'report.sigstore.json', ...TRUST, '--json')

    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ valid: false, code: 'ATTESTATION_INVALID', reason: 'subject-mismatch' })
  })

  it('refuses an attestation that states better results than the report, even of a trusted signer', async () => {
    const { jux, read, path } = await attestScene(FAILED_REPORT)
    const signer = await loadSigner({ keyPath: path('key.pem') })
    const statement = statementIn(read('report.sigstore.json'))
    statement.predicate.result = 'PASSED'
    const forged = bundleOf(signStatement(statement, signer), signer.fingerprint)
    writeFileSync(path('forged.json'), JSON.stringify(forged))

    const { code, out } = await jux('verify', 'report.xml', '--attestation', 'forged.json', ...TRUST, '--json')

    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({
      reason: 'content-mismatch',
      error: expect.stringContaining('another result'),
    })
  })

  it('refuses an attestation of a signer who is not trusted, and a changed one', async () => {
    const { jux, read, path } = await attestScene()
    await jux('attest', 'report.xml', '--key', 'other.pem', '--public-key', 'key.pub.pem', '--output', 'others.json')
    writeFileSync(path('changed.json'), read('report.sigstore.json').replace('"payload":"ey', '"payload":"ez'))

    for (const name of ['others.json', 'changed.json']) {
      const { code, out } = await jux('verify', 'report.xml', '--attestation', name, ...TRUST, '--json')
      expect(code).toBe(1)
      expect(JSON.parse(out)).toMatchObject({ code: 'ATTESTATION_SIGNATURE_INVALID', reason: 'signature-mismatch' })
    }
  })

  it('refuses a report that is not trusted, even if its attestation is', async () => {
    const { jux } = await attestScene()
    await jux('sign', 'plain.xml', '--key', 'other.pem', '--output', 'others.xml')
    await jux('attest', 'others.xml', '--key', 'key.pem', '--public-key', 'other.pub.pem')

    const { code, out } = await jux('verify', 'others.xml', '--attestation', 'others.sigstore.json', ...TRUST, '--json')

    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ reason: 'untrusted-key' })
  })

  it('checks the expectations of the report', async () => {
    const { jux } = await attestScene(FAILED_REPORT)

    const { code, out } = await jux(
      ...['verify', 'report.xml', '--attestation', 'report.sigstore.json', ...TRUST],
      ...['--expect', 'jux:outcome=passed', '--json'],
    )

    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ reason: 'not-as-expected' })
  })

  it.each([
    [['report.xml', 'plain.xml', '--attestation', 'a.json'], 'one report only'],
    [['report.xml', '--attestation', ''], 'the file name of the attestation is empty'],
    [['report.xml', '--attestation', 'a.json', '--policy', 'p.json'], 'cannot be combined'],
  ])('refuses %j as a usage error', async (args, message) => {
    const { jux } = await attestScene()
    const trust = args.includes('--policy') ? [] : TRUST

    const { code, err } = await jux('verify', ...args, ...trust)

    expect(code).toBe(64)
    expect(err).toContain(message)
  })
})

describe('jux verify of an attestation alone', () => {
  const DECISION = {
    verifier: { id: 'https://ci.example/gate' },
    timeVerified: new Date('2026-01-02T03:04:05Z'),
    resourceUri: 'pkg:npm/shop@1.2.3',
    policy: { uri: 'file:policy.json', sha256: 'f'.repeat(64) },
    inputs: [],
    passed: true,
    verifiedLevels: ['JUX_GATE_PASSED'],
    subjects: [{ name: 'shop.tgz', sha256: '0'.repeat(64) }],
  }

  async function decisionScene() {
    const scene = await attestScene()
    const signer = await loadSigner({ keyPath: scene.path('key.pem') })
    const envelope = signStatement(vsaStatement(DECISION), signer)
    writeFileSync(scene.path('decision.json'), JSON.stringify(bundleOf(envelope, signer.fingerprint)))
    return scene
  }

  it('shows the decision of a gate, and checks what is expected of it', async () => {
    const { jux } = await decisionScene()
    const verify = (...args: string[]) => jux('verify', 'decision.json', '--public-key', 'key.pub.pem', ...args)

    const plain = await verify()
    const good = await verify('--expect', 'result=PASSED', '--expect', `subject=${'0'.repeat(64)}`, '--json')
    const wrong = await verify('--expect', 'level=SLSA_BUILD_LEVEL_3', '--json')
    const unknown = await verify('--expect', 'git:commit=abc', '--json')

    expect(plain.out).toMatch(/^valid +decision\.json +decision of a gate: PASSED/)
    expect(JSON.parse(good.out)).toMatchObject({ valid: true, attestation: { result: 'PASSED', format: 'bundle' } })
    expect(JSON.parse(wrong.out).error).toBe('level is "JUX_GATE_PASSED", expected "SLSA_BUILD_LEVEL_3"')
    expect(JSON.parse(unknown.out).error).toBe('an attestation has no "git:commit" to expect')
    expect([plain.code, good.code, wrong.code, unknown.code]).toEqual([0, 0, 1, 1])
  })

  it('refuses a decision that another key has signed, and any key with --embedded', async () => {
    const { jux } = await decisionScene()

    const other = await jux('verify', 'decision.json', '--public-key', 'other.pub.pem', '--json')
    const embedded = await jux('verify', 'decision.json', '--embedded', '--json')

    expect(JSON.parse(other.out)).toMatchObject({ valid: false, code: 'ATTESTATION_SIGNATURE_INVALID' })
    expect(JSON.parse(embedded.out)).toMatchObject({ valid: false, code: 'INVALID_ARGUMENT' })
    expect([other.code, embedded.code]).toEqual([1, 1])
  })

  it('is no attestation of a report', async () => {
    const { jux } = await decisionScene()

    const { code, out } = await jux(
      'verify',
      'report.xml',
      '--attestation',
      'decision.json',
      '--public-key',
      'key.pub.pem',
      '--json',
    )

    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ reason: 'predicate-type' })
  })
})
