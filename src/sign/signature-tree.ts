/**
 * The Signature element as a small tree, built while the report goes by.
 *
 * @module
 */
import type { Name } from '../xml/names.js'
import { decodeText, decodeValue, type StartTag, type XmlVisitor } from '../xml/scan.js'
import { verificationError } from './verification-error.js'

/** Bytes of the whole element: enough for a long chain of large certificates. */
const MAX_SIGNATURE_BYTES = 256 * 1024
const MAX_ELEMENTS = 512

/** An element inside the Signature, or the Signature itself. */
export interface SignatureNode {
  readonly uri: string
  readonly local: string
  /** Values by name as written, without namespace declarations. */
  readonly attributes: ReadonlyMap<string, string>
  readonly children: SignatureNode[]
  /** Character data of the element itself, references resolved. */
  text: string
  /** Offsets in the document. */
  readonly start: number
  end: number
}

/** Receives the inside of the first Signature of a report. */
export class SignatureTreeBuilder implements XmlVisitor {
  /** The Signature. */
  root: SignatureNode | undefined
  /** Namespaces that the Signature itself declares, by prefix; `''` is one that was taken back. */
  readonly namespaces = new Map<string, string>()
  private readonly bytes: Uint8Array
  private readonly open: SignatureNode[] = []
  private elements = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  startTag(tag: StartTag): void {
    if (this.root !== undefined && this.open.length === 0) return
    this.elements++
    const attributes = new Map<string, string>()
    for (const { name, valueStart, valueEnd } of tag.attributes.slice(0, tag.attributeCount)) {
      if (!name.declares) attributes.set(name.text, decodeValue(this.bytes, valueStart, valueEnd))
    }
    const { start, end, uri } = tag
    const node: SignatureNode = { uri, local: tag.name.local, attributes, children: [], text: '', start, end }
    const parent = this.open.at(-1)
    if (parent !== undefined) parent.children.push(node)
    else {
      this.root = node
      for (const { prefix, uri } of tag.declarations) this.namespaces.set(prefix, uri)
    }
    this.open.push(node)
    this.checkSize(end)
  }

  endTag(_name: Name, _start: number, end: number): void {
    const node = this.open.pop()
    if (node !== undefined) node.end = end
  }

  text(start: number, end: number): void {
    const node = this.open.at(-1)
    if (node === undefined) return
    this.checkSize(end)
    node.text += decodeText(this.bytes, start, end)
  }

  // A CDATA section is legal here, and nobody writes one.
  cdata(): void {
    if (this.open.length > 0) throw verificationError('signature-text', 'a CDATA section')
  }

  private checkSize(end: number): void {
    if (this.elements > MAX_ELEMENTS || end - (this.root?.start ?? end) > MAX_SIGNATURE_BYTES) {
      throw verificationError('signature-too-large')
    }
  }
}
