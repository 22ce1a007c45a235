/**
 * Signs a report of any program: inserts a signature and changes no other byte.
 *
 * One scan finds the places, computes the digest, and applies the rules of the verifier, so that a report which the verifier
 * would refuse is never signed: one with comments, processing instructions or a DOCTYPE, or one that is not well-formed.
 *
 * @module
 */
import { JuxError, toJuxError } from '../errors.js'
import { Inspector } from '../report/signature.js'
import { type CanonicalForm, Canonicalizer, canonicalizeReport, INCLUSIVE } from '../xml/canonical.js'
import { createDigester } from '../xml/digest.js'
import type { Name } from '../xml/names.js'
import { DEFAULT_LIMITS, requireBytes, type StartTag, scanXml, xmlError } from '../xml/scan.js'
import type { Signer } from './keys.js'
import { signatureElement } from './sign.js'
import { quoted, verificationError } from './verification-error.js'
import { requireVerifiable } from './verify.js'

const SLASH = 0x2f
/** More than the different names in a signature. */
const SIGNATURE_NAMES = 32
/** Longest form of a byte in canonical XML: `&quot;`. */
const MAX_FORM_BYTES = 6

/**
 * Signs a whole report; the signature becomes the last child of its root.
 *
 * @param options.replace removes the signatures that the report has; without it, a signed report is refused
 * @returns a report that `verifyReport` accepts with the signer's key
 * @throws {JuxError} `XML_PARSE_ERROR`; `OPERATION_FAILED` with reason `already-signed`; `XML_INVALID_STRUCTURE`
 */
export function signReport(
  bytes: Uint8Array,
  signer: Signer,
  options: { readonly replace?: boolean | undefined } = {},
): Buffer {
  requireBytes(bytes)
  const form: CanonicalForm = { exclusive: signer.canonicalization === 'exclusive' }
  const digester = createDigester([signer.digest])
  const canonicalizer = new Canonicalizer(bytes, digester, form)
  const outline = new OutlineReader(bytes, canonicalizer)
  scanXml(bytes, outline, { limits: { maxNames: DEFAULT_LIMITS.maxNames - SIGNATURE_NAMES } })
  canonicalizer.finish()
  if (outline.signatureSpans.length > 0) {
    if (options.replace) return signReport(without(outline.signatureSpans, bytes), signer)
    throw new JuxError('OPERATION_FAILED', {
      message: 'the report is already signed',
      suggestions: ['to replace the signature, add --replace to the command'],
      reason: 'already-signed',
    })
  }
  if (outline.xmlAttributes.size > 0 && !form.exclusive) {
    // SignedInfo inherits them under inclusive canonicalization, and implementations differ (Canonical XML 1.1 §2.4).
    throw new JuxError('XML_INVALID_STRUCTURE', {
      message: 'a report whose root has xml:… attributes can only be signed with exclusive canonicalization',
      suggestions: ['export JUX_CANONICALIZATION=exclusive'],
    })
  }
  if (outline.oddNamespace !== undefined) {
    throw new JuxError('XML_INVALID_STRUCTURE', {
      message: `a report with the namespace ${quoted(outline.oddNamespace)} cannot be signed: some verifiers would refuse it, because it is not an absolute URI without "&"`,
      suggestions: ['remove the declaration, or declare another namespace'],
    })
  }
  const { start, end, selfClosing, name } = outline.root
  const tag = Buffer.from(bytes.subarray(start, end))
  const rootTag = selfClosing ? openTag(tag) : tag
  const digests = digester.digests()
  const signature = signatureElement(digests, signer, rootTag.toString('utf8'))
  const signed = insert(signature, bytes, outline)
  try {
    for (const { reason, detail } of outline.objectionsIfSigned()) throw verificationError(reason, detail)
    if (signed.length > DEFAULT_LIMITS.maxBytes) throw xmlError(signed, 0, 'too-large')
    // The verifier also digests the inclusive form, for the content hash. It has what this form has, and all declarations.
    const canBeLonger = form.exclusive && canonicalizer.sizeBytes + outline.declaredBytes > canonicalizer.maxBytes
    if (canBeLonger) canonicalizeReport(signed, { write: () => {} }, INCLUSIVE)
    const value = digests.get(signer.digest) ?? new Uint8Array()
    const envelope = Buffer.concat([rootTag, Buffer.from(`${signature}</${name}>`)])
    requireVerifiable(envelope, signer.publicKey, { form, name: signer.digest, value })
  } catch (cause) {
    const { message, reason } = toJuxError(cause)
    throw new JuxError('XML_INVALID_STRUCTURE', {
      message: `the report cannot be signed, because the verifier would refuse it: ${message}`,
      reason,
      cause,
    })
  }
  return signed
}

