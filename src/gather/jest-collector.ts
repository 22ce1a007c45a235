/**
 * What Jest says only while it runs: every attempt of a test, the console of a file, which files were begun.
 *
 * Jest's events name a file and not its project (`test.context` is always the first project's), so two projects that run
 * one file at the same time cannot be told apart; `isShared` says when that happened.
 *
 * @module
 */
import type { JestAssertion, JestFileResult, JestLog, JestTestStart } from './jest-types.js'

/** What was seen of one test file. */
export interface JestFileEvents {
  /** In the order in which they ended. */
  readonly attempts: readonly JestAssertion[]
  /** True when several projects ran the file at the same time, so that the attempts may be of any of them. */
  readonly isShared: boolean
}

/** Fed by the reporter's hooks, read once per run. */
export interface JestCollector {
  onTestFileStart(path: string): void
  onTestCaseStart(path: string, start: JestTestStart): void
  onTestCaseResult(path: string, result: JestAssertion): void
  /** Takes what is released later. */
  onTestFileResult(result: JestFileResult): void
  eventsOf(result: JestFileResult): JestFileEvents
  consoleOf(result: JestFileResult): readonly JestLog[]
  /** Files that were begun and gave no result, with the tests of theirs that ended. */
  unfinished(): ReadonlyMap<string, readonly JestAssertion[]>
}

interface OpenFile {
  readonly count: number
  readonly isShared: boolean
  readonly attempts: JestAssertion[]
  /** Attempts that have begun and not ended, oldest first. */
  readonly starts: JestTestStart[]
}

/** An empty collector. */
export function createJestCollector(): JestCollector {
  const open = new Map<string, OpenFile>()
  const events = new WeakMap<JestFileResult, JestFileEvents>()
  const consoles = new WeakMap<JestFileResult, readonly JestLog[]>()
  return {
    onTestFileStart(path) {
      const own = open.get(path)
      if (own === undefined) open.set(path, { count: 1, isShared: false, attempts: [], starts: [] })
      else open.set(path, { ...own, count: own.count + 1, isShared: true })
    },
    onTestCaseStart(path, start) {
      open.get(path)?.starts.push(start)
    },
    onTestCaseResult(path, result) {
      const own = open.get(path)
      // 29 says when an attempt began in another event than the one that says how it ended.
      const begun = own?.starts.findIndex((start) => keyOf(start) === keyOf(result)) ?? -1
      const [start] = begun === -1 ? [] : (own?.starts.splice(begun, 1) ?? [])
      own?.attempts.push({ ...result, startedAt: result.startedAt ?? start?.startedAt })
    },
    onTestFileResult(result) {
      if (result.console) consoles.set(result, [...result.console])
      const own = open.get(result.testFilePath)
      if (own === undefined) return
      events.set(result, { attempts: own.attempts, isShared: own.isShared })
      if (own.count === 1) open.delete(result.testFilePath)
      else open.set(result.testFilePath, { ...own, count: own.count - 1 })
    },
    eventsOf: (result) => events.get(result) ?? { attempts: [], isShared: false },
    consoleOf: (result) => consoles.get(result) ?? result.console ?? [],
    unfinished: () => new Map([...open].map(([path, { attempts }]) => [path, attempts])),
  }
}

function keyOf({ ancestorTitles, title }: JestTestStart): string {
  return JSON.stringify([ancestorTitles, title])
}
