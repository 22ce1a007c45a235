/**
 * Where the secrets of a text are.
 *
 * Works on text without terminal sequences; see `secrets.ts` for what is done about those.
 *
 * @module
 */
import type { KnownSecret, SecretRules } from './secret-rules.js'

/** A secret's place in a text. */
export interface Found {
  readonly start: number
  /** Behind the last character. */
  readonly end: number
  readonly kind: string
}

/** Whether a text may hold a secret: quick, and never wrong when it says no. */
export function mayHoldSecrets(text: string, rules: SecretRules): boolean {
  return (
    rules.findKnown(text, 0) !== -1 ||
    hasShape(text, rules) ||
    rules.patterns.some((pattern) => text.search(pattern) !== -1)
  )
}

/** All secrets of a text, in order, none overlapping another. */
export function findSecrets(text: string, rules: SecretRules): readonly Found[] {
  const found = [...findKnown(text, rules), ...findByPatterns(text, rules.patterns)]
  if (hasShape(text, rules)) {
    for (const { kind, marks, pattern } of rules.shapes) {
      if (marks.some((mark) => text.includes(mark))) found.push(...matches(text, pattern, kind))
    }
    found.push(...findPem(text), ...findHeaders(text), ...findUrlCredentials(text))
  }
  return merged(found.filter(({ start, end }) => !rules.allowed.has(text.slice(start, end))))
}

// `://` stands in every stack trace: alone it is no mark.
function hasShape(text: string, rules: SecretRules): boolean {
  for (let at = rules.findMark(text, 0); at !== -1; at = rules.findMark(text, at + 1)) {
    if (!text.startsWith('://', at) || hasUser(text, at + 3)) return true
  }
  return false
}

