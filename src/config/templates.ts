/**
 * Configuration files to begin with. Each loads without a complaint.
 *
 * @module
 */
import { statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { errnoOf, JuxError, shellWord } from '../errors.js'
import { makeFolders } from '../system.js'
import { aboutSetting, fileKey, SETTING_NAMES, settingsSchema } from './schema.js'

/** Names of the templates. */
export const TEMPLATE_NAMES = ['minimal', 'full', 'development', 'ci', 'production'] as const

/** One of them. */
export type TemplateName = (typeof TEMPLATE_NAMES)[number]

const HEAD = '# Settings of jux-reporter. Environment variables and reporter options win over this file.\n[jux]\n'

const BODIES: Readonly<Record<Exclude<TemplateName, 'full'>, string>> = {
  minimal:
    'enabled = true\nstorage_mode = local\n# key_path = ~/.jux/key.pem  # reports are signed if there is a key\n',
  development: [
    'enabled = true',
    'sign = true',
    'key_path = ~/.jux/dev-key.pem  # jux keygen --output ~/.jux/dev-key.pem --cert',
    'cert_path = ~/.jux/dev-key.crt',
    'storage_mode = local',
    'environment = development',
    '',
  ].join('\n'),
  ci: [
    'enabled = true',
    '# The key comes from the secret variable JUX_KEY. With the next line a run without it is an error:',
    '# sign = true',
    'publish = false',
    'storage_mode = local',
    'storage_path = jux-reports  # relative to this file; keep it as an artifact',
    'environment = ci',
    '',
  ].join('\n'),
  production: [
    'enabled = true',
    'sign = true',
    'key_path = /etc/jux/key.pem',
    'cert_path = /etc/jux/key.crt',
    'publish = true',
    'storage_mode = both',
    'api_url = https://jux.example.com  # the API key belongs into JUX_API_KEY',
    'environment = production',
    '',
  ].join('\n'),
}

/** The text of a template. */
export function templateText(name: TemplateName): string {
  return HEAD + (name === 'full' ? `${BODIES.minimal}\n${everySetting()}` : BODIES[name])
}

/**
 * Writes a template, readable by its owner alone: secrets may be added to it.
 *
 * @throws {JuxError} `FILE_ALREADY_EXISTS` unless `replace`, `FILE_PERMISSION_DENIED`
 */
export function writeTemplate(name: TemplateName, path: string, replace: boolean): void {
  try {
    makeFolders(dirname(path), 0o700)
    writeFileSync(path, templateText(name), { mode: 0o600, flag: replace ? 'w' : 'wx' })
  } catch (cause) {
    const errno = errnoOf(cause)
    const exists = errno === 'EEXIST' && !isFolder(path)
    throw new JuxError(exists ? 'FILE_ALREADY_EXISTS' : 'FILE_PERMISSION_DENIED', {
      message: exists
        ? `${path} is there already`
        : `${path} cannot be written (${isFolder(path) ? 'it is a folder' : (errno ?? 'unknown error')})`,
      suggestions: [
        ...(exists ? [`jux config init --path ${shellWord(path)} --force  (replaces it)`] : []),
        'jux config init --path FILE',
      ],
      cause,
    })
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function everySetting(): string {
  const defaults: Readonly<Record<string, unknown>> = settingsSchema.parse({})
  return SETTING_NAMES.filter((name) => !aboutSetting(name).structured)
    .map((name) => {
      const value = defaults[name]
      const { about, form } = aboutSetting(name)
      return `# ${about}: ${form}\n# ${fileKey(name)} = ${Array.isArray(value) ? value.join(', ') : (value ?? '')}\n`
    })
    .join('')
}
