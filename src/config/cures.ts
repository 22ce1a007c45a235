/**
 * How a person corrects a wrong value: what to write, where the value is written now. A secret is never repeated.
 *
 * @module
 */
import type { z } from 'zod/v3'
import { shellWord } from '../errors.js'
import { closestWord, nearestWord } from '../nearest.js'
import { placed, removalOf, type SettingSource, variableName, writtenAt } from '../setting-source.js'
import { type Kind, url } from './values.js'

/** A value that was checked. */
export interface CheckedValue {
  readonly setting: string
  readonly source: SettingSource
  readonly raw: unknown
  /** What a setting of this name accepts, in words. */
  readonly form: string
  /** Whether the value may be shown. */
  readonly secret: boolean
  /** The names of its members, if it is an object with given ones. */
  readonly members: readonly string[]
  /** The accepted words, where it is one of several. */
  readonly words: readonly string[]
  readonly default: unknown
  readonly kind: Kind<unknown>
}

const FLAG_WORDS = ['true', 'false', 'yes', 'no', 'on', 'off']

/** The cures for a wrong value, most likely one first: the nearest accepted value, or the removal of the setting. */
export function valueCures(checked: CheckedValue, issue: z.ZodIssue, isPlaceholder: boolean): readonly string[] {
  const { setting, source, secret } = checked
  if (setting === 'key' || setting === 'keyPath') return keyCures(checked, isPlaceholder)
  if (secret) return secretCures(source, variableName(setting))
  const better = issue.path.length > 0 || isPlaceholder ? undefined : betterValue(checked, issue)
  const removal = removalOf(source)
  return better === undefined ? [removal] : [writtenAt(source, better), removal]
}

/** How a name is replaced with the right one, without repeating its value. */
export function renaming({ kind, name, place }: SettingSource, right: string): string {
  if (kind === 'variable') return `export ${right}="$${name}"; unset ${name}`
  return `write ${right} instead of ${name} in ${place}`
}

function secretCures(source: SettingSource, variable: string): readonly string[] {
  return source.kind === 'variable'
    ? [`unset ${source.name}`, `put the value itself in ${source.name}, without spaces and line breaks`]
    : [`${removalOf(source)}, then put the value in the variable ${variable}`]
}

// A wrong key must not lead to a report without a signature, so no cure removes it.
function keyCures({ setting, source, raw }: CheckedValue, isPlaceholder: boolean): readonly string[] {
  const { kind, name } = source
  if (isPlaceholder || typeof raw !== 'string') {
    return [`put ${setting === 'key' ? 'the text of a private key' : 'the path of a private key'} in ${placed(source)}`]
  }
  if (setting === 'keyPath' && raw.includes('-----BEGIN ')) {
    return kind === 'variable'
      ? [`export JUX_KEY="$${name}"; unset ${name}`]
      : [`${removalOf(source)}, then put the text in the variable JUX_KEY`]
  }
  if (setting === 'key' && /^[^\n]{1,300}\.(?:pem|key)$/.test(raw.trim())) {
    return kind === 'variable' ? [`export JUX_KEY_PATH="$${name}"; unset ${name}`] : [renaming(source, pathName(name))]
  }
  return [`put the PEM text of a private key in ${placed(source)}: it begins with -----BEGIN PRIVATE KEY-----`]
}

function pathName(name: string): string {
  return name.endsWith('key') && name !== 'key' ? `${name}_path` : name === 'key' ? 'keyPath' : 'key_path'
}

function betterValue(checked: CheckedValue, issue: z.ZodIssue): string | undefined {
  const { raw, words, kind } = checked
  const fallback = checked.default === undefined ? undefined : String(checked.default)
  if (words.length > 0) return typeof raw === 'string' ? closestWord(raw, words) : (fallback ?? words[0])
  switch (kind.type) {
    case 'flag':
      return (typeof raw === 'string' ? nearestWord(raw.trim().toLowerCase(), FLAG_WORDS) : undefined) ?? fallback
    case 'number':
      return betterNumber(raw, issue) ?? fallback
    default:
      return Object.is(kind, url) && typeof raw === 'string' ? betterUrl(raw.trim()) : undefined
  }
}

function betterNumber(raw: unknown, issue: z.ZodIssue): string | undefined {
  if (issue.code === 'too_big') return String(issue.maximum)
  if (issue.code === 'too_small') return String(issue.minimum)
  return issue.code === 'invalid_type' && issue.expected === 'integer' ? String(Math.round(Number(raw))) : undefined
}

// A long text may be a secret in the wrong place, and so may what is before an @; neither is repeated.
function betterUrl(raw: string): string | undefined {
  const host = raw.replace(/^[a-z][a-z\d+.-]*:\/\//i, '')
  const isLocal = /^(?:localhost|127\.[\d.]+|\[::1\])(?:[:/]|$)/i.test(host)
  const isHost = /^[a-z\d-]+(?:\.[a-z\d-]+)+(?::\d+)?(?:\/[\w./-]*)?$/i.test(host)
  if (raw.length > 60 || (!isLocal && (!isHost || raw.length > 24))) return undefined
  const better = `${isLocal ? 'http' : 'https'}://${host}`
  return url.plain(better) !== undefined ? shellWord(better) : undefined
}
