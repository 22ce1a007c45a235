import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runJux } from '../support/cli.js'
import { COMMIT, type GateScene, gateScene, NOW, POLICY, policyOf, REPORTS } from '../support/gate-scene.js'

const FAILURE = '<failure message="m" type="Error">Error: m</failure>'
const FLAKY = '<flakyFailure message="m" type="Error"/>'
const FAILED = {
  properties: { 'jux:outcome': 'failed', 'jux:exit_code': '1' },
  cases: [{ name: 'fails', inside: FAILURE }],
}
const EXPECT = ['--expect', `git:commit=${COMMIT}`]

const violated = ({ findings }: Awaited<ReturnType<GateScene['verify']>>['decision']) =>
  findings.filter(({ result }) => result !== 'fulfilled').map(({ rule, found }) => `${rule}: ${found}`)

const waive = (scene: GateScene, test: string, ...flags: string[]) =>
  scene.jux(
    'waiver',
    'add',
    '--test',
    test,
    '--reason',
    'bank is down',
    '--owner',
    'payments',
    '--key',
    'lead.pem',
    '--expires',
    '2026-06-15',
    ...flags,
  )

describe('jux verify --policy', () => {
  it('prints a line for each rule that holds, one for each finding that does not, and the verdict', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', FAILED)

    const { code, out, err } = await scene.jux('verify', 'reports', '--policy', 'policy.json', ...EXPECT)

    expect(code).toBe(1)
    expect(err).toBe('')
    expect(out).toContain('ok         trust.signature         every report is signed by a trusted signer')
    expect(out).toMatch(
      /VIOLATED +results\.passed +reports\/extra\.xml: 1 tests failed: extra\.test\.ts > fails \(wanted: every test passed, or has a waiver\)/,
    )
    expect(out.trimEnd().split('\n').at(-1)).toBe('failed: 4 reports, 26 rules of policy.json, 1 violated')
  })

  it('appends a summary to the page of a GitHub job, unless JUX_JOB_SUMMARY is false', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', { ...FAILED, cases: [{ name: '&lt;img src=x&gt;', inside: FAILURE }] })
    const run = (file: string, env: Readonly<Record<string, string>> = {}) =>
      runJux(['verify', 'reports', '--policy', 'policy.json', ...EXPECT], {
        system: { cwd: scene.cwd, now: NOW, env: { GITHUB_STEP_SUMMARY: join(scene.cwd, file), ...env } },
      })

    await run('summary.md')
    await run('none.md', { JUX_JOB_SUMMARY: 'false' })
    const broken = await run('missing/summary.md')

    const summary = readFileSync(join(scene.cwd, 'summary.md'), 'utf8')
    expect(summary).toContain('<h3>Gate <code>release</code>: ❌ failed</h3>')
    expect(summary).toContain('<code>results.passed</code>')
    expect(summary).not.toContain('<img')
    expect(() => readFileSync(join(scene.cwd, 'none.md'))).toThrow('ENOENT')
    expect(broken.err).toContain('no job summary: cannot write')
    expect(broken.code).toBe(1)
  })

  it('exits with 2, and says why, when there is no policy or it cannot be used', async () => {
    const scene = await gateScene()
    const attempts = [
      ['missing.json', undefined, 'POLICY_NOT_FOUND', 'there is no policy at missing.json'],
      ['syntax.json', '{"version": 1,}', 'POLICY_INVALID', 'the policy syntax.json: it is not JSON'],
      ['twice.json', '{"version": 1, "version": 1}', 'POLICY_INVALID', 'it has the member "version" twice'],
      ['nobody.json', '{"version": 1, "trust": {}}', 'POLICY_INVALID', 'trust names no signer'],
      ['key.json', '{"version": 1, "trust": {"publicKeys": ["no.pem"]}}', 'KEY_NOT_FOUND', 'no.pem'],
    ] as const

    for (const [name, text, expectedCode, message] of attempts) {
      if (text !== undefined) writeFileSync(join(scene.cwd, name), text)
      const { code, out } = await scene.jux('verify', 'reports', '--policy', name, '--json')
      expect(code).toBe(2)
      expect(JSON.parse(out)).toMatchObject({ passed: false, verdict: 'undecided' })
      expect(JSON.parse(out).code).toBe(expectedCode)
      expect(JSON.parse(out).error).toContain(message)
    }
  })

  it('refuses a folder without reports, and a report that cannot be read', async () => {
    const scene = await gateScene()
    rmSync(join(scene.cwd, 'reports'), { recursive: true })
    mkdirSync(join(scene.cwd, 'reports'))

    const { code, decision } = await scene.verify()

    expect(code).toBe(1)
    expect(violated(decision)).toContain('trust.signature: no .xml file in the folder reports')
  })

  it.each([
    [['--public-key', 'ci.pub.pem'], '--policy cannot be combined with other trusted keys'],
    [['--embedded'], '--policy cannot be combined with other trusted keys'],
  ])('is a usage error with %j', async (flags, message) => {
    const scene = await gateScene()

    const { code, err } = await scene.jux('verify', 'reports', '--policy', 'policy.json', ...flags)

    expect(code).toBe(64)
    expect(err).toContain(message)
  })

  it('is required by --baseline and --task-hash', async () => {
    const scene = await gateScene()

    const { code, err } = await scene.jux('verify', 'reports', '--public-key', 'ci.pub.pem', '--baseline', 'before.txt')

    expect({ code, err }).toMatchObject({
      code: 64,
      err: expect.stringContaining('--baseline and --task-hash require --policy'),
    })
  })
})

