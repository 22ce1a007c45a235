/**
 * Reads the parts of a time stamp (RFC 3161) that decide: a TimeStampResp, its CMS SignedData (RFC 5652) and its TSTInfo.
 *
 * A closed profile: one signer, who is named by issuer and serial number, with signed attributes. Nothing is verified here.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto'
import {
  DER,
  type DerValue,
  derInteger,
  derValue,
  derValues,
  dottedOid,
  onlyValue,
  sequenceValues,
} from '../sign/der.js'

/** Largest time stamp that is read, in bytes. */
export const MAX_TIMESTAMP_BYTES = 64 * 1024

/** Most certificates of a time stamp. */
const MAX_CERTIFICATES = 16

const SIGNED_DATA = '1.2.840.113549.1.7.2'
const TST_INFO = '1.2.840.113549.1.9.16.1.4'

/** `[0]`, constructed. */
const CONTEXT_0 = 0xa0
/** Tags of certificates and revocation lists, which may each be there. */
const OPTIONAL_PARTS: ReadonlySet<string> = new Set(['', `${CONTEXT_0}`, `${0xa1}`, `${CONTEXT_0},${0xa1}`])

/** Identifiers of signed attributes. */
const ATTRIBUTES = {
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
} as const

/** The bytes are not a time stamp of this profile. The message completes `the time stamp …`. */
export class TimestampFormatError extends Error {
  override readonly name = 'TimestampFormatError'
}

/** A time stamp that was read. */
export interface TimestampToken {
  /** 0 and 1 are granted (RFC 3161 §2.4.2). */
  readonly status: bigint
  readonly info: TimestampInfo
  /** The bytes that the signed attribute messageDigest is of. */
  readonly content: Uint8Array
  readonly signer: TimestampSigner
  /** Certificates in the token, in any order. They are not verified. */
  readonly certificates: readonly X509Certificate[]
}

/** What is stamped. */
export interface TimestampInfo {
  /** Identifier of the digest algorithm. */
  readonly imprintAlgorithm: string
  readonly imprint: Uint8Array
  readonly time: Date
  readonly nonce: bigint | undefined
}

/** Who has signed, and what. */
export interface TimestampSigner {
  /** In DER, without its header. */
  readonly issuer: Uint8Array
  readonly serial: bigint
  readonly digestAlgorithm: string
  readonly signatureAlgorithm: string
  readonly signature: Uint8Array
  /** The signed attributes in the form that is signed: a SET. */
  readonly signedAttributes: Uint8Array
  readonly contentType: string
  readonly messageDigest: Uint8Array
  /** The identifier of the signer's certificate: its digest, and the algorithm. */
  readonly certificateHash: { readonly algorithm: string; readonly value: Uint8Array } | undefined
}

/**
 * Reads the status of a TimeStampResp, which may have no token.
 *
 * @throws {TimestampFormatError}
 */
export function readStatus(response: Uint8Array): bigint {
  const [statusInfo] = responseParts(response)
  const [status] = sequenceValues(statusInfo) ?? []
  return integer(status, 'status')
}

/**
 * Reads a TimeStampResp with its token.
 *
 * @throws {TimestampFormatError}
 */
export function readTimestampToken(response: Uint8Array): TimestampToken {
  const status = readStatus(response)
  const [, contentInfo] = responseParts(response)
  if (contentInfo === undefined) throw new TimestampFormatError('has no token')
  const [contentType, explicit] = sequenceValues(contentInfo) ?? []
  if (oid(contentType) !== SIGNED_DATA) throw new TimestampFormatError('is not signed data of CMS')
  const signedData = onlyValue(explicit?.tag === CONTEXT_0 ? derValues(explicit.content) : undefined, DER.sequence)
  const [version, digests, encapsulated, ...rest] = sequenceValues(signedData) ?? []
  if (version?.tag !== DER.integer || digests?.tag !== DER.set) throw new TimestampFormatError('has no signed data')
  const content = contentOf(encapsulated)
  const signerInfos = rest.at(-1)
  const others = rest.slice(0, -1)
  if (!OPTIONAL_PARTS.has(others.map(({ tag }) => tag).join())) throw new TimestampFormatError('has unknown parts')
  const signerInfo = signerInfos?.tag === DER.set ? onlyValue(derValues(signerInfos.content), DER.sequence) : undefined
  if (signerInfo === undefined) throw new TimestampFormatError('has not exactly one signer')
  return {
    status,
    info: readInfo(content),
    content,
    signer: readSigner(signerInfo),
    certificates: readCertificates(others.find(({ tag }) => tag === CONTEXT_0)),
  }
}

function responseParts(response: Uint8Array): readonly DerValue[] {
  if (response.length > MAX_TIMESTAMP_BYTES) {
    throw new TimestampFormatError(`has more than ${MAX_TIMESTAMP_BYTES} bytes`)
  }
  const parts = sequenceValues(onlyValue(derValues(response), DER.sequence))
  if (parts === undefined || parts.length > 2) throw new TimestampFormatError('is not a response of RFC 3161 in DER')
  return parts
}

function contentOf(encapsulated: DerValue | undefined): Uint8Array {
  const [type, explicit] = sequenceValues(encapsulated) ?? []
  if (oid(type) !== TST_INFO) throw new TimestampFormatError('has content of another type than TSTInfo')
  const octets = onlyValue(explicit?.tag === CONTEXT_0 ? derValues(explicit.content) : undefined, DER.octetString)
  if (octets === undefined) throw new TimestampFormatError('has no content')
  return octets.content
}