/**
 * The namespaces that all verifiers accept: absolute URIs (RFC 3986) without an IP literal. libxml2, and so xmlsec1 and signxml,
 * refuses other names. It also writes "&" without escaping it, against Canonical XML 1.1 §2.3.
 */
const PLAIN_NAMESPACE =
  /^[a-z][a-z0-9+.-]*:(?:\/\/[a-z0-9._~-]*(?::\d{1,5})?(?=[/?#]|$)|(?!\/\/))(?:[a-z0-9._~!$'()*+,;=:@/?-]|%[0-9a-f]{2})*(?:#(?:[a-z0-9._~!$'()*+,;=:@/?-]|%[0-9a-f]{2})*)?$/i

/** A part of a report, as offsets in bytes. */
interface Span {
  readonly start: number
  readonly end: number
}

interface RootTag extends Span {
  readonly name: string
  readonly selfClosing: boolean
}

/** Finds the places of a report in the scan that inspects and digests it. */
class OutlineReader extends Inspector {
  root: RootTag = { name: '', start: 0, end: 0, selfClosing: false }
  /** Start of the root's end tag. */
  contentEnd = 0
  /** Signatures among the root's children. */
  readonly signatureSpans: Span[] = []
  /** Most bytes of all declarations in the inclusive form. */
  declaredBytes = 0
  /** The first namespace that some verifiers do not accept. */
  oddNamespace: string | undefined
  private signatureStart: number | undefined

  /** @param report receives the report without its signatures */
  constructor(bytes: Uint8Array, report: Canonicalizer) {
    super(bytes, report, {})
  }

  override startTag(tag: StartTag): void {
    super.startTag(tag)
    for (const { attribute, uri } of tag.declarations) {
      if (uri !== '' && !this.inside && !PLAIN_NAMESPACE.test(uri)) this.oddNamespace ??= uri
      const { name, valueStart, valueEnd } = attribute
      this.declaredBytes += (name.bytes.length + valueEnd - valueStart + 1) * MAX_FORM_BYTES
    }
    if (this.depth === 1) {
      this.root = { name: tag.name.text, start: tag.start, end: tag.end, selfClosing: tag.selfClosing }
    } else if (this.inside && this.depth === 2) this.signatureStart = tag.start
  }

  override endTag(name: Name, start: number, end: number, canonical: boolean): void {
    super.endTag(name, start, end, canonical)
    if (this.depth === 0) this.contentEnd = start
    if (this.depth !== 1 || this.signatureStart === undefined) return
    this.signatureSpans.push({ start: this.signatureStart, end })
    this.signatureStart = undefined
  }

  override comment(start: number): void {
    throw xmlError(this.bytes, start - '<!--'.length, 'comment')
  }

  override instruction(start: number): void {
    throw xmlError(this.bytes, start - '<?'.length, 'processing-instruction')
  }
}

function without(spans: readonly Span[], bytes: Uint8Array): Buffer {
  const kept: Uint8Array[] = []
  let at = 0
  for (const { start, end } of spans) {
    kept.push(bytes.subarray(at, start))
    at = end
  }
  return Buffer.concat([...kept, bytes.subarray(at)])
}

/** Inserts the signature at the end of the root. */
function insert(signature: string, bytes: Uint8Array, { root, contentEnd }: OutlineReader): Buffer {
  if (root.selfClosing) {
    const before = bytes.subarray(0, root.end)
    return Buffer.concat([openTag(before), Buffer.from(`${signature}</${root.name}>`), bytes.subarray(root.end)])
  }
  return Buffer.concat([bytes.subarray(0, contentEnd), Buffer.from(signature), bytes.subarray(contentEnd)])
}

// Turns `<a b="c" />` into `<a b="c" >`.
function openTag(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, bytes.lastIndexOf(SLASH)), Buffer.from('>')])
}
