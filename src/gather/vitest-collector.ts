/**
 * What Vitest says only while it runs: console output, the modules it knows of, how many it set out to run.
 *
 * State without judgement; `gatherVitest` reads it at the end of a run, or when the process dies before that.
 *
 * @module
 */
import type { VitestLog, VitestModule } from './vitest-types.js'

/** Fed by the reporter's hooks, read once per run. */
export interface VitestCollector {
  /** A run begins: forgets the run before it (watch mode). */
  onTestRunStart(specifications: readonly unknown[] | undefined, nowMs: number): void
  onUserConsoleLog(log: VitestLog): void
  /** From `onTestModuleQueued` and `onTestModuleCollected`; the objects are live views. */
  onTestModule(module: VitestModule): void
  readonly logs: readonly VitestLog[]
  readonly modules: readonly VitestModule[]
  /** Test files that the runner set out to run; `undefined` before it said so. */
  readonly expectedModules: number | undefined
  /** Milliseconds since the epoch; `undefined` before the run began. */
  readonly startedAtMs: number | undefined
}

/** An empty collector. */
export function createVitestCollector(): VitestCollector {
  let logs: VitestLog[] = []
  let modules = new Map<string, VitestModule>()
  let expectedModules: number | undefined
  let startedAtMs: number | undefined
  return {
    onTestRunStart(specifications, nowMs) {
      logs = []
      modules = new Map()
      expectedModules = specifications?.length
      startedAtMs = nowMs
    },
    onUserConsoleLog(log) {
      logs.push({ content: log.content, type: log.type, taskId: log.taskId, time: log.time })
    },
    onTestModule(module) {
      modules.set(module.id, module)
    },
    get logs() {
      return logs
    },
    get modules() {
      return [...modules.values()]
    },
    get expectedModules() {
      return expectedModules
    },
    get startedAtMs() {
      return startedAtMs
    },
  }
}
