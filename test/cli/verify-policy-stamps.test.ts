import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EXPECT, type GateScene, gateScene, policyOf, REPORTS, unfulfilled } from '../support/gate-scene.js'
import { stamp, type TestAuthority, testAuthority } from '../support/timestamps.js'

const OLD = { 'jux:finished_at': '2026-06-14T11:00:00.000Z', 'jux:timestamp': '2026-06-14T11:00:00.000Z' }
/** After what `OLD` says, and before the decision. */
const STAMPED = '20260615100000Z'

/** A scene whose policy trusts an authority, and whose reports are attested. */
async function stampedScene(change: Readonly<Record<string, unknown>> = {}) {
  const scene = await gateScene()
  const authority = testAuthority()
  writeFileSync(join(scene.cwd, 'tsa.crt'), authority.root.toString())
  const policy = policyOf(scene)
  scene.policy({ ...policy, trust: { ...policy.trust, timestampAuthorities: ['tsa.crt'] }, ...change })
  return { scene, authority }
}

/** Attests a report, and stamps the attestation. */
async function attest({ cwd, jux }: GateScene, name: string, key: string, authority: TestAuthority, time = STAMPED) {
  const signers = ['ci', 'web', 'old'].flatMap((signer) => ['--public-key', `${signer}.pub.pem`])
  const { code, err } = await jux('attest', `reports/${name}.xml`, '--key', `${key}.pem`, ...signers)
  if (code !== 0) throw new Error(err)
  const path = join(cwd, 'reports', `${name}.sigstore.json`)
  const bundle = JSON.parse(readFileSync(path, 'utf8'))
  const signature = Buffer.from(bundle.dsseEnvelope.signatures[0].sig, 'base64')
  const signedTimestamp = stamp(authority, signature, { time }).toString('base64')
  bundle.verificationMaterial.timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp }] }
  writeFileSync(path, JSON.stringify(bundle))
}

describe('time stamps beside the reports of a gate', () => {
  it('show that a report is older than the revocation of its key', async () => {
    const { scene, authority } = await stampedScene()
    const policy = policyOf(scene)
    const [entry] = policy.trust.revoked as readonly object[]
    scene.policy({ ...policy, trust: { ...policy.trust, revoked: [{ ...entry, since: '2026-06-15T11:30:00Z' }] } })
    await scene.report('extra.xml', { key: 'old' })
    expect(unfulfilled((await scene.verify()).decision)).toEqual([
      'trust.revoked: the key is revoked since 2026-06-15T11:30:00Z, no time stamp shows that it is older',
    ])

    await attest(scene, 'extra', 'old', authority)
    expect(unfulfilled((await scene.verify()).decision)).toEqual([])

    await attest(scene, 'extra', 'old', authority, '20260615113001Z')
    expect(unfulfilled((await scene.verify()).decision)).toEqual([
      'trust.revoked: the key is revoked since 2026-06-15T11:30:00Z, stamped 2026-06-15T11:30:01.000Z',
    ])
  })

  it('make a report no newer than it states, and no newer than its stamp', async () => {
    const { scene, authority } = await stampedScene({ fresh: { maxAge: '1h' } })
    const recent = { 'jux:finished_at': '2026-06-15T11:30:00.000Z' }
    for (const name of ['shop-1.xml', 'shop-2.xml', 'web.xml']) {
      await scene.report(name, { ...REPORTS[name], properties: { ...REPORTS[name]?.properties, ...recent } })
    }
    expect(unfulfilled((await scene.verify()).decision)).toEqual([])

    await scene.report('extra.xml', { properties: OLD })
    await attest(scene, 'extra', 'ci', authority, '20260615115900Z')
    expect(unfulfilled((await scene.verify()).decision)).toEqual([
      'fresh.max-age: jux:finished_at is 2026-06-14T11:00:00.000Z',
    ])

    await scene.report('extra.xml', { properties: recent })
    await attest(scene, 'extra', 'ci', authority, '20260615105900Z')
    expect(unfulfilled((await scene.verify()).decision)).toEqual(['fresh.max-age: stamped 2026-06-15T10:59:00.000Z'])
  })

  it.each([
    [
      'of another authority',
      async (scene: GateScene) => attest(scene, 'extra', 'ci', testAuthority()),
      'which is not a trusted authority',
    ],
    [
      'of the future',
      async (scene: GateScene, authority: TestAuthority) => attest(scene, 'extra', 'ci', authority, '20260616100000Z'),
      'future',
    ],
    [
      'over another report',
      async (scene: GateScene, authority: TestAuthority) => {
        await attest(scene, 'extra', 'ci', authority)
        await scene.report('extra.xml', { properties: { other: 'yes' } })
      },
      'is about another file',
    ],
    [
      'whose attestation another key has signed',
      async (scene: GateScene, authority: TestAuthority) => attest(scene, 'extra', 'web', authority),
      'no signature of the envelope is of a trusted key',
    ],
  ])('are refused with their report if they are %s', async (_, prepare, message) => {
    const { scene, authority } = await stampedScene()
    await scene.report('extra.xml', {})
    await prepare(scene, authority)

    const found = unfulfilled((await scene.verify()).decision)

    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(/^trust\.signature: /)
    expect(found[0]).toContain(message)
  })

  it('are ignored if the policy trusts no authority', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', {})
    writeFileSync(join(scene.cwd, 'reports/extra.sigstore.json'), 'not JSON')

    expect((await scene.verify()).code).toBe(0)
  })

  it('are demanded by fresh.stamped, which needs an authority', async () => {
    const { scene, authority } = await stampedScene({ fresh: { stamped: true } })
    expect(unfulfilled((await scene.verify()).decision)).toEqual([
      'fresh.stamped: no time stamp',
      'fresh.stamped: no time stamp',
      'fresh.stamped: no time stamp',
    ])

    for (const [name, key] of [
      ['shop-1', 'ci'],
      ['shop-2', 'ci'],
      ['web', 'web'],
    ] as const) {
      await attest(scene, name, key, authority)
    }
    expect(unfulfilled((await scene.verify()).decision)).toEqual([])

    const { trust } = policyOf(scene)
    scene.policy({ ...policyOf(scene), trust: { ...trust, timestampAuthorities: undefined } })
    const { code, err } = await scene.jux('verify', 'reports', '--policy', 'policy.json', ...EXPECT)
    expect({ code, err }).toMatchObject({
      code: 2,
      err: expect.stringContaining('fresh.stamped needs trust.timestampAuthorities'),
    })
  })
})
