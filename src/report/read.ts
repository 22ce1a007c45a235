/**
 * Reads reports. One scan returns the results, the content hash, and everything that is needed to verify the signature.
 *
 * @module
 */
import { INCLUSIVE } from '../xml/canonical.js'
import type { XmlLimits } from '../xml/scan.js'
import { type ReportCase, type ReportSummary, type ResultOptions, ResultsReader } from './results.js'
import { type ReportSignature, scanReport } from './signature.js'

export type { CaseStatus, ReportCounts } from './outcome.js'
export type { ReportCase, ReportSuite, ReportSummary, ResultLimits } from './results.js'
export type { ReportSignature } from './signature.js'

/** Options of `readReport`. */
export interface ReadOptions extends ResultOptions {
  readonly limits?: Partial<XmlLimits> | undefined
}

/** A report that was read. Nothing in it is verified. */
export interface ReadReport {
  readonly summary: ReportSummary
  /** The identity of the report: SHA-256 of the inclusive canonical form of the root without its signature, in lower-case hex. */
  readonly contentHash: string
  /** Pass it to `verifySignature`. `undefined` when the report has no Signature. */
  readonly signature: ReportSignature | undefined
  /** Present if the option `cases` is set. */
  readonly cases?: readonly ReportCase[] | undefined
}

/**
 * Reads a JUnit XML report of any program. It does not verify the signature: `verifyReport` reads and verifies in one step.
 *
 * @param bytes UTF-8; a declaration of another encoding is refused. Must not change while the result is in use
 * @returns numbers that are counted from the test cases, not taken from attributes
 * @throws {JuxError} `XML_PARSE_ERROR` when the bytes are not well-formed XML, or have a DOCTYPE
 * @throws {JuxError} `XML_INVALID_STRUCTURE` when the root is neither `testsuites` nor `testsuite` (`not-junit`), or when the
 *   report has more parts than `cases` allows (`too-many`)
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs'
 * import { readReport } from 'jux-reporter'
 *
 * const { summary } = readReport(readFileSync('report.xml'))
 * console.log(summary.outcome, summary.suites.map((suite) => suite.name).join(', '))
 * // failed cart, shipping
 * ```
 */
export function readReport(
  bytes: Uint8Array,
  options: ReadOptions & { readonly cases: Exclude<ReadOptions['cases'], false | undefined> },
): ReadReport & { readonly cases: readonly ReportCase[] }
export function readReport(bytes: Uint8Array, options?: ReadOptions): ReadReport
export function readReport(bytes: Uint8Array, options: ReadOptions = {}): ReadReport {
  const reader = new ResultsReader(bytes, options)
  const signature = scanReport(bytes, { limits: options.limits, visitor: reader })
  const { summary, cases } = reader.results(signature.isPresent)
  return {
    summary,
    contentHash: contentHashOf(signature),
    signature: signature.isPresent ? signature : undefined,
    cases: options.cases ? cases : undefined,
  }
}

/** Returns the content hash of a scanned report. */
export function contentHashOf(signature: ReportSignature): string {
  return Buffer.from(signature.digest(INCLUSIVE, 'sha256')).toString('hex')
}
