/**
 * Detects the CI system of a run and reads its facts from the environment.
 *
 * Pure: the environment is an argument. The table of providers is in `ci-providers.ts`.
 *
 * @module
 */
import type { Environment } from '../system.js'
import { CI_PROVIDERS, type CiProvider, type Detection, type Reading } from './ci-providers.js'
import type { BranchCandidate, CiFields, CiSource } from './ci-source.js'
import { cleanRemote, isBranchName } from './git-names.js'

/** A CI system and its facts. */
export interface CiFacts extends CiFields {
  /** `github`, `gitlab` …; the name of any other vendor. */
  readonly provider: string
  /**
   * Whether the run tests a commit in which the forge merged a pull request into its base. The second parent of that commit is
   * the head of the pull request.
   */
  readonly testsMerge: boolean
  /** Whether CI's commit is on the base branch of its pull request, as in a merge queue: it is not the request itself. */
  readonly buildsBase?: boolean | undefined
  /** More branches that the event names, each with its last commit; absent if there are none. */
  readonly candidates?: readonly BranchCandidate[] | undefined
  /** Variables of an allow-list, unchanged. */
  readonly variables: Readonly<Record<string, string>>
}

const CI_FIELDS = [
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
  'baseBranch',
  'mergeBase',
  'tag',
  'remote',
] as const satisfies readonly (keyof CiFields)[]

/** Variables that every report of a CI system has, as far as they exist, beside those of its provider. */
const COMMON_VARIABLES = ['CI', 'BUILD_NUMBER']

// Vendors whose name is the only fact. Names and variables are from the documentation of the package ci-info.
const OTHER_VENDORS: Readonly<Record<string, Detection>> = {
  'Agola CI': 'AGOLA_GIT_REF',
  Alpic: 'ALPIC_HOST',
  Appcircle: 'AC_APPCIRCLE',
  Bamboo: 'bamboo_planKey',
  'Bitbucket Pipelines': 'BITBUCKET_COMMIT',
  Bitrise: 'BITRISE_IO',
  Buddy: 'BUDDY_WORKSPACE_ID',
  'Capawesome Cloud': 'CAPAWESOME_CLOUD',
  'Cirrus CI': 'CIRRUS_CI',
  'Cloudflare Pages': 'CF_PAGES',
  'Cloudflare Workers': 'WORKERS_CI',
  Codemagic: 'CM_BUILD_ID',
  Codeship: ({ CI_NAME }) => CI_NAME === 'codeship',
  dsari: 'DSARI',
  Earthly: 'EARTHLY_CI',
  'Expo Application Services': 'EAS_BUILD',
  Gerrit: 'GERRIT_PROJECT',
  GoCD: 'GO_PIPELINE_LABEL',
  'Harness CI': 'HARNESS_BUILD_ID',
  Heroku: ({ NODE }) => NODE?.includes('/app/.heroku/node/bin/node') === true,
  Hudson: 'HUDSON_URL',
  LayerCI: 'LAYERCI',
  'Magnum CI': 'MAGNUM',
  Nevercode: 'NEVERCODE',
  Prow: 'PROW_JOB_ID',
  ReleaseHub: 'RELEASE_BUILD_ID',
  Render: 'RENDER',
  RWX: 'RWX',
  'Sail CI': 'SAILCI',
  Screwdriver: 'SCREWDRIVER',
  Sourcehut: ({ CI_NAME }) => CI_NAME === 'sourcehut',
  'Strider CD': 'STRIDER',
  TaskCluster: ({ TASK_ID, RUN_ID }) => isSet(TASK_ID) && isSet(RUN_ID),
  Vela: 'VELA',
  Vercel: 'NOW_BUILDER',
  'Visual Studio App Center': 'APPCENTER_BUILD_ID',
  'Xcode Cloud': 'CI_XCODE_PROJECT',
  'Xcode Server': 'XCS',
}

/**
 * Detects the CI system.
 *
 * @param env the environment
 * @param readEvent returns the text of the event file at a path, if it can be read
 * @returns `undefined` outside CI
 */
