/**
 * The test cases of a report: one for each test, and one for each error outside tests.
 *
 * Counting and writing use the same table of statuses and the same list of other cases, so a count cannot differ from
 * what is written.
 *
 * @module
 */
import type { SettingDefaults, Settings } from '../config/table.js'
import type { ErrorInfo, ModuleResult, NotRunCause, TestCounts, TestResult, TestRun, TestStatus } from '../model.js'
import { errorHeading, errorType } from './error-text.js'
import { errorTitle } from './error-title.js'

/** The result of one test case, as JUnit readers count it. */
export type CaseStatus = 'passed' | 'failed' | 'error' | 'skipped'

/** One `testcase`. */
export interface Case {
  readonly status: CaseStatus
  readonly path: readonly string[]
  readonly title: string
  /** Of the element for the status. */
  readonly message?: string | undefined
  readonly type?: string | undefined
  /** The errors whose text is the body of that element. */
  readonly errors: readonly ErrorInfo[]
  /** Absent for a case that is not a test. */
  readonly test?: TestResult | undefined
}

/** The reason why a test did not run, if the runner gave no reason. */
const NOT_RUN_REASONS: Readonly<Record<NotRunCause, string>> = {
  hook: 'a hook failed',
  load: 'the file did not load',
  cancelled: 'the run was cancelled',
  bail: 'the run stopped after a failure',
  crash: 'the worker died',
  filter: 'not selected',
}

/** What each test is counted as. */
const CASE_STATUSES: Readonly<Record<TestStatus, CaseStatus>> = {
  passed: 'passed',
  failed: 'failed',
  skipped: 'skipped',
  todo: 'skipped',
  'not-run': 'skipped',
}

/** How a run in which no test ran is written. */
export type NothingToRun = Settings['nothingToRun']

const DEFAULT_NOTHING_TO_RUN: SettingDefaults['nothingToRun'] = 'auto'

export const NO_COUNTS: TestCounts = { tests: 0, failures: 0, errors: 0, skipped: 0 }
const NO_ERRORS: readonly ErrorInfo[] = []

/** The cases of one file: its load errors, its hooks' errors, its tests. */
export function moduleCases(module: ModuleResult): readonly Case[] {
  const { before, after } = casesAroundTests(module)
  return [...before, ...module.tests.map(testCase), ...after]
}

/** Counts the cases of one file without making those of its tests. */
export function countModule(module: ModuleResult): TestCounts {
  const { before, after } = casesAroundTests(module)
  const counts = { ...NO_COUNTS }
  for (const { status } of before) count(status, counts)
  for (const { status } of module.tests) count(CASE_STATUSES[status], counts)
  for (const { status } of after) count(status, counts)
  return counts
}

/**
 * The cases of the run as a whole: its errors outside files. A run that did not pass gets at least one, so that it does
 * not look passed; a run in which no test ran, and which the runner calls a success, has no error.
 *
 * @param modules the counts of all files together
 */
export function runCases(
  run: TestRun,
  modules: TestCounts,
  nothingToRun: NothingToRun = DEFAULT_NOTHING_TO_RUN,
): readonly Case[] {
  const cases = errorCases(run.errors, '')
  if (run.outcome === 'interrupted') {
    cases.push(errorWithoutDetails('(interrupted)', 'interrupted', 'the run ended before all of its tests had run'))
  } else if (run.outcome === 'no-tests') {
    const noTests = errorWithoutDetails('(no tests)', 'no-tests', 'no test was run')
    if (isNoTestsError(run, nothingToRun)) cases.push(noTests)
    // Jenkins fails a build whose report has no test case at all.
    else if (modules.tests + cases.length === 0) cases.push({ ...noTests, status: 'skipped' })
  } else if (run.outcome !== 'passed' && run.errors.length + modules.failures + modules.errors === 0) {
    const text = 'the run failed although none of its tests did, and the runner did not say why'
    cases.push(errorWithoutDetails('(run)', run.outcome, text))
  }
  return cases
}

/** Whether a run in which no test ran is written with an error. */
export function isNoTestsError(
  { nothingToRunIsFine }: TestRun,
  nothingToRun: NothingToRun = DEFAULT_NOTHING_TO_RUN,
): boolean {
  return nothingToRun === 'error' || (nothingToRun === 'auto' && nothingToRunIsFine !== true)
}

/** Counts cases. */
export function countCases(cases: readonly Case[]): TestCounts {
  const counts = { ...NO_COUNTS }
  for (const { status } of cases) count(status, counts)
  return counts
}

/** Sums counts. */
export function addCounts(left: TestCounts, right: TestCounts): TestCounts {
  return {
    tests: left.tests + right.tests,
    failures: left.failures + right.failures,
    errors: left.errors + right.errors,
    skipped: left.skipped + right.skipped,
  }
}

