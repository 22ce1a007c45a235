/**
 * The private key: found, read, decrypted, and an error that says what is there instead.
 *
 * @module
 */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { errnoOf, JuxError, shellWord } from '../errors.js'
import type { ReasonOf } from '../reasons.js'
import type { System } from '../system.js'
import { expandPath, type FileKind, type PemBlock, pemBlocks, readKeyFile } from './key-files.js'
import type { SignerSettings } from './keys.js'

const KEY_FILE: FileKind = {
  noun: 'private key',
  missing: 'KEY_NOT_FOUND',
  denied: 'KEY_PERMISSION_DENIED',
  invalid: 'KEY_INVALID_FORMAT',
  suggestions: (path) => [`jux keygen --output ${shellWord(path)}`, 'set JUX_KEY_PATH to an existing PEM file'],
}

/** A private key, and what it is called in messages: its path, or the variable that holds it. */
export interface PrivateKey {
  readonly key: KeyObject
  readonly source: string
}

/**
 * Reads the key that the settings name.
 *
 * @throws {JuxError} `KEY_NOT_FOUND`, `KEY_INVALID_FORMAT`, `KEY_PERMISSION_DENIED`, `CONFIG_MISSING_REQUIRED`
 */
export async function loadPrivateKey(settings: SignerSettings, system: System): Promise<PrivateKey> {
  const { text, source } = await keyText(settings, system)
  return { key: parsePrivateKey(text, source, settings.keyPassphrase), source }
}

/** A key that cannot sign. */
export function invalidKey(
  message: string,
  reason: ReasonOf<'KEY_INVALID_FORMAT'>,
  suggestions: readonly string[],
  cause?: unknown,
): JuxError {
  return new JuxError('KEY_INVALID_FORMAT', { message, reason, suggestions, cause })
}

async function keyText(settings: SignerSettings, system: System): Promise<{ text: string; source: string }> {
  if (settings.key !== undefined) {
    // Secrets that went through a .env file or a JSON value often have \n for their line breaks.
    const text = settings.key.includes('\n') ? settings.key : settings.key.replaceAll('\\n', '\n')
    return { text, source: 'the private key in JUX_KEY' }
  }
  if (settings.keyPath === undefined) {
    throw new JuxError('CONFIG_MISSING_REQUIRED', {
      message: 'no private key is configured',
      suggestions: ['set JUX_KEY_PATH to a PEM file', 'set JUX_KEY to its text', 'jux keygen --output key.pem'],
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
    throw invalidKey(`${source} is in OpenSSH's own format`, 'openssh-key', ['jux keygen --output key.pem'])
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
        `${source} cannot be decrypted with the passphrase given`,
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
      'jux keygen --output key.pem',
      'convert DER to PEM: openssl pkey -inform DER -in key.der -out key.pem',
    ])
  }
  const what = first.label === 'CERTIFICATE' ? 'certificate' : first.label.toLowerCase()
  return invalidKey(`${source} holds a ${what}: signing needs the private key that belongs to it`, 'not-private', [
    'set JUX_KEY_PATH to the private key',
    ...(what === 'certificate' ? ['set JUX_CERT_PATH to the certificate'] : []),
  ])
}
