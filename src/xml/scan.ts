/**
 * A strict scanner of XML 1.0 documents with namespaces. It takes linear time and builds no tree.
 *
 * It accepts UTF-8 documents that are well-formed and namespace-well-formed, with or without a byte order mark and an XML
 * declaration, with any line ends. It refuses document type declarations. Input is untrusted: limits apply to everything
 * that a hostile file could multiply.
 *
 * Offsets are bytes from the start of the scanned bytes. The scanner reuses the objects that it passes to a visitor.
 *
 * @module
 */
import { isUtf8 } from 'node:buffer'
import { channel } from 'node:diagnostics_channel'
import { isUint8Array } from 'node:util/types'
import { JuxError } from '../errors.js'
import { MAX_REPORT_BYTES, withDefaults } from '../limits.js'
import { XML_REASONS, type XmlReason } from '../reasons.js'
import {
  BROKEN_REFERENCE,
  CR,
  decodeValue,
  ILLEGAL,
  isCanonicalTextReference,
  isCanonicalValueReference,
  isNonCharacter,
  LF,
  MARKUP,
  MAYBE_ILLEGAL,
  PLAIN,
  QUOTE,
  REFERENCE,
  type Reference,
  readReference,
  SPACE,
  startsWith,
  TAB,
  TEXT_CLASS,
  UNKNOWN_ENTITY,
  utf8,
  utf8Length,
  VALUE_CLASS,
} from './characters.js'
import { declarationProblem, type Name, NamespaceScope, NameTable, XMLNS_NAMESPACE } from './names.js'
import { PlainWords } from './plain-words.js'

export { decodeLiteral, decodeText, decodeValue } from './characters.js'

/** One attribute of the current tag, or a namespace declaration. */
export interface Attribute {
  name: Name
  /** Namespace of a prefixed name; `''` for a plain one. */
  uri: string
  /** Offset of the name. */
  start: number
  /** The value as written, without its quotes; see `decodeValue`. */
  valueStart: number
  valueEnd: number
  /** Whether the value is written in canonical form, apart from its quotes. */
  canonical: boolean
}

/** A namespace declaration of the current tag. */
export interface Declaration {
  readonly prefix: string
  /** `''` where a default namespace is undeclared. */
  readonly uri: string
  /** Namespace of the prefix outside this element. */
  readonly outer: string | undefined
  readonly attribute: Attribute
}

/** A start tag, or an empty-element tag. */
export interface StartTag {
  name: Name
  /** Namespace of the element, `''` for none. */
  uri: string
  start: number
  end: number
  /** Offset after the last attribute, or after the name when there is none. */
  bodyEnd: number
  selfClosing: boolean
  /**
   * Whether blanks, quotes and values up to `bodyEnd` are in canonical form. The order of the attributes and the namespaces
   * may still differ from it.
   */
  canonical: boolean
  /** The first `attributeCount` of these belong to this tag. */
  readonly attributes: readonly Attribute[]
  attributeCount: number
  declarations: readonly Declaration[]
  /** Whether any attribute that is not a declaration has a prefix. */
  prefixedAttributes: boolean
}

/** Receives a document in order. A visitor without a method for comments or processing instructions refuses them. */
export interface XmlVisitor {
  startTag(tag: StartTag): void
  /** @param canonical whether there is an end tag, written without blanks */
  endTag(name: Name, start: number, end: number, canonical: boolean): void
  /**
   * Character data inside the root element.
   *
   * @param canonical whether it is written in canonical form
   */
  text(start: number, end: number, canonical: boolean): void
  /** Content of a CDATA section: literal text whose line ends are not normalized yet. */
  cdata(start: number, end: number): void
  /** Content of a comment. */
  comment?(start: number, end: number): void
  /** Content of a processing instruction: target and data. */
  instruction?(start: number, end: number): void
}

