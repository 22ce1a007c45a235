/**
 * Maps a whole Playwright run to a `TestRun`, from the suite that `onBegin` was given and from the events that a collector
 * recorded.
 *
 * @module
 */
import { type ErrorInfo, type ModuleResult, type Output, SCHEMA_VERSION, type TestRun } from '../model.js'
import { bailError } from './bail.js'
import type { Place } from './errors.js'
import { decideOutcome } from './outcome.js'
import { type Folders, isIn, placeFile } from './place-file.js'
import { describePlaywright, hookOfRun, isNoTests, isStoppedEarly, sortErrors } from './playwright-errors.js'
import { gatherPlaywrightRequest } from './playwright-request.js'
import { gatherTest, hasRun, isGivenUp, type NotRun, pathOf, type TestContext } from './playwright-tests.js'
import type {
  PlaywrightConfig,
  PlaywrightEnd,
  PlaywrightError,
  PlaywrightResult,
  PlaywrightSuite,
  PlaywrightTest,
} from './playwright-types.js'
import { isoOf, readField } from './values.js'

const NO_OUTPUT: readonly Output[] = []

// Why tests without a result have none.
const BAILED: NotRun = { notRunCause: 'bail', reason: 'the run stopped after too many failures' }
const CANCELLED: NotRun = { notRunCause: 'cancelled', reason: 'the run was cancelled' }
const TIMED_OUT: NotRun = { notRunCause: 'cancelled', reason: 'the time of the whole run was over' }
const EXITED: NotRun = { notRunCause: 'cancelled', reason: 'the process ended before the test did' }
const HOOK_FAILED: NotRun = { notRunCause: 'hook', reason: 'beforeAll failed' }
const SERIES_BROKEN: NotRun = { reason: 'an earlier test of its series failed' }
const UNKNOWN: NotRun = { reason: 'the runner did not start it' }

/** One test file in one project. */
export interface PlaywrightModule {
  /** As in its result. */
  readonly id: string
  readonly project: string | undefined
  /** Absolute path of the file. */
  readonly path: string
  /** Of all repetitions, in their order. */
  readonly tests: readonly PlaywrightTest[]
}

/** A module that was gathered when it ended. */
interface EndedModule {
  /** As it goes into the run. */
  readonly module: ModuleResult
  readonly mark: readonly unknown[]
}

/**
 * Records what Playwright reports only during a run: the output of each attempt, the errors outside tests, and which tests
 * run.
 */
export class PlaywrightCollector {
  readonly #output = new WeakMap<PlaywrightResult, Output[]>()
  readonly #running = new Set<PlaywrightResult>()
  readonly #ended = new WeakMap<PlaywrightModule, EndedModule>()
  readonly #moduleOf = new Map<string, PlaywrightModule>()
  /** Output outside tests. */
  readonly output: Output[] = []
  /** Errors outside tests. */
  readonly errors: PlaywrightError[] = []
  modules: readonly PlaywrightModule[] = []
  config: PlaywrightConfig = {}

  onBegin(config: PlaywrightConfig, suite: PlaywrightSuite, folders: Folders): void {
    this.config = config
    this.modules = modulesOf(suite, folders)
    for (const module of this.modules) for (const test of module.tests) this.#moduleOf.set(test.id, module)
  }

  onTestBegin(result: PlaywrightResult): void {
    this.#running.add(result)
  }

  onTestEnd(result: PlaywrightResult): void {
    this.#running.delete(result)
  }

