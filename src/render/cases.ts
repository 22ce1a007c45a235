/**
 * The test cases of a report: one for each test, and one for each thing that went wrong outside tests.
 *
 * Counting and writing walk the same cases, so a count cannot differ from what is written.
 *
 * @module
 */
import type { ErrorInfo, ModuleResult, NotRunCause, TestResult, TestRun } from '../model.js'
import { errorHeading, errorType } from './error-text.js'

/** Longest name made from an error's message, in UTF-16 code units. */
const MAX_ERROR_NAME = 200

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

/** Numbers of cases, as JUnit counts them. */
export interface Counts {
  readonly tests: number
  readonly failures: number
  readonly errors: number
  readonly skipped: number
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

/** The cases of one file: its load errors, its hooks' errors, its tests. */
export function* moduleCases(module: ModuleResult): Generator<Case> {
  let failing = false
  for (const item of errorCases(module.errors, '')) {
    failing = true
    yield item
  }
  for (const suite of module.suites) {
    for (const item of errorCases(suite.errors, [...suite.path, suite.title].join(' > '))) {
      failing = true
      yield item
    }
  }
  for (const test of module.tests) {
    failing ||= test.status === 'failed'
    yield testCase(test)
  }
  if (module.status === 'failed' && !failing) {
    yield standIn('(file)', 'failed', 'the file failed and the runner did not say why')
  }
  if (module.status === 'not-run' && module.tests.length === 0 && !failing) {
    yield { ...standIn('(file)', 'not-run', 'not run: the file was not started'), verdict: 'skipped' }
  }
}

/**
 * The cases of the run as a whole: errors outside files, and whatever keeps a run that was not green from looking so.
 *
 * @param modules what the files' cases came to
 */
export function* runCases(run: TestRun, modules: Counts): Generator<Case> {
  yield* errorCases(run.errors, '')
  if (run.outcome === 'interrupted') {
    yield standIn('(interrupted)', 'interrupted', 'the run ended before all of its tests had run')
  } else if (run.outcome === 'no-tests') {
    yield standIn('(no tests)', 'no-tests', 'no test was run')
  } else if (run.outcome !== 'passed' && run.errors.length + modules.failures + modules.errors === 0) {
    yield standIn('(run)', run.outcome, 'the run failed although none of its tests did, and the runner did not say why')
  }
}

/** Counts cases. */
export function countCases(cases: Iterable<Case>): Counts {
  const counts = { tests: 0, failures: 0, errors: 0, skipped: 0 }
  for (const { verdict } of cases) {
    counts.tests++
    if (verdict === 'failure') counts.failures++
    else if (verdict === 'error') counts.errors++
    else if (verdict === 'skipped') counts.skipped++
  }
  return counts
}

/** Sums counts. */
export function addCounts(left: Counts, right: Counts): Counts {
  return {
    tests: left.tests + right.tests,
    failures: left.failures + right.failures,
    errors: left.errors + right.errors,
    skipped: left.skipped + right.skipped,
  }
}

function testCase(test: TestResult): Case {
  const { path, title } = test
  switch (test.status) {
    case 'passed':
      return { verdict: 'passed', path, title, errors: [], test }
    case 'failed': {
      const shown = [...(failedAttempts(test)[0]?.errors ?? []), ...looseErrors(test)]
      return { verdict: 'failure', path, title, ...headline(shown, test.rawStatus), errors: shown, test }
    }
    case 'skipped':
      return {
        verdict: 'skipped',
        path,
        title,
        ...message(test.reason),
        type: 'skipped',
        errors: allErrors(test),
        test,
      }
    case 'todo': {
      const words = test.reason === undefined || test.reason === '' ? 'todo' : `todo: ${test.reason}`
      return { verdict: 'skipped', path, title, message: words, type: 'todo', errors: allErrors(test), test }
    }
    case 'not-run': {
      const why =
        test.reason || (test.notRunCause === undefined ? 'no reason given' : NOT_RUN_REASONS[test.notRunCause])
      return {
        verdict: 'skipped',
        path,
        title,
        message: `not run: ${why}`,
        type: 'not-run',
        errors: allErrors(test),
        test,
      }
    }
  }
}

/** The attempts that did not pass, in order. */
export function failedAttempts(test: TestResult): TestResult['attempts'] {
  return test.attempts.filter(({ status, errors }) => status === 'failed' || errors.length > 0)
}

/** Errors of a test that none of its attempts tells of. */
export function looseErrors(test: TestResult): readonly ErrorInfo[] {
  if (test.errors === test.attempts.at(-1)?.errors) return []
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
function* errorCases(errors: readonly ErrorInfo[], where: string): Generator<Case> {
  const groups = new Map<string, ErrorInfo[]>()
  for (const error of errors) {
    const title = errorTitle(error, where)
    const group = groups.get(title)
    if (group === undefined) groups.set(title, [error])
    else group.push(error)
  }
  for (const [title, group] of groups) {
    yield { verdict: 'error', path: [], title, ...headline(group, 'error'), errors: group }
  }
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
