/**
 * Verifying: a closed profile is checked first, then the digest, then the signature.
 *
 * What a signature covers is taken from one pass of one strict scanner, so no other reading of the same bytes can differ from
 * it. docs/verification.md names the profile and what a verified report proves.
 *
 * @module
 */
import { createHash, verify } from 'node:crypto'
import { JuxError } from '../errors.js'
import { createByteBuffer } from '../xml/byte-buffer.js'
import { type CanonicalForm, canonicalizeElement, canonicalizeReport } from '../xml/canonical.js'
import { createDigester } from '../xml/digest.js'
import { subjectOf } from './algorithms.js'
import { type Candidate, findCandidates } from './candidates.js'
import { readKeyInfo } from './key-info.js'
import { readSignedReport, type SignedReport } from './report-reader.js'
import { type NamedCanonicalization, type ReadSignature, readSignature } from './signature-reader.js'
import type { Trust, VerifiedReport, VerifyOptions } from './trust-types.js'
import { verificationError } from './verification-error.js'

export { VERIFICATION_REASONS, type VerificationReason } from '../reasons.js'
export type { Trust, TrustBasis, TrustedKeys, VerifiedReport, VerifyOptions } from './trust-types.js'

/**
 * Verifies the enveloped signature of a report.
 *
 * Work with the `canonical` bytes of the result: they are what was signed.
 *
 * @param bytes the report, as received; not to be changed while the result is in use
 * @param trust keys, certificates and authorities that the caller accepts; what the report says about its key is only a hint
 * @throws {JuxError} `XML_PARSE_ERROR` when it is not well-formed or too large, with an `XmlReason`
 * @throws {JuxError} `XML_SIGNATURE_MISSING` when there is no `ds:Signature`
 * @throws {JuxError} `XML_SIGNATURE_INVALID` for everything else, with a `VerificationReason` as reason; `CERT_EXPIRED` for a certificate
 *   outside its validity
 *
 * @example
 * ```ts
 * import { createPublicKey } from 'node:crypto'
 * import { readFileSync } from 'node:fs'
 * import { readJunit, verifyReport } from 'jux-reporter'
 *
 * const nightly = createPublicKey(readFileSync('key.pub.pem'))
 * const report = verifyReport(readFileSync('report.xml'), { publicKeys: [nightly] })
 * const { tests, failures } = readJunit(report.canonical)
 * console.log(`signed by ${report.keyDescription}: ${tests} tests, ${failures} failed`)
 * // signed by ECDSA P-256: 2 tests, 1 failed
 * ```
 */
export function verifyReport(bytes: Uint8Array, trust: Trust, options: VerifyOptions = {}): VerifiedReport {
  const { at = new Date(), limits = {} } = options
  const report = readSignedReport(bytes, limits)
  const signature = readSignature(report)
  const hint = readKeyInfo(signature.keyInfo)
  const candidates = findCandidates(trust, hint, signature.method, at)
  const fitting = candidates.filter(({ kind }) => signature.signatureValue.length === signatureBytes(kind))
  if (fitting.length === 0) throw verificationError('signature-length', `${signature.signatureValue.length} bytes`)

  const form = formOf(signature.transform)
  const sameForm = (!form.exclusive || !report.namespaced) && signature.digest === 'sha256'
  const digest = sameForm ? report.contentDigest : digestReport(bytes, form, signature, limits)
  if (!Buffer.from(digest).equals(signature.digestValue)) throw verificationError('digest-mismatch')
  const signedInfos = canonicalSignedInfos(bytes, report, signature)
  const signer = fitting.find((candidate) => signedInfos.some((octets) => matches(candidate, signature, octets)))
  if (signer === undefined) throw verificationError('signature-mismatch')

  const { certificate } = signer
  const subject = certificate && subjectOf(certificate)
  let canonical: Uint8Array | undefined
  return {
    trusted: signer.basis !== 'embedded',
    basis: signer.basis,
    fingerprint: signer.fingerprint,
    keyDescription: signer.kind.description,
    ...(certificate === undefined ? {} : { certificate }),
    ...(subject === undefined ? {} : { subject }),
    algorithm: signature.method.name,
    digest: signature.digest,
    canonicalization: signature.transform.name,
    contentHash: Buffer.from(report.contentDigest).toString('hex'),
    embeddedCertificates: hint.certificates,
    get canonical() {
      canonical ??= canonicalBytes(bytes, form, signature, limits)
      return canonical
    },
  }
}

function signatureBytes(kind: Candidate['kind']): number {
  return kind.family === 'rsa' ? Math.ceil(kind.bits / 8) : 2 * kind.curve.coordinateBytes
}

function formOf({ name, inclusivePrefixes }: NamedCanonicalization): CanonicalForm {
  return { exclusive: name === 'exclusive', inclusivePrefixes }
}

function digestReport(
  bytes: Uint8Array,
  form: CanonicalForm,
  { digest }: ReadSignature,
  limits: VerifyOptions['limits'],
): Uint8Array {
  const digester = createDigester([digest])
  canonicalizeReport(bytes, digester, form, limits)
  return digester.digests().get(digest) ?? new Uint8Array()
}

// SignedInfo by itself: the inclusive forms take over what its ancestors declare (Canonical XML 1.1 §2.4). Writers on top of
// lxml leave out the root's xml:… attributes, so where there are some, both readings are tried; neither says anything else.
function canonicalSignedInfos(bytes: Uint8Array, report: SignedReport, signature: ReadSignature): Uint8Array[] {
  const { signedInfo, canonicalization } = signature
  // Canonical XML 1.1 does not hand down xml:id; 1.0 hands down every attribute of that namespace.
  const xmlAttributes = new Map(report.xmlAttributes)
  if (canonicalization.name === 'c14n11') xmlAttributes.delete('id')
  const readings = xmlAttributes.size > 0 ? [xmlAttributes, new Map<string, string>()] : [xmlAttributes]
  return readings.map((reading) => {
    const element = bytes.subarray(signedInfo.start, signedInfo.end)
    const buffer = createByteBuffer()
    const inherited = { namespaces: report.namespaces, xmlAttributes: reading }
    canonicalizeElement(element, buffer, { ...formOf(canonicalization), inherited })
    return Buffer.concat(buffer.chunks())
  })
}

function matches({ key, kind }: Candidate, { method, signatureValue }: ReadSignature, signedInfo: Uint8Array): boolean {
  // r‖s for ECDSA (RFC 9231 §2.3.6); RSASSA-PKCS1-v1_5 is what node:crypto does by default.
  const input = kind.family === 'rsa' ? key : { key, dsaEncoding: 'ieee-p1363' as const }
  try {
    return verify(method.digest, signedInfo, input, signatureValue)
  } catch {
    // OpenSSL refuses to compute with some keys, such as those of enormous size.
    return false
  }
}

function canonicalBytes(
  bytes: Uint8Array,
  form: CanonicalForm,
  { digest, digestValue }: ReadSignature,
  limits: VerifyOptions['limits'],
): Uint8Array {
  const buffer = createByteBuffer()
  canonicalizeReport(bytes, buffer, form, limits)
  const canonical = Buffer.concat(buffer.chunks())
  if (createHash(digest).update(canonical).digest().equals(digestValue)) return canonical
  throw new JuxError('OPERATION_FAILED', { message: 'the report was changed in memory after it was verified' })
}
