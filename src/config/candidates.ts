/**
 * Values as they were written, before anybody judges them: who says what, and where.
 *
 * @module
 */
import { JuxError } from '../errors.js'
import type { ReasonOf } from '../reasons.js'
import type { Environment } from '../system.js'
import { nearestWord } from './nearest.js'
import { aboutSetting, fileKey, flagName, SETTING_NAMES, type SettingName, variableName } from './schema.js'

/** One value for one setting. */
export interface Candidate {
  readonly setting: SettingName
  readonly raw: unknown
  /** The name as written there: `JUX_SIGN`, `sign`, `--sign`. */
  readonly name: string
  /** The place: `JUX_SIGN`, `reporter options`, `--sign`, `/repo/.jux.conf:4`. */
  readonly source: string
  /** Folder that a relative path is relative to. */
  readonly base: string
}

/** All that one place says. */
export interface Layer {
  readonly candidates: readonly Candidate[]
  readonly problems: readonly JuxError[]
  readonly notices: readonly string[]
}

/** Variables of the `JUX_` family that are no settings; those that begin with `JUX_SERVER_` are the server's. */
const OTHER_VARIABLES = ['JUX_DEBUG', 'JUX_CONFIG_FILE', 'JUX_NO_SIGN']

/** Settings by every name that they have in one place. */
export type Names = ReadonlyMap<string, SettingName>

/** Names in options and in package.json: camelCase. */
export const OPTION_NAMES: Names = namesBy((name) => name)
/** Names in INI files. */
export const FILE_NAMES: Names = namesBy(fileKey)
/** Names in the environment. */
export const VARIABLE_NAMES: Names = namesBy(variableName)

/**
 * What the `JUX_` variables say. An empty variable is an unset one: CI systems expand a missing secret to nothing.
 *
 * A variable that looks like a slip of the pen is a problem; any other unknown one may belong to a neighbour and is only mentioned.
 */
export function readEnvironment(env: Environment, base: string): Layer {
  const candidates: Candidate[] = []
  const problems: JuxError[] = []
  const notices: string[] = []
  for (const [name, raw] of Object.entries(env)) {
    if (!name.startsWith('JUX_') || raw === undefined || raw.trim() === '') continue
    const setting = VARIABLE_NAMES.get(name)
    if (setting !== undefined) candidates.push({ setting, raw, name, source: name, base })
    else if (name === 'JUX_NO_SIGN') candidates.push({ setting: 'sign', raw: inverted(raw), name, source: name, base })
    else if (!OTHER_VARIABLES.includes(name) && !name.startsWith('JUX_SERVER_')) {
      const meant = nearestWord(name, [...VARIABLE_NAMES.keys(), ...OTHER_VARIABLES])
      if (meant === undefined) notices.push(`${name} is not a variable of this program and has no effect`)
      else problems.push(unknownName(`environment variable ${name}`, name, [meant]))
    }
  }
  return { candidates, problems, notices }
}

/** What an object says: reporter options, or the key `jux` of a package.json. */
export function readObject(object: unknown, source: string, base: string): Layer {
  if (object === undefined || object === null) return { candidates: [], problems: [], notices: [] }
  if (typeof object !== 'object' || Array.isArray(object)) {
    return { candidates: [], problems: [invalid(`${source} must be an object`, 'bad-value')], notices: [] }
  }
  const candidates: Candidate[] = []
  const problems: JuxError[] = []
  for (const [name, raw] of Object.entries(object)) {
    if (raw === undefined || raw === null || raw === '') continue
    const setting = OPTION_NAMES.get(name)
    if (setting === undefined) problems.push(unknownName(`option ${name} (${source})`, name, OPTION_NAMES.keys()))
    else candidates.push({ setting, raw, name, source, base })
  }
  return { candidates, problems, notices: [] }
}

/** What the command line says: values by setting name. */
export function readFlags(flags: Readonly<Record<string, unknown>>, base: string): Layer {
  const candidates = Object.entries(flags).flatMap(([name, raw]): Candidate[] => {
    const setting = OPTION_NAMES.get(name)
    if (raw === undefined || setting === undefined) return []
    return [{ setting, raw, name: flagName(name), source: flagName(name), base }]
  })
  return { candidates, problems: [], notices: [] }
}

/** The error for a name that nobody knows. */
export function unknownName(what: string, name: string, known: Iterable<string>): JuxError {
  const names = [...known]
  const meant = nearestWord(name, names)
  return new JuxError('CONFIG_INVALID_VALUE', {
    message: `${what} does not exist${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    reason: 'unknown-key',
    suggestions: meant === undefined ? ['jux config list  (shows every setting and its names)'] : [`write ${meant}`],
  })
}

/** A configuration error. */
export function invalid(
  message: string,
  reason: ReasonOf<'CONFIG_INVALID_VALUE'>,
  suggestions: readonly string[] = [],
): JuxError {
  return new JuxError('CONFIG_INVALID_VALUE', { message, reason, suggestions })
}

function namesBy(spell: (camelName: string) => string): Names {
  const pairs = SETTING_NAMES.flatMap((setting) =>
    [setting, ...aboutSetting(setting).aliases].map((name) => [spell(name), setting] as const),
  )
  return new Map(pairs)
}

function inverted(raw: string): string {
  const word = raw.trim().toLowerCase()
  if (['1', 'true', 'yes', 'on'].includes(word)) return 'false'
  return ['0', 'false', 'no', 'off'].includes(word) ? 'true' : raw
}
