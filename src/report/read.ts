/**
 * The one reader of reports: bytes in, and in one scan what they say, what identifies them, and what their signature needs
 * to be verified.
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

/** How to read. */
export interface ReadOptions extends ResultOptions {
  readonly limits?: Partial<XmlLimits> | undefined
}

/** A report that was read. Nothing in it is verified. */
export interface ReadReport {
  readonly summary: ReportSummary
  /** Lower-case hex SHA-256 of the inclusive canonical form of the root without its signature: the identity of the report. */
  readonly contentHash: string
  /** For `verifySignature`; absent when there is no Signature. */
  readonly signature: ReportSignature | undefined
  /** Present when the cases are asked for. */
  readonly cases?: readonly ReportCase[] | undefined
}

/**
 * Reads a report, whoever wrote it. Its signature is not judged: `verifyReport` does that, and reads at the same time.
 *
 * @param bytes UTF-8; a declaration of another encoding is refused. Not to be changed while the result is in use
 * @returns numbers that are counted from the test cases, not taken from attributes
 * @throws {JuxError} `XML_PARSE_ERROR` when it is not XML, or XML that is not accepted
 * @throws {JuxError} `XML_INVALID_STRUCTURE` when its root is neither `testsuites` nor `testsuite` (`not-junit`), or when it
 *   has more parts than `cases` allows (`too-many`)
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

/** The content hash of a report that was scanned. */
export function contentHashOf(signature: ReportSignature): string {
  return Buffer.from(signature.digest(INCLUSIVE, 'sha256')).toString('hex')
}
