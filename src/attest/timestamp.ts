/**
 * Time stamps (RFC 3161): the request for one, and whether an authority vouches that a signature existed at a time.
 *
 * Pure: callers send the request, and pass the time. Reading and verifying need no network.
 *
 * @module
 */
import { createHash, timingSafeEqual, verify, type X509Certificate } from 'node:crypto'
import { JuxError } from '../errors.js'
import type { ReasonOf } from '../reasons.js'
import { keyKind, subjectOf } from '../sign/algorithms.js'
import { CertificateChains } from '../sign/certificate-chain.js'
import { DER, derOid, derSequence, derValue, derValues, dottedOid, onlyValue, sequenceValues } from '../sign/der.js'
import { quoted } from '../sign/verification-error.js'
import { certificateFields } from '../sign/x509.js'
import {
  readStatus,
  readTimestampToken,
  TimestampFormatError,
  type TimestampSigner,
  type TimestampToken,
} from './timestamp-token.js'

/** How much the clocks of an authority and of this machine may differ. */
const CLOCK_SKEW_MS = 5 * 60_000

const TST_INFO = '1.2.840.113549.1.9.16.1.4'
const EXTENDED_KEY_USAGE = '2.5.29.37'
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8'

/** Digests of the imprint, of the content, and of RSA signatures without a digest of their own. */
const DIGESTS: ReadonlyMap<string, string> = new Map([
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
])

/** A certificate may also be named by SHA-1 (RFC 3161): the signature proves the key, the digest only says which certificate. */
const CERTIFICATE_DIGESTS: ReadonlyMap<string, string> = new Map([...DIGESTS, ['1.3.14.3.2.26', 'sha1']])

const RSA_ENCRYPTION = '1.2.840.113549.1.1.1'
const SIGNATURES: ReadonlyMap<string, { readonly family: 'rsa' | 'ecdsa'; readonly digest: string }> = new Map([
  ['1.2.840.113549.1.1.11', { family: 'rsa', digest: 'sha256' }],
  ['1.2.840.113549.1.1.12', { family: 'rsa', digest: 'sha384' }],
  ['1.2.840.113549.1.1.13', { family: 'rsa', digest: 'sha512' }],
  ['1.2.840.10045.4.3.2', { family: 'ecdsa', digest: 'sha256' }],
  ['1.2.840.10045.4.3.3', { family: 'ecdsa', digest: 'sha384' }],
  ['1.2.840.10045.4.3.4', { family: 'ecdsa', digest: 'sha512' }],
])

/** How a time stamp is verified. */
export interface TimestampOptions {
  /** The present time: a stamp from the future is refused. */
  readonly now: Date
  /** Certificates of authorities that are trusted. Absent: the chain is not checked, as right after the request. */
  readonly authorities?: readonly X509Certificate[] | undefined
  /** The nonce of the request, if this is the answer to it. */
  readonly nonce?: bigint | undefined
}

/** A time that an authority vouches for. */
export interface VerifiedTimestamp {
  readonly time: Date
  /** Subject of the certificate of the authority that has signed. */
  readonly authority: string | undefined
}

/**
 * Makes the request for a time stamp over a signature: SHA-256, with a nonce, and with the wish for certificates.
 *
 * @param nonce positive
 * @returns a TimeStampReq in DER
 */
export function timestampRequest(signature: Uint8Array, nonce: bigint): Buffer {
  const algorithm = derSequence(derOid('2.16.840.1.101.3.4.2.1') ?? Buffer.of(), derValue(DER.null))
  const imprint = derSequence(algorithm, derValue(DER.octetString, createHash('sha256').update(signature).digest()))
  return derSequence(
    derValue(DER.integer, Buffer.of(1)),
    imprint,
    derValue(DER.integer, integerBytes(nonce)),
    derValue(DER.boolean, Buffer.of(0xff)),
  )
}

/**
 * Verifies a time stamp over a signature.
 *
 * @param response a TimeStampResp in DER
 * @throws {JuxError} `TIMESTAMP_INVALID`
 */
export function verifyTimestamp(
  response: Uint8Array,
  signature: Uint8Array,
  { now, authorities, nonce }: TimestampOptions,
): VerifiedTimestamp {
  const token = read(response)
  const { info, signer } = token
  const imprintDigest = DIGESTS.get(info.imprintAlgorithm)
  if (imprintDigest === undefined || !isDigestOf(signature, imprintDigest, info.imprint)) {
    throw invalid('is over another signature', 'imprint')
  }
  if (nonce !== undefined && info.nonce !== nonce) throw invalid('answers another request: its nonce differs', 'nonce')
  const contentDigest = DIGESTS.get(signer.digestAlgorithm)
  const isContent = contentDigest !== undefined && isDigestOf(token.content, contentDigest, signer.messageDigest)
  if (!isContent || signer.contentType !== TST_INFO) {
    throw invalid('was changed: its signed attributes are of other content', 'content')
  }
  const certificate = certificateOf(token, authorities)
  requireKeyUsage(certificate)
  if (!isSignedBy(certificate, signer)) throw invalid('has a signature that does not match', 'signature')
  // Negated, so that a time that cannot be parsed accepts nothing.
  if (!(info.time.getTime() <= now.getTime() + CLOCK_SKEW_MS)) {
    throw invalid(`is from the future: ${info.time.toISOString()}`, 'future')
  }
  if (authorities !== undefined) requireChain(certificate, token, authorities)
  return { time: info.time, authority: subjectOf(certificate) }
}

