/**
 * A whole Vitest run as a `TestRun`: pure, over the objects of `onTestRunEnd` and what a collector saw.
 *
 * @module
 */
import { type ErrorInfo, type NotRunCause, type Output, SCHEMA_VERSION, type TestRun } from '../model.js'
import { describeError } from './errors.js'
import { judge } from './outcome.js'
import { relativeFile } from './places.js'
import { isoOf } from './times.js'
import { readText } from './values.js'
import type { VitestCollector } from './vitest-collector.js'
import { gatherModule, outputOf } from './vitest-modules.js'
import type { VitestConfig, VitestLog, VitestModule, VitestReason } from './vitest-types.js'

/** Everything that is known about a run at its end. */
export interface VitestInput {
  readonly testModules: readonly VitestModule[]
  readonly unhandledErrors: readonly unknown[]
  /** As given to `onTestRunEnd`. */
  readonly reason: VitestReason
  readonly config: VitestConfig
  /** Of Vitest. */
  readonly version: string
  readonly collected: Pick<VitestCollector, 'logs' | 'expectedModules' | 'startedAtMs'>
  readonly runId: string
  /** Milliseconds since the epoch. */
  readonly finishedAtMs: number
  /** Used when the run's start was not seen; milliseconds since the epoch. */
  readonly createdAtMs?: number
  /** Used when the config names no root. */
  readonly cwd: string
  /** The process dies and this is what is known so far. */
  readonly partial?: boolean
}

/** Maps a run; never throws on anything a test can put into it. */
export function gatherVitest(input: VitestInput): TestRun {
  const { config, collected } = input
  const rootDir = config.root ?? input.cwd
  const interrupted = input.reason === 'interrupted' || input.partial === true
  const logs = sortLogs(collected.logs)
  const unfinished = causeOf(input, interrupted)
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
    outcome: judge({ modules, errors, interrupted, runnerFailed: input.reason === 'failed' }),
    runner: { name: 'vitest', version: input.version },
    rootDir,
    startedAt: isoOf(times.startedAtMs),
    finishedAt: isoOf(times.finishedAtMs),
    durationMs: Math.max(0, times.finishedAtMs - times.startedAtMs),
    ...(config.shard ? { shard: { index: config.shard.index, count: config.shard.count } } : {}),
    ...(config.mergeReports ? { merged: true } : {}),
    ...(config.watch ? { watch: true } : {}),
    ...(input.partial ? { partial: true } : {}),
    ...(config.sequence?.seed === undefined ? {} : { seed: config.sequence.seed }),
    properties: [],
    modules,
    errors,
    output: [...outputOf(logs.rest()), ...(ignored ? unhandled.map(asIgnored) : [])],
  }
}

function causeOf(input: VitestInput, interrupted: boolean): NotRunCause | undefined {
  if (interrupted) return (input.config.bail ?? 0) > 0 && input.partial !== true ? 'bail' : 'cancelled'
  return input.unhandledErrors.length > 0 ? 'crash' : undefined
}

// Vitest's type (`Unhandled Rejection`) and the test that was running are said in words: nothing else holds them.
function describeUnhandled(error: unknown, rootDir: string): ErrorInfo {
  const described = describeError(error, { place: { rootDir }, kind: 'unhandled' })
  const file = readText(error, 'VITEST_TEST_PATH')
  const test = readText(error, 'VITEST_TEST_NAME')
  const remarks = [
    readText(error, 'type'),
    file === undefined ? undefined : `while ${relativeFile(rootDir, file)} was running`,
    test === undefined ? undefined : `latest test: ${test}`,
  ].filter((remark) => remark !== undefined)
  if (remarks.length === 0) return described
  return { ...described, stack: `${described.stack ?? described.message}\n    (${remarks.join('; ')})` }
}

/** Global set-up runs before any file, and Vitest prints its error without giving it to reporters. */
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

/** Each task's output is taken once; what nobody takes belongs to the run. */
function sortLogs(logs: readonly VitestLog[]) {
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
  // A merge replays runs of other machines: theirs are the times.
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
