/**
 * Maps a whole Jest run to a `TestRun`, from the results of `onRunComplete` and from the events that a collector recorded.
 *
 * @module
 */
import { type ModuleResult, type Output, type RunOutcome, SCHEMA_VERSION, type TestRun } from '../model.js'
import { exitCodeError, isBailed, type JestExitCode, obsoleteSnapshots, runErrors } from './jest-errors.js'
import { lintWarnings } from './jest-lint.js'
import { gatherJestRequest, type JestRequestInput } from './jest-request.js'
import {
  fileErrors,
  gatherLostTests,
  gatherTests,
  hasSameTitles,
  type JestAttempts,
  type LostTests,
  readAssertions,
  timeOf,
} from './jest-tests.js'
import type {
  JestAssertion,
  JestConfig,
  JestDisplayName,
  JestFileResult,
  JestLog,
  JestResults,
  JestTestFile,
  JestTestStart,
} from './jest-types.js'
import { decideOutcome } from './outcome.js'
import { type Folders, placeFile } from './place-file.js'
import { isoOf, readText } from './values.js'

// Console methods that write to stderr, as in Node; all others write to stdout.
const STDERR_CALLS = new Set(['error', 'warn', 'assert', 'trace'])

// Why tests that had started have no result.
const BAILED: LostTests = { notRunCause: 'bail', reason: 'the run stopped after too many failures' }
const CANCELLED: LostTests = { notRunCause: 'cancelled', reason: 'the run was cancelled' }
const EXITED: LostTests = { notRunCause: 'cancelled', reason: 'the process ended before the test did' }
const CRASHED: LostTests = { notRunCause: 'crash', reason: 'the worker process ended before the test did' }
const FILE_LOST: LostTests = { notRunCause: 'crash', reason: 'the file ended before the test did' }

const NO_EVENTS: JestAttempts = { attempts: [], running: [], isShared: false }

interface OpenFile {
  /** The projects that run it. */
  readonly projects: readonly (string | undefined)[]
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
  readonly #projects = new WeakMap<JestFileResult, string>()
  readonly #ended = new WeakMap<JestFileResult, EndedFile>()

  /** @param project as `projectOf` returns it */
  onTestFileStart(path: string, project?: string): void {
    const open = this.#open.get(path)
    if (open === undefined) this.#open.set(path, { projects: [project], isShared: false, attempts: [], starts: [] })
    else this.#open.set(path, { ...open, projects: [...open.projects, project], isShared: true })
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

  /**
   * Records the console output, which Jest removes from the result before the run completes.
   *
   * @param project as `projectOf` returns it
   */
  onTestFileResult(result: JestFileResult, project?: string): void {
    if (result.console) this.#consoles.set(result, [...result.console])
    if (project !== undefined) this.#projects.set(result, project)
    const open = this.#open.get(result.testFilePath)
    if (open === undefined) return
    const { attempts, starts, isShared } = open
    this.#attempts.set(result, { attempts, running: [...starts], isShared })
    const own = Math.max(0, open.projects.indexOf(project))
    const others = open.projects.filter((_, index) => index !== own)
    if (others.length === 0) this.#open.delete(result.testFilePath)
    else this.#open.set(result.testFilePath, { ...open, projects: others })
  }

  /**
   * Gathers a file that has ended. Call it after `onTestFileResult`.
   *
   * @param keep processes the file; what it returns goes into the run
   */
  gatherEnded(
    result: JestFileResult,
    context: JestContext,
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
    return this.#attempts.get(result) ?? NO_EVENTS
  }

  consoleOf(result: JestFileResult): readonly JestLog[] {
    return this.#consoles.get(result) ?? result.console ?? []
  }

  projectOf(result: JestFileResult): string | undefined {
    return nameOf(result.displayName) ?? this.#projects.get(result)
  }

  /** Files that started but have no result. */
  unfinished(): readonly UnfinishedFile[] {
    return [...this.#open].map(([path, { projects, attempts, starts, isShared }]) => ({
      path,
      project: projects.length === 1 ? projects[0] : undefined,
      events: { attempts, running: starts, isShared },
    }))
  }
}

