/**
 * Signed receipts for stored reports.
 *
 * A receipt is made of what is stored, so that it can be made again at any time. It is made after the report is on the
 * disk.
 *
 * @module
 */
import { z } from '@hono/zod-openapi'
import { RECEIPT_TYPE, type ReceiptContent, signReceipt } from 'jux-reporter/internal'
import type { ServerContext } from '../context.js'
import type { Accepted } from '../ingest/submit.js'

/** A DSSE envelope. */
export const receiptSchema = z
  .object({
    payloadType: z.literal(RECEIPT_TYPE),
    payload: z.string().openapi({ description: 'Base64 of the signed JSON.' }),
    signatures: z.array(z.object({ keyid: z.string().optional(), sig: z.string() })),
  })
  .openapi('Receipt')

/** What a receipt is made of. */
export type ReceiptRun = Pick<
  Accepted['run'],
  'id' | 'project' | 'inserted_at' | 'content_hash' | 'tests' | 'failures' | 'errors' | 'skipped' | 'signature'
>

/** The receipt for a run; `undefined` if the server has no key for receipts. */
export function receiptOf(
  run: ReceiptRun,
  { receiptSigner }: ServerContext,
): z.infer<typeof receiptSchema> | undefined {
  if (receiptSigner === undefined) return undefined
  const content: ReceiptContent = {
    version: 1,
    server: 'jux-server',
    id: run.id,
    project: run.project,
    received_at: new Date(run.inserted_at).toISOString(),
    content_hash: run.content_hash,
    tests: run.tests,
    failures: run.failures,
    errors: run.errors,
    skipped: run.skipped,
    signature: run.signature,
  }
  const { payload, signatures } = signReceipt(content, receiptSigner)
  return { payloadType: RECEIPT_TYPE, payload, signatures: signatures.map((one) => ({ ...one })) }
}
