/**
 * What a scan reports, and the limits it keeps.
 *
 * Offsets are bytes from the start of what is scanned. Objects handed to a visitor are used again for the next event.
 *
 * @module
 */
import { JuxError } from '../errors.js'
import type { Name } from './names.js'

/** One attribute of the tag at hand, namespace declarations included. */
export interface Attribute {
  name: Name
  /** Namespace of a prefixed name; `''` for a plain one. */
  uri: string
  /** The value as written, without its quotes; see `decodeValue`. */
  valueStart: number
  valueEnd: number
  /** The value as written is its canonical form. */
  canonical: boolean
}

/** A namespace declaration of the tag at hand. */
export interface Declaration {
  readonly prefix: string
  /** `''` where a default namespace is taken back. */
  readonly uri: string
  /** What the prefix stood for outside this element. */
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
  /** Behind the last attribute, or behind the name. */
  bodyEnd: number
  selfClosing: boolean
  /**
   * Up to `bodyEnd`, blanks, quotes and values are as in canonical form. Says nothing about the order of the
   * attributes, nor about namespaces.
   */
  canonical: boolean
  /** The first `attributeCount` of these belong to this tag. */
  readonly attributes: readonly Attribute[]
  attributeCount: number
  declarations: readonly Declaration[]
  /** Whether any attribute that is not a declaration has a prefix. */
  prefixedAttributes: boolean
}

/** Receives a document in order. Comments and processing instructions are refused where the visitor has no method for them. */
export interface XmlVisitor {
  startTag(tag: StartTag): void
  /** @param canonical the end tag is there and written without blanks */
  endTag(name: Name, start: number, end: number, canonical: boolean): void
  /** Character data inside the root element. @param canonical as written it is its canonical form */
  text(start: number, end: number, canonical: boolean): void
  /** Content of a CDATA section: to be taken literally, but for its line ends. */
  cdata(start: number, end: number): void
  /** Content of a comment. */
  comment?(start: number, end: number): void
  /** Content of a processing instruction: target and data. */
  instruction?(start: number, end: number): void
}

/** Bounds on what is read. */
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

/** Three times a report of 100,000 tests; the rest is far above what reports have. */
export const DEFAULT_LIMITS: XmlLimits = {
  maxBytes: 128 * 1024 * 1024,
  maxDepth: 64,
  maxAttributes: 256,
  maxNameBytes: 1024,
  maxNames: 4096,
  maxNamespaceBytes: 1024,
}

/** Why a document cannot be read. */
export const XML_REASONS = {
  empty: 'the document is empty',
  encoding: 'the document is not in UTF-8',
  'xml-declaration': 'the XML declaration is malformed, or not at the beginning',
  doctype: 'a document type declaration is not allowed',
  comment: 'a comment is not allowed here',
  'processing-instruction': 'a processing instruction is not allowed here',
  markup: 'markup is malformed',
  unclosed: 'the document ends too early',
  'no-root': 'there is no root element',
  'content-outside-root': 'there is content outside the root element',
  'tag-mismatch': 'an end tag does not match its start tag',
  name: 'a name is malformed',
  attribute: 'an attribute is malformed',
  'duplicate-attribute': 'an attribute appears twice',
  'reserved-attribute': 'an attribute has a name that passes for a namespace declaration',
  namespace: 'a namespace declaration is not legal',
  'relative-namespace': 'a namespace is named by a relative reference, which has no canonical form',
  'unbound-prefix': 'a prefix is not bound to a namespace',
  entity: 'an entity other than the five of XML is used',
  reference: 'a character reference is malformed or stands for an illegal character',
  'illegal-character': 'a character is not legal in XML',
  'cdata-end': 'character data contain "]]>"',
  'too-large': 'the document is larger than allowed',
  'canonical-too-large': 'the canonical form is much larger than the document',
  'too-deep': 'elements are nested deeper than allowed',
  'too-many-attributes': 'an element has more attributes than allowed',
  'name-too-long': 'a name is longer than allowed',
  'too-many-names': 'there are more different names than allowed',
  'namespace-too-long': 'a namespace name is longer than allowed',
} as const

/** One of the reasons, as found in `JuxError.reason`. */
export type XmlReason = keyof typeof XML_REASONS

/** An `XML_PARSE_ERROR` that says where: line and column from 1 (columns in bytes), byte from 0. */
export function xmlError(bytes: Uint8Array, at: number, reason: XmlReason): JuxError {
  const before = bytes.subarray(0, at)
  let line = 1
  for (const byte of before) if (byte === 0x0a) line++
  const column = at - before.lastIndexOf(0x0a)
  return new JuxError('XML_PARSE_ERROR', {
    message: `${XML_REASONS[reason]} (line ${line}, column ${column}, byte ${at})`,
    reason,
  })
}
