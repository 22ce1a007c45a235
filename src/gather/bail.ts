/**
 * The error of a run that `bail` stopped.
 *
 * @module
 */
import type { ErrorInfo } from '../model.js'

/**
 * Describes that the run stopped because it had as many failed tests as `bail` allows. It is the only error that says so.
 *
 * @param failedTests number of tests that had failed
 * @param details what is known about the tests or files that did not run
 */
export function bailError(failedTests: number, details?: string): ErrorInfo {
  const tests = failedTests === 1 ? '1 failed test' : `${failedTests} failed tests`
  const message = `the run stopped after ${tests} (bail)`
  return { kind: 'error', name: 'bail', message, stack: details && `${message}\n    (${details})` }
}
