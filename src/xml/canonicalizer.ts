/**
 * A visitor that writes the canonical form of what it is told.
 *
 * @module
 */

import { compareBytes, utf8 } from './bytes.js'
import { eachLiteralPiece, eachTextPiece, eachValuePiece, type PieceHandler } from './characters.js'
import type { ReportSink } from './digest.js'
import { escapeValue, TEXT_FORMS, VALUE_FORMS } from './escape.js'
import { type Attribute, type StartTag, type XmlVisitor, xmlError } from './events.js'
import type { Name } from './names.js'
import { NamespaceScope, XML_NAMESPACE } from './namespaces.js'
import { SpanWriter } from './span-writer.js'

/** Which canonical form. */
export interface CanonicalForm {
  /** Only the namespaces that an element visibly uses, instead of all that are in scope. */
  readonly exclusive: boolean
  /** Prefixes that the exclusive form treats as the inclusive one does; `''` is the default namespace. */
  readonly inclusivePrefixes?: ReadonlySet<string>
  /** For an element inside a document: what it inherits. */
  readonly inherited?: Inherited
}

/** What surrounds an element whose canonical form is wanted by itself. */
export interface Inherited {
  /** Namespaces by prefix. */
  readonly namespaces: ReadonlyMap<string, string>
  /** Values of `xml:…` attributes by local name, which the inclusive form imports unless the element has its own. */
  readonly xmlAttributes: ReadonlyMap<string, string>
}

/**
 * How much longer than its source a canonical form may be: escapes make six bytes of one, and the exclusive form repeats
 * declarations, which a hostile document could multiply without end.
 */
const MAX_GROWTH = 4
const GROWTH_ALLOWANCE_BYTES = 64 * 1024

const GREATER_THAN = Buffer.from('>')
const END = Buffer.from('</')
const QUOTE = Buffer.from('"')
const ASSIGN = Buffer.from('="')
const BLANK = Buffer.from(' ')

/** Canonical XML without comments; `finish` must be called at the end. */
export class Canonicalizer implements XmlVisitor {
  /** Whether a namespace was declared: without any, all the canonical forms are one. */
  namespaced = false
  private readonly bytes: Uint8Array
  private readonly form: CanonicalForm
  private readonly writer: SpanWriter
  private readonly maxBytes: number
  /** What the exclusive form has written in the elements that are open. */
  private readonly rendered = new NamespaceScope()
  private readonly textPieces: PieceHandler
  private readonly valuePieces: PieceHandler
  private depth = 0

  constructor(bytes: Uint8Array, sink: ReportSink, form: CanonicalForm) {
    this.bytes = bytes
    this.form = form
    this.writer = new SpanWriter(bytes, sink)
    this.maxBytes = bytes.length * MAX_GROWTH + GROWTH_ALLOWANCE_BYTES
    this.textPieces = pieceWriter(this.writer, TEXT_FORMS)
    this.valuePieces = pieceWriter(this.writer, VALUE_FORMS)
  }

  /** Hands the rest to the sink. */
  finish(): void {
    this.writer.finish()
  }

  startTag(tag: StartTag): void {
    const { writer } = this
    if (tag.declarations.length > 0) this.namespaced = true
    if (this.form.exclusive) this.rendered.enter()
    if (!this.isCanonical(tag)) this.rewrite(tag)
    else if (!tag.selfClosing && tag.end === tag.bodyEnd + 1) writer.copy(tag.start, tag.end)
    else {
      writer.copy(tag.start, tag.bodyEnd)
      writer.write(GREATER_THAN)
    }
    this.depth++
    if (writer.sizeBytes > this.maxBytes) throw xmlError(this.bytes, tag.start, 'canonical-too-large')
  }

  endTag(name: Name, start: number, end: number, canonical: boolean): void {
    const { writer } = this
    this.depth--
    if (this.form.exclusive) this.rendered.leave()
    if (canonical) {
      writer.copy(start, end)
      return
    }
    writer.write(END)
    writer.write(name.bytes)
    writer.write(GREATER_THAN)
  }

  text(start: number, end: number, canonical: boolean): void {
    if (canonical) this.writer.copy(start, end)
    else eachTextPiece(this.bytes, start, end, this.textPieces)
  }

  cdata(start: number, end: number): void {
    eachLiteralPiece(this.bytes, start, end, this.textPieces)
  }

  comment(): void {}

  instruction(start: number, end: number): void {
    if (this.depth === 0) return
    const [, target = '', data = ''] = /^([^\t\n\r ]*)[\t\n\r ]*([\s\S]*)$/.exec(utf8(this.bytes, start, end)) ?? []
    const text = data.replace(/\r\n?/g, '\n')
    this.writer.write(Buffer.from(text === '' ? `<?${target}?>` : `<?${target} ${text}?>`))
  }

  private isCanonical(tag: StartTag): boolean {
    if (!tag.canonical || tag.prefixedAttributes || tag.declarations.length > 0) return false
    if (this.depth === 0 && this.form.inherited !== undefined) return false
    if (this.form.exclusive && (this.rendered.lookup(tag.name.prefix) ?? '') !== tag.uri) return false
    for (let i = 1; i < tag.attributeCount; i++) {
      const before = tag.attributes[i - 1]
      const after = tag.attributes[i]
      if (before !== undefined && after !== undefined && compareBytes(before.name.bytes, after.name.bytes) > 0)
        return false
    }
    return true
  }

