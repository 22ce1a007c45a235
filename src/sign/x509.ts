/**
 * X.509 certificates (RFC 5280): writes self-signed ones, and reads the constraints that node:crypto does not show.
 *
 * @module
 */
import { createHash, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto'
import { JuxError } from '../errors.js'
import {
  DER,
  type DerValue,
  derBitString,
  derInteger,
  derOid,
  derSequence,
  derValue,
  derValues,
  dottedOid,
  onlyValue,
  sequenceValues,
} from './der.js'
import { encodeName, parseDistinguishedName } from './distinguished-name.js'

/** Longest validity: a hundred years. The dates of X.509 end with the year 9999. */
export const MAX_DAYS_VALID = 36_500

const MS_PER_DAY = 86_400_000
const SERIAL_BYTES = 16

/** Identifiers of extensions. */
export const EXTENSION_OIDS = {
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  subjectKeyIdentifier: '2.5.29.14',
} as const

const RSA_SHA256: SignatureIdentifier = {
  digest: 'sha256',
  algorithm: algorithmIdentifier('1.2.840.113549.1.1.11', 'rsa'),
}
const ECDSA_SHA256: SignatureIdentifier = {
  digest: 'sha256',
  algorithm: algorithmIdentifier('1.2.840.10045.4.3.2', 'ecdsa'),
}

/** `[0] EXPLICIT INTEGER` with the value 2. */
const VERSION_3 = derValue(0xa0, derValue(DER.integer, Buffer.of(2)))
const VERSION_TAG = 0xa0
const EXTENSIONS_TAG = 0xa3

/** Allowed signature algorithms of certificates. MD5 and SHA-1 are too weak. */
const SIGNATURE_OIDS: ReadonlySet<string> = new Set([
  '1.2.840.113549.1.1.11', // sha256WithRSAEncryption
  '1.2.840.113549.1.1.12', // sha384WithRSAEncryption
  '1.2.840.113549.1.1.13', // sha512WithRSAEncryption
  '1.2.840.10045.4.3.2', // ecdsa-with-SHA256
  '1.2.840.10045.4.3.3', // ecdsa-with-SHA384
  '1.2.840.10045.4.3.4', // ecdsa-with-SHA512
  '1.3.101.112', // Ed25519
  '1.3.101.113', // Ed448
])

const RSASSA_PSS = '1.2.840.113549.1.1.10'

/** Digests that RSASSA-PSS may use: SHA-256, SHA-384, SHA-512. */
const SHA2_OIDS: ReadonlySet<string> = new Set([
  '2.16.840.1.101.3.4.2.1',
  '2.16.840.1.101.3.4.2.2',
  '2.16.840.1.101.3.4.2.3',
])

/** Extensions that may be critical: those that are checked here, and those that do not concern the signing of reports. */
const KNOWN_EXTENSIONS: ReadonlySet<string> = new Set([
  EXTENSION_OIDS.keyUsage,
  EXTENSION_OIDS.basicConstraints,
  EXTENSION_OIDS.subjectAltName,
  '2.5.29.32', // certificatePolicies
  '2.5.29.37', // extKeyUsage
])

const DIGITAL_SIGNATURE = 0x80
const KEY_CERT_SIGN = 0x04

/** A private key with its public key. */
export interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** Subject and validity of a self-signed certificate. */
export interface CertificateSpec {
  /** Distinguished name, such as `CN=Prod,O=Org,C=US`. */
  readonly subject: string
  readonly validFrom: Date
  /** Whole days, up to `MAX_DAYS_VALID`. */
  readonly daysValid: number
}

/** The fields of a certificate. */
export interface CertificateFields {
  readonly serial: Uint8Array
  /** In DER, from `encodeName`. */
  readonly issuer: Uint8Array
  readonly subject: Uint8Array
  readonly validFrom: Date
  readonly validTo: Date
  readonly publicKey: KeyObject
  /** From `encodeExtension`. */
  readonly extensions: readonly Uint8Array[]
  /** The issuer's private key. */
  readonly signingKey: KeyObject
  readonly signature: SignatureIdentifier
}

/** A signature algorithm of certificates. */
export interface SignatureIdentifier {
  /** Name of its digest, for node:crypto. */
  readonly digest: string
  /** AlgorithmIdentifier in DER. */
  readonly algorithm: Uint8Array
}

/** What a certificate may be used for (RFC 5280 §4.2.1). */
export interface CertificateConstraints {
  /** Whether it may sign reports: keyUsage is absent, or has digitalSignature. */
  readonly maySign: boolean
  /** Whether it may issue certificates: basicConstraints has cA, and keyUsage is absent or has keyCertSign. */
  readonly mayIssue: boolean
  /** Most authorities between it and a signer's certificate. */
  readonly pathLength: number
}

/**
 * Makes a self-signed certificate: X.509 v3, SHA-256, for digital signatures, not a CA.
 *
 * @returns PEM
 * @throws {JuxError} `INVALID_ARGUMENT` when the subject is not a distinguished name, or `daysValid` is out of range
 */
export function selfSignedCertificate(pair: KeyPair, { subject, validFrom, daysValid }: CertificateSpec): string {
  if (!Number.isInteger(daysValid) || daysValid < 1 || daysValid > MAX_DAYS_VALID) {
    throw new JuxError('INVALID_ARGUMENT', {
      message: `a certificate is valid for 1 to ${MAX_DAYS_VALID} days, not ${daysValid}`,
    })
  }
  const name = encodeName(parseDistinguishedName(subject))
  const certificate = encodeCertificate({
    serial: newSerial(),
    issuer: name,
    subject: name,
    validFrom,
    validTo: new Date(validFrom.getTime() + daysValid * MS_PER_DAY),
    publicKey: pair.publicKey,
    extensions: [
      // Not a CA: DER leaves out FALSE, the default of cA (X.690 §11.5).
      encodeExtension(EXTENSION_OIDS.basicConstraints, true, derSequence()),
      // digitalSignature is the first bit; seven of the octet are unused (RFC 5280 §4.2.1.3).
      encodeExtension(EXTENSION_OIDS.keyUsage, true, derValue(DER.bitString, Buffer.of(7, 0x80))),
      encodeExtension(
        EXTENSION_OIDS.subjectKeyIdentifier,
        false,
        derValue(DER.octetString, keyIdentifier(pair.publicKey)),
      ),
    ],
    signingKey: pair.privateKey,
    signature: pair.privateKey.asymmetricKeyType === 'rsa' ? RSA_SHA256 : ECDSA_SHA256,
  })
  return new X509Certificate(certificate).toString()
}

/** Writes and signs a certificate, in DER. Fractions of a second are dropped. */
export function encodeCertificate(fields: CertificateFields): Buffer {
  const { extensions, signature, publicKey } = fields
  const body = derSequence(
    VERSION_3,
    derValue(DER.integer, fields.serial),
    signature.algorithm,
    fields.issuer,
    derSequence(encodeTime(fields.validFrom), encodeTime(fields.validTo)),
    fields.subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length === 0 ? [] : [derValue(EXTENSIONS_TAG, derSequence(...extensions))]),
  )
  const value = sign(signature.digest, body, { key: fields.signingKey, dsaEncoding: 'der' })
  return derSequence(body, signature.algorithm, derBitString(value))
}

