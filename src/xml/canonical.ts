/**
 * Writes the canonical form of a document as a stream: Canonical XML 1.0 and 1.1 (which agree on whole documents) and
 * Exclusive XML Canonicalization 1.0, all without comments.
 *
 * Only the root element is canonicalized, not the XML declaration, nor anything else outside the root.
 *
 * @module
 */
import {
  compareBytes,
  eachLiteralPiece,
  eachTextPiece,
  eachValuePiece,
  escapeValue,
  type PieceHandler,
  TEXT_FORMS,
  utf8,
  VALUE_FORMS,
} from './characters.js'
import { createDigester, type ReportSink } from './digest.js'
import { DSIG_NAMESPACE, type Name, NamespaceScope, XML_NAMESPACE } from './names.js'
import {
  type Attribute,
  requireBytes,
  type StartTag,
  scanXml,
  type XmlLimits,
  type XmlVisitor,
  xmlError,
} from './scan.js'
import { SpanWriter } from './span-writer.js'

/** A canonical form. */
export interface CanonicalForm {
  /** Writes only the namespaces that an element visibly uses, instead of all that are in scope. */
  readonly exclusive: boolean
  /** Prefixes that the exclusive form treats like the inclusive form; `''` is the default namespace. */
  readonly inclusivePrefixes?: ReadonlySet<string> | undefined
  /** What an element inside a document inherits from its ancestors. */
  readonly inherited?: Inherited | undefined
}

/** What an element inherits from its ancestors when it is canonicalized alone. */
export interface Inherited {
  /** Namespaces by prefix. */
  readonly namespaces: ReadonlyMap<string, string>
  /** Values of `xml:…` attributes by local name, which the inclusive form imports unless the element has its own. */
  readonly xmlAttributes: ReadonlyMap<string, string>
}

/** Options of `canonicalizeReport`. */
export interface CanonicalizeOptions {
  readonly limits?: Partial<XmlLimits> | undefined
  /** Receives the events that are canonicalized, in the same scan. */
  readonly visitor?: XmlVisitor | undefined
}

/** Inclusive Canonical XML; content hashes are digests of this form. */
export const INCLUSIVE: CanonicalForm = { exclusive: false }

/**
 * How many times longer than its source a canonical form may be. Escapes turn one byte into six, and the exclusive form
 * repeats declarations, which a hostile document could multiply without limit.
 */
const MAX_GROWTH = 4
const GROWTH_ALLOWANCE_BYTES = 64 * 1024

const GREATER_THAN = Buffer.from('>')
const END = Buffer.from('</')
const QUOTE = Buffer.from('"')
const ASSIGN = Buffer.from('=')
const BLANK = Buffer.from(' ')
const SPACE_BYTE = 0x20
const QUOTE_BYTE = 0x22

/**
 * Computes the identity of a report: SHA-256 of the inclusive canonical form of its root, without the signature.
 *
 * @returns lower-case hex
 * @throws {JuxError} `XML_PARSE_ERROR`
 */
export function contentHash(bytes: Uint8Array, limits: Partial<XmlLimits> = {}): string {
  const digester = createDigester(['sha256'])
  canonicalizeReport(bytes, digester, INCLUSIVE, { limits })
  return Buffer.from(digester.digests().get('sha256') ?? []).toString('hex')
}

/**
 * Writes the canonical form of a report's root, without any `ds:Signature` among the root's children.
 *
 * @throws {JuxError} `XML_PARSE_ERROR`
 */
export function canonicalizeReport(
  bytes: Uint8Array,
  sink: ReportSink,
  form: CanonicalForm = INCLUSIVE,
  { limits, visitor }: CanonicalizeOptions = {},
): void {
  const canonicalizer = new Canonicalizer(bytes, sink, form)
  const report = visitor === undefined ? canonicalizer : new VisitorPair(canonicalizer, visitor)
  scanXml(bytes, new EnvelopedFilter(report), { limits })
  canonicalizer.finish()
}

/**
 * Writes the canonical form of one element of a document.
 *
 * @param bytes the element alone, from its `<` to its last `>`
 * @throws {JuxError} `XML_PARSE_ERROR`
 */
