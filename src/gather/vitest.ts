/**
 * Maps a whole Vitest run to a `TestRun`, from the objects of `onTestRunEnd` and from the events that a collector recorded.
 *
 * @module
 */
import { type ErrorInfo, type NotRunCause, type Output, SCHEMA_VERSION, type TestRun } from '../model.js'
import { describeError, relativeFile } from './errors.js'
import { decideOutcome } from './outcome.js'
import { isoOf, readText } from './values.js'
import { gatherModule, outputOf } from './vitest-modules.js'
import type { VitestConfig, VitestLog, VitestModule, VitestReason } from './vitest-types.js'

/** Records what Vitest reports only during a run: console output, the modules so far, and how many test files it will run. */
export class VitestCollector {
  #logs: VitestLog[] = []
  #modules = new Map<string, VitestModule>()
  #expectedModules: number | undefined
  #startedAtMs: number | undefined

  /** Clears the records of the previous run (watch mode). */
  onTestRunStart(specifications: readonly unknown[] | undefined, nowMs: number): void {
    this.#logs = []
    this.#modules = new Map()
    this.#expectedModules = specifications?.length
    this.#startedAtMs = nowMs
  }

  onUserConsoleLog({ content, type, taskId, time }: VitestLog): void {
    this.#logs.push({ content, type, taskId, time })
  }

  /** For `onTestModuleQueued` and `onTestModuleCollected`; the objects are live views. */
  onTestModule(module: VitestModule): void {
    this.#modules.set(module.id, module)
  }

  get logs(): readonly VitestLog[] {
    return this.#logs
  }

