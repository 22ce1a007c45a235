/**
 * Loads the signer: finds the private key, reads and decrypts it, checks it and its certificate, and makes a test signature.
 *
 * @module
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify, type X509Certificate } from 'node:crypto'
import type { PartialSettings } from '../config/table.js'
import { errnoOf, JuxError, shellWord } from '../errors.js'
import type { ReasonOf } from '../reasons.js'
import { realSystem, type System } from '../system.js'
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
import {
  CERTIFICATE_FILE,
  expandPath,
  type FileKind,
  type PemBlock,
  parseCertificates,
  pemBlocks,
  readKeyFile,
} from './key-files.js'

const KEY_FILE: FileKind = {
  noun: 'private key',
  missing: 'KEY_NOT_FOUND',
  denied: 'KEY_PERMISSION_DENIED',
  invalid: 'KEY_INVALID_FORMAT',
  suggestions: (path) => [`npx jux keygen --output ${shellWord(path)}`, 'set JUX_KEY_PATH to an existing PEM file'],
}

/** Settings of the signer: its key, certificate and algorithms. */
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
  readonly subject?: string | undefined
  /** @internal */
  readonly method: SignatureMethod
  /** @internal */
  readonly kind: KeyKind
  readonly publicKey: KeyObject
  /** The certificate of the key, then any intermediate certificates. */
  readonly certificates: readonly X509Certificate[]
  /**
   * Signs, and verifies the signature before returning it.
   *
   * @param digest default: the signer's own
   * @returns RSASSA-PKCS1-v1_5, or r‖s with both padded to the curve's length (RFC 9231 §2.3.6)
   */
  sign(data: Uint8Array, digest?: DigestName): Buffer
}

/**
 * Finds the key, checks it and its certificate, and makes a test signature.
 *
 * @param system clock and folders. Default: the system of this process
 * @throws {JuxError} `KEY_NOT_FOUND`, `KEY_INVALID_FORMAT`, `KEY_PERMISSION_DENIED`, `CERT_NOT_FOUND`,
 *   `CERT_INVALID_FORMAT` (also for a certificate of another key), `CERT_EXPIRED`, `CONFIG_MISSING_REQUIRED`
 *
 * @example
 * ```ts
 * import { loadSigner } from 'jux-reporter'
 *
 * const signer = await loadSigner({ keyPath: 'key.pem' })
 * console.log(signer.keyDescription, signer.algorithm)
 * // ECDSA P-256 ecdsa-sha256
 * ```
 */
