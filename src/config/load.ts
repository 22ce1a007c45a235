/**
 * The configuration of one run: read from all places, checked once, frozen.
 *
 * Command line, environment, reporter options, files, defaults: the first that has a value wins. The source of
 * every value is recorded.
 *
 * @module
 */
import { accessSync, constants } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod/v3'
import { type ErrorCode, errnoOf, JuxError } from '../errors.js'
import { placed, type SettingSource } from '../setting-source.js'
import type { System } from '../system.js'
import {
  type Candidate,
  configFiles,
  type Layer,
  readConfigFile,
  readEnvironment,
  readFlags,
  readObject,
} from './layers.js'
import { invalid } from './problems.js'
import { withoutStatedFacts } from './repository-rules.js'
import { SETTING_NAMES, SETTINGS, type SettingName, type Settings } from './table.js'

/** Where to look. */
export interface ConfigInput {
  /** Reporter options, as the user wrote them. */
  readonly options?: unknown
  /** Command-line flags by setting name; an absent one is `undefined`. */
  readonly flags?: Readonly<Record<string, unknown>> | undefined
  /** Folder of the run: paths in options are relative to it, and project files are looked for from it upwards. */
  readonly cwd: string
  readonly system: System
}

/** Settings with the place each one comes from. */
export interface SourcedSettings {
  readonly settings: Settings
  readonly sources: Readonly<Record<SettingName, SettingSource>>
}

/** Every setting with its source, and notices for the user. */
export interface Config extends SourcedSettings {
  /** Lines to print once. */
  readonly notices: readonly string[]
}

/** The usable part of a configuration, with all its mistakes. */
export interface ExaminedConfig extends Config {
  readonly problems: readonly JuxError[]
}

const OPTIONS = { kind: 'options', place: 'reporter options' } as const

/** Settings that name files, with the code for a file that is missing. */
const FILE_SETTINGS = [
  ['keyPath', 'KEY_NOT_FOUND'],
  ['certPath', 'CERT_NOT_FOUND'],
  ['caFile', 'FILE_NOT_FOUND'],
  ['clientCertFile', 'FILE_NOT_FOUND'],
  ['clientKeyFile', 'FILE_NOT_FOUND'],
] as const satisfies readonly (readonly [SettingName, ErrorCode])[]

/**
 * Loads the configuration.
 *
 * @throws {JuxError} `CONFIG_INVALID_VALUE`, `CONFIG_INVALID_SYNTAX`, `CONFIG_MISSING_REQUIRED`, `CONFIG_NOT_FOUND` or
 * `FILE_PERMISSION_DENIED`; for several mistakes the code of the first, and a message that lists them all
 */
export function loadConfig(input: ConfigInput): Config {
  const { problems, ...config } = examineConfig(input)
  throwProblems(problems)
  return config
}

/**
 * Checks settings that a program passes to a function.
 *
 * @param source how messages name them
 * @throws {JuxError} `CONFIG_INVALID_VALUE`
 */
export function checkSettings(settings: unknown, source: string, { cwd, homeDir }: System): void {
  const { candidates, problems } = readObject(settings, { kind: 'options', place: source }, cwd, homeDir)
  throwProblems([...problems, ...candidates.flatMap((candidate) => candidate.problems)])
}

function throwProblems(problems: readonly JuxError[]): void {
  const [first, ...others] = problems
  if (first === undefined) return
  if (others.length === 0) throw first
  const lines = [`${problems.length} mistakes in the configuration`, ...problems.map(({ message }) => `- ${message}`)]
  throw new JuxError(first.code, {
    message: lines.join('\n       '),
    reason: first.reason,
    suggestions: [...new Set(problems.flatMap(({ suggestions }) => suggestions.slice(0, 1)))],
    cause: first,
  })
}

/**
 * Like `loadConfig`, but never throws: it lists the mistakes, and replaces a wrong value with a weaker one or the
 * default.
 */
