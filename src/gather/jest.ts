/**
 * A whole Jest run as a `TestRun`: pure, over the objects of `onRunComplete` and what a collector saw.
 *
 * @module
 */
import { type ErrorInfo, type ModuleResult, type Output, SCHEMA_VERSION, type TestRun } from '../model.js'
import { describeError } from './errors.js'
import type { JestCollector } from './jest-collector.js'
import { fileErrors } from './jest-errors.js'
import { gatherTests } from './jest-tests.js'
import type { JestAssertion, JestConfig, JestFileResult, JestLog, JestResults } from './jest-types.js'
import { judge } from './outcome.js'
import { relativeFile } from './places.js'
import { isoOf } from './times.js'

/** Everything that is known about a run at its end. */
export interface JestInput {
  readonly results: JestResults
  readonly config: JestConfig
  /** Of Jest. */
  readonly version: string
  readonly collected: Pick<JestCollector, 'eventsOf' | 'consoleOf' | 'unfinished'>
  readonly runId: string
  /** Milliseconds since the epoch. */
  readonly finishedAtMs: number
  /** Used when the config names no root. */
  readonly cwd: string
  /** The process dies and this is what is known so far. */
  readonly partial?: boolean
}

/** Maps a run; never throws on anything a test can put into it. */
export function gatherJest(input: JestInput): TestRun {
  const { config, results } = input
  const rootDir = config.rootDir ?? input.cwd
  const filter = compileFilter(config.testNamePattern)
  const modules = [
    ...results.testResults.map((result) => gatherFile(result, { ...input, rootDir, filter })),
    ...[...input.collected.unfinished()].map(([path, ended]) => gatherUnfinished(path, ended, rootDir)),
  ]
  const missing = Math.max(0, (results.numTotalTestSuites ?? 0) - results.testResults.length)
  const bailed = missing > 0 && isBail(config, results)
  const errors = [...runErrors(results), ...(missing > 0 ? [missingFiles(missing, results, bailed)] : [])]
  const startedAtMs = results.startTime || input.finishedAtMs
  return {
    schemaVersion: SCHEMA_VERSION,
    runId: input.runId,
    outcome: judge({
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
    ...(config.shard ? { shard: { index: config.shard.shardIndex, count: config.shard.shardCount } } : {}),
    ...(config.watch || config.watchAll ? { watch: true } : {}),
    ...(input.partial ? { partial: true } : {}),
    ...(config.seed === undefined ? {} : { seed: config.seed }),
    properties: [],
    modules,
    errors,
    output: [],
  }
}

interface Surroundings extends JestInput {
  readonly rootDir: string
  readonly filter: RegExp | undefined
}

function gatherFile(result: JestFileResult, context: Surroundings): ModuleResult {
  const file = relativeFile(context.rootDir, result.testFilePath)
  const place = { rootDir: context.rootDir, file }
  const events = context.collected.eventsOf(result)
  // A worker that was killed takes the file's result with it, but not the tests that it had told of before.
  const assertions = result.testResults.length > 0 ? result.testResults : lastAttempts(events.attempts)
  const tests = gatherTests(assertions, { place, events, filter: context.filter })
  const errors = fileErrors(result, place, tests.length > 0)
  const project = typeof result.displayName === 'object' ? result.displayName.name : result.displayName
  const failed = errors.length > 0 || tests.some((test) => test.status === 'failed')
  const ran = tests.some((test) => test.status === 'passed')
  return {
    id: JSON.stringify([project ?? '', file]),
    file,
    ...(project ? { project } : {}),
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

/** A file whose worker, or whose run, ended before it did. */
function gatherUnfinished(path: string, ended: readonly JestAssertion[], rootDir: string): ModuleResult {
  const file = relativeFile(rootDir, path)
  const events = { attempts: ended, isShared: false }
  return {
    id: JSON.stringify(['', file, 'unfinished']),
    file,
    kind: 'runtime',
    status: 'not-run',
    rawStatus: 'unfinished',
    errors: [],
    output: [],
    suites: [],
    tests: gatherTests(lastAttempts(ended), { place: { rootDir, file }, events, filter: undefined }),
    properties: [],
  }
}

/** One result for each test of which an attempt ended; of several tests with one name that is one. */
function lastAttempts(attempts: readonly JestAssertion[]): JestAssertion[] {
  return [
    ...new Map(attempts.map((attempt) => [JSON.stringify([attempt.ancestorTitles, attempt.title]), attempt])).values(),
  ]
}

function timesOf({ perfStats: stats }: JestFileResult): Pick<ModuleResult, 'startedAt' | 'durationMs' | 'timings'> {
  // A file that could not be loaded has zeros, which are no times.
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
    ...(timings.length === 0 ? {} : { timings: Object.fromEntries(timings) }),
  }
}

// As Node's own console does: these four go to stderr, all others to stdout.
const STDERR_CALLS = new Set(['error', 'warn', 'assert', 'trace'])

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

// `wasInterrupted` stays false when bail stops a run.
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

function compileFilter(pattern: string | undefined): RegExp | undefined {
  if (!pattern) return undefined
  try {
    return new RegExp(pattern, 'i')
  } catch {
    return undefined
  }
}
