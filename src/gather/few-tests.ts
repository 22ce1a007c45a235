/**
 * What the end of a run needs of a file whose results are elsewhere.
 *
 * @module
 */
import type { ModuleResult, TestStatus } from '../model.js'

/**
 * The file with its failed and flaky tests and one test of each status: the outcome of a run depends on the statuses of its
 * tests, its summary on those that failed or were flaky.
 */
export function withFewTests(module: ModuleResult): ModuleResult {
  const statuses = new Set<TestStatus>()
  const tests = module.tests.filter(({ status, flaky }) => {
    const isFirst = !statuses.has(status)
    statuses.add(status)
    return isFirst || status === 'failed' || flaky
  })
  return { ...module, tests }
}
