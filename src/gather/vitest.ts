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
import { bailError } from './bail.js'
import { decideOutcome } from './outcome.js'
import { isoOf } from './values.js'
import { describeUnhandled, isBailed, lostFiles, type RunEnd, setupErrors, withLostFiles } from './vitest-errors.js'
import { isSameMark, markOf, type VitestMark } from './vitest-mark.js'
import { gatherModule, type ModuleContext, outputOf, stackParser } from './vitest-modules.js'
import { gatherVitestRequest, type VitestRequestInput } from './vitest-request.js'
import type { VitestConfig, VitestLog, VitestModule, VitestSuite } from './vitest-types.js'

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
  #specifications: readonly unknown[] | undefined
  #startedAtMs: number | undefined

  /** Clears the records of the previous run (watch mode). */
  onTestRunStart(specifications: readonly unknown[] | undefined, nowMs: number): void {
    this.#logs = new Map()
    this.#modules = new Map()
    this.#ended = new Map()
    this.#specifications = specifications
    this.#startedAtMs = nowMs
  }

  onUserConsoleLog({ content, type, taskId, time, browser }: VitestLog): void {
    const log = { content: browser ? `${content}\n` : content, type, taskId, time }
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
    context: Pick<ModuleContext, 'rootDir' | 'filter' | 'notBeforeMs'>,
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

  /** What Vitest calls the test files of the run; `undefined` before the run starts. */
  get specifications(): readonly unknown[] | undefined {
    return this.#specifications
  }

  /** Milliseconds since the epoch; `undefined` before the run starts. */
  get startedAtMs(): number | undefined {
    return this.#startedAtMs
  }

  /** The earliest possible time of a test. A run that merges shards has tests of earlier runs. */
  notBeforeMs({ mergeReports }: VitestConfig): number | undefined {
    return mergeReports ? undefined : this.#startedAtMs
  }
}

/** What is known about a run at its end. */
export interface VitestInput extends RunEnd {
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
  /** What is known of what was asked of the run. */
  readonly request?: VitestRequestInput | undefined
}

/** Maps a run. No value from a test makes it throw. */
export function gatherVitest(input: VitestInput): TestRun {
  const { config, collected, isKept } = input
  const rootDir = config.root ?? input.cwd
  const bailed = isBailed(input)
  const interrupted = input.reason === 'interrupted' || input.partial === true
  const unfinished = bailed ? 'bail' : unfinishedCause(input, interrupted)
  const logged = new Set(collected.tasksWithLogs)
  const logsOf = (taskId: string) => (logged.delete(taskId) ? collected.logsOf(taskId) : NO_LOGS)
  const notBeforeMs = collected.notBeforeMs(config)
  const context = { rootDir, logsOf, unfinished, filter: config.testNamePattern, notBeforeMs }
  const present = input.testModules.map((module) => {
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
  const ignored = config.dangerouslyIgnoreUnhandledErrors === true
  const specifications = collected.specifications ?? []
  const lost = lostFiles(input, specifications)
  const modules = withLostFiles(present, lost, input.testModules, rootDir)
  const inBrowser = input.testModules.find(({ project }) => project?.browser !== undefined)
  const place = { rootDir, parseStack: stackParser(inBrowser?.project) }
  const unhandled = input.unhandledErrors
    .filter((error) => lost.every(({ errors }) => !errors.includes(error)))
    .map((error) => describeUnhandled(error, place))
  const errors = [
    ...(ignored ? [] : unhandled),
    ...setupErrors(input, specifications.length),
    ...(bailed ? [bailError(countFailedTests(modules))] : []),
  ]
  const times = timesOf(input, modules)
  const outcome = decideOutcome({
    modules,
    errors,
    interrupted: interrupted && !bailed,
    runnerFailed: input.reason === 'failed',
  })
  return {
    schemaVersion: SCHEMA_VERSION,
    runId: input.runId,
    outcome,
    runner: { name: 'vitest', version: input.version },
    rootDir,
    startedAt: isoOf(times.startedAtMs),
    finishedAt: isoOf(times.finishedAtMs),
    durationMs: Math.max(0, times.finishedAtMs - times.startedAtMs),
    shard: config.shard ? { index: config.shard.index, count: config.shard.count } : undefined,
    merged: config.mergeReports ? true : undefined,
    watch: config.watch ? true : undefined,
    partial: input.partial ? true : undefined,
    nothingToRunIsFine: outcome === 'no-tests' && input.reason === 'passed' ? true : undefined,
    seed: config.sequence?.seed,
    request: input.request && gatherVitestRequest(input.request, input.testModules, rootDir),
    properties: [],
    modules,
    errors,
    output: [
      ...outputOf([...logged].flatMap((taskId) => collected.logsOf(taskId))),
      ...(ignored ? unhandled.map(asIgnored) : []),
    ],
  }
}

function countFailedTests(modules: readonly ModuleResult[]): number {
  return modules.reduce((sum, { tests }) => sum + tests.filter(({ status }) => status === 'failed').length, 0)
}

function unfinishedCause(input: VitestInput, interrupted: boolean): NotRunCause | undefined {
  if (interrupted) return 'cancelled'
  return input.unhandledErrors.length > 0 ? 'crash' : undefined
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
