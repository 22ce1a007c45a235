/**
 * What a scan reports, and the limits it keeps.
 *
 * Offsets are bytes from the start of what is scanned. Objects handed to a visitor are used again for the next event.
 *
 * @module
 */
import { JuxError } from '../errors.js'
import { XML_REASONS, type XmlReason } from '../reasons.js'
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