/** What may follow `://` where there is a user: an `@` before the path, or a password with a slash. */
const USER = /[^\s/?#"'`<>\\]{0,512}@|[^\s/?#@:"'`<>\\[]{1,64}:(?!\d{0,5}(?:[/?#\s]|$))/y

function hasUser(text: string, from: number): boolean {
  USER.lastIndex = from
  return USER.test(text)
}

function findKnown(text: string, rules: SecretRules): Found[] {
  const found: Found[] = []
  for (let start = rules.findKnown(text, 0); start !== -1; start = rules.findKnown(text, start + 1)) {
    for (const secret of candidatesAt(text, start, rules)) {
      const end = start + commonLength(text, start, secret.value)
      if (end - start < secret.value.length && !isCut(text, start, end, secret.value)) continue
      found.push({ start, end, kind: secret.kind })
      start = end - 1
      break
    }
  }
  return found
}

// Not by one look at the map: a user's own secrets may be shorter than the other beginnings.
function candidatesAt(text: string, start: number, rules: SecretRules): readonly KnownSecret[] {
  return [...rules.known].flatMap(([beginning, secrets]) => (text.startsWith(beginning, start) ? secrets : []))
}

function commonLength(text: string, start: number, value: string): number {
  let length = 0
  while (length < value.length && text.charCodeAt(start + length) === value.charCodeAt(length)) length++
  return length
}

// Runners shorten values: what is left of a secret before an ellipsis, or at the very end, is still most of it.
function isCut(text: string, start: number, end: number, value: string): boolean {
  if (end - start < Math.max(8, Math.min(16, value.length / 2))) return false
  return end === text.length || text.startsWith('…', end) || text.startsWith('...', end)
}

function findByPatterns(text: string, patterns: readonly RegExp[]): Found[] {
  return patterns.flatMap((pattern) => [...matches(text, pattern, 'pattern')])
}

function* matches(text: string, pattern: RegExp, kind: string): Generator<Found> {
  for (const match of text.matchAll(pattern)) {
    const [start, end] = match.indices?.groups?.secret ?? [match.index, match.index + match[0].length]
    if (end > start) yield { start, end, kind }
  }
}

/** Of a block whose end is missing, as much as still looks like one. */
const PEM_BODY = /(?:[A-Za-z0-9+/=\s,:"'|>-]|\\[nr]){0,20000}/y

function findPem(text: string): Found[] {
  const found: Found[] = []
  let lastEnd = 0
  let nextEnd = 0
  for (const begin of text.matchAll(/-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g)) {
    if (begin.index < lastEnd) continue
    const from = begin.index + begin[0].length
    // Looked for once; a text with many beginnings and no end must not cost a scan each.
    if (nextEnd !== -1 && nextEnd < from) nextEnd = text.indexOf('-----END ', from)
    const close =
      nextEnd === -1
        ? null
        : /^-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/.exec(text.slice(nextEnd, nextEnd + 80))
    PEM_BODY.lastIndex = from
    const body = PEM_BODY.exec(text)?.[0] ?? ''
    lastEnd =
      close === null || nextEnd - from > MAX_PEM_CHARS ? from + body.trimEnd().length : nextEnd + close[0].length
    found.push({ start: begin.index, end: lastEnd, kind: 'private-key' })
  }
  return found
}

const MAX_PEM_CHARS = 20_000

/** A header or a property of that name with its value; with or without quotes, in an object, in JSON inside a string. */
const HEADER =
  /\b(?:(?:proxy-)?authorization|x-api-key|private-token)\b\\?["'`]?\s{0,4}[:=,]\s{0,4}\[?\s{0,4}\\?["'`]?(?<scheme>(?:Bearer|Basic|Token|ApiKey|Negotiate)\s{1,4})?(?<secret>[A-Za-z0-9._~+/=:%-]{8,})/dgi
/** The same without the header's name. */
const SCHEME = /\b(?<scheme>Bearer|Basic)\s{1,4}(?<secret>[A-Za-z0-9._~+/=-]{12,})/dgi

function findHeaders(text: string): Found[] {
  const found: Found[] = []
  for (const pattern of [HEADER, SCHEME]) {
    for (const match of text.matchAll(pattern)) {
      const place = match.indices?.groups?.secret
      const { scheme, secret = '' } = match.groups ?? {}
      if (place !== undefined && looksSecret(scheme?.trim().toLowerCase(), secret, pattern === HEADER)) {
        found.push({ start: place[0], end: place[1], kind: 'authorization' })
      }
    }
  }
  return found
}

// "authorization: required" and "Basic authentication" are prose.
function looksSecret(scheme: string | undefined, credential: string, inHeader: boolean): boolean {
  if (scheme === 'basic') return /^[\w!-~]*:/.test(Buffer.from(credential, 'base64').toString('latin1'))
  if (inHeader && scheme !== undefined) return !/^(undefined|null|token|required|invalid|missing)+$/i.test(credential)
  return /\d/.test(credential)
}

/** User and password, in an address of any scheme. A password may hold an `@`. */
const URL_PASSWORD = /:\/\/[^\s/?#@:"'`<>\\[]{0,256}:(?<secret>[^\s/?#"'`<>\\]{1,512})@/dg
/** A password with a slash, which nobody encoded; a port followed by a path is none. */
const URL_RAW_PASSWORD =
  /(?<=https?|ftp|ssh|postgres|postgresql|mysql|mariadb|mongodb|mongodb\+srv|rediss?|amqps?):\/\/[^\s/?#@:"'`<>\\[]{1,64}:(?<secret>(?!\d{1,5}[/?#])[^\s@"'`<>\\]{1,128})@/dg
/** A token in the place of the user. */
const URL_TOKEN = /(?<=https?):\/\/(?<secret>[^\s/?#@:"'`<>\\]{8,512})@/dg

function findUrlCredentials(text: string): Found[] {
  return [
    ...matches(text, URL_PASSWORD, 'url-password'),
    ...matches(text, URL_RAW_PASSWORD, 'url-password'),
    ...[...matches(text, URL_TOKEN, 'url-password')].filter(
      ({ start, end }) => end - start >= 20 || /\d/.test(text.slice(start, end)),
    ),
  ].filter(({ start, end }) => !/^\[secret:[\w:-]+\]$/.test(text.slice(start, end)))
}

// One piece for what overlaps; it is named after the one that begins first, of those the longest.
function merged(found: readonly Found[]): readonly Found[] {
  const pieces: Found[] = []
  for (const piece of found.toSorted((left, right) => left.start - right.start || right.end - left.end)) {
    const last = pieces.at(-1)
    if (last === undefined || piece.start >= last.end) pieces.push(piece)
    else if (piece.end > last.end) pieces[pieces.length - 1] = { ...last, end: piece.end }
  }
  return pieces
}
