/**
 * Maps a whole Jest run to a `TestRun`, from the results of `onRunComplete` and from the events that a collector recorded.
 *
 * @module
 */
import { type ErrorInfo, type ModuleResult, type Output, SCHEMA_VERSION, type TestRun } from '../model.js'
import { describeError } from './errors.js'
import { fileErrors, gatherTests, hasSameTitles, type JestAttempts, titleKey } from './jest-tests.js'
import type { JestAssertion, JestConfig, JestFileResult, JestLog, JestResults, JestTestStart } from './jest-types.js'
import { decideOutcome } from './outcome.js'
import { type Folders, placeFile } from './place-file.js'
import { isoOf } from './values.js'

// Console methods that write to stderr, as in Node; all others write to stdout.
const STDERR_CALLS = new Set(['error', 'warn', 'assert', 'trace'])

interface OpenFile {
  readonly count: number
  readonly isShared: boolean
  readonly attempts: JestAssertion[]
  /** Attempts that have started but not ended, oldest first. */
  readonly starts: JestTestStart[]
}

/** A file that was gathered when it ended. */
interface EndedFile {
  /** As it goes into the run. */
  readonly module: ModuleResult
  /** What the result was like. */
  readonly mark: readonly unknown[]
}

/**
 * Records what Jest reports only during a run: every attempt of a test, the console output of a file, and which files started.
 *
 * Jest's events contain the file but not its project (`test.context` is always that of the first project). If two projects
 * run one file at the same time, their attempts cannot be distinguished; then `isShared` is true.
 */
export class JestCollector {
  readonly #open = new Map<string, OpenFile>()
  readonly #attempts = new WeakMap<JestFileResult, JestAttempts>()
  readonly #consoles = new WeakMap<JestFileResult, readonly JestLog[]>()
  readonly #ended = new WeakMap<JestFileResult, EndedFile>()

  onTestFileStart(path: string): void {
    const open = this.#open.get(path)
    if (open === undefined) this.#open.set(path, { count: 1, isShared: false, attempts: [], starts: [] })
    else this.#open.set(path, { ...open, count: open.count + 1, isShared: true })
  }

  onTestCaseStart(path: string, start: JestTestStart): void {
    this.#open.get(path)?.starts.push(start)
  }

  onTestCaseResult(path: string, result: JestAssertion): void {
    const open = this.#open.get(path)
    if (open === undefined) return
    const index = open.starts.findIndex((start) => hasSameTitles(start, result))
    const [start] = index === -1 ? [] : open.starts.splice(index, 1)
    // Jest 29 gives the start time of an attempt only in its start event.
    open.attempts.push(result.startedAt || !start?.startedAt ? result : { ...result, startedAt: start.startedAt })
  }

  /** Records the console output, which Jest removes from the result before the run completes. */
  onTestFileResult(result: JestFileResult): void {
    if (result.console) this.#consoles.set(result, [...result.console])
    const open = this.#open.get(result.testFilePath)
    if (open === undefined) return
    this.#attempts.set(result, { attempts: open.attempts, isShared: open.isShared })
    if (open.count === 1) this.#open.delete(result.testFilePath)
    else this.#open.set(result.testFilePath, { ...open, count: open.count - 1 })
  }

  /**
   * Gathers a file that has ended. Call it after `onTestFileResult`.
   *
   * @param keep processes the file; what it returns goes into the run
   */
  gatherEnded(
    result: JestFileResult,
    context: Omit<FileInput, 'collected'>,
    keep: (module: ModuleResult) => ModuleResult | undefined,
  ): void {
    // The events of the other project that runs the same file are still to come.
    if (this.attemptsOf(result).isShared) return
    const mark = markOf(result)
    const module = keep(gatherFile(result, { ...context, collected: this }))
    if (module !== undefined) this.#ended.set(result, { module, mark })
  }

  /** The file as it was kept when it ended; `undefined` if it was not kept, or has changed since. */
  endedModule(result: JestFileResult): ModuleResult | undefined {
    const ended = this.#ended.get(result)
    const mark = markOf(result)
    return ended?.mark.every((value, index) => value === mark[index]) ? ended.module : undefined
  }

