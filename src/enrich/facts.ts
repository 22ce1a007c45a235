/**
 * Collects facts about a run while its tests run, and adds them to its properties afterwards.
 *
 * Their names and their order are listed in docs/configuration.md.
 *
 * @module
 */
import { readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { PartialSettings, SettingDefaults } from '../config/table.js'
import { messageOf } from '../errors.js'
import type { ModuleResult, Property, PropertySource, TestPropertySource, TestResult, TestRun } from '../model.js'
import type { System } from '../system.js'
import { PACKAGE_NAME, packageVersion } from '../version.js'
import { type CiFacts, detectCi, unknownCiVariables } from './ci.js'
import { explainFacts } from './explain.js'
import { type GitFacts, readGit, readGitFiles } from './git.js'
import { repositoryName } from './git-names.js'

// Much larger than GitHub's event files.
const MAX_EVENT_BYTES = 32 * 1024 * 1024

const PLATFORM_NAMES: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'Linux',
  darwin: 'macOS',
  win32: 'Windows',
  freebsd: 'FreeBSD',
}

/** The settings of this stage. */
export interface FactsSettings
  extends PartialSettings<
    'project' | 'branch' | 'commitSha' | 'tags' | 'environment' | 'properties' | 'testProperties'
  > {
  /** Folder whose tests run; in a monorepo, the folder of the package. Default: the working directory. */
  readonly rootDir?: string | undefined
}

/** Facts that are known before the end of a run. */
export interface Facts {
  /** Properties before those of the runner, in the order of the report. Unknown facts have an empty value. */
  readonly beforeRunner: readonly Property[]
  /** Properties after those of the runner. */
  readonly afterRunner: readonly Property[]
  readonly userProperties: PropertySource
  readonly testProperties: TestPropertySource | undefined
  /** Messages for the user about unknown facts and how to provide them. They are not in the report. */
  readonly hints: readonly string[]
  /** Says where the facts come from, for users who want details. */
  readonly explain?: (() => readonly (readonly [label: string, text: string])[]) | undefined
}

const DEFAULT_ENVIRONMENT: SettingDefaults['environment'] = 'test'

/** Collects the facts. Never rejects, and settles within the timeout for git. */
export async function startFacts(settings: FactsSettings, system: System): Promise<Facts> {
  return composeFacts(settings, system, await readGit(settings.rootDir ?? system.cwd, system))
}

/** Collects the facts without waiting for git, for a process that ends before git does. */
export function factsWithoutGit(settings: FactsSettings, system: System): Facts {
  const git = readGitFiles(settings.rootDir ?? system.cwd, 'the run ended before git returned the facts')
  return composeFacts(settings, system, git)
}

/**
 * Adds the facts to the properties of a run.
 *
 * Custom properties replace facts of the same name, and properties that the run already has replace both. If a custom
 * function throws, only its own properties are missing; `jux:properties_error` or `jux:test_properties_error` has the first
 * error.
 */
export function enrich(gathered: TestRun, facts: Facts): TestRun {
  const run = facts.testProperties === undefined ? gathered : addTestProperties(gathered, facts.testProperties)
  const ours: readonly Property[] = [
    ...facts.beforeRunner,
    { name: 'jux:timestamp', value: run.startedAt },
    { name: 'jux:outcome', value: run.outcome },
    { name: 'jux:runner', value: run.runner.name },
    { name: 'jux:runner_version', value: run.runner.version },
    { name: 'jux:client', value: PACKAGE_NAME },
    { name: 'jux:client_version', value: packageVersion() },
    ...facts.afterRunner,
  ]
  const merged = new Map<string, string>()
  for (const { name, value } of [...ours, ...userFacts(run, facts.userProperties), ...run.properties]) {
    if (value !== '') merged.set(name, value)
  }
  return { ...run, properties: [...merged].map(([name, value]) => ({ name, value })) }
}

function composeFacts(settings: FactsSettings, system: System, git: GitFacts): Facts {
  const rootDir = settings.rootDir ?? system.cwd
  const ci = detectCi(system.env, readEvent)
  const remote = git.remote ?? ci?.remote
  return {
    beforeRunner: [
      { name: 'project', value: settings.project ?? projectName(remote, rootDir, git.root) },
      { name: 'jux:environment', value: settings.environment ?? DEFAULT_ENVIRONMENT },
      { name: 'jux:tags', value: (settings.tags ?? []).join(',') },
      { name: 'jux:hostname', value: system.hostname },
      { name: 'jux:username', value: system.username ?? '' },
      { name: 'jux:platform', value: platformText(system) },
      { name: 'jux:node_version', value: system.nodeVersion },
    ],
    afterRunner: [
      ...sourceFacts(settings, git, ci),
      ...ciFacts(ci),
      ...variableFacts(ci?.variables ?? unknownCiVariables(system.env)),
    ],
    userProperties: settings.properties ?? {},
    testProperties: settings.testProperties,
    hints: git.hints,
    explain: () => explainFacts({ settings, git, ci, env: system.env, folder: rootDir }),
  }
}

