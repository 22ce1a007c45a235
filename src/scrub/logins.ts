/**
 * Users with their passwords where no name says that one is a password: arguments of a call, `user:password@host`
 * without a scheme, lines of `.pgpass`.
 *
 * @module
 */
import type { FoundSecret } from './found-secret.js'
import { hostKind, isPlaceholder, isWords, looksAssigned, looksPassword, looksRandom } from './plausible.js'

/** Beginnings of calls with a user and a password; letters in capitals or not. */
export const CALL_MARKS = [
  ...[
    'login(',
    'logon(',
    'signin(',
    'sign_in(',
    'authenticate(',
    'credentials(',
    'basicauth(',
    'basic_auth(',
    '.auth(',
  ],
]
/** Parts of the lines of a `.pgpass` file. */
export const PGPASS_MARKS = [':5432:', ':5433:', ':6432:', ':*:*:']

const CALL =
  /[\w.]{4,16}\(\s{0,4}(?:\w{1,30}\s?[=:]\s?)?["'`][^"'`\n]{1,80}["'`]\s{0,2},\s{0,4}(?:\w{1,30}\s?[=:]\s?)?["'`](?<secret>[^"'`\n]{6,128})["'`]/dy
const PGPASS = /[\w.*-]{1,253}:(?:\d{2,5}|\*):[\w.*-]{1,64}:[\w.*@-]{1,64}:(?<secret>[^\s"'`:]{6,128})/dy
const HOST =
  /(?:(?<net>tcp|tcp6|unix)\((?<address>[^()\s]{1,200})\)|(?<host>\d{1,3}(?:\.\d{1,3}){3}(?![\w.])|(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])))/y
const USER = /^(?<user>[\w.+%\\;-]{1,64}):(?<password>[^:]{4,128})$/
/** What is before a colon and an address, and no user. */
const NO_USER =
  /^(?:mailto|sips?|xmpp|acct|tel|npm|git|docker|image|e?mail|user|username|login|author|from|to|cc|bcc)$/i
const MAX_LOGIN_CHARACTERS = 160

/** The password among the arguments of the call at a place. */
export function findCallSecret(text: string, at: number): FoundSecret | undefined {
  CALL.lastIndex = at
  return judged(text, CALL.exec(text), at)
}

/** The password in the line of a `.pgpass` file around a place. */
export function findPgpassSecret(text: string, at: number): FoundSecret | undefined {
  let start = at
  while (start > 0 && at - start < 253 && /[\w.*-]/.test(text[start - 1] ?? '')) start--
  PGPASS.lastIndex = start
  return judged(text, PGPASS.exec(text), start)
}

/** `user:password@host` without a scheme, and the data source names of Go. */
export function findLogins(text: string): FoundSecret[] {
  const found: FoundSecret[] = []
  for (let at = text.indexOf('@', 1); at !== -1; at = text.indexOf('@', at + 1)) {
    if (!mayEnd(text.charCodeAt(at - 1))) continue
    let start = at
    let colon = -1
    while (start > 0 && at - start < MAX_LOGIN_CHARACTERS && mayEnd(text.charCodeAt(start - 1))) {
      start--
      if (text.charCodeAt(start) === 0x3a) colon = start
    }
    if (colon === -1) continue
    const { user = '', password = '' } = USER.exec(text.slice(start, at))?.groups ?? {}
    if (user === '' || NO_USER.test(user)) continue
    HOST.lastIndex = at + 1
    const { net, address = '', host = address.replace(/:\d+$/, '') } = HOST.exec(text)?.groups ?? {}
    if (host === '' || !isPasswordAt(password, host, net !== undefined)) continue
    found.push({ start: at - password.length, end: at, kind: 'url-password' })
  }
  return found
}

// A data source name is certainly one; other texts with a colon and an at sign are often something else.
function isPasswordAt(password: string, host: string, isCertain: boolean): boolean {
  if (hostKind(host) !== 'other') return looksRandom(password, 16)
  if (isCertain) return !isPlaceholder(password) && !isWords(password)
  return looksRandom(password, 8) && /\d/.test(password) && /[A-Z]/.test(password) && /[a-z]/.test(password)
}

function judged(text: string, match: RegExpExecArray | null, from: number): FoundSecret | undefined {
  const range = match?.indices?.groups?.secret
  if (range === undefined || range[0] < from) return undefined
  const value = text.slice(...range)
  return looksPassword(value) || looksAssigned(value) ? { start: range[0], end: range[1], kind: 'password' } : undefined
}

// No white space, quote, bracket, slash, at sign or equals sign.
function mayEnd(unit: number): boolean {
  return unit > 0x20 && !NO_LOGIN.has(unit)
}
const NO_LOGIN = new Set([...'"\'`<>()[]{}/@=,|'].map((character) => character.charCodeAt(0)))
