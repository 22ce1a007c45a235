import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EXPECT, type GateScene, gateScene, POLICY, policyOf, REPORTS, unfulfilled } from '../support/gate-scene.js'

const FAILURE = '<failure message="m" type="Error">Error: m</failure>'

async function fingerprintOf({ jux }: GateScene, key: string, report: string): Promise<string> {
  const { out } = await jux('verify', '--json', '--public-key', `${key}.pub.pem`, report)
  return JSON.parse(out).signer.fingerprint
}

describe('a mistake in the baseline', () => {
  it.each([
    ['is empty', ''],
    ['has only comments', '\uFEFF# nothing\r\n\r\n'],
  ])('leaves the gate undecided if the list %s', async (_, list) => {
    const scene = await gateScene()
    writeFileSync(join(scene.cwd, 'before.txt'), list)

    const { code, decision } = await scene.verify()

    expect(code).toBe(2)
    expect(unfulfilled(decision).map((text) => text.split(':')[0])).toEqual(['baseline.missing', 'baseline.skipped'])
    expect(unfulfilled(decision)[0]).toMatch(/no test is in the baseline .*before\.txt/)
  })

  it('leaves the gate undecided if the list is in UTF-16', async () => {
    const scene = await gateScene()
    writeFileSync(join(scene.cwd, 'before.txt'), '\uFEFFcart.test.ts > adds\r\n', 'utf16le')

    const { code, decision } = await scene.verify()

    expect({ code, error: decision.error }).toMatchObject({
      code: 2,
      error: expect.stringMatching(/before\.txt is not text in UTF-8/),
    })
  })

  it('is not that a policy names none: what the command gives is compared', async () => {
    const scene = await gateScene()
    scene.policy({ ...policyOf(scene), baseline: undefined })
    writeFileSync(join(scene.cwd, 'release.txt'), 'cart.test.ts > empties\n')

    const { code, decision } = await scene.verify(...EXPECT, '--baseline', 'release.txt')

    expect(code).toBe(1)
    expect(unfulfilled(decision)).toEqual(['baseline.missing: 1 test is missing: cart.test.ts > empties'])
  })

  it('is not hidden by another baseline that the command gives', async () => {
    const scene = await gateScene()
    writeFileSync(join(scene.cwd, 'before.txt'), 'cart.test.ts > empties\n')
    writeFileSync(join(scene.cwd, 'release.txt'), 'cart.test.ts > adds\n')

    const { decision } = await scene.verify(...EXPECT, '--baseline', 'release.txt')

    expect(unfulfilled(decision)).toEqual(['baseline.missing: 1 test is missing: cart.test.ts > empties'])
  })

  it('leaves the gate undecided if a revoked key has signed the earlier report', async () => {
    const scene = await gateScene()
    await scene.report('old.xml', { key: 'old' })
    renameSync(join(scene.cwd, 'reports/old.xml'), join(scene.cwd, 'old.xml'))

    const { code, decision } = await scene.verify(...EXPECT, '--baseline', 'old.xml')

    expect({ code, error: decision.error }).toEqual({
      code: 2,
      error: 'the baseline old.xml is refused: it is signed with a revoked key',
    })
  })
})

describe('jux policy tests', () => {
  it('fails if no test ran, so that no empty list is written without notice', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', { cases: [{ name: 'a', inside: '<skipped/>' }] })

    const { code, err } = await scene.jux('policy', 'tests', 'policy.json', 'reports/extra.xml')

    expect(code).toBe(1)
    expect(err).toContain('no test ran in the reports')
  })

  it('refuses a name with a control character, which would reach the terminal', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', { cases: [{ name: 'a&#x9b;2Jb' }] })

    const { code, out, err } = await scene.jux('policy', 'tests', 'policy.json', 'reports/extra.xml')

    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain('a list cannot contain the test')
    expect(err).not.toContain('\x9b')
  })
})

describe('a mistake in the command', () => {
  it('is a second policy: neither silently wins', async () => {
    const scene = await gateScene()

    const { code, err } = await scene.jux('verify', 'reports', '--policy', 'a.json', '--policy', 'policy.json')

    expect(code).toBe(64)
    expect(err).toContain('It can be given only once.')
  })

  it.each(['--expect', '--task-hash'])('is an empty value of %s', async (flag) => {
    const scene = await gateScene()

    const { code } = await scene.jux('verify', 'reports', '--policy', 'policy.json', flag, 'git:commit=')

    expect(code).toBe(64)
  })
})