export function examineConfig(input: ConfigInput): ExaminedConfig {
  const layers = readLayers(input).map(withoutStatedFacts)
  const problems = layers.flatMap((layer) => layer.problems)
  const chosen = new Map<SettingName, Choice>()
  for (const setting of SETTING_NAMES) {
    for (const [rank, layer] of layers.entries()) {
      const candidates = layer.candidates.filter((candidate) => candidate.setting === setting)
      const choice = choose(candidates, rank, problems)
      if (choice !== undefined && !chosen.has(setting)) chosen.set(setting, choice)
    }
  }
  chooseOneKey(chosen, problems)
  const settings: Settings = SETTINGS.parse(Object.fromEntries([...chosen].map(([name, { value }]) => [name, value])))
  const sources = sourcesSchema.parse(
    Object.fromEntries(
      SETTING_NAMES.map((setting) => [setting, chosen.get(setting)?.source ?? defaultSource(setting)]),
    ),
  )
  if (!settings.enabled) return { ...freeze({ settings, sources }), notices: offNotice(chosen), problems: [] }
  const isApiUrlWrong = layers.some(({ candidates }) =>
    candidates.some((candidate) => candidate.setting === 'apiUrl' && candidate.problems.length > 0),
  )
  const applied = applyRules({ settings, sources }, isApiUrlWrong)
  return {
    ...freeze(applied),
    notices: [...layers.flatMap((layer) => layer.notices), ...applied.notices],
    problems: [...problems, ...applied.problems],
  }
}

/** Whether the user wants the run to fail without a report; works for a configuration with mistakes too. */
export function isStrict(input: ConfigInput): boolean {
  return examineConfig(input).settings.strict
}

/** The mistakes in the values of flags alone. */
export function flagProblems(flags: Readonly<Record<string, unknown>>, system: System): readonly JuxError[] {
  return readFlags(flags, system).candidates.flatMap(({ problems }) => problems)
}

/**
 * Creates an error for every file that a setting names and that cannot be read. Files that this run does not use are
 * not checked.
 *
 * The setting may be in a forgotten file, so the message says where it is set.
 */
export function missingFiles({ settings, sources }: SourcedSettings): readonly JuxError[] {
  const signs = settings.sign !== false
  const sends = settings.storageMode !== 'local'
  return FILE_SETTINGS.flatMap(([name, missingCode]) => {
    const path = settings[name]
    const used = name === 'keyPath' || name === 'certPath' ? signs : sends
    return path === undefined || !used ? [] : fileProblem(name, path, sources[name].place, missingCode)
  })
}

/**
 * Requires the files that settings name.
 *
 * @throws {JuxError} the first of `missingFiles`
 */
export function requireFiles(config: SourcedSettings): void {
  const [first] = missingFiles(config)
  if (first !== undefined) throw first
}

interface Choice {
  readonly value: unknown
  readonly source: SettingSource
  /** Place of its layer in the order of precedence, from 0. */
  readonly rank: number
}

const sourcesSchema = z.custom<Readonly<Record<SettingName, SettingSource>>>(
  (sources: Readonly<Record<string, unknown>>) => SETTING_NAMES.every((setting) => sources[setting] !== undefined),
)

function defaultSource(setting: SettingName): SettingSource {
  return { kind: 'default', name: setting, place: 'default', trust: 'user' }
}

function readLayers({ options, flags, cwd, system }: ConfigInput): readonly Layer[] {
  return [
    readFlags(flags ?? {}, system),
    readEnvironment(system),
    readObject(options, OPTIONS, cwd, system.homeDir),
    ...configFiles(cwd, system).map((file) => readConfigFile(file, system.homeDir)),
  ]
}

// The value of a setting in one layer, in which all its spellings must agree.
function choose(candidates: readonly Candidate[], rank: number, problems: JuxError[]): Choice | undefined {
  let first: Candidate | undefined
  for (const candidate of candidates) {
    problems.push(...candidate.problems)
    if (candidate.problems.length > 0) continue
    if (first === undefined) first = candidate
    else if (!isDeepStrictEqual(first.value, candidate.value)) {
      const message = `${placed(first.source)} and ${placed(candidate.source)} set the same thing to different values`
      problems.push(invalid(message, 'contradiction', ['remove one of them']))
    }
  }
  return first && { value: first.value, source: first.source, rank }
}

// The text of a key and its path are two ways to set the key: the stronger place wins.
function chooseOneKey(chosen: Map<SettingName, Choice>, problems: JuxError[]): void {
  const text = chosen.get('key')
  const path = chosen.get('keyPath')
  if (text === undefined || path === undefined) return
  if (text.rank === path.rank) {
    const message = `key (${text.source.place}) and keyPath (${path.source.place}) both name a private key`
    problems.push(invalid(message, 'contradiction', ['remove one of them']))
  }
  chosen.delete(text.rank < path.rank ? 'keyPath' : 'key')
}

