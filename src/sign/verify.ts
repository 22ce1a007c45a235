/**
 * Verifies reports: checks the closed profile first, then the digest, then the signature.
 *
 * The digest and the results come from the same scan of the same strict scanner, so the results are always those that were
 * signed. docs/verification.md describes the profile and what a verified report proves.
 *
 * @module
 */
import { createHash, type KeyObject, verify } from 'node:crypto'
import { JuxError } from '../errors.js'
import { contentHashOf, type ReportCase, type ReportSummary } from '../report/read.js'
import { ResultsReader } from '../report/results.js'
import { type Objection, type ReportSignature, scanReport } from '../report/signature.js'
import { type CanonicalForm, canonicalizeElement, canonicalizeReport } from '../xml/canonical.js'
import { createByteBuffer, type DigestName } from '../xml/digest.js'
import type { XmlVisitor } from '../xml/scan.js'
import { subjectOf } from './algorithms.js'
import { type Candidate, findCandidates } from './candidates.js'
import { type KeyHint, readKeyInfo } from './key-info.js'
import { type NamedCanonicalization, type ReadSignature, readSignature } from './signature-reader.js'
import type { SignatureOptions, Trust, VerifiedReport, VerifyOptions } from './trust-types.js'
import { verificationError } from './verification-error.js'

export { VERIFICATION_REASONS, type VerificationReason } from '../reasons.js'
export type { SignatureOptions, Trust, TrustBasis, TrustedKeys, VerifiedReport, VerifyOptions } from './trust-types.js'

/**
 * Verifies the enveloped signature of a report.
 *
 * Use the `summary` and the `cases` of the result, or its `canonical` bytes: only they are what was signed.
 *
 * @param bytes the report, as received; must not change while the result is in use
 * @param trust keys, certificates and authorities that the caller trusts; the KeyInfo of the report is only a hint
 * @throws {JuxError} `XML_PARSE_ERROR` when the report is not well-formed or is too large, with an `XmlReason`
 * @throws {JuxError} `XML_SIGNATURE_MISSING` when there is no `ds:Signature`
 * @throws {JuxError} `CERT_EXPIRED` for a certificate that is not valid at the time
 * @throws {JuxError} `XML_SIGNATURE_INVALID` for every other reason to refuse, with a `VerificationReason`
 * @throws {JuxError} `XML_INVALID_STRUCTURE` for a signed document that is not a JUnit report, if its summary is read
 *
 * @example
 * ```ts
 * import { createPublicKey } from 'node:crypto'
 * import { readFileSync } from 'node:fs'
 * import { verifyReport } from 'jux-reporter'
 *
 * const nightly = createPublicKey(readFileSync('key.pub.pem'))
 * const report = verifyReport(readFileSync('report.xml'), { publicKeys: [nightly] }, { summary: true })
 * const { tests, failures } = report.summary
 * console.log(`signed by ${report.keyDescription}: ${tests} tests, ${failures} failed`)
 * // signed by ECDSA P-256: 2 tests, 1 failed
 * ```
 */
export function verifyReport(
  bytes: Uint8Array,
  trust: Trust,
  options: VerifyOptions & { readonly cases: Exclude<VerifyOptions['cases'], false | undefined> },
): VerifiedReport & { readonly summary: ReportSummary; readonly cases: readonly ReportCase[] }
export function verifyReport(
  bytes: Uint8Array,
  trust: Trust,
  options: VerifyOptions & { readonly summary: true },
): VerifiedReport & { readonly summary: ReportSummary }
export function verifyReport(bytes: Uint8Array, trust: Trust, options?: VerifyOptions): VerifiedReport
export function verifyReport(bytes: Uint8Array, trust: Trust, options: VerifyOptions = {}): VerifiedReport {
  const { limits, cases, caseProperties } = options
  const isRead = options.summary === true || Boolean(cases)
  // One reader for each scan. The last one has read the scan that computed the digest.
  const readers: ResultsReader[] = []
  const newReader = () => {
    if (isRead) readers.push(new ResultsReader(bytes, { cases, caseProperties }, { defersErrors: true }))
    return readers.at(-1)
  }
  const signature = scanReport(bytes, { limits, visitor: newReader(), onObjection: refuse })
  const checked = checkSignature(signature, trust, options, newReader)
  const results = readers.at(-1)?.results(true)
  return verifiedReport(signature, checked, results?.summary, cases ? results?.cases : undefined)
}

/**
 * Verifies the signature of a report that `readReport` has read. It can be called several times for one report, for example
 * with different trusted keys.
 *
 * @param signature from the result of `readReport`; the bytes of the report must not have changed
 * @throws {JuxError} as `verifyReport`, except `XML_PARSE_ERROR` and `XML_INVALID_STRUCTURE`
 */
export function verifySignature(
  signature: ReportSignature | undefined,
  trust: Trust,
  options: SignatureOptions = {},
): VerifiedReport {
  if (signature === undefined) throw verificationError('signature-missing')
  return verifiedReport(signature, checkSignature(signature, trust, options))
}

