/**
 * Decides the outcome of a run from its parts. The runner's own result can make the outcome worse, never better.
 *
 * @module
 */
import type { ErrorInfo, ModuleResult, RunOutcome } from '../model.js'

/** What the outcome depends on. */
export interface OutcomeInput {
  readonly modules: readonly ModuleResult[]
  /** Errors that count, without those that the user told the runner to ignore. */
  readonly errors: readonly ErrorInfo[]
  /** The run stopped before its end. */
  readonly interrupted: boolean
  /** The runner says that the run failed, for whatever reason. */
  readonly runnerFailed: boolean
}

/**
 * Decides the outcome. The first that applies: interrupted, a test failed, something outside the tests failed, nothing ran,
 * passed.
 *
 * A test that should have run and did not is a failure outside the tests.
 */
export function decideOutcome({ modules, errors, interrupted, runnerFailed }: OutcomeInput): RunOutcome {
  const statuses = new Set(modules.flatMap((module) => module.tests.map((test) => test.status)))
  if (interrupted) return 'interrupted'
  if (statuses.has('failed')) return 'failed'
  if (errors.length > 0 || modules.some(hasFailure) || statuses.has('not-run')) return 'error'
  // Runners call a run without tests failed or passed according to their settings; it proves nothing either way.
  if (!statuses.has('passed')) return 'no-tests'
  return runnerFailed ? 'error' : 'passed'
}

function hasFailure(module: ModuleResult): boolean {
  return (
    module.status === 'failed' ||
    module.status === 'not-run' ||
    module.errors.length > 0 ||
    module.suites.some((suite) => suite.status === 'failed' || suite.errors.length > 0)
  )
}
