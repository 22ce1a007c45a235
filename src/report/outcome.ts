/**
 * The status of a test case, counts by status, and the outcome of a whole report.
 *
 * @module
 */
import type { Property, RunOutcome, TestCounts } from '../model.js'

/** Result of one test case in a JUnit file. */
export type CaseStatus = 'passed' | 'failed' | 'error' | 'skipped'

/** Numbers of test cases by their status. */
export type StatusCounts = Record<CaseStatus, number>

/** Numbers of test cases, including those that passed. */
export interface ReportCounts extends TestCounts {
  readonly passed: number
}

const SEVERITY: readonly CaseStatus[] = ['passed', 'skipped', 'failed', 'error']
const OUTCOMES: ReadonlySet<string> = new Set(['passed', 'failed', 'error', 'interrupted', 'no-tests'])

/** Whether `one` is more severe than `other`; a test case with both has the more severe status. */
export function isWorse(one: CaseStatus, other: CaseStatus): boolean {
  return SEVERITY.indexOf(one) > SEVERITY.indexOf(other)
}

/** Counts of no test cases. */
export function zeroCounts(): StatusCounts {
  return { passed: 0, skipped: 0, failed: 0, error: 0 }
}

/** Adds several counts. */
export function addCounts(all: readonly StatusCounts[]): StatusCounts {
  const sum = zeroCounts()
  for (const counts of all) for (const status of SEVERITY) sum[status] += counts[status]
  return sum
}

/** Converts counts by status to the names that JUnit uses. */
export function toReportCounts({ passed, skipped, failed, error }: StatusCounts): ReportCounts {
  return { tests: passed + skipped + failed + error, failures: failed, errors: error, skipped, passed }
}

/** Decides the outcome: the property `jux:outcome` if it is not better than the test cases allow, else the result of the test cases. */
export function decideReportOutcome(
  { tests, failures, errors }: TestCounts,
  properties: readonly Property[],
): RunOutcome {
  const stated = properties.find(({ name }) => name === 'jux:outcome')?.value
  const own: RunOutcome = failures + errors > 0 ? 'failed' : tests === 0 ? 'no-tests' : 'passed'
  return isOutcome(stated) && (stated !== 'passed' || own === 'passed' || own === 'no-tests') ? stated : own
}

function isOutcome(word: string | undefined): word is RunOutcome {
  return word !== undefined && OUTCOMES.has(word)
}
