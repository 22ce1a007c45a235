/**
 * What test cases come to: the status of one, the numbers of many, the outcome of a whole report.
 *
 * @module
 */
import type { Property, RunOutcome, TestCounts } from '../model.js'

/** Result of one test case of a JUnit file. */
export type CaseStatus = 'passed' | 'failed' | 'error' | 'skipped'

/** Numbers of test cases by their status. */
export type StatusCounts = Record<CaseStatus, number>

/** Numbers of test cases, including those that passed. */
export interface ReportCounts extends TestCounts {
  readonly passed: number
}

const SEVERITY: readonly CaseStatus[] = ['passed', 'skipped', 'failed', 'error']
const OUTCOMES: ReadonlySet<string> = new Set(['passed', 'failed', 'error', 'interrupted', 'no-tests'])

/** Whether a test case that has both statuses counts as `one` rather than as `other`. */
export function isWorse(one: CaseStatus, other: CaseStatus): boolean {
  return SEVERITY.indexOf(one) > SEVERITY.indexOf(other)
}

/** Numbers before the first test case. */
export function zeroCounts(): StatusCounts {
  return { passed: 0, skipped: 0, failed: 0, error: 0 }
}

/** Several numbers as one. */
export function sumOf(all: readonly StatusCounts[]): StatusCounts {
  const sum = zeroCounts()
  for (const counts of all) for (const status of SEVERITY) sum[status] += counts[status]
  return sum
}

/** The same numbers under the names that JUnit has for them. */
export function countsOf({ passed, skipped, failed, error }: StatusCounts): ReportCounts {
  return { tests: passed + skipped + failed + error, failures: failed, errors: error, skipped, passed }
}

/** `jux:outcome` among the properties, unless test cases say worse; else what the test cases come to. */
export function outcomeOf({ tests, failures, errors }: TestCounts, properties: readonly Property[]): RunOutcome {
  const stated = properties.find(({ name }) => name === 'jux:outcome')?.value
  const own: RunOutcome = failures + errors > 0 ? 'failed' : tests === 0 ? 'no-tests' : 'passed'
  return isOutcome(stated) && (stated !== 'passed' || own === 'passed' || own === 'no-tests') ? stated : own
}

function isOutcome(word: string | undefined): word is RunOutcome {
  return word !== undefined && OUTCOMES.has(word)
}