/**
 * The time at which a signature existed, as trusted authorities vouch: the earliest of its valid stamps.
 *
 * @param timestamps TimeStampResp in DER
 * @throws {JuxError} `TIMESTAMP_INVALID` if none is valid: with the reason of the first, or `missing`
 */
export function stampedTime(
  timestamps: readonly Uint8Array[],
  signature: Uint8Array,
  options: TimestampOptions & { readonly authorities: readonly X509Certificate[] },
): VerifiedTimestamp {
  const stamps: VerifiedTimestamp[] = []
  let problem: JuxError | undefined
  for (const response of timestamps) {
    try {
      stamps.push(verifyTimestamp(response, signature, options))
    } catch (error) {
      if (!(error instanceof JuxError)) throw error
      problem ??= error
    }
  }
  const [earliest] = stamps.sort((one, other) => one.time.getTime() - other.time.getTime())
  if (earliest !== undefined) return earliest
  throw (
    problem ?? new JuxError('TIMESTAMP_INVALID', { message: 'the attestation has no time stamp', reason: 'missing' })
  )
}

function read(response: Uint8Array): TimestampToken {
  try {
    const status = readStatus(response)
    if (status > 1n || status < 0n) throw invalid(`was not granted (status ${status})`, 'status')
    return readTimestampToken(response)
  } catch (cause) {
    if (!(cause instanceof TimestampFormatError)) throw cause
    throw invalid(cause.message, 'malformed', cause)
  }
}

/** The certificate that the token names twice: by issuer and serial number, and by its digest (RFC 5816 §2.2.1). */
function certificateOf({ signer, certificates }: TimestampToken, authorities: readonly X509Certificate[] = []) {
  const named = [...certificates, ...authorities].filter((certificate) => {
    const fields = certificateFields(certificate)
    return fields?.serial === signer.serial && Buffer.from(signer.issuer).equals(fields.issuer.content)
  })
  if (named.length === 0) throw invalid('has no certificate of its signer', 'certificate')
  const { algorithm = '', value } = signer.certificateHash ?? {}
  const digest = CERTIFICATE_DIGESTS.get(algorithm)
  const certificate = named.find(
    ({ raw }) => digest !== undefined && value !== undefined && isDigestOf(raw, digest, value),
  )
  if (certificate === undefined) throw invalid('does not bind the certificate of its signer (ESSCertID)', 'certificate')
  return certificate
}

// RFC 3161 §2.3: the extension must be critical, and time stamping the only use.
function requireKeyUsage(certificate: X509Certificate): void {
  const extension = certificateFields(certificate)?.extensions.get(EXTENDED_KEY_USAGE)
  const uses = sequenceValues(onlyValue(derValues(extension?.value ?? Buffer.of()), DER.sequence)) ?? []
  const [use] = uses
  const isOnly = uses.length === 1 && use?.tag === DER.objectIdentifier && dottedOid(use.content) === TIME_STAMPING
  if (extension?.critical === true && isOnly) return
  throw invalid('was signed with a certificate that is not for time stamping alone', 'usage')
}

function isSignedBy(certificate: X509Certificate, signer: TimestampSigner): boolean {
  const kind = keyKind(certificate.publicKey)
  const digest = DIGESTS.get(signer.digestAlgorithm) ?? ''
  const method =
    signer.signatureAlgorithm === RSA_ENCRYPTION
      ? { family: 'rsa' as const, digest }
      : SIGNATURES.get(signer.signatureAlgorithm)
  if (method === undefined || kind.family !== method.family) return false
  const key = { key: certificate.publicKey, dsaEncoding: 'der' as const }
  try {
    return verify(method.digest, signer.signedAttributes, key, signer.signature)
  } catch {
    // OpenSSL refuses to compute with some keys and signatures.
    return false
  }
}

function requireChain(
  certificate: X509Certificate,
  { info, certificates }: TimestampToken,
  authorities: readonly X509Certificate[],
): void {
  const problem = new CertificateChains(certificates, authorities, info.time).problem(certificate)
  if (problem === undefined) return
  throw invalid(
    `is of ${quoted(subjectOf(certificate))}, which is not a trusted authority at that time (${problem})`,
    'chain',
  )
}

function isDigestOf(bytes: Uint8Array, digest: string, value: Uint8Array): boolean {
  const computed = createHash(digest).update(bytes).digest()
  return computed.length === value.length && timingSafeEqual(computed, value)
}

/** In the shortest form of an INTEGER. */
function integerBytes(value: bigint): Buffer {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  return (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes
}

function invalid(what: string, reason: ReasonOf<'TIMESTAMP_INVALID'>, cause?: unknown): JuxError {
  return new JuxError('TIMESTAMP_INVALID', { message: `the time stamp ${what}`, reason, cause })
}
