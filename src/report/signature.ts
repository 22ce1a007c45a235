/**
 * Reads the Signature of a report and its surroundings in one scan.
 *
 * It verifies nothing. It only records as an objection what the verifier's closed profile does not allow, so that a report
 * can be read once and verified later, even several times.
 *
 * @module
 */
import type { VerificationReason } from '../reasons.js'
import {
  type CanonicalForm,
  Canonicalizer,
  canonicalizeReport,
  EnvelopedFilter,
  INCLUSIVE,
  VisitorPair,
} from '../xml/canonical.js'
import { createDigester, type DigestName } from '../xml/digest.js'
import { DSIG_NAMESPACE, DSIG11_NAMESPACE, type Name, XML_NAMESPACE } from '../xml/names.js'
import { decodeText, decodeValue, type StartTag, scanXml, type XmlLimits, type XmlVisitor } from '../xml/scan.js'

/** Size of the whole element: enough for a long chain of large certificates. */
const MAX_SIGNATURE_BYTES = 256 * 1024
/** Namespace of InclusiveNamespaces (Exclusive XML Canonicalization 1.0 §2.3). */
const EXCLUSIVE_NAMESPACE = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const MAX_ELEMENTS = 512
/** Longest tag of the Signature: a PrefixList with many prefixes. */
const MAX_TAG_BYTES = 4096

/** Namespaces of the elements that are accepted inside the Signature. */
const DECLARED: ReadonlySet<string> = new Set([DSIG_NAMESPACE, DSIG11_NAMESPACE, EXCLUSIVE_NAMESPACE])

/** An element inside the Signature, or the Signature itself. */
export interface SignatureNode {
  readonly uri: string
  readonly local: string
  /** Values by name as written, without namespace declarations. */
  readonly attributes: ReadonlyMap<string, string>
  /** Whether it declares a namespace that no accepted element inside the Signature has. */
  readonly declaresOther: boolean
  readonly children: SignatureNode[]
  /** Character data of the element itself, references resolved. */
  text: string
  /** Offsets in the document. */
  readonly start: number
  end: number
}

/** Why the verifier refuses a report before it reads the Signature. */
export interface Objection {
  readonly reason: VerificationReason
  readonly detail?: string | undefined
}

/**
 * Everything that the verifier needs from a report. `readReport` returns it; pass it to `verifySignature` unchanged.
 *
 * Nothing in it is verified.
 */
export interface ReportSignature {
  /** Whether the report contains a `ds:Signature` below the root. */
  readonly isPresent: boolean
  /**
   * The document.
   *
   * @internal
   */
  readonly bytes: Uint8Array
  /** @internal */
  readonly limits: Partial<XmlLimits> | undefined
  /**
   * The Signature, if there is one among the children of the root.
   *
   * @internal
   */
  readonly element: SignatureNode | undefined
  /**
   * What the closed profile does not allow in the report or around the Signature, the most important first.
   *
   * @internal
   */
  readonly objections: readonly Objection[]
  /**
   * Value of the root's `Id`, or else its `ID`.
   *
   * @internal
   */
  readonly rootId: string | undefined
  /**
   * Whether another element has the same value in an attribute that some readers treat as an Id.
   *
   * @internal
   */
  readonly isRootIdRepeated: boolean
  /**
   * Namespaces in scope inside the Signature, by prefix.
   *
   * @internal
   */
  readonly namespaces: ReadonlyMap<string, string>
  /**
   * The root's attributes of the xml namespace, by local name.
   *
   * @internal
   */
  readonly xmlAttributes: ReadonlyMap<string, string>
  /**
   * Digests a canonical form of the report without its Signature. Scans again only if that digest is not known yet.
   *
   * @param visitor returns what receives the report in that second scan
   * @internal
   */
  digest(form: CanonicalForm, name: DigestName, visitor?: () => XmlVisitor | undefined): Uint8Array
}

/** Options of `scanReport`. */
export interface ScanReportOptions {
  readonly limits?: Partial<XmlLimits> | undefined
  /** The canonical form that is digested during the scan. Default: the inclusive form, as in the content hash. */
  readonly form?: CanonicalForm | undefined
  /** The digest that is computed during the scan. Default: SHA-256. */
  readonly digest?: DigestName | undefined
  /** Receives the events that are digested: the report without its Signature. */
  readonly visitor?: XmlVisitor | undefined
  /** Called with every objection before the end of the document; it may throw to end the scan. Without it they are recorded. */
  readonly onObjection?: ((objection: Objection) => void) | undefined
}

/**
 * Scans a report once.
 *
 * @param bytes the document; must not change while the result is in use
 * @throws {JuxError} `XML_PARSE_ERROR`; also everything that the callbacks throw
 */
