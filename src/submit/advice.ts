/**
 * How messages about a submission name settings, and how they say to change them.
 *
 * Both depend on who submits, and on the place where a setting is written: a program that calls the library cannot be
 * cured by a variable, and `jux publish` ignores the settings of a run.
 *
 * @module
 */
import { shellWord } from '../errors.js'
import { changeOf, nameOf, type SettingSource, type SettingSources, variableName } from '../setting-source.js'

/**
 * Who submits: a reporter at the end of a run (or a command that sends as a run does), the command `jux publish`, or a program that calls
 * the library.
 */
export type Submitter = 'reporter' | 'publish' | 'library'

/** Whom a message advises. */
export interface Advisee {
  readonly submitter: Submitter
  /** Where each setting is written; one that is absent was passed by a program. */
  readonly sources?: SettingSources | undefined
}

/** A program that passes all settings itself. */
export const PROGRAM: Advisee = { submitter: 'library' }

/** The largest values that the settings `apiTimeout` and `deadline` accept. */
export const MAX_TIMEOUT_S = 300
export const MAX_DEADLINE_S = 3_600

/** The place where a setting itself is written; `undefined` for a default, and for a value that follows from another. */
export function ownSource(setting: string, sources: SettingSources = {}): SettingSource | undefined {
  const source = sources[setting]
  return source === undefined || source.kind === 'default' || source.isDerived ? undefined : source
}

/** How a message names a setting: by its spelling and place, or as an option of the library. */
export function nameFor({ submitter, sources }: Advisee, setting: string): string {
  const source = ownSource(setting, sources)
  if (source !== undefined) return nameOf(setting, { [setting]: source })
  return submitter === 'library' && sources?.[setting] === undefined ? setting : variableName(setting)
}

/**
 * How a person gives a setting another value, where its present value is written. A command line can be pasted.
 *
 * @param value as it is written in a file
 */
export function changeFor({ submitter, sources }: Advisee, setting: string, value: string): string {
  const source = ownSource(setting, sources)
  if (source === undefined) {
    return submitter === 'library' && sources?.[setting] === undefined
      ? `pass ${setting}: ${isPlain(value) ? value : JSON.stringify(value)} to createClient`
      : `export ${variableName(setting)}=${shellWord(value)}`
  }
  const isShell = source.kind === 'variable' || source.kind === 'flag'
  return changeOf(setting, isShell ? shellWord(value) : value, { [setting]: source })
}

/** How a person sets something whose value is not known here. */
export function settingOf(advisee: Advisee, setting: string, what: string): string {
  return advisee.submitter === 'library' && advisee.sources?.[setting] === undefined
    ? `pass ${setting}, ${what}, to createClient`
    : `set ${nameFor(advisee, setting)} to ${what}`
}

/**
 * How a person gives a submission more time in total.
 *
 * @returns `undefined` if no deadline is that long
 */
export function longerDeadline(advisee: Advisee, neededMs: number): string | undefined {
  const seconds = Math.ceil(neededMs / 1_000)
  if (advisee.submitter === 'library') return `pass deadlineMs: ${seconds * 1_000} to submit`
  // The flag of "jux publish" has no maximum.
  if (advisee.submitter === 'publish') return `--deadline ${seconds}`
  return seconds > MAX_DEADLINE_S ? undefined : changeFor(advisee, 'deadline', String(seconds))
}

/** How a message names the total time of a submission. */
export function deadlineName(advisee: Advisee): string {
  if (advisee.submitter === 'library') return 'deadlineMs'
  return advisee.submitter === 'publish' ? '--deadline' : nameFor(advisee, 'deadline')
}

/** How a person gives one request more time: twice as much, at most the maximum. */
export function longerTimeout(advisee: Advisee, timeoutS: number): string | undefined {
  if (timeoutS >= MAX_TIMEOUT_S) return undefined
  return changeFor(advisee, 'apiTimeout', String(Math.min(MAX_TIMEOUT_S, Math.ceil(timeoutS * 2))))
}

/** How a person sends reports in another form. */
export function otherProtocol(advisee: Advisee, protocol: string): string {
  const other = protocol === 'json' ? 'xml' : 'json'
  return note(
    changeFor(advisee, 'protocol', other),
    other === 'xml' ? 'for a server of the published API' : 'the form of jux-server',
  )
}

/** How a person makes the next reports signed. */
export function signingCures({ submitter, sources }: Advisee): readonly string[] {
  if (submitter === 'library') return ['pass a signer to createReport']
  if (submitter === 'publish') return ['sign the report: npx jux sign --help']
  // A key may be configured, and not used.
  const isConfigured = ['key', 'keyPath', 'sign'].some((setting) => ownSource(setting, sources) !== undefined)
  return isConfigured
    ? [`check ${nameFor({ submitter, sources }, 'sign')} and ${nameFor({ submitter, sources }, 'keyPath')}`]
    : [`npx jux keygen --output key.pem && export ${variableName('keyPath')}=key.pem`]
}

/** A suggestion with a note, as a shell comment. */
export function note(suggestion: string, text: string): string {
  return `${suggestion}  # ${text}`
}

function isPlain(value: string): boolean {
  return /^(?:true|false|\d+)$/.test(value)
}
