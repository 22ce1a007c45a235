/**
 * Facts about a run, collected while its tests run and put into its properties afterwards.
 *
 * The names and their order are listed in docs/configuration.md; those of the Jux family are kept, ours stand beside them.
 *
 * @module
 */
import { readFileSync, statSync } from 'node:fs'
import type { PartialSettings, SettingDefaults } from '../config/table.js'
import { messageOf } from '../errors.js'
import type { Property, TestPropertySource, TestRun } from '../model.js'
import type { System } from '../system.js'
import { PACKAGE_NAME, packageVersion } from '../version.js'
import { type CiFacts, detectCi } from './ci.js'
import { type GitFacts, readGit, readGitFiles } from './git.js'
import { hostFacts } from './host.js'
import { projectName } from './project.js'
import { addTestProperties } from './test-properties.js'

type Values = Readonly<Record<string, string | number | boolean | undefined>>

/** Properties of the user's own, or a function of the finished run. */
export type UserProperties = Values | ((run: TestRun) => Values)

/** What a user may say about the facts. */
export interface FactsSettings
  extends PartialSettings<
    'project' | 'branch' | 'commitSha' | 'tags' | 'environment' | 'properties' | 'testProperties'
  > {
  /** Folder whose tests run; the system's own when absent. */
  readonly rootDir?: string | undefined
}

/** What was found out. */
export interface Facts {
  /** In the order of the report; unknown ones have an empty value. */
  readonly beforeRunner: readonly Property[]
  readonly afterRunner: readonly Property[]
  readonly userProperties: UserProperties
  readonly testProperties: TestPropertySource | undefined
  /** What could not be found out, and what would help: for a person, not for the report. */
  readonly hints: readonly string[]
}

const DEFAULT_ENVIRONMENT: SettingDefaults['environment'] = 'test'

/** GitHub's event files are far smaller. */
const MAX_EVENT_BYTES = 32 * 1024 * 1024

/** Begins to collect. Never rejects, and settles within the time that git is given. */
export async function startFacts(settings: FactsSettings, system: System): Promise<Facts> {
  return composeFacts(settings, system, await readGit(settings.rootDir ?? system.cwd, system))
}

/** What is known without waiting for git: for a process that ends before git has answered. */
export function factsWithoutGit(settings: FactsSettings, system: System): Facts {
  const git = readGitFiles(settings.rootDir ?? system.cwd, 'the run ended before git had answered')
  return composeFacts(settings, system, git)
}

function composeFacts(settings: FactsSettings, system: System, git: GitFacts): Facts {
  const rootDir = settings.rootDir ?? system.cwd
  const ci = detectCi(system.env, readEvent)
  const remote = git.remote ?? ci?.remote
  const project = projectName({ configured: settings.project, remote, rootDir, treeRoot: git.root })
  return {
    beforeRunner: [
      { name: 'project', value: project },
      { name: 'jux:environment', value: settings.environment ?? DEFAULT_ENVIRONMENT },
      { name: 'jux:tags', value: (settings.tags ?? []).join(',') },
      ...hostFacts(system),
    ],
    afterRunner: [...sourceFacts(settings, git, ci), ...ciFacts(ci)],
    userProperties: settings.properties ?? {},
    testProperties: settings.testProperties,
    hints: git.hints,
  }
}

/**
 * The run with its facts as properties.
 *
 * The user's properties win over ours; what the run has already wins over both. A function of the user's that fails costs its own
 * properties, not the report: `jux:properties_error` tells.
 */
export function enrich(gathered: TestRun, facts: Facts): TestRun {
  const run = addTestProperties(gathered, facts.testProperties)
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

// The user's word, then what lies on the disk and was tested, then what CI says; for the branch CI knows better than a detached HEAD.
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

// A forge merges the base (first parent) with the pull request's branch (second parent). Of any other merge nobody knows which is which.
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
    ...Object.entries(ci.variables).map(([name, value]) => ({ name: `env:${name}`, value })),
  ]
}

function userFacts(run: TestRun, properties: UserProperties): readonly Property[] {
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
