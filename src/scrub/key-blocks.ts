/**
 * Private keys: blocks in PEM, the files of PuTTY, the private parts of JSON Web Keys (RFC 7517).
 *
 * @module
 */
import type { FoundSecret } from './found-secret.js'

/** Longest body of a private key. */
const MAX_PEM_CHARACTERS = 20_000

const BEGIN = /-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}/g
const END = /^-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/
/** The body of a block that has no end: as much as still looks like one. */
const BODY = /(?:[A-Za-z0-9+/=\s,:"'|>-]|\\[nr]){0,20000}/y
/** What a key begins with, or a line of it. */
const MATERIAL =
  /^(?:\s|\\[nr]|["'|>,+])*(?:[A-Za-z0-9+/=]{8,}|Proc-Type|Version:|Comment:)(?![ a-z])|[A-Za-z0-9+/=]{24}/
const PUTTY =
  /Private-Lines:\s{0,4}\d{1,4}(?:\s{1,8}|\\r|\\n)(?<secret>(?:[A-Za-z0-9+/=]{4,80}(?:\s{1,8}|\\r|\\n|$)){1,200})/dy
const JWK_PART = /(?<![\w-])["']?(?:d|p|q|dp|dq|qi|k)["']?\s{0,4}:\s{0,4}["'](?<secret>[A-Za-z0-9_+/=-]{16,2048})["']/dg
/** How far the parts of a key are from its type. */
const JWK_CHARACTERS = 6_000

/** Marks of keys. */
export const KEY_MARKS = {
  pem: 'PRIVATE KEY',
  putty: 'Private-Lines:',
  jwk: ['"kty"', "'kty'", 'kty: ', '"d":"', '"d": "'],
}

/** The blocks in PEM of a text. */
export function findPemKeys(text: string): FoundSecret[] {
  const found: FoundSecret[] = []
  let lastEnd = 0
  let nextEnd = 0
  for (const begin of text.matchAll(BEGIN)) {
    if (begin.index < lastEnd) continue
    const from = begin.index + begin[0].length
    // Searched once, so that a text with many beginnings and no end does not cost a scan for each of them.
    if (nextEnd !== -1 && nextEnd < from) nextEnd = text.indexOf('-----END ', from)
    const close = nextEnd === -1 ? null : END.exec(text.slice(nextEnd, nextEnd + 80))
    BODY.lastIndex = from
    const body = BODY.exec(text)?.[0] ?? ''
    lastEnd =
      close === null || nextEnd - from > MAX_PEM_CHARACTERS ? from + body.trimEnd().length : nextEnd + close[0].length
    // A text about keys has none of the characters of one, and no key begins inside of it.
    if (!MATERIAL.test(text.slice(from, lastEnd))) continue
    found.push({ start: begin.index, end: lastEnd, kind: 'private-key' })
  }
  return found
}

/** The private lines of a PuTTY key at a place. */
export function findPuttyKey(text: string, at: number): FoundSecret | undefined {
  PUTTY.lastIndex = at
  const range = PUTTY.exec(text)?.indices?.groups?.secret
  return range === undefined
    ? undefined
    : { start: range[0], end: at + text.slice(at, range[1]).trimEnd().length, kind: 'private-key' }
}

/** The private parts of a JSON Web Key around the place of its type. */
export function findJwkParts(text: string, at: number): FoundSecret[] {
  const before = Math.max(0, at - JWK_CHARACTERS)
  const inside = text.slice(before, at).lastIndexOf('{')
  if (inside === -1) return []
  const open = before + inside
  const near = text.slice(open, open + JWK_CHARACTERS)
  const close = near.indexOf('}')
  const key = close === -1 ? near : near.slice(0, close)
  if (!/\bkty\b/.test(key)) return []
  return [...key.matchAll(JWK_PART)].flatMap((match) => {
    const range = match.indices?.groups?.secret
    return range === undefined ? [] : [{ start: open + range[0], end: open + range[1], kind: 'private-key' }]
  })
}
