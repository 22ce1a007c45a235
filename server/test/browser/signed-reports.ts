/**
 * Reports as the reporter makes them: rendered, and signed, by its own code.
 *
 * @module
 */
import { generateKeyPairSync } from 'node:crypto'
import { loadSigner, realSystem, renderJunit, type Signer, signatureElement, type TestRun } from 'jux-reporter'

/** A key of its own, and what verifies it. */
export interface TestSigner {
  readonly signer: Signer
  /** PEM. */
  readonly publicKey: string
}

/** Makes a signer with a new P-256 key. */
export async function testSigner(): Promise<TestSigner> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return {
    signer: await loadSigner({ key }, realSystem()),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  }
}

/** A run as the bytes of its report. */
export function reportOf(run: TestRun, signer?: Signer): Uint8Array {
  const chunks: Uint8Array[] = []
  // The renderer uses its buffer again.
  const sink = { write: (bytes: Uint8Array) => void chunks.push(bytes.slice()) }
  const rendered = renderJunit(run, sink, signer === undefined ? {} : { digests: [signer.digest] })
  const signature = signer === undefined ? '' : signatureElement(rendered.digests, signer)
  return Buffer.concat([...chunks, Buffer.from(`${signature}${rendered.endTag}`)])
}
