/**
 * Writes canonical XML into a sink and digests it on the way.
 *
 * Canonical by construction: attributes in code point order between double quotes, a start and an end tag for every element,
 * canonical escapes, LF only (docs/junit.md, "Canonical by construction"). Text passes through one buffer of fixed size, so memory
 * does not grow with the report.
 *
 * @module
 */
import { createDigester, type DigestName, type ReportSink } from '../xml/digest.js'
import { escapeAttribute, escapeText } from '../xml/escape.js'
import { legalText } from '../xml/text.js'

/** Characters gathered before they are encoded. */
const CHUNK_CHARACTERS = 16 * 1024
/** UTF-8 needs at most three bytes for a UTF-16 code unit. */
const BUFFER_BYTES = 3 * CHUNK_CHARACTERS

/** Values by name; absent ones are left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>

/** What was written, once it is complete. */
export interface Written {
  readonly digests: ReadonlyMap<DigestName, Uint8Array>
  /** Of the whole document with its declaration and its last end tag. */
  readonly sizeBytes: number
}

/** A stream of canonical XML. */
export class XmlWriter {
  readonly #sink: ReportSink
  readonly #digester
  readonly #encoder = new TextEncoder()
  readonly #buffer = new Uint8Array(BUFFER_BYTES)
  #pending = ''
  #sizeBytes = 0

  constructor(sink: ReportSink, digests: readonly DigestName[]) {
    this.#sink = sink
    this.#digester = createDigester(digests)
  }

  /** The declaration: part of the document, not of its canonical form. First of all. */
  declaration(): void {
    const bytes = this.#encoder.encode('<?xml version="1.0" encoding="UTF-8"?>\n')
    this.#sizeBytes += bytes.length
    this.#sink.write(bytes)
  }

  /** A start tag whose content follows on the same line. */
  start(name: string, attributes: Attributes = {}): void {
    this.#put(startTag(name, attributes))
  }

  /** A start tag whose content is elements, one a line. */
  open(name: string, attributes: Attributes = {}): void {
    this.#put(`${startTag(name, attributes)}\n`)
  }

  /** An end tag and the end of its line. */
  close(name: string): void {
    this.#put(`</${name}>\n`)
  }

  /** An element without child elements. */
  element(name: string, attributes: Attributes, text = ''): void {
    this.#put(startTag(name, attributes))
    this.text(text)
    this.close(name)
  }

  /** Character content, whatever it contains. */
  text(text: string): void {
    if (text === '') return
    const legal = legalText(text)
    for (let at = 0; at < legal.length; ) {
      const end = pieceEnd(legal, at, CHUNK_CHARACTERS)
      this.#put(escapeText(at === 0 && end === legal.length ? legal : legal.slice(at, end)))
      at = end
    }
  }

  /** Ends the document: the root's end tag is digested and counted, but left to the caller to write. */
  finish(endTag: string): Written {
    this.#flush()
    const bytes = this.#encoder.encode(endTag)
    this.#digester.write(bytes)
    return { digests: this.#digester.digests(), sizeBytes: this.#sizeBytes + bytes.length }
  }

  #put(markup: string): void {
    this.#pending += markup
    if (this.#pending.length >= CHUNK_CHARACTERS) this.#flush()
  }

  #flush(): void {
    for (let at = 0; at < this.#pending.length; ) {
      const end = pieceEnd(this.#pending, at, CHUNK_CHARACTERS)
      const { written } = this.#encoder.encodeInto(this.#pending.slice(at, end), this.#buffer)
      const bytes = this.#buffer.subarray(0, written)
      this.#digester.write(bytes)
      this.#sink.write(bytes)
      this.#sizeBytes += written
      at = end
    }
    this.#pending = ''
  }
}

// Attribute lists stand in order in the source; the comparison keeps a slip from becoming a wrong digest.
function startTag(name: string, attributes: Attributes): string {
  let tag = `<${name}`
  let previous = ''
  for (const key in attributes) {
    if (key < previous) return startTag(name, inOrder(attributes))
    previous = key
    const value = attributes[key]
    if (value === undefined) continue
    tag += ` ${key}="${typeof value === 'number' ? value : escapeAttribute(legalText(value))}"`
  }
  return `${tag}>`
}

// Code point order; names are ASCII.
function inOrder(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).sort(([left], [right]) => (left < right ? -1 : 1)))
}

// The end of a piece of at most `size` code units that splits no surrogate pair.
function pieceEnd(text: string, start: number, size: number): number {
  const end = start + size
  if (end >= text.length) return text.length
  const last = text.charCodeAt(end - 1)
  return last >= 0xd800 && last <= 0xdbff ? end - 1 : end
}
