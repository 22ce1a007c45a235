/**
 * The configuration of one run: read from all places, checked once, frozen.
 *
 * Command line, environment, reporter options, files, defaults: the first that has a value wins. The source of
 * every value is recorded.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util'
import { JuxError } from '../errors.js'
import { placed, removalOf, type SettingSource } from '../setting-source.js'
import type { System } from '../system.js'
import { forServer, withBoundCredentials } from './bindings.js'
import {
  type Candidate,
  configFiles,
  type Layer,
  readConfigFile,
  readEnvironment,
  readFlags,
  readObject,
} from './layers.js'
import { withoutStatedFacts } from './repository-rules.js'
import { applyRules, costOf, costOfContradiction, type Mistake, mistakeError, type SourcedSettings } from './rules.js'
import { aboutSetting, completeSettings, SETTING_NAMES, type SettingName, type Settings } from './table.js'
import { weakenings } from './trust.js'

/** Where to look. */
export interface ConfigInput {
  /** Reporter options, as the user wrote them. */
  readonly options?: unknown
  /** Command-line flags by setting name; an absent one is `undefined`. */
  readonly flags?: Readonly<Record<string, unknown>> | undefined
  /** How the command spells its flags, for messages: `{ apiTimeout: '--timeout' }`. */
  readonly flagNames?: Readonly<Partial<Record<string, string>>> | undefined
  /** Folder of the run: paths in options are relative to it, and project files are looked for from it upwards. */
  readonly cwd: string
  readonly system: System
}

export type { SourcedSettings }

/** Every setting with its source, and notices for the user. */
export interface Config extends SourcedSettings {
  /** Lines to print once. */
  readonly notices: readonly string[]
}

/** The usable part of a configuration, with all its mistakes. */
export interface ExaminedConfig extends Config {
  /** Mistakes that cost the report. */
  readonly problems: readonly JuxError[]
  /** Mistakes that cost only the submission. */
  readonly submissionProblems: readonly JuxError[]
  /** Whether the user wants reports to be submitted, as far as can be known. */
  readonly wantsSubmission: boolean
}

const OPTIONS = { kind: 'options', place: 'reporter options' } as const

/**
 * Loads the configuration.
 *
 * @throws {JuxError} `CONFIG_INVALID_VALUE`, `CONFIG_INVALID_SYNTAX`, `CONFIG_MISSING_REQUIRED`, `CONFIG_NOT_FOUND` or
 * `FILE_PERMISSION_DENIED`; for several mistakes the code of the first, and a message that lists them all
 */
