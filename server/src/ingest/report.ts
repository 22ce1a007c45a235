/**
 * Reads a report for the tables, with `readReport` and within limits. Suites and test cases are in the order of their rows.
 *
 * The content is untrusted: texts that are too long are cut, with a note.
 *
 * @module
 */
import { JuxError, type ReadReport, type ReportCase, type ReportSummary, readReport } from 'jux-reporter'
import { MAX_SERVER_CASES } from 'jux-reporter/internal'
import { HttpError } from '../http-error.js'

export { cut } from 'jux-reporter/internal'

/** Limits of the rows of a report; its bytes are stored completely. Lengths are UTF-16 code units. */
export const ROW_LIMITS = {
  cases: MAX_SERVER_CASES,
  suites: 100_000,
  properties: 5_000,
  name: 2_000,
  message: 8_000,
  details: 64_000,
  output: 64_000,
  // The output of tests that passed at their first attempt is only in the report.
  passedOutput: 0,
} as const

/** A suite with the numbers of its own test cases. */
export interface RowSuite {
  /** Names of the enclosing suites and its own name. */
  readonly path: readonly string[]
  readonly tests: number
  readonly failures: number
  readonly errors: number
  readonly skipped: number
  /** Sum of the durations of its test cases. */
  readonly seconds: number
  readonly output: string
}

/** A report that was read. */
export interface RowReport {
  readonly summary: ReportSummary
  readonly contentHash: string
  readonly signature: ReadReport['signature']
  readonly suites: readonly RowSuite[]
  readonly cases: readonly ReportCase[]
  /** Duration in the attributes of the root, else the sum of all test cases. */
  readonly totalSeconds: number
}

/**
 * Reads a report, in one scan.
 *
 * @throws {HttpError} 400 when the bytes are not well-formed XML; 422 when they are not a JUnit report, or have more parts than
 *   the limits allow
 */
export function readRows(bytes: Uint8Array): RowReport {
  const { summary, contentHash, signature, cases } = read(bytes)
  const seconds = new Map<number, number>()
  for (const { suite, seconds: more } of cases) seconds.set(suite, (seconds.get(suite) ?? 0) + more)
  const suites = summary.suites.map(
    ({ path, name, tests, failures, errors, skipped, output }, index): RowSuite => ({
      path: [...path, name],
      tests,
      failures,
      errors,
      skipped,
      seconds: seconds.get(index) ?? 0,
      output,
    }),
  )
  const outside = cases.filter(({ suite }) => suite < 0)
  if (outside.length > 0) suites.push(unnamedSuite(outside))
  const totalSeconds = summary.seconds ?? suites.reduce((total, suite) => total + suite.seconds, 0)
  return { summary, contentHash, signature, suites, cases, totalSeconds }
}

/** Returns the position of the suite of a test case. Test cases outside all suites are in a last suite without a name. */
export function suitePosition({ suite }: ReportCase, { summary }: RowReport): number {
  return suite < 0 ? summary.suites.length : suite
}

function unnamedSuite(cases: readonly ReportCase[]): RowSuite {
  const count = (status: ReportCase['status']) => cases.filter((item) => item.status === status).length
  return {
    path: [],
    tests: cases.length,
    failures: count('failed'),
    errors: count('error'),
    skipped: count('skipped'),
    seconds: cases.reduce((total, item) => total + item.seconds, 0),
    output: '',
  }
}

function read(bytes: Uint8Array) {
  try {
    return readReport(bytes, { limits: { maxBytes: bytes.length }, cases: ROW_LIMITS })
  } catch (error) {
    if (!(error instanceof JuxError)) throw error
    if (error.code === 'XML_PARSE_ERROR') throw malformed(error)
    if (error.reason === 'not-junit') throw notJunit(error)
    throw error.reason === 'too-many' ? tooMany(error) : error
  }
}

function malformed(error: JuxError): HttpError {
  const place = /\(line (\d+), column (\d+), byte \d+\)$/.exec(error.message)
  return new HttpError(400, `the report is not valid XML: ${error.message}`, {
    kind: 'InvalidXml',
    details: {
      message: error.message,
      reason: error.reason,
      ...(place === null ? {} : { line: Number(place[1]), column: Number(place[2]) }),
    },
    suggestions: ['xmllint --noout report.xml', 'check that special characters are escaped'],
    cause: error,
  })
}

function notJunit({ message }: JuxError): HttpError {
  return new HttpError(422, message, {
    details: { message: 'well-formed XML, but not a JUnit report', reason: 'not-junit' },
    suggestions: ['send the JUnit XML report itself'],
  })
}

function tooMany({ message, suggestions }: JuxError): HttpError {
  return new HttpError(422, message, {
    details: { message: message.replace('the report has ', ''), reason: 'too-many' },
    suggestions,
  })
}
