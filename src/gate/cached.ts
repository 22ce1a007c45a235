/**
 * Reports that a task runner may have restored from its cache.
 *
 * @module
 */
import { expectedValue, factOf, type GateReport, valuesOf } from './report.js'
import type { GateInput } from './rule.js'

/** The property that ties a report to a run of the CI, unless the policy names another. */
export const DEFAULT_RUN = 'ci:build_id'

/** What is known about a report of a task. */
export interface CacheState {
  /** The hash of the task, which is the key of the cache; `undefined` for a report that no task runner started. */
  readonly taskHash: string | undefined
  readonly task: string | undefined
  /** Whether the report states a task or a hash at all, even one that has no single value. */
  readonly isOfTask: boolean
  /** Whether the command gives the run, and the report is of that run: then it was not restored. */
  readonly isOfThisRun: boolean
  /** Whether it may be of another run, because the policy accepts such reports and the command gives this task's hash. */
  readonly isAccepted: boolean
}

/** Says what is known about a report. */
export function cacheOf(report: GateReport, { policy, expected, taskHashes }: GateInput): CacheState {
  const taskHash = factOf('jux:task_hash', report)
  const task = factOf('jux:task', report)
  const run = policy.complete?.sameRun ?? DEFAULT_RUN
  const value = expectedValue(run, expected)
  const isOfThisRun = value !== undefined && factOf(run, report) === value
  const isKnown = taskHashes.some(({ name, value: hash }) => name === task && hash === taskHash)
  return {
    taskHash,
    task,
    isOfTask: ['jux:task_hash', 'jux:task'].some((name) => valuesOf(name, report.summary).length > 0),
    isOfThisRun,
    isAccepted: policy.fresh?.acceptCached === true && taskHash !== undefined && isKnown,
  }
}