/** Limits of the scanner. */
export interface XmlLimits {
  /** Bytes of the whole document. */
  readonly maxBytes: number
  readonly maxDepth: number
  /** Attributes of one element, declarations included. */
  readonly maxAttributes: number
  /** Bytes of one name. */
  readonly maxNameBytes: number
  /** Different names in one document. */
  readonly maxNames: number
  /** Bytes of one namespace name. */
  readonly maxNamespaceBytes: number
}

/** All limits are far above what reports need. */
export const DEFAULT_LIMITS: XmlLimits = {
  maxBytes: MAX_REPORT_BYTES,
  maxDepth: 64,
  maxAttributes: 256,
  maxNameBytes: 1024,
  maxNames: 4096,
  maxNamespaceBytes: 1024,
}

/** Options of `scanXml`. */
export interface ScanOptions {
  readonly limits?: Partial<XmlLimits> | undefined
  /** Namespaces by prefix that are in scope around a fragment. */
  readonly inherited?: ReadonlyMap<string, string> | undefined
}

const BLANK = 0x20
const BANG = 0x21
const DOUBLE_QUOTE = 0x22
const SINGLE_QUOTE = 0x27
const SLASH = 0x2f
const LESS_THAN = 0x3c
const EQUALS = 0x3d
const GREATER_THAN = 0x3e
const QUESTION = 0x3f
const BRACKET = 0x5d

/** Publishes the size of every scanned document, so that tests can count the scans. */
const SCANS = channel('jux-reporter:scan')

const BYTE_ORDER_MARK = Uint8Array.of(0xef, 0xbb, 0xbf)
const COMMENT = Buffer.from('<!--')
const CDATA = Buffer.from('<![CDATA[')
const DOCTYPE = Buffer.from('<!DOCTYPE')
const XML_DECLARATION = Buffer.from('<?xml')

/**
 * Scans a whole document and passes its parts to `visitor`.
 *
 * @param bytes the document as received; must not change during the scan
 * @throws {JuxError} `XML_PARSE_ERROR` with an `XmlReason` at the first error; also everything that the visitor throws
 */
export function scanXml(bytes: Uint8Array, visitor: XmlVisitor, options: ScanOptions = {}): void {
  if (SCANS.hasSubscribers) SCANS.publish({ sizeBytes: bytes.length })
  new Scanner(bytes, visitor, options).document()
}

/**
 * Refuses what is not bytes, for callers without a type checker: a text has lost the bytes that were signed.
 *
 * @throws {JuxError} `INVALID_ARGUMENT`
 */
export function requireBytes(bytes: Uint8Array): void {
  // Not `instanceof`: tests of a caller may run in another realm.
  if (isUint8Array(bytes)) return
  throw new JuxError('INVALID_ARGUMENT', {
    message: `a report must be bytes (a Uint8Array or Buffer), not a value of type ${typeof bytes}`,
    suggestions: ['readFileSync(path), without an encoding', 'Buffer.from(text)'],
  })
}

/** Creates an `XML_PARSE_ERROR` with its place: line and column from 1 (columns in bytes), byte from 0. */
export function xmlError(bytes: Uint8Array, at: number, reason: XmlReason): JuxError {
  const before = bytes.subarray(0, at)
  let line = 1
  for (const byte of before) if (byte === 0x0a) line++
  const column = at - before.lastIndexOf(0x0a)
  return new JuxError('XML_PARSE_ERROR', {
    message: `${notXml(before, bytes[at], reason) ?? XML_REASONS[reason]} (line ${line}, column ${column}, byte ${at})`,
    reason,
  })
}

// The document begins with something else than a tag: probably the wrong file was given.
function notXml(before: Uint8Array, first: number | undefined, reason: XmlReason): string | undefined {
  if (reason !== 'content-outside-root' || first === LESS_THAN || before.includes(LESS_THAN)) return undefined
  if (first === 0x7b || first === 0x5b) return 'the document is not XML: it looks like JSON'
  return 'the document is not XML: it does not begin with a tag'
}

class Scanner {
  private readonly bytes: Uint8Array
  /** The same bytes, with the searches of Buffer. */
  private readonly view: Buffer
  private readonly words: PlainWords
  private readonly visitor: XmlVisitor
  private readonly limits: XmlLimits
  private readonly scope: NamespaceScope
  private readonly tags: TagReader
  private readonly open: Name[] = []
  private readonly reference: Reference = { code: 0, length: 0 }
  private at = 0

