/**
 * Signs a report of any program: inserts a signature and changes no other byte.
 *
 * It refuses to sign a report that the verifier would refuse: one with comments, processing instructions or a DOCTYPE, or one
 * that is not well-formed.
 *
 * @module
 */
import { JuxError, toJuxError } from '../errors.js'
import { type CanonicalForm, Canonicalizer, EnvelopedFilter } from '../xml/canonical.js'
import { createDigester } from '../xml/digest.js'
import { DSIG_NAMESPACE, type Name } from '../xml/names.js'
import { type StartTag, scanXml, type XmlVisitor } from '../xml/scan.js'
import type { Signer } from './keys.js'
import { signatureElement } from './sign.js'
import { requireVerifiable } from './verify.js'

const SLASH = 0x2f

/**
 * Signs a whole report; the signature becomes the last child of its root.
 *
 * @param options.replace removes the signatures that the report has; without it, a signed report is refused
 * @throws {JuxError} `XML_PARSE_ERROR`; `OPERATION_FAILED` with reason `already-signed`; `XML_INVALID_STRUCTURE`
 */
export function signReport(
  bytes: Uint8Array,
  signer: Signer,
  options: { readonly replace?: boolean | undefined } = {},
): Buffer {
  const form: CanonicalForm = { exclusive: signer.canonicalization === 'exclusive' }
  const digester = createDigester([signer.digest])
  const canonicalizer = new Canonicalizer(bytes, digester, form)
  const outline = new OutlineReader(new EnvelopedFilter(canonicalizer))
  scanXml(bytes, outline)
  canonicalizer.finish()
  if (outline.signatures.length > 0 && !options.replace) {
    throw new JuxError('OPERATION_FAILED', {
      message: 'the report is already signed',
      suggestions: ['to replace the signature, add --replace to the command'],
      reason: 'already-signed',
    })
  }
  if (outline.xmlAttributes && !form.exclusive) {
    // SignedInfo inherits them under inclusive canonicalization, and implementations differ (Canonical XML 1.1 §2.4).
    throw new JuxError('XML_INVALID_STRUCTURE', {
      message: 'a report whose root has xml:… attributes can only be signed with exclusive canonicalization',
      suggestions: ['export JUX_CANONICALIZATION=exclusive'],
    })
  }
  const { start, end, selfClosing } = outline.root
  const tag = Buffer.from(bytes.subarray(start, end))
  const signature = signatureElement(digester.digests(), signer, (selfClosing ? openTag(tag) : tag).toString('utf8'))
  const signed = splice(bytes, outline, signature)
  try {
    // The verifier is strict: never return a report that it would refuse.
    requireVerifiable(signed, signer.publicKey, form, signer.digest)
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

/** Places in a report, as offsets in bytes. */
interface Outline {
  readonly root: { readonly name: string; readonly start: number; readonly end: number; readonly selfClosing: boolean }
  /** Start of the root's end tag. */
  readonly contentEnd: number
  /** Whether the root has attributes of the xml namespace. */
  readonly xmlAttributes: boolean
  /** Signatures among the root's children. */
  readonly signatures: readonly { readonly start: number; readonly end: number }[]
}

// Has no methods for comments and processing instructions, so the scanner refuses them.
class OutlineReader implements XmlVisitor {
  root: Outline['root'] = { name: '', start: 0, end: 0, selfClosing: false }
  contentEnd = 0
  xmlAttributes = false
  readonly signatures: { start: number; end: number }[] = []
  private readonly report: EnvelopedFilter
  private depth = 0
  private signature: { start: number; end: number } | undefined

  /** @param report receives all events, too */
  constructor(report: EnvelopedFilter) {
    this.report = report
  }

  startTag(tag: StartTag): void {
    this.report.startTag(tag)
    if (this.depth === 0) {
      this.root = { name: tag.name.text, start: tag.start, end: tag.end, selfClosing: tag.selfClosing }
      this.xmlAttributes = tag.attributes.slice(0, tag.attributeCount).some(({ name }) => name.prefix === 'xml')
    }
    if (this.depth === 1 && tag.name.local === 'Signature' && tag.uri === DSIG_NAMESPACE) {
      this.signature = { start: tag.start, end: tag.end }
      this.signatures.push(this.signature)
    }
    this.depth++
  }

  endTag(name: Name, start: number, end: number, canonical: boolean): void {
    this.report.endTag(name, start, end, canonical)
    this.depth--
    if (this.depth === 0) this.contentEnd = start
    if (this.depth !== 1 || this.signature === undefined) return
    this.signature.end = end
    this.signature = undefined
  }

  text(start: number, end: number, canonical: boolean): void {
    this.report.text(start, end, canonical)
  }

  cdata(start: number, end: number): void {
    this.report.cdata(start, end)
  }
}

/** Removes the old signatures and inserts the new one at the end of the root. */
function splice(bytes: Uint8Array, { root, contentEnd, signatures }: Outline, signature: string): Buffer {
  if (root.selfClosing) {
    const before = bytes.subarray(0, root.end)
    return Buffer.concat([openTag(before), Buffer.from(`${signature}</${root.name}>`), bytes.subarray(root.end)])
  }
  const kept: Uint8Array[] = []
  let at = 0
  for (const { start, end } of signatures) {
    kept.push(bytes.subarray(at, start))
    at = end
  }
  return Buffer.concat([...kept, bytes.subarray(at, contentEnd), Buffer.from(signature), bytes.subarray(contentEnd)])
}

// Turns `<a b="c" />` into `<a b="c" >`.
function openTag(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, bytes.lastIndexOf(SLASH)), Buffer.from('>')])
}