/** Writes one extension (RFC 5280 §4.2). */
export function encodeExtension(oid: string, critical: boolean, value: Uint8Array): Buffer {
  // DER leaves out FALSE, the default.
  const flag = critical ? [derValue(DER.boolean, Buffer.of(0xff))] : []
  return derSequence(requireOid(oid), ...flag, derValue(DER.octetString, value))
}

/** Writes an AlgorithmIdentifier. RSA has NULL parameters (RFC 4055 §5), ECDSA has no parameters (RFC 5758 §3.2). */
export function algorithmIdentifier(oid: string, family: 'rsa' | 'ecdsa'): Buffer {
  return derSequence(requireOid(oid), ...(family === 'rsa' ? [derValue(DER.null)] : []))
}

/** The fields of a certificate that node:crypto does not show exactly. */
export interface ReadFields {
  readonly serial: bigint
  readonly issuer: DerValue
  readonly subject: DerValue
  readonly signatureAlgorithm: DerValue
  /** By identifier; each at most once. */
  readonly extensions: ReadonlyMap<string, { readonly critical: boolean; readonly value: Uint8Array }>
}

/** Reads the fields of a certificate; `undefined` when it cannot be read, or an extension appears twice (RFC 5280 §4.2). */
export function certificateFields(certificate: X509Certificate): ReadFields | undefined {
  const [body, signatureAlgorithm] = sequenceValues(onlyValue(derValues(certificate.raw), DER.sequence)) ?? []
  const fields = sequenceValues(body) ?? []
  // The version is left out in certificates of version 1.
  const [serial, , issuer, , subject] = fields[0]?.tag === VERSION_TAG ? fields.slice(1) : fields
  const wrapped = fields.find(({ tag }) => tag === EXTENSIONS_TAG)
  const list = wrapped === undefined ? [] : sequenceValues(onlyValue(derValues(wrapped.content), DER.sequence))
  if (!signatureAlgorithm || serial?.tag !== DER.integer || !issuer || !subject || !list) return undefined
  const extensions = new Map<string, { critical: boolean; value: Uint8Array }>()
  for (const extension of list) {
    const [id, ...rest] = sequenceValues(extension) ?? []
    const value = rest.at(-1)
    const [flag] = rest.length === 2 ? rest : []
    if (id?.tag !== DER.objectIdentifier || value?.tag !== DER.octetString || rest.length > 2) return undefined
    if (flag !== undefined && (flag.tag !== DER.boolean || flag.content.length !== 1)) return undefined
    const name = dottedOid(id.content)
    if (extensions.has(name)) return undefined
    extensions.set(name, { critical: flag !== undefined && flag.content[0] !== 0, value: value.content })
  }
  return { serial: derInteger(serial.content), issuer, subject, signatureAlgorithm, extensions }
}

