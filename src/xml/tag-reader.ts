/**
 * Start tags: attributes, namespaces, and whether the tag is written the canonical way.
 *
 * @module
 */

import type { XmlReason } from '../reasons.js'
import {
  BROKEN_REFERENCE,
  CR,
  decodeValue,
  ILLEGAL,
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
  TAB,
  UNKNOWN_ENTITY,
  VALUE_CLASS,
} from './characters.js'
import { isCanonicalValueReference } from './escape.js'
import type { Attribute, Declaration, StartTag, XmlLimits } from './events.js'
import { xmlError } from './events.js'
import { type Name, NameTable } from './names.js'
import { declarationProblem, type NamespaceScope, XMLNS_NAMESPACE } from './namespaces.js'

const BLANK = 0x20
const DOUBLE_QUOTE = 0x22
const SINGLE_QUOTE = 0x27
const SLASH = 0x2f
const EQUALS = 0x3d
const CLOSE = 0x3e

/** S of XML 1.0 §2.3. */
export function isSpace(byte: number | undefined): boolean {
  return byte === BLANK || byte === LF || byte === TAB || byte === CR
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
}

/** Reads the start tags of one document. */
export class TagReader {
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
  private readonly scope: NamespaceScope
  private readonly limits: XmlLimits
  private readonly names: NameTable
  private readonly reference: Reference = { code: 0, length: 0 }
  private serial = 0

  /** @param bytes the document, known to be UTF-8 */
  constructor(bytes: Uint8Array, scope: NamespaceScope, limits: XmlLimits) {
    this.bytes = bytes
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
      if (byte === CLOSE || (byte === SLASH && bytes[at + 1] === CLOSE)) {
        tag.selfClosing = byte === SLASH
        tag.bodyEnd = gap
        break
      }
      if (at === gap) throw this.error(at, byte === undefined ? 'unclosed' : 'attribute')
      if (at !== gap + 1 || bytes[gap] !== BLANK) tag.canonical = false
      const attribute = this.slot(at)
      attribute.name = this.name(at, attribute.name)
      if (attribute.name.reserved) throw this.error(at, 'reserved-attribute')
      if (attribute.name.lastTag === this.serial) throw this.error(at, 'duplicate-attribute')
      attribute.name.lastTag = this.serial
      if (attribute.name.declares) declares = true
      else if (attribute.name.prefix !== '') tag.prefixedAttributes = true
      else attribute.uri = ''
      at = this.value(at + attribute.name.bytes.length, attribute)
      if (!attribute.canonical) tag.canonical = false
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
    const fresh: Attribute = { name: NO_NAME, uri: '', valueStart: 0, valueEnd: 0, canonical: true }
    tag.attributes.push(fresh)
    return fresh
  }

  // Reads `="value"` at `at`; returns the offset behind it.
  private value(at: number, attribute: Attribute): number {
    const { bytes } = this
    let canonical = true
    if (bytes[at] !== EQUALS) {
      at = this.skipSpace(at)
      canonical = false
      if (bytes[at] !== EQUALS) throw this.error(at, at < bytes.length ? 'attribute' : 'unclosed')
    }
    at++
    let quote = bytes[at]
    if (quote !== DOUBLE_QUOTE) {
      at = this.skipSpace(at)
      canonical = false
      quote = bytes[at]
      if (quote !== DOUBLE_QUOTE && quote !== SINGLE_QUOTE) {
        throw this.error(at, at < bytes.length ? 'attribute' : 'unclosed')
      }
    }
    attribute.valueStart = ++at
    const size = bytes.length
    for (; at < size; at++) {
      const byte = bytes[at] ?? 0
      const kind = VALUE_CLASS[byte]
      if (kind === PLAIN) continue
      if (kind === QUOTE) {
        if (byte === quote) {
          attribute.valueEnd = at
          attribute.canonical = canonical
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