  onOutput(stream: Output['stream'], chunk: string | Uint8Array, result: PlaywrightResult | undefined): void {
    const piece: Output = { stream, text: typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8') }
    if (result === undefined) {
      this.output.push(piece)
      return
    }
    const own = this.#output.get(result)
    if (own === undefined) this.#output.set(result, [piece])
    else own.push(piece)
  }

  moduleOf(test: PlaywrightTest): PlaywrightModule | undefined {
    return this.#moduleOf.get(test.id)
  }

  /** Output of an attempt, in its order. */
  readonly outputOf = (result: PlaywrightResult): readonly Output[] => this.#output.get(result) ?? NO_OUTPUT

  /** Whether an attempt has ended. */
  readonly hasEnded = (result: PlaywrightResult): boolean => !this.#running.has(result)

  /** Whether all tests of a file have ended, and none is tried again. */
  isDone({ tests }: PlaywrightModule): boolean {
    // Usually the last one begins last; this is asked after each test.
    if (tests.at(-1)?.results.length === 0) return false
    return tests.every((test) => {
      const last = test.results.at(-1)
      return last !== undefined && this.hasEnded(last) && !mayRunAgain(test, last)
    })
  }

  /**
   * Gathers a file whose tests have all ended.
   *
   * @param keep processes the file; what it returns goes into the run
   */
  gatherEnded(
    module: PlaywrightModule,
    folders: Folders,
    keep: (module: ModuleResult) => ModuleResult | undefined,
  ): void {
    const context = { folders, collected: this, notStarted: () => SERIES_BROKEN, unfinished: UNKNOWN }
    const gathered = gatherModule(module, context)
    // The end of the run decides why a test was interrupted.
    const isFinal = gathered.tests.every(({ status, rawStatus }) => status !== 'not-run' || rawStatus !== 'interrupted')
    const kept = isFinal ? keep(gathered) : undefined
    if (kept !== undefined) this.#ended.set(module, { module: kept, mark: this.#markOf(module) })
  }

  /** The file as it was kept when it ended; `undefined` if it was not kept, or has changed since. */
  endedModule(module: PlaywrightModule): ModuleResult | undefined {
    const ended = this.#ended.get(module)
    if (ended === undefined) return undefined
    const mark = this.#markOf(module)
    const isSame = mark.length === ended.mark.length && mark.every((value, index) => value === ended.mark[index])
    return isSame ? ended.module : undefined
  }

  // What may still change of a test that has ended.
  #markOf({ tests }: PlaywrightModule): readonly unknown[] {
    return tests.flatMap(({ results, expectedStatus, annotations }) => [
      expectedStatus,
      annotations,
      ...results.flatMap((result) => [
        result,
        result.status,
        result.errors.length,
        result.attachments.length,
        this.outputOf(result).length,
      ]),
    ])
  }
}

/** A file that has started, as its results will name it. */
export function startedFile(
  { id, project, path }: PlaywrightModule,
  folders: Folders,
): Pick<ModuleResult, 'id' | 'file' | 'folder' | 'project'> {
  const { file, folder } = placeFile(path, folders)
  return { id, file, folder, project }
}

/**
 * The folder that the paths of a run are relative to: that of its configuration. A run that was merged from blobs of another
 * machine has the folder of its tests there.
 */
export function rootOf(
  { rootDir }: PlaywrightConfig,
  { configDir, isMerged }: { readonly configDir: string; readonly isMerged: boolean },
): string {
  return isMerged && rootDir !== undefined && !isIn(configDir, rootDir) ? rootDir : configDir
}

/** What is known about a run at its end. */
export interface PlaywrightInput {
  readonly collected: PlaywrightCollector
  /** As given to `onEnd`; absent if the process ended before the run did. */
  readonly end: PlaywrightEnd | undefined
  /** Tells which of the files that were kept when they ended go into the run; the others are gathered anew. */
  readonly isKept?: ((module: ModuleResult) => boolean) | undefined
  /** Used if the configuration does not tell it. */
  readonly version: string
  /** The run was merged from blobs. */
  readonly isMerged?: boolean | undefined
  readonly runId: string
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number
  /** Milliseconds since the epoch. */
  readonly finishedAtMs: number
  /** As `rootOf` returns it. */
  readonly rootDir: string
  /** What is known of what was asked of the run. */
  readonly request?: { readonly argv: readonly string[] | undefined } | undefined
}

