/**
 * Bytes and characters of XML 1.0: what each byte means to the scanner, which character a reference stands for, how values
 * are decoded, and how canonical XML writes each character.
 *
 * All functions except `utf8Length` expect bytes that are already known to be strict UTF-8.
 *
 * @module
 */
import { isUtf8 } from 'node:buffer'

const NAME_BYTE = new Uint8Array(256)
for (let byte = 0; byte < 256; byte++) {
  NAME_BYTE[byte] = byte >= 0x80 || /[-A-Za-z0-9_.:]/.test(String.fromCharCode(byte)) ? 1 : 0
}

/** Whether a byte can be part of a name. Exact for ASCII; every byte outside ASCII counts as a possible part. */
export function isNameByte(byte: number): boolean {
  return NAME_BYTE[byte] === 1
}

/** Whether the bytes at `at` are those of `expected`. */
export function startsWith(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false
  return true
}

/** Decodes bytes that are known to be UTF-8. */
export function utf8(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')
}

/** Counts the bytes from the start that are strict UTF-8, to within one character, by binary search. */
export function utf8Length(bytes: Uint8Array): number {
  let good = 0
  let bad = bytes.length
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    let boundary = middle
    while (boundary > good && ((bytes[boundary] ?? 0) & 0xc0) === 0x80) boundary--
    if (boundary === good) return good
    if (isUtf8(bytes.subarray(good, boundary))) good = boundary
    else bad = boundary
  }
  return good
}

/** Compares bytes for `sort`. For UTF-8 this is the order of the code points. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const size = Math.min(a.length, b.length)
  for (let i = 0; i < size; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Classes of bytes in text and in attribute values. A `PLAIN` byte needs no further check. */
export const PLAIN = 0
export const MARKUP = 1
export const REFERENCE = 2
const GREATER = 3
export const SPACE = 4
export const QUOTE = 5
export const MAYBE_ILLEGAL = 6
export const ILLEGAL = 7

export const TAB = 0x09
export const LF = 0x0a
export const CR = 0x0d
const SEMICOLON = 0x3b
const HASH = 0x23
const LOWER_X = 0x78

/** Longest reference that is read, with `&` and `;`. Leading zeros are legal, but not needed by the kilobyte. */
const MAX_REFERENCE_BYTES = 63

/** Classes of bytes in character data. */
export const TEXT_CLASS = classes({ '<': MARKUP, '&': REFERENCE, '>': GREATER, '\r': SPACE })

/** Classes of bytes in attribute values. */
export const VALUE_CLASS = classes({
  '<': MARKUP,
  '&': REFERENCE,
  '"': QUOTE,
  "'": QUOTE,
  '\t': SPACE,
  '\n': SPACE,
  '\r': SPACE,
})

function classes(special: Readonly<Record<string, number>>): Uint8Array {
  const table = new Uint8Array(256)
  table.fill(ILLEGAL, 0, 0x20)
  for (const white of [TAB, LF, CR]) table[white] = PLAIN
  // U+FFFE and U+FFFF are the only characters above the controls that are illegal; both begin with this byte.
  table[0xef] = MAYBE_ILLEGAL
  for (const [character, kind] of Object.entries(special)) table[character.charCodeAt(0)] = kind
  return table
}

/** Whether the character at `at` is U+FFFE or U+FFFF (its first byte is known to be 0xEF). */
export function isNonCharacter(bytes: Uint8Array, at: number): boolean {
  return bytes[at + 1] === 0xbf && (bytes[at + 2] ?? 0) >= 0xbe
}

/** Char of XML 1.0 §2.2. */
function isXmlCharacter(code: number): boolean {
  if (code < 0x20) return code === TAB || code === LF || code === CR
  return code < 0xd800 || (code > 0xdfff && code < 0xfffe) || (code > 0xffff && code <= 0x10ffff)
}

interface Entity {
  /** With the semicolon. */
  readonly name: Buffer
  readonly code: number
}