  constructor(bytes: Uint8Array, visitor: XmlVisitor, options: ScanOptions) {
    this.bytes = bytes
    this.view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.visitor = visitor
    this.limits = withDefaults(DEFAULT_LIMITS, options.limits)
    this.scope = new NamespaceScope(options.inherited)
    this.words = new PlainWords(bytes)
    this.tags = new TagReader(bytes, this.words, this.scope, this.limits)
  }

  document(): void {
    this.checkEncoding()
    if (startsWith(this.bytes, 0, BYTE_ORDER_MARK)) this.at = BYTE_ORDER_MARK.length
    this.declaration()
    this.outside()
    if (this.at >= this.bytes.length) throw this.error(this.at, 'no-root')
    this.startTag()
    while (this.open.length > 0) {
      if (this.at >= this.bytes.length) throw this.error(this.at, 'unclosed')
      if (this.bytes[this.at] === LESS_THAN) this.markup()
      else this.text()
    }
    this.outside()
    if (this.at < this.bytes.length) throw this.error(this.at, 'content-outside-root')
  }

  private checkEncoding(): void {
    const { bytes } = this
    if (bytes.length > this.limits.maxBytes) throw this.error(0, 'too-large')
    if (bytes.length === 0) throw this.error(0, 'empty')
    // Strict: overlong forms, surrogates and code points beyond U+10FFFF are refused.
    if (!isUtf8(bytes)) throw this.error(utf8Length(bytes), 'encoding')
  }

