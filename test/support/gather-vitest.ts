/**
 * Gathers runs from the objects in `vitest-objects.ts` with `gatherVitest`.
 *
 * @module
 */
import { gatherVitest, VitestCollector, type VitestInput } from '../../src/gather/vitest.js'
import type { VitestModule } from '../../src/gather/vitest-types.js'
import type { TestResult } from '../../src/model.js'
import { type TestParts, vitestModule, vitestTest } from './vitest-objects.js'

/** Gathers the run of these files like the reporter. */
export function gather(testModules: readonly VitestModule[], parts: Partial<VitestInput> = {}) {
  return gatherVitest({
    testModules,
    unhandledErrors: [],
    reason: 'passed',
    config: { root: '/repo' },
    version: '4.1.12',
    collected: collectorOf(testModules, 1_000),
    runId: 'run',
    finishedAtMs: 4_000,
    cwd: '/elsewhere',
    ...parts,
  })
}

/** A collector that has seen the start of a run. */
export function collectorOf(specifications: readonly unknown[] | undefined, startedAtMs: number): VitestCollector {
  const collector = new VitestCollector()
  collector.onTestRunStart(specifications, startedAtMs)
  return collector
}

/** The only test of a run, gathered; `file` tells how its file differs from others. */
export function gatherTest(
  test: TestParts,
  parts: Partial<VitestInput> = {},
  file: Partial<VitestModule> = {},
): TestResult {
  const [found] = gather([vitestModule([vitestTest(test)], file)], parts).modules[0]?.tests ?? []
  if (found === undefined) throw new Error('the run has no test')
  return found
}

/** An error that a test threw in its own file. */
export const boom = (message = 'boom') => ({
  name: 'Error',
  message,
  stack: `Error: ${message}\n    at /repo/a.test.ts:7:3`,
})
