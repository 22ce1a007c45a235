/**
 * The configuration as people and programs read it: with sources, without secrets.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { errnoOf, JuxError } from '../errors.js'
import { FILE_NAMES } from './candidates.js'
import type { Config } from './load.js'
import {
  aboutSetting,
  fileKey,
  flagName,
  SETTING_NAMES,
  type SettingName,
  settingsSchema,
  variableName,
} from './schema.js'

type Sourced = Pick<Config, 'settings' | 'sources'>

/** Stands for a secret's value. */
const MASK = '(set)'
const FUNCTION = '(function)'

/** A setting with everything that is known of it. */
export interface SettingView {
  readonly name: SettingName
  /** Masked if it is secret; absent if it is not set. */
  readonly value?: unknown
  readonly source: string
  readonly default?: unknown
  readonly about: string
  readonly form: string
  readonly variable: string
  /** Absent for what cannot be written in an INI file. */
  readonly key?: string
  readonly flag?: string
  readonly aliases: readonly string[]
}

/** Every setting, in the order of the schema. */
export function describeSettings(config: Sourced): readonly SettingView[] {
  const defaults: Readonly<Record<string, unknown>> = settingsSchema.parse({})
  return SETTING_NAMES.map((name) => {
    const { about, form, aliases, secret, structured } = aboutSetting(name)
    const value = shownValue(config, name)
    return {
      name,
      ...(value === undefined ? {} : { value }),
      source: config.sources[name],
      ...(defaults[name] === undefined ? {} : { default: defaults[name] }),
      about,
      form,
      variable: variableName(name),
      ...(structured ? {} : { key: fileKey(name) }),
      ...(structured || secret ? {} : { flag: flagName(name) }),
      aliases,
    }
  })
}

/** Every setting that has a value, flat. */
export function dumpSettings(config: Sourced): Readonly<Record<string, unknown>> {
  const pairs = SETTING_NAMES.map((name) => [name, shownValue(config, name)] as const)
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined))
}

/** Every setting that has a value, as an INI file that loads to the same; what cannot be in one is a comment. */
export function settingsAsText(config: Sourced): string {
  const lines = SETTING_NAMES.flatMap((name) => {
    const value = shownValue(config, name)
    if (value === undefined || (Array.isArray(value) && value.length === 0)) return []
    const { secret, structured } = aboutSetting(name)
    const line = `${fileKey(name)} = ${quoted(Array.isArray(value) ? value.join(', ') : String(value))}`
    return [`# Source: ${config.sources[name]}`, secret || structured || value === FUNCTION ? `# ${line}` : line]
  })
  return `[jux]\n${lines.join('\n')}\n`
}

/**
 * A configuration file with the values of secrets masked.
 *
 * @throws {JuxError} `CONFIG_NOT_FOUND`, `FILE_PERMISSION_DENIED`
 */
export function viewFile(path: string): string {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    const errno = errnoOf(cause) ?? 'unknown error'
    const missing = errno === 'ENOENT'
    const why = errno === 'EISDIR' ? 'is a folder, not a file' : `cannot be read (${errno})`
    throw new JuxError(missing ? 'CONFIG_NOT_FOUND' : 'FILE_PERMISSION_DENIED', {
      message: `${path} ${missing ? 'does not exist' : why}`,
      suggestions: ['jux config view --all  (lists the places that are looked at)'],
      cause,
    })
  }
  return text.replace(/^(\s*["']?([\w-]+)["']?\s*[=:]\s*)(\S.*)$/gm, (line, start: string, key: string) =>
    isSecretKey(key) ? `${start}${MASK}` : line,
  )
}

function shownValue({ settings }: Sourced, name: SettingName): unknown {
  const value = settings[name]
  if (value === undefined) return undefined
  if (!aboutSetting(name).secret) return typeof value === 'function' ? FUNCTION : value
  return Array.isArray(value) && value.length === 0 ? undefined : MASK
}

// Spelled in any way, so that a slip of the pen does not show a secret.
function isSecretKey(key: string): boolean {
  const plain = key.toLowerCase().replaceAll(/[-_]/g, '')
  if (/key$|token|secret|pass/.test(plain)) return true
  const setting = FILE_NAMES.get(key)
  return setting !== undefined && aboutSetting(setting).secret
}

function quoted(value: string): string {
  return /^["']|(^|\s)[#;]|[\r\n]|^\s|\s$/.test(value) ? JSON.stringify(value) : value
}