// Applies the rules between settings: values that follow from other settings, and contradictions.
function applyRules(given: SourcedSettings, isApiUrlWrong: boolean): ExaminedConfig {
  const problems: JuxError[] = []
  const notices: string[] = []
  const settings: { -readonly [K in keyof Settings]: Settings[K] } = { ...given.settings }
  const sources: Record<SettingName, SettingSource> = { ...given.sources }
  const isSet = (name: SettingName) => sources[name].kind !== 'default'
  const place = (name: SettingName) => `${name} (${sources[name].place})`

  if (settings.sign === true && settings.keyPath === undefined && settings.key === undefined) {
    problems.push(missing(`${place('sign')} is true, but no private key is configured`, SIGN_HINTS))
  }
  if (settings.certPath !== undefined && settings.keyPath === undefined && settings.key === undefined) {
    problems.push(missing(`${place('certPath')} is set, but no private key is configured`, SIGN_HINTS))
  }
  if (settings.clientCertFile !== undefined && settings.clientKeyFile === undefined) {
    problems.push(missing(`${place('clientCertFile')} is set, but clientKeyFile is not`, ['set clientKeyFile too']))
  }
  if (settings.clientKeyFile !== undefined && settings.clientCertFile === undefined) {
    problems.push(missing(`${place('clientKeyFile')} is set, but clientCertFile is not`, ['set clientCertFile too']))
  }
  if (settings.submit === true && !isSet('storageMode')) {
    settings.storageMode = 'both'
    sources.storageMode = sources.submit
  } else if (settings.submit === true && settings.storageMode === 'local') {
    const message = `${place('submit')} is true, but ${place('storageMode')} is local, which sends nothing`
    problems.push(invalid(message, 'contradiction', ['remove one of them', 'set storageMode to both']))
  } else if (settings.submit === false && settings.storageMode === 'api') {
    const message = `${place('submit')} is false, but ${place('storageMode')} is api, which stores nothing`
    problems.push(invalid(message, 'contradiction', ['remove one of them', 'set storageMode to local']))
  } else if (settings.submit === false && settings.storageMode !== 'local') {
    const mode = `storage mode ${settings.storageMode} (${sources.storageMode.place})`
    notices.push(`${place('submit')} is false: ${mode} only stores reports`)
    settings.storageMode = 'local'
    sources.storageMode = sources.submit
  }
  const sends = settings.storageMode === 'api' || settings.storageMode === 'both'
  // A wrong URL is a mistake of its own.
  if (sends && settings.apiUrl === undefined && !isApiUrlWrong && !settings.dryRun) {
    const message = `${place('storageMode')} is ${settings.storageMode}, but no server is configured`
    problems.push(missing(message, ['set JUX_API_URL, or the option apiUrl', 'set storageMode to local']))
  }
  if (!isSet('protocol') && settings.apiUrl !== undefined && /\/reports\/?$/.test(new URL(settings.apiUrl).pathname)) {
    settings.protocol = 'reports'
    sources.protocol = sources.apiUrl
  }
  if (!isSet('deadline') && settings.apiTimeout > settings.deadline) {
    settings.deadline = settings.apiTimeout
    sources.deadline = sources.apiTimeout
  }
  return { settings, sources, problems, notices }
}

const SIGN_HINTS = [
  'set JUX_KEY_PATH to a PEM file',
  'npx jux keygen --output key.pem  (makes one)',
  'remove the setting',
]

function missing(message: string, suggestions: readonly string[]): JuxError {
  return new JuxError('CONFIG_MISSING_REQUIRED', { message, reason: 'missing', suggestions })
}

function fileProblem(name: SettingName, path: string, source: string, missingCode: ErrorCode): JuxError[] {
  try {
    accessSync(path, constants.R_OK)
    return []
  } catch (cause) {
    const absent = errnoOf(cause) === 'ENOENT' || errnoOf(cause) === 'ENOTDIR'
    const denied = name === 'keyPath' ? 'KEY_PERMISSION_DENIED' : 'FILE_PERMISSION_DENIED'
    return [
      new JuxError(absent ? missingCode : denied, {
        message: `${name} (${source}) names ${path}, which ${absent ? 'does not exist' : `cannot be read (${errnoOf(cause) ?? 'unknown'})`}`,
        reason: absent ? 'missing-file' : 'unreadable-file',
        suggestions:
          name === 'keyPath' && absent ? [`npx jux keygen --output ${path}`, `correct ${name}`] : [`correct ${name}`],
        cause,
      }),
    ]
  }
}

// Users see their options and variables, but may have forgotten a file.
function offNotice(chosen: ReadonlyMap<SettingName, Choice>): string[] {
  const source = chosen.get('enabled')?.source.place ?? ''
  return /[\\/]/.test(source) ? [`jux-reporter is off: enabled is false (${source})`] : []
}

function freeze({ settings, sources }: SourcedSettings): SourcedSettings {
  for (const value of Object.values(settings)) if (Array.isArray(value)) Object.freeze(value)
  return { settings: Object.freeze(settings), sources: Object.freeze(sources) }
}
