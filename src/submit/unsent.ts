/**
 * What a person does about a report that was not submitted.
 *
 * The command line that submits it later works in the folder where the run was started. `jux publish` reads the variables and the files that a run reads, but not the reporter's options. What stands only
 * there, or on the command line of another command, is repeated in flags.
 *
 * @module
 */
import { dirname, isAbsolute, relative } from 'node:path'
import type { PartialSettings } from '../config/table.js'
import { JuxError, shellWord } from '../errors.js'
import { isOfRepository, nameOf, type SettingSource, variableName } from '../setting-source.js'
import type { System } from '../system.js'
import { changeFor, note } from './advice.js'
import type { SubmitSettings } from './client.js'
import { credentialOf } from './request.js'

/** What is submitted: a file, or all reports in the queue. */
export type Unsent = { readonly file: string } | 'queue'

/** The settings of a run that its report is submitted with. */
export interface ResubmitSettings extends SubmitSettings, PartialSettings<'storagePath' | 'storageMode'> {}

/** The flags of `jux publish` for settings. */
const FLAGS = {
  storagePath: '--storage-path',
  apiUrl: '--api-url',
  protocol: '--protocol',
  apiTimeout: '--timeout',
  caFile: '--ca-file',
  clientCertFile: '--client-cert-file',
  clientKeyFile: '--client-key-file',
  gzip: '--gzip',
  allowInsecureHttp: '--allow-insecure-http',
} as const satisfies Partial<Record<keyof ResubmitSettings, string>>

/** The settings that `jux publish` does not take from a file of the repository while it holds a credential of the user. */
const STEERING: ReadonlySet<string> = new Set(['apiUrl', 'caFile', 'allowInsecureHttp'])

/** Adds to an error where the report is, and how it gets to a server. */
export function notSubmitted(
  { code, message, reason, suggestions, cause }: JuxError,
  { path, queued }: { readonly path?: string | undefined; readonly queued?: boolean | undefined },
  settings: ResubmitSettings,
  system: System,
): JuxError {
  const used = reason === 'protocol-reports' ? withJson(settings) : settings
  const [where, cures] =
    path === undefined
      ? ['the report is not stored', modeCures(settings)]
      : queued
        ? ['the report is queued', [publishCommand('queue', used, system)]]
        : [`the report is stored at ${path}`, [publishCommand({ file: path }, used, system)]]
  return new JuxError(code, { message: `${message}; ${where}`, suggestions: [...suggestions, ...cures], reason, cause })
}

/** The command line. A credential that it would lack is named in a comment, because it must not be printed. */
export function publishCommand(unsent: Unsent, settings: ResubmitSettings, system: System): string {
  const hidden = (name: string) => isHidden(name, settings, system)
  const words = [unsent === 'queue' ? '--queue' : `--file ${shellWord(unsent.file)}`]
  if (unsent === 'queue' && settings.storagePath && hidden('storagePath')) {
    words.push(`${FLAGS.storagePath} ${shellWord(settings.storagePath)}`)
  }
  const isCarried = (name: keyof typeof FLAGS) => {
    const source = settings.sources?.[name]
    // The queue remembers both.
    if (unsent === 'queue' && (name === 'apiUrl' || name === 'protocol')) return source?.kind === 'flag'
    return (
      hidden(name) ||
      (source !== undefined && isOfRepository(source) && STEERING.has(name) && (unsent === 'queue' || holds(settings)))
    )
  }
  for (const name of ['apiUrl', 'protocol', 'apiTimeout', 'caFile', 'clientCertFile', 'clientKeyFile'] as const) {
    const value = settings[name]
    if (value !== undefined && isCarried(name)) words.push(`${FLAGS[name]} ${shellWord(String(value))}`)
  }
  for (const name of ['gzip', 'allowInsecureHttp'] as const) {
    if (settings[name] && isCarried(name)) words.push(FLAGS[name])
  }
  const command = `npx jux publish ${words.join(' ')}`
  const credential = credentialOf(settings)
  const isDefaultServer = !settings.apiUrl || settings.sources?.apiUrl?.kind === 'default'
  if (credential === undefined || isDefaultServer || !hidden(credential)) return command
  return note(
    command,
    `set ${variableName(credential)} first: ${nameOf(credential, settings.sources)} is not seen here`,
  )
}

// Credentials of the user go to a server that the repository names only if the command line names it, too.
function holds(settings: ResubmitSettings): boolean {
  return credentialOf(settings) !== undefined || settings.clientKeyFile !== undefined
}

// The report that exists stays unsigned, so it needs another protocol.
function withJson(settings: ResubmitSettings): ResubmitSettings {
  const source: SettingSource = { kind: 'flag', name: FLAGS.protocol, place: FLAGS.protocol, trust: 'user' }
  return { ...settings, protocol: 'json', sources: { ...settings.sources, protocol: source } }
}

// Another mode cannot help where the store failed.
function modeCures({ storageMode, sources }: ResubmitSettings): readonly string[] {
  if (storageMode !== 'api') return []
  const change = changeFor({ submitter: 'reporter', sources }, 'storageMode', 'cache')
  return [note(change, 'queues reports until a server accepts them')]
}

// Whether a later `jux publish` in the folder of the process does not find the value of a setting.
function isHidden(name: string, { sources }: ResubmitSettings, { cwd }: System): boolean {
  const source = sources?.[name]
  if (source === undefined) return false
  const { kind, trust, place } = source
  if (kind === 'options' || kind === 'flag') return true
  if ((kind !== 'file' && kind !== 'package') || trust === 'user') return false
  // The files of a project are looked for in the folder and in the folders above it.
  const below = relative(dirname(place), cwd)
  return below.startsWith('..') || isAbsolute(below)
}
