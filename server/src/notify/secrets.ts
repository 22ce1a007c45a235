/**
 * Encrypts the secrets of subscriptions, so that a copy of the database does not contain them.
 *
 * AES-256-GCM with a random nonce. Associated data bind a text to its subscription and its field. The key is in a file that only its
 * owner can read.
 *
 * @module
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { JuxError } from 'jux-reporter'
import { errnoOf, makeFolder, shellWord, writeNewFiles } from 'jux-reporter/internal'
import type { Settings } from '../settings.js'

/** Name of the key file in the data folder. */
export const SECRET_KEY_FILE = 'secret.key'

const ALGORITHM = 'aes-256-gcm'
const KEY_BYTES = 32
/** NIST SP 800-38D, section 5.2.1.1: 96 bits. */
const NONCE_BYTES = 12
const TAG_BYTES = 16
const KEY_FORM = /^[0-9a-f]{64}\s*$/

/** Encrypts and decrypts with one key. */
export class SecretBox {
  readonly #key: Uint8Array

  constructor(key: Uint8Array) {
    this.#key = key
  }

  /** @param context what the text belongs to; needed again to decrypt it */
  encrypt(text: string, context: string): string {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(Buffer.from(context))
    const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return Buffer.concat([nonce, cipher.getAuthTag(), encrypted]).toString('base64')
  }

  /** @throws {JuxError} `KEY_INVALID_FORMAT` if it was encrypted with another key, for another context, or was changed */
  decrypt(encrypted: string, context: string): string {
    const bytes = Buffer.from(encrypted, 'base64')
    const nonce = bytes.subarray(0, NONCE_BYTES)
    const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES)
    try {
      const decipher = createDecipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG_BYTES })
      decipher.setAAD(Buffer.from(context))
      decipher.setAuthTag(tag)
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString(
        'utf8',
      )
    } catch (cause) {
      throw new JuxError('KEY_INVALID_FORMAT', {
        message: 'a stored secret of a subscription cannot be decrypted with the key of this server',
        suggestions: [
          'set JUX_SERVER_SECRET_KEY_FILE to the key file with which the subscription was added',
          'jux-server notify remove ID, then add the subscription again',
        ],
        cause,
      })
    }
  }
}

/** Path of the key file. */
export function secretKeyPath({ secretKeyFile, dataDir }: Pick<Settings, 'secretKeyFile' | 'dataDir'>): string {
  return secretKeyFile ?? join(dataDir, SECRET_KEY_FILE)
}

/**
 * Reads the key file; creates it if it does not exist.
 *
 * @throws {JuxError} `KEY_*`, `FILE_*`
 */
export async function openOrCreateSecretBox(settings: Pick<Settings, 'secretKeyFile' | 'dataDir'>): Promise<SecretBox> {
  const path = secretKeyPath(settings)
  try {
    return openSecretBox(settings)
  } catch (error) {
    if (!(error instanceof JuxError) || error.code !== 'KEY_NOT_FOUND') throw error
  }
  if (settings.secretKeyFile === undefined) makeFolder(settings.dataDir)
  await writeNewFiles([{ path, text: `${randomBytes(KEY_BYTES).toString('hex')}\n`, mode: 0o600 }])
  return openSecretBox(settings)
}

/**
 * Reads the key file.
 *
 * @throws {JuxError} `KEY_NOT_FOUND`, `KEY_PERMISSION_DENIED`, `KEY_INVALID_FORMAT`
 */
export function openSecretBox(settings: Pick<Settings, 'secretKeyFile' | 'dataDir'>): SecretBox {
  const path = secretKeyPath(settings)
  const text = readKey(path)
  if (!KEY_FORM.test(text)) {
    throw new JuxError('KEY_INVALID_FORMAT', {
      message: `${path} is not a key: it must have 64 hexadecimal digits`,
      suggestions: [`openssl rand -hex 32 > ${shellWord(path)}  # secrets that are already stored become unreadable`],
    })
  }
  return new SecretBox(Buffer.from(text.trim(), 'hex'))
}

function readKey(path: string): string {
  try {
    const { mode } = statSync(path)
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new JuxError('KEY_PERMISSION_DENIED', {
        message: `other users may read or write ${path}`,
        suggestions: [`chmod 600 ${shellWord(path)}`],
      })
    }
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if (cause instanceof JuxError) throw cause
    const isMissing = errnoOf(cause) === 'ENOENT'
    throw new JuxError(isMissing ? 'KEY_NOT_FOUND' : 'KEY_PERMISSION_DENIED', {
      message: isMissing ? `${path} does not exist` : `cannot read ${path}`,
      suggestions: ['set JUX_SERVER_SECRET_KEY_FILE to the key file with which the subscriptions were added'],
      cause,
    })
  }
}
