/**
 * Receipts: what a server signs about a report that it has stored, so that "the server has it" can be shown later.
 *
 * A receipt is a DSSE envelope with a JSON payload. It names the report by its content hash, and the bytes that are stored
 * by their SHA-256: other bytes can have the same content, such as those of another signature.
 *
 * @module
 */
import { z } from 'zod/v3'
import { JuxError, messageOf } from '../errors.js'
import type { TestCounts } from '../model.js'
import type { Signer } from '../sign/keys.js'
import type { TrustedKeys } from '../sign/trust-types.js'
import { parseStrictJson } from '../strict-json.js'
import {
  type Envelope,
  type ReadEnvelope,
  readEnvelope,
  signEnvelope,
  type VerifiedEnvelope,
  verifyEnvelope,
} from './dsse.js'

/** Media type of the payload. */
export const RECEIPT_TYPE = 'application/vnd.jux.receipt+json'

/** Longest receipt that is read, in bytes. */
export const MAX_RECEIPT_BYTES = 64 * 1024

const MAX_TEXT = 1_000
const text = z.string().max(MAX_TEXT)
const count = z.number().int().nonnegative()
const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/)

const schema = z
  .object({
    version: z.literal(1),
    /** Who signs: the address or the name of the server, as it is configured. */
    server: text.min(1),
    /** The server's id of the run. */
    id: text.min(1),
    project: text,
    /** When the server received the bytes that it stores. */
    received_at: z.string().datetime(),
    content_hash: sha256Hex,
    /** SHA-256 of the stored bytes. */
    sha256: sha256Hex,
    tests: count,
    failures: count,
    errors: count,
    skipped: count,
    /** What the server found out about the signature of the report. */
    signature: z.enum(['trusted', 'untrusted', 'unsigned']),
  })
  .strict()

/** What a receipt says. */
export type ReceiptContent = Readonly<z.infer<typeof schema>>

/** A receipt whose signature was verified. */
export interface VerifiedReceipt {
  readonly content: ReceiptContent
  readonly signed: Omit<VerifiedEnvelope, 'payload'>
}

/** Signs a receipt. */
export function signReceipt(content: ReceiptContent, signer: Signer): Envelope {
  return signEnvelope(RECEIPT_TYPE, Buffer.from(JSON.stringify(content)), signer)
}

/**
 * Reads what a receipt says, without its signature.
 *
 * @throws {JuxError} `ATTESTATION_INVALID`
 */
export function readReceipt(bytes: string | Uint8Array): ReceiptContent {
  const { payloadType, payload } = envelopeIn(bytes)
  if (payloadType === RECEIPT_TYPE) return contentOf(payload)
  throw new JuxError('ATTESTATION_INVALID', { message: 'the envelope has no receipt', reason: 'payload-type' })
}

/**
 * Verifies a receipt.
 *
 * @param trust keys of the server, not those of the report's signer
 * @throws {JuxError} `ATTESTATION_INVALID`, `ATTESTATION_SIGNATURE_INVALID`, and as `verifyEnvelope`
 */
export function verifyReceipt(bytes: string | Uint8Array, trust: TrustedKeys, at: Date): VerifiedReceipt {
  const { payload, ...signed } = verifyEnvelope(envelopeIn(bytes), trust, { payloadType: RECEIPT_TYPE, at })
  return { content: contentOf(payload), signed }
}

/** How a receipt differs from a report. */
export interface ReceiptDifference {
  readonly reason: 'subject-mismatch' | 'content-mismatch'
  /** A clause about the receipt. */
  readonly detail: string
}

/** Compares a receipt with a report; `undefined` if it is about this report. */
export function receiptDifference(
  content: ReceiptContent,
  { contentHash, counts }: { readonly contentHash: string; readonly counts: TestCounts },
): ReceiptDifference | undefined {
  if (content.content_hash !== contentHash) {
    return { reason: 'subject-mismatch', detail: `it is about the report ${content.content_hash}, not ${contentHash}` }
  }
  const names = ['tests', 'failures', 'errors', 'skipped'] as const
  const name = names.find((one) => content[one] !== counts[one])
  return (
    name && { reason: 'content-mismatch', detail: `it states ${content[name]} ${name}, the report has ${counts[name]}` }
  )
}

function envelopeIn(bytes: string | Uint8Array): ReadEnvelope {
  if (Buffer.byteLength(bytes) <= MAX_RECEIPT_BYTES) return readEnvelope(bytes)
  throw new JuxError('ATTESTATION_INVALID', {
    message: `not a receipt: it is longer than ${MAX_RECEIPT_BYTES} bytes`,
    reason: 'envelope',
  })
}

function contentOf(payload: Uint8Array): ReceiptContent {
  try {
    return schema.parse(parseStrictJson(payload))
  } catch (cause) {
    throw new JuxError('ATTESTATION_INVALID', {
      message: `the signed text is not a receipt: ${cause instanceof z.ZodError ? problemOf(cause) : messageOf(cause)}`,
      reason: 'payload',
      cause,
    })
  }
}

function problemOf({ issues: [issue] }: z.ZodError): string {
  const path = issue?.path.join('.') ?? ''
  return path === '' ? (issue?.message ?? 'it has another form') : `${path}: ${issue?.message}`
}
