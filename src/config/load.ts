/**
 * The configuration of one run: read from everywhere, judged once, frozen.
 *
 * Command line, environment, reporter options, files, defaults: the first that has a value wins, and every value remembers where it came from.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod/v3'
import { JuxError } from '../errors.js'
import type { System } from '../system.js'
import { type Candidate, invalid, type Layer, readEnvironment, readFlags, readObject } from './candidates.js'
import { configFiles, readConfigFile } from './files.js'
import { expandHome } from './paths.js'
import { applyRules } from './rules.js'
import {
  aboutSetting,
  SETTING_NAMES,
  type SettingName,
  type Settings,
  settingSchemas,
  settingsSchema,
} from './schema.js'

/** Where to look. */
export interface ConfigInput {
  /** Reporter options, as the user wrote them. */
  readonly options?: unknown
  /** Command-line flags by setting name; an absent one is `undefined`. */
  readonly flags?: Readonly<Record<string, unknown>>
  /** Folder of the run: options' paths are relative to it, project files are looked for from it upwards. */
  readonly cwd: string
  readonly system: System
}

/** Every setting, its source, and what a person should be told. */
export interface Config {
  readonly settings: Settings
  /** `default`, or the place: a variable, a flag, `reporter options`, `FILE:LINE`. */
  readonly sources: Readonly<Record<SettingName, string>>
  /** Lines to print once. */
  readonly notices: readonly string[]
}

/** A configuration as far as it goes, with everything that is wrong in it. */
export interface ExaminedConfig extends Config {
  readonly problems: readonly JuxError[]
}

/**
 * Loads the configuration.
 *
 * @throws {JuxError} `CONFIG_INVALID_VALUE`, `CONFIG_INVALID_SYNTAX`, `CONFIG_MISSING_REQUIRED`, `CONFIG_NOT_FOUND` or `FILE_PERMISSION_DENIED`;
 * of several mistakes the first one's code, and a message that names all
 */
export function loadConfig(input: ConfigInput): Config {
  const { problems, ...config } = examineConfig(input)
  const [first, ...others] = problems
  if (first === undefined) return config
  if (others.length === 0) throw first
  throw new JuxError(first.code, {
    message: [
      `${problems.length} mistakes in the configuration`,
      ...problems.map(({ message }) => `- ${message}`),
    ].join('\n       '),
    ...(first.reason === undefined ? {} : { reason: first.reason }),
    suggestions: [...new Set(problems.flatMap(({ suggestions }) => suggestions.slice(0, 1)))],
    cause: first,
  })
}

/** Like `loadConfig`, but never throws: mistakes are listed, and a setting that has one keeps its weaker value or its default. */
export function examineConfig(input: ConfigInput): ExaminedConfig {
  const layers = readLayers(input)
  const problems = layers.flatMap((layer) => layer.problems)
  const chosen = new Map<SettingName, Choice>()
  for (const setting of SETTING_NAMES) {
    for (const [rank, layer] of layers.entries()) {
      const candidates = layer.candidates.filter((candidate) => candidate.setting === setting)
      const choice = choose(candidates, rank, input.system.homeDir, problems)
      if (choice !== undefined && !chosen.has(setting)) chosen.set(setting, choice)
    }
  }
  keepOneKey(chosen, problems)
  const settings = settingsSchema.parse(Object.fromEntries([...chosen].map(([setting, { value }]) => [setting, value])))
  const sources = sourcesSchema.parse(
    Object.fromEntries(SETTING_NAMES.map((setting) => [setting, chosen.get(setting)?.source ?? 'default'])),
  )
  const notices = layers.flatMap((layer) => layer.notices)
  if (!settings.enabled) return { ...frozen(settings, sources), notices: offNotice(chosen), problems: [] }
  const ruled = applyRules({ settings, sources })
  return {
    ...frozen(ruled.settings, ruled.sources),
    notices: [...notices, ...ruled.notices],
    problems: [...problems, ...ruled.problems],
  }
}

/** Whether the user wants the run to fail without a report; answers for a configuration with mistakes too. */
export function isStrict(input: ConfigInput): boolean {
  return examineConfig(input).settings.strict
}

