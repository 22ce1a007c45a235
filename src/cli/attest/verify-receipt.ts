/**
 * `jux verify --receipt`: whether a server has signed that it stored a report.
 *
 * @module
 */
import { receiptDifferences, verifyReceipt } from '../../attest/receipt.js'
import { JuxError } from '../../errors.js'
import { readReport } from '../../report/read.js'
import type { TrustedKeys } from '../../sign/trust-types.js'
import type { ReceiptJson } from '../json.js'
import type { ReadFile } from './json-object.js'

/**
 * Verifies a receipt, and that it is about this report.
 *
 * @param report whose signature was verified
 * @param trust keys of the server
 * @throws {JuxError} as `verifyReceipt`; `ATTESTATION_INVALID` with reason `subject-mismatch`
 */
export function checkReceipt(report: ReadFile, receipt: ReadFile, trust: TrustedKeys, at: Date): ReceiptJson {
  const { content, signed } = verifyReceipt(receipt.bytes, trust, at)
  const { contentHash, summary } = readReport(report.bytes)
  const [difference] = receiptDifferences(content, { contentHash, counts: summary })
  if (difference !== undefined) {
    throw new JuxError('ATTESTATION_INVALID', {
      message: `the receipt ${receipt.name} is not for this report: ${difference}`,
      reason: 'subject-mismatch',
    })
  }
  const { server, id, project, received_at, signature } = content
  return { server, id, project, received_at, signature, fingerprint: signed.fingerprint }
}