  attemptsOf(result: JestFileResult): JestAttempts {
    return this.#attempts.get(result) ?? { attempts: [], isShared: false }
  }

  consoleOf(result: JestFileResult): readonly JestLog[] {
    return this.#consoles.get(result) ?? result.console ?? []
  }

  /** Files that started but have no result, with the attempts that ended. */
  unfinished(): ReadonlyMap<string, readonly JestAssertion[]> {
    return new Map([...this.#open].map(([path, { attempts }]) => [path, attempts]))
  }
}

/** What is known about a run at its end. */
export interface JestInput {
  readonly results: JestResults
  readonly config: JestConfig
  /** Version of Jest. */
  readonly version: string
  readonly collected: JestCollector
  /** Tells which of the files that were kept when they ended go into the run; the others are gathered anew. */
  readonly isKept?: ((module: ModuleResult) => boolean) | undefined
  readonly runId: string
  /** Milliseconds since the epoch. */
  readonly finishedAtMs: number
  /** Used if the configuration has no root. */
  readonly cwd: string
  /** Folder of the configuration; files outside of the root are relative to it. Default: the root. */
  readonly projectDir?: string | undefined
  /** The process ended before the run did. */
  readonly partial?: boolean | undefined
}

/** Maps a run. No value from a test makes it throw. */
export function gatherJest(input: JestInput): TestRun {
  const { config, results, collected, isKept, projectDir } = input
  const rootDir = config.rootDir ?? input.cwd
  const context = { rootDir, projectDir, filter: compileFilter(config.testNamePattern), collected }
  const modules = [
    ...results.testResults.map((result) => {
      const ended = isKept === undefined ? undefined : collected.endedModule(result)
      return ended !== undefined && isKept?.(ended) ? ended : gatherFile(result, context)
    }),
    ...[...collected.unfinished()].map(([path, ended]) => gatherUnfinished(path, ended, context)),
  ]
  const missing = Math.max(0, (results.numTotalTestSuites ?? 0) - results.testResults.length)
  const bailed = missing > 0 && isBail(config, results)
  const errors = [...runErrors(results), ...(missing > 0 ? [missingFiles(missing, results, bailed)] : [])]
  const startedAtMs = results.startTime || input.finishedAtMs
  return {
    schemaVersion: SCHEMA_VERSION,
    runId: input.runId,
    outcome: decideOutcome({
      modules,
      errors,
      interrupted: results.wasInterrupted === true || bailed || input.partial === true,
      runnerFailed: (results.numFailedTests ?? 0) > 0 || (results.numRuntimeErrorTestSuites ?? 0) > 0,
    }),
    runner: { name: 'jest', version: input.version },
    rootDir,
    startedAt: isoOf(startedAtMs),
    finishedAt: isoOf(input.finishedAtMs),
    durationMs: Math.max(0, input.finishedAtMs - startedAtMs),
    shard: config.shard ? { index: config.shard.shardIndex, count: config.shard.shardCount } : undefined,
    watch: config.watch || config.watchAll ? true : undefined,
    partial: input.partial ? true : undefined,
    seed: config.seed,
    properties: [],
    modules,
    errors,
    output: [],
  }
}

interface FileInput extends Folders {
  /** The name filter (`-t`), if any. */
  readonly filter: RegExp | undefined
  readonly collected: Pick<JestCollector, 'attemptsOf' | 'consoleOf'>
}

// Jest releases console and coverage when the events of a file are done; the other fields stay.
function markOf(result: JestFileResult): readonly unknown[] {
  const { testFilePath, testResults, testExecError, failureMessage, skipped, displayName, perfStats } = result
  return [testFilePath, testResults, testResults.length, testExecError, failureMessage, skipped, displayName, perfStats]
}

function gatherFile(result: JestFileResult, context: FileInput): ModuleResult {
  const place = placeFile(result.testFilePath, context)
  const { file, folder } = place
  const events = context.collected.attemptsOf(result)
  // If a worker is killed, Jest has no results for its file. The tests that had ended were reported as events.
  const assertions = result.testResults.length > 0 ? result.testResults : lastAttempts(events.attempts)
  const tests = gatherTests(assertions, { place, events, filter: context.filter })
  const errors = fileErrors(result, place, tests.length > 0)
  const project = typeof result.displayName === 'object' ? result.displayName.name : result.displayName
  const failed = errors.length > 0 || tests.some((test) => test.status === 'failed')
  const ran = tests.some((test) => test.status === 'passed')
  return {
    id: JSON.stringify([project ?? '', file]),
    file,
    folder,
    project: project || undefined,
    kind: 'runtime',
    status: failed ? 'failed' : ran ? 'passed' : 'skipped',
    rawStatus: failed ? 'failed' : result.skipped ? 'skipped' : 'passed',
    ...timesOf(result),
    errors,
    output: context.collected.consoleOf(result).map(outputOf),
    suites: [],
    tests,
    properties: [],
  }
}

// A file whose worker, or whose run, ended before the file did.
function gatherUnfinished(path: string, ended: readonly JestAssertion[], folders: Folders): ModuleResult {
  const place = placeFile(path, folders)
  const { file, folder } = place
  const events = { attempts: ended, isShared: false }
  return {
    id: JSON.stringify(['', file, 'unfinished']),
    file,
    folder,
    kind: 'runtime',
    status: 'not-run',
    rawStatus: 'unfinished',
    errors: [],
    output: [],
    suites: [],
    tests: gatherTests(lastAttempts(ended), { place, events, filter: undefined }),
    properties: [],
  }
}

// One result for each test with an attempt that ended; tests with the same name count as one.
function lastAttempts(attempts: readonly JestAssertion[]): JestAssertion[] {
  return [...new Map(attempts.map((attempt) => [titleKey(attempt), attempt])).values()]
}

function timesOf({ perfStats: stats }: JestFileResult): Pick<ModuleResult, 'startedAt' | 'durationMs' | 'timings'> {
  // Jest gives zeros for a file that could not be loaded.
  if (stats === undefined || stats.start <= 0) return {}
  const spans = {
    environment: [stats.loadTestEnvironmentStart, stats.loadTestEnvironmentEnd],
    setup: [stats.setupFilesStart, stats.setupFilesEnd],
    setupAfterEnvironment: [stats.setupAfterEnvStart, stats.setupAfterEnvEnd],
  }
  const timings = Object.entries(spans).flatMap(([name, [from, to]]) =>
    from && to && to >= from ? [[name, to - from] as const] : [],
  )
  return {
    startedAt: isoOf(stats.start),
    durationMs: Math.max(0, stats.end - stats.start),
    timings: timings.length === 0 ? undefined : Object.fromEntries(timings),
  }
}

function outputOf(log: JestLog): Output {
  return { stream: STDERR_CALLS.has(log.type) ? 'stderr' : 'stdout', text: `${log.message}\n` }
}

function runErrors(results: JestResults): ErrorInfo[] {
  const { runExecError, snapshot } = results
  const errors: ErrorInfo[] = []
  if (runExecError) errors.push(describeError(runExecError, { place: { rootDir: '' }, kind: 'unhandled' }))
  // Obsolete snapshots fail a run under `--ci` although every test passed.
  if (snapshot?.failure && !snapshot.unmatched) {
    errors.push({
      kind: 'error',
      name: 'SnapshotError',
      message: `snapshots are not up to date: ${snapshot.unchecked ?? 0} obsolete, ${snapshot.filesRemoved ?? 0} obsolete files`,
    })
  }
  return errors
}

// Jest leaves `wasInterrupted` false when `bail` stops a run.
function isBail(config: JestConfig, results: JestResults): boolean {
  const limit = Number(config.bail ?? 0)
  return limit > 0 && (results.numFailedTests ?? 0) + (results.numRuntimeErrorTestSuites ?? 0) >= limit
}

function missingFiles(missing: number, results: JestResults, bailed: boolean): ErrorInfo {
  const why = bailed ? ': the run stopped after too many failures' : ''
  return {
    kind: 'error',
    name: 'IncompleteRun',
    message: `${missing} of ${results.numTotalTestSuites} test files have no result${why}`,
  }
}

/** Compiles the name filter; `undefined` if there is none, or it is no expression. */
export function compileFilter(pattern: string | undefined): RegExp | undefined {
  if (!pattern) return undefined
  try {
    return new RegExp(pattern, 'i')
  } catch {
    return undefined
  }
}
