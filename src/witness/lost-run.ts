/**
 * A run whose end never came: the process of the runner was killed.
 *
 * @module
 */
import { type ModuleResult, type Property, type Runner, SCHEMA_VERSION, type TestRun } from '../model.js'
import type { StartedFile } from './protocol.js'

/** What is known of it. */
export interface LostRunInput {
  readonly runId: string
  readonly runner: Runner
  readonly rootDir: string
  readonly startedAt: Date
  /** When it was known that nothing more would come. */
  readonly finishedAt: Date
  /** Files that have ended. */
  readonly modules: readonly ModuleResult[]
  /** Files that have started but not ended. */
  readonly unfinished: Iterable<StartedFile>
  readonly properties?: readonly Property[] | undefined
  /** Why it has no end, as a clause. */
  readonly reason: string
}

/** The run with the results that arrived. Its outcome is `interrupted`. */
export function lostRun(input: LostRunInput): TestRun {
  const { startedAt, finishedAt, modules, unfinished, properties = [], reason, ...known } = input
  return {
    ...known,
    schemaVersion: SCHEMA_VERSION,
    outcome: 'interrupted',
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    durationMs: Math.max(0, finishedAt.getTime() - startedAt.getTime()),
    partial: true,
    properties,
    modules: [...modules, ...[...unfinished].map(unfinishedModule)],
    errors: [{ kind: 'error', name: 'IncompleteRun', message: `the run has no end: ${reason}` }],
    output: [],
  }
}

function unfinishedModule(file: StartedFile): ModuleResult {
  return {
    ...file,
    kind: 'runtime',
    status: 'not-run',
    rawStatus: 'unfinished',
    errors: [],
    output: [],
    suites: [],
    tests: [],
    properties: [],
  }
}
