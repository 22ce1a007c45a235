/**
 * Users and passwords in URLs of any scheme.
 *
 * Everyday words, placeholders, and passwords on hosts that are reserved for examples are no secrets.
 *
 * @module
 */
import type { FoundSecret } from './found-secret.js'
import { type HostKind, hostKind, isPlaceholder, isWords, looksRandom } from './plausible.js'

/** Beginning of the authority of a URL. */
export const URL_MARK = '://'

const AUTHORITY = /[^\s/?#"'`<>\\]{0,600}/y
/** A password with a slash that is not percent-encoded; a port followed by a path is not a password. */
const RAW_PASSWORD = /[^\s/?#@:"'`<>\\[]{1,64}:(?!\d{1,5}[/?#])[^\s@"'`<>\\]{1,128}@(?<host>[^\s/?#"'`<>\\,;)]{0,256})/y
const RAW_SCHEME = /(?:https?|ftp|ssh|postgres|postgresql|mysql|mariadb|mongodb|mongodb\+srv|rediss?|amqps?)$/
/** A strong password is one on any host. */
const STRONG_CHARACTERS = 16
const MIN_PASSWORD_CHARACTERS = 4
const MIN_TOKEN_CHARACTERS = 8

/** The secret in the URL whose `://` is at a place. */
export function findUrlSecret(text: string, at: number): FoundSecret | undefined {
  const from = at + URL_MARK.length
  AUTHORITY.lastIndex = from
  const authority = AUTHORITY.exec(text)?.[0] ?? ''
  const end = authority.lastIndexOf('@')
  if (end === -1) return rawPassword(text, at)
  const host = hostKind(hostOf(authority.slice(end + 1)))
  const user = authority.slice(0, end)
  const colon = user.indexOf(':')
  if (colon !== -1 && isPassword(user.slice(colon + 1), host)) {
    return { start: from + colon + 1, end: from + end, kind: 'url-password' }
  }
  // A token instead of the user, with a password that says nothing.
  const token = colon === -1 ? user : user.slice(0, colon)
  if (!/^https?$/.test(/[a-z]*$/.exec(text.slice(Math.max(0, at - 8), at))?.[0] ?? '')) return undefined
  return isToken(token, host) ? { start: from, end: from + token.length, kind: 'url-password' } : undefined
}

function rawPassword(text: string, at: number): FoundSecret | undefined {
  if (!RAW_SCHEME.test(text.slice(Math.max(0, at - 16), at))) return undefined
  const from = at + URL_MARK.length
  RAW_PASSWORD.lastIndex = from
  const match = RAW_PASSWORD.exec(text)
  if (match === null) return undefined
  const host = match.groups?.host ?? ''
  const start = from + match[0].indexOf(':') + 1
  const end = from + match[0].length - host.length - 1
  return isPassword(text.slice(start, end), hostKind(hostOf(host))) ? { start, end, kind: 'url-password' } : undefined
}

function hostOf(authority: string): string {
  const first = authority.split(/[,;)]/, 1)[0] ?? authority
  return first.startsWith('[') ? first.replace(/\]:\d*$/, ']') : first.replace(/:.*$/, '').replace(/[.\]}|*]+$/, '')
}

function isPassword(password: string, host: HostKind): boolean {
  if (password.length < MIN_PASSWORD_CHARACTERS || /^\[secret:[\w:-]+\]$/.test(password)) return false
  if (host === 'reserved') return looksRandom(password, STRONG_CHARACTERS)
  return !isPlaceholder(password) && !isWords(password)
}

function isToken(token: string, host: HostKind): boolean {
  if (token.length < MIN_TOKEN_CHARACTERS || /^\[secret:[\w:-]+\]$/.test(token)) return false
  return looksRandom(token, host === 'reserved' ? STRONG_CHARACTERS : MIN_TOKEN_CHARACTERS)
}