describe('the numbers of shards', () => {
  it.each([
    ['1/999999999', 'shard 2, 3, 4, 5, 6 and 999999993 more of 999999999 is missing'],
    ['1/9999999999999999999999', 'a number of a shard is out of range'],
    ['0/0', 'a number of a shard is out of range'],
    ['1e0/2', 'a number of a shard is out of range'],
  ])('may be hostile, such as %s', async (shard, found) => {
    const scene = await gateScene()
    rmSync(join(scene.cwd, 'reports/shop-2.xml'))
    await scene.report('shop-1.xml', { ...REPORTS['shop-1.xml'], properties: { 'jux:shard': shard } })

    const { code, decision } = await scene.verify()

    expect(code).toBe(1)
    expect(unfulfilled(decision).find((text) => text.startsWith('complete.shards'))).toContain(found)
  })

  it.each([
    ['that are no hashes', 'a b'],
    ['that are one hash twice', `${'a'.repeat(64)} ${'a'.repeat(64)}`],
  ])('do not come from parts %s', async (_, parts) => {
    const scene = await gateScene()
    rmSync(join(scene.cwd, 'reports/shop-2.xml'))
    const cases = [...(REPORTS['shop-1.xml']?.cases ?? []), ...(REPORTS['shop-2.xml']?.cases ?? [])]
    await scene.report('shop-1.xml', {
      properties: { 'jux:merged': 'true', 'jux:parts': parts, 'part:jux:shard': '1/2' },
      cases,
    })

    expect(unfulfilled((await scene.verify()).decision)).toEqual([
      'complete.shards: shop: jux:parts is no list of different content hashes',
    ])
  })
})

describe('a share of skipped tests', () => {
  it('is compared exactly: 29 of 100 are 29%', async () => {
    const scene = await gateScene()
    scene.policy({ ...policyOf(scene), complete: { ...POLICY.complete, maxSkipped: '29%' } })
    // The scene has 5 tests, of which 1 is skipped.
    const cases = Array.from({ length: 95 }, (_, index) => ({
      name: `t${index}`,
      ...(index < 28 && { inside: '<skipped/>' }),
    }))
    await scene.report('extra.xml', { cases })

    expect(unfulfilled((await scene.verify()).decision)).toEqual([])
  })
})

describe('the time of a report', () => {
  it.each(['2026', '1', '2026-06-15', '2026-06-15T11:01:00', 'Mon, 15 Jun 2026 11:01:00 GMT', 'version 2026'])(
    'cannot be %s, which depends on the machine or on a guess',
    async (time) => {
      const scene = await gateScene()
      await scene.report('extra.xml', { properties: { 'jux:finished_at': time, 'jux:timestamp': time } })

      const { code, decision } = await scene.verify()

      expect(code).toBe(1)
      expect(unfulfilled(decision).map((text) => text.split(':')[0])).toEqual(['fresh.max-age', 'fresh.future'])
    },
  )
})

describe('a report that states a task', () => {
  it.each([
    ['without a hash', { 'jux:task': 'web#test' }],
    ['whose name is missing', { 'jux:task_hash': 'abc' }],
  ])('%s may be restored from a cache', async (_, properties) => {
    const scene = await gateScene()
    await scene.report('extra.xml', { properties })

    const { code, decision } = await scene.verify()

    expect(code).toBe(1)
    expect(unfulfilled(decision)[0]).toContain('fresh.cached: ')
  })
})

describe('a waiver', () => {
  it('that a revoked key has signed does not count', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', {
      properties: { 'jux:outcome': 'failed' },
      cases: [{ name: 'fails', inside: FAILURE }],
    })
    const words = ['--reason', 'known', '--owner', 'me', '--expires', '2026-12-31', '--key', 'lead.pem']
    await scene.jux('waiver', 'add', '--test', 'extra.test.ts > fails', ...words)
    expect(readdirSync(join(scene.cwd, 'waivers'))).toHaveLength(1)
    expect((await scene.verify()).code).toBe(0)

    mkdirSync(join(scene.cwd, 'probe'))
    await scene.report('lead.xml', { key: 'lead' })
    renameSync(join(scene.cwd, 'reports/lead.xml'), join(scene.cwd, 'probe/lead.xml'))
    const fingerprint = await fingerprintOf(scene, 'lead', 'probe/lead.xml')
    const policy = policyOf(scene)
    scene.policy({ ...policy, trust: { ...policy.trust, revoked: [{ fingerprint, since: '2026-01-01' }] } })

    const { code, decision } = await scene.verify()

    expect(code).toBe(1)
    expect(unfulfilled(decision)).toEqual([
      'results.passed: 1 test failed: extra.test.ts > fails',
      expect.stringContaining('results.waivers: extra.test.ts > fails: is signed with a revoked key'),
    ])
  })

  it('is not called valid by a list that verifies nothing', async () => {
    const scene = await gateScene()
    const words = ['--reason', 'known', '--owner', 'me', '--expires', '2026-12-31', '--key', 'web.pem']
    await scene.jux('waiver', 'add', '--test', 'a > b', ...words)

    const { out } = await scene.jux('waiver', 'list')

    expect(out).toMatch(/^listed {3}a > b until 2026-12-31/)
  })
})
