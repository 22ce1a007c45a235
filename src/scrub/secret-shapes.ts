/**
 * Secrets that are known by their shape: tokens, private keys, credentials in headers, in URLs and after names.
 *
 * One search finds the marks of all shapes; at each mark the rules of that mark look at the text around. What a rule
 * looks at is bounded or is passed over afterwards, so that all of it takes linear time.
 *
 * @module
 */
import { assignmentFinder, COMMAND_MARKS, findCommandSecret, NAME_MARKS } from './assignments.js'
import type { FoundSecret } from './found-secret.js'
import { findJwkParts, findPemKeys, findPuttyKey, KEY_MARKS } from './key-blocks.js'
import { createWordSearch, type Word } from './literal-search.js'
import { CALL_MARKS, findCallSecret, findLogins, findPgpassSecret, PGPASS_MARKS } from './logins.js'
import { isWords, looksRandom } from './plausible.js'
import { type Alphabet, alphabet, TOKEN_SHAPES, type TokenShape } from './token-shapes.js'
import { findUrlSecret, URL_MARK } from './url-credentials.js'

/** What a mark is the mark of. */
type Rule =
  | { readonly type: 'token'; readonly shape: TokenShape; readonly length: number }
  | { readonly type: 'around'; readonly kind: string; readonly before: number; readonly pattern: RegExp }
  | { readonly type: 'pem' | 'putty' | 'jwk' | 'jwt' | 'header' | 'url' | 'name' | 'command' | 'call' | 'pgpass' }

const HEADER_MARKS = ['authorization', 'x-api-key', 'private-token']
const SCHEME_MARKS = ['bearer ', 'basic ']
/**
 * A header or a property of that name with its value: with or without quotes, in an object, in JSON inside a string.
 */