export function canonicalizeElement(bytes: Uint8Array, sink: ReportSink, form: CanonicalForm): void {
  const canonicalizer = new Canonicalizer(bytes, sink, form)
  scanXml(bytes, canonicalizer, { inherited: form.inherited?.namespaces })
  canonicalizer.finish()
}

/**
 * Applies the enveloped-signature transform (XML Signature 1.1 §6.6.4) to the events of a scan: a `ds:Signature` among the
 * root's children is not part of the report, so its events go to a separate visitor.
 */
export class EnvelopedFilter implements XmlVisitor {
  private readonly report: XmlVisitor
  private readonly signature: XmlVisitor | undefined
  /** Number of open elements. */
  protected depth = 0
  /** Whether the current event is inside a signature. */
  protected inside = false

  /**
   * @param report receives the document without its signatures, and comments and processing instructions if it has
   *   methods for them
   * @param signature receives the signatures; without it they are dropped
   */
  constructor(report: XmlVisitor, signature?: XmlVisitor) {
    this.report = report
    this.signature = signature
  }

  startTag(tag: StartTag): void {
    if (this.depth === 1 && tag.name.local === 'Signature' && tag.uri === DSIG_NAMESPACE) this.inside = true
    this.depth++
    this.target()?.startTag(tag)
  }

  endTag(name: Name, start: number, end: number, canonical: boolean): void {
    this.target()?.endTag(name, start, end, canonical)
    this.depth--
    if (this.depth === 1) this.inside = false
  }

  text(start: number, end: number, canonical: boolean): void {
    this.target()?.text(start, end, canonical)
  }

  cdata(start: number, end: number): void {
    this.target()?.cdata(start, end)
  }

  comment(start: number, end: number): void {
    this.target()?.comment?.(start, end)
  }

  instruction(start: number, end: number): void {
    this.target()?.instruction?.(start, end)
  }

  private target(): XmlVisitor | undefined {
    return this.inside ? this.signature : this.report
  }
}

/** Passes every event to two visitors. */
export class VisitorPair implements XmlVisitor {
  private readonly first: XmlVisitor
  private readonly second: XmlVisitor

  constructor(first: XmlVisitor, second: XmlVisitor) {
    this.first = first
    this.second = second
  }

  startTag(tag: StartTag): void {
    this.first.startTag(tag)
    this.second.startTag(tag)
  }

  endTag(name: Name, start: number, end: number, canonical: boolean): void {
    this.first.endTag(name, start, end, canonical)
    this.second.endTag(name, start, end, canonical)
  }

  text(start: number, end: number, canonical: boolean): void {
    this.first.text(start, end, canonical)
    this.second.text(start, end, canonical)
  }

  cdata(start: number, end: number): void {
    this.first.cdata(start, end)
    this.second.cdata(start, end)
  }

  comment(start: number, end: number): void {
    this.first.comment?.(start, end)
    this.second.comment?.(start, end)
  }

  instruction(start: number, end: number): void {
    this.first.instruction?.(start, end)
    this.second.instruction?.(start, end)
  }
}

/** Writes canonical XML without comments. Call `finish` at the end. */
export class Canonicalizer implements XmlVisitor {
  /** Whether a namespace was declared. In a document without declarations, all canonical forms are the same. */
  namespaced = false
  /** Most bytes that the canonical form may have. */
  readonly maxBytes: number
  protected readonly bytes: Uint8Array
  protected readonly writer: SpanWriter
  private readonly form: CanonicalForm
  /** Declarations that the exclusive form has written in the open elements. */
  private readonly rendered = new NamespaceScope()
  private readonly textPieces: PieceHandler
  private readonly valuePieces: PieceHandler
  private depth = 0

  constructor(bytes: Uint8Array, sink: ReportSink, form: CanonicalForm) {
    requireBytes(bytes)
    this.bytes = bytes
    this.form = form
    this.writer = new SpanWriter(bytes, sink)
    this.maxBytes = bytes.length * MAX_GROWTH + GROWTH_ALLOWANCE_BYTES
    this.textPieces = pieceWriter(this.writer, TEXT_FORMS)
    this.valuePieces = pieceWriter(this.writer, VALUE_FORMS)
  }

