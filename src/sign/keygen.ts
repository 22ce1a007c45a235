/**
 * Generates keys for signing reports.
 *
 * @module
 */
import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { JuxError } from '../errors.js'
import { realSystem, type System } from '../system.js'
import { ACCEPTED_KEYS, keyFingerprint, keyKind } from './algorithms.js'
import { type KeyPair, selfSignedCertificate } from './x509.js'

/** Default subject of certificates. */
export const DEFAULT_SUBJECT = 'CN=jux-reporter'

/** Default validity of certificates. */
export const DEFAULT_DAYS_VALID = 365

const DEFAULT_RSA_BITS = 3072
const DEFAULT_CURVE = 'P-256'

/** Subject and validity of the certificate of a new key. */
export interface CertificateOptions {
  /** Distinguished name, such as `CN=Prod,O=Org,C=US`. Default: `CN=jux-reporter`. */
  readonly subject?: string | undefined
  /** Whole days from now, up to 36500. Default: 365. */
  readonly daysValid?: number | undefined
}

/** Options of `generateKey`. */
export interface KeyOptions {
  /** Default: rsa. */
  readonly type?: 'rsa' | 'ecdsa' | undefined
  /** Length of an RSA key. Default: 3072. */
  readonly bits?: 2048 | 3072 | 4096 | undefined
  /** Curve of an ECDSA key. Default: P-256. */
  readonly curve?: 'P-256' | 'P-384' | 'P-521' | undefined
  /** Whether to make a self-signed certificate, too. */
  readonly certificate?: boolean | CertificateOptions | undefined
}

/** A new key. Its parts are texts for files. */
export interface GeneratedKey {
  /** PKCS#8, not encrypted. Keep it secret. */
  readonly privateKey: string
  /** SubjectPublicKeyInfo. */
  readonly publicKey: string
  /** `undefined` without the option `certificate`. */
  readonly certificate?: string | undefined
  /** `RSA 3072`, `ECDSA P-256`. */
  readonly keyDescription: string
  /** Lower-case hex SHA-256 of the public key (SubjectPublicKeyInfo, DER). */
  readonly fingerprint: string
}

/**
 * Generates a key, and a self-signed certificate for it if the option `certificate` is set. All texts are PEM. An RSA key
 * takes about a second.
 *
 * @param system its clock is the start of the validity. Default: the system of this process
 * @throws {JuxError} `INVALID_ARGUMENT` for a key that cannot sign reports, a subject that is not a distinguished name, or a
 *   number of days that is out of range
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
  return type === 'ecdsa'
    ? await generate('ec', { namedCurve: curve ?? DEFAULT_CURVE })
    : await generate('rsa', { modulusLength: bits ?? DEFAULT_RSA_BITS, publicExponent: 0x10001 })
}
