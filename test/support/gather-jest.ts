/**
 * Results as Jest gives them, and the runs that are gathered from them.
 *
 * @module
 */
import { gatherJest, type JestInput } from '../../src/gather/jest.js'
import { createJestCollector } from '../../src/gather/jest-collector.js'
import type { JestAssertion, JestFileResult, JestResults } from '../../src/gather/jest-types.js'
import type { TestResult } from '../../src/model.js'

/** What Jest says of a test that passed at once. */
export function assertion(parts: Partial<JestAssertion> = {}): JestAssertion {
  return { ancestorTitles: [], title: 'works', status: 'passed', duration: 5, startAt: 2_000, invocations: 1, ...parts }
}

/** What Jest says of a file. */
export function fileResult(testResults: readonly JestAssertion[], parts: Partial<JestFileResult> = {}): JestFileResult {
  return { testFilePath: '/repo/a.test.js', testResults, ...parts }
}

/** A run of these results, as the reporter would hand it on. */
export function gather(results: Partial<JestResults>, parts: Partial<JestInput> = {}) {
  return gatherJest({
    results: { testResults: [], startTime: 1_000, ...results },
    config: { rootDir: '/repo' },
    version: '30.5.2',
    collected: createJestCollector(),
    runId: 'run',
    finishedAtMs: 4_000,
    cwd: '/elsewhere',
    ...parts,
  })
}

/** What becomes of the only test of a run. */
export function gatherTest(test: Partial<JestAssertion>, config = {}): TestResult {
  const [found] = gather({ testResults: [fileResult([assertion(test)])] }, { config }).modules[0]?.tests ?? []
  if (found === undefined) throw new Error('the test is gone')
  return found
}

/** The stack of an error that a test threw in its file. */
export const STACK = 'Error: boom\n    at Object.<anonymous> (/repo/a.test.js:7:3)'