const HEADER =
  /(?:authorization|x-api-key|private-token)\b\\?["'`]?\s{0,4}[:=,]\s{0,4}\[?\s{0,4}\\?["'`]?(?<scheme>(?:Bearer|Basic|Token|ApiKey|Negotiate)\s{1,4})?(?<secret>[A-Za-z0-9._~+/=:%-]{8,4096})/diy
/** A credential without the name of its header. */
const SCHEME = /(?<scheme>Bearer|Basic)\s{1,4}(?<secret>[A-Za-z0-9._~+/=-]{12,4096})/diy

/** Shapes whose mark is in their middle: how much is before the mark, and the whole. */
const AROUND: readonly { marks: readonly string[]; kind: string; before: number; pattern: RegExp }[] = [
  { marks: ['SK'], kind: 'twilio-key', before: 0, pattern: /SK[0-9a-f]{32}(?![0-9A-Za-z])/y },
  { marks: ['SG.'], kind: 'sendgrid-key', before: 0, pattern: /SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}/y },
  {
    marks: ['.atlasv1.'],
    kind: 'terraform-token',
    before: 14,
    pattern: /[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{40,80}/y,
  },
  {
    marks: ['A3-'],
    kind: 'onepassword-key',
    before: 0,
    pattern: /A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}/y,
  },
  {
    marks: ['-us1', '-us2', '-us3', '-us4', '-us5', '-us6', '-us7', '-us8', '-us9'],
    kind: 'mailchimp-key',
    before: 32,
    pattern: /[0-9a-f]{32}-us\d{1,2}/y,
  },
  { marks: [':AA'], kind: 'telegram-token', before: 10, pattern: /\d{10}:AA[A-Za-z0-9_-]{32,35}/y },
  { marks: [':AA'], kind: 'telegram-token', before: 9, pattern: /\d{9}:AA[A-Za-z0-9_-]{32,35}/y },
  { marks: [':AA'], kind: 'telegram-token', before: 8, pattern: /\d{8}:AA[A-Za-z0-9_-]{32,35}/y },
  { marks: ['_mmk'], kind: 'maxmind-key', before: 36, pattern: /[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk/y },
  {
    marks: ['response="', 'response=', "response='"],
    kind: 'authorization',
    before: 0,
    pattern: /response=["']?(?<secret>[0-9a-f]{32}(?:[0-9a-f]{32})?)(?![0-9A-Za-z])/dy,
  },
  { marks: ['re_'], kind: 'resend-key', before: 0, pattern: /re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}(?![A-Za-z0-9])/y },
  {
    marks: ['.logic.azure.com'],
    kind: 'webhook',
    before: 0,
    pattern: /\.logic\.azure\.com(?::443)?\/workflows\/[^\s"'<>]{40,400}/y,
  },
]
const DISCORD = /[MNO][A-Za-z0-9_-]{22,28}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,45}/y
const VAULT = /(?<![\w.$])s\.(?=[A-Za-z]*\d)(?=[a-z0-9]*[A-Z])[A-Za-z0-9]{24}(?![\w(.])/y
const DROPBOX = /(?<![\w.$])sl\.[A-Za-z0-9_=-]{100,200}/y
const AZURE = /[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34}/y
const JWT_UNITS = alphabet('A-Za-z0-9_-')

const RULES: readonly Word<Rule>[] = [
  ...TOKEN_SHAPES.flatMap((shape) =>
    shape.starts.map((text) => ({ text, value: { type: 'token' as const, shape, length: text.length } })),
  ),
  ...AROUND.flatMap(({ marks, ...rule }) =>
    marks.map((text) => ({ text, value: { type: 'around' as const, ...rule } })),
  ),
  { text: KEY_MARKS.pem, value: { type: 'pem' } },
  { text: KEY_MARKS.putty, value: { type: 'putty' } },
  ...KEY_MARKS.jwk.map((text) => ({ text, value: { type: 'jwk' as const } })),
  { text: '.eyJ', value: { type: 'jwt' } },
  { text: 'eyJhbG', value: { type: 'jwt' } },
  ...[...HEADER_MARKS, ...SCHEME_MARKS].map((text) => ({ text, value: { type: 'header' as const }, ignoreCase: true })),
  { text: URL_MARK, value: { type: 'url' } },
  ...NAME_MARKS.map((text) => ({ text, value: { type: 'name' as const }, ignoreCase: true })),
  ...CALL_MARKS.map((text) => ({ text, value: { type: 'call' as const }, ignoreCase: true })),
  ...PGPASS_MARKS.map((text) => ({ text, value: { type: 'pgpass' as const } })),
  ...COMMAND_MARKS.map((text) => ({ text, value: { type: 'command' as const } })),
]
/** Shorter marks are searched one by one, because the search for many words is slow with them. */
const LONG_MARK = 4
const findMark = createWordSearch(RULES.filter(({ text }) => text.length >= LONG_MARK))
const SHORT_RULES = RULES.filter(({ text }) => text.length < LONG_MARK)

/** A token that somebody made unreadable, or never filled in. */
const MASK = /([xX*.0])\1{7}/
/** Longest text that a person writes in the place of a token. */
const MAX_PLACEHOLDER_CHARACTERS = 40
/** Beginnings of tokens by two neighbors in them: a line may end between them. */
const BROKEN_STARTS = brokenStarts()
/** A command line is looked at once in so many characters. */
const COMMAND_STEP = 64
const MAX_JWT_CHARACTERS = 8_192
const MAX_BROKEN_CHARACTERS = 256

/** Whether a text may contain a secret that is known by its shape. */
export function mayHoldShapes(text: string): boolean {
  return findIn(text, true).length > 0
}

/** All secrets of a text that are known by their shape; they may overlap. */
export function findShapes(text: string): readonly FoundSecret[] {
  return findIn(text, false)
}

/** The matches of an expression; of each its group `secret`, if it has one. */
export function matchesOf(text: string, pattern: RegExp, kind: string): FoundSecret[] {
  const found: FoundSecret[] = []
  for (const match of text.matchAll(pattern)) {
    const [start, end] = match.indices?.groups?.secret ?? [match.index, match.index + match[0].length]
    if (end > start) found.push({ start, end, kind })
  }
  return found
}

function findIn(text: string, onlyFirst: boolean): readonly FoundSecret[] {
  // Tokens say more than the names before them, so they come first.
  const tokens: FoundSecret[] = []
  const named: FoundSecret[] = []
  const assignment = assignmentFinder(text)
  let hasPem = false
  let commandsFrom = 0
  let keysFrom = 0
  let tokenEnd = 0
  for (let found = findMark(text, 0); found !== undefined; found = findMark(text, found.at + 1)) {
    const { at, values } = found
    for (const rule of values) {
      if (rule.type === 'name') named.push(...assignment(at))
      else if (rule.type === 'url') push(named, findUrlSecret(text, at))
      else if (rule.type === 'call') push(named, findCallSecret(text, at))
      else if (rule.type === 'pgpass') push(named, findPgpassSecret(text, at))
      else if (rule.type === 'token') {
        if (at < tokenEnd) continue
        const token = tokenAt(text, at, rule.length, rule.shape)
        push(tokens, token)
        tokenEnd = token?.end ?? tokenEnd
      } else if (rule.type === 'around') push(tokens, around(text, at, rule))
      else if (rule.type === 'header') push(tokens, headerAt(text, at))
      else if (rule.type === 'jwt') {
        if (at < tokenEnd) continue
        const token = jwtAt(text, at)
        push(tokens, token)
        // Without dots, it is a long word that is not looked at again.
        tokenEnd = token?.end ?? runEnd(text, at, JWT_UNITS, at + MAX_JWT_CHARACTERS)
      } else if (rule.type === 'putty') push(tokens, findPuttyKey(text, at))
      else if (rule.type === 'command' && at >= commandsFrom) {
        push(named, findCommandSecret(text, at))
        commandsFrom = at + COMMAND_STEP
      } else if (rule.type === 'jwk' && at >= keysFrom) {
        const parts = findJwkParts(text, at)
        tokens.push(...parts)
        keysFrom = parts.at(-1)?.end ?? at + COMMAND_STEP
      } else if (rule.type === 'pem' && !hasPem) {
        hasPem = true
        tokens.push(...findPemKeys(text))
      }
    }
    if (onlyFirst && tokens.length + named.length > 0) return tokens.length > 0 ? tokens : named
  }
  for (const { text: mark, value: rule } of SHORT_RULES) {
    for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + mark.length)) {
      if (rule.type === 'url') push(named, findUrlSecret(text, at))
      else if (rule.type === 'token') push(tokens, tokenAt(text, at, rule.length, rule.shape))
      else if (rule.type === 'around') push(tokens, around(text, at, rule))
    }
  }
  return [...tokens, ...findBrokenStarts(text), ...findDotted(text), ...named, ...findLogins(text)]
}

