/**
 * Decides the outcome of a run from its parts. The runner's own result can make the outcome worse, never better.
 *
 * @module
 */
import type { ErrorInfo, ModuleResult, RunOutcome } from '../model.js'

/** What the outcome depends on. */
export interface OutcomeInput {
  readonly modules: readonly ModuleResult[]
  /** Errors, without those that the user told the runner to ignore. */
  readonly errors: readonly ErrorInfo[]
  /** The run stopped before its end. */
  readonly interrupted: boolean
  /** The runner says that the run failed, for any reason. */
  readonly runnerFailed: boolean
}

/**
 * Decides the outcome: the first that applies of `interrupted`, `failed` (a test failed), `error` (something outside the tests
 * failed), `no-tests` (nothing ran) and `passed`.
 *
 * A test that should have run but did not counts as a failure outside the tests.
 */
export function decideOutcome({ modules, errors, interrupted, runnerFailed }: OutcomeInput): RunOutcome {
  const statuses = new Set(modules.flatMap((module) => module.tests.map((test) => test.status)))
  if (interrupted) return 'interrupted'
  if (statuses.has('failed')) return 'failed'
  if (errors.length > 0 || modules.some(hasFailure) || statuses.has('not-run')) return 'error'
  // Whether a runner calls a run without tests passed or failed depends on its settings.
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