/** A file that started but has no result. */
interface UnfinishedFile {
  readonly path: string
  /** Absent if several projects run it. */
  readonly project: string | undefined
  readonly events: JestAttempts
}

/** The project of a file, from its events; the results of some runners do not have it. */
export function projectOf({ context }: JestTestFile): string | undefined {
  return nameOf(context?.config?.displayName)
}

/** A file that has started, as its results will name it. */
export function startedFile(
  test: JestTestFile,
  context: JestContext,
): Pick<ModuleResult, 'id' | 'file' | 'folder' | 'project'> {
  const { file, folder } = placeFile(test.path, context)
  const project = projectOf(test)
  return { id: idOf(project, file), file, folder, project }
}

function idOf(project: string | undefined, file: string): string {
  return JSON.stringify([project ?? '', file])
}

/** What is known about a run when it starts. */
export interface JestContext extends Folders {
  readonly config: JestConfig
  /** The name filter (`-t`), if any. */
  readonly filter: RegExp | undefined
  /** Start of the run, in milliseconds since the epoch. */
  readonly notBeforeMs: number | undefined
}

/** @param folders the working folder is used if the configuration has no root */
export function contextOf(
  config: JestConfig,
  results: Pick<JestResults, 'startTime'>,
  { cwd, projectDir }: Pick<JestInput, 'cwd' | 'projectDir'>,
): JestContext {
  return {
    rootDir: config.rootDir ?? cwd,
    projectDir,
    config,
    filter: compileFilter(config.testNamePattern),
    notBeforeMs: results.startTime || undefined,
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
  readonly exitCode?: JestExitCode | undefined
  /** What is known of what was asked of the run. */
  readonly request?: JestRequestInput | undefined
}

/** Maps a run. No value from a test makes it throw. */
export function gatherJest(input: JestInput): TestRun {
  const { config, results, collected, isKept, exitCode } = input
  const context = { ...contextOf(config, results, input), collected }
  const { rootDir } = context
  // Jest 29 starts a run without files before it exits because there are none.
  const partial = input.partial === true && (results.numTotalTestSuites !== 0 || collected.unfinished().length > 0)
  const bailed = isBailed(config, results)
  const lost = bailed ? BAILED : partial ? EXITED : CANCELLED
  const modules = [
    ...results.testResults.map((result) => {
      const ended = isKept === undefined ? undefined : collected.endedModule(result)
      return ended !== undefined && isKept?.(ended) ? ended : gatherFile(result, context)
    }),
    ...collected.unfinished().map((file) => gatherUnfinished(file, context, lost)),
  ]
  const interrupted = !bailed && (results.wasInterrupted === true || partial)
  const runnerFailed = (results.numFailedTests ?? 0) > 0 || (results.numRuntimeErrorTestSuites ?? 0) > 0
  const errors = runErrors(results, config, context)
  let outcome = decideOutcome({ modules, errors, interrupted, runnerFailed })
  if (exitCode !== undefined && (outcome === 'passed' || outcome === 'no-tests')) {
    errors.push(exitCodeError(exitCode, context))
    outcome = 'error'
  }
  const startedAtMs = results.startTime || input.finishedAtMs
  return {
    schemaVersion: SCHEMA_VERSION,
    runId: input.runId,
    outcome,
    runner: { name: 'jest', version: input.version },
    rootDir,
    startedAt: isoOf(startedAtMs),
    finishedAt: isoOf(input.finishedAtMs),
    durationMs: Math.max(0, input.finishedAtMs - startedAtMs),
    shard: config.shard ? { index: config.shard.shardIndex, count: config.shard.shardCount } : undefined,
    watch: config.watch || config.watchAll ? true : undefined,
    partial: partial ? true : undefined,
    nothingToRunIsFine: isFine(outcome, input) && !runnerFailed ? true : undefined,
    seed: config.seed,
    request: input.request && gatherJestRequest(input.request, config, results, rootDir),
    properties: [],
    modules,
    errors,
    output: [],
  }
}

interface FileInput extends JestContext {
  readonly collected: Pick<JestCollector, 'attemptsOf' | 'consoleOf' | 'projectOf'>
}

// Jest exits with 0 if it has only skipped tests, and if it is told that there may be no file.
function isFine(outcome: RunOutcome, { config, results, partial }: JestInput): boolean {
  if (outcome !== 'no-tests' || partial === true) return false
  const mayBeEmpty = config.passWithNoTests || config.onlyChanged || config.lastCommit
  return mayBeEmpty === true || results.testResults.length > 0
}

// Jest releases console and coverage when the events of a file are done; the other fields stay.
function markOf(result: JestFileResult): readonly unknown[] {
  const { testFilePath, testResults, testExecError, failureMessage, skipped, displayName, perfStats, snapshot } = result
  const facts = [testExecError, failureMessage, skipped, displayName, perfStats, snapshot, result.numFailingTests]
  return [testFilePath, testResults, testResults.length, ...facts]
}

function gatherFile(result: JestFileResult, input: FileInput): ModuleResult {
  const place = placeFile(result.testFilePath, input)
  const { file, folder } = place
  const project = input.collected.projectOf(result)
  const events = input.collected.attemptsOf(result)
  const assertions = readAssertions(result.testResults)
  const lint = lintWarnings(result, assertions)
  const context = { place, project, events, filter: input.filter, notBeforeMs: input.notBeforeMs, warnings: lint.tests }
  // If a worker is killed, Jest has no results for its file. What is known of its tests was reported as events.
  const tests = assertions.length > 0 ? gatherTests(assertions, context) : gatherLostTests(context, causeOfLoss(result))
  const errors = [
    ...fileErrors(result, place, tests.length > 0),
    ...lint.errors,
    ...obsoleteSnapshots(result, input.config),
  ]
  const failed = errors.length > 0 || tests.some((test) => test.status === 'failed')
  const ran = tests.some((test) => test.status === 'passed')
  return {
    id: idOf(project, file),
    file,
    folder,
    project,
    kind: 'runtime',
    status: failed ? 'failed' : ran ? 'passed' : 'skipped',
    rawStatus: failed ? 'failed' : result.skipped ? 'skipped' : 'passed',
    ...timesOf(result, input.notBeforeMs),
    errors,
    output: input.collected.consoleOf(result).map(outputOf),
    suites: [],
    tests,
    properties: [],
  }
}

function causeOfLoss({ testExecError }: JestFileResult): LostTests {
  return /\bworker\b/i.test(readText(testExecError, 'message') ?? '') ? CRASHED : FILE_LOST
}

// A file whose worker, or whose run, ended before the file did.
function gatherUnfinished({ path, project, events }: UnfinishedFile, input: FileInput, why: LostTests): ModuleResult {
  const place = placeFile(path, input)
  const { file, folder } = place
  return {
    id: JSON.stringify([project ?? '', file, 'unfinished']),
    file,
    folder,
    project,
    kind: 'runtime',
    status: 'not-run',
    rawStatus: 'unfinished',
    errors: [],
    output: [],
    suites: [],
    tests: gatherLostTests({ place, project, events, filter: undefined, notBeforeMs: input.notBeforeMs }, why),
    properties: [],
  }
}

function nameOf(displayName: JestDisplayName | undefined): string | undefined {
  return (typeof displayName === 'object' ? displayName.name : displayName) || undefined
}

function timesOf(
  { perfStats: stats }: JestFileResult,
  notBeforeMs: number | undefined,
): Pick<ModuleResult, 'startedAt' | 'durationMs' | 'timings'> {
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
    startedAt: timeOf(stats.start, notBeforeMs),
    durationMs: Math.max(0, stats.end - stats.start),
    timings: timings.length === 0 ? undefined : Object.fromEntries(timings),
  }
}

function outputOf(log: JestLog): Output {
  return { stream: STDERR_CALLS.has(log.type) ? 'stderr' : 'stdout', text: `${log.message}\n` }
}

/** Compiles the name filter; `undefined` if there is none, or it is no expression. */
function compileFilter(pattern: string | undefined): RegExp | undefined {
  if (!pattern) return undefined
  try {
    return new RegExp(pattern, 'i')
  } catch {
    return undefined
  }
}
