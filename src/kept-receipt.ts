/**
 * Keeps the signed receipt of a server beside the report that it is about.
 *
 * @module
 */
import { readReceipt, receiptDifference } from './attest/receipt.js'
import { messageOf } from './errors.js'
import type { TestCounts } from './model.js'
import { writeFileDurably } from './store/files.js'
import { receiptFile } from './store/reports.js'
import type { SubmitReceipt } from './submit/client.js'

/** The report that was sent. */
export interface SentReport {
  /** Its content hash as this package computes it. */
  readonly contentHash: string
  readonly counts: TestCounts
}

/**
 * Stores the receipt that a server has sent, if it has, as `<report>.receipt.json`. It is not verified: this machine need not have the server's key.
 *
 * @param path of the report
 * @returns what was sent, with a warning if the receipt cannot be kept, or is not about this report; then nothing is stored
 */
export function keepReceipt(path: string, report: SentReport, submitted: SubmitReceipt): SubmitReceipt {
  const { signedReceipt } = submitted
  if (signedReceipt === undefined) return submitted
  const warn = (why: string) => ({
    ...submitted,
    warnings: [...submitted.warnings, `the receipt of the server was not kept: ${why}`],
  })
  try {
    const bytes = Buffer.from(`${signedReceipt}\n`)
    const difference = receiptDifference(readReceipt(bytes), report)
    if (difference !== undefined) return warn(difference.detail)
    writeFileDurably(receiptFile(path), [bytes])
    return submitted
  } catch (error) {
    return warn(messageOf(error))
  }
}