function push(found: FoundSecret[], secret: FoundSecret | undefined): void {
  if (secret !== undefined) found.push(secret)
}

// A token: its beginning and its body. The rest of a token that a runner cut ends before an ellipsis.
function tokenAt(text: string, at: number, length: number, shape: TokenShape): FoundSecret | undefined {
  if (shape.weak && isWordUnit(text.charCodeAt(at - 1))) return undefined
  const from = at + length
  let end = runEnd(text, from, shape.body, from + MAX_JWT_CHARACTERS)
  let count = end - from
  const isCut =
    count >= 8 && (text.startsWith('…', end) || text.startsWith('...', end) || text.startsWith('...', end - 3))
  if (count < shape.min && !isCut) {
    ;({ end, count } = brokenEnd(text, from, shape))
    if (count < shape.min) return undefined
  }
  const body = text.slice(from, end)
  if (MASK.test(body) || isFewWords(body) || (shape.weak && !isMixed(body))) return undefined
  // A full stop after a token, and the dots of an ellipsis, are no part of it.
  while (end > from && /[.…]/.test(text[end - 1] ?? '')) end--
  return { start: at, end, kind: shape.kind }
}

// Something like `your-token-here`; a longer text is no placeholder.
function isFewWords(body: string): boolean {
  return body.length <= MAX_PLACEHOLDER_CHARACTERS && isWords(body)
}

// A token of known length whose lines were broken: all of it, with the line ends.
function brokenEnd(text: string, from: number, { body, full }: TokenShape): { end: number; count: number } {
  let count = 0
  let at = from
  while (count < full) {
    const end = runEnd(text, at, body, at + full - count)
    count += end - at
    at = end
    const next = count < full ? lineBreakEnd(text, at) : at
    if (next === at) break
    if (runEnd(text, next, body, next + 1) === next) break
    at = next
  }
  return { end: at, count: count === full || isMixed(text.slice(from, at)) ? count : 0 }
}

/** The place after a line end and the white space at the beginning of the next line; the same place if there is none. */
export function lineBreakEnd(text: string, at: number): number {
  let end = at
  if (text.charCodeAt(end) === 0x0d) end++
  if (text.charCodeAt(end) !== 0x0a) return at
  end++
  const most = end + 40
  while (end < most && (text.charCodeAt(end) === 0x20 || text.charCodeAt(end) === 0x09)) end++
  return end
}

function runEnd(text: string, from: number, body: Alphabet, most: number): number {
  let end = from
  const limit = Math.min(most, text.length)
  while (end < limit && body[text.charCodeAt(end)] === 1) end++
  return end
}

function isWordUnit(unit: number): boolean {
  return (unit >= 0x30 && unit <= 0x39) || (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a)
}

function isMixed(body: string): boolean {
  return looksRandom(body.replace(/\s+/g, ''), 16)
}

function around(
  text: string,
  at: number,
  { kind, before, pattern }: { kind: string; before: number; pattern: RegExp },
): FoundSecret | undefined {
  const start = at - before
  if (start < 0) return undefined
  pattern.lastIndex = start
  const match = pattern.exec(text)
  if (match === null) return undefined
  const [from, to] = match.indices?.groups?.secret ?? [start, start + match[0].length]
  return { start: from, end: to, kind }
}

interface BrokenStart {
  readonly shape: TokenShape
  readonly start: string
  readonly before: number
}

function brokenStarts(): ReadonlyMap<number, readonly BrokenStart[]> {
  const broken = new Map<number, BrokenStart[]>()
  for (const shape of TOKEN_SHAPES) {
    for (const start of shape.starts) {
      for (let before = 1; before < start.length; before++) {
        const key = (start.charCodeAt(before - 1) << 7) | start.charCodeAt(before)
        const others = broken.get(key)
        if (others === undefined) broken.set(key, [{ shape, start, before }])
        else others.push({ shape, start, before })
      }
    }
  }
  return broken
}

