/**
 * Makes keys for signing reports.
 *
 * @module
 */
import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { JuxError } from '../errors.js'
import { realSystem, type System } from '../system.js'
import { ACCEPTED_KEYS, keyFingerprint, keyKind } from './algorithms.js'
import { type KeyPair, selfSignedCertificate } from './x509.js'

/** Subject of certificates by default. */
export const DEFAULT_SUBJECT = 'CN=jux-reporter'

/** Validity of certificates by default. */
export const DEFAULT_DAYS_VALID = 365

const DEFAULT_RSA_BITS = 3072
const DEFAULT_CURVE = 'P-256'

/** What the certificate of a new key says. */
export interface CertificateOptions {
  /** Distinguished name, such as `CN=Prod,O=Org,C=US`. Default: `CN=jux-reporter`. */
  readonly subject?: string | undefined
  /** Whole days from now, up to 36500. Default: 365. */
  readonly daysValid?: number | undefined
}

/** What key to make. */
export interface KeyOptions {
  /** Default: rsa. */
  readonly type?: 'rsa' | 'ecdsa' | undefined
  /** Length of an RSA key. Default: 3072. */
  readonly bits?: 2048 | 3072 | 4096 | undefined
  /** Curve of an ECDSA key. Default: P-256. */
  readonly curve?: 'P-256' | 'P-384' | 'P-521' | undefined
  /** Makes a self-signed certificate too. */
  readonly certificate?: boolean | CertificateOptions | undefined
}

/** A new key, as texts for files. */
export interface GeneratedKey {
  /** PKCS#8, not encrypted: keep it secret. */
  readonly privateKey: string
  /** SubjectPublicKeyInfo. */
  readonly publicKey: string
  /** Absent when no certificate was asked for. */
  readonly certificate?: string | undefined
  /** `RSA 3072`, `ECDSA P-256`. */
  readonly keyDescription: string
  /** Lower-case hex SHA-256 of the public key (SubjectPublicKeyInfo, DER). */
  readonly fingerprint: string
}

/**
 * Makes a key, and a self-signed certificate for it if asked. All texts are PEM. An RSA key takes a second or so.
 *
 * @param system its clock gives the beginning of the validity; the process's own unless given
 * @throws {JuxError} `INVALID_ARGUMENT` for a key that cannot sign reports, a subject that is not a distinguished name, or days
 *   out of range
 *
 * @example
 * ```ts
 * import { writeFileSync } from 'node:fs'
 * import { generateKey } from 'jux-reporter'
 *
 * const key = await generateKey({ type: 'ecdsa', certificate: { subject: 'CN=Nightly,O=Example' } })
 * writeFileSync('nightly.pem', key.privateKey, { mode: 0o600 })
 * writeFileSync('nightly.crt', key.certificate ?? '')
 * console.log(key.keyDescription)
 * // ECDSA P-256
 * ```
 */
export async function generateKey(options: KeyOptions = {}, system: System = realSystem()): Promise<GeneratedKey> {
  const { certificate = false } = options
  const pair = await generatePair(options)
  const kind = keyKind(pair.privateKey)
  if (kind.family === 'unsupported') {
    throw new JuxError('INVALID_ARGUMENT', {
      message: `${kind.description} cannot sign reports: use ${ACCEPTED_KEYS}`,
    })
  }
  const { subject = DEFAULT_SUBJECT, daysValid = DEFAULT_DAYS_VALID } = certificate === true ? {} : certificate || {}
  return {
    privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    certificate: certificate ? selfSignedCertificate(pair, { subject, daysValid, validFrom: system.now() }) : undefined,
    keyDescription: kind.description,
    fingerprint: keyFingerprint(pair.publicKey),
  }
}

async function generatePair({ type, bits, curve }: KeyOptions): Promise<KeyPair> {
  const generate = promisify(generateKeyPair)
  if (type !== undefined && type !== 'ecdsa' && type !== 'rsa') {
    throw new JuxError('INVALID_ARGUMENT', { message: `the type of a key is rsa or ecdsa, not ${String(type)}` })
  }
  return type === 'ecdsa'
    ? await generate('ec', { namedCurve: curve ?? DEFAULT_CURVE })
    : await generate('rsa', { modulusLength: bits ?? DEFAULT_RSA_BITS, publicExponent: 0x10001 })
}
