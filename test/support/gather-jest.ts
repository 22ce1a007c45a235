/**
 * Makes results in the form of Jest, and gathers runs from them with `gatherJest`.
 *
 * @module
 */
import { gatherJest, JestCollector, type JestInput } from '../../src/gather/jest.js'
import type { JestAssertion, JestFileResult, JestResults } from '../../src/gather/jest-types.js'
import type { TestResult } from '../../src/model.js'

/** Jest's result of a test that passed at its first attempt. */
export function assertion(parts: Partial<JestAssertion> = {}): JestAssertion {
  return { ancestorTitles: [], title: 'works', status: 'passed', duration: 5, startAt: 2_000, invocations: 1, ...parts }
}

/** Jest's result of a file. */
export function fileResult(testResults: readonly JestAssertion[], parts: Partial<JestFileResult> = {}): JestFileResult {
  return { testFilePath: '/repo/a.test.js', testResults, ...parts }
}

/** The run of these results, gathered as the reporter does it. */
export function gather(results: Partial<JestResults>, parts: Partial<JestInput> = {}) {
  return gatherJest({
    results: { testResults: [], startTime: 1_000, ...results },
    config: { rootDir: '/repo' },
    version: '30.5.2',
    collected: new JestCollector(),
    runId: 'run',
    finishedAtMs: 4_000,
    cwd: '/elsewhere',
    ...parts,
  })
}

/** The only test of a run, gathered. */
export function gatherTest(test: Partial<JestAssertion>, config = {}): TestResult {
  const [found] = gather({ testResults: [fileResult([assertion(test)])] }, { config }).modules[0]?.tests ?? []
  if (found === undefined) throw new Error('the run has no test')
  return found
}

/** The stack of an error that a test threw in its own file. */
export const STACK = 'Error: boom\n    at Object.<anonymous> (/repo/a.test.js:7:3)'
