/**
 * Compares what a runner reported with how its command ended: a command that failed has no green run.
 *
 * @module
 */
import type { ErrorInfo, Property, TestRun } from '../model.js'

/** How a command ended. */
export interface CommandEnd {
  /** Exit code; `undefined` if a signal ended the command. */
  readonly exitCode?: number | undefined
  readonly signal?: NodeJS.Signals | undefined
}

/** Whether a run explains that its command failed. */
export function isRed({ outcome, nothingToRunIsFine }: Pick<TestRun, 'outcome' | 'nothingToRunIsFine'>): boolean {
  return outcome !== 'passed' && !(outcome === 'no-tests' && nothingToRunIsFine === true)
}

/** What else is known when a command has ended. */
export interface CommandCircumstances {
  /** Another run of the same command explains that it failed. */
  readonly hasRedRun: boolean
  /** The process of the runner failed after the end of its run. */
  readonly hasFailedLate: boolean
}

/**
 * The run as it is reported: a green run of a command that failed becomes `error`, with an error that says so. A red run has
 * such an error if its process failed for another reason, too.
 */
export function reconcile(run: TestRun, end: CommandEnd, { hasRedRun, hasFailedLate }: CommandCircumstances): TestRun {
  if (isSuccess(end)) return run
  if (isRed(run)) {
    return hasFailedLate ? withError(run, 'the process of the test runner failed again after its last test') : run
  }
  if (hasRedRun && !hasFailedLate) return run
  const failed = withError(run, `the command ${endText(end)} although no test failed`)
  return { ...failed, outcome: 'error', nothingToRunIsFine: undefined }
}

function withError(run: TestRun, message: string): TestRun {
  const error: ErrorInfo = { kind: 'error', name: 'CommandFailed', message }
  return { ...run, errors: [...run.errors, error] }
}

/** How the command ended, as facts. */
export function endFacts({ exitCode, signal }: CommandEnd): readonly Property[] {
  return [
    ...(exitCode === undefined ? [] : [{ name: 'jux:exit_code', value: String(exitCode) }]),
    ...(signal === undefined ? [] : [{ name: 'jux:signal', value: signal }]),
  ]
}

/** How the command ended, to be read after "the command". */
export function endText({ exitCode, signal }: CommandEnd): string {
  return signal === undefined ? `ended with exit code ${exitCode ?? 'unknown'}` : `was ended by the signal ${signal}`
}

function isSuccess({ exitCode, signal }: CommandEnd): boolean {
  return exitCode === 0 && signal === undefined
}
