/**
 * The signer: a private key that has been found, understood and tried before anything depends on it.
 *
 * @module
 */
import { createPublicKey, type KeyObject, sign, verify, type X509Certificate } from 'node:crypto'
import type { PartialSettings } from '../config/table.js'
import { JuxError } from '../errors.js'
import type { System } from '../system.js'
import type { DigestName } from '../xml/digest.js'
import {
  ACCEPTED_KEYS,
  type CanonicalizationName,
  type KeyKind,
  keyFingerprint,
  keyKind,
  type SignatureAlgorithm,
  type SignatureMethod,
  signatureMethod,
  subjectOf,
} from './algorithms.js'
import { CERTIFICATE_FILE, expandPath, parseCertificates, readKeyFile } from './key-files.js'
import { invalidKey, loadPrivateKey } from './private-key.js'

/** Where the key is, and how it is to sign. */
export interface SignerSettings
  extends PartialSettings<
    'keyPath' | 'key' | 'keyPassphrase' | 'certPath' | 'digest' | 'canonicalization' | 'allowReadableKey'
  > {}

/** A key that is ready to sign. */
export interface Signer {
  readonly algorithm: SignatureAlgorithm
  readonly digest: DigestName
  readonly canonicalization: CanonicalizationName
  /** `RSA 3072`, `ECDSA P-256`. */
  readonly keyDescription: string
  /** Lower-case hex SHA-256 of the public key (SubjectPublicKeyInfo, DER). */
  readonly fingerprint: string
  /** Subject of the certificate. */
  readonly subject?: string
  readonly method: SignatureMethod
  readonly kind: KeyKind
  readonly publicKey: KeyObject
  /** The key's certificate and any that lead to its CA. */
  readonly certificates: readonly X509Certificate[]
  /**
   * xml-crypto, loaded with the signer: a run that does not sign does not pay for it.
   *
   * @hidden
   */
  readonly xmlCrypto: typeof import('xml-crypto')
  /**
   * Signs, and verifies what it made before handing it out.
   *
   * @returns RSASSA-PKCS1-v1_5, or r‖s with both padded to the curve's length (RFC 9231 §2.3.6)
   */
  sign(data: Uint8Array): Buffer
}

/**
 * Finds the key, checks it and its certificate, and signs once with it.
 *
 * @throws {JuxError} `KEY_NOT_FOUND`, `KEY_INVALID_FORMAT`, `KEY_PERMISSION_DENIED`, `CERT_NOT_FOUND`,
 *   `CERT_INVALID_FORMAT` (also for a certificate of another key), `CERT_EXPIRED`, `CONFIG_MISSING_REQUIRED`
 *
 * @example
 * ```ts
 * import { loadSigner, realSystem } from 'jux-reporter'
 *
 * const signer = await loadSigner({ keyPath: 'key.pem' }, realSystem())
 * console.log(signer.keyDescription, signer.algorithm)
 * // ECDSA P-256 ecdsa-sha256
 * ```
 */
export async function loadSigner(settings: SignerSettings, system: System): Promise<Signer> {
  const { key: privateKey, source } = await loadPrivateKey(settings, system)
  const kind = keyKind(privateKey)
  if (kind.family === 'unsupported') {
    throw invalidKey(
      `${source} is ${kind.description}, which cannot sign reports: use ${ACCEPTED_KEYS}`,
      'unsupported-key',
      ['jux keygen --type rsa --output key.pem', 'jux keygen --type ecdsa --output key.pem'],
    )
  }
  const certificates = await loadCertificates(settings.certPath, privateKey, system)
  const digest = settings.digest ?? 'sha256'
  const method = signatureMethod(kind.family, digest)
  const publicKey = createPublicKey(privateKey)
  const [certificate] = certificates
  const subject = certificate && subjectOf(certificate)
  const signer: Signer = {
    algorithm: method.name,
    digest,
    canonicalization: settings.canonicalization ?? 'exclusive',
    keyDescription: kind.description,
    fingerprint: keyFingerprint(publicKey),
    ...(subject === undefined ? {} : { subject }),
    method,
    kind,
    publicKey,
    certificates,
    xmlCrypto: await import('xml-crypto'),
    sign: (data) => signChecked(digest, data, privateKey, publicKey, source),
  }
  signer.sign(Buffer.from('probe'))
  return signer
}

async function loadCertificates(
  certPath: string | undefined,
  privateKey: KeyObject,
  system: System,
): Promise<X509Certificate[]> {
  if (certPath === undefined) return []
  const path = expandPath(certPath, system)
  const text = await readKeyFile(path, CERTIFICATE_FILE, { secret: false, platform: system.platform })
  const certificates = parseCertificates(text, path)
  const [own] = certificates
  if (own === undefined) return certificates
  if (!own.checkPrivateKey(privateKey)) {
    throw new JuxError('CERT_INVALID_FORMAT', {
      message: `the certificate in ${path} belongs to another key`,
      suggestions: ['set JUX_CERT_PATH to the certificate of this key, or leave it out'],
      reason: 'certificate-key-mismatch',
    })
  }
  requireValidNow(own, path, system.now())
  return certificates
}

function requireValidNow(certificate: X509Certificate, path: string, now: Date): void {
  const early = now.getTime() < Date.parse(certificate.validFrom)
  if (!early && now.getTime() <= Date.parse(certificate.validTo)) return
  throw new JuxError('CERT_EXPIRED', {
    message: early
      ? `the certificate in ${path} is not valid before ${certificate.validFrom}`
      : `the certificate in ${path} expired on ${certificate.validTo}`,
    suggestions: ['renew the certificate', 'leave it out, and give verifiers the public key'],
    reason: early ? 'not-yet-valid' : 'expired',
  })
}

function signChecked(
  digest: DigestName,
  data: Uint8Array,
  privateKey: KeyObject,
  publicKey: KeyObject,
  source: string,
): Buffer {
  const dsaEncoding = 'ieee-p1363'
  const value = sign(digest, data, { key: privateKey, dsaEncoding })
  // A key whose parts do not belong together signs without complaint.
  if (verify(digest, data, { key: publicKey, dsaEncoding }, value)) return value
  throw invalidKey(`${source} makes signatures that its own public key refuses`, 'inconsistent-key', [])
}