/** Maps a run. No value from a test makes it throw. */
export function gatherPlaywright(input: PlaywrightInput): TestRun {
  const { collected, end, isKept, isMerged, rootDir } = input
  const { config } = collected
  const folders = { rootDir }
  const stopped = collected.errors.some(isStoppedEarly)
  const lost = stopped ? BAILED : end === undefined ? EXITED : end.status === 'timedout' ? TIMED_OUT : CANCELLED
  const context: ModuleContext = {
    folders,
    collected,
    notStarted: (test) => whyNotStarted(test, collected, end?.status === 'failed' && !stopped ? undefined : lost),
    unfinished: lost,
  }
  const known = new Set(collected.modules.map(({ path }) => path))
  const sorted = sortErrors(
    collected.errors.filter((error) => !isStoppedEarly(error) && !isNoTests(error)),
    config,
    known,
  )
  const modules = [
    ...collected.modules.map((module) => {
      const ended = isKept === undefined ? undefined : collected.endedModule(module)
      return ended !== undefined && isKept?.(ended) ? ended : gatherModule(module, context)
    }),
    ...[...sorted.files].map(([path, errors]) => unloadedModule(path, errors, folders)),
  ]
  const place: Place = { rootDir }
  const failedTests = modules.reduce(
    (sum, { tests }) => sum + tests.filter(({ status }) => status === 'failed').length,
    0,
  )
  const errors = [
    ...sorted.others.map((error) => describeOutside(error, place, config)),
    ...(stopped ? [bailError(failedTests)] : []),
    ...flakyErrors(modules, config),
  ]
  const times = timesOf(input)
  const outcome = decideOutcome({
    modules,
    errors,
    interrupted: end === undefined || end.status === 'interrupted',
    runnerFailed: end !== undefined && end.status !== 'passed',
  })
  return {
    schemaVersion: SCHEMA_VERSION,
    runId: input.runId,
    outcome,
    runner: { name: 'playwright', version: config.version || input.version },
    rootDir,
    startedAt: isoOf(times.startedAtMs),
    finishedAt: isoOf(times.finishedAtMs),
    durationMs: Math.max(0, times.finishedAtMs - times.startedAtMs),
    shard: config.shard ? { index: config.shard.current, count: config.shard.total } : undefined,
    merged: isMerged ? true : undefined,
    partial: end === undefined ? true : undefined,
    nothingToRunIsFine: outcome === 'no-tests' && end?.status === 'passed' ? true : undefined,
    seed: seedOf(config),
    // Nobody knows it of the shards that are merged.
    request: isMerged || !input.request ? undefined : gatherPlaywrightRequest(config, input.request.argv, rootDir),
    properties: [],
    modules,
    errors,
    output: [...collected.output],
  }
}

interface ModuleContext extends Pick<TestContext, 'notStarted' | 'unfinished'> {
  readonly folders: Folders
  readonly collected: PlaywrightCollector
}

function gatherModule(
  { id, project, path, tests: own }: PlaywrightModule,
  { folders, collected, notStarted, unfinished }: ModuleContext,
): ModuleResult {
  const place = placeFile(path, folders)
  const givenUp = givenUpByHook(own)
  const ordinals = new Map<string, number>()
  const tests = own.map((test) => {
    const key = JSON.stringify([...pathOf(test), test.title])
    const ordinal = (ordinals.get(key) ?? 0) + 1
    ordinals.set(key, ordinal)
    return gatherTest(test, {
      place: { rootDir: place.rootDir, file: place.file },
      ordinal,
      outputOf: collected.outputOf,
      hasEnded: collected.hasEnded,
      notStarted: (one) => (givenUp.has(one) ? HOOK_FAILED : notStarted(one)),
      unfinished,
    })
  })
  const has = (status: string) => tests.some((test) => test.status === status)
  const status = has('failed') ? 'failed' : has('passed') ? 'passed' : has('not-run') ? 'not-run' : 'skipped'
  return {
    id,
    file: place.file,
    folder: place.folder,
    project,
    kind: 'runtime',
    status,
    rawStatus: status,
    ...spanOf(own),
    errors: [],
    output: [],
    suites: [],
    tests,
    properties: [],
  }
}

function unloadedModule(path: string, errors: readonly PlaywrightError[], folders: Folders): ModuleResult {
  const { rootDir, file, folder } = placeFile(path, folders)
  return {
    id: JSON.stringify(['', file]),
    file,
    folder,
    kind: 'runtime',
    status: 'failed',
    rawStatus: 'failed',
    errors: errors.map((error) => describePlaywright(error, { place: { rootDir, file }, kind: 'load' })),
    output: [],
    suites: [],
    tests: [],
    properties: [],
  }
}

// Repetitions of a file, and its parts in a merged run, are suites of their own.
function modulesOf(root: PlaywrightSuite, folders: Folders): readonly PlaywrightModule[] {
  const modules = new Map<string, PlaywrightModule>()
  for (const project of root.suites) {
    for (const file of project.suites) {
      const path = file.location?.file ?? file.title
      const name = project.title || undefined
      const id = JSON.stringify([name ?? '', placeFile(path, folders).file])
      const earlier = modules.get(id)?.tests ?? []
      modules.set(id, { id, project: name, path, tests: [...earlier, ...file.allTests()] })
    }
  }
  return [...modules.values()]
}

