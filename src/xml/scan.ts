/**
 * A strict scanner of XML 1.0 documents with namespaces, in linear time and without building anything.
 *
 * It reads UTF-8 only, never a document type declaration, and only what is well-formed and namespace-well-formed; a
 * byte order mark, an XML declaration and any line ends are taken. It is a parser of untrusted input: limits apply to
 * everything that a hostile file could multiply.
 *
 * @module
 */
import { isUtf8 } from 'node:buffer'
import type { XmlReason } from '../reasons.js'
import { startsWith, utf8, utf8Length } from './bytes.js'
import {
  BROKEN_REFERENCE,
  ILLEGAL,
  isNonCharacter,
  MARKUP,
  MAYBE_ILLEGAL,
  PLAIN,
  REFERENCE,
  type Reference,
  readReference,
  TEXT_CLASS,
  UNKNOWN_ENTITY,
} from './characters.js'
import { isCanonicalTextReference } from './escape.js'
import { DEFAULT_LIMITS, type XmlLimits, type XmlVisitor, xmlError } from './events.js'
import type { Name } from './names.js'
import { NamespaceScope } from './namespaces.js'
import { isSpace, TagReader } from './tag-reader.js'

export { decodeLiteral, decodeText, decodeValue } from './characters.js'
export * from './events.js'

/** How to scan. */
export interface ScanOptions {
  readonly limits?: Partial<XmlLimits>
  /** Namespaces by prefix that hold around a fragment. */
  readonly inherited?: ReadonlyMap<string, string>
}

const GREATER_THAN = 0x3e
const LESS_THAN = 0x3c
const SLASH = 0x2f
const BANG = 0x21
const QUESTION = 0x3f
const BRACKET = 0x5d

const BYTE_ORDER_MARK = Uint8Array.of(0xef, 0xbb, 0xbf)
const COMMENT = Buffer.from('<!--')
const CDATA = Buffer.from('<![CDATA[')
const DOCTYPE = Buffer.from('<!DOCTYPE')
const XML_DECLARATION = Buffer.from('<?xml')

/**
 * Reads a whole document and tells `visitor` what is in it.
 *
 * @param bytes the document as received; not to be changed meanwhile
 * @throws {JuxError} `XML_PARSE_ERROR` with an `XmlReason` at the first thing that is not right; whatever the visitor throws
 */
export function scanXml(bytes: Uint8Array, visitor: XmlVisitor, options: ScanOptions = {}): void {
  new Scanner(bytes, visitor, options).document()
}

class Scanner {
  private readonly bytes: Uint8Array
  /** The same bytes, with the searches of Buffer. */
  private readonly view: Buffer
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
    this.limits = { ...DEFAULT_LIMITS, ...options.limits }
    this.scope = new NamespaceScope(options.inherited)
    this.tags = new TagReader(bytes, this.scope, this.limits)
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

  // Misc* of XML 1.0 §2.8: stops at the root, at the end, or at something that must not be there.
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
    const { bytes, at: start } = this
    const size = bytes.length
    let canonical = true
    let at = start
    for (; at < size; at++) {
      const kind = TEXT_CLASS[bytes[at] ?? 0]
      if (kind === PLAIN) continue
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