export function scanReport(bytes: Uint8Array, options: ScanReportOptions = {}): ReportSignature {
  const { limits, form = INCLUSIVE, digest = 'sha256', visitor } = options
  const digester = createDigester([digest])
  const canonicalizer = new Canonicalizer(bytes, digester, form)
  const inspector = new Inspector(
    bytes,
    visitor === undefined ? canonicalizer : new VisitorPair(canonicalizer, visitor),
    options,
  )
  scanXml(bytes, inspector, { limits })
  canonicalizer.finish()
  const known = { form, name: digest, value: digester.digests().get(digest) ?? new Uint8Array() }
  return new ScannedReport(bytes, limits, inspector, canonicalizer.namespaced, known)
}

interface KnownDigest {
  readonly form: CanonicalForm
  readonly name: DigestName
  readonly value: Uint8Array
}

class ScannedReport implements ReportSignature {
  readonly bytes: Uint8Array
  readonly limits: Partial<XmlLimits> | undefined
  readonly element: SignatureNode | undefined
  readonly objections: readonly Objection[]
  readonly isPresent: boolean
  readonly rootId: string | undefined
  readonly isRootIdRepeated: boolean
  readonly namespaces: ReadonlyMap<string, string>
  readonly xmlAttributes: ReadonlyMap<string, string>
  /** Whether namespaces are declared outside the Signature. Without declarations, all canonical forms are the same. */
  readonly #isNamespaced: boolean
  readonly #digests: KnownDigest[]

  constructor(
    bytes: Uint8Array,
    limits: Partial<XmlLimits> | undefined,
    inspector: Inspector,
    namespaced: boolean,
    known: KnownDigest,
  ) {
    this.bytes = bytes
    this.limits = limits
    this.element = inspector.tree.root
    this.objections = inspector.allObjections()
    this.isPresent = inspector.isPresent
    this.rootId = inspector.rootId
    this.isRootIdRepeated = inspector.isRootIdRepeated
    const inScope = [...inspector.namespaces, ...inspector.tree.namespaces].filter(([prefix]) => prefix !== 'xml')
    this.namespaces = new Map([...new Map(inScope)].filter(([, uri]) => uri !== ''))
    this.xmlAttributes = inspector.xmlAttributes
    this.#isNamespaced = namespaced
    this.#digests = [known]
  }

  digest(form: CanonicalForm, name: DigestName, visitor?: () => XmlVisitor | undefined): Uint8Array {
    const known = this.#digests.find((one) => one.name === name && (!this.#isNamespaced || isSameForm(one.form, form)))
    if (known !== undefined) return known.value
    const digester = createDigester([name])
    canonicalizeReport(this.bytes, digester, form, { limits: this.limits, visitor: visitor?.() })
    const value = digester.digests().get(name) ?? new Uint8Array()
    this.#digests.push({ form, name, value })
    return value
  }
}

function isSameForm(one: CanonicalForm, other: CanonicalForm): boolean {
  if (one.exclusive !== other.exclusive) return false
  return !one.exclusive || ((one.inclusivePrefixes?.size ?? 0) === 0 && (other.inclusivePrefixes?.size ?? 0) === 0)
}

/** Records the facts that the closed profile checks. Passes the report to one visitor and its Signature to another. */
export class Inspector extends EnvelopedFilter {
  isPresent = false
  rootId: string | undefined
  isRootIdRepeated = false
  readonly namespaces = new Map<string, string>()
  readonly xmlAttributes = new Map<string, string>()
  readonly tree: SignatureTree
  protected readonly bytes: Uint8Array
  private readonly objections: Objections
  private signatures = 0
  private elementsBefore = 0
  private elementsAfter = 0
  private strayElement = false
  private comments = false
  private instructions = false

  constructor(bytes: Uint8Array, report: XmlVisitor, { onObjection }: ScanReportOptions) {
    const objections = new Objections(onObjection)
    const tree = new SignatureTree(bytes, objections)
    super(report, tree)
    this.tree = tree
    this.bytes = bytes
    this.objections = objections
  }

  /** Returns all objections, after the end of the document. */
  allObjections(): Objection[] {
    const wrongPlace = this.tree.root === undefined || (this.elementsBefore > 0 && this.elementsAfter > 0)
    const atEnd: readonly (readonly [boolean, VerificationReason])[] = [
      [this.signatures === 0, 'signature-missing'],
      [wrongPlace, 'signature-position'],
      [this.strayElement, 'stray-signature-element'],
      [this.comments, 'comment'],
      [this.instructions, 'processing-instruction'],
    ]
    return [...this.objections.recorded, ...atEnd.flatMap(([applies, reason]) => (applies ? [{ reason }] : []))]
  }

  /** Returns the objections that remain if a Signature becomes the last child of the root, after the end of the document. */
  objectionsIfSigned(): Objection[] {
    if (this.signatures > 0) return [{ reason: 'several-signatures' }]
    return this.allObjections().filter(
      ({ reason }) => reason !== 'signature-missing' && reason !== 'signature-position',
    )
  }

