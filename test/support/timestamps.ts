/**
 * A time-stamping authority (RFC 3161) whose every part can be wrong.
 *
 * @module
 */
import { createHash, generateKeyPairSync, type KeyObject, sign, type X509Certificate } from 'node:crypto'
import {
  DER,
  type DerValue,
  derOid,
  derSequence,
  derSetOf,
  derValue,
  derValues,
  onlyValue,
  sequenceValues,
} from '../../src/sign/der.js'
import { type CertificateParts, makeCertificate } from './certificates.js'

export const TIME_STAMPING = '1.3.6.1.5.5.7.3.8'
const TST_INFO = '1.2.840.113549.1.9.16.1.4'

/** An authority with its root. */
export interface TestAuthority {
  readonly root: X509Certificate
  readonly certificate: X509Certificate
  readonly privateKey: KeyObject
  readonly family: 'rsa' | 'ecdsa'
}

/** What differs from a right time stamp. */
export interface StampParts {
  readonly status?: number
  readonly time?: string
  readonly nonce?: Buffer
  /** Signed in the place of the signature. */
  readonly imprintOf?: Uint8Array
  readonly certificateHashOf?: Uint8Array
  readonly withoutCertificateHash?: boolean
  readonly contentType?: string
  readonly messageDigestOf?: Uint8Array
  readonly certificates?: readonly X509Certificate[]
  readonly repeatedDigest?: boolean
  /** SHA-1, as RFC 3161 names certificates. */
  readonly oldIdentifier?: boolean
  readonly signers?: number
  readonly signingKey?: KeyObject
  /** Appended to the response. */
  readonly trailer?: Uint8Array
}

/** Makes an authority that is valid from 2020 to 2040, with differences. */
export function testAuthority(parts: Partial<CertificateParts> = {}, family: 'rsa' | 'ecdsa' = 'ecdsa'): TestAuthority {
  const issuer = { subject: 'CN=Root', keys: generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
  const keys =
    family === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const extendedUsage = { critical: true, uses: [TIME_STAMPING] }
  return {
    root: makeCertificate({ ...issuer, ca: true, usage: 'keyCertSign' }),
    certificate: makeCertificate({
      subject: 'CN=Clock',
      serial: 2,
      keys,
      issuer,
      usage: 'digitalSignature',
      extendedUsage,
      ...parts,
    }),
    privateKey: keys.privateKey,
    family,
  }
}

/** Stamps a signature: a TimeStampResp in DER. */
export function stamp(authority: TestAuthority, signature: Uint8Array, parts: StampParts = {}): Buffer {
  const { certificate, privateKey, family } = authority
  const { status = 0, time = '20260101000000Z', nonce, imprintOf = signature } = parts
  const info = derSequence(
    integer(1),
    oid('1.2.3.4'),
    derSequence(sha256(), derValue(DER.octetString, digest(imprintOf))),
    integer(7),
    derValue(DER.generalizedTime, Buffer.from(time)),
    ...(nonce === undefined ? [] : [derValue(DER.integer, nonce)]),
  )
  const messageDigest = attribute(
    '1.2.840.113549.1.9.4',
    derValue(DER.octetString, digest(parts.messageDigestOf ?? info)),
  )
  const attributes = [
    attribute('1.2.840.113549.1.9.3', oid(parts.contentType ?? TST_INFO)),
    messageDigest,
    ...(parts.repeatedDigest ? [messageDigest] : []),
    ...(parts.withoutCertificateHash ? [] : [certificateHash(parts, certificate)]),
  ]
  const signed = derSetOf(attributes)
  const value = sign('sha256', signed, { key: parts.signingKey ?? privateKey, dsaEncoding: 'der' })
  const signerInfo = derSequence(
    integer(1),
    issuerAndSerial(certificate),
    sha256(),
    derValue(0xa0, ...contentsOf(signed)),
    derSequence(oid(family === 'rsa' ? '1.2.840.113549.1.1.1' : '1.2.840.10045.4.3.2')),
    derValue(DER.octetString, value),
  )
  const certificates = parts.certificates ?? [certificate]
  const signedData = derSequence(
    integer(3),
    derValue(DER.set, sha256()),
    derSequence(oid(TST_INFO), derValue(0xa0, derValue(DER.octetString, info))),
    ...(certificates.length === 0 ? [] : [derValue(0xa0, ...certificates.map(({ raw }) => raw))]),
    derValue(DER.set, ...Array.from({ length: parts.signers ?? 1 }, () => signerInfo)),
  )
  const token = derSequence(oid('1.2.840.113549.1.7.2'), derValue(0xa0, signedData))
  const response = derSequence(derSequence(integer(status)), ...(status > 1 ? [] : [token]))
  return Buffer.concat([response, parts.trailer ?? Buffer.of()])
}

function certificateHash({ certificateHashOf, oldIdentifier }: StampParts, certificate: X509Certificate): Buffer {
  const hash = createHash(oldIdentifier ? 'sha1' : 'sha256')
  const value = derValue(DER.octetString, hash.update(certificateHashOf ?? certificate.raw).digest())
  const name = oldIdentifier ? '1.2.840.113549.1.9.16.2.12' : '1.2.840.113549.1.9.16.2.47'
  return attribute(name, derSequence(derSequence(derSequence(value))))
}

/** Of the certificate, as it is written there. */
function issuerAndSerial(certificate: X509Certificate): Buffer {
  const [body] = sequenceValues(onlyValue(derValues(certificate.raw), DER.sequence)) ?? []
  const [, serial, , issuer] = sequenceValues(body) ?? []
  const written = (value: DerValue = { tag: DER.null, content: new Uint8Array() }) => derValue(value.tag, value.content)
  return derSequence(written(issuer), written(serial))
}

function contentsOf(set: Uint8Array): readonly Uint8Array[] {
  return (derValues(onlyValue(derValues(set), DER.set)?.content ?? Buffer.of()) ?? []).map(({ tag, content }) =>
    derValue(tag, content),
  )
}

function attribute(name: string, value: Uint8Array): Buffer {
  return derSequence(oid(name), derValue(DER.set, value))
}

function sha256(): Buffer {
  return derSequence(oid('2.16.840.1.101.3.4.2.1'))
}

function digest(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function integer(value: number): Buffer {
  return derValue(DER.integer, Buffer.of(value))
}

function oid(dotted: string): Buffer {
  return derOid(dotted) ?? Buffer.of()
}
