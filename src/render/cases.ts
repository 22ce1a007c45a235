/**
 * The test cases of a report: one for each test, and one for each thing that went wrong outside tests.
 *
 * Counting and writing take verdicts from one table and the other cases from one list, so a count cannot differ from what is written.
 *
 * @module
 */
import type { ErrorInfo, ModuleResult, NotRunCause, TestCounts, TestResult, TestRun, TestStatus } from '../model.js'
import { errorHeading, errorType } from './error-text.js'

/** Longest name made from an error's message, in UTF-16 code units. */
const MAX_ERROR_NAME = 200

const NONE: readonly ErrorInfo[] = []

/** What a consumer counts a case as. */
export type Verdict = 'passed' | 'failure' | 'error' | 'skipped'

/** One `testcase`. */
export interface Case {
  readonly verdict: Verdict
  readonly path: readonly string[]
  readonly title: string
  /** Of `failure`, `error` or `skipped`. */
  readonly message?: string
  readonly type?: string
  /** What the body tells. */
  readonly errors: readonly ErrorInfo[]
  /** Absent for a case that stands for something outside tests. */
  readonly test?: TestResult
}

/** What to say when the runner gave no reason. */
const NOT_RUN_REASONS: Readonly<Record<NotRunCause, string>> = {
  hook: 'a hook failed',
  load: 'the file did not load',
  cancelled: 'the run was cancelled',
  bail: 'the run stopped after a failure',
  crash: 'the worker died',
  filter: 'not selected',
}

/** What each test is counted as. */
const VERDICTS: Readonly<Record<TestStatus, Verdict>> = {
  passed: 'passed',
  failed: 'failure',
  skipped: 'skipped',
  todo: 'skipped',
  'not-run': 'skipped',
}

/** The cases of one file: its load errors, its hooks' errors, its tests. */
export function moduleCases(module: ModuleResult): readonly Case[] {
  const { before, behind } = casesAroundTests(module)
  return [...before, ...module.tests.map(testCase), ...behind]
}

/** Counts the cases of one file without making those of its tests. */
export function countModule(module: ModuleResult): TestCounts {
  const { before, behind } = casesAroundTests(module)
  const counts = { tests: 0, failures: 0, errors: 0, skipped: 0 }
  for (const { verdict } of before) count(verdict, counts)
  for (const { status } of module.tests) count(VERDICTS[status], counts)
  for (const { verdict } of behind) count(verdict, counts)
  return counts
}

/**
 * The cases of the run as a whole: errors outside files, and whatever keeps a run that was not green from looking so.
 *
 * @param modules what the files' cases came to
 */
export function runCases(run: TestRun, modules: TestCounts): readonly Case[] {
  const cases = errorCases(run.errors, '')
  if (run.outcome === 'interrupted') {
    cases.push(standIn('(interrupted)', 'interrupted', 'the run ended before all of its tests had run'))
  } else if (run.outcome === 'no-tests') {
    cases.push(standIn('(no tests)', 'no-tests', 'no test was run'))
  } else if (run.outcome !== 'passed' && run.errors.length + modules.failures + modules.errors === 0) {
    const text = 'the run failed although none of its tests did, and the runner did not say why'
    cases.push(standIn('(run)', run.outcome, text))
  }
  return cases
}

