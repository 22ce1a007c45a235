import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { COMMIT, EXPECT, gateScene, POLICY, policyOf, REPORTS, unfulfilled } from '../support/gate-scene.js'

describe('shards', () => {
  const second = (properties: Readonly<Record<string, string | undefined>>) => ({
    ...REPORTS['shop-2.xml'],
    properties,
  })

  it.each([
    ['is missing', undefined, 'shop: shard 2 of 2 is missing'],
    ['is there twice', { 'jux:shard': '1/2' }, 'shop: shard 2 of 2 is missing; shard 1 of 2 is there more than once'],
    ['is of another run', { 'jux:shard': '2/2', 'ci:build_id': '78' }, 'shop: ci:build_id differs: 77, 78'],
    [
      'states no run',
      { 'jux:shard': '2/2', 'ci:build_id': undefined },
      'shop: ci:build_id is not stated in every shard',
    ],
    [
      'is none',
      { 'jux:shard': 'x' },
      'shop: a number of a shard is out of range; shard 2 of 2 is missing; the reports state 2 and 0 shards',
    ],
  ])('are not complete if one %s', async (_, properties, found) => {
    const scene = await gateScene()
    if (properties === undefined) rmSync(join(scene.cwd, 'reports/shop-2.xml'))
    else await scene.report('shop-2.xml', second(properties))

    const { decision } = await scene.verify()

    expect(unfulfilled(decision)).toContain(`complete.shards: ${found}`)
  })

  it('are not complete if one is of another commit', async () => {
    const scene = await gateScene()
    await scene.report('shop-2.xml', second({ 'jux:shard': '2/2', 'git:commit': 'a'.repeat(40) }))

    expect(unfulfilled((await scene.verify()).decision)).toContain(
      `complete.shards: shop: git:commit differs: ${COMMIT}, ${'a'.repeat(40)}`,
    )
  })

  it('are not complete without any shard, if the policy demands a number of them', async () => {
    const scene = await gateScene()
    for (const name of ['shop-1.xml', 'shop-2.xml']) {
      await scene.report(name, { ...REPORTS[name], properties: { 'jux:shard': undefined } })
    }

    expect(unfulfilled((await scene.verify()).decision)).toEqual(['complete.shards: no report is a shard'])
  })

  it('may be a merged report that names as many parts', async () => {
    const scene = await gateScene()
    rmSync(join(scene.cwd, 'reports/shop-2.xml'))
    const cases = [...(REPORTS['shop-1.xml']?.cases ?? []), ...(REPORTS['shop-2.xml']?.cases ?? [])]
    const properties = { 'jux:merged': 'true', 'jux:parts': `${'a'.repeat(64)} ${'b'.repeat(64)}` }
    await scene.report('shop-1.xml', { properties: { ...properties, 'part:jux:shard': '1/2' }, cases })
    expect(unfulfilled((await scene.verify()).decision)).toEqual([])

    await scene.report('shop-1.xml', { properties: { ...properties, 'part:jux:shard': '1/3' }, cases })
    expect(unfulfilled((await scene.verify()).decision)).toEqual(['complete.shards: shop: 3 shards'])

    // The parts of a matrix are no shards.
    await scene.report('shop-1.xml', { properties, cases })
    expect(unfulfilled((await scene.verify()).decision)).toEqual(['complete.shards: no report is a shard'])
  })
})

