/**
 * One pass over a signed report: its canonical form without the Signature, the Signature itself, and whether there is
 * anything that a closed profile does not admit.
 *
 * @module
 */
import { Canonicalizer } from '../xml/canonical.js'
import { createDigester } from '../xml/digest.js'
import { DSIG_NAMESPACE, EnvelopedFilter } from '../xml/enveloped.js'
import { XML_NAMESPACE } from '../xml/namespaces.js'
import { decodeValue, type StartTag, scanXml, type XmlLimits } from '../xml/scan.js'
import { DSIG11_NAMESPACE } from './algorithms.js'
import { type SignatureNode, SignatureTreeBuilder } from './signature-tree.js'
import { verificationError } from './verification-error.js'

/** A report that has one Signature where it may be. */
export interface SignedReport {
  readonly signature: SignatureNode
  /** Value of the root's `Id`, or else its `ID`. */
  readonly rootId: string | undefined
  /** Whether another element has an attribute of that value which passes for an Id. */
  readonly rootIdRepeated: boolean
  /** Whether namespaces are declared outside the Signature: without any, all canonical forms are one. */
  readonly namespaced: boolean
  /** SHA-256 of the inclusive canonical form without the Signature. */
  readonly contentDigest: Uint8Array
  /** Namespaces in scope inside the Signature, by prefix. */
  readonly namespaces: ReadonlyMap<string, string>
  /** The root's attributes of the xml namespace, by local name. */
  readonly xmlAttributes: ReadonlyMap<string, string>
}

/**
 * Reads a report.
 *
 * @throws {JuxError} `XML_PARSE_ERROR`, `XML_SIGNATURE_MISSING`, or `XML_SIGNATURE_INVALID`
 */
export function readSignedReport(bytes: Uint8Array, limits: Partial<XmlLimits> = {}): SignedReport {
  const digester = createDigester(['sha256'])
  const canonicalizer = new Canonicalizer(bytes, digester, { exclusive: false })
  const tree = new SignatureTreeBuilder(bytes)
  const inspector = new Inspector(bytes, canonicalizer, tree)
  scanXml(bytes, inspector, { limits })
  canonicalizer.finish()
  if (inspector.signatures === 0) throw verificationError('signature-missing')
  if (tree.root === undefined || (inspector.elementsBefore > 0 && inspector.elementsAfter > 0)) {
    throw verificationError('signature-position')
  }
  if (inspector.strayElement) throw verificationError('stray-signature-element')
  if (inspector.comments) throw verificationError('comment')
  if (inspector.instructions) throw verificationError('processing-instruction')
  const inScope = [...inspector.namespaces, ...tree.namespaces].filter(([prefix]) => prefix !== 'xml')
  return {
    signature: tree.root,
    rootId: inspector.rootId,
    rootIdRepeated: inspector.rootIdRepeated,
    namespaced: canonicalizer.namespaced,
    contentDigest: digester.digests().get('sha256') ?? new Uint8Array(),
    namespaces: new Map([...new Map(inScope)].filter(([, uri]) => uri !== '')),
    xmlAttributes: inspector.xmlAttributes,
  }
}

class Inspector extends EnvelopedFilter {
  signatures = 0
  elementsBefore = 0
  elementsAfter = 0
  strayElement = false
  comments = false
  instructions = false
  rootId: string | undefined
  rootIdRepeated = false
  readonly namespaces = new Map<string, string>()
  readonly xmlAttributes = new Map<string, string>()
  private readonly bytes: Uint8Array

  constructor(bytes: Uint8Array, canonicalizer: Canonicalizer, tree: SignatureTreeBuilder) {
    super(canonicalizer, tree)
    this.bytes = bytes
  }

  override startTag(tag: StartTag): void {
    super.startTag(tag)
    const ofDsig = tag.uri === DSIG_NAMESPACE || tag.uri === DSIG11_NAMESPACE
    // A Signature of another namespace is one to readers who only look at its name.
    if (tag.name.local === 'Signature' && tag.uri !== DSIG_NAMESPACE) this.strayElement = true
    if (ofDsig && tag.name.local === 'Signature') {
      if (++this.signatures > 1) throw verificationError('several-signatures')
    } else if (ofDsig && !this.inside) this.strayElement = true
    if (this.depth === 2 && !this.inside) {
      if (this.signatures === 0) this.elementsBefore++
      else this.elementsAfter++
    }
    if (this.depth === 1) this.readRoot(tag)
    else if (this.rootId !== undefined && this.hasId(tag, this.rootId)) this.rootIdRepeated = true
  }

  override comment(): void {
    this.comments = true
  }

  override instruction(): void {
    this.instructions = true
  }

  private readRoot(tag: StartTag): void {
    for (const { prefix, uri } of tag.declarations) this.namespaces.set(prefix, uri)
    const values = new Map<string, string>()
    for (const { name, uri, valueStart, valueEnd } of tag.attributes.slice(0, tag.attributeCount)) {
      const value = decodeValue(this.bytes, valueStart, valueEnd)
      values.set(name.text, value)
      if (uri === XML_NAMESPACE) this.xmlAttributes.set(name.local, value)
    }
    this.rootId = values.get('Id') ?? values.get('ID')
  }

  // Readers differ in which attributes they take for an Id: `Id`, `ID`, `id`, `xml:id`, or one in another namespace.
  private hasId(tag: StartTag, id: string): boolean {
    return tag.attributes
      .slice(0, tag.attributeCount)
      .some(
        ({ name, valueStart, valueEnd }) =>
          name.local.toLowerCase() === 'id' && decodeValue(this.bytes, valueStart, valueEnd) === id,
      )
  }
}
