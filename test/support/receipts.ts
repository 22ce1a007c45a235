/**
 * Receipts as a server signs them.
 *
 * @module
 */
import { createHash, generateKeyPairSync } from 'node:crypto'
import type { Envelope } from '../../src/attest/dsse.js'
import { type ReceiptContent, signReceipt } from '../../src/attest/receipt.js'
import { readReport } from '../../src/report/read.js'
import { loadSigner, type Signer } from '../../src/sign/keys.js'

/** The key of a server. */
export interface ServerKey {
  readonly signer: Signer
  readonly publicPem: string
}

/** Creates the key of a server. */
export async function newServerKey(): Promise<ServerKey> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return {
    signer: await loadSigner({ key }),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  }
}

/** What a server says about a report that it has stored. */
export function receiptContent(report: Uint8Array, changes: Partial<ReceiptContent> = {}): ReceiptContent {
  const { contentHash, summary } = readReport(report)
  const { tests, failures, errors, skipped } = summary
  return {
    version: 1,
    server: 'https://jux.example.com',
    id: 'run-1',
    project: 'app',
    received_at: '2026-01-02T03:04:05.678Z',
    content_hash: contentHash,
    sha256: createHash('sha256').update(report).digest('hex'),
    ...{ tests, failures, errors, skipped },
    signature: 'trusted',
    ...changes,
  }
}

/** A receipt for a report. */
export function receiptFor(
  report: Uint8Array,
  { signer }: Pick<ServerKey, 'signer'>,
  changes: Partial<ReceiptContent> = {},
): Envelope {
  return signReceipt(receiptContent(report, changes), signer)
}
