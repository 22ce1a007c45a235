import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runJux } from '../support/cli.js'
import { COMMIT, EXPECT, type GateScene, gateScene, NOW, POLICY, policyOf, unfulfilled } from '../support/gate-scene.js'

const FAILURE = '<failure message="m" type="Error">Error: m</failure>'
const FLAKY = '<flakyFailure message="m" type="Error"/>'
const FAILED = {
  properties: { 'jux:outcome': 'failed', 'jux:exit_code': '1' },
  cases: [{ name: 'fails', inside: FAILURE }],
}

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
      /VIOLATED +results\.passed +reports\/extra\.xml: 1 test failed: extra\.test\.ts > fails \(wanted: every test passed, or has a waiver\)/,
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
    for (const no of ['false', '0', 'no']) await run('none.md', { JUX_JOB_SUMMARY: no })
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
    expect(unfulfilled(decision)).toContain('trust.signature: no .xml file in the folder reports')
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

    expect(unfulfilled(decision)).toEqual(['trust.signature: the report is signed by a key that is not trusted'])
  })

  it('refuse a report of another project that the signer of one project has signed', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', { key: 'web' })

    expect(unfulfilled((await scene.verify()).decision)).toEqual([
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

    expect(unfulfilled(decision)).toEqual([])
    expect(code).toBe(0)
    expect(decision.findings.filter(({ waived }) => waived).map(({ rule }) => rule)).toEqual([
      'results.passed',
      'results.waivers',
    ])
    expect(out).toMatch(/ok +results\.passed +reports\/extra\.xml: waived: extra\.test\.ts > fails\n/)
    expect(out).toMatch(
      /ok +results\.waivers +extra\.test\.ts > fails: waived until 2026-06-15 by sha256:[0-9a-f]{16}… \(bank is down; payments; [0-9a-f]{12}\.waiver\.json\)/,
    )
  })

  it('let a flaky test pass where flaky tests are limited', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', { cases: [{ name: 'sometimes', inside: FLAKY }] })
    await waive(scene, 'extra.test.ts > sometimes')

    expect(unfulfilled((await scene.verify()).decision)).toEqual([])
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
    expect(unfulfilled(decision)).toEqual([
      'results.passed: 1 test failed: extra.test.ts > fails',
      expect.stringContaining('results.waivers: extra.test.ts > fails: expired on 2026-06-15'),
    ])
  })

  it('do not count if the key of a report has signed them, even if it is the key of an approver', async () => {
    const scene = await gateScene()
    const waivers = { files: ['waivers'], approvers: { publicKeys: ['lead.pub.pem', 'ci.pub.pem'] } }
    scene.policy({ ...policyOf(scene), waivers })
    await scene.report('extra.xml', FAILED)
    await waive(scene, 'extra.test.ts > fails', '--key', 'ci.pem')

    expect(unfulfilled((await scene.verify()).decision)).toEqual([
      'results.passed: 1 test failed: extra.test.ts > fails',
      expect.stringContaining('is signed with a key that signs reports'),
    ])
  })

  it('of others than approvers, and changed ones, are refused and break the gate', async () => {
    const scene = await gateScene()
    await waive(scene, 'extra.test.ts > fails', '--key', 'web.pem')

    const { code, decision } = await scene.verify()

    expect(code).toBe(1)
    expect(unfulfilled(decision)).toEqual([
      expect.stringMatching(/^results\.waivers: .*no signature of the envelope is of a trusted key/),
    ])
  })

  it('name one test of one project, and no other test', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', FAILED)
    await waive(scene, 'extra.test.ts > fails', '--project', 'web')
    await waive(scene, 'extra.test.ts > fail')
    await waive(scene, 'extra.test.ts > *')

    expect(unfulfilled((await scene.verify()).decision)).toEqual([
      'results.passed: 1 test failed: extra.test.ts > fails',
    ])
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
    expect(unfulfilled((await scene.verify()).decision)[0]).toMatch(/^(?:complete\.uninterrupted|results\.passed): /)
  })

  it('do not excuse an exit code that no failed test explains', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', { properties: { 'jux:exit_code': '1' } })
    await waive(scene, 'extra.test.ts > works')

    expect(unfulfilled((await scene.verify()).decision)).toEqual(['complete.exit-code: jux:exit_code is 1'])
  })
})

describe('facts', () => {
  it('that a report states twice with different values are not fulfilled', async () => {
    const scene = await gateScene()
    const branch = 'main"/><property name="git:branch" value="evil'
    await scene.report('extra.xml', { properties: { 'git:branch': branch } })

    expect(unfulfilled((await scene.verify()).decision)).toEqual(['facts.values: git:branch is main and evil'])
  })

  it('that contradict what was detected are not fulfilled', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', { properties: { 'git:detected_commit': 'f'.repeat(40) } })

    expect(unfulfilled((await scene.verify()).decision)).toEqual([
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
    expect(unfulfilled((await scene.verify()).decision)).toEqual([])

    await scene.report('extra.xml', { properties: { ...merge, 'git:head_commit': 'b'.repeat(40) } })
    expect(unfulfilled((await scene.verify()).decision)).toEqual([
      `facts.expected: the head commit is ${'b'.repeat(40)}`,
    ])

    await scene.report('extra.xml', { properties: { ...merge, 'git:head_commit': undefined } })
    expect(unfulfilled((await scene.verify()).decision)).toEqual(['facts.expected: the head commit is not stated'])
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

    expect(unfulfilled((await scene.verify()).decision)).toEqual([])
  })
})