const AMP: Entity = { name: Buffer.from('amp;'), code: 0x26 }
const LT: Entity = { name: Buffer.from('lt;'), code: 0x3c }
const GT: Entity = { name: Buffer.from('gt;'), code: 0x3e }
const QUOT: Entity = { name: Buffer.from('quot;'), code: 0x22 }
const APOS: Entity = { name: Buffer.from('apos;'), code: 0x27 }

// The only predefined entity that can be at `at`, the offset of its name.
function likelyEntity(bytes: Uint8Array, at: number): Entity {
  const first = bytes[at]
  if (first === 0x61) return bytes[at + 1] === 0x6d ? AMP : APOS
  if (first === 0x6c) return LT
  return first === 0x67 ? GT : QUOT
}

/** The code point of a reference and its length in bytes. A negative `code` is `UNKNOWN_ENTITY` or `BROKEN_REFERENCE`. */
export interface Reference {
  code: number
  length: number
}

export const UNKNOWN_ENTITY = -1
export const BROKEN_REFERENCE = -2

/** Reads the reference that begins with the `&` at `at` into `into` and returns `into`, so that nothing is allocated. */
export function readReference(bytes: Uint8Array, at: number, into: Reference): Reference {
  if (bytes[at + 1] === HASH) return readNumeric(bytes, at, into)
  const { name, code } = likelyEntity(bytes, at + 1)
  if (startsWith(bytes, at + 1, name)) {
    into.code = code
    into.length = name.length + 1
    return into
  }
  const limit = Math.min(bytes.length, at + MAX_REFERENCE_BYTES)
  let end = at + 1
  while (end < limit && isNameByte(bytes[end] ?? 0)) end++
  into.code = end > at + 1 && bytes[end] === SEMICOLON ? UNKNOWN_ENTITY : BROKEN_REFERENCE
  into.length = end + 1 - at
  return into
}

function readNumeric(bytes: Uint8Array, at: number, into: Reference): Reference {
  const base = bytes[at + 2] === LOWER_X ? 16 : 10
  const first = base === 16 ? at + 3 : at + 2
  const limit = Math.min(bytes.length, at + MAX_REFERENCE_BYTES)
  let code = 0
  let end = first
  for (; end < limit; end++) {
    const digit = digitOf(bytes[end] ?? 0)
    if (digit >= base) break
    // Limited, so that many digits cannot overflow.
    code = Math.min(code * base + digit, MAX_CODE + 1)
  }
  into.code = end > first && bytes[end] === SEMICOLON && isXmlCharacter(code) ? code : BROKEN_REFERENCE
  into.length = end + 1 - at
  return into
}

const MAX_CODE = 0x10ffff
const NO_DIGIT = 99

function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : NO_DIGIT
}

// Classes of bytes in CDATA sections: nothing is a reference.
const LITERAL_CLASS = classes({ '<': MARKUP, '&': MARKUP, '>': GREATER, '\r': SPACE })

/** Receives a value in order: runs of bytes that are literal, and characters that were written in another way. */
export interface PieceHandler {
  run(start: number, end: number): void
  character(code: number): void
}

/** Decodes character data piece by piece: resolves references and normalizes line ends (XML 1.0 §2.11). */
export function eachTextPiece(bytes: Uint8Array, start: number, end: number, handler: PieceHandler): void {
  eachPiece(bytes, start, end, handler, TEXT_CLASS)
}

/** Decodes an attribute value piece by piece: resolves references and turns literal white space into blanks (XML 1.0 §3.3.3). */
export function eachValuePiece(bytes: Uint8Array, start: number, end: number, handler: PieceHandler): void {
  eachPiece(bytes, start, end, handler, VALUE_CLASS)
}

/** Decodes the content of a CDATA section piece by piece: normalizes line ends and resolves nothing. */
export function eachLiteralPiece(bytes: Uint8Array, start: number, end: number, handler: PieceHandler): void {
  eachPiece(bytes, start, end, handler, LITERAL_CLASS)
}