export function detectCi(env: Environment, readEvent: (path: string) => string | undefined): CiFacts | undefined {
  const provider = CI_PROVIDERS.find(({ detect }) => isDetected(detect, env))
  if (provider === undefined) {
    const vendor = vendorName(env)
    return vendor === undefined
      ? undefined
      : { provider: vendor, testsMerge: false, variables: pick(COMMON_VARIABLES, env) }
  }
  const { eventFile = '', refVariable = '', variables = [] } = provider
  const source: CiSource = {
    get: (name) => env[name]?.trim() || undefined,
    event: parseEvent(env[eventFile], readEvent),
  }
  const fields: { -readonly [Field in keyof CiFields]: CiFields[Field] } = {}
  for (const field of CI_FIELDS) fields[field] = cleanField(field, read(provider.fields[field], source))
  const buildsBase = provider.buildsBase?.(source) || undefined
  // Some systems have one variable for the branch and for the target of a pull request.
  if (fields.pullRequest === undefined || buildsBase) {
    delete fields.baseBranch
    delete fields.mergeBase
  }
  return {
    provider: provider.id,
    ...fields,
    testsMerge: /^refs\/pull\/\d+\/merge$/.test(env[refVariable] ?? ''),
    buildsBase,
    candidates: candidatesOf(provider, source),
    variables: pick([...COMMON_VARIABLES, ...variables], env),
  }
}

// The event file has names that other people chose.
function candidatesOf({ candidates }: CiProvider, source: CiSource): readonly BranchCandidate[] | undefined {
  const known = (candidates?.(source) ?? []).filter(
    ({ branch, commit }) => isCommitName(commit) && branch !== undefined && isBranchName(branch),
  )
  return known.length === 0 ? undefined : known
}

/** The variables of a CI system that is not recognized, but sets `CI`. */
export function unknownCiVariables(env: Environment): CiFacts['variables'] {
  return isSet(env.CI) ? pick(COMMON_VARIABLES, env) : {}
}

/** The variables by which a CI system was recognized, for explanations. */
export function ciTrigger(env: Environment): string {
  const read = new Set<string>()
  const watched = new Proxy(env, {
    get: (target, name) => {
      const value = typeof name === 'string' ? target[name] : undefined
      if (typeof name === 'string' && value !== undefined) read.add(name)
      return value
    },
  })
  for (const detect of [...CI_PROVIDERS.map((provider) => provider.detect), ...Object.values(OTHER_VENDORS)]) {
    read.clear()
    if (isDetected(detect, watched)) break
  }
  return [...read].join(', ')
}

function pick(names: readonly string[], env: Environment): Readonly<Record<string, string>> {
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])))
}

function vendorName(env: Environment): string | undefined {
  if (env.CI === 'false') return undefined
  return Object.entries(OTHER_VENDORS).find(([, detect]) => isDetected(detect, env))?.[0]
}

function isDetected(detect: Detection, env: Environment): boolean {
  return typeof detect === 'string' ? isSet(env[detect]) : detect(env)
}

function isSet(value: string | undefined): boolean {
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

function read(reading: Reading | undefined, source: CiSource): string | undefined {
  if (reading === undefined) return undefined
  if (typeof reading === 'function') return reading(source) || undefined
  return reading.map((text) => (text.includes('{') ? fill(text, source) : source.get(text))).find((value) => value)
}

// Fills in a template; `undefined` if a variable is unknown. A variable at the start is the address of a server, which may
// end with slashes.
function fill(template: string, { get }: CiSource): string | undefined {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  if (names.some((name) => get(name) === undefined)) return undefined
  return template.replace(/\{(\w+)\}/g, (_, name: string, offset: number) => {
    const value = get(name) ?? ''
    return offset === 0 ? value.replace(/\/+$/, '') : value
  })
}

// Drops values that are not facts: some systems set `false` for "no pull request", and `HEAD` for an unknown commit.
function cleanField(field: keyof CiFields, value: string | undefined): string | undefined {
  if (value === undefined || value === 'false') return undefined
  if ((field === 'commit' || field === 'headCommit' || field === 'mergeBase') && !isCommitName(value)) return undefined
  if ((field === 'branch' || field === 'baseBranch') && !isBranchName(value)) return undefined
  return field === 'remote' ? cleanRemote(value) : value
}

function isCommitName(text: string): boolean {
  return /^[0-9a-f]{7,64}$/i.test(text)
}
