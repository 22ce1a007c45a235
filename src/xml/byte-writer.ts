/**
 * Writes any text as canonical XML, directly into bytes.
 *
 * Most of a report is plain ASCII. For ASCII, one loop looks up each character in a table, escapes it and stores it.
 * Checking, escaping, joining and encoding strings one after another would create four strings. From the first character
 * that is not ASCII or not legal, the rest of a string is written in that slower way.
 *
 * @module
 */
import { escapeText, escapeValue, TEXT_FORMS, VALUE_FORMS } from './characters.js'
import type { ReportSink } from './digest.js'
import { legalText } from './text.js'

/** Bytes written to the sink at a time. */
const BUFFER_BYTES = 128 * 1024
/** Characters written between two checks of the space that is left in the buffer. */
const PIECE_CHARACTERS = 8 * 1024
/** A UTF-16 code unit takes three bytes of UTF-8, or six as `&quot;`. */
const MAX_CHARACTER_BYTES = 6

/** Up to this length a loop is faster than a call. */
const SHORT_BYTES = 16

/** Classes of ASCII characters. */
const PLAIN = 0
const ESCAPED = 1
const ILLEGAL = 2
const ASCII = 128

/** How one kind of text is escaped. */
interface Escapes {
  readonly classes: Uint8Array
  readonly forms: readonly Uint8Array[]
  readonly escape: (legal: string) => string
}

const TEXT: Escapes = { classes: classesOf(TEXT_FORMS), forms: TEXT_FORMS, escape: escapeText }
const VALUE: Escapes = { classes: classesOf(VALUE_FORMS), forms: VALUE_FORMS, escape: escapeValue }

const ENCODER = new TextEncoder()

/**
 * Creates an encoder for an attribute that has the same value many times in a row, such as the file of a test case. It
 * caches the last value, because copying bytes takes a tenth of the time of encoding characters.
 *
 * @returns a function that returns the bytes which `ByteWriter.value` would write
 */
export function createValueEncoder(): (text: string) => Uint8Array {
  let last: string | undefined
  let bytes = new Uint8Array(0)
  return (text) => {
    if (text !== last) bytes = ENCODER.encode(escapeValue(legalText(text)))
    last = text
    return bytes
  }
}

/** Writes to a sink in large pieces. Call `flush` at the end. */
export class ByteWriter {
  /** Bytes written to the sink so far. */
  sizeBytes = 0
  private readonly sink: ReportSink
  private readonly buffer = new Uint8Array(BUFFER_BYTES)
  private used = 0

  constructor(sink: ReportSink) {
    this.sink = sink
  }

  /** Writes bytes unchanged. */
  bytes(bytes: Uint8Array): void {
    if (bytes.length > BUFFER_BYTES) {
      this.flush()
      this.sizeBytes += bytes.length
      this.sink.write(bytes)
      return
    }
    this.reserve(bytes.length)
    const { buffer } = this
    const { used } = this
    if (bytes.length > SHORT_BYTES) buffer.set(bytes, used)
    else for (let i = 0; i < bytes.length; i++) buffer[used + i] = bytes[i] ?? 0
    this.used = used + bytes.length
  }

  /** Writes character data. */
  text(text: string): void {
    this.write(text, TEXT)
  }

  /** Writes the value of an attribute, without its quotes. */
  value(text: string): void {
    this.write(text, VALUE)
  }

  /** Writes the buffered bytes to the sink. */
  flush(): void {
    if (this.used === 0) return
    this.sink.write(this.buffer.subarray(0, this.used))
    this.sizeBytes += this.used
    this.used = 0
  }

  private write(text: string, escapes: Escapes): void {
    const { classes, forms } = escapes
    const { buffer } = this
    for (let start = 0; start < text.length; start += PIECE_CHARACTERS) {
      const end = Math.min(text.length, start + PIECE_CHARACTERS)
      this.reserve((end - start) * MAX_CHARACTER_BYTES)
      let { used } = this
      for (let at = start; at < end; at++) {
        const code = text.charCodeAt(at)
        const kind = code < ASCII ? classes[code] : ILLEGAL
        if (kind === PLAIN) {
          buffer[used++] = code
        } else if (kind === ESCAPED) {
          const form = forms[code] ?? []
          for (let i = 0; i < form.length; i++) buffer[used++] = form[i] ?? 0
        } else {
          this.used = used
          // No illegal sequence begins earlier, so `legalText` does not need the characters before.
          this.writeRest(legalText(text.slice(at)), escapes)
          return
        }
      }
      this.used = used
    }
  }

  private writeRest(legal: string, escapes: Escapes): void {
    for (let start = 0; start < legal.length; ) {
      const end = pieceEnd(legal, start)
      this.reserve((end - start) * MAX_CHARACTER_BYTES)
      const { written } = ENCODER.encodeInto(escapes.escape(legal.slice(start, end)), this.buffer.subarray(this.used))
      this.used += written
      start = end
    }
  }

  private reserve(sizeBytes: number): void {
    if (this.used + sizeBytes > BUFFER_BYTES) this.flush()
  }
}

// The class of each ASCII character: `legalText` decides what is illegal, the canonical forms what is escaped.
function classesOf(forms: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from({ length: ASCII }, (_, code) => {
    const character = String.fromCharCode(code)
    if (legalText(character) !== character) return ILLEGAL
    return forms[code]?.length === 1 ? PLAIN : ESCAPED
  })
}

// The end of the next piece; it never splits a surrogate pair.
function pieceEnd(text: string, start: number): number {
  const end = start + PIECE_CHARACTERS
  if (end >= text.length) return text.length
  const last = text.charCodeAt(end - 1)
  return last >= 0xd800 && last <= 0xdbff ? end - 1 : end
}
