import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { collectMaterials } from '../../src/cli/gate/verify-policy.js'
import { evaluatePolicy, RULES } from '../../src/gate/evaluate.js'
import {
  COMMIT,
  type GateScene,
  gateScene,
  POLICY,
  policyOf,
  REPORTS,
  type SceneReport,
} from '../support/gate-scene.js'
import { testAuthority } from '../support/timestamps.js'

const FAILURE = '<failure message="m" type="Error">Error: m</failure>'
const FLAKY = '<flakyFailure message="m" type="Error"/>'

/** What breaks exactly one rule. */
type Breaking = (scene: GateScene) => unknown

/** One more report. */
const extra =
  (report: SceneReport): Breaking =>
  (scene) =>
    scene.report('extra.xml', report)
const withFacts = (properties: Readonly<Record<string, string | undefined>>) => extra({ properties })
const withPolicy =
  (change: Partial<Record<keyof typeof POLICY, unknown>>): Breaking =>
  (scene) =>
    scene.policy({ ...policyOf(scene), ...change })
const complete = (change: Readonly<Record<string, unknown>>) =>
  withPolicy({ complete: { ...POLICY.complete, ...change } })

const FIXTURES: Readonly<Record<string, Breaking>> = {
  'trust.signature': extra({ key: 'none' }),
  'trust.distinct': ({ cwd }) => copyFileSync(join(cwd, 'reports/web.xml'), join(cwd, 'reports/web-again.xml')),
  'trust.revoked': extra({ key: 'old' }),
  'trust.algorithm': extra({ flags: ['--digest', 'sha512'] }),
  'facts.values': withFacts({ 'git:branch': 'feature/x' }),
  'facts.given': withPolicy({ given: ['git:commit', 'ci:build_id'] }),
  'facts.expected': withFacts({ 'git:commit': '0000000000000000000000000000000000000000' }),
  'facts.clean-tree': withFacts({ 'git:status': 'dirty' }),
  'facts.runner': withFacts({ 'jux:runner_version': '3.2.4' }),
  'complete.projects': complete({ projects: ['shop', 'web', 'api'] }),
  'complete.suites': complete({ suites: ['cart.test.ts', 'login.test.ts'] }),
  'complete.shards': (scene) =>
    scene.report('shop-2.xml', { ...REPORTS['shop-2.xml'], properties: { 'jux:shard': '2/3' } }),
  'complete.min-tests': complete({ minTests: 5 }),
  'complete.max-skipped': complete({ maxSkipped: 0 }),
  'complete.unfiltered': withFacts({ 'jux:selection': 'name' }),
  'complete.without-only': withFacts({ 'jux:only': 'possible' }),
  'complete.uninterrupted': withFacts({ 'jux:partial': 'true' }),
  'complete.exit-code': withFacts({ 'jux:exit_code': '1' }),
  'baseline.missing': ({ cwd }) =>
    writeFileSync(join(cwd, 'before.txt'), 'cart.test.ts > adds\ncart.test.ts > empties\n'),
  'baseline.skipped': ({ cwd }) => writeFileSync(join(cwd, 'before.txt'), 'pay.test.ts > refunds\n'),
  'fresh.max-age': withFacts({
    'jux:finished_at': '2026-06-14T11:59:59.000Z',
    'jux:timestamp': '2026-06-14T11:00:00.000Z',
  }),
  'fresh.stamped': async (scene) => {
    writeFileSync(join(scene.cwd, 'tsa.crt'), testAuthority().root.toString())
    const policy = policyOf(scene)
    const trust = { ...policy.trust, timestampAuthorities: ['tsa.crt'] }
    scene.policy({ ...policy, trust, fresh: { maxAge: '24h', stamped: true } })
  },
  'fresh.future': withFacts({ 'jux:finished_at': '2026-06-15T12:06:00.000Z' }),
  'fresh.cached': withFacts({ 'jux:task': 'web#test', 'jux:task_hash': 'abc' }),
  'results.passed': extra({ properties: { 'jux:outcome': 'failed' }, cases: [{ name: 'fails', inside: FAILURE }] }),
  'results.flaky': extra({ cases: [{ name: 'sometimes', inside: FLAKY }] }),
  'results.waivers': ({ cwd }) => writeFileSync(join(cwd, 'waivers/a.waiver.json'), '{}'),
}

describe('jux verify --policy', () => {
  it('passes reports that fulfil every rule, and uses every rule in the fixtures', async () => {
    const scene = await gateScene()

    const { code, decision } = await scene.verify()

    expect(decision.findings.filter(({ result }) => result !== 'fulfilled')).toEqual([])
    expect({ code, verdict: decision.verdict }).toEqual({ code: 0, verdict: 'passed' })
    const used = RULES.map(({ id }) => id).filter((id) => id !== 'fresh.stamped')
    expect([...new Set(decision.findings.map(({ rule }) => rule))]).toEqual(used)
    expect(Object.keys(FIXTURES)).toEqual(RULES.map(({ id }) => id))
  })

  it.each(Object.entries(FIXTURES))('finds only %s broken by the fixture that breaks it', async (id, breakRule) => {
    const scene = await gateScene()
    await breakRule(scene)

    const { code, decision } = await scene.verify()

    const broken = decision.findings.filter(({ result }) => result !== 'fulfilled')
    expect([...new Set(broken.map(({ rule }) => rule))]).toEqual([id])
    const isUndecided = id === 'facts.given'
    expect({ code, verdict: decision.verdict }).toEqual(
      isUndecided ? { code: 2, verdict: 'undecided' } : { code: 1, verdict: 'failed' },
    )
  })

  it.each(Object.entries(FIXTURES))('without the rule %s lets its fixture through', async (id, breakRule) => {
    const scene = await gateScene()
    await breakRule(scene)
    const expected = [{ name: 'git:commit', value: COMMIT }]
    const flags = { policy: 'policy.json', expect: expected }

    const { input } = await collectMaterials(['reports'], flags, scene.context)

    const others = RULES.filter((rule) => rule.id !== id)
    expect(evaluatePolicy(input, others).verdict).toBe('passed')
    expect(evaluatePolicy(input).verdict).not.toBe('passed')
  })

  it('fails without any report', async () => {
    const scene = await gateScene()
    const { input } = await collectMaterials(['reports'], { policy: 'policy.json' }, scene.context)

    expect(evaluatePolicy({ ...input, reports: [] }, []).verdict).toBe('failed')
    expect(evaluatePolicy(input, []).verdict).toBe('passed')
  })
})