// TSTInfo (RFC 3161 §2.4.2): version, policy, messageImprint, serialNumber, genTime, then optional fields by tag.
function readInfo(content: Uint8Array): TimestampInfo {
  const [version, , imprint, , time, ...optional] = sequenceValues(onlyValue(derValues(content), DER.sequence)) ?? []
  if (version?.tag !== DER.integer || derInteger(version.content) !== 1n) {
    throw new TimestampFormatError('has a TSTInfo of another version than 1')
  }
  const [algorithm, hash] = sequenceValues(imprint) ?? []
  const nonces = optional.filter(({ tag }) => tag === DER.integer)
  if (hash?.tag !== DER.octetString || nonces.length > 1) throw new TimestampFormatError('has a malformed TSTInfo')
  const [nonce] = nonces
  return {
    imprintAlgorithm: algorithmOf(algorithm),
    imprint: hash.content,
    time: generalizedTime(time),
    nonce: nonce === undefined ? undefined : derInteger(nonce.content),
  }
}

// SignerInfo (RFC 5652 §5.3): version, sid, digestAlgorithm, [0] signedAttrs, signatureAlgorithm, signature, [1] unsigned.
function readSigner(signerInfo: DerValue): TimestampSigner {
  const [, sid, digest, attributes, algorithm, signature] = sequenceValues(signerInfo) ?? []
  const [issuer, serial] = sequenceValues(sid) ?? []
  if (issuer?.tag !== DER.sequence)
    throw new TimestampFormatError('does not name its signer by issuer and serial number')
  if (attributes?.tag !== CONTEXT_0) throw new TimestampFormatError('has no signed attributes')
  if (signature?.tag !== DER.octetString) throw new TimestampFormatError('has no signature')
  const values = readAttributes(attributes)
  const messageDigest = values.get(ATTRIBUTES.messageDigest)
  if (messageDigest?.tag !== DER.octetString) throw new TimestampFormatError('has no attribute messageDigest')
  return {
    issuer: issuer.content,
    serial: integer(serial, 'serial number'),
    digestAlgorithm: algorithmOf(digest),
    signatureAlgorithm: algorithmOf(algorithm),
    signature: signature.content,
    // The tag that is signed is that of SET, not the implicit one (RFC 5652 §5.4).
    signedAttributes: derValue(DER.set, attributes.content),
    contentType: oid(values.get(ATTRIBUTES.contentType)),
    messageDigest: messageDigest.content,
    certificateHash: certificateHash(values),
  }
}

/** The only value of each attribute, by identifier. */
function readAttributes({ content }: DerValue): ReadonlyMap<string, DerValue> {
  const values = new Map<string, DerValue>()
  for (const attribute of derValues(content) ?? []) {
    const [type, set] = sequenceValues(attribute) ?? []
    const name = oid(type)
    const [value, ...more] = set?.tag === DER.set ? (derValues(set.content) ?? []) : []
    if (value === undefined || more.length > 0 || values.has(name)) {
      throw new TimestampFormatError('has a signed attribute with several values, or twice')
    }
    values.set(name, value)
  }
  return values
}

// SigningCertificate (RFC 2634 §5.4) has SHA-1; SigningCertificateV2 (RFC 5035 §3) names its algorithm, by default SHA-256. The
// first identifier is that of the signer's certificate.
function certificateHash(attributes: ReadonlyMap<string, DerValue>): TimestampSigner['certificateHash'] {
  const second = attributes.get(ATTRIBUTES.signingCertificateV2)
  const value = second ?? attributes.get(ATTRIBUTES.signingCertificate)
  const [list] = sequenceValues(value) ?? []
  const [first] = sequenceValues(list) ?? []
  const parts = sequenceValues(first) ?? []
  const named = second !== undefined && parts[0]?.tag === DER.sequence
  const hash = named ? parts[1] : parts[0]
  if (hash?.tag !== DER.octetString) return undefined
  const algorithm = named ? algorithmOf(parts[0]) : second === undefined ? '1.3.14.3.2.26' : '2.16.840.1.101.3.4.2.1'
  return { algorithm, value: hash.content }
}

function readCertificates(set: DerValue | undefined): readonly X509Certificate[] {
  const values = set === undefined ? [] : derValues(set.content)
  if (values === undefined || values.length > MAX_CERTIFICATES)
    throw new TimestampFormatError('has malformed certificates')
  return values.map(({ tag, content }) => {
    try {
      return new X509Certificate(derValue(tag, content))
    } catch (cause) {
      throw new TimestampFormatError('has a certificate that cannot be read', { cause })
    }
  })
}

function generalizedTime(value: DerValue | undefined): Date {
  const text = value?.tag === DER.generalizedTime ? Buffer.from(value.content).toString('latin1') : ''
  const [, year, month, day, hour, minute, second, fraction = ''] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{1,9})?Z$/.exec(text) ?? []
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}`
  const time = new Date(`${iso}${fraction.slice(0, 4)}Z`)
  // Date.parse turns the 31st of February into a day of March.
  if (Number.isNaN(time.getTime()) || !time.toISOString().startsWith(iso)) {
    throw new TimestampFormatError('has a malformed time')
  }
  return time
}

function algorithmOf(value: DerValue | undefined): string {
  return oid(sequenceValues(value)?.[0])
}

function oid(value: DerValue | undefined): string {
  return value?.tag === DER.objectIdentifier ? dottedOid(value.content) : ''
}

function integer(value: DerValue | undefined, name: string): bigint {
  if (value?.tag === DER.integer) return derInteger(value.content)
  throw new TimestampFormatError(`has no ${name}`)
}
