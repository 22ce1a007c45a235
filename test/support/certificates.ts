/**
 * Certificates of every kind that a verifier must tell apart.
 *
 * @module
 */
import 'reflect-metadata'
import { webcrypto, X509Certificate } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import type { KeyPair } from './keys.js'

/** What a certificate says; valid from 2020 to 2040 unless told otherwise. */
export interface CertificateParts {
  readonly subject: string
  readonly keys: KeyPair
  /** Self-signed when absent. */
  readonly issuer?: { readonly subject: string; readonly keys: KeyPair }
  readonly from?: string
  readonly to?: string
  readonly ca?: boolean
  readonly pathLength?: number
  /** Absent: no keyUsage extension. */
  readonly usage?: 'digitalSignature' | 'keyCertSign' | 'keyEncipherment'
  /** Adds a critical extension that nobody knows. */
  readonly strange?: boolean
  readonly hash?: 'SHA-1' | 'SHA-256'
}

/** Makes one; keys are RSA or on a NIST curve. */
export async function makeCertificate(parts: CertificateParts): Promise<X509Certificate> {
  const issuer = parts.issuer ?? { subject: parts.subject, keys: parts.keys }
  const algorithm = algorithmOf(issuer.keys, parts.hash ?? 'SHA-256')
  const { subtle } = webcrypto
  const signingKey = await subtle.importKey(
    'pkcs8',
    issuer.keys.privateKey.export({ type: 'pkcs8', format: 'der' }),
    algorithm,
    false,
    ['sign'],
  )
  const extensions: x509.Extension[] = []
  if (parts.ca !== undefined) extensions.push(new x509.BasicConstraintsExtension(parts.ca, parts.pathLength, true))
  if (parts.usage !== undefined) extensions.push(new x509.KeyUsagesExtension(x509.KeyUsageFlags[parts.usage], true))
  if (parts.strange === true) extensions.push(new x509.Extension('1.2.3.4.5', true, Uint8Array.of(5, 0)))
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: '01',
    subject: parts.subject,
    issuer: issuer.subject,
    notBefore: new Date(parts.from ?? '2020-01-01T00:00:00Z'),
    notAfter: new Date(parts.to ?? '2040-01-01T00:00:00Z'),
    publicKey: new x509.PublicKey(parts.keys.publicKey.export({ type: 'spki', format: 'der' })),
    signingKey,
    signingAlgorithm: algorithm,
    extensions,
  })
  return new X509Certificate(Buffer.from(made.rawData))
}

function algorithmOf({ publicKey }: KeyPair, hash: string) {
  if (publicKey.asymmetricKeyType === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash }
  const curves: Record<string, string> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }
  return { name: 'ECDSA', namedCurve: curves[publicKey.asymmetricKeyDetails?.namedCurve ?? ''] ?? 'P-256', hash }
}