// Tokens with a line end in their beginning.
function findBrokenStarts(text: string): FoundSecret[] {
  const found: FoundSecret[] = []
  for (let line = text.indexOf('\n', 1); line !== -1; line = text.indexOf('\n', line + 1)) {
    const last = text.charCodeAt(line - 1) === 0x0d ? line - 1 : line
    const next = lineBreakEnd(text, last)
    for (const { shape, start, before } of BROKEN_STARTS.get(
      (text.charCodeAt(last - 1) << 7) | text.charCodeAt(next),
    ) ?? []) {
      if (!text.startsWith(start.slice(0, before), last - before) || !text.startsWith(start.slice(before), next))
        continue
      const from = last - before
      if (shape.weak && isWordUnit(text.charCodeAt(from - 1))) continue
      const rest = text.slice(next, next + 2 * MAX_BROKEN_CHARACTERS)
      const token = tokenAt(start.slice(0, before) + rest, 0, start.length, shape)
      if (token !== undefined) found.push({ start: from, end: next + token.end - before, kind: shape.kind })
    }
  }
  return found
}

// Three parts with two dots, or the five of an encrypted one; a part may be cut.
function jwtAt(text: string, at: number): FoundSecret | undefined {
  let start = at
  const isSecond = text[at] === '.'
  if (isSecond) {
    while (start > 0 && at - start < MAX_JWT_CHARACTERS && JWT_UNITS[text.charCodeAt(start - 1)] === 1) start--
    const header = text.slice(start, at).lastIndexOf('eyJ')
    if (header === -1 || at - start - header < 8) return undefined
    start += header
  }
  let end = start
  let dots = 0
  let last = start
  while (end < text.length && end - start < 2 * MAX_JWT_CHARACTERS) {
    end = runEnd(text, end, JWT_UNITS, start + 2 * MAX_JWT_CHARACTERS)
    if (text[end] === '.' && dots < 4 && text[end + 1] !== '.') {
      dots++
      last = ++end
      continue
    }
    const next = lineBreakEnd(text, end)
    if (next === end || dots >= 2 || runEnd(text, next, JWT_UNITS, next + 20) < next + 16) break
    end = next
  }
  if (isSecond ? dots < 1 || text.indexOf('.eyJ', start) + 9 > end : dots < 2 || end - start < 60) return undefined
  if (end === last && dots > 2) end--
  return { start, end, kind: 'jwt' }
}

function headerAt(text: string, at: number): FoundSecret | undefined {
  if (/[A-Za-z0-9_]/.test(text[at - 1] ?? '')) return undefined
  for (const pattern of [HEADER, SCHEME]) {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    const range = match?.indices?.groups?.secret
    const { scheme, secret = '' } = match?.groups ?? {}
    if (range !== undefined && isCredential(scheme?.trim().toLowerCase(), secret, pattern === HEADER)) {
      return { start: range[0], end: range[1], kind: 'authorization' }
    }
  }
  return undefined
}

// "authorization: required" and "Basic authentication" are prose.
function isCredential(scheme: string | undefined, credential: string, inHeader: boolean): boolean {
  if (scheme === 'basic') return /^[\w!-~]*:/.test(Buffer.from(credential, 'base64').toString('latin1'))
  if (inHeader && scheme !== undefined) return !/^(undefined|null|token|required|invalid|missing)+$/i.test(credential)
  return /\d/.test(credential)
}

// Tokens without a mark: three parts of known lengths, and those with `Q~` in them.
function findDotted(text: string): FoundSecret[] {
  const found: FoundSecret[] = []
  for (let dot = text.indexOf('.'); dot !== -1; dot = text.indexOf('.', dot + 1)) {
    if (text.charCodeAt(dot - 1) === 0x73)
      push(found, around(text, dot, { kind: 'vault-token', before: 1, pattern: VAULT }))
    if (text.charCodeAt(dot - 1) === 0x6c)
      push(found, around(text, dot, { kind: 'dropbox-token', before: 2, pattern: DROPBOX }))
    if (text.charCodeAt(dot + 7) !== 0x2e) continue
    let start = dot
    while (start > 0 && dot - start < 30 && JWT_UNITS[text.charCodeAt(start - 1)] === 1) start--
    while (start < dot - 23 && !/[MNO]/.test(text[start] ?? '')) start++
    push(found, around(text, start, { kind: 'discord-token', before: 0, pattern: DISCORD }))
  }
  for (let at = text.indexOf('Q~'); at !== -1; at = text.indexOf('Q~', at + 2)) {
    push(found, around(text, at, { kind: 'azure-secret', before: 4, pattern: AZURE }))
  }
  return found
}
