/**
 * What a submission gives back.
 *
 * @module
 */
import type { TestCounts } from '../model.js'
import type { ServerCounts } from './response.js'

/** Confirms that the server has a report. */
export interface SubmitReceipt {
  readonly status: 'created' | 'duplicate'
  readonly id?: string | undefined
  /** The message of the server. */
  readonly message?: string | undefined
  readonly url: string
  /** The page of the run, if the server names one (`Location`, RFC 9110 §10.2.2). */
  readonly page?: string | undefined
  readonly httpStatus: number
  readonly attempts: number
  readonly warnings: readonly string[]
  /** What changed since an earlier run, in the words of the server: one line. */
  readonly changes?: string | undefined
  /** The receipt of the server, as JSON. Nothing in it is checked. */
  readonly signedReceipt?: string | undefined
}

/** The outcome of one report of several. */
export type Settled = { readonly receipt: SubmitReceipt } | { readonly error: Error }

/** One text for each count that differs; a count that the server does not report is not compared. */
export function countDifferences(ours: TestCounts, theirs: ServerCounts): string[] {
  return (['tests', 'failures', 'errors', 'skipped'] as const)
    .filter((name) => theirs[name] !== undefined && theirs[name] !== ours[name])
    .map((name) => `${name}: ${ours[name]} here, ${theirs[name]} on the server`)
}
