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
import type { JuxError } from '../errors.js'
import type { Property, PropertySource, TestPropertySource, TestRun } from '../model.js'
import type { System } from '../system.js'
import { PACKAGE_NAME, packageVersion } from '../version.js'
import { type CiFacts, detectCi, unknownCiVariables } from './ci.js'
import { addTestProperties, customProperties, ReservedNameLog, withoutReservedMetadata } from './custom-properties.js'
import { explainFacts } from './explain.js'
import { folderInRepository, type GitFacts, readGit, readGitFiles, repositoryOf } from './git.js'
import { repositoryName } from './git-names.js'
import { type OwnersLookup, ownersIn } from './owners.js'
import { requestFacts } from './request.js'
import { sourceFacts } from './source.js'
import { taskFacts } from './task-runner.js'

// Much larger than GitHub's event files.
const MAX_FILE_BYTES = 32 * 1024 * 1024

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
  /**
   * Folder of the run in its repository, with `/` separators, empty for the root: paths of files are shown relative to
   * the repository. Absent outside of repositories.
   */
  readonly folder?: string | undefined
  /** Returns the owners of a file, by its path in the repository. Absent outside of repositories. */
  readonly ownersOf?: OwnersLookup | undefined
  /** Messages for the user about unknown facts and how to provide them. They are not in the report. */
  readonly hints: readonly string[]
  /** Says where the facts come from, for users who want details. */
  readonly explain?: (() => readonly (readonly [label: string, text: string])[]) | undefined
}

const DEFAULT_ENVIRONMENT: SettingDefaults['environment'] = 'test'

/**
 * Collects the facts. Never rejects, and settles within the timeout for git.
 *
 * @param known what git said before, if that was about the repository of this run
 */
export async function startFacts(settings: FactsSettings, system: System, known?: GitFacts): Promise<Facts> {
  const folder = settings.rootDir ?? system.cwd
  const isKnown = known?.root !== undefined && known.root === repositoryOf(folder)
  return composeFacts(settings, system, isKnown ? known : await readGit(folder, system))
}

/** Collects the facts without waiting for git, for a process that ends before git does. */
export function factsWithoutGit(settings: FactsSettings, system: System): Facts {
  const git = readGitFiles(settings.rootDir ?? system.cwd, 'the run ended before git returned the facts')
  return composeFacts(settings, system, git)
}

/** A run with its facts. */
export interface EnrichedRun {
  readonly run: TestRun
  /** Properties that were left out, because they would have replaced facts. */
  readonly problems: readonly JuxError[]
}

/**
 * Adds the facts to the properties of a run.
 *
 * Nothing replaces a detected fact: a custom property with a reserved name is left out, and so is a property that the run
 * already has, if a fact of that name is known. If a custom function throws, only its own properties are missing;
 * `jux:properties_error` or `jux:test_properties_error` has the first error.
 */
export function enrich(gathered: TestRun, facts: Facts): EnrichedRun {
  const log = new ReservedNameLog()
  const plain = withoutReservedMetadata(gathered, log)
  const run = facts.testProperties === undefined ? plain : addTestProperties(plain, facts.testProperties, log)
  const merged = new Map<string, string>()
  const add = ({ name, value }: Property) => {
    if (value !== '') merged.set(name, value)
  }
  for (const fact of facts.beforeRunner) add(fact)
  add({ name: 'jux:timestamp', value: run.startedAt })
  add({ name: 'jux:outcome', value: run.outcome })
  add({ name: 'jux:runner', value: run.runner.name })
  add({ name: 'jux:runner_version', value: run.runner.version })
  add({ name: 'jux:client', value: PACKAGE_NAME })
  add({ name: 'jux:client_version', value: packageVersion() })
  const requested = requestFacts(run.request)
  for (const fact of [...requested, ...facts.afterRunner]) add(fact)
  for (const property of customProperties(run, facts.userProperties, log)) add(property)
  const isDetected = namesOfFacts(facts, requested)
  for (const property of run.properties) {
    if (!isDetected.has(property.name)) add(property)
    else if (merged.get(property.name) !== property.value) log.add('the run', property.name)
  }
  const properties = [...merged].map(([name, value]) => ({ name, value }))
  return { run: { ...run, properties }, problems: log.problems() }
}

function namesOfFacts({ beforeRunner, afterRunner }: Facts, requested: readonly Property[]): ReadonlySet<string> {
  const known = [...beforeRunner, ...requested, ...afterRunner].filter(({ value }) => value !== '')
  return new Set(['jux:outcome', ...known.map(({ name }) => name)])
}

function composeFacts(settings: FactsSettings, system: System, git: GitFacts): Facts {
  const rootDir = settings.rootDir ?? system.cwd
  const ci = detectCi(system.env, readText)
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
      { name: 'jux:runtime', value: system.runtime ?? '' },
      ...taskFacts(system.env),
    ],
    afterRunner: [
      ...sourceFacts(settings, git, ci),
      ...ciFacts(ci),
      ...variableFacts(ci?.variables ?? unknownCiVariables(system.env)),
    ],
    userProperties: settings.properties ?? {},
    testProperties: settings.testProperties,
    folder: folderInRepository(rootDir),
    ownersOf: ownersIn(rootDir),
    hints: git.hints,
    explain: () => explainFacts({ settings, git, ci, env: system.env, folder: rootDir }),
  }
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
    { name: 'ci:base_branch', value: ci.baseBranch ?? '' },
  ]
}

function variableFacts(variables: CiFacts['variables']): readonly Property[] {
  return Object.entries(variables).map(([name, value]) => ({ name: `env:${name}`, value }))
}

function readText(path: string): string | undefined {
  try {
    const stats = statSync(path)
    // A pipe or a device could block the run, or never end.
    return stats.isFile() && stats.size <= MAX_FILE_BYTES ? readFileSync(path, 'utf8') : undefined
  } catch {
    return undefined
  }
}

function platformText({ platform, osRelease, arch }: System): string {
  return [PLATFORM_NAMES[platform] ?? platform, osRelease, arch].filter((part) => part !== '').join('-')
}

// The name of the repository in the remote, else the name in the nearest package.json or project.json (Nx) inside the
// working tree, else the name of the folder.
function projectName(remote: string | undefined, rootDir: string, treeRoot: string | undefined): string {
  return (
    (remote === undefined ? undefined : repositoryName(remote)) ??
    packageName(rootDir, treeRoot) ??
    (basename(resolve(rootDir)) || 'unknown')
  )
}

function packageName(rootDir: string, treeRoot: string | undefined): string | undefined {
  for (let folder = resolve(rootDir); ; folder = dirname(folder)) {
    const name = nameIn(join(folder, 'package.json')) ?? nameIn(join(folder, 'project.json'))
    if (name !== undefined) return name
    if (treeRoot === undefined || folder === treeRoot || dirname(folder) === folder) return undefined
  }
}

function nameIn(path: string): string | undefined {
  try {
    const manifest: unknown = JSON.parse(readText(path) ?? '')
    if (typeof manifest !== 'object' || manifest === null || !('name' in manifest)) return undefined
    return typeof manifest.name === 'string' && manifest.name.trim() !== '' ? manifest.name.trim() : undefined
  } catch {
    return undefined
  }
}
