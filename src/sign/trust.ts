/**
 * Loads the keys and certificates that a verifier trusts.
 *
 * @module
 */
import { createPublicKey, type KeyObject, type X509Certificate } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf, JuxError, shellWord } from '../errors.js'
import { realSystem, type System } from '../system.js'
import { ACCEPTED_KEYS, authorityWeakness, keyKind } from './algorithms.js'
import {
  CERTIFICATE_FILE,
  expandPath,
  type FileKind,
  type PemBlock,
  parseCertificates,
  pemBlocks,
  readKeyFile,
} from './key-files.js'
import type { TrustedKeys } from './trust-types.js'

/** Paths of keys and certificates, as the user wrote them. */
export interface TrustSettings {
  /** Files with certificates of signers. Each certificate is trusted directly. */
  readonly certs?: readonly string[] | undefined
  /** Files with public keys. */
  readonly publicKeys?: readonly string[] | undefined
  /** Folders with certificates of signers and public keys: every `.pem`, `.crt`, `.cer` and `.pub` file in them. */
  readonly directories?: readonly string[] | undefined
  /** Files with CA certificates. */
  readonly ca?: readonly string[] | undefined
}

/**
 * Reads the keys and certificates that a verifier trusts.
 *
 * @param system folders for relative paths and `~`. Default: the system of this process
 * @throws {JuxError} `CERT_NOT_FOUND`, `CERT_INVALID_FORMAT`, `KEY_NOT_FOUND`, `KEY_INVALID_FORMAT`, `DIRECTORY_NOT_FOUND`,
 *   `FILE_PERMISSION_DENIED`; also for a folder without any key or certificate
 */
export async function loadTrust(
  settings: TrustSettings,
  system: System = realSystem(),
): Promise<Required<TrustedKeys>> {
  requireLists(settings)
  const publicKeys: KeyObject[] = []
  const certificates: X509Certificate[] = []
  const authorities: X509Certificate[] = []
  const read = async (path: string, kind: FileKind) => {
    const absolute = expandPath(path, system)
    return { absolute, text: await readKeyFile(absolute, kind, { secret: false, platform: system.platform }) }
  }
  for (const path of settings.certs ?? []) {
    const { absolute, text } = await read(path, CERTIFICATE_FILE)
    certificates.push(...requireUsable(parseCertificates(text, absolute), absolute))
  }
  for (const path of settings.publicKeys ?? []) {
    const { absolute, text } = await read(path, PUBLIC_KEY_FILE)
    publicKeys.push(...parsePublicKeys(text, absolute))
  }
  for (const path of settings.directories ?? []) {
    const found = await directoryKeys(expandPath(path, system), system)
    publicKeys.push(...found.publicKeys)
    certificates.push(...found.certificates)
  }
  for (const path of settings.ca ?? []) {
    const { absolute, text } = await read(path, CERTIFICATE_FILE)
    authorities.push(...parseCertificates(text, absolute).map((certificate) => requireAuthority(certificate, absolute)))
  }
  return { publicKeys, certificates, authorities }
}

const TRUST_SETTINGS = ['certs', 'publicKeys', 'directories', 'ca'] as const satisfies (keyof TrustSettings)[]

// For callers without a type checker: a text would be read letter by letter, and a typo would trust nobody.
function requireLists(settings: TrustSettings): void {
  for (const [name, value] of Object.entries(settings)) {
    if (!TRUST_SETTINGS.some((known) => known === name)) {
      throw new JuxError('INVALID_ARGUMENT', {
        message: `there is no trust setting ${name}`,
        suggestions: [`the trust settings are ${TRUST_SETTINGS.join(', ')}`],
      })
    }
    if (value === undefined || Array.isArray(value)) continue
    throw new JuxError('INVALID_ARGUMENT', { message: `the trust setting ${name} must be a list of paths` })
  }
}

const PUBLIC_KEY_FILE: FileKind = {
  noun: 'public key',
  missing: 'KEY_NOT_FOUND',
  denied: 'FILE_PERMISSION_DENIED',
  invalid: 'KEY_INVALID_FORMAT',
  suggestions: () => ['check the path: the public key is next to the private key, as .pub.pem'],
}

const TRUST_FILES = /\.(pem|crt|cer|pub)$/i

