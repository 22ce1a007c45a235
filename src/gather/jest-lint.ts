/**
 * Tells the warnings of jest-runner-eslint from its errors.
 *
 * If a file has an error, that runner lists each message as a failed test, warnings too. Only the text that ESLint's default
 * formatter made tells them apart.
 *
 * @module
 */
import { stripVTControlCharacters } from 'node:util'
import type { ErrorInfo, TestResult } from '../model.js'
import type { JestAssertion, JestFileResult } from './jest-types.js'

// `  3:5  warning  Unexpected console statement  no-console`: the last word is the rule.
const MESSAGE = /^\s*(\d+:\d+)\s+(error|warning)\s/

const TOO_MANY = /^ESLint found too many warnings.*$/m

/** What is known of the warnings of a file. */
export interface LintWarnings {
  /** The tests that are warnings. */
  readonly tests: ReadonlySet<JestAssertion>
  /** Why the file failed if it has only warnings. */
  readonly errors: readonly ErrorInfo[]
}

const NO_WARNINGS: LintWarnings = { tests: new Set(), errors: [] }

/** Finds the warnings among the failed tests of a file; none if the text does not tell them, or there are no warnings. */
export function lintWarnings(result: JestFileResult, tests: readonly JestAssertion[]): LintWarnings {
  const { numFailingTests, failureMessage } = result
  const failed = failureMessage ? tests.filter(({ status }) => status === 'failed') : []
  const [tooMany] = failed.length > 0 ? (TOO_MANY.exec(failureMessage ?? '') ?? []) : []
  if (tooMany === undefined && (numFailingTests ?? failed.length) >= failed.length) return NO_WARNINGS
  const severities = severitiesIn(failureMessage ?? '')
  const isWarning = ({ location, title }: JestAssertion) =>
    severities.get(`${location?.line}:${location?.column} ${title}`) === 'warning'
  const warnings = new Set(failed.filter(isWarning))
  if (tooMany !== undefined && warnings.size === failed.length)
    return { tests: warnings, errors: [{ kind: 'error', name: 'ESLint', message: tooMany }] }
  // The number of failed tests says whether the text was understood.
  return failed.length - warnings.size === numFailingTests ? { tests: warnings, errors: [] } : NO_WARNINGS
}

/** A test that passed with a warning. */
export function asWarning(test: TestResult): TestResult {
  const messages = test.errors.map(({ message, location }) => ({ type: 'warning', message, location }))
  const attempts = test.attempts.map((attempt) => ({ ...attempt, status: 'passed' as const, errors: [] }))
  return { ...test, status: 'passed', attempts, errors: [], annotations: messages }
}

function severitiesIn(text: string): ReadonlyMap<string, string | undefined> {
  const lines = stripVTControlCharacters(text).split('\n')
  return new Map(
    lines.flatMap((line) => {
      const [, position, severity] = MESSAGE.exec(line) ?? []
      const rule = line.trimEnd().split(' ').at(-1)
      return position === undefined ? [] : [[`${position} ${rule}`, severity] as const]
    }),
  )
}
