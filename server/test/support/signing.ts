/**
 * Renders and signs reports with the functions of jux-reporter.
 *
 * @module
 */
import { createHash, generateKeyPairSync } from 'node:crypto'
import { contentHash, loadSigner, type TestRun } from 'jux-reporter'
import { renderJunit, signatureElement } from 'jux-reporter/internal'

/** A key pair that signs reports. */
export interface TestKey {
  readonly privatePem: string
  readonly publicPem: string
  /** SHA-256 of the public key, hexadecimal. */
  readonly fingerprint: string
  sign(xml: string): Promise<string>
}

/** Creates a P-256 key pair. */
export function newKey(): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return {
    privatePem,
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    fingerprint: createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('hex'),
    sign: async (xml) => insertLast(xml, await signature(xml, privatePem)),
  }
}

/** Renders a run as an unsigned report. */
export function renderReport(run: TestRun): string {
  const chunks: Uint8Array[] = []
  // The renderer reuses its buffer.
  const { endTag } = renderJunit(run, { write: (bytes) => void chunks.push(bytes.slice()) }, {})
  return `${Buffer.concat(chunks)}${endTag}`
}

/** Creates the Signature element of a report. */
export async function signature(xml: string, privatePem: string): Promise<string> {
  const signer = await loadSigner({ key: privatePem })
  return signatureElement(new Map([['sha256', Buffer.from(contentHash(Buffer.from(xml)), 'hex')]]), signer)
}

/** Inserts an element before the end tag of the root. */
export function insertLast(xml: string, element: string): string {
  const end = xml.lastIndexOf('</')
  return `${xml.slice(0, end)}${element}${xml.slice(end)}`
}
