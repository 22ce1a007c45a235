/**
 * Signed receipts for stored reports.
 *
 * A receipt is made of what is stored, so that it can be made again at any time. It is made after the report is on the
 * disk.
 *
 * @module
 */
import { hash } from 'node:crypto'
import { z } from '@hono/zod-openapi'
import { RECEIPT_TYPE, type ReceiptContent, signReceipt } from 'jux-reporter/internal'
import type { ServerContext } from '../context.js'
import type { RunRow } from '../database/schema.js'
import { HttpError } from '../http-error.js'
import { bytesKeyOf } from '../ingest/bytes.js'

/** A DSSE envelope. */
export const receiptSchema = z
  .object({
    payloadType: z.literal(RECEIPT_TYPE),
    payload: z.string().openapi({
      description: 'Base64 of the signed JSON: what is stored, its SHA-256, when it was received, and by which server.',
    }),
    signatures: z.array(
      z.object({
        keyid: z.string().openapi({ description: 'SHA-256 of the public key (SPKI, DER), hexadecimal.' }),
        sig: z.string().openapi({ description: 'Base64.' }),
      }),
    ),
  })
  .openapi('Receipt')

/** A receipt, in the JSON form of DSSE. */
export type Receipt = z.infer<typeof receiptSchema>

/**
 * The receipt for a stored run.
 *
 * @returns undefined if the server has no key for receipts, or the bytes are gone
 */
export async function receiptOf(run: RunRow, { receipts, bytes }: ServerContext): Promise<Receipt | undefined> {
  if (receipts === undefined) return undefined
  const sha256 = run.bytes_sha256 ?? sha256Of(await bytes.read(bytesKeyOf(run)))
  if (sha256 === undefined) return undefined
  const content: ReceiptContent = {
    version: 1,
    server: receipts.serverName(),
    id: run.id,
    project: run.project,
    received_at: new Date(run.bytes_at ?? run.inserted_at).toISOString(),
    content_hash: run.content_hash,
    sha256,
    tests: run.tests,
    failures: run.failures,
    errors: run.errors,
    skipped: run.skipped,
    signature: run.signature,
  }
  const { payload, signatures } = signReceipt(content, receipts.signer)
  return { payloadType: RECEIPT_TYPE, payload, signatures: signatures.map(({ keyid = '', sig }) => ({ keyid, sig })) }
}

/** The error of a server without a key for receipts. */
export function noReceipts(): HttpError {
  return new HttpError(404, 'this server signs no receipts', {
    suggestions: ['jux-server receipt-key create receipts.pem', 'jux-server --receipt-key receipts.pem'],
  })
}

function sha256Of(bytes: Uint8Array | undefined): string | undefined {
  // The engine of SQLite returns an ArrayBuffer.
  return bytes === undefined ? undefined : hash('sha256', new Uint8Array(bytes))
}