  override startTag(tag: StartTag): void {
    super.startTag(tag)
    if (tag.uri !== '' || tag.name.local === 'Signature') this.inspectName(tag)
    if (this.depth === 2 && !this.inside) {
      if (this.signatures === 0) this.elementsBefore++
      else this.elementsAfter++
    }
    if (this.depth === 1) this.readRoot(tag)
    else if (this.rootId !== undefined && this.hasId(tag, this.rootId)) this.isRootIdRepeated = true
  }

  override comment(start: number, end: number): void {
    this.comments = true
    super.comment(start, end)
  }

  override instruction(start: number, end: number): void {
    this.instructions = true
    super.instruction(start, end)
  }

  private inspectName({ uri, name }: StartTag): void {
    const isSignature = name.local === 'Signature'
    const ofDsig = uri === DSIG_NAMESPACE || uri === DSIG11_NAMESPACE
    // Readers that ignore namespaces would accept a Signature of another namespace.
    if (isSignature && uri !== DSIG_NAMESPACE) this.strayElement = true
    if (isSignature && uri === DSIG_NAMESPACE && this.depth > 1) this.isPresent = true
    if (ofDsig && isSignature) {
      if (++this.signatures > 1) this.objections.add('several-signatures')
    } else if (ofDsig && !this.inside) this.strayElement = true
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

  // Readers treat different attributes as an Id: `Id`, `ID`, `id`, `xml:id`, or one in another namespace.
  private hasId(tag: StartTag, id: string): boolean {
    return tag.attributes
      .slice(0, tag.attributeCount)
      .some(
        ({ name, valueStart, valueEnd }) =>
          name.local.toLowerCase() === 'id' && decodeValue(this.bytes, valueStart, valueEnd) === id,
      )
  }
}

/** The objections of one scan. After the first one, the Signature is not read any further. */
class Objections {
  readonly recorded: Objection[] = []
  private readonly onObjection: ScanReportOptions['onObjection']

  constructor(onObjection: ScanReportOptions['onObjection']) {
    this.onObjection = onObjection
  }

  get isAny(): boolean {
    return this.recorded.length > 0
  }

  add(reason: VerificationReason, detail?: string): void {
    if (this.onObjection !== undefined) this.onObjection({ reason, detail })
    else if (!this.isAny) this.recorded.push({ reason, detail })
  }
}

/** Builds a tree of the first Signature of a report. */
class SignatureTree implements XmlVisitor {
  root: SignatureNode | undefined
  /** Namespaces that the Signature element declares, by prefix. The value `''` undeclares a namespace. */
  readonly namespaces = new Map<string, string>()
  private readonly bytes: Uint8Array
  private readonly objections: Objections
  private readonly open: SignatureNode[] = []
  private elements = 0

  constructor(bytes: Uint8Array, objections: Objections) {
    this.bytes = bytes
    this.objections = objections
  }

  startTag(tag: StartTag): void {
    if (this.objections.isAny || (this.root !== undefined && this.open.length === 0)) return
    this.elements++
    const attributes = new Map<string, string>()
    for (const { name, valueStart, valueEnd } of tag.attributes.slice(0, tag.attributeCount)) {
      if (!name.declares) attributes.set(name.text, decodeValue(this.bytes, valueStart, valueEnd))
    }
    const { start, end, uri } = tag
    const declaresOther = tag.declarations.some((one) => !DECLARED.has(one.uri))
    const node: SignatureNode = {
      uri,
      local: tag.name.local,
      attributes,
      declaresOther,
      children: [],
      text: '',
      start,
      end,
    }
    const parent = this.open.at(-1)
    if (parent !== undefined) {
      parent.children.push(node)
    } else {
      this.root = node
      for (const { prefix, uri } of tag.declarations) this.namespaces.set(prefix, uri)
    }
    this.open.push(node)
    this.checkSize(end, start)
  }

  endTag(_name: Name, start: number, end: number): void {
    const node = this.open.pop()
    if (node === undefined) return
    node.end = end
    if (!this.objections.isAny) this.checkSize(end, start)
  }

  text(start: number, end: number): void {
    const node = this.open.at(-1)
    if (node === undefined || this.objections.isAny) return
    this.checkSize(end)
    if (!this.objections.isAny) node.text += decodeText(this.bytes, start, end)
  }

  // A CDATA section would be legal here, but no known program writes one.
  cdata(): void {
    if (this.open.length > 0) this.objections.add('signature-text', 'a CDATA section')
  }

  private checkSize(end: number, tagStart = end): void {
    if (end - tagStart > MAX_TAG_BYTES) this.objections.add('signature-too-large', 'a long tag')
    else if (this.elements > MAX_ELEMENTS || end - (this.root?.start ?? end) > MAX_SIGNATURE_BYTES) {
      this.objections.add('signature-too-large')
    }
  }
}
