/**
 * Writes the canonical form of a document with other texts in place of some of its texts.
 *
 * Elements, the names of attributes and namespaces stay as they are. What is not replaced is copied from the source.
 *
 * @module
 */
import { Canonicalizer, INCLUSIVE } from './canonical.js'
import { decodeLiteral, decodeText, escapeText, escapeValue } from './characters.js'
import type { ReportSink } from './digest.js'
import type { Name } from './names.js'
import type { Attribute, StartTag } from './scan.js'
import { legalText } from './text.js'

/** Decides what is written instead of the texts of a document. */
export interface Replacements {
  /** Returns the values of a tag that are replaced; the others stay. The tag is valid only during the call. */
  values(tag: StartTag): ReadonlyMap<Attribute, string>
  /**
   * Returns the replacement for the character data between two tags, the same text if it stays. Comments and CDATA sections
   * do not divide a text.
   */
  text(text: string): string
}

/** A part of the character data between two tags. */
interface TextPart {
  readonly start: number
  readonly end: number
  readonly canonical: boolean
  readonly isLiteral: boolean
}

// What XML does not allow (XML 1.0 §2.2); a part of a pair of surrogates may remain when the other part is replaced.
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/u

const QUOTE = Buffer.from('"')
const BLANK_BYTES: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d, 0x20])

/** Writes inclusive canonical XML without comments. Call `finish` at the end. */
export class RewritingCanonicalizer extends Canonicalizer {
  readonly #replacements: Replacements
  #parts: TextPart[] = []
  #values: ReadonlyMap<Attribute, string> = new Map()

  constructor(bytes: Uint8Array, sink: ReportSink, replacements: Replacements) {
    super(bytes, sink, INCLUSIVE)
    this.#replacements = replacements
  }

  override startTag(tag: StartTag): void {
    this.#writeText()
    this.#values = this.#replacements.values(tag)
    super.startTag(tag)
  }

  override endTag(name: Name, start: number, end: number, canonical: boolean): void {
    this.#writeText()
    super.endTag(name, start, end, canonical)
  }

  override text(start: number, end: number, canonical: boolean): void {
    this.#parts.push({ start, end, canonical, isLiteral: false })
  }

  override cdata(start: number, end: number): void {
    this.#parts.push({ start, end, canonical: false, isLiteral: true })
  }

  /**
   * Writes canonical text where the document is: after what has arrived, character data too.
   *
   * @param text elements in no namespace
   */
  insert(text: string): void {
    this.#writeText()
    this.writer.write(Buffer.from(text))
  }

  protected override isInOrder(tag: StartTag): boolean {
    // A tag whose values are replaced is not copied.
    return this.#values.size === 0 && super.isInOrder(tag)
  }

  protected override copyValue(attribute: Attribute): void {
    const value = this.#values.get(attribute)
    if (value === undefined) {
      super.copyValue(attribute)
      return
    }
    this.writer.write(QUOTE)
    this.writer.write(Buffer.from(escapeValue(legal(value))))
    this.writer.write(QUOTE)
  }

  #writeText(): void {
    const parts = this.#parts
    if (parts.length === 0) return
    this.#parts = []
    if (!parts.every(({ start, end }) => this.#isBlank(start, end))) {
      const text = parts.map((part) => this.#decode(part)).join('')
      const replaced = this.#replacements.text(text)
      if (replaced !== text) {
        this.writer.write(Buffer.from(escapeText(legal(replaced))))
        return
      }
    }
    for (const { start, end, canonical, isLiteral } of parts) {
      if (isLiteral) super.cdata(start, end)
      else super.text(start, end, canonical)
    }
  }

  #decode({ start, end, isLiteral }: TextPart): string {
    return isLiteral ? decodeLiteral(this.bytes, start, end) : decodeText(this.bytes, start, end)
  }

  // Most texts of a report are the white space between its elements.
  #isBlank(start: number, end: number): boolean {
    for (let at = start; at < end; at++) if (!BLANK_BYTES.has(this.bytes[at] ?? 0)) return false
    return true
  }
}

// The texts of a document are legal; what replaces a part of them may not be.
function legal(text: string): string {
  return NOT_XML.test(text) ? legalText(text) : text
}