// Settings come first, then the checkout that was tested, then CI. For branch and tag, CI comes before git, because CI often
// checks out a detached HEAD.
function sourceFacts(settings: FactsSettings, git: GitFacts, ci: CiFacts | undefined): readonly Property[] {
  return [
    { name: 'git:commit', value: settings.commitSha ?? git.commit ?? ci?.commit ?? '' },
    { name: 'git:head_commit', value: headCommit(git, ci) },
    { name: 'git:branch', value: settings.branch ?? ci?.branch ?? (ci?.tag ? '' : (git.branch ?? '')) },
    { name: 'git:tag', value: ci?.tag ?? git.tag ?? '' },
    { name: 'git:status', value: git.status ?? '' },
    { name: 'git:remote', value: git.remote ?? ci?.remote ?? '' },
    { name: 'git:author_date', value: git.authorDate ?? '' },
  ]
}

// A forge merges the base (first parent) with the pull request's branch (second parent). In any other merge it is unknown which
// parent is which.
function headCommit(git: GitFacts, ci: CiFacts | undefined): string {
  if (ci?.pullRequest === undefined) return ''
  if (ci.headCommit !== undefined) return ci.headCommit
  if (git.parents.length < 2) return git.commit ?? ''
  return (ci.testsMerge ? git.parents[1] : undefined) ?? ''
}

function ciFacts(ci: CiFacts | undefined): readonly Property[] {
  if (ci === undefined) return []
  return [
    { name: 'ci:provider', value: ci.provider },
    { name: 'ci:build_id', value: ci.buildId ?? '' },
    { name: 'ci:build_url', value: ci.buildUrl ?? '' },
    { name: 'ci:build_number', value: ci.buildNumber ?? '' },
    { name: 'ci:job_id', value: ci.jobId ?? '' },
    { name: 'ci:attempt', value: ci.attempt ?? '' },
    { name: 'ci:actor', value: ci.actor ?? '' },
    { name: 'ci:pull_request', value: ci.pullRequest ?? '' },
  ]
}

function variableFacts(variables: CiFacts['variables']): readonly Property[] {
  return Object.entries(variables).map(([name, value]) => ({ name: `env:${name}`, value }))
}

function userFacts(run: TestRun, properties: PropertySource): readonly Property[] {
  try {
    const values = typeof properties === 'function' ? properties(run) : properties
    if (values instanceof Promise)
      throw new TypeError('the function of properties returned a promise; it must return an object')
    return Object.entries(values).flatMap(([name, value]) =>
      value === undefined || name === '' ? [] : [{ name, value: String(value) }],
    )
  } catch (error) {
    return [{ name: 'jux:properties_error', value: messageOf(error) }]
  }
}

function readEvent(path: string): string | undefined {
  try {
    return statSync(path).size > MAX_EVENT_BYTES ? undefined : readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function platformText({ platform, osRelease, arch }: System): string {
  return [PLATFORM_NAMES[platform] ?? platform, osRelease, arch].filter((part) => part !== '').join('-')
}

// The name of the repository in the remote, else the name in the nearest package.json inside the working tree, else the name
// of the folder.
function projectName(remote: string | undefined, rootDir: string, treeRoot: string | undefined): string {
  return (
    (remote === undefined ? undefined : repositoryName(remote)) ??
    packageName(rootDir, treeRoot) ??
    (basename(resolve(rootDir)) || 'unknown')
  )
}

function packageName(rootDir: string, treeRoot: string | undefined): string | undefined {
  for (let folder = resolve(rootDir); ; folder = dirname(folder)) {
    const name = nameIn(join(folder, 'package.json'))
    if (name !== undefined) return name
    if (treeRoot === undefined || folder === treeRoot || dirname(folder) === folder) return undefined
  }
}

function nameIn(path: string): string | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof manifest !== 'object' || manifest === null || !('name' in manifest)) return undefined
    return typeof manifest.name === 'string' && manifest.name.trim() !== '' ? manifest.name.trim() : undefined
  } catch {
    return undefined
  }
}

// Tests without custom properties stay the same objects.
function addTestProperties(run: TestRun, source: TestPropertySource): TestRun {
  let problem: string | undefined
  const propertiesOf = (test: TestResult, module: ModuleResult): readonly Property[] => {
    try {
      const values = source(test, module)
      return Object.entries(values).flatMap(([name, value]) =>
        value === undefined ? [] : [{ name, value: String(value) }],
      )
    } catch (error) {
      problem ??= messageOf(error)
      return []
    }
  }
  const modules = run.modules.map((module) => {
    const tests = module.tests.map((test) => {
      const added = propertiesOf(test, module)
      return added.length === 0 ? test : { ...test, meta: [...test.meta, ...added] }
    })
    return { ...module, tests }
  })
  const problems = problem === undefined ? [] : [{ name: 'jux:test_properties_error', value: problem }]
  return { ...run, modules, properties: [...run.properties, ...problems] }
}
