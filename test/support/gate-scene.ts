/**
 * A folder with signed reports, a policy and waivers that together pass every rule of a gate.
 *
 * @module
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CliResult, cliContext, runJux } from './cli.js'
import { temporaryFolder } from './folders.js'

/** The time of all decisions. */
export const NOW = '2026-06-15T12:00:00.000Z'

/** The commit of all reports. */
export const COMMIT = '1f2e3d4c5b6a79880716253443526170819a0b1c'

/** A test case of a report. */
export interface SceneCase {
  readonly file?: string
  readonly name: string
  /** Elements inside of the test case, such as `<failure message="m" type="t"/>`. */
  readonly inside?: string
}

/** A report to write. */
export interface SceneReport {
  /** Properties of the run. `undefined` leaves one of the usual ones out. */
  readonly properties?: Readonly<Record<string, string | undefined>>
  readonly cases?: readonly SceneCase[]
  /** The key that signs: `ci` unless named otherwise; `none` leaves it unsigned. */
  readonly key?: 'ci' | 'web' | 'old' | 'lead' | 'none'
  /** Flags of `jux sign`. */
  readonly flags?: readonly string[]
}

/** What every report of a scene states, unless it says otherwise. */
export const SCENE_FACTS: Readonly<Record<string, string>> = {
  project: 'shop',
  'jux:timestamp': '2026-06-15T11:00:00.000Z',
  'jux:outcome': 'passed',
  'jux:runner': 'vitest',
  'jux:runner_version': '4.1.12',
  'git:commit': COMMIT,
  'git:branch': 'main',
  'git:status': 'clean',
  'ci:build_id': '77',
  'jux:finished_at': '2026-06-15T11:01:00.000Z',
  'jux:selection': 'all',
  'jux:only': 'none',
  'jux:exit_code': '0',
}

/** A policy that uses every rule. */
export const POLICY = {
  version: 1,
  name: 'release',
  trust: {
    publicKeys: ['ci.pub.pem', 'old.pub.pem'],
    projects: { web: { publicKeys: ['web.pub.pem'] } },
    algorithms: ['ecdsa-sha256'],
    minRsaBits: 3072,
  },
  facts: { project: ['shop', 'web'], 'git:branch': ['main', 'release/*'] },
  given: ['git:commit'],
  cleanTree: true,
  runners: { vitest: { min: '4.0', below: '6' } },
  complete: {
    projects: ['shop', 'web'],
    suites: ['cart.test.ts'],
    shards: 2,
    minTests: 4,
    maxSkipped: 1,
    unfiltered: true,
    withoutOnly: true,
    uninterrupted: true,
  },
  baseline: { files: ['before.txt'], allow: ['old.test.ts > *'] },
  fresh: { maxAge: '24h' },
  results: { maxFlaky: 0 },
  waivers: { files: ['waivers'], approvers: { publicKeys: ['lead.pub.pem'] } },
}

/** The reports that pass. */
export const REPORTS: Readonly<Record<string, SceneReport>> = {
  'shop-1.xml': {
    properties: { 'jux:shard': '1/2' },
    cases: [
      { file: 'cart.test.ts', name: 'adds' },
      { file: 'cart.test.ts', name: 'removes' },
    ],
  },
  'shop-2.xml': {
    properties: { 'jux:shard': '2/2' },
    cases: [
      { file: 'pay.test.ts', name: 'pays' },
      { file: 'pay.test.ts', name: 'refunds', inside: '<skipped type="todo" message="todo"/>' },
    ],
  },
  'web.xml': { key: 'web', properties: { project: 'web' }, cases: [{ file: 'page.test.ts', name: 'renders' }] },
}

/** The folder. */
export interface GateScene {
  readonly cwd: string
  jux(...argv: string[]): Promise<CliResult>
  /** Writes a report, signed. */
  report(name: string, report: SceneReport): Promise<void>
  policy(policy: unknown): void
  /** Decides with the flags that pass, unless others are given. */
  verify(...flags: string[]): Promise<{ readonly code: number; readonly decision: SceneDecision }>
  /** The context of a command in this folder. */
  readonly context: ReturnType<typeof cliContext>['context']
}