async function directoryKeys(folder: string, system: System) {
  const publicKeys: KeyObject[] = []
  const certificates: X509Certificate[] = []
  for (const name of (await namesIn(folder)).filter((file) => TRUST_FILES.test(file)).sort()) {
    const file = join(folder, name)
    const text = await readKeyFile(file, CERTIFICATE_FILE, { secret: false, platform: system.platform })
    const blocks = pemBlocks(text)
    // A folder may also contain private keys; a verifier ignores them.
    if (blocks.length > 0 && blocks.every(isPrivate)) continue
    if (blocks.some(({ label }) => label === 'CERTIFICATE')) {
      certificates.push(...requireUsable(parseCertificates(text, file), file))
    } else publicKeys.push(...parsePublicKeys(text, file))
  }
  if (publicKeys.length + certificates.length > 0) return { publicKeys, certificates }
  throw new JuxError('CERT_NOT_FOUND', {
    message: `no certificate or public key in the folder ${folder}`,
    suggestions: ['put the .crt or .pub.pem files of the signers there'],
  })
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (cause) {
    const denied = errnoOf(cause) === 'EACCES'
    const isFile = errnoOf(cause) === 'ENOTDIR'
    throw new JuxError(denied ? 'FILE_PERMISSION_DENIED' : 'DIRECTORY_NOT_FOUND', {
      message: denied
        ? `cannot read the folder ${folder}: permission denied`
        : `no folder of trusted keys at ${folder}${isFile ? ': it is a file' : ''}`,
      suggestions: isFile ? ['use --public-key for a single key, --cert for a certificate'] : [],
      cause,
    })
  }
}

function parsePublicKeys(text: string, source: string): KeyObject[] {
  const blocks = pemBlocks(text)
  const found = blocks.filter(({ label }) => label === 'PUBLIC KEY' || label === 'RSA PUBLIC KEY')
  if (found.length === 0) {
    const suggestions = blocks.some(({ label }) => label === 'CERTIFICATE')
      ? ['use --cert for a certificate']
      : blocks.some(({ label }) => label.endsWith('PRIVATE KEY'))
        ? [`openssl pkey -in ${shellWord(source)} -pubout -out key.pub.pem  (writes the public key)`]
        : []
    const instead = blocks[0] === undefined ? 'is not in PEM format' : `holds a ${blocks[0].label.toLowerCase()}`
    throw new JuxError('KEY_INVALID_FORMAT', {
      message: `no public key in ${source}: it ${instead}`,
      suggestions,
      reason: 'no-public-key',
    })
  }
  return found.map(({ text: pem }) => requireAllowed(() => createPublicKey(pem), source))
}

function readPublicKey(read: () => KeyObject, source: string): KeyObject {
  try {
    return read()
  } catch (cause) {
    throw new JuxError('KEY_INVALID_FORMAT', {
      message: `a public key in ${source} cannot be read`,
      reason: 'unreadable-key',
      cause,
    })
  }
}

function requireUsable(certificates: X509Certificate[], source: string): X509Certificate[] {
  for (const certificate of certificates) requireAllowed(() => certificate.publicKey, source)
  return certificates
}

function requireAllowed(read: () => KeyObject, source: string): KeyObject {
  const key = readPublicKey(read, source)
  const kind = keyKind(key)
  if (kind.family !== 'unsupported') return key
  throw new JuxError('KEY_INVALID_FORMAT', {
    message: `${source} holds ${kind.description}, which cannot verify reports: use ${ACCEPTED_KEYS}`,
    reason: 'unsupported-key',
  })
}

function requireAuthority(certificate: X509Certificate, source: string): X509Certificate {
  if (certificate.ca) return requireStrong(certificate, source)
  throw new JuxError('CERT_INVALID_FORMAT', {
    message: `a certificate in ${source} is not a CA certificate (basicConstraints)`,
    suggestions: ['use --cert for a certificate that signs reports itself'],
    reason: 'not-an-authority',
  })
}

function requireStrong(certificate: X509Certificate, source: string): X509Certificate {
  const weakness = authorityWeakness(readPublicKey(() => certificate.publicKey, source))
  if (weakness === undefined) return certificate
  throw new JuxError('KEY_INVALID_FORMAT', {
    message: `an authority in ${source} has ${weakness}, which cannot issue certificates of signers: use ${ACCEPTED_KEYS}`,
    reason: 'unsupported-key',
  })
}

function isPrivate({ label }: PemBlock): boolean {
  return label.endsWith('PRIVATE KEY') || label === 'EC PARAMETERS'
}
