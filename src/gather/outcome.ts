/**
 * What a run came to, from its parts: the runner's own word may make it worse, never better.
 *
 * @module
 */
import type { ErrorInfo, ModuleResult, RunOutcome, TestResult } from '../model.js'

/** What is judged. */
export interface Judged {
  readonly modules: readonly ModuleResult[]
  /** Errors that count; those that the user told the runner to ignore are not among them. */
  readonly errors: readonly ErrorInfo[]
  /** The runner, or its end, says that the run was cut off. */
  readonly interrupted: boolean
  /** The runner says that the run is not green, for whatever reason. */
  readonly runnerFailed: boolean
}

/**
 * The first that applies: cut off, a test failed, something outside the tests failed, nothing ran, all is well.
 *
 * A test that was meant to run and did not, without a filter or a failed hook as its reason, is such a failure outside.
 */
export function judge(run: Judged): RunOutcome {
  const tests = run.modules.flatMap((module) => module.tests)
  if (run.interrupted) return 'interrupted'
  if (tests.some((test) => test.status === 'failed')) return 'failed'
  if (run.errors.length > 0 || run.modules.some(isBroken) || tests.some(isMissing)) return 'error'
  const ran = tests.some((test) => test.status === 'passed')
  // Runners call a run without tests failed or passed by their settings; it proves nothing either way.
  if (!ran) return 'no-tests'
  return run.runnerFailed ? 'error' : 'passed'
}

function isBroken(module: ModuleResult): boolean {
  return (
    module.status === 'failed' ||
    module.status === 'not-run' ||
    module.errors.length > 0 ||
    module.suites.some((suite) => suite.status === 'failed' || suite.errors.length > 0)
  )
}

function isMissing(test: TestResult): boolean {
  return test.status === 'not-run'
}