function eachPiece(bytes: Uint8Array, start: number, end: number, handler: PieceHandler, table: Uint8Array): void {
  const reference: Reference = { code: 0, length: 0 }
  let runStart = start
  let at = start
  while (at < end) {
    const byte = bytes[at] ?? 0
    const kind = table[byte]
    if (kind === PLAIN || kind === MAYBE_ILLEGAL) {
      at++
      continue
    }
    if (at > runStart) handler.run(runStart, at)
    if (byte === CR && table !== VALUE_CLASS && bytes[at + 1] === LF && at + 1 < end) {
      // The line feed stays, as a part of the next run.
      runStart = ++at
      continue
    }
    if (kind === REFERENCE) {
      readReference(bytes, at, reference)
      handler.character(reference.code)
      at += reference.length
    } else {
      handler.character(kind === SPACE ? (table === VALUE_CLASS ? 0x20 : LF) : byte)
      at += byte === CR && bytes[at + 1] === LF ? 2 : 1
    }
    runStart = at
  }
  if (end > runStart) handler.run(runStart, end)
}

/** Decodes character data. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  return decodePieces(bytes, start, end, eachTextPiece)
}

/** Decodes the value of an attribute. */
export function decodeValue(bytes: Uint8Array, start: number, end: number): string {
  return decodePieces(bytes, start, end, eachValuePiece)
}

/** Decodes the content of a CDATA section. */
export function decodeLiteral(bytes: Uint8Array, start: number, end: number): string {
  return decodePieces(bytes, start, end, eachLiteralPiece)
}

function decodePieces(bytes: Uint8Array, start: number, end: number, each: typeof eachTextPiece): string {
  if (isLiteral(bytes, start, end)) return utf8(bytes, start, end)
  // Never longer than its source: the shortest reference to a character outside ASCII is longer than its UTF-8.
  const decoded = Buffer.allocUnsafe(end - start)
  let size = 0
  each(bytes, start, end, {
    run: (from, to) => {
      decoded.set(bytes.subarray(from, to), size)
      size += to - from
    },
    character: (code) => {
      size += decoded.write(String.fromCodePoint(code), size)
    },
  })
  return decoded.toString('utf8', 0, size)
}

// Whether nothing needs to be resolved or normalized in any kind of value.
function isLiteral(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const kind = VALUE_CLASS[bytes[at] ?? 0]
    if (kind === REFERENCE || kind === SPACE) return false
  }
  return true
}

const ASCII = 128

/** UTF-8 of each ASCII character as canonical XML writes it in character data. Other characters are written unchanged. */
export const TEXT_FORMS: readonly Buffer[] = forms({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' })

/** The same for attribute values. */
export const VALUE_FORMS: readonly Buffer[] = forms({
  '&': '&amp;',
  '<': '&lt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
})

/** Escapes the content of an element, for text that is legal (`legalText`). Parsers turn a raw CR into LF (XML 1.0 §2.11). */
export function escapeText(text: string): string {
  return text.replace(/[&<>\r]/g, (character) => String(TEXT_FORMS[character.charCodeAt(0)]))
}

/** Escapes a value between double quotes. Parsers turn raw white space into blanks (XML 1.0 §3.3.3). */
export function escapeValue(value: string): string {
  return value.replace(/[&<"\t\n\r]/g, (character) => String(VALUE_FORMS[character.charCodeAt(0)]))
}

/** Whether the reference at `at`, read as `reference`, is the canonical form of its character in text. */
export function isCanonicalTextReference(bytes: Uint8Array, at: number, reference: Reference): boolean {
  return isCanonical(bytes, at, reference, TEXT_FORMS)
}

/** The same for an attribute value. */
export function isCanonicalValueReference(bytes: Uint8Array, at: number, reference: Reference): boolean {
  return isCanonical(bytes, at, reference, VALUE_FORMS)
}

function isCanonical(bytes: Uint8Array, at: number, { code, length }: Reference, table: readonly Buffer[]): boolean {
  const form = table[code]
  return form !== undefined && form.length === length && startsWith(bytes, at, form)
}

function forms(escapes: Readonly<Record<string, string>>): readonly Buffer[] {
  return Array.from({ length: ASCII }, (_, code) => {
    const character = String.fromCharCode(code)
    return Buffer.from(escapes[character] ?? character)
  })
}
