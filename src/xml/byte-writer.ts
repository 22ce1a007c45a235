/**
 * Any text as canonical XML, straight into bytes.
 *
 * Most of a report is plain ASCII. One loop tells by a table what a character needs, escapes it and stores it, where
 * checking, escaping, joining and encoding strings one after another would make four of each. The rest of a string from its first character
 * on that is not ASCII or not legal takes that longer way.
 *
 * @module
 */
import { escapeText, escapeValue, TEXT_FORMS, VALUE_FORMS } from './characters.js'
import type { ReportSink } from './digest.js'
import { legalText } from './text.js'

/** Bytes handed to the sink at a time. */
const BUFFER_BYTES = 128 * 1024
/** Characters written between two looks at the room that is left. */
const PIECE_CHARACTERS = 8 * 1024
/** A UTF-16 code unit takes three bytes of UTF-8, or six as `&quot;`. */
const MAX_CHARACTER_BYTES = 6

/** Up to this length a loop is faster than a call. */
const SHORT_BYTES = 16

/** What becomes of an ASCII character. */
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
 * Encodes values of an attribute that come many times in a row, as the file of its test cases does: the last one is kept, because copying
 * bytes takes a tenth of the time that characters take.
 *
 * @returns what `ByteWriter.value` would write
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

/** Writes to a sink in large pieces; `flush` must be called at the end. */
export class ByteWriter {
  /** Bytes handed to the sink so far. */
  sizeBytes = 0
  private readonly sink: ReportSink
  private readonly buffer = new Uint8Array(BUFFER_BYTES)
  private used = 0

  constructor(sink: ReportSink) {
    this.sink = sink
  }

  /** Bytes as they are. */
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

  /** Character content. */
  text(text: string): void {
    this.write(text, TEXT)
  }

  /** An attribute's value, without its quotes. */
  value(text: string): void {
    this.write(text, VALUE)
  }

  /** Hands on what has been held back. */
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
          // What is illegal begins here at the earliest, so what went before is not needed to see it.
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

// What `legalText` does with a character that stands alone, and what canonical XML does with it.
function classesOf(forms: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from({ length: ASCII }, (_, code) => {
    const character = String.fromCharCode(code)
    if (legalText(character) !== character) return ILLEGAL
    return forms[code]?.length === 1 ? PLAIN : ESCAPED
  })
}

// The end of a piece that splits no surrogate pair.
function pieceEnd(text: string, start: number): number {
  const end = start + PIECE_CHARACTERS
  if (end >= text.length) return text.length
  const last = text.charCodeAt(end - 1)
  return last >= 0xd800 && last <= 0xdbff ? end - 1 : end
}