describe('the number of tests', () => {
  it('counts a test in two reports once', async () => {
    const scene = await gateScene()
    scene.policy({ ...policyOf(scene), complete: { ...POLICY.complete, minTests: 5 } })
    await scene.report('extra.xml', {
      properties: { 'jux:node_version': '24' },
      cases: [{ file: 'cart.test.ts', name: 'adds' }],
    })

    expect(unfulfilled((await scene.verify()).decision)).toEqual(['complete.min-tests: 4 tests ran'])
  })

  it.each([
    ['20%', true],
    ['19.9%', false],
  ])('may have a share of %s skipped if one of five is: %s', async (maxSkipped, isFulfilled) => {
    const scene = await gateScene()
    scene.policy({ ...policyOf(scene), complete: { ...POLICY.complete, maxSkipped } })

    expect((await scene.verify()).code).toBe(isFulfilled ? 0 : 1)
  })

  it('is not whole if tests were not run', async () => {
    const scene = await gateScene()
    scene.policy({ ...policyOf(scene), complete: { ...POLICY.complete, maxSkipped: 9 } })
    await scene.report('extra.xml', {
      cases: [{ name: 'a' }, { name: 'b', inside: '<skipped type="not-run" message="not run: bail"/>' }],
    })

    expect(unfulfilled((await scene.verify()).decision)).toEqual(['complete.uninterrupted: 1 test did not run: b'])
  })
})

describe('a baseline', () => {
  it('of reports names the tests that vanished or became skipped, each in its project', async () => {
    const scene = await gateScene()
    mkdirSync(join(scene.cwd, 'before'))
    await scene.report('old.xml', {
      cases: [
        { file: 'cart.test.ts', name: 'adds' },
        { file: 'cart.test.ts', name: 'empties' },
        { file: 'pay.test.ts', name: 'refunds' },
        { file: 'pay.test.ts', name: 'was skipped', inside: '<skipped/>' },
        { file: 'old.test.ts', name: 'gone' },
      ],
    })
    renameSync(join(scene.cwd, 'reports/old.xml'), join(scene.cwd, 'before/old.xml'))

    const { decision } = await scene.verify(...EXPECT, '--baseline', 'before')

    expect(unfulfilled(decision)).toEqual([
      'baseline.missing: 1 test is missing: cart.test.ts > empties; 1 allowed by the policy',
      'baseline.skipped: 1 test is skipped now: pay.test.ts > refunds',
    ])
  })

  it('that is not verified leaves the gate undecided', async () => {
    const scene = await gateScene()
    await scene.report('old.xml', { key: 'none' })
    renameSync(join(scene.cwd, 'reports/old.xml'), join(scene.cwd, 'old.xml'))

    const { code, decision } = await scene.verify(...EXPECT, '--baseline', 'old.xml')

    expect(code).toBe(2)
    expect(decision).toMatchObject({
      verdict: 'undecided',
      error: expect.stringContaining('the baseline old.xml is refused'),
    })
  })

  it('that a policy demands, but nobody gives, leaves the gate undecided', async () => {
    const scene = await gateScene()
    scene.policy({ ...policyOf(scene), baseline: {} })

    const { code, decision } = await scene.verify()

    expect(code).toBe(2)
    expect(unfulfilled(decision)).toEqual([
      'baseline.missing: no baseline is given',
      'baseline.skipped: no baseline is given',
    ])
  })
})

describe('reports of tasks', () => {
  const restored = { 'jux:task': 'web#test', 'jux:task_hash': 'abc', 'git:commit': 'a'.repeat(40), 'ci:build_id': '70' }

  it('are accepted if the command gives their run', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', { properties: { 'jux:task': 'web#test', 'jux:task_hash': 'abc' } })

    expect((await scene.verify(...EXPECT, '--expect', 'ci:build_id=77')).code).toBe(0)
    expect(unfulfilled((await scene.verify()).decision)).toEqual([
      'fresh.cached: web#test may be restored from a cache: ci:build_id is 77, its hash is abc',
    ])
  })

  it('that were restored are accepted only if the policy accepts them, and the command gives their hash', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', { properties: restored })
    const given = [...EXPECT, '--expect', 'ci:build_id=77', '--task-hash', 'web#test=abc']
    expect((await scene.verify(...given)).code).toBe(1)

    scene.policy({ ...policyOf(scene), fresh: { maxAge: '24h', acceptCached: true } })
    expect(unfulfilled((await scene.verify(...given)).decision)).toEqual([])
    expect((await scene.verify(...EXPECT, '--task-hash', 'web#test=abd')).code).toBe(1)
    expect((await scene.verify(...EXPECT, '--task-hash', 'api#test=abc')).code).toBe(1)
  })
})
