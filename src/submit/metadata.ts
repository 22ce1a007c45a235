/**
 * The metadata of a run that a server receives, from the properties of the report alone.
 *
 * So a report that was stored, queued, or written by another Jux tool gets the same metadata as one that the reporter
 * sends.
 *
 * @module
 */
import type { Property } from '../model.js'

/** Metadata of the `json` protocol; an unknown field is `undefined`, and absent in the JSON. */
export interface RunMetadata {
  readonly project: string
  readonly branch?: string | undefined
  readonly commit_sha?: string | undefined
  readonly tags: readonly string[]
  readonly environment: string
  readonly ci_metadata: CiMetadata | null
}

/** The CI system that ran the tests. */
export interface CiMetadata {
  readonly provider: string
  readonly job_id?: string | undefined
  readonly pipeline_url?: string | undefined
  readonly build_number?: string | undefined
}

/** Metadata of the `reports` protocol: the machine, the runner, and the recorded variables. */
export type MachineMetadata = Readonly<Record<string, string | Readonly<Record<string, string>> | undefined>>

const UNKNOWN_PROJECT = 'unknown'
const DEFAULT_ENVIRONMENT = 'test'

/** Fields of the `reports` protocol, each with its property; the last two are in reports of the Python tools. */
const MACHINE_FIELDS = [
  ['hostname', 'jux:hostname'],
  ['username', 'jux:username'],
  ['platform', 'jux:platform'],
  ['node_version', 'jux:node_version'],
  ['runner', 'jux:runner'],
  ['runner_version', 'jux:runner_version'],
  ['timestamp', 'jux:timestamp'],
  ['python_version', 'jux:python_version'],
  ['pytest_version', 'jux:pytest_version'],
] as const

/**
 * Builds the metadata for `json`.
 *
 * @param properties of the report; of several with the same name the first one is used
 * @param project for a report that does not name its own
 */
export function runMetadata(properties: readonly Property[], project?: string): RunMetadata {
  const value = lookup(properties)
  return {
    project: value('project') ?? project ?? UNKNOWN_PROJECT,
    branch: value('git:branch'),
    commit_sha: value('git:commit'),
    tags: (value('jux:tags') ?? '')
      .split(',')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ''),
    environment: value('jux:environment') ?? DEFAULT_ENVIRONMENT,
    ci_metadata: ciMetadata(value),
  }
}

/** Builds the metadata for `reports`; `environment` has the recorded variables (`env:NAME`). */
export function machineMetadata(properties: readonly Property[]): MachineMetadata {
  const value = lookup(properties)
  const variables = properties
    .filter(({ name }) => name.startsWith('env:') && name.length > 4)
    .map((property) => [property.name.slice(4), property.value] as const)
  return {
    ...Object.fromEntries(MACHINE_FIELDS.map(([field, name]) => [field, value(name)])),
    environment: Object.fromEntries(variables),
  }
}

type Lookup = (name: string) => string | undefined

function lookup(properties: readonly Property[]): Lookup {
  const values = new Map<string, string>()
  for (const { name, value } of properties) if (value !== '' && !values.has(name)) values.set(name, value)
  return (name) => values.get(name)
}

function ciMetadata(value: Lookup): CiMetadata | null {
  const provider = value('ci:provider')
  if (provider === undefined) return null
  return {
    provider,
    job_id: value('ci:job_id') ?? value('ci:build_id'),
    pipeline_url: value('ci:build_url'),
    build_number: value('ci:build_number'),
  }
}
