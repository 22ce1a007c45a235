/**
 * The canonical form of a document, as a stream: Canonical XML 1.0 and 1.1 (which agree on whole documents) and
 * Exclusive XML Canonicalization 1.0, all without comments.
 *
 * The root element is what is canonicalised: the XML declaration and whatever stands outside the root is no part of it.
 *
 * @module
 */
import { type CanonicalForm, Canonicalizer } from './canonicalizer.js'
import { createDigester, type ReportSink } from './digest.js'
import { EnvelopedFilter } from './enveloped.js'
import { scanXml, type XmlLimits } from './scan.js'

export { type CanonicalForm, Canonicalizer, type Inherited } from './canonicalizer.js'

const INCLUSIVE: CanonicalForm = { exclusive: false }

/**
 * The identity of a report: SHA-256 over the inclusive canonical form of its root, without the signature.
 *
 * @returns lower-case hex
 * @throws {JuxError} `XML_PARSE_ERROR`
 */
export function contentHash(bytes: Uint8Array, limits: Partial<XmlLimits> = {}): string {
  const digester = createDigester(['sha256'])
  canonicalizeReport(bytes, digester, INCLUSIVE, limits)
  return Buffer.from(digester.digests().get('sha256') ?? []).toString('hex')
}

/**
 * Writes the canonical form of a report's root, without any `ds:Signature` among the root's children.
 *
 * @throws {JuxError} `XML_PARSE_ERROR`
 */
export function canonicalizeReport(
  bytes: Uint8Array,
  sink: ReportSink,
  form: CanonicalForm = INCLUSIVE,
  limits: Partial<XmlLimits> = {},
): void {
  const canonicalizer = new Canonicalizer(bytes, sink, form)
  scanXml(bytes, new EnvelopedFilter(canonicalizer), { limits })
  canonicalizer.finish()
}

/**
 * Writes the canonical form of one element of a document.
 *
 * @param bytes the element alone, from its `<` to its last `>`
 * @throws {JuxError} `XML_PARSE_ERROR`
 */
export function canonicalizeElement(bytes: Uint8Array, sink: ReportSink, form: CanonicalForm): void {
  const canonicalizer = new Canonicalizer(bytes, sink, form)
  scanXml(bytes, canonicalizer, form.inherited === undefined ? {} : { inherited: form.inherited.namespaces })
  canonicalizer.finish()
}
