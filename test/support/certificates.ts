/**
 * Makes certificates of every kind that a verifier must distinguish.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto'
import { DER, derOid, derSequence, derValue } from '../../src/sign/der.js'
import { encodeName, parseDistinguishedName } from '../../src/sign/distinguished-name.js'
import {
  algorithmIdentifier,
  EXTENSION_OIDS,
  encodeCertificate,
  encodeExtension,
  type SignatureIdentifier,
} from '../../src/sign/x509.js'
import type { KeyPair } from './keys.js'

/** The content of a certificate. By default it is valid from 2020 to 2040. */
export interface CertificateParts {
  readonly subject: string
  readonly keys: KeyPair
  /** Default: 1. */
  readonly serial?: number
  /** Self-signed when absent. */
  readonly issuer?: { readonly subject: string; readonly keys: KeyPair }
  readonly from?: string | Date
  readonly to?: string | Date
  readonly ca?: boolean
  readonly pathLength?: number
  /** The octets of the path length, in its place. */
  readonly pathLengthContent?: readonly number[]
  /** Absent: no keyUsage extension. */
  readonly usage?: keyof typeof USAGES
  /** An IPv4 address as subjectAltName. */
  readonly address?: readonly [number, number, number, number]
  /** Adds an unknown critical extension. */
  readonly strange?: boolean
  /** Adds the extension keyUsage a second time. */
  readonly repeated?: boolean
  readonly hash?: 'SHA-1' | 'SHA-256'
  /** Adds extKeyUsage. */
  readonly extendedUsage?: { readonly critical: boolean; readonly uses: readonly string[] } | undefined
}

/** Bits of keyUsage (RFC 5280 §4.2.1.3) in one octet, and how many of them are unused. */
const USAGES = {
  digitalSignature: [7, 0x80],
  keyEncipherment: [5, 0x20],
  keyCertSign: [2, 0x04],
} as const

/** Makes a certificate. Its keys are RSA or on a NIST curve. */
export function makeCertificate(parts: CertificateParts): X509Certificate {
  const issuer = parts.issuer ?? { subject: parts.subject, keys: parts.keys }
  return new X509Certificate(
    encodeCertificate({
      serial: Buffer.of(parts.serial ?? 1),
      subject: encodeName(parseDistinguishedName(parts.subject)),
      issuer: encodeName(parseDistinguishedName(issuer.subject)),
      validFrom: new Date(parts.from ?? '2020-01-01T00:00:00Z'),
      validTo: new Date(parts.to ?? '2040-01-01T00:00:00Z'),
      publicKey: parts.keys.publicKey,
      extensions: extensionsOf(parts),
      signingKey: issuer.keys.privateKey,
      signature: signatureOf(issuer.keys, parts.hash ?? 'SHA-256'),
    }),
  )
}

function extensionsOf({
  ca,
  pathLength,
  pathLengthContent = pathLength === undefined ? undefined : [pathLength],
  usage,
  address,
  strange,
  repeated,
  extendedUsage,
}: CertificateParts): Buffer[] {
  const extensions: Buffer[] = []
  if (ca !== undefined) {
    const flag = ca ? [derValue(DER.boolean, Buffer.of(0xff))] : []
    const length = pathLengthContent === undefined ? [] : [derValue(DER.integer, Buffer.from(pathLengthContent))]
    extensions.push(encodeExtension(EXTENSION_OIDS.basicConstraints, true, derSequence(...flag, ...length)))
  }
  if (usage !== undefined) {
    extensions.push(encodeExtension(EXTENSION_OIDS.keyUsage, true, derValue(DER.bitString, Buffer.from(USAGES[usage]))))
  }
  if (address !== undefined) {
    // [7] IMPLICIT OCTET STRING (RFC 5280 §4.2.1.6)
    extensions.push(
      encodeExtension(EXTENSION_OIDS.subjectAltName, false, derSequence(derValue(0x87, Buffer.from(address)))),
    )
  }
  if (repeated === true) {
    const value = derValue(DER.bitString, Buffer.from(USAGES.digitalSignature))
    extensions.push(encodeExtension(EXTENSION_OIDS.keyUsage, true, value))
  }
  if (extendedUsage !== undefined) {
    const uses = extendedUsage.uses.map((use) => derOid(use) ?? Buffer.of())
    extensions.push(encodeExtension('2.5.29.37', extendedUsage.critical, derSequence(...uses)))
  }
  if (strange === true) extensions.push(encodeExtension('1.2.3.4.5', true, derValue(DER.null)))
  return extensions
}

function signatureOf({ publicKey }: KeyPair, hash: 'SHA-1' | 'SHA-256'): SignatureIdentifier {
  const family = publicKey.asymmetricKeyType === 'rsa' ? 'rsa' : 'ecdsa'
  const oids = {
    rsa: { 'SHA-1': '1.2.840.113549.1.1.5', 'SHA-256': '1.2.840.113549.1.1.11' },
    ecdsa: { 'SHA-1': '1.2.840.10045.4.1', 'SHA-256': '1.2.840.10045.4.3.2' },
  }
  return {
    digest: hash === 'SHA-1' ? 'sha1' : 'sha256',
    algorithm: algorithmIdentifier(oids[family][hash], family),
  }
}