/**
 * Reads what a certificate may be used for.
 *
 * @returns `undefined` when the certificate cannot be read, is signed with a weak algorithm, has an extension twice, or has an
 *   unknown critical extension
 */
export function readConstraints(certificate: X509Certificate): CertificateConstraints | undefined {
  const fields = certificateFields(certificate)
  if (fields === undefined || !isStrongSignature(fields.signatureAlgorithm)) return undefined
  const { extensions } = fields
  if ([...extensions].some(([oid, { critical }]) => critical && !KNOWN_EXTENSIONS.has(oid))) return undefined
  const usageValue = extensions.get(EXTENSION_OIDS.keyUsage)?.value
  // The first octet counts unused bits; the flags that matter are in the second.
  const usage = usageValue === undefined ? 0xff : (onlyValue(derValues(usageValue), DER.bitString)?.content[1] ?? 0)
  const pathLength = pathLengthOf(extensions.get(EXTENSION_OIDS.basicConstraints)?.value)
  if (pathLength === undefined) return undefined
  return {
    maySign: (usage & DIGITAL_SIGNATURE) !== 0,
    mayIssue: certificate.ca && (usage & KEY_CERT_SIGN) !== 0,
    pathLength,
  }
}

// basicConstraints: SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER (0..MAX) OPTIONAL }
function pathLengthOf(value: Uint8Array | undefined): number | undefined {
  if (value === undefined) return Number.POSITIVE_INFINITY
  const parts = sequenceValues(onlyValue(derValues(value), DER.sequence))
  const integers = parts?.filter(({ tag }) => tag === DER.integer) ?? []
  const [length] = integers
  if (parts === undefined || integers.length > 1) return undefined
  if (length === undefined) return Number.POSITIVE_INFINITY
  const number = derInteger(length.content)
  return length.content.length === 0 || number < 0n ? undefined : Number(number)
}

// RSASSA-PSS has its digest in the parameters; the default is SHA-1 (RFC 4055 §3.1).
function isStrongSignature(algorithm: DerValue): boolean {
  const [oid, parameters] = sequenceValues(algorithm) ?? []
  if (oid?.tag !== DER.objectIdentifier) return false
  const name = dottedOid(oid.content)
  if (name !== RSASSA_PSS) return SIGNATURE_OIDS.has(name)
  const hash = sequenceValues(parameters)?.find(({ tag }) => tag === 0xa0)
  const [hashOid] = sequenceValues(hash && onlyValue(derValues(hash.content), DER.sequence)) ?? []
  return hashOid?.tag === DER.objectIdentifier && SHA2_OIDS.has(dottedOid(hashOid.content))
}

/** Makes a random positive serial number (RFC 5280 §4.1.2.2), in the shortest form of an INTEGER. */
function newSerial(): Buffer {
  const serial = randomBytes(SERIAL_BYTES)
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f)
  return serial
}

/** Writes a UTCTime through the year 2049, a GeneralizedTime from 2050 (RFC 5280 §4.1.2.5). */
function encodeTime(time: Date): Buffer {
  const digits = `${time
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replace(/[-:T]/g, '')}Z`
  const year = time.getUTCFullYear()
  if (year < 1950 || year > 2049) return derValue(DER.generalizedTime, Buffer.from(digits))
  return derValue(DER.utcTime, Buffer.from(digits.slice(2)))
}

/** Computes SHA-1 of the bits of the public key. It only identifies the key (RFC 5280 §4.2.1.2, method 1). */
function keyIdentifier(publicKey: KeyObject): Buffer {
  const [spki] = derValues(publicKey.export({ type: 'spki', format: 'der' })) ?? []
  const bits = sequenceValues(spki)?.[1]?.content.subarray(1) ?? new Uint8Array()
  return createHash('sha1').update(bits).digest()
}

function requireOid(dotted: string): Buffer {
  const oid = derOid(dotted)
  if (oid === undefined) throw new TypeError(`${dotted} is not an object identifier`)
  return oid
}
