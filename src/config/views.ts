/**
 * Shows the configuration to people and programs, with sources and without secrets, and writes template files.
 *
 * @module
 */
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolders } from '../disk.js'
import { errnoOf, JuxError, shellWord } from '../errors.js'
import { fileKey, flagName, variableName } from '../setting-source.js'
import { encodeValue } from './ini.js'
import { settingOfKey } from './layers.js'
import type { SourcedSettings } from './load.js'
import { aboutSetting, plainAbout, SETTING_NAMES, type SettingName } from './table.js'

/** Shown instead of a secret. */
const MASK = '(set)'
/** Shown instead of a function. */
const FUNCTION = '(function)'

/** Names of the templates. */
export const TEMPLATE_NAMES = ['minimal', 'full', 'development', 'ci', 'production'] as const

/** Name of a template. */
export type TemplateName = (typeof TEMPLATE_NAMES)[number]

const TEMPLATE_HEAD =
  '# Settings of jux-reporter. Environment variables and reporter options take precedence over this file.\n[jux]\n'

const TEMPLATES: Readonly<Record<Exclude<TemplateName, 'full'>, string>> = {
  minimal: `enabled = true
storage_mode = local
# key_path = ~/.jux/key.pem  # reports are signed if there is a key
`,
  development: `enabled = true
sign = true
key_path = ~/.jux/dev-key.pem  # jux keygen --output ~/.jux/dev-key.pem --cert
cert_path = ~/.jux/dev-key.crt
storage_mode = local
environment = development
`,
  ci: `enabled = true
# The key comes from the secret variable JUX_KEY. With the next line a run without a key is an error:
# sign = true
publish = false
storage_mode = local
storage_path = jux-reports  # relative to this file; keep it as an artifact
environment = ci
`,
  production: `enabled = true
sign = true
key_path = /etc/jux/key.pem
cert_path = /etc/jux/key.crt
publish = true
storage_mode = both
api_url = https://jux.example.com  # put the API key in JUX_API_KEY
environment = production
`,
}

/** All that is known about one setting. */
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
  readonly key?: string | undefined
  readonly flag?: string | undefined
  readonly aliases: readonly string[]
}

/** Every setting, in the order of the table. */
export function describeSettings(config: SourcedSettings): readonly SettingView[] {
  return SETTING_NAMES.map((name) => {
    const { form, aliases, secret, structured, default: value } = aboutSetting(name)
    return {
      name,
      value: shownValue(config, name),
      source: config.sources[name].place,
      default: value,
      about: plainAbout(name),
      form,
      variable: variableName(name),
      key: structured ? undefined : fileKey(name),
      flag: structured || secret ? undefined : flagName(name),
      aliases,
    }
  })
}

/** The values of all settings that have one, by name. */
export function dumpSettings(config: SourcedSettings): Readonly<Record<string, unknown>> {
  const pairs = SETTING_NAMES.map((name) => [name, shownValue(config, name)] as const)
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined))
}

/** Every setting that has a value, as an INI file that loads to the same values; other settings become comments. */
export function settingsAsText(config: SourcedSettings): string {
  const lines = SETTING_NAMES.flatMap((name) => {
    const value = shownValue(config, name)
    if (value === undefined || (Array.isArray(value) && value.length === 0)) return []
    const { secret, structured } = aboutSetting(name)
    const line = `${fileKey(name)} = ${encodeValue(Array.isArray(value) ? value.join(', ') : String(value))}`
    return [`# Source: ${config.sources[name].place}`, secret || structured || value === FUNCTION ? `# ${line}` : line]
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
      suggestions: ['npx jux config view --all  # lists the places where files may be'],
      cause,
    })
  }
  return text.replace(/^(\s*["']?([\w-]+)["']?\s*[=:]\s*)(\S.*)$/gm, (line, start: string, key: string) =>
    isSecretKey(key) ? `${start}${MASK}` : line,
  )
}

/** The text of a template. Every template loads without a mistake. */
export function templateText(name: TemplateName): string {
  return TEMPLATE_HEAD + (name === 'full' ? `${TEMPLATES.minimal}\n${everySetting()}` : TEMPLATES[name])
}

/**
 * Writes a template that only its owner can read: secrets may be added to it.
 *
 * @throws {JuxError} `FILE_ALREADY_EXISTS` unless `replace`, `FILE_PERMISSION_DENIED`
 */
export function writeTemplate(name: TemplateName, path: string, replace: boolean): void {
  try {
    makeFolders(dirname(path), 0o700)
    writeFileSync(path, templateText(name), { mode: 0o600, flag: replace ? 'w' : 'wx' })
    // An existing file keeps its mode when it is written to.
    if (replace) chmodSync(path, 0o600)
  } catch (cause) {
    const errno = errnoOf(cause)
    const exists = errno === 'EEXIST' && !isFolder(path)
    throw new JuxError(exists ? 'FILE_ALREADY_EXISTS' : 'FILE_PERMISSION_DENIED', {
      message: exists
        ? `${path} exists already`
        : `${path} cannot be written (${isFolder(path) ? 'it is a folder' : (errno ?? 'unknown error')})`,
      suggestions: [
        ...(exists ? [`npx jux config init --path ${shellWord(path)} --force  # replaces it`] : []),
        'choose another --path',
      ],
      cause,
    })
  }
}

function shownValue({ settings }: SourcedSettings, name: SettingName): unknown {
  const value = settings[name]
  if (value === undefined) return undefined
  if (!aboutSetting(name).secret) return typeof value === 'function' ? FUNCTION : value
  return Array.isArray(value) && value.length === 0 ? undefined : MASK
}

// In any spelling, so that a typo does not show a secret.
function isSecretKey(key: string): boolean {
  const plain = key.toLowerCase().replaceAll(/[-_]/g, '')
  if (/key$|token|secret|pass/.test(plain)) return true
  const setting = settingOfKey(key)
  return setting !== undefined && aboutSetting(setting).secret
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function everySetting(): string {
  return SETTING_NAMES.filter((name) => !aboutSetting(name).structured)
    .map((name) => {
      const { form, default: value } = aboutSetting(name)
      const written = Array.isArray(value) ? value.join(', ') : (value ?? '')
      return `# ${plainAbout(name)}: ${form}\n# ${fileKey(name)} = ${written}\n`
    })
    .join('')
}
