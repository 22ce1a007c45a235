/**
 * Signs reports with the functions of jux-reporter.
 *
 * @module
 */
import { generateKeyPairSync } from 'node:crypto'
import { contentHash, loadSigner, realSystem, signatureElement } from 'jux-reporter'

/** A key that signs. */
export interface TestKey {
  readonly privatePem: string
  readonly publicPem: string
  sign(xml: string): Promise<string>
}

/** A new P-256 key. */
export function newKey(): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return {
    privatePem,
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    sign: async (xml) => insertLast(xml, await signature(xml, privatePem)),
  }
}

/** The Signature element of a report. */
export async function signature(xml: string, privatePem: string): Promise<string> {
  const signer = await loadSigner({ key: privatePem }, realSystem())
  return signatureElement(new Map([['sha256', Buffer.from(contentHash(Buffer.from(xml)), 'hex')]]), signer)
}

/** Inserts an element before the end tag of the root. */
export function insertLast(xml: string, element: string): string {
  const end = xml.lastIndexOf('</')
  return `${xml.slice(0, end)}${element}${xml.slice(end)}`
}