export function loadConfig(input: ConfigInput): Config {
  const { settings, sources, notices, problems, submissionProblems } = examineConfig(input)
  throwProblems([...problems, ...submissionProblems])
  return { settings, sources, notices }
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

/**
 * Combines mistakes in one error.
 *
 * @returns the only one, or an error with the code of the first and a line for each; `undefined` for none
 */
export function combineProblems(problems: readonly JuxError[]): JuxError | undefined {
  const [first, ...others] = problems
  if (first === undefined || others.length === 0) return first
  const lines = [`${problems.length} mistakes in the configuration`, ...problems.map(({ message }) => `- ${message}`)]
  return new JuxError(first.code, {
    message: lines.join('\n       '),
    reason: first.reason,
    suggestions: [...new Set(problems.flatMap(({ suggestions }) => suggestions.slice(0, 1)))],
    cause: first,
  })
}

function throwProblems(problems: readonly JuxError[]): void {
  const problem = combineProblems(problems)
  if (problem !== undefined) throw problem
}

/**
 * Like `loadConfig`, but never throws: it lists the mistakes, and replaces a wrong value with a weaker one or the
 * default.
 */
export function examineConfig(input: ConfigInput): ExaminedConfig {
  const layers = readLayers(input).map(withoutStatedFacts).map(withBoundCredentials)
  const { settings, sources, notices, mistakes, wrong } = examineLayers(layers)
  if (!settings.enabled) {
    const off = { problems: [], submissionProblems: [], wantsSubmission: false }
    return { ...freeze({ settings, sources }), notices, ...off }
  }
  const errors = [
    ...layers.flatMap((layer) => layer.problems).map((error) => ({ cost: 'report' as const, error })),
    ...mistakes.map((mistake) => ({
      cost: mistake.cost,
      error:
        'error' in mistake ? valueError(mistake, settings) : mistakeError(mistake, curesOf(mistake, mistakes, layers)),
    })),
  ]
  return {
    ...freeze({ settings, sources }),
    notices,
    problems: errors.filter(({ cost }) => cost === 'report').map(({ error }) => error),
    submissionProblems: errors.filter(({ cost }) => cost === 'submission').map(({ error }) => error),
    wantsSubmission:
      settings.storageMode !== 'local' || settings.submit === true || wrong.has('storageMode') || wrong.has('submit'),
  }
}

/** Whether the user wants the run to fail without a report; works for a configuration with mistakes too. */
export function isStrict(input: ConfigInput): boolean {
  return examineConfig(input).settings.strict
}

/** The mistakes in the values of flags alone. */
export function flagProblems(
  flags: Readonly<Record<string, unknown>>,
  system: System,
  names?: ConfigInput['flagNames'],
): readonly JuxError[] {
  return readFlags(flags, system, names).candidates.flatMap(({ problems }) => problems)
}

interface Choice {
  readonly value: unknown
  readonly source: SettingSource
  /** Place of its layer in the order of precedence, from 0. */
  readonly rank: number
}

function hasAll(
  sources: Readonly<Record<string, SettingSource>>,
): sources is Readonly<Record<SettingName, SettingSource>> {
  return SETTING_NAMES.every((setting) => sources[setting] !== undefined)
}

function defaultSource(setting: SettingName): SettingSource {
  return { kind: 'default', name: setting, place: 'default', trust: 'user' }
}

function readLayers({ options, flags, flagNames, cwd, system }: ConfigInput): readonly Layer[] {
  return [
    readFlags(flags ?? {}, system, flagNames),
    readEnvironment(system),
    readObject(options, OPTIONS, cwd, system.homeDir),
    ...configFiles(cwd, system).map((file) => readConfigFile(file, system)),
  ]
}

/** A mistake whose error is made already, because its cure does not depend on other settings. */
interface ValueMistake extends Pick<Mistake, 'cost' | 'message'> {
  readonly setting: SettingName
  readonly error: JuxError
}

interface ExaminedLayers extends Config {
  readonly mistakes: readonly (Mistake | ValueMistake)[]
  /** Settings with a value that is not acceptable. */
  readonly wrong: ReadonlySet<SettingName>
}

function examineLayers(all: readonly Layer[]): ExaminedLayers {
  const layers = all.map((layer) => forServer(layer, serverOf(all)))
  const mistakes: (Mistake | ValueMistake)[] = []
  const wrong = new Set<SettingName>()
  const chosen = new Map<SettingName, Choice>()
  for (const setting of SETTING_NAMES) {
    for (const [rank, layer] of layers.entries()) {
      const candidates = layer.candidates.filter((candidate) => candidate.setting === setting)
      for (const error of candidates.flatMap(({ problems }) => problems)) {
        wrong.add(setting)
        mistakes.push({ cost: costOf(setting), message: error.message, setting, error })
      }
      const choice = choose(candidates, rank, mistakes)
      if (choice !== undefined && !chosen.has(setting)) chosen.set(setting, choice)
    }
  }
  chooseOneKey(chosen, mistakes)
  const settings = completeSettings(new Map([...chosen].map(([name, { value }]) => [name, value])))
  const sources = Object.fromEntries(
    SETTING_NAMES.map((setting) => [setting, chosen.get(setting)?.source ?? defaultSource(setting)]),
  )
  if (!hasAll(sources)) throw new Error('a setting has no source')
  if (!settings.enabled) return { settings, sources, notices: offNotice(chosen), mistakes: [], wrong }
  const applied = applyRules({ settings, sources }, wrong)
  return {
    settings: applied.settings,
    sources: applied.sources,
    notices: [
      ...layers.flatMap((layer) => layer.notices),
      ...applied.notices,
      ...weakenings({ settings: applied.settings, sources: applied.sources }),
    ],
    mistakes: [...mistakes, ...applied.mistakes],
    wrong,
  }
}

// The server that decides which of the bound credentials are used.
function serverOf(layers: readonly Layer[]): string {
  const candidates = layers.flatMap((layer) => layer.candidates)
  const named = candidates.find(({ setting, value }) => setting === 'apiUrl' && value !== undefined)
  return String(named?.value ?? aboutSetting('apiUrl').default)
}

// The value of a setting in one layer, in which all its spellings must agree. A credential that is bound to the server is
// stronger than one for any server.
function choose(
  candidates: readonly Candidate[],
  rank: number,
  mistakes: (Mistake | ValueMistake)[],
): Choice | undefined {
  const valid = candidates.filter(({ problems }) => problems.length === 0)
  const bound = valid.filter(({ source }) => source.boundTo !== undefined)
  const [first, ...others] = bound.length > 0 ? bound : valid
  if (first === undefined) return undefined
  for (const other of others) {
    if (isDeepStrictEqual(first.value, other.value)) continue
    mistakes.push({
      ...CONTRADICTION,
      cost: costOfContradiction(first.setting),
      message: contradictionOf(first, other),
      removals: [other.source, first.source],
    })
  }
  return { value: first.value, source: first.source, rank }
}

function contradictionOf(first: Candidate, other: Candidate): string {
  const both = `set ${first.setting} to different values`
  if (aboutSetting(first.setting).secret) return `${placed(first.source)} and ${placed(other.source)} ${both}`
  const shown = ({ source, value }: Candidate) =>
    `${placed(source)}, which is ${JSON.stringify(writtenValue(source, value))},`
  return `${shown(first)} and ${shown(other).slice(0, -1)}, ${both}`
}

function writtenValue({ isOpposite }: SettingSource, value: unknown): unknown {
  if (isOpposite) return value !== true
  return typeof value === 'function' ? '(function)' : value
}

// The text of a key and its path are two ways to set the key: the stronger place wins.
function chooseOneKey(chosen: Map<SettingName, Choice>, mistakes: (Mistake | ValueMistake)[]): void {
  const text = chosen.get('key')
  const path = chosen.get('keyPath')
  if (text === undefined || path === undefined) return
  if (text.rank === path.rank) {
    mistakes.push({
      ...CONTRADICTION,
      cost: 'report',
      message: `${placed(text.source)} and ${placed(path.source)} both set the private key`,
      removals: [text.source, path.source],
    })
  }
  chosen.delete(text.rank < path.rank ? 'keyPath' : 'key')
}

// A removal uncovers the value of a weaker place, or the default. It is a cure if that leads to no other mistake.
function curesOf(mistake: Mistake, all: ExaminedLayers['mistakes'], layers: readonly Layer[]): readonly string[] {
  const known = new Set(all.map(({ message }) => message))
  known.delete(mistake.message)
  const works = (source: SettingSource) =>
    examineLayers(layers.map((layer) => without(layer, source))).mistakes.every(({ message }) => known.has(message))
  const removals = mistake.removals.filter(({ isDerived, kind }) => !isDerived && kind !== 'default').filter(works)
  return [...mistake.cures, ...removals.map(removalOf)]
}

// Without a key, a corrected "sign = ture" would be the next mistake; the removal, which is last, is none.
function valueError({ setting, error }: ValueMistake, { key, keyPath }: Settings): JuxError {
  if (setting !== 'sign' || key !== undefined || keyPath !== undefined) return error
  const { code, message, reason, suggestions, cause } = error
  return new JuxError(code, { message, reason, suggestions: suggestions.slice(-1), cause })
}

function without(layer: Layer, source: SettingSource): Layer {
  return { ...layer, candidates: layer.candidates.filter((candidate) => candidate.source !== source) }
}

const CONTRADICTION = { code: 'CONFIG_INVALID_VALUE', reason: 'contradiction', cures: [] } as const

// Users see their options and variables, but may have forgotten a file.
function offNotice(chosen: ReadonlyMap<SettingName, Choice>): string[] {
  const source = chosen.get('enabled')?.source.place ?? ''
  return /[\\/]/.test(source) ? [`jux-reporter is off: enabled is false (${source})`] : []
}

function freeze({ settings, sources }: SourcedSettings): SourcedSettings {
  for (const value of Object.values(settings)) if (Array.isArray(value)) Object.freeze(value)
  return { settings: Object.freeze(settings), sources: Object.freeze(sources) }
}
