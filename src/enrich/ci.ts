/**
 * What the CI system says about a run.
 *
 * Pure: the environment comes in, facts go out. What each provider calls its things is in the tables `ci-forges.ts`, `ci-services.ts` and `ci-clouds.ts`.
 *
 * @module
 */
import { createRequire } from 'node:module'
import type { Environment } from '../system.js'
import { CLOUDS } from './ci-clouds.js'
import { FORGES } from './ci-forges.js'
import type { CiProvider, CiSource, Reading } from './ci-provider.js'
import { SERVICES } from './ci-services.js'
import { cleanRemote } from './remote-url.js'

/** Facts that a provider may know. All are texts; an unknown one is absent. */
export interface CiFields {
  readonly jobId?: string
  readonly buildId?: string
  readonly buildNumber?: string
  /** Address of the build's page; the pipeline_url of submissions. */
  readonly buildUrl?: string
  readonly attempt?: string
  readonly actor?: string
  readonly pullRequest?: string
  /** On a pull request the one it comes from; in a merge queue the one it goes to. */
  readonly branch?: string
  /** The commit that CI says it builds. */
  readonly commit?: string
  /** On a pull request: the last commit of its branch. */
  readonly headCommit?: string
  readonly tag?: string
  /** Without credentials. */
  readonly remote?: string
}

/** A CI system and what it says. */
export interface CiFacts extends CiFields {
  /** `github`, `gitlab` …; another vendor's name as ci-info has it. */
  readonly provider: string
  /** Whether the forge's merge of a pull request into its base is what is tested: the branch's own commit is its second parent. */
  readonly testsMerge: boolean
  /** Variables that are kept as they are: those of an allow-list, never others. */
  readonly variables: Readonly<Record<string, string>>
}

/** Names of the fields, in the order of the documentation. */
export const CI_FIELDS = [
  'jobId',
  'buildId',
  'buildNumber',
  'buildUrl',
  'attempt',
  'actor',
  'pullRequest',
  'branch',
  'commit',
  'headCommit',
  'tag',
  'remote',
] as const satisfies readonly (keyof CiFields)[]

/** Providers with a row of their own, in the order in which they are looked for. */
export const CI_PROVIDERS: readonly CiProvider[] = [...FORGES, ...SERVICES, ...CLOUDS]

/**
 * Recognises the CI system.
 *
 * @param env the environment
 * @param readEvent gives the text of GitHub's event file, whose path is its argument, or `undefined`
 * @returns `undefined` outside CI
 */
export function detectCi(env: Environment, readEvent: (path: string) => string | undefined): CiFacts | undefined {
  const isOn = (name: string) => isTruthy(env[name])
  const provider = CI_PROVIDERS.find(({ detect }) => (typeof detect === 'string' ? isOn(detect) : detect(env, isOn)))
  if (provider === undefined) {
    const vendor = vendorName(env)
    return vendor === undefined ? undefined : { provider: vendor, testsMerge: false, variables: {} }
  }
  const source: CiSource = {
    get: (name) => env[name]?.trim() || undefined,
    event: provider.eventFile === undefined ? undefined : parseEvent(env[provider.eventFile], readEvent),
  }
  const fields: Partial<Record<keyof CiFields, string>> = {}
  for (const field of CI_FIELDS) {
    const value = accept(field, read(provider.fields[field], source))
    if (value !== undefined) fields[field] = value
  }
  const variables = provider.variables.flatMap((name) => {
    const value = env[name]
    return value ? [[name, value]] : []
  })
  const testsMerge = /^refs\/pull\/\d+\/merge$/.test(env[provider.refVariable ?? ''] ?? '')
  return { provider: provider.id, ...fields, testsMerge, variables: Object.fromEntries(variables) }
}

function read(reading: Reading | undefined, source: CiSource): string | undefined {
  if (reading === undefined) return undefined
  if (typeof reading === 'function') return reading(source) || undefined
  for (const name of reading) {
    const value = source.get(name)
    if (value !== undefined) return value
  }
  return undefined
}

// Systems write `false` for "no pull request" and `HEAD` for a commit they did not look up.
function accept(field: keyof CiFields, value: string | undefined): string | undefined {
  if (value === undefined || value === 'false') return undefined
  if ((field === 'commit' || field === 'headCommit') && !/^[0-9a-f]{7,64}$/i.test(value)) return undefined
  return field === 'remote' ? cleanRemote(value) : value
}

function isTruthy(value: string | undefined): boolean {
  return value !== undefined && !['', 'false', '0', 'no'].includes(value.trim().toLowerCase())
}

function parseEvent(path: string | undefined, readEvent: (path: string) => string | undefined): unknown {
  if (!path) return undefined
  try {
    return JSON.parse(readEvent(path) ?? 'null')
  } catch {
    return undefined
  }
}

// The package decides once, at its import, by process.env; its table of vendors decides by any environment.
function vendorName(env: Environment): string | undefined {
  if (env.CI === 'false') return undefined
  const vendors: unknown = createRequire(import.meta.url)('ci-info/vendors.json')
  if (!Array.isArray(vendors)) return undefined
  return vendors.filter(isVendor).find((vendor) => [vendor.env].flat().every((test) => holds(test, env)))?.name
}

function isVendor(row: unknown): row is { name: string; env: unknown } {
  return typeof row === 'object' && row !== null && 'name' in row && typeof row.name === 'string' && 'env' in row
}

// A variable that is set; `{env, includes}`: whose value contains a text; `{any}`: one of several; else names with exact values.
function holds(test: unknown, env: Environment): boolean {
  if (typeof test === 'string') return isTruthy(env[test])
  if (typeof test !== 'object' || test === null) return false
  if ('env' in test && 'includes' in test) return env[String(test.env)]?.includes(String(test.includes)) === true
  if ('any' in test && Array.isArray(test.any)) return test.any.some((name) => isTruthy(env[String(name)]))
  return Object.entries(test).every(([name, value]) => env[name] === value)
}
