import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EXPECT, type GateScene, gateScene, policyOf } from '../support/gate-scene.js'

const FAILED = {
  properties: { 'jux:outcome': 'failed' },
  cases: [{ name: 'fails', inside: '<failure message="m" type="E"/>' }],
}

const decide = (scene: GateScene, ...flags: string[]) =>
  scene.jux(
    'verify',
    'reports',
    '--policy',
    'policy.json',
    ...EXPECT,
    '--decision',
    'decision.json',
    '--key',
    'lead.pem',
    ...flags,
  )

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** What a decision states. */
function statementIn(scene: GateScene) {
  const file = JSON.parse(readFileSync(join(scene.cwd, 'decision.json'), 'utf8'))
  const envelope = file.dsseEnvelope ?? file
  return JSON.parse(Buffer.from(envelope.payload, 'base64').toString())
}

describe('jux verify --policy --decision', () => {
  it('writes a summary attestation about the reports, with the digest of the policy, which jux verify reads back', async () => {
    const scene = await gateScene()

    const { code, err } = await decide(scene)
    const { subject, predicate } = statementIn(scene)
    const expected = ['--expect', 'result=PASSED', '--expect', `policy=${predicate.policy.digest.sha256}`]
    const back = await scene.jux('verify', 'decision.json', '--public-key', 'lead.pub.pem', ...expected)
    const other = await scene.jux('verify', 'decision.json', '--public-key', 'ci.pub.pem')

    expect(code).toBe(0)
    expect(err).toMatch(/^wrote decision\.json, signed with ECDSA P-256 \(sha256:[0-9a-f]{16}…\)\n$/)
    expect(subject.map(({ name }: { name: string }) => name)).toEqual(['shop-1.xml', 'shop-2.xml', 'web.xml'])
    expect(predicate).toMatchObject({
      verifier: { id: 'pkg:npm/jux-reporter' },
      timeVerified: '2026-06-15T12:00:00.000Z',
      policy: { uri: 'file:policy.json' },
      verificationResult: 'PASSED',
      verifiedLevels: ['JUX_SIGNED', 'JUX_SOURCE', 'JUX_COMPLETE', 'JUX_BASELINE', 'JUX_FRESH', 'JUX_PASSED'],
    })
    expect(predicate.inputAttestations.map(({ uri }: { uri: string }) => uri)).toEqual([
      'file:reports/shop-1.xml',
      'file:reports/shop-2.xml',
      'file:reports/web.xml',
    ])
    expect(back.code).toBe(0)
    expect(other.code).toBe(1)
  })

  it('states a failed decision, too, and no level', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', FAILED)

    expect((await decide(scene)).code).toBe(1)
    expect(statementIn(scene).predicate).toMatchObject({ verificationResult: 'FAILED', verifiedLevels: ['FAILED'] })
  })

  it('states a finding of every rule that is violated, however many another rule has', async () => {
    const scene = await gateScene()
    for (let at = 0; at < 250; at++) await scene.report(`a-${at}.xml`, { key: 'none' })
    await scene.report('extra.xml', FAILED)

    await decide(scene)

    const findings: { rule: string }[] = statementIn(scene).predicate['jux:findings']
    const rules = findings.map(({ rule }) => rule)
    expect(rules).toHaveLength(200)
    expect(new Set(rules)).toEqual(new Set(['trust.signature', 'results.passed']))
    expect(rules.at(-1)).toBe('results.passed')
  })

  it('names the files that are released, what they are, and who decides', async () => {
    const scene = await gateScene()
    writeFileSync(join(scene.cwd, 'shop.tgz'), 'the release')
    const remote = { 'git:remote': 'https://example.com/shop' }
    for (const name of ['a.xml', 'b.xml']) await scene.report(name, { properties: { ...remote, n: name } })

    const flags = [
      '--subject',
      'shop.tgz',
      '--resource',
      'pkg:npm/shop@1.2.0',
      '--verifier',
      'https://example.com/gate',
    ]
    await decide(scene, ...flags, '--decision-format', 'dsse')

    const { subject, predicate } = statementIn(scene)
    expect(subject).toEqual([{ name: 'shop.tgz', digest: { sha256: sha256('the release') } }])
    expect(predicate).toMatchObject({ resourceUri: 'pkg:npm/shop@1.2.0', verifier: { id: 'https://example.com/gate' } })
  })

  it('writes nothing and exits with 2 if it cannot decide, or has no key', async () => {
    const scene = await gateScene()
    const withoutKey = await decide(scene, '--key', 'none.pem')
    scene.policy({ ...policyOf(scene), baseline: {} })
    const undecided = await decide(scene)

    expect([withoutKey.code, undecided.code]).toEqual([2, 2])
    expect(withoutKey.err).toContain('KEY_NOT_FOUND')
    expect(readdirSync(scene.cwd)).not.toContain('decision.json')
  })

  it('shows the decision even if it cannot be written, and exits with 2 if it had passed', async () => {
    const scene = await gateScene()
    const passed = await decide(scene, '--decision', 'missing/decision.json')
    await scene.report('extra.xml', FAILED)
    const failed = await decide(scene, '--decision', 'missing/decision.json')

    for (const [{ code, out, err }, verdict, expected] of [
      [passed, 'passed', 2],
      [failed, 'failed', 1],
    ] as const) {
      expect({ code, verdict: out.trimEnd().split('\n').at(-1)?.split(':')[0] }).toEqual({ code: expected, verdict })
      expect(err).toContain('cannot write decision.json in')
    }
  })

  it('says why nothing is written if no report could be verified, and still names each', async () => {
    const scene = await gateScene()
    for (const name of ['shop-1.xml', 'shop-2.xml', 'web.xml']) await scene.report(name, { key: 'none' })

    const { code, out, err } = await decide(scene)

    expect(code).toBe(1)
    expect(out).toContain('reports/shop-1.xml: the report is not signed')
    expect(err).toContain('decision.json was not written: no report could be verified')
  })

  it.each([
    [['--decision', 'd.json', '--public-key', 'ci.pub.pem'], '--decision requires --policy'],
    [
      ['--policy', 'policy.json', '--subject', 'x'],
      '--subject, --resource, --verifier and --decision-format require --decision',
    ],
    [['--policy', 'policy.json', '--decision', ''], 'the file name of the decision is empty'],
  ])('is a usage error with %j', async (flags, message) => {
    const scene = await gateScene()

    expect(await scene.jux('verify', 'reports', ...flags)).toMatchObject({
      code: 64,
      err: expect.stringContaining(message),
    })
  })
})

