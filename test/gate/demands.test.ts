import { describe, expect, it } from 'vitest'
import { usedRules } from '../../src/gate/evaluate.js'
import { parsePolicy } from '../../src/gate/policy.js'
import { gateScene, POLICY, policyOf, REPORTS, unfulfilled } from '../support/gate-scene.js'

const demandsOf = (policy: Readonly<Record<string, unknown>>) => {
  const trust = { publicKeys: ['key.pub.pem'] }
  const parsed = parsePolicy(JSON.stringify({ version: 1, trust, ...policy }), 'p.json')
  return Object.fromEntries(usedRules(parsed).map(({ rule, demand }) => [rule.id, demand]))
}

describe('usedRules', () => {
  it('has for the smallest policy only the rules that always apply', () => {
    expect(Object.keys(demandsOf({}))).toEqual([
      'trust.signature',
      'trust.distinct',
      'facts.expected',
      'complete.exit-code',
      'fresh.future',
      'fresh.cached',
      'results.passed',
    ])
  })

  it.each([
    [{ results: { maxFlaky: 2 } }, 'results.flaky', 'at most 2 tests are flaky without a waiver'],
    [
      { complete: { shards: true } },
      'complete.shards',
      'all shards are there once, of one commit and one run (ci:build_id)',
    ],
    [
      { complete: { shards: 2, sameRun: 'pipeline' } },
      'complete.shards',
      'all 2 shards are there once, of one commit and one run (pipeline)',
    ],
    [{ complete: { maxSkipped: 0 } }, 'complete.max-skipped', 'at most 0 tests are skipped'],
    [{ runners: { vitest: {}, jest: { min: '30' } } }, 'facts.runner', 'the tests ran in vitest or jest 30 or later'],
    [{ runners: { jest: { below: '31' } } }, 'facts.runner', 'the tests ran in jest below 31'],
    [{ trust: { publicKeys: ['k'], algorithms: ['rsa-sha512'] } }, 'trust.algorithm', 'one of rsa-sha512'],
    [{ trust: { publicKeys: ['k'], minRsaBits: 4096 } }, 'trust.algorithm', 'RSA keys of at least 4096 bits'],
    [
      { fresh: { acceptCached: true } },
      'fresh.cached',
      'a report that a task runner started is of this run, or of a task whose hash --task-hash gives',
    ],
    [{ fresh: { stamped: false } }, 'fresh.stamped', undefined],
    [{ cleanTree: false, complete: { unfiltered: false, withoutOnly: false } }, 'facts.clean-tree', undefined],
    [{ complete: { uninterrupted: false } }, 'complete.uninterrupted', undefined],
  ])('says what %j demands', (policy, id, demand) => {
    expect(demandsOf(policy)[id]).toBe(demand)
  })
})

describe('findings', () => {
  it('name the runner, the signal and the length of a key that are not accepted', async () => {
    const scene = await gateScene()
    const { trust } = policyOf(scene)
    scene.policy({
      ...policyOf(scene),
      trust: { ...trust, algorithms: undefined },
      runners: { vitest: { below: '5' } },
    })
    await scene.report('extra.xml', { properties: { 'jux:runner': undefined, 'jux:signal': 'SIGKILL' } })

    expect(unfulfilled((await scene.verify()).decision)).toEqual([
      'facts.runner: no runner is stated',
      'complete.exit-code: jux:signal is SIGKILL',
    ])
  })

  it('are good if shards are complete without a number, or if there is none', async () => {
    const scene = await gateScene()
    scene.policy({ ...policyOf(scene), complete: { ...POLICY.complete, shards: true } })
    expect(unfulfilled((await scene.verify()).decision)).toEqual([])

    for (const name of ['shop-1.xml', 'shop-2.xml']) {
      await scene.report(name, { ...REPORTS[name], properties: { 'jux:shard': undefined } })
    }
    expect(unfulfilled((await scene.verify()).decision)).toEqual([])
  })

  it('name at most five tests, and how many more there are', async () => {
    const scene = await gateScene()
    const cases = Array.from({ length: 8 }, (_, index) => ({
      name: `fails ${index}`,
      inside: '<failure message="m" type="E"/>',
    }))
    await scene.report('extra.xml', { properties: { 'jux:outcome': 'failed' }, cases })

    const { decision } = await scene.verify()
    const [finding] = decision.findings.filter(({ result }) => result === 'violated')

    expect(finding?.found).toMatch(/^8 tests failed: .*fails 4 and 3 more$/)
    expect(finding).toMatchObject({ tests: { length: 8 } })
  })

  it('say which outcome a report has, and which it states', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', { properties: { 'jux:outcome': 'error' } })
    await scene.report('more.xml', { properties: { 'jux:outcome': 'fine' } })

    expect(unfulfilled((await scene.verify()).decision)).toEqual([
      'results.passed: the outcome is error',
      'results.passed: the outcome is passed, stated is fine',
    ])
  })
})