  // XML 1.0 §2.8
  private declaration(): void {
    const { bytes, at } = this
    if (!startsWith(bytes, at, XML_DECLARATION) || !isSpace(bytes[at + XML_DECLARATION.length])) return
    const end = bytes.indexOf(GREATER_THAN, at) + 1
    if (end === 0) throw this.error(bytes.length, 'unclosed')
    const match =
      /^<\?xml\s+version\s*=\s*(["'])1\.0\1(?:\s+encoding\s*=\s*(["'])([A-Za-z][\w.-]*)\2)?(?:\s+standalone\s*=\s*(["'])(?:yes|no)\4)?\s*\?>$/.exec(
        utf8(bytes, at, Math.min(end, at + 256)),
      )
    if (match === null) throw this.error(at, 'xml-declaration')
    if (match[3] !== undefined && !/^utf-?8$/i.test(match[3])) throw this.error(at, 'encoding')
    this.at = end
  }

  // Misc* of XML 1.0 §2.8: stops at the root or at the end; refuses any other content.
  private outside(): void {
    for (;;) {
      this.at = this.tags.skipSpace(this.at)
      if (this.at >= this.bytes.length) return
      if (this.bytes[this.at] !== LESS_THAN) throw this.error(this.at, 'content-outside-root')
      const next = this.bytes[this.at + 1]
      if (next === QUESTION) this.instruction()
      else if (next !== BANG) return
      else if (startsWith(this.bytes, this.at, COMMENT)) this.comment()
      else throw this.error(this.at, startsWith(this.bytes, this.at, DOCTYPE) ? 'doctype' : 'content-outside-root')
    }
  }

  private markup(): void {
    const { bytes, at } = this
    const next = bytes[at + 1]
    if (next === SLASH) this.endTag()
    else if (next === QUESTION) this.instruction()
    else if (next !== BANG) this.startTag()
    else if (startsWith(bytes, at, CDATA)) this.cdata()
    else if (startsWith(bytes, at, COMMENT)) this.comment()
    else throw this.error(at, startsWith(bytes, at, DOCTYPE) ? 'doctype' : 'markup')
  }

  private startTag(): void {
    if (this.open.length >= this.limits.maxDepth) throw this.error(this.at, 'too-deep')
    const tag = this.tags.read(this.at)
    this.at = tag.end
    this.visitor.startTag(tag)
    if (!tag.selfClosing) {
      this.open.push(tag.name)
      return
    }
    this.scope.leave()
    this.visitor.endTag(tag.name, tag.end, tag.end, false)
  }

  private endTag(): void {
    const { bytes, at: start } = this
    const name = this.open.pop()
    if (name === undefined || !startsWith(bytes, start + 2, name.bytes)) throw this.error(start, 'tag-mismatch')
    const nameEnd = start + 2 + name.bytes.length
    const at = this.tags.skipSpace(nameEnd)
    if (bytes[at] !== GREATER_THAN) throw this.error(start, at < bytes.length ? 'tag-mismatch' : 'unclosed')
    this.at = at + 1
    this.scope.leave()
    this.visitor.endTag(name, start, this.at, at === nameEnd)
  }

  private text(): void {
    const { bytes, words, at: start } = this
    const size = bytes.length
    let canonical = true
    let at = start
    for (; at < size; at++) {
      const kind = TEXT_CLASS[bytes[at] ?? 0]
      if (kind === PLAIN) {
        at = words.skip(at)
        continue
      }
      if (kind === MARKUP) break
      if (kind === REFERENCE) {
        const { code } = readReference(bytes, at, this.reference)
        if (code === UNKNOWN_ENTITY) throw this.error(at, 'entity')
        if (code === BROKEN_REFERENCE) throw this.error(at, 'reference')
        if (canonical) canonical = isCanonicalTextReference(bytes, at, this.reference)
        at += this.reference.length - 1
      } else if (kind === ILLEGAL || (kind === MAYBE_ILLEGAL && isNonCharacter(bytes, at))) {
        throw this.error(at, 'illegal-character')
      } else if (kind !== MAYBE_ILLEGAL) {
        // A raw ">" or carriage return.
        canonical = false
        if (at - 2 >= start && bytes[at] === GREATER_THAN && bytes[at - 1] === BRACKET && bytes[at - 2] === BRACKET) {
          throw this.error(at - 2, 'cdata-end')
        }
      }
    }
    this.at = at
    this.visitor.text(start, at, canonical)
  }

  private cdata(): void {
    const start = this.at + CDATA.length
    const end = this.literal(start, ']]>')
    this.at = end + 3
    this.visitor.cdata(start, end)
  }

  private comment(): void {
    if (this.visitor.comment === undefined) throw this.error(this.at, 'comment')
    const start = this.at + COMMENT.length
    const end = this.literal(start, '--')
    if (this.bytes[end + 2] !== GREATER_THAN) throw this.error(end, 'markup')
    this.at = end + 3
    this.visitor.comment(start, end)
  }

  private instruction(): void {
    if (this.visitor.instruction === undefined) throw this.error(this.at, 'processing-instruction')
    const start = this.at + 2
    const end = this.literal(start, '?>')
    const [target = ''] = utf8(this.bytes, start, Math.min(end, start + this.limits.maxNameBytes)).split(/[\t\n\r ]/, 1)
    if (/^xml$/i.test(target)) throw this.error(this.at, 'xml-declaration')
    if (!/^[\p{L}_][\p{L}\p{M}\p{N}_.-]*$/u.test(target)) throw this.error(start, 'name')
    this.at = end + 2
    this.visitor.instruction(start, end)
  }

  // Offset of the `terminator` after literal content that begins at `start`.
  private literal(start: number, terminator: string): number {
    const { bytes } = this
    const end = this.view.indexOf(terminator, start)
    if (end < 0) throw this.error(start, 'unclosed')
    for (let at = start; at < end; at++) {
      const kind = TEXT_CLASS[bytes[at] ?? 0]
      if (kind === ILLEGAL || (kind === MAYBE_ILLEGAL && isNonCharacter(bytes, at))) {
        throw this.error(at, 'illegal-character')
      }
    }
    return end
  }

  private error(at: number, reason: XmlReason) {
    return xmlError(this.bytes, at, reason)
  }
}