describe('the signers of a policy', () => {
  it('refuse a report of a project that has signers of its own, if another trusted key signed it', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', { properties: { project: 'web' } })

    const { decision } = await scene.verify()

    expect(violated(decision)).toEqual(['trust.signature: the report is signed by a key that is not trusted'])
  })

  it('refuse a report of another project that the signer of one project has signed', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', { key: 'web' })

    expect(violated((await scene.verify()).decision)).toEqual([
      'trust.signature: the report is signed by a key that is not trusted',
    ])
  })
})

describe('waivers', () => {
  it('let a failed test pass, and show it with its reason, its owner and its approver', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', FAILED)
    await waive(scene, 'extra.test.ts > fails')

    const { code, decision } = await scene.verify()
    const { out } = await scene.jux('verify', 'reports', '--policy', 'policy.json', ...EXPECT)

    expect(violated(decision)).toEqual([])
    expect(code).toBe(0)
    expect(out).toMatch(/ok +results\.passed +reports\/extra\.xml: waived: extra\.test\.ts > fails\n/)
    expect(out).toMatch(
      /ok +results\.waivers +extra\.test\.ts > fails: waived until 2026-06-15 by sha256:[0-9a-f]{16}… \(bank is down; payments; [0-9a-f]{12}\.waiver\.json\)/,
    )
  })

  it('let a flaky test pass where flaky tests are limited', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', { cases: [{ name: 'sometimes', inside: FLAKY }] })
    await waive(scene, 'extra.test.ts > sometimes')

    expect(violated((await scene.verify()).decision)).toEqual([])
  })

  it('count to the end of their last day, and are shown as expired after it', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', FAILED)
    await waive(scene, 'extra.test.ts > fails')
    scene.policy({ ...policyOf(scene), fresh: undefined })
    const at = (time: string) => scene.verify(...EXPECT, '--at', time)

    expect((await at('2026-06-15T23:59:59Z')).code).toBe(0)
    const { code, decision } = await at('2026-06-16T00:00:00Z')
    expect(code).toBe(1)
    expect(violated(decision)).toEqual([
      'results.passed: 1 tests failed: extra.test.ts > fails',
      expect.stringContaining('results.waivers: extra.test.ts > fails: expired on 2026-06-15'),
    ])
  })

  it('do not count if the key of a report has signed them, even if it is the key of an approver', async () => {
    const scene = await gateScene()
    const waivers = { files: ['waivers'], approvers: { publicKeys: ['lead.pub.pem', 'ci.pub.pem'] } }
    scene.policy({ ...policyOf(scene), waivers })
    await scene.report('extra.xml', FAILED)
    await waive(scene, 'extra.test.ts > fails', '--key', 'ci.pem')

    expect(violated((await scene.verify()).decision)).toEqual([
      'results.passed: 1 tests failed: extra.test.ts > fails',
      expect.stringContaining('is signed with the key of a report'),
    ])
  })

  it('of others than approvers, and changed ones, are refused and break the gate', async () => {
    const scene = await gateScene()
    await waive(scene, 'extra.test.ts > fails', '--key', 'web.pem')

    const { code, decision } = await scene.verify()

    expect(code).toBe(1)
    expect(violated(decision)).toEqual([
      expect.stringMatching(/^results\.waivers: .*no signature of the envelope is of a trusted key/),
    ])
  })

  it('name one test of one project, and no other test', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', FAILED)
    await waive(scene, 'extra.test.ts > fails', '--project', 'web')
    await waive(scene, 'extra.test.ts > fail')
    await waive(scene, 'extra.test.ts > *')

    expect(violated((await scene.verify()).decision)).toEqual(['results.passed: 1 tests failed: extra.test.ts > fails'])
  })

  it.each([
    [
      'an error outside of tests',
      { ...FAILED, cases: [{ name: '(load)', inside: '<error message="m" type="E"/>' }] },
      '(load)',
    ],
    ['a run that did not end', { ...FAILED, properties: { 'jux:outcome': 'interrupted' } }, 'fails'],
    [
      'a failure outside of the test cases',
      {
        ...FAILED,
        cases: [
          { name: 'fails', inside: `${FAILURE}</testcase><failure/><testcase classname="extra.test.ts" name="x">` },
        ],
      },
      'fails',
    ],
  ])('do not excuse %s', async (_, report, name) => {
    const scene = await gateScene()
    await scene.report('extra.xml', report)
    const test = `extra.test.ts > ${name}`
    const { code } = await waive(scene, test)

    expect(code).toBe(name === '(load)' ? 1 : 0)
    expect(violated((await scene.verify()).decision)[0]).toMatch(/^(?:complete\.uninterrupted|results\.passed): /)
  })

  it('do not excuse an exit code that no failed test explains', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', { properties: { 'jux:exit_code': '1' } })
    await waive(scene, 'extra.test.ts > works')

    expect(violated((await scene.verify()).decision)).toEqual(['complete.exit-code: jux:exit_code is 1'])
  })
})

