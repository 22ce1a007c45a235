/**
 * The key that signs receipts: created by a command, read when the server starts.
 *
 * @module
 */
import { resolve } from 'node:path'
import { generateKey, JuxError, loadSigner, type Signer, type System } from 'jux-reporter'
import { shellWord, writeNewFiles } from 'jux-reporter/internal'

/** A new key. */
export interface NewReceiptKey {
  /** Path of the private key. */
  readonly path: string
  readonly publicPath: string
  /** SHA-256 of the public key (SPKI, DER), hexadecimal. */
  readonly fingerprint: string
}

/**
 * Writes a new key (ECDSA P-256) that only its owner can read, and its public key beside it.
 *
 * @throws {JuxError} `FILE_ALREADY_EXISTS` and others if a file cannot be written; then there is none
 */
export async function createReceiptKey(file: string, system: System): Promise<NewReceiptKey> {
  const path = resolve(system.cwd, file)
  const publicPath = `${path.replace(/(?<=[^/\\])\.[^./\\]*$/, '')}.pub.pem`
  // RSA needs ten times as long for a signature.
  const { privateKey, publicKey, fingerprint } = await generateKey({ type: 'ecdsa' }, system)
  try {
    await writeNewFiles([
      { path, text: privateKey, mode: 0o600 },
      { path: publicPath, text: publicKey, mode: 0o644 },
    ])
  } catch (cause) {
    if (!(cause instanceof JuxError)) throw cause
    const { code, message, reason, suggestions } = cause
    // This command has no flag for the path.
    const others = suggestions.filter((line) => !line.includes('--output'))
    throw new JuxError(code, { message, reason, suggestions: ['choose another path', ...others], cause })
  }
  return { path, publicPath, fingerprint }
}

/**
 * Reads the key.
 *
 * @throws {JuxError} `KEY_*`, with what helps on a server
 */
export async function loadReceiptSigner(file: string, system: System): Promise<Signer> {
  try {
    return await loadSigner({ keyPath: file }, system)
  } catch (cause) {
    if (!(cause instanceof JuxError)) throw cause
    const { code, message, reason, suggestions } = cause
    const isShared = code === 'KEY_PERMISSION_DENIED'
    throw new JuxError(code, {
      message: `no receipts can be signed: ${message}`,
      suggestions: isShared ? suggestions.filter((line) => !line.includes('JUX_')) : curesOf(file, reason),
      reason,
      cause,
    })
  }
}

function curesOf(file: string, reason: JuxError['reason']): readonly string[] {
  const another = reason === undefined || reason === 'missing-file' ? file : 'receipts.pem'
  return [
    `jux-server receipt-key create ${shellWord(another)}`,
    'set JUX_SERVER_RECEIPT_KEY (--receipt-key) to a private key in PEM format without a passphrase',
  ]
}