/** Counts cases. */
export function countCases(cases: readonly Case[]): TestCounts {
  const counts = { tests: 0, failures: 0, errors: 0, skipped: 0 }
  for (const { verdict } of cases) count(verdict, counts)
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

function count(verdict: Verdict, counts: { -readonly [name in keyof TestCounts]: number }): void {
  counts.tests++
  if (verdict === 'failure') counts.failures++
  else if (verdict === 'error') counts.errors++
  else if (verdict === 'skipped') counts.skipped++
}

// Errors outside tests; without any, whatever keeps a file that was not green from looking so.
function casesAroundTests({ errors, suites, tests, status }: ModuleResult): { before: Case[]; behind: Case[] } {
  const before = [
    ...errorCases(errors, ''),
    ...suites.flatMap((suite) => errorCases(suite.errors, [...suite.path, suite.title].join(' > '))),
  ]
  if (before.length === 0 && status === 'failed' && !tests.some((test) => test.status === 'failed')) {
    return { before, behind: [standIn('(file)', 'failed', 'the file failed and the runner did not say why')] }
  }
  if (before.length === 0 && status === 'not-run' && tests.length === 0) {
    const notStarted = standIn('(file)', 'not-run', 'not run: the file was not started')
    return { before, behind: [{ ...notStarted, verdict: 'skipped' }] }
  }
  return { before, behind: [] }
}

function testCase(test: TestResult): Case {
  const { path, title, status } = test
  const verdict = VERDICTS[status]
  switch (status) {
    case 'passed':
      return { verdict, path, title, errors: NONE, test }
    case 'failed': {
      const shown = [...(failedAttempts(test)[0]?.errors ?? []), ...looseErrors(test)]
      return { verdict, path, title, ...headline(shown, test.rawStatus), errors: shown, test }
    }
    case 'skipped':
      return { verdict, path, title, ...message(test.reason), type: 'skipped', errors: allErrors(test), test }
    case 'todo': {
      const words = test.reason === undefined || test.reason === '' ? 'todo' : `todo: ${test.reason}`
      return { verdict, path, title, message: words, type: 'todo', errors: allErrors(test), test }
    }
    case 'not-run': {
      const why =
        test.reason || (test.notRunCause === undefined ? 'no reason given' : NOT_RUN_REASONS[test.notRunCause])
      return { verdict, path, title, message: `not run: ${why}`, type: 'not-run', errors: allErrors(test), test }
    }
  }
}

/** The attempts that did not pass, in order. */
export function failedAttempts(test: TestResult): TestResult['attempts'] {
  return test.attempts.filter(({ status, errors }) => status === 'failed' || errors.length > 0)
}

/** Errors of a test that none of its attempts tells of. */
export function looseErrors(test: TestResult): readonly ErrorInfo[] {
  if (test.errors.length === 0 || test.errors === test.attempts.at(-1)?.errors) return NONE
  const told = test.attempts.flatMap(({ errors }) => errors)
  return test.errors.filter((error) => !told.some((other) => other === error || sameError(other, error)))
}

// Of a test without a verdict of its own: what went wrong before it was skipped or given up.
function allErrors(test: TestResult): readonly ErrorInfo[] {
  return [...test.attempts.flatMap(({ errors }) => errors), ...looseErrors(test)]
}

/** Message and type of the first of several errors, as attributes. */
export function headline(errors: readonly ErrorInfo[], rawStatus: string): { message: string; type: string } {
  const [first] = errors
  if (first === undefined) return { message: `failed (${rawStatus}) without an error`, type: 'failed' }
  return { message: first.message === '' ? errorHeading(first) : first.message, type: errorType(first) }
}

function sameError(left: ErrorInfo, right: ErrorInfo): boolean {
  return left.message === right.message && left.name === right.name && left.stack === right.stack
}

// One case for each name: a file that does not load is one failure, however many errors tell of it.
function errorCases(errors: readonly ErrorInfo[], where: string): Case[] {
  const groups = new Map<string, ErrorInfo[]>()
  for (const error of errors) {
    const title = errorTitle(error, where)
    const group = groups.get(title)
    if (group === undefined) groups.set(title, [error])
    else group.push(error)
  }
  return [...groups].map(([title, group]) => ({
    verdict: 'error',
    path: [],
    title,
    ...headline(group, 'error'),
    errors: group,
  }))
}

function errorTitle(error: ErrorInfo, where: string): string {
  const suffix = where === '' ? '' : ` ${where}`
  if (error.hook !== undefined && error.hook !== '') return `(${error.hook})${suffix}`
  if (error.kind === 'unhandled') return `(unhandled) ${firstLine(errorHeading(error))}`
  if (error.kind === 'hook' || error.kind === 'load') return `(${error.kind})${suffix}`
  return `(error)${suffix === '' ? ` ${firstLine(errorHeading(error))}` : suffix}`
}

function firstLine(text: string): string {
  const [line = ''] = text.slice(0, MAX_ERROR_NAME).split('\n')
  return line
}

function standIn(title: string, type: string, text: string): Case {
  return { verdict: 'error', path: [], title, message: text, type, errors: [] }
}

function message(reason: string | undefined): { message?: string } {
  return reason === undefined || reason === '' ? {} : { message: reason }
}