describe('facts', () => {
  it('that a report states twice with different values are not fulfilled', async () => {
    const scene = await gateScene()
    const branch = 'main"/><property name="git:branch" value="evil'
    await scene.report('extra.xml', { properties: { 'git:branch': branch } })

    expect(violated((await scene.verify()).decision)).toEqual(['facts.values: git:branch is main and evil'])
  })

  it('that contradict what was detected are not fulfilled', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', { properties: { 'git:detected_commit': 'f'.repeat(40) } })

    expect(violated((await scene.verify()).decision)).toEqual([
      `facts.expected: git:detected_commit is ${'f'.repeat(40)}`,
    ])
  })

  it.each([
    'project',
    'git:branch',
    'git:commit',
    'git:status',
    'jux:runner',
    'jux:runner_version',
    'jux:selection',
    'jux:only',
  ])('that are not stated are not fulfilled: %s', async (name) => {
    const scene = await gateScene()
    await scene.report('extra.xml', { properties: { [name]: undefined } })

    expect((await scene.verify()).code).toBe(1)
  })

  it('compare the head commit of a pull request where the policy says so', async () => {
    const scene = await gateScene()
    scene.policy({ ...policyOf(scene), commit: 'head' })
    const merge = { 'git:commit': 'a'.repeat(40), 'git:head_commit': COMMIT, 'ci:pull_request': '5' }
    await scene.report('extra.xml', { properties: merge })
    expect(violated((await scene.verify()).decision)).toEqual([])

    await scene.report('extra.xml', { properties: { ...merge, 'git:head_commit': 'b'.repeat(40) } })
    expect(violated((await scene.verify()).decision)).toEqual([`facts.expected: the head commit is ${'b'.repeat(40)}`])

    await scene.report('extra.xml', { properties: { ...merge, 'git:head_commit': undefined } })
    expect(violated((await scene.verify()).decision)).toEqual(['facts.expected: the head commit is not stated'])
  })

  it.each([
    ['4.0.0', true],
    ['5.99.1', true],
    ['6.0.0', false],
    ['3.99.99', false],
    ['4.0.0-beta.1', false],
    ['4.1.0-beta.1', true],
    ['6.0.0-beta.1', false],
    ['4', false],
    ['latest', false],
  ])('accept version %s of a runner from 4.0 to below 6: %s', async (version, isAccepted) => {
    const scene = await gateScene()
    await scene.report('extra.xml', { properties: { 'jux:runner_version': version } })

    expect((await scene.verify()).code).toBe(isAccepted ? 0 : 1)
  })

  it('accept the program of a report that jux report made as its runner', async () => {
    const scene = await gateScene()
    scene.policy({ ...policyOf(scene), runners: { ...POLICY.runners, pytest: {} } })
    await scene.report('extra.xml', {
      properties: { 'jux:runner': undefined, 'jux:runner_version': undefined, 'jux:source': 'pytest' },
    })

    expect(violated((await scene.verify()).decision)).toEqual([])
  })
})

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

    expect(violated(decision)).toContain(`complete.shards: ${found}`)
  })

  it('are not complete if one is of another commit', async () => {
    const scene = await gateScene()
    await scene.report('shop-2.xml', second({ 'jux:shard': '2/2', 'git:commit': 'a'.repeat(40) }))

    expect(violated((await scene.verify()).decision)).toContain(
      `complete.shards: shop: git:commit differs: ${COMMIT}, ${'a'.repeat(40)}`,
    )
  })

  it('are not complete without any shard, if the policy demands a number of them', async () => {
    const scene = await gateScene()
    for (const name of ['shop-1.xml', 'shop-2.xml']) {
      await scene.report(name, { ...REPORTS[name], properties: { 'jux:shard': undefined } })
    }

    expect(violated((await scene.verify()).decision)).toEqual(['complete.shards: no report is a shard'])
  })

  it('may be a merged report that names as many parts', async () => {
    const scene = await gateScene()
    rmSync(join(scene.cwd, 'reports/shop-2.xml'))
    const cases = [...(REPORTS['shop-1.xml']?.cases ?? []), ...(REPORTS['shop-2.xml']?.cases ?? [])]
    const properties = { 'jux:merged': 'true', 'jux:parts': `${'a'.repeat(64)} ${'b'.repeat(64)}` }
    await scene.report('shop-1.xml', { properties, cases })

    expect(violated((await scene.verify()).decision)).toEqual([])
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

    expect(violated((await scene.verify()).decision)).toEqual(['complete.min-tests: 4 tests ran'])
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

    expect(violated((await scene.verify()).decision)).toEqual(['complete.uninterrupted: 1 tests did not run: b'])
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

    expect(violated(decision)).toEqual([
      'baseline.missing: 1 tests are missing: cart.test.ts > empties; 1 allowed by the policy',
      'baseline.skipped: 1 tests are skipped now: pay.test.ts > refunds',
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
    expect(violated(decision)).toEqual([
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
    expect(violated((await scene.verify()).decision)).toEqual([
      'fresh.cached: web#test may be restored from a cache: ci:build_id is 77, its hash is abc',
    ])
  })

  it('that were restored are accepted only if the policy accepts them, and the command gives their hash', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', { properties: restored })
    const given = [...EXPECT, '--expect', 'ci:build_id=77', '--task-hash', 'web#test=abc']
    expect((await scene.verify(...given)).code).toBe(1)

    scene.policy({ ...policyOf(scene), fresh: { maxAge: '24h', acceptCached: true } })
    expect(violated((await scene.verify(...given)).decision)).toEqual([])
    expect((await scene.verify(...EXPECT, '--task-hash', 'web#test=abd')).code).toBe(1)
    expect((await scene.verify(...EXPECT, '--task-hash', 'api#test=abc')).code).toBe(1)
  })
})
