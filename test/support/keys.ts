/**
 * Keys and folders for the tests about signing.
 *
 * @module
 */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A private key with its public key. */
export interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** The kinds of keys that can sign. */
export const KEY_KINDS = ['rsa', 'P-256', 'P-384', 'P-521'] as const

/** Generates a key pair: RSA of 2048 bits, or on the named curve. */
export function newKeyPair(kind: (typeof KEY_KINDS)[number]): KeyPair {
  return kind === 'rsa'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: kind })
}

/** Returns the private key as PKCS#8 PEM. */
export function privatePem({ privateKey }: KeyPair): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** Returns the public key as SPKI PEM. */
export function publicPem({ publicKey }: KeyPair): string {
  return publicKey.export({ type: 'spki', format: 'pem' }).toString()
}

/** Writes a file that only its owner may read. */
export function writeSecret(folder: string, name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text, { mode: 0o600 })
  return path
}