const NO_DECLARATIONS: readonly Declaration[] = []
const NO_NAME: Name = {
  text: '',
  prefix: '',
  local: '',
  bytes: new Uint8Array(0),
  declares: false,
  reserved: false,
  lastTag: 0,
  after: undefined,
}

/** Reads the start tags of one document. */
class TagReader {
  /** The tag read last. */
  readonly tag: StartTag & { attributes: Attribute[] } = {
    name: NO_NAME,
    uri: '',
    start: 0,
    end: 0,
    bodyEnd: 0,
    selfClosing: false,
    canonical: true,
    attributes: [],
    attributeCount: 0,
    declarations: NO_DECLARATIONS,
    prefixedAttributes: false,
  }
  private readonly bytes: Uint8Array
  private readonly words: PlainWords
  private readonly scope: NamespaceScope
  private readonly limits: XmlLimits
  private readonly names: NameTable
  private readonly reference: Reference = { code: 0, length: 0 }
  private serial = 0

  /** @param bytes the document, known to be UTF-8 */
  constructor(bytes: Uint8Array, words: PlainWords, scope: NamespaceScope, limits: XmlLimits) {
    this.bytes = bytes
    this.words = words
    this.scope = scope
    this.limits = limits
    this.names = new NameTable(limits.maxNameBytes, limits.maxNames)
  }

  /** Reads the tag whose `<` is at `start`, and begins its namespace scope. */
  read(start: number): StartTag {
    const { bytes, tag } = this
    tag.name = this.name(start + 1)
    if (tag.name.declares) throw this.error(start + 1, 'name')
    tag.start = start
    tag.canonical = true
    tag.attributeCount = 0
    this.serial++
    let declares = false
    tag.prefixedAttributes = false
    let at = start + 1 + tag.name.bytes.length
    for (;;) {
      const gap = at
      at = this.skipSpace(at)
      const byte = bytes[at]
      if (byte === GREATER_THAN || (byte === SLASH && bytes[at + 1] === GREATER_THAN)) {
        tag.selfClosing = byte === SLASH
        tag.bodyEnd = gap
        break
      }
      if (at === gap) throw this.error(at, byte === undefined ? 'unclosed' : 'attribute')
      if (at !== gap + 1 || bytes[gap] !== BLANK) tag.canonical = false
      const attribute = this.slot(at)
      attribute.start = at
      attribute.name = this.name(at, attribute.name)
      if (attribute.name.reserved) throw this.error(at, 'reserved-attribute')
      if (attribute.name.lastTag === this.serial) throw this.error(at, 'duplicate-attribute')
      attribute.name.lastTag = this.serial
      if (attribute.name.declares) declares = true
      else if (attribute.name.prefix !== '') tag.prefixedAttributes = true
      else attribute.uri = ''
      at = this.value(at + attribute.name.bytes.length, attribute)
    }
    tag.end = tag.selfClosing ? at + 2 : at + 1
    this.scope.enter()
    tag.declarations = declares ? this.declarations() : NO_DECLARATIONS
    if (tag.prefixedAttributes) this.resolveAttributes()
    const uri = this.scope.lookup(tag.name.prefix)
    if (tag.name.prefix !== '' && (uri === undefined || uri === '')) throw this.error(start + 1, 'unbound-prefix')
    tag.uri = uri ?? ''
    return tag
  }

  /** Offset of the first byte from `at` on that is not white space. */
  skipSpace(at: number): number {
    const { bytes } = this
    while (isSpace(bytes[at])) at++
    return at
  }

  private name(at: number, likely = NO_NAME): Name {
    const name = this.names.read(this.bytes, at, likely)
    if (typeof name === 'string') throw this.error(at, at < this.bytes.length ? name : 'unclosed')
    return name
  }

  private slot(at: number): Attribute {
    const { tag } = this
    if (tag.attributeCount >= this.limits.maxAttributes) throw this.error(at, 'too-many-attributes')
    const index = tag.attributeCount++
    const known = tag.attributes[index]
    if (known !== undefined) return known
    const fresh: Attribute = { name: NO_NAME, uri: '', start: 0, valueStart: 0, valueEnd: 0, canonical: true }
    tag.attributes.push(fresh)
    return fresh
  }

