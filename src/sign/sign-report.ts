/**
 * Signing a report that somebody else wrote: its bytes stay as they are, and a signature is put in.
 *
 * What the verifier would refuse is not signed: comments, processing instructions, DOCTYPEs, anything not well-formed.
 *
 * @module
 */
import { JuxError, toJuxError } from '../errors.js'
import { canonicalizeReport } from '../xml/canonical.js'
import { createDigester } from '../xml/digest.js'
import type { Name } from '../xml/names.js'
import { type StartTag, scanXml, type XmlVisitor } from '../xml/scan.js'
import { DSIG_NAMESPACE } from './algorithms.js'
import type { Signer } from './keys.js'
import { signatureElement } from './sign.js'
import { verifyReport } from './verify.js'

/**
 * Signs a whole report; the signature becomes the last child of its root.
 *
 * @param options.replace takes signatures out first; without it a signed report is refused
 * @throws {JuxError} `XML_PARSE_ERROR`; `OPERATION_FAILED` with reason `already-signed`; `XML_INVALID_STRUCTURE`
 */
export function signReport(bytes: Uint8Array, signer: Signer, options: { readonly replace?: boolean } = {}): Buffer {
  const outline = new OutlineReader()
  scanXml(bytes, outline)
  if (outline.signatures.length > 0 && !options.replace) {
    throw new JuxError('OPERATION_FAILED', {
      message: 'the report is signed already',
      suggestions: ['jux sign --replace, to put a new signature in the place of the old one'],
      reason: 'already-signed',
    })
  }
  if (outline.xmlAttributes && signer.canonicalization !== 'exclusive') {
    // Inclusive canonicalisation of SignedInfo inherits them, and implementations differ in how (Canonical XML 1.1 §2.4).
    throw new JuxError('XML_INVALID_STRUCTURE', {
      message: 'a report whose root has xml:… attributes is signed with exclusive canonicalisation only',
      suggestions: ['jux sign --canonicalization exclusive'],
    })
  }
  const digester = createDigester([signer.digest])
  canonicalizeReport(bytes, digester, { exclusive: signer.canonicalization === 'exclusive' })
  const { start, end, selfClosing } = outline.root
  const tag = Buffer.from(bytes.subarray(start, end))
  const signature = signatureElement(digester.digests(), signer, (selfClosing ? openTag(tag) : tag).toString('utf8'))
  const signed = splice(bytes, outline, signature)
  requireVerifiable(signed, signer)
  return signed
}

// The verifier is strict; what it would refuse must not leave here.
function requireVerifiable(signed: Uint8Array, { publicKey }: Signer): void {
  try {
    verifyReport(signed, { publicKeys: [publicKey] })
  } catch (cause) {
    const { message, reason } = toJuxError(cause)
    throw new JuxError('XML_INVALID_STRUCTURE', {
      message: `the report cannot be signed so that it verifies: ${message}`,
      ...(reason === undefined ? {} : { reason }),
      cause,
    })
  }
}

/** Where things are; offsets in bytes. */
interface Outline {
  readonly root: { readonly name: string; readonly start: number; readonly end: number; readonly selfClosing: boolean }
  /** Before the root's end tag. */
  readonly contentEnd: number
  /** Whether the root has attributes of the xml namespace. */
  readonly xmlAttributes: boolean
  /** Signatures among the root's children. */
  readonly signatures: readonly { readonly start: number; readonly end: number }[]
}

class OutlineReader implements XmlVisitor {
  root: Outline['root'] = { name: '', start: 0, end: 0, selfClosing: false }
  contentEnd = 0
  xmlAttributes = false
  readonly signatures: { start: number; end: number }[] = []
  private depth = 0
  private signature: { start: number; end: number } | undefined

  startTag(tag: StartTag): void {
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

  endTag(_: Name, start: number, end: number): void {
    this.depth--
    if (this.depth === 0) this.contentEnd = start
    if (this.depth !== 1 || this.signature === undefined) return
    this.signature.end = end
    this.signature = undefined
  }

  text(): void {}
  cdata(): void {}
}

/** The report without the signatures it had, and with the new one at the end of its root. */
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

// `<a b="c" />` without its slash.
function openTag(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, bytes.lastIndexOf(SLASH)), Buffer.from('>')])
}

const SLASH = 0x2f