// Also the tests of a series run again if one of them does.
function mayRunAgain(test: PlaywrightTest, last: PlaywrightResult): boolean {
  const hasFailed = last.status !== test.expectedStatus && (hasRun(last) || isGivenUp(test))
  return hasFailed && test.results.length <= test.retries
}

// Tests that did not run because a `beforeAll` around them failed, which is an error of another test. Nothing says which
// describe a hook is of, so a test that no failed test is near to is one of those.
function givenUpByHook(tests: readonly PlaywrightTest[]): ReadonlySet<PlaywrightTest> {
  const givenUp = tests.filter(isGivenUp)
  const byHook = givenUp.length === 0 ? [] : tests.filter(hasFailedBefore)
  if (byHook.length === 0) return new Set()
  const nearHook = new Set(byHook.flatMap(describesAround))
  const nearOthers = new Set(
    tests.filter((test) => test.results.some(hasRun) && !byHook.includes(test) && !test.ok()).flatMap(describesAround),
  )
  return new Set(
    givenUp.filter((test) => {
      const around = describesAround(test)
      return around.some((suite) => nearHook.has(suite)) || !around.some((suite) => nearOthers.has(suite))
    }),
  )
}

function hasFailedBefore({ results }: PlaywrightTest): boolean {
  const hooks = results.flatMap(({ steps }) => steps).flatMap(({ steps }) => steps)
  return hooks.some(({ category, title, error }) => category === 'hook' && /^beforeAll\b/.test(title) && error)
}

function describesAround({ parent }: PlaywrightTest): readonly PlaywrightSuite[] {
  const suites: PlaywrightSuite[] = []
  for (let suite: PlaywrightSuite | undefined = parent; suite?.type === 'describe'; suite = suite.parent) {
    suites.push(suite)
  }
  return suites
}

function whyNotStarted(test: PlaywrightTest, collected: PlaywrightCollector, lost: NotRun | undefined): NotRun {
  if (test.results.length > 0) return SERIES_BROKEN
  const { config, modules } = collected
  const own = collected.moduleOf(test)?.project
  const { dependencies = [] } = config.projects?.find(({ name }) => (name || undefined) === own) ?? {}
  const failed = dependencies.find((name) =>
    modules.some(({ project, tests }) => project === name && tests.some((one) => one.outcome() === 'unexpected')),
  )
  if (failed !== undefined) return { reason: `the project ${failed}, which it depends on, failed` }
  return lost ?? UNKNOWN
}

function describeOutside(error: PlaywrightError, place: Place, config: PlaywrightConfig): ErrorInfo {
  const hook = hookOfRun(error, config)
  return describePlaywright(error, hook === undefined ? { place } : { place, hook })
}

// Otherwise nothing says why such a run is red.
function flakyErrors(modules: readonly ModuleResult[], { failOnFlakyTests }: PlaywrightConfig): ErrorInfo[] {
  const isFlaky = modules.some(({ tests }) => tests.some(({ flaky }) => flaky))
  if (failOnFlakyTests !== true || !isFlaky) return []
  return [{ kind: 'error', name: 'FlakyTests', message: 'flaky tests fail this run (failOnFlakyTests)' }]
}

function spanOf(tests: readonly PlaywrightTest[]): Pick<ModuleResult, 'startedAt' | 'durationMs'> {
  let startMs = Number.POSITIVE_INFINITY
  let endMs = 0
  for (const { results } of tests) {
    for (const result of results) {
      if (result.status === 'skipped') continue
      const ownMs = result.startTime.getTime()
      startMs = Math.min(startMs, ownMs)
      endMs = Math.max(endMs, ownMs + Math.max(0, result.duration))
    }
  }
  if (!Number.isFinite(startMs)) return {}
  return { startedAt: isoOf(startMs), durationMs: Math.max(0, endMs - startMs) }
}

function timesOf({ end, isMerged, createdAtMs, finishedAtMs }: PlaywrightInput) {
  const startedAtMs = end?.startTime?.getTime() ?? createdAtMs
  // A merged run has the times of other machines.
  const isElsewhere = isMerged === true && end?.duration !== undefined
  return { startedAtMs, finishedAtMs: isElsewhere ? startedAtMs + (end?.duration ?? 0) : finishedAtMs }
}

function seedOf({ metadata }: PlaywrightConfig): number | undefined {
  const seed = Number(readField(metadata, 'shuffleSeed') ?? Number.NaN)
  return Number.isFinite(seed) ? seed : undefined
}