/**
 * Verifies a signature that was just made, by the rules for those of others.
 *
 * @param envelope the root with the signature as its only child: what surrounds a signature has no other part in it
 * @param digest of the whole report, as it was signed
 * @throws {JuxError} as `verifyReport`
 */
export function requireVerifiable(envelope: Uint8Array, publicKey: KeyObject, digest: SignedDigest): void {
  const signature = scanReport(envelope, { onObjection: refuse })
  const known = (form: CanonicalForm, name: DigestName) => {
    const isSigned = form.exclusive === digest.form.exclusive && !form.inclusivePrefixes?.size && name === digest.name
    if (!isSigned) throw verificationError('digest-mismatch')
    return digest.value
  }
  checkSignature({ ...signature, digest: known }, { publicKeys: [publicKey] }, {})
}

/** The digest of a canonical form of a report. */
export interface SignedDigest {
  readonly form: CanonicalForm
  readonly name: DigestName
  readonly value: Uint8Array
}

function refuse({ reason, detail }: Objection): void {
  throw verificationError(reason, detail)
}

/** A signature that was verified, and its signer. */
interface CheckedSignature {
  readonly signer: Candidate
  readonly read: ReadSignature
  readonly hint: KeyHint
  readonly form: CanonicalForm
}

function checkSignature(
  report: ReportSignature,
  trust: Trust,
  { at = new Date() }: SignatureOptions,
  newVisitor?: () => XmlVisitor | undefined,
): CheckedSignature {
  const read = readSignature(report)
  const hint = readKeyInfo(read.keyInfo)
  const candidates = findCandidates(trust, hint, read.method, at)
  const fitting = candidates.filter(({ kind }) => read.signatureValue.length === signatureBytes(kind))
  if (fitting.length === 0) throw verificationError('signature-length', `${read.signatureValue.length} bytes`)

  const form = formOf(read.transform)
  const digest = report.digest(form, read.digest, newVisitor)
  if (!Buffer.from(digest).equals(read.digestValue)) throw verificationError('digest-mismatch')
  const signedInfos = canonicalSignedInfos(report, read)
  const signer = fitting.find((candidate) => signedInfos.some((octets) => matches(candidate, read, octets)))
  if (signer === undefined) throw verificationError('signature-mismatch')
  return { signer, read, hint, form }
}

function verifiedReport(
  report: ReportSignature,
  { signer, read, hint, form }: CheckedSignature,
  summary?: ReportSummary,
  cases?: readonly ReportCase[],
): VerifiedReport {
  const { certificate } = signer
  let canonical: Uint8Array | undefined
  return {
    trusted: signer.basis !== 'embedded',
    basis: signer.basis,
    fingerprint: signer.fingerprint,
    keyDescription: signer.kind.description,
    certificate,
    subject: certificate && subjectOf(certificate),
    algorithm: read.method.name,
    digest: read.digest,
    canonicalization: read.transform.name,
    contentHash: contentHashOf(report),
    embeddedCertificates: hint.certificates,
    get canonical() {
      canonical ??= canonicalBytes(report, form, read)
      return canonical
    },
    summary,
    cases,
  }
}

function signatureBytes(kind: Candidate['kind']): number {
  return kind.family === 'rsa' ? Math.ceil(kind.bits / 8) : 2 * kind.curve.coordinateBytes
}

function formOf({ name, inclusivePrefixes }: NamedCanonicalization): CanonicalForm {
  return { exclusive: name === 'exclusive', inclusivePrefixes }
}

// The canonical forms of SignedInfo to try. Inclusive forms add what the ancestors declare (Canonical XML 1.1 §2.4). Programs
// that use lxml leave out the xml:… attributes of the root, so if there are any, both forms are tried. The content of
// SignedInfo is the same in both.
function canonicalSignedInfos(report: ReportSignature, signature: ReadSignature): Uint8Array[] {
  const { signedInfo, canonicalization } = signature
  // In Canonical XML 1.1, xml:id is not inherited; in 1.0, every attribute of the xml namespace is.
  const xmlAttributes = new Map(report.xmlAttributes)
  if (canonicalization.name === 'c14n11') xmlAttributes.delete('id')
  const readings = xmlAttributes.size > 0 ? [xmlAttributes, new Map<string, string>()] : [xmlAttributes]
  return readings.map((reading) => {
    const element = report.bytes.subarray(signedInfo.start, signedInfo.end)
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
  { bytes, limits }: ReportSignature,
  form: CanonicalForm,
  { digest, digestValue }: ReadSignature,
): Uint8Array {
  const buffer = createByteBuffer()
  canonicalizeReport(bytes, buffer, form, { limits })
  const canonical = Buffer.concat(buffer.chunks())
  if (createHash(digest).update(canonical).digest().equals(digestValue)) return canonical
  throw new JuxError('OPERATION_FAILED', { message: 'the report was changed in memory after it was verified' })
}
