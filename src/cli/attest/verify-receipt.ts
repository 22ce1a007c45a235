/**
 * `jux verify --receipt`: whether a server has signed that it stored a report.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { type ReceiptDifference, receiptDifference, verifyReceipt } from '../../attest/receipt.js'
import { JuxError } from '../../errors.js'
import { readReport } from '../../report/read.js'
import type { TrustedKeys } from '../../sign/trust-types.js'
import type { ReceiptJson } from '../json.js'
import type { ReadFile } from './json-object.js'

/** A report whose signature was verified. */
export interface VerifiedFile extends ReadFile {
  /** Of the content that was verified; absent for an attestation. */
  readonly contentHash: string | undefined
}

/**
 * Verifies a receipt, and that it is about this report.
 *
 * @param trust keys of the server
 * @throws {JuxError} as `verifyReceipt`; `ATTESTATION_INVALID` with reason `subject-mismatch` or `content-mismatch`;
 *   `INVALID_ARGUMENT` for an attestation
 */
export function checkReceipt(report: VerifiedFile, receipt: ReadFile, trust: TrustedKeys, at: Date): ReceiptJson {
  const { contentHash } = report
  if (contentHash === undefined) {
    throw new JuxError('INVALID_ARGUMENT', {
      message: `${report.name} is an attestation, and --receipt needs the report that it is about`,
    })
  }
  const { content, signed } = verifyReceipt(receipt.bytes, trust, at)
  const difference = receiptDifference(content, { contentHash, counts: readReport(report.bytes).summary })
  if (difference !== undefined) throw notForReport(receipt.name, difference)
  const { server, id, project, received_at, signature, sha256 } = content
  return {
    server,
    id,
    project,
    received_at,
    signature,
    sha256,
    same_bytes: createHash('sha256').update(report.bytes).digest('hex') === sha256,
    fingerprint: signed.fingerprint,
    key: signed.keyDescription,
  }
}

function notForReport(name: string, { reason, detail }: ReceiptDifference): JuxError {
  return new JuxError('ATTESTATION_INVALID', {
    message: `the receipt ${name} is not for this report: ${detail}`,
    suggestions: ['give the file with the name of the report and .receipt.json'],
    reason,
  })
}