describe('a baseline that is a decision', () => {
  async function decided(deciders: unknown = { publicKeys: ['gate.pub.pem'] }) {
    const scene = await gateScene()
    await scene.jux('keygen', '--type', 'ecdsa', '--output', 'gate.pem')
    await decide(scene, '--key', 'gate.pem')
    scene.policy({ ...policyOf(scene), baseline: { deciders } })
    const compare = (...baselines: string[]) =>
      scene.verify(...EXPECT, ...baselines.flatMap((name) => ['--baseline', name]))
    return { scene, compare }
  }

  it('that passed vouches for the reports beside it', async () => {
    const { compare } = await decided()

    expect(await compare('decision.json', 'reports')).toMatchObject({ code: 0 })
  })

  it.each([
    ['comes without its reports', ['decision.json'], 'is a decision without its reports, which say which tests ran'],
    ['does not name a report', ['decision.json', 'reports', 'more'], 'the decision decision.json does not name it'],
  ])('leaves the gate undecided if it %s', async (_, baselines, message) => {
    const { scene, compare } = await decided()
    await scene.report('extra.xml', {})
    mkdirSync(join(scene.cwd, 'more'))
    renameSync(join(scene.cwd, 'reports/extra.xml'), join(scene.cwd, 'more/extra.xml'))

    const { code, decision } = await compare(...baselines)

    expect(code).toBe(2)
    expect(decision.error).toContain(message)
  })

  it('leaves the gate undecided if it failed, if another key signed it, or if the policy names nobody who decides', async () => {
    const { scene, compare } = await decided()
    scene.policy({ ...policyOf(scene), baseline: {} })
    expect((await compare('decision.json', 'reports')).decision.error).toContain('does not say who signs decisions')

    scene.policy({ ...policyOf(scene), baseline: { deciders: { publicKeys: ['lead.pub.pem'] } } })
    expect((await compare('decision.json', 'reports')).decision.code).toBe('ATTESTATION_SIGNATURE_INVALID')

    scene.policy({
      ...policyOf(scene),
      baseline: { deciders: { publicKeys: ['gate.pub.pem'] }, files: ['before.txt'] },
    })
    await scene.report('extra.xml', FAILED)
    await decide(scene, '--key', 'gate.pem')
    expect(await compare('decision.json', 'reports')).toMatchObject({
      code: 2,
      decision: { error: 'the baseline decision.json is refused: it is no decision that passed' },
    })
  })
})