export async function loadSigner(settings: SignerSettings, system: System = realSystem()): Promise<Signer> {
  const { key: privateKey, source } = await loadPrivateKey(settings, system)
  const kind = keyKind(privateKey)
  if (kind.family === 'unsupported') {
    throw invalidKey(
      `${source} is ${kind.description}, which cannot sign reports: use ${ACCEPTED_KEYS}`,
      'unsupported-key',
      [newKey(), newKey('ecdsa')],
    )
  }
  const certificates = await loadCertificates(settings.certPath, privateKey, system)
  const digest = settings.digest ?? 'sha256'
  const method = signatureMethod(kind.family, digest)
  const publicKey = createPublicKey(privateKey)
  const [certificate] = certificates
  const signer: Signer = {
    algorithm: method.name,
    digest,
    canonicalization: settings.canonicalization ?? 'exclusive',
    keyDescription: kind.description,
    fingerprint: keyFingerprint(publicKey),
    subject: certificate && subjectOf(certificate),
    method,
    kind,
    publicKey,
    certificates,
    sign: (data, other = digest) => signChecked(other, data, privateKey, publicKey, source),
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
      suggestions: ['set JUX_CERT_PATH to the certificate of this key, or unset it'],
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
    suggestions: ['renew the certificate', 'sign without a certificate, and give verifiers the public key'],
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
  // OpenSSL also signs with a key whose private and public parts do not match.
  if (verify(digest, data, { key: publicKey, dsaEncoding }, value)) return value
  throw invalidKey(`signatures made with ${source} do not verify with its own public key`, 'inconsistent-key', [])
}

/** A private key and its origin. */
interface PrivateKey {
  readonly key: KeyObject
  /** Name in messages: the path of the file, or the variable. */
  readonly source: string
}

/**
 * Reads the private key from the settings' `key` or `keyPath`.
 *
 * @throws {JuxError} `KEY_NOT_FOUND`, `KEY_INVALID_FORMAT`, `KEY_PERMISSION_DENIED`, `CONFIG_MISSING_REQUIRED`
 */
async function loadPrivateKey(settings: SignerSettings, system: System): Promise<PrivateKey> {
  const { text, source } = await keyText(settings, system)
  return { key: parsePrivateKey(text, source, settings.keyPassphrase), source }
}

/** Creates the error for a key that cannot sign. */
function invalidKey(
  message: string,
  reason: ReasonOf<'KEY_INVALID_FORMAT'>,
  suggestions: readonly string[],
  cause?: unknown,
): JuxError {
  return new JuxError('KEY_INVALID_FORMAT', { message, reason, suggestions, cause })
}

// Without the second command the new key would not be used.
function newKey(type: 'rsa' | 'ecdsa' = 'rsa'): string {
  const words = type === 'rsa' ? '' : ` --type ${type}`
  return `npx jux keygen${words} --output jux-key.pem && export JUX_KEY_PATH=jux-key.pem`
}

async function keyText(settings: SignerSettings, system: System): Promise<{ text: string; source: string }> {
  if (settings.key !== undefined) {
    // Secrets from a .env file or a JSON value often have \n instead of line breaks.
    const text = settings.key.includes('\n') ? settings.key : settings.key.replaceAll('\\n', '\n')
    return { text, source: 'the private key in JUX_KEY' }
  }
  if (settings.keyPath === undefined) {
    throw new JuxError('CONFIG_MISSING_REQUIRED', {
      message: 'no private key is configured',
      suggestions: [newKey(), 'set JUX_KEY_PATH to an existing PEM file', 'set JUX_KEY to its text'],
    })
  }
  const path = expandPath(settings.keyPath, system)
  const secret = settings.allowReadableKey !== true
  return { text: await readKeyFile(path, KEY_FILE, { secret, platform: system.platform }), source: path }
}

function parsePrivateKey(text: string, source: string, passphrase: string | undefined): KeyObject {
  const blocks = pemBlocks(text)
  // OpenSSL writes EC PARAMETERS before an EC key.
  const block = blocks.find(({ label }) => label.endsWith('PRIVATE KEY'))
  if (block === undefined) throw notAPrivateKey(blocks, source)
  if (block.label === 'OPENSSH PRIVATE KEY') {
    throw invalidKey(`${source} is in OpenSSH's own format`, 'openssh-key', [newKey()])
  }
  const encrypted = block.label.startsWith('ENCRYPTED') || block.text.includes('Proc-Type: 4,ENCRYPTED')
  if (encrypted && passphrase === undefined) {
    throw invalidKey(`${source} is encrypted and there is no passphrase`, 'passphrase-missing', [
      'set JUX_KEY_PASSPHRASE',
    ])
  }
  try {
    return createPrivateKey(encrypted ? { key: block.text, passphrase } : block.text)
  } catch (cause) {
    if (encrypted) {
      throw invalidKey(
        `${source} cannot be decrypted with this passphrase`,
        'passphrase-wrong',
        ['check JUX_KEY_PASSPHRASE'],
        cause,
      )
    }
    throw invalidKey(
      `${source} is not a usable private key (${errnoOf(cause) ?? 'not readable'})`,
      'unreadable-key',
      [],
      cause,
    )
  }
}

function notAPrivateKey([first]: readonly PemBlock[], source: string): JuxError {
  if (first === undefined) {
    return invalidKey(`${source} is not a private key in PEM format`, 'not-pem', [
      newKey(),
      'convert DER to PEM: openssl pkey -inform DER -in key.der -out key.pem',
    ])
  }
  const what = first.label === 'CERTIFICATE' ? 'certificate' : first.label.toLowerCase()
  return invalidKey(`${source} holds a ${what}: signing needs the private key that belongs to it`, 'not-private', [
    'set JUX_KEY_PATH to the private key',
    ...(what === 'certificate' ? ['set JUX_CERT_PATH to the certificate'] : []),
  ])
}
