/**
 * Facts about a run, collected while its tests run and put into its properties afterwards.
 *
 * @module
 */
import type { Property, TestRun } from '../model.js'
import type { System } from '../system.js'
import { PACKAGE_NAME, packageVersion } from '../version.js'
import { readGit } from './git.js'
import { hostFacts } from './host.js'

/** What a user may say about the facts. */
export interface FactsSettings {
  readonly project?: string
  readonly branch?: string
  readonly commitSha?: string
  readonly tags?: readonly string[]
  readonly environment?: string
  readonly properties?: UserProperties
  /** Folder whose tests run; the system's own when absent. */
  readonly rootDir?: string
}

type Values = Readonly<Record<string, string | number | boolean | undefined>>

/** Properties of the user's own, or a function of the finished run. */
export type UserProperties = Values | ((run: TestRun) => Values)

/** What was found out. */
export interface Facts {
  /** Known before the end of the run; an empty value is an unknown one. */
  readonly project: string
  readonly host: readonly Property[]
  readonly source: readonly Property[]
  readonly tags: readonly string[]
  readonly environment: string
  readonly userProperties: UserProperties
  /** What could not be found out, and what would help. */
  readonly hints: readonly string[]
}

/** Begins to collect; never rejects. */
export async function startFacts(settings: FactsSettings, system: System): Promise<Facts> {
  const rootDir = settings.rootDir ?? system.cwd
  const git = await readGit(rootDir, system)
  return {
    project: settings.project ?? rootDir.split(/[\\/]/).filter(Boolean).at(-1) ?? 'unknown',
    host: hostFacts(system),
    source: [
      { name: 'git:commit', value: settings.commitSha ?? git.commit ?? '' },
      { name: 'git:branch', value: settings.branch ?? git.branch ?? '' },
    ],
    tags: settings.tags ?? [],
    environment: settings.environment ?? 'test',
    userProperties: settings.properties ?? {},
    hints: [],
  }
}

/** The run with its facts as properties: its own first of all, then those of the user, then ours. */
export function enrich(run: TestRun, facts: Facts): TestRun {
  const ours: readonly Property[] = [
    { name: 'project', value: facts.project },
    { name: 'jux:timestamp', value: run.startedAt },
    { name: 'jux:outcome', value: run.outcome },
    { name: 'jux:environment', value: facts.environment },
    { name: 'jux:tags', value: facts.tags.join(',') },
    ...facts.host,
    { name: 'jux:runner', value: run.runner.name },
    { name: 'jux:runner_version', value: run.runner.version },
    { name: 'jux:client', value: PACKAGE_NAME },
    { name: 'jux:client_version', value: packageVersion() },
    ...facts.source,
  ]
  const merged = new Map(ours.filter(({ value }) => value !== '').map(({ name, value }) => [name, value]))
  const user = typeof facts.userProperties === 'function' ? facts.userProperties(run) : facts.userProperties
  for (const [name, value] of Object.entries(user)) if (value !== undefined) merged.set(name, String(value))
  for (const { name, value } of run.properties) merged.set(name, value)
  return { ...run, properties: [...merged].map(([name, value]) => ({ name, value })) }
}