  get modules(): readonly VitestModule[] {
    return [...this.#modules.values()]
  }

  /** Number of test files in the run; `undefined` before the run starts. */
  get expectedModules(): number | undefined {
    return this.#expectedModules
  }

  /** Milliseconds since the epoch; `undefined` before the run starts. */
  get startedAtMs(): number | undefined {
    return this.#startedAtMs
  }
}

/** What is known about a run at its end. */
export interface VitestInput {
  readonly testModules: readonly VitestModule[]
  readonly unhandledErrors: readonly unknown[]
  /** As given to `onTestRunEnd`. */
  readonly reason: VitestReason
  readonly config: VitestConfig
  /** Version of Vitest. */
  readonly version: string
  readonly collected: Pick<VitestCollector, 'logs' | 'expectedModules' | 'startedAtMs'>
  readonly runId: string
  /** Milliseconds since the epoch. */
  readonly finishedAtMs: number
  /** Used if the start of the run was not seen; milliseconds since the epoch. */
  readonly createdAtMs?: number | undefined
  /** Used if the configuration has no root. */
  readonly cwd: string
  /** The process ended before the run did. */
  readonly partial?: boolean | undefined
}

/** Maps a run. No value from a test makes it throw. */
export function gatherVitest(input: VitestInput): TestRun {
  const { config, collected } = input
  const rootDir = config.root ?? input.cwd
  const interrupted = input.reason === 'interrupted' || input.partial === true
  const logs = groupLogs(collected.logs)
  const unfinished = unfinishedCause(input, interrupted)
  const modules = input.testModules.map((module) =>
    gatherModule(module, { rootDir, logsOf: logs.take, unfinished, filter: config.testNamePattern }),
  )
  const unhandled = input.unhandledErrors.map((error) => describeUnhandled(error, rootDir))
  const ignored = config.dangerouslyIgnoreUnhandledErrors === true
  const errors = [...(ignored ? [] : unhandled), ...setupErrors(input)]
  const times = timesOf(input, modules)
  return {
    schemaVersion: SCHEMA_VERSION,
    runId: input.runId,
    outcome: decideOutcome({ modules, errors, interrupted, runnerFailed: input.reason === 'failed' }),
    runner: { name: 'vitest', version: input.version },
    rootDir,
    startedAt: isoOf(times.startedAtMs),
    finishedAt: isoOf(times.finishedAtMs),
    durationMs: Math.max(0, times.finishedAtMs - times.startedAtMs),
    shard: config.shard ? { index: config.shard.index, count: config.shard.count } : undefined,
    merged: config.mergeReports ? true : undefined,
    watch: config.watch ? true : undefined,
    partial: input.partial ? true : undefined,
    seed: config.sequence?.seed,
    properties: [],
    modules,
    errors,
    output: [...outputOf(logs.rest()), ...(ignored ? unhandled.map(asIgnored) : [])],
  }
}

function unfinishedCause(input: VitestInput, interrupted: boolean): NotRunCause | undefined {
  if (interrupted) return (input.config.bail ?? 0) > 0 && input.partial !== true ? 'bail' : 'cancelled'
  return input.unhandledErrors.length > 0 ? 'crash' : undefined
}

// The model has no fields for Vitest's type (`Unhandled Rejection`) and the running test, so they are added to the stack.
function describeUnhandled(error: unknown, rootDir: string): ErrorInfo {
  const described = describeError(error, { place: { rootDir }, kind: 'unhandled' })
  const file = readText(error, 'VITEST_TEST_PATH')
  const test = readText(error, 'VITEST_TEST_NAME')
  const notes = [
    readText(error, 'type'),
    file === undefined ? undefined : `while ${relativeFile(rootDir, file)} was running`,
    test === undefined ? undefined : `latest test: ${test}`,
  ].filter((note) => note !== undefined)
  if (notes.length === 0) return described
  return { ...described, stack: `${described.stack ?? described.message}\n    (${notes.join('; ')})` }
}

// Global setup runs before any file. Vitest prints its error and does not pass it to reporters.
function setupErrors(input: VitestInput): ErrorInfo[] {
  const expected = input.collected.expectedModules ?? 0
  if (input.reason !== 'failed' || input.testModules.length > 0 || input.unhandledErrors.length > 0 || expected === 0)
    return []
  return [
    {
      kind: 'load',
      name: 'SetupError',
      message: `the run failed before any of its ${expected} test files was started (global set-up); the runner printed the error and did not report it`,
    },
  ]
}

function asIgnored(error: ErrorInfo): Output {
  return {
    stream: 'stderr',
    text: `ignored by dangerouslyIgnoreUnhandledErrors: ${error.name ?? 'error'}: ${error.message}\n${error.stack ?? ''}\n`,
  }
}

// The output of each task is taken once; the rest belongs to the run.
function groupLogs(logs: readonly VitestLog[]) {
  const byTask = new Map<string, VitestLog[]>()
  for (const log of logs) {
    const own = byTask.get(log.taskId ?? '')
    if (own === undefined) byTask.set(log.taskId ?? '', [log])
    else own.push(log)
  }
  return {
    take(taskId: string): readonly VitestLog[] {
      const own = byTask.get(taskId) ?? []
      byTask.delete(taskId)
      return own
    },
    rest: () => [...byTask.values()].flat(),
  }
}

function timesOf(input: VitestInput, modules: TestRun['modules']): { startedAtMs: number; finishedAtMs: number } {
  const startedAtMs = input.collected.startedAtMs ?? input.createdAtMs ?? input.finishedAtMs
  if (!input.config.mergeReports) return { startedAtMs, finishedAtMs: input.finishedAtMs }
  // A merged run contains runs of other machines, so it uses their times.
  const starts = modules.flatMap((module) => (module.startedAt === undefined ? [] : Date.parse(module.startedAt)))
  const ends = modules.flatMap((module) =>
    module.startedAt === undefined ? [] : Date.parse(module.startedAt) + (module.durationMs ?? 0),
  )
  if (starts.length === 0) return { startedAtMs, finishedAtMs: input.finishedAtMs }
  return {
    startedAtMs: starts.reduce((least, start) => Math.min(least, start)),
    finishedAtMs: ends.reduce((most, end) => Math.max(most, end)),
  }
}