  /** Bytes of the canonical form so far. */
  get sizeBytes(): number {
    return this.writer.sizeBytes
  }

  /** Writes the buffered bytes to the sink. */
  finish(): void {
    this.writer.finish()
  }

  startTag(tag: StartTag): void {
    const { writer } = this
    if (tag.declarations.length > 0) this.namespaced = true
    if (this.form.exclusive) this.rendered.enter()
    if (!this.isInOrder(tag)) this.rewrite(tag)
    else {
      if (tag.canonical) writer.copy(tag.start, tag.bodyEnd)
      else this.copyTag(tag)
      if (!tag.selfClosing && tag.end === tag.bodyEnd + 1) writer.copy(tag.bodyEnd, tag.end)
      else writer.write(GREATER_THAN)
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

  // Whether the canonical form has the same attributes in the same order, and no declarations.
  protected isInOrder(tag: StartTag): boolean {
    if (tag.prefixedAttributes || tag.declarations.length > 0) return false
    if (this.depth === 0 && this.form.inherited !== undefined) return false
    if (this.form.exclusive && (this.rendered.lookup(tag.name.prefix) ?? '') !== tag.uri) return false
    for (let i = 1; i < tag.attributeCount; i++) {
      const before = tag.attributes[i - 1]?.name
      const name = tag.attributes[i]?.name
      if (before === undefined || name === undefined || name.after === before) continue
      if (compareBytes(before.bytes, name.bytes) > 0) return false
      name.after = before
    }
    return true
  }

  // Copies a tag up to its last attribute, as it is wherever it is canonical.
  private copyTag({ start, name, attributes, attributeCount }: StartTag): void {
    const { bytes, writer } = this
    let at = start + 1 + name.bytes.length
    writer.copy(start, at)
    for (let i = 0; i < attributeCount; i++) {
      const attribute = attributes[i]
      if (attribute === undefined) continue
      const assign = attribute.start + attribute.name.bytes.length
      const isTight = attribute.start === at + 1 && bytes[at] === SPACE_BYTE && attribute.valueStart === assign + 2
      if (!isTight) this.copyAttribute(attribute)
      else if (attribute.canonical && bytes[assign + 1] === QUOTE_BYTE) writer.copy(at, attribute.valueEnd + 1)
      else {
        writer.copy(at, assign + 1)
        this.copyValue(attribute)
      }
      at = attribute.valueEnd + 1
    }
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

  // Canonical XML 1.1 §2.3: the declarations of the tag, except those that repeat one that is already in scope.
  private copyDeclarations(tag: StartTag): void {
    tag.declarations
      .filter(({ prefix, uri, outer }) => prefix !== 'xml' && uri !== (outer ?? ''))
      .sort((a, b) => compareText(a.prefix, b.prefix))
      .forEach(({ attribute }) => {
        this.copyAttribute(attribute)
      })
  }

  // The first element of a fragment has no ancestor in the output, so it declares all namespaces in scope.
  private namespacesInScope(tag: StartTag): ReadonlyMap<string, string> {
    const shown = new Map(this.form.inherited?.namespaces)
    for (const { prefix, uri } of tag.declarations) {
      if (uri === '') shown.delete(prefix)
      else if (prefix !== 'xml') shown.set(prefix, uri)
    }
    return shown
  }

  // Exclusive XML Canonicalization 1.0 §3: the namespaces that the tag uses, except those that an open element of the
  // output has already declared.
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

  // Canonical XML 1.1 §2.4. Imported attributes sort among those with a namespace. The only element that needs them is
  // SignedInfo, which has no such attribute, so they come last.
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

  private copyAttribute(attribute: Attribute): void {
    const { writer } = this
    writer.write(BLANK)
    writer.write(attribute.name.bytes)
    writer.write(ASSIGN)
    this.copyValue(attribute)
  }

  // Writes the value between its quotes.
  protected copyValue({ canonical, valueStart, valueEnd }: Attribute): void {
    const { writer } = this
    writer.write(QUOTE)
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

// Attributes without a namespace come first. The others are sorted by namespace, then by local name, in code point order.
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

// Surrogates have lower numbers than U+E000 to U+FFFF, but encode characters that come after them.
function codePointRank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}