  // Reads `="value"` at `at`; returns the offset after it.
  private value(at: number, attribute: Attribute): number {
    const { bytes, words, tag } = this
    const size = bytes.length
    let quote = bytes[at + 1]
    if (bytes[at] === EQUALS && quote === DOUBLE_QUOTE) at++
    else {
      tag.canonical = false
      at = this.skipSpace(at)
      if (bytes[at] !== EQUALS) throw this.error(at, at < size ? 'attribute' : 'unclosed')
      at = this.skipSpace(at + 1)
      quote = bytes[at]
      if (quote !== DOUBLE_QUOTE && quote !== SINGLE_QUOTE) throw this.error(at, at < size ? 'attribute' : 'unclosed')
    }
    attribute.valueStart = ++at
    let canonical = true
    for (; at < size; at++) {
      const byte = bytes[at] ?? 0
      const kind = VALUE_CLASS[byte]
      if (kind === PLAIN) {
        at = words.skip(at)
        continue
      }
      if (kind === QUOTE) {
        if (byte === quote) {
          attribute.valueEnd = at
          attribute.canonical = canonical
          if (!canonical) tag.canonical = false
          return at + 1
        }
        if (byte === DOUBLE_QUOTE) canonical = false
      } else if (kind === REFERENCE) {
        this.checkReference(at)
        if (canonical) canonical = isCanonicalValueReference(bytes, at, this.reference)
        at += this.reference.length - 1
      } else if (kind === SPACE) {
        canonical = false
      } else if (kind === MARKUP) {
        throw this.error(at, 'attribute')
      } else if (kind === ILLEGAL || (kind === MAYBE_ILLEGAL && isNonCharacter(bytes, at))) {
        throw this.error(at, 'illegal-character')
      }
    }
    throw this.error(size, 'unclosed')
  }

  private checkReference(at: number): void {
    const { code } = readReference(this.bytes, at, this.reference)
    if (code === UNKNOWN_ENTITY) throw this.error(at, 'entity')
    if (code === BROKEN_REFERENCE) throw this.error(at, 'reference')
  }

  private declarations(): readonly Declaration[] {
    const { scope } = this
    const found: Declaration[] = []
    for (const attribute of this.tagAttributes()) {
      if (!attribute.name.declares) continue
      const prefix = attribute.name.prefix === '' ? '' : attribute.name.local
      if (attribute.valueEnd - attribute.valueStart > this.limits.maxNamespaceBytes) {
        throw this.error(attribute.valueStart, 'namespace-too-long')
      }
      const uri = decodeValue(this.bytes, attribute.valueStart, attribute.valueEnd)
      const wrong = declarationProblem(prefix, uri)
      if (wrong !== undefined) throw this.error(attribute.valueStart, wrong)
      attribute.uri = XMLNS_NAMESPACE
      found.push({ prefix, uri, outer: scope.lookup(prefix), attribute: { ...attribute } })
    }
    for (const { prefix, uri } of found) scope.declare(prefix, uri)
    return found
  }

  private resolveAttributes(): void {
    const seen = new Set<string>()
    for (const attribute of this.tagAttributes()) {
      const { name } = attribute
      if (name.prefix === '' || name.declares) continue
      const uri = this.scope.lookup(name.prefix)
      if (uri === undefined || uri === '') throw this.error(attribute.valueStart, 'unbound-prefix')
      const expanded = `${name.local} ${uri}`
      if (seen.has(expanded)) throw this.error(attribute.valueStart, 'duplicate-attribute')
      seen.add(expanded)
      attribute.uri = uri
    }
  }

  private tagAttributes(): readonly Attribute[] {
    return this.tag.attributes.slice(0, this.tag.attributeCount)
  }

  private error(at: number, reason: XmlReason) {
    return xmlError(this.bytes, at, reason)
  }
}

/** S of XML 1.0 §2.3. */
function isSpace(byte: number | undefined): boolean {
  return byte === BLANK || byte === LF || byte === TAB || byte === CR
}
