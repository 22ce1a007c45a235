/**
 * Maps a whole Vitest run to a `TestRun`, from the objects of `onTestRunEnd` and from the events that a collector recorded.
 *
 * @module
 */
import {
  type ErrorInfo,
  type ModuleResult,
  type NotRunCause,
  type Output,
  SCHEMA_VERSION,
  type TestRun,
} from '../model.js'
import { describeError, relativeFile } from './errors.js'
import { decideOutcome } from './outcome.js'
import { isoOf, readText } from './values.js'
import { isSameMark, markOf, type VitestMark } from './vitest-mark.js'
import { gatherModule, type ModuleContext, outputOf } from './vitest-modules.js'
import type { VitestConfig, VitestLog, VitestModule, VitestReason, VitestSuite } from './vitest-types.js'

const NO_LOGS: readonly VitestLog[] = []

/** What Vitest names as the task of output that no test has written. */
const OUTSIDE_TASKS: ReadonlySet<string> = new Set(['', '__vitest__unknown_test__'])

/** A module that was gathered when it ended. */
interface EndedModule {
  /** As it goes into the run. */
  readonly module: ModuleResult
  readonly mark: VitestMark
  /** Numbers of its console events, by task. */
  readonly logs: ReadonlyMap<string, number>
}

/**
 * Records what Vitest reports only during a run: console output, the modules so far, how many test files it will run, and
 * the modules that were gathered when they ended.
 */
export class VitestCollector {
  #logs = new Map<string, VitestLog[]>()
  #modules = new Map<string, VitestModule>()
  #ended = new Map<VitestModule, EndedModule>()
  #expectedModules: number | undefined
  #startedAtMs: number | undefined

  /** Clears the records of the previous run (watch mode). */
  onTestRunStart(specifications: readonly unknown[] | undefined, nowMs: number): void {
    this.#logs = new Map()
    this.#modules = new Map()
    this.#ended = new Map()
    this.#expectedModules = specifications?.length
    this.#startedAtMs = nowMs
  }

  onUserConsoleLog({ content, type, taskId, time }: VitestLog): void {
    const log = { content, type, taskId, time }
    const own = this.#logs.get(taskId ?? '')
    if (own === undefined) this.#logs.set(taskId ?? '', [log])
    else own.push(log)
  }

  /** For `onTestModuleQueued` and `onTestModuleCollected`; the objects are live views. */
  onTestModule(module: VitestModule): void {
    this.#modules.set(module.id, module)
  }

  /**
   * Gathers a module that has ended.
   *
   * @param keep processes the module; what it returns goes into the run
   */
  onTestModuleEnd(
    module: VitestModule,
    context: Pick<ModuleContext, 'rootDir' | 'filter'>,
    keep: (module: ModuleResult) => ModuleResult | undefined,
  ): void {
    this.#ended.delete(module)
    const logs = new Map<string, number>()
    const logsOf = (taskId: string) => {
      const own = this.logsOf(taskId)
      if (own.length > 0) logs.set(taskId, own.length)
      return own
    }
    const mark = markOf(module)
    if (mark === undefined) return
    const gathered = gatherModule(module, { ...context, logsOf, unfinished: undefined })
    const kept = isFinal(gathered) ? keep(gathered) : undefined
    if (kept !== undefined) this.#ended.set(module, { module: kept, mark, logs })
  }

  /** The module as it was kept when it ended; `undefined` if it was not kept, or has changed since. */
  endedModule(module: VitestModule): Pick<EndedModule, 'module' | 'logs'> | undefined {
    const ended = this.#ended.get(module)
    if (ended === undefined || !isSameMark(ended.mark, markOf(module))) return undefined
    return [...ended.logs].every(([taskId, count]) => this.logsOf(taskId).length === count) ? ended : undefined
  }

  /** Console events of a task, in order. */
  logsOf(taskId: string): readonly VitestLog[] {
    return this.#logs.get(taskId) ?? NO_LOGS
  }

  /** Tasks with console events, in the order of their first one. Output outside tests has the task ''. */
  get tasksWithLogs(): readonly string[] {
    return [...this.#logs.keys()]
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
  readonly collected: VitestCollector
  /** Tells which of the modules that were kept when they ended go into the run; the others are gathered anew. */
  readonly isKept?: ((module: ModuleResult) => boolean) | undefined
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
  const { config, collected, isKept } = input
  const rootDir = config.root ?? input.cwd
  const interrupted = input.reason === 'interrupted' || input.partial === true
  const unfinished = unfinishedCause(input, interrupted)
  const logged = new Set(collected.tasksWithLogs)
  const logsOf = (taskId: string) => (logged.delete(taskId) ? collected.logsOf(taskId) : NO_LOGS)
  const context = { rootDir, logsOf, unfinished, filter: config.testNamePattern }
  const modules = input.testModules.map((module) => {
    const ended = isKept === undefined ? undefined : collected.endedModule(module)
    if (ended === undefined || !isKept?.(ended.module)) return gatherModule(module, context)
    for (const taskId of ended.logs.keys()) logged.delete(taskId)
    return ended.module
  })
  if (isKept !== undefined) {
    // A module that was kept may have a test whose first output came late.
    const late = modulesWith(logged, input.testModules)
    const keptOnTime = (kept: ModuleResult) => isKept(kept) && !late.has(kept.id)
    if (late.size > 0) return gatherVitest({ ...input, isKept: keptOnTime })
  }
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
    output: [
      ...outputOf([...logged].flatMap((taskId) => collected.logsOf(taskId))),
      ...(ignored ? unhandled.map(asIgnored) : []),
    ],
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

// The ids of the modules that have one of these tasks.
function modulesWith(taskIds: ReadonlySet<string>, modules: readonly VitestModule[]): ReadonlySet<string> {
  if ([...taskIds].every((taskId) => OUTSIDE_TASKS.has(taskId))) return new Set()
  const has = ({ id, children }: VitestModule | VitestSuite): boolean =>
    taskIds.has(id) || [...children].some((child) => (child.type === 'suite' ? has(child) : taskIds.has(child.id)))
  return new Set(modules.filter(has).map(({ id }) => id))
}

// Tests that have not run may get another cause at the end of the run.
function isFinal({ status, tests }: ModuleResult): boolean {
  return status !== 'not-run' && tests.every((test) => test.status !== 'not-run' || test.notRunCause === 'hook')
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