/** The flags that pass. */
export const EXPECT: readonly string[] = ['--expect', `git:commit=${COMMIT}`]

/** What `jux verify --policy --json` prints. */
export interface SceneDecision {
  readonly verdict: string
  readonly error?: string
  readonly code?: string
  readonly findings: readonly {
    readonly rule: string
    readonly result: string
    readonly report?: string
    readonly found: string
    readonly wanted: string
    readonly waived?: true
  }[]
}

const KEYS = ['ci', 'web', 'old', 'lead']

/** Creates the folder. */
export async function gateScene(): Promise<GateScene> {
  const cwd = temporaryFolder()
  const system = { cwd, now: NOW }
  const jux = (...argv: string[]) => runJux(argv, { system })
  for (const key of KEYS) await jux('keygen', '--type', 'ecdsa', '--output', `${key}.pem`)
  const scene: GateScene = {
    cwd,
    jux,
    context: cliContext({ system }).context,
    report: async (name, report) => {
      rmSync(join(cwd, 'reports', name), { force: true })
      const path = join('reports', name)
      writeFileSync(join(cwd, path), reportXml(report))
      const { key = 'ci', flags = [] } = report
      if (key === 'none') return
      const { code, err } = await jux('sign', path, '--key', `${key}.pem`, '--output', path, ...flags)
      if (code !== 0) throw new Error(err)
    },
    policy: (policy) => writeFileSync(join(cwd, 'policy.json'), JSON.stringify(policy)),
    verify: async (...flags) => {
      const usual = flags.length === 0 ? EXPECT : flags
      const { code, out, err } = await jux('verify', 'reports', '--policy', 'policy.json', '--json', ...usual)
      if (out === '') throw new Error(err)
      return { code, decision: JSON.parse(out) }
    },
  }
  mkdirSync(join(cwd, 'reports'))
  mkdirSync(join(cwd, 'waivers'))
  writeFileSync(join(cwd, 'before.txt'), '# of release 1\ncart.test.ts > adds\nold.test.ts > gone\n')
  for (const [name, report] of Object.entries(REPORTS)) await scene.report(name, report)
  const old = await jux('verify', '--json', '--public-key', 'old.pub.pem', await signedWith(scene, 'old'))
  const { signer } = JSON.parse(old.out)
  scene.policy({
    ...POLICY,
    trust: { ...POLICY.trust, revoked: [{ fingerprint: signer.fingerprint, since: '2026-01-01', reason: 'lost' }] },
  })
  return scene
}

/** The policy of a scene, to change it. */
export function policyOf({ cwd }: GateScene): typeof POLICY & { trust: { revoked: unknown } } {
  return JSON.parse(readFileSync(join(cwd, 'policy.json'), 'utf8'))
}

async function signedWith({ cwd, jux }: GateScene, key: string): Promise<string> {
  writeFileSync(join(cwd, 'probe.xml'), reportXml({}))
  await jux('sign', 'probe.xml', '--key', `${key}.pem`, '--output', 'probe.xml')
  return 'probe.xml'
}

/** The report as XML, without a signature. */
export function reportXml({ properties = {}, cases = [{ name: 'works' }] }: SceneReport): string {
  const facts = Object.entries({ ...SCENE_FACTS, ...properties })
    .map(([name, value]) => (value === undefined ? '' : `<property name="${name}" value="${value}"/>`))
    .join('')
  const files = [...new Set(cases.map(({ file = 'extra.test.ts' }) => file))]
  const suites = files.map((file, index) => {
    const tests = cases
      .filter((item) => (item.file ?? 'extra.test.ts') === file)
      .map(({ name, inside = '' }) => `<testcase classname="${file}" name="${name}">${inside}</testcase>`)
    const head = index === 0 ? `<properties>${facts}</properties>` : ''
    return `<testsuite name="${file}">${head}${tests.join('')}</testsuite>`
  })
  return `<testsuites name="gate">${suites.join('')}</testsuites>`
}

/** What a decision finds that is not fulfilled, as rule and text. */
export function unfulfilled({ findings }: SceneDecision): readonly string[] {
  return findings.filter(({ result }) => result !== 'fulfilled').map(({ rule, found }) => `${rule}: ${found}`)
}
