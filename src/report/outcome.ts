/**
 * The status of a test case, counts by status, and the outcome of a whole report.
 *
 * @module
 */
import type { RunOutcome, TestCounts } from '../model.js'

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

/** What the test cases of a report say about its outcome. */
export interface CaseEvidence extends TestCounts {
  /** Whether a failure was found that is not among the counts: in an unknown element, in a suite itself, in a todo. */
  readonly hasOtherFailures: boolean
  /** Whether all test cases are in another namespace than the root. */
  readonly isForeign: boolean
}

/**
 * Decides the outcome of a report: what the run states (`jux:outcome`), but never better than its test cases are.
 *
 * @param stated every value of `jux:outcome` that the run states
 */
export function decideReportOutcome(evidence: CaseEvidence, stated: readonly string[]): RunOutcome {
  const own = ownOutcome(evidence)
  const worse = stated.filter(isOutcome).find((outcome) => isPossible(outcome, own))
  if (worse !== undefined) return worse
  // Values that contradict each other prove nothing.
  return own === 'passed' && new Set(stated).size > 1 ? 'failed' : own
}

function ownOutcome({ tests, failures, errors, skipped, hasOtherFailures, isForeign }: CaseEvidence): RunOutcome {
  if (failures + errors > 0 || hasOtherFailures) return 'failed'
  // A test that was skipped proves nothing.
  return tests <= skipped || isForeign ? 'no-tests' : 'passed'
}

// Whether a run whose test cases have one outcome can have another one as a whole: it was interrupted, or something outside its
// tests failed, or nothing ran.
function isPossible(stated: RunOutcome, own: RunOutcome): boolean {
  return stated !== 'passed' && (stated !== 'no-tests' || own !== 'failed')
}

function isOutcome(word: string): word is RunOutcome {
  return OUTCOMES.has(word)
}