/** What is wrong with the values of flags, before anything else is known. */
export function flagProblems(flags: Readonly<Record<string, unknown>>, system: System): readonly JuxError[] {
  const problems: JuxError[] = []
  for (const candidate of readFlags(flags, system.cwd).candidates) choose([candidate], 0, system.homeDir, problems)
  return problems
}

interface Choice {
  readonly value: unknown
  readonly source: string
  /** Place of its layer in the order of precedence, from 0. */
  readonly rank: number
}

const sourcesSchema = z.custom<Readonly<Record<SettingName, string>>>((sources: Readonly<Record<string, unknown>>) =>
  SETTING_NAMES.every((setting) => typeof sources[setting] === 'string'),
)

function readLayers({ options, flags, cwd, system }: ConfigInput): readonly Layer[] {
  return [
    readFlags(flags ?? {}, system.cwd),
    readEnvironment(system.env, system.cwd),
    readObject(options, OPTIONS_SOURCE, cwd),
    ...configFiles(cwd, system).map(readConfigFile),
  ]
}

const OPTIONS_SOURCE = 'reporter options'

// Of one layer: the value all its spellings agree on.
function choose(
  candidates: readonly Candidate[],
  rank: number,
  home: string,
  problems: JuxError[],
): Choice | undefined {
  let first: { candidate: Candidate; value: unknown } | undefined
  for (const candidate of candidates) {
    const parsed = settingSchemas.shape[candidate.setting].safeParse(candidate.raw)
    if (!parsed.success) {
      problems.push(badValue(candidate))
      continue
    }
    const value = located(candidate, parsed.data, home)
    if (first === undefined) first = { candidate, value }
    else if (!isDeepStrictEqual(first.value, value)) {
      const message = `${labelOf(first.candidate)} and ${labelOf(candidate)} set the same thing to different values`
      problems.push(invalid(message, 'contradiction', ['remove one of them']))
    }
  }
  return first && { value: first.value, source: first.candidate.source, rank }
}

function located(candidate: Candidate, value: unknown, home: string): unknown {
  if (!aboutSetting(candidate.setting).path || typeof value !== 'string') return value
  return expandHome(value, candidate.base, home)
}

// The key's text and its path are two ways to say one thing: the stronger place wins.
function keepOneKey(chosen: Map<SettingName, Choice>, problems: JuxError[]): void {
  const text = chosen.get('key')
  const path = chosen.get('keyPath')
  if (text === undefined || path === undefined) return
  if (text.rank === path.rank) {
    const message = `key (${text.source}) and keyPath (${path.source}) both name a private key`
    problems.push(invalid(message, 'contradiction', ['remove one of them']))
  }
  chosen.delete(text.rank < path.rank ? 'keyPath' : 'key')
}

function badValue(candidate: Candidate): JuxError {
  const { form, secret } = aboutSetting(candidate.setting)
  const shown = secret ? '' : `, not ${showRaw(candidate.raw)}`
  return invalid(`${labelOf(candidate)} must be ${form}${shown}`, 'bad-value', [
    'jux config validate  (checks every place)',
  ])
}

function labelOf({ name, source }: Candidate): string {
  return name === source ? name : `${name} (${source})`
}

/** Longer texts, and addresses with a user, may be anything, a secret in the wrong place included. */
const MAX_SHOWN_CHARS = 24

function showRaw(raw: unknown): string {
  if (typeof raw === 'string') {
    return raw.length <= MAX_SHOWN_CHARS && !raw.includes('@')
      ? JSON.stringify(raw)
      : `a text of ${raw.length} characters`
  }
  return typeof raw === 'number' || typeof raw === 'boolean'
    ? String(raw)
    : Array.isArray(raw)
      ? 'a list'
      : typeof raw === 'object'
        ? 'an object'
        : `a ${typeof raw}`
}

// Options and variables are in plain sight; a file may be forgotten.
function offNotice(chosen: ReadonlyMap<SettingName, Choice>): string[] {
  const source = chosen.get('enabled')?.source ?? ''
  return /[\\/]/.test(source) ? [`jux-reporter is off: enabled is false (${source})`] : []
}

function frozen(settings: Settings, sources: Readonly<Record<SettingName, string>>): Omit<Config, 'notices'> {
  for (const value of Object.values(settings)) if (Array.isArray(value)) Object.freeze(value)
  return { settings: Object.freeze(settings), sources: Object.freeze(sources) }
}
