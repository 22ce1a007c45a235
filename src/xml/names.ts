/**
 * Names and namespaces of one document.
 *
 * A report repeats a dozen names a million times, so a name is found by its bytes, without creating a string.
 *
 * @module
 */
import { isNameByte, startsWith, utf8 } from './characters.js'

/** A name as written in a document (QName of Namespaces in XML 1.0). */
export interface Name {
  /** With its prefix. */
  readonly text: string
  /** Without the colon; empty when there is none. */
  readonly prefix: string
  readonly local: string
  /** UTF-8 of `text`; its byte order is the code point order that canonical XML sorts by. */
  readonly bytes: Uint8Array
  /** `xmlns` or `xmlns:…`. */
  readonly declares: boolean
  /** Looks like a namespace declaration to some readers, but is not one (`xmlnsfoo`, `XMLNS`, `a:xmlns`). */
  readonly reserved: boolean
  /** Number of the last tag with an attribute of this name. Shows duplicates without comparing pairs. */
  lastTag: number
  /** A name that is known to sort before this one. */
  after: Name | undefined
}

const SLOTS = 4096
const SLOT_BITS = 12
// Random, so that a hostile file cannot provoke collisions; odd, so that no bit of the hash is lost.
const MULTIPLIER = (Math.floor(Math.random() * 2 ** 31) * 2 + 1) | 0

// Name and NCName of XML 1.0 (fifth edition) §2.3; the colon is handled separately.
const START =
  'A-Z_a-z\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{2FF}\\u{370}-\\u{37D}\\u{37F}-\\u{1FFF}\\u{200C}-\\u{200D}' +
  '\\u{2070}-\\u{218F}\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}\\u{10000}-\\u{EFFFF}'
const NC_NAME = `[${START}][${START}\\-.0-9\\u{B7}\\u{300}-\\u{36F}\\u{203F}-\\u{2040}]*`
const QUALIFIED_NAME = new RegExp(`^(?:(${NC_NAME}):)?(${NC_NAME})$`, 'u')

/** A name that was read, or the reason why it is refused. */
export type NameOutcome = Name | 'name' | 'name-too-long' | 'too-many-names'

/** The names of one document. */
export class NameTable {
  private readonly slots: (Name | undefined)[] = new Array<Name | undefined>(SLOTS).fill(undefined)
  private readonly known = new Map<string, Name>()
  private readonly maxBytes: number
  private readonly maxNames: number

  /**
   * @param maxBytes longest name, in bytes
   * @param maxNames most different names in a document
   */
  constructor(maxBytes: number, maxNames: number) {
    this.maxBytes = maxBytes
    this.maxNames = maxNames
  }

  /**
   * Reads the name that begins at `start`; it ends at `start + name.bytes.length`.
   *
   * @param likely the name that is tried first. Tags of one kind have their attributes in the same order, so the name at this
   *   position in the previous tag is likely
   */
  read(bytes: Uint8Array, start: number, likely: Name): NameOutcome {
    const likelyEnd = start + likely.bytes.length
    if (likelyEnd > start && startsWith(bytes, start, likely.bytes) && !isNameByte(bytes[likelyEnd] ?? 0)) return likely
    let end = start
    let hash = 0
    for (; end < bytes.length; end++) {
      const byte = bytes[end] ?? 0
      if (!isNameByte(byte)) break
      hash = (Math.imul(hash, MULTIPLIER) + byte) | 0
    }
    const slot = Math.imul(hash, MULTIPLIER) >>> (32 - SLOT_BITS)
    const cached = this.slots[slot]
    if (cached !== undefined && cached.bytes.length === end - start && startsWith(bytes, start, cached.bytes)) {
      return cached
    }
    const found = this.find(bytes, start, end)
    if (typeof found !== 'string') this.slots[slot] = found
    return found
  }

  private find(bytes: Uint8Array, start: number, end: number): NameOutcome {
    if (end - start > this.maxBytes) return 'name-too-long'
    const text = utf8(bytes, start, end)
    const known = this.known.get(text)
    if (known !== undefined) return known
    const match = QUALIFIED_NAME.exec(text)
    const local = match?.[2]
    if (local === undefined) return 'name'
    if (this.known.size >= this.maxNames) return 'too-many-names'
    const prefix = match?.[1] ?? ''
    const declares = prefix === 'xmlns' || text === 'xmlns'
    const name: Name = {
      text,
      prefix,
      local,
      bytes: bytes.slice(start, end),
      declares,
      reserved: !declares && (/^xmlns/i.test(text) || /^xmlns/i.test(local)),
      lastTag: 0,
      after: undefined,
    }
    this.known.set(text, name)
    return name
  }
}

export const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace'
export const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/'
/** XML Signature. */
export const DSIG_NAMESPACE = 'http://www.w3.org/2000/09/xmldsig#'
/** ECKeyValue of XML Signature 1.1 (§4.5.2.3). */
export const DSIG11_NAMESPACE = 'http://www.w3.org/2009/xmldsig11#'

/** Namespace bindings by prefix (`''` is the default namespace) in nested elements. A look-up takes constant time. */
export class NamespaceScope {
  private readonly bindings = new Map<string, string[]>()
  private readonly declared: string[] = []
  private readonly marks: number[] = []

  /** @param inherited bindings that are in scope before the first element */
  constructor(inherited: Iterable<readonly [prefix: string, uri: string]> = []) {
    this.declare('xml', XML_NAMESPACE)
    for (const [prefix, uri] of inherited) this.declare(prefix, uri)
  }

  /** Begins an element. The matching `leave` removes all later declarations. */
  enter(): void {
    this.marks.push(this.declared.length)
  }

  leave(): void {
    const mark = this.marks.pop() ?? 0
    while (this.declared.length > mark) {
      const prefix = this.declared.pop() ?? ''
      this.bindings.get(prefix)?.pop()
    }
  }

  /** @param uri empty for a default namespace that is undeclared */
  declare(prefix: string, uri: string): void {
    const stack = this.bindings.get(prefix)
    if (stack === undefined) this.bindings.set(prefix, [uri])
    else stack.push(uri)
    this.declared.push(prefix)
  }

  /** The namespace of a prefix; `undefined` when it is not bound, `''` for a default namespace that is undeclared. */
  lookup(prefix: string): string | undefined {
    return this.bindings.get(prefix)?.at(-1)
  }
}

/**
 * Returns why a declaration is not legal (Namespaces in XML 1.0 §2.2 and §3), or why it has no canonical form (relative
 * references, Canonical XML 1.1 §1.3); `undefined` when it is legal.
 */
export function declarationProblem(prefix: string, uri: string): 'namespace' | 'relative-namespace' | undefined {
  if (prefix === 'xml') return uri === XML_NAMESPACE ? undefined : 'namespace'
  if (prefix === 'xmlns' || uri === XML_NAMESPACE || uri === XMLNS_NAMESPACE) return 'namespace'
  if (uri === '') return prefix === '' ? undefined : 'namespace'
  return /^[A-Za-z][A-Za-z0-9+.-]*:/.test(uri) ? undefined : 'relative-namespace'
}