  private rewrite(tag: StartTag): void {
    const { writer } = this
    writer.copy(tag.start, tag.start + 1 + tag.name.bytes.length)
    if (this.form.exclusive) this.writeNamespaces(this.usedNamespaces(tag))
    else if (this.depth === 0 && this.form.inherited !== undefined) this.writeNamespaces(this.namespacesInScope(tag))
    else this.copyDeclarations(tag)
    const own = tag.attributes.slice(0, tag.attributeCount).filter(({ name }) => !name.declares)
    for (const attribute of own.sort(compareAttributes)) this.copyAttribute(attribute)
    this.writeImported(own)
    writer.write(GREATER_THAN)
  }

  // Canonical XML 1.1 §2.3: what is declared here and does not merely repeat what holds outside.
  private copyDeclarations(tag: StartTag): void {
    tag.declarations
      .filter(({ prefix, uri, outer }) => prefix !== 'xml' && uri !== (outer ?? ''))
      .sort((a, b) => compareText(a.prefix, b.prefix))
      .forEach(({ attribute }) => {
        this.copyAttribute(attribute)
      })
  }

  // The first element of a fragment has nothing above it in the output, so it shows all that holds.
  private namespacesInScope(tag: StartTag): ReadonlyMap<string, string> {
    const shown = new Map(this.form.inherited?.namespaces)
    for (const { prefix, uri } of tag.declarations) {
      if (uri === '') shown.delete(prefix)
      else if (prefix !== 'xml') shown.set(prefix, uri)
    }
    return shown
  }

  // Exclusive XML Canonicalization 1.0 §3: what the tag uses and no open element of the output has already declared.
  private usedNamespaces(tag: StartTag): ReadonlyMap<string, string> {
    const used = new Map([[tag.name.prefix, tag.uri]])
    for (let i = 0; i < tag.attributeCount; i++) {
      const attribute = tag.attributes[i]
      if (attribute !== undefined && attribute.uri !== '' && !attribute.name.declares) {
        used.set(attribute.name.prefix, attribute.uri)
      }
    }
    const listed = this.form.inclusivePrefixes
    if (listed !== undefined) {
      const inherited = this.depth === 0 ? (this.form.inherited?.namespaces ?? []) : []
      for (const [prefix, uri] of inherited) if (listed.has(prefix) && !used.has(prefix)) used.set(prefix, uri)
      for (const { prefix, uri } of tag.declarations) if (listed.has(prefix)) used.set(prefix, uri)
    }
    for (const [prefix, uri] of used) {
      if (prefix === 'xml' || (this.rendered.lookup(prefix) ?? '') === uri) used.delete(prefix)
      else this.rendered.declare(prefix, uri)
    }
    return used
  }

  // Canonical XML 1.1 §2.4. They sort among the attributes that have a namespace, and an element that needs them has none.
  private writeImported(own: readonly Attribute[]): void {
    const imported = this.depth === 0 && !this.form.exclusive ? (this.form.inherited?.xmlAttributes ?? []) : []
    const present = new Set(own.filter(({ uri }) => uri === XML_NAMESPACE).map(({ name }) => name.local))
    for (const [local, value] of [...imported].sort(([a], [b]) => compareText(a, b))) {
      if (!present.has(local)) this.writeAttribute(`xml:${local}`, value)
    }
  }

  private writeNamespaces(namespaces: ReadonlyMap<string, string>): void {
    for (const [prefix, uri] of [...namespaces].sort(([a], [b]) => compareText(a, b))) {
      this.writeAttribute(prefix === '' ? 'xmlns' : `xmlns:${prefix}`, uri)
    }
  }

  private copyAttribute({ name, canonical, valueStart, valueEnd }: Attribute): void {
    const { writer } = this
    writer.write(BLANK)
    writer.write(name.bytes)
    writer.write(ASSIGN)
    if (canonical) writer.copy(valueStart, valueEnd)
    else eachValuePiece(this.bytes, valueStart, valueEnd, this.valuePieces)
    writer.write(QUOTE)
  }

  private writeAttribute(name: string, value: string): void {
    this.writer.write(Buffer.from(` ${name}="${escapeValue(value)}"`))
  }
}

function pieceWriter(writer: SpanWriter, forms: readonly Uint8Array[]): PieceHandler {
  return {
    run: (start, end) => writer.copy(start, end),
    character: (code) => writer.write(forms[code] ?? Buffer.from(String.fromCodePoint(code))),
  }
}

// Attributes without a namespace come first, then by namespace, then by local name; all in code point order.
function compareAttributes(a: Attribute, b: Attribute): number {
  if (a.uri === '' && b.uri === '') return compareBytes(a.name.bytes, b.name.bytes)
  return compareText(a.uri, b.uri) || compareText(a.name.local, b.name.local)
}

function compareText(a: string, b: string): number {
  const size = Math.min(a.length, b.length)
  for (let i = 0; i < size; i++) {
    const difference = codePointRank(a.charCodeAt(i)) - codePointRank(b.charCodeAt(i))
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

// Surrogates stand for characters beyond those of U+E000 to U+FFFF, and have lower numbers.
function codePointRank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}