/** The attempts that did not pass, in order. */
export function failedAttempts(test: TestResult): TestResult['attempts'] {
  return test.attempts.filter(({ status, errors }) => status === 'failed' || errors.length > 0)
}

/** Errors of a test that are not among those of its attempts. */
export function errorsOutsideAttempts(test: TestResult): readonly ErrorInfo[] {
  if (test.errors.length === 0 || test.errors === test.attempts.at(-1)?.errors) return NO_ERRORS
  const inAttempts = test.attempts.flatMap(({ errors }) => errors)
  return test.errors.filter((error) => !inAttempts.some((other) => other === error || sameError(other, error)))
}

/** Message and type of the first of several errors, as attributes. */
export function headline(errors: readonly ErrorInfo[], rawStatus: string): { message: string; type: string } {
  const [first] = errors
  if (first === undefined) return { message: `failed (${rawStatus}) without an error`, type: 'failed' }
  return { message: first.message === '' ? errorHeading(first) : first.message, type: errorType(first) }
}

function count(status: CaseStatus, counts: { -readonly [name in keyof TestCounts]: number }): void {
  counts.tests++
  if (status === 'failed') counts.failures++
  else if (status === 'error') counts.errors++
  else if (status === 'skipped') counts.skipped++
}

// Errors outside tests. A file that did not pass gets at least one case, so that it does not look passed.
function casesAroundTests({ errors, suites, tests, status, rawStatus }: ModuleResult): {
  before: Case[]
  after: Case[]
} {
  const before = [
    ...errorCases(errors, ''),
    ...suites.flatMap((suite) => errorCases(suite.errors, [...suite.path, suite.title].join(' > '))),
  ]
  if (before.length === 0 && status === 'failed' && !tests.some((test) => test.status === 'failed')) {
    const text = 'the file failed and the runner did not say why'
    return { before, after: [errorWithoutDetails('(file)', 'failed', text)] }
  }
  if (before.length === 0 && status === 'not-run' && tests.length === 0) {
    const why = rawStatus === 'unfinished' ? 'the run ended before the file did' : 'the file was not started'
    return { before, after: [{ ...errorWithoutDetails('(file)', 'not-run', `not run: ${why}`), status: 'skipped' }] }
  }
  return { before, after: [] }
}

function testCase(test: TestResult): Case {
  const { path, title } = test
  const status = CASE_STATUSES[test.status]
  switch (test.status) {
    case 'passed':
      return { status, path, title, errors: NO_ERRORS, test }
    case 'failed': {
      const errors = [...(failedAttempts(test)[0]?.errors ?? []), ...errorsOutsideAttempts(test)]
      const { message, type } = headline(errors, test.rawStatus)
      return { status, path, title, message, type, errors, test }
    }
    case 'skipped':
      return { status, path, title, message: test.reason || undefined, type: 'skipped', errors: allErrors(test), test }
    case 'todo': {
      const message = test.reason ? `todo: ${test.reason}` : 'todo'
      return { status, path, title, message, type: 'todo', errors: allErrors(test), test }
    }
    case 'not-run': {
      const reason =
        test.reason || (test.notRunCause === undefined ? 'no reason given' : NOT_RUN_REASONS[test.notRunCause])
      return { status, path, title, message: `not run: ${reason}`, type: 'not-run', errors: allErrors(test), test }
    }
  }
}

// What went wrong before a test was skipped or given up.
function allErrors(test: TestResult): readonly ErrorInfo[] {
  return [...test.attempts.flatMap(({ errors }) => errors), ...errorsOutsideAttempts(test)]
}

function sameError(left: ErrorInfo, right: ErrorInfo): boolean {
  return left.message === right.message && left.name === right.name && left.stack === right.stack
}

// One case for each name: a file that does not load is one failure, however many errors it has.
function errorCases(errors: readonly ErrorInfo[], describe: string): Case[] {
  const groups = new Map<string, ErrorInfo[]>()
  for (const error of errors) {
    const title = titleOf(error, describe)
    const group = groups.get(title)
    if (group === undefined) groups.set(title, [error])
    else group.push(error)
  }
  return [...groups].map(([title, group]) => {
    const { message, type } = headline(group, 'error')
    return { status: 'error', path: [], title, message, type, errors: group }
  })
}

function titleOf(error: ErrorInfo, describe: string): string {
  const suffix = describe === '' ? '' : ` ${describe}`
  if (error.hook !== undefined && error.hook !== '') return `(${error.hook})${suffix}`
  if (error.kind === 'unhandled') return `(unhandled) ${errorTitle(error)}`
  if (error.kind === 'hook' || error.kind === 'load') return `(${error.kind})${suffix}`
  return `(error)${suffix === '' ? ` ${errorTitle(error)}` : suffix}`
}

function errorWithoutDetails(title: string, type: string, message: string): Case {
  return { status: 'error', path: [], title, message, type, errors: [] }
}
