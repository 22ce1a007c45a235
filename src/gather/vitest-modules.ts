/**
 * Maps one Vitest module (a test file in one project) to a `ModuleResult`, with its suites and tests.
 *
 * @module
 */
import type {
  Annotation,
  Attachment,
  Attempt,
  ErrorInfo,
  Location,
  ModuleResult,
  NotRunCause,
  Output,
  SuiteResult,
  TestResult,
} from '../model.js'
import { describeError, type ErrorText, locationIn, type Place } from './errors.js'
import { placeFile } from './place-file.js'
import { isoOf, propertiesOf, readField, readText } from './values.js'
import type {
  VitestAnnotation,
  VitestArtifact,
  VitestAttachment,
  VitestEntity,
  VitestLog,
  VitestModule,
  VitestProject,
  VitestSuite,
  VitestTest,
} from './vitest-types.js'

// Vitest's own entries in `meta`, besides those that start with `__vitest`.
const INTERNAL_META = new Set(['typecheck', 'benchmark'])

// Where Vitest 3 has the screenshot of a failure in a browser: an entry in `meta`. Later versions have an artifact.
const SCREENSHOT_META = 'failScreenshotPath'

// Vitest's note on tests that it skipped because the run was cancelled.
const CANCELLED_NOTE = 'The test run was aborted by the user.'

// Most tests have none of many things, and there may be hundreds of thousands of tests.
const EMPTY: readonly never[] = []
const PASSED: ReturnType<typeof testStatus> = { status: 'passed' }
const NO_REMARKS: ReturnType<typeof remarksOf> = { annotations: EMPTY, attachments: EMPTY }

const NOT_RUN_REASONS: Readonly<Record<NotRunCause, string>> = {
  hook: 'beforeAll failed',
  load: 'the file could not be loaded',
  cancelled: 'the run was cancelled',
  bail: 'the run stopped after too many failures',
  crash: 'the worker process ended before the test did',
  filter: 'left out by a filter',
}

// In a browser, pages run the tests, and the end of one may end the run of all.
const PAGE_LOST = 'the run in the browser ended before the test did: a page was left, reloaded or closed'

/** Facts about the run that its modules need. */
export interface ModuleContext {
  readonly rootDir: string
  readonly logsOf: (taskId: string) => readonly VitestLog[]
  /** Why a test without a result has none. */
  readonly unfinished: NotRunCause | undefined
  /** The name filter (`-t`), if any. */
  readonly filter: RegExp | undefined
  /** An earlier time, in milliseconds since the epoch, is no time: benchmarks count from another zero. */
  readonly notBeforeMs: number | undefined
}

/**
 * A file that has started, as its results will name it.
 *
 * @param rootDir folder of the run
 */
export function startedFile(
  module: Pick<VitestModule, 'id' | 'moduleId' | 'project'>,
  rootDir: string,
): Pick<ModuleResult, 'id' | 'file' | 'folder' | 'project'> {
  const { file, folder } = placeFile(module.moduleId, { rootDir })
  return { id: module.id, file, folder, project: module.project?.name || undefined }
}

/** Maps a module with its suites and tests. */
export function gatherModule(module: VitestModule, context: ModuleContext): ModuleResult {
  const { rootDir, file, folder } = placeFile(module.moduleId, context)
  const kind = kindOf(module)
  const place = { rootDir, file, parseStack: stackParser(module.project) }
  const { tests, suites, output } = walk(module, { ...context, place, isBrowser: kind === 'browser' })
  const diagnostic = module.diagnostic()
  const rawStatus = module.state()
  return {
    id: module.id,
    file,
    folder,
    project: module.project?.name || undefined,
    pool: module.task?.pool,
    kind,
    // Vitest may run one file as tests and as type tests.
    kindInName: kind === 'typecheck' || undefined,
    status: statusOf(rawStatus),
    rawStatus,
    startedAt: timeOf(module.task?.result?.startTime, context),
    durationMs: diagnostic.duration,
    timings: {
      environment: diagnostic.environmentSetupDuration,
      prepare: diagnostic.prepareDuration,
      setup: diagnostic.setupDuration,
      collect: diagnostic.collectDuration,
    },
    errors: errorsOf(module, place, tests.length === 0 && suites.length === 0),
    output,
    suites,
    tests,
    properties: propertiesOf(module.meta?.() ?? {}, (name) => name !== 'typecheck' && !name.startsWith('__vitest')),
  }
}

/** The parser for stacks from the browser of a project; `undefined` for a project without one. It never throws. */
export function stackParser({ browser, config }: VitestProject = {}): Place['parseStack'] {
  if (typeof browser?.parseErrorStacktrace !== 'function') return undefined
  return (error: ErrorText) => {
    try {
      // A copy, because Vitest keeps the frames in the error.
      return browser.parseErrorStacktrace?.({ ...error }, { frameFilter: config?.onStackTrace })
    } catch {
      return undefined
    }
  }
}

/** Converts console events to output, in order. */
export function outputOf(logs: readonly VitestLog[]): readonly Output[] {
  if (logs.length === 0) return EMPTY
  return logs.map((log) => ({ stream: log.type, text: log.content, at: isoOf(log.time) }))
}

interface Walk extends ModuleContext {
  readonly place: Place
  readonly isBrowser: boolean
}

interface Found {
  readonly tests: TestResult[]
  readonly suites: SuiteResult[]
  readonly output: Output[]
}

function walk(module: VitestModule, context: Walk): Found {
  const found: Found = { tests: [], suites: [], output: [...outputOf(context.logsOf(module.id))] }
  const ordinals = new Map<string, Map<string, number>>()
  visit(module.children, [], hasFailedBeforeTests(module))
  return found

  function visit(children: Iterable<VitestTest | VitestSuite>, path: readonly string[], hookFailed: boolean): void {
    // Suites may share a name, so ordinals are counted by path.
    const key = JSON.stringify(path)
    const counts = ordinals.get(key) ?? new Map<string, number>()
    ordinals.set(key, counts)
    for (const child of children) {
      if (child.type === 'suite') {
        found.output.push(...outputOf(context.logsOf(child.id)))
        const errors = errorsOf(child, context.place, false)
        const before = found.tests.length
        visit(child.children, [...path, child.name], hookFailed || hasFailedBeforeTests(child))
        if (errors.length > 0 || found.tests.length === before) found.suites.push(gatherSuite(child, path, errors))
        continue
      }
      const ordinal = (counts.get(child.name) ?? 0) + 1
      counts.set(child.name, ordinal)
      found.tests.push(gatherTest(child, { ...context, path, ordinal, hookFailed }))
    }
  }
}

function gatherSuite(suite: VitestSuite, path: readonly string[], errors: readonly ErrorInfo[]): SuiteResult {
  const { name: title, location } = suite
  const rawStatus = suite.state()
  return {
    title,
    path,
    status: statusOf(rawStatus),
    rawStatus,
    errors,
    location: location && { line: location.line, column: location.column || undefined },
  }
}

function errorsOf(entity: VitestModule | VitestSuite, place: Place, isLoad: boolean): ErrorInfo[] {
  const hook = failedHook(entity)
  const kind = isLoad && hook === undefined ? 'load' : 'hook'
  return entity.errors().map((error) => describeError(error, { place, kind, hook }))
}

function hasFailedBeforeTests(entity: VitestModule | VitestSuite): boolean {
  return entity.errors().length > 0 && failedHook(entity) !== 'afterAll'
}

// In Vitest 3, 4 and 5, a hook that failed stays in the state `run`.
function failedHook(entity: VitestEntity): string | undefined {
  const hooks = readField(entity.task?.result, 'hooks')
  if (typeof hooks !== 'object' || hooks === null) return undefined
  return Object.keys(hooks).find((name) => readField(hooks, name) === 'run')
}

function statusOf(state: string): ModuleResult['status'] {
  return state === 'passed' || state === 'failed' || state === 'skipped' ? state : 'not-run'
}

function kindOf(module: VitestModule): ModuleResult['kind'] {
  const pool = module.task?.pool
  // In Vitest 5 the mark in the module's meta is missing, but not the pool.
  if (pool === 'typescript' || readField(module.meta?.(), 'typecheck') === true) return 'typecheck'
  // A file that was not started has no pool.
  return pool === 'browser' || module.project?.browser !== undefined ? 'browser' : 'runtime'
}

interface TestContext extends Walk {
  readonly path: readonly string[]
  readonly ordinal: number
  /** True if a `beforeAll` around the test failed. */
  readonly hookFailed: boolean
}

function gatherTest(test: VitestTest, context: TestContext): TestResult {
  const { place } = context
  const { state } = test.result()
  const diagnostic = test.diagnostic()
  const meta = test.meta?.() ?? {}
  const benchmark = isBenchmark(test, meta)
  const times = timesOf(test, state, benchmark, context)
  const attempts = state === 'passed' || state === 'failed' ? attemptsOf(test, place, times) : EMPTY
  const screenshot = context.isBrowser ? readText(meta, SCREENSHOT_META) : undefined
  const { annotations, attachments } = remarksOf(test, place, screenshot)
  const { retry, repeats, timeout, fails, concurrent, tags } = test.options
  const { status, notRunCause, reason } = testStatus(test, context)
  return {
    id: test.id,
    title: test.name,
    path: context.path,
    ordinal: context.ordinal,
    rawStatus: state,
    status,
    notRunCause,
    reason,
    benchmark: benchmark || undefined,
    expectedFailure: fails ? true : undefined,
    flaky: state === 'passed' && (diagnostic?.flaky ?? false),
    startedAt: times.startedAt,
    durationMs: times.durationMs,
    location: locationOf(test, place, attempts),
    timeoutMs: timeout,
    concurrent: concurrent ? true : undefined,
    retry: countOf(typeof retry === 'object' ? readField(retry, 'count') : retry, diagnostic?.retryCount),
    repeats: countOf(repeats, diagnostic?.repeatCount),
    attempts,
    errors: attempts.at(-1)?.errors ?? EMPTY,
    output: outputOf(context.logsOf(test.id)),
    annotations,
    attachments,
    tags: test.tags ?? tags ?? EMPTY,
    meta: propertiesOf(meta, screenshot === undefined ? isCustom : isCustomInBrowser),
  }
}

function isCustom(name: string): boolean {
  return !INTERNAL_META.has(name) && !name.startsWith('__vitest')
}

function isCustomInBrowser(name: string): boolean {
  return isCustom(name) && name !== SCREENSHOT_META
}

function isBenchmark(test: VitestTest, meta: object): boolean {
  return readField(meta, 'benchmark') === true || (test.task?.benchmarks ?? EMPTY).length > 0
}

// A test that skips itself has a duration and no start. Vitest does not measure the duration of a benchmark.
function timesOf(
  test: VitestTest,
  state: string,
  benchmark: boolean,
  context: TestContext,
): Pick<TestResult, 'startedAt' | 'durationMs'> {
  if (state === 'skipped') return { durationMs: test.task?.result?.duration }
  const diagnostic = state === 'passed' || state === 'failed' ? test.diagnostic() : undefined
  if (diagnostic === undefined) return {}
  const { startTime, duration } = diagnostic
  return {
    startedAt: timeOf(startTime, context),
    durationMs: benchmark && duration === 0 ? undefined : duration,
  }
}

function timeOf(epochMs: number | undefined, { notBeforeMs = 0 }: ModuleContext): string | undefined {
  return epochMs === undefined || epochMs < notBeforeMs ? undefined : isoOf(epochMs)
}

// Annotations and attachments. Artifacts become annotations, except those of Vitest itself.
function remarksOf(
  test: VitestTest,
  place: Place,
  screenshot: string | undefined,
): Pick<TestResult, 'annotations' | 'attachments'> {
  const given = test.annotations?.() ?? EMPTY
  const artifacts = test.artifacts?.() ?? EMPTY
  if (given.length + artifacts.length === 0 && screenshot === undefined) return NO_REMARKS
  const shown = artifacts.filter(isShown)
  const annotations = [
    ...given.filter(isShown).map((annotation) => annotationOf(annotation, place)),
    ...shown.map((artifact) => annotationOfArtifact(artifact, place)),
  ]
  const attachments = [
    ...annotations.flatMap(({ attachment }) => attachment ?? []),
    ...given
      .filter((one) => !isShown(one))
      .flatMap(({ attachment }) => attachment ?? [])
      .map(attachmentOf),
    // The first attachment of an artifact that is shown is that of its annotation.
    ...artifacts.flatMap((one) => (one.attachments ?? EMPTY).slice(isShown(one) ? 1 : 0).map(attachmentOf)),
    ...(screenshot === undefined ? EMPTY : [{ contentType: 'image/png', path: screenshot }]),
  ]
  return { annotations, attachments }
}

function isShown({ type }: VitestAnnotation | VitestArtifact): boolean {
  return !String(type).startsWith('internal:')
}

function testStatus(test: VitestTest, context: TestContext): Pick<TestResult, 'status' | 'notRunCause' | 'reason'> {
  const { state, note } = test.result()
  const { mode } = test.options
  const { filter, hookFailed, unfinished, isBrowser } = context
  if (state === 'passed') return PASSED
  if (state === 'failed') return { status: state }
  if (state !== 'skipped') return notRun(hookFailed ? 'hook' : unfinished, isBrowser)
  // Vitest overwrites the mode of every test that its filter leaves out, even of a todo.
  if (filter !== undefined && !matches(filter, [...context.path, test.name].join(' '))) {
    return { status: 'skipped', notRunCause: 'filter', reason: 'left out by the name filter' }
  }
  if (mode === 'todo') return { status: 'todo' }
  if (note === CANCELLED_NOTE) return { status: 'not-run', notRunCause: unfinished ?? 'cancelled', reason: note }
  if (note !== undefined) return { status: 'skipped', reason: note }
  return mode === 'run' && hookFailed ? notRun('hook', isBrowser) : { status: 'skipped' }
}

function notRun(
  cause: NotRunCause | undefined,
  isBrowser: boolean,
): Pick<TestResult, 'status' | 'notRunCause' | 'reason'> {
  const reason = cause === 'crash' && isBrowser ? PAGE_LOST : cause && NOT_RUN_REASONS[cause]
  return { status: 'not-run', notRunCause: cause, reason }
}

// The filter may be a global expression, which remembers where it stopped.
function matches(filter: RegExp, name: string): boolean {
  filter.lastIndex = 0
  return filter.test(name)
}

/**
 * Infers the attempts of a test that ran, because Vitest only gives one list with the errors of all attempts. Each failed
 * attempt gets one error, in order. If there are more errors than failed attempts (soft assertions, several errors in one
 * attempt), the last failed attempt gets the rest.
 */
function attemptsOf(test: VitestTest, place: Place, times: Pick<Attempt, 'startedAt' | 'durationMs'>): Attempt[] {
  const { state, errors = [] } = test.result()
  const status = state === 'passed' ? 'passed' : 'failed'
  const retries = test.diagnostic()?.retryCount ?? 0
  const hook = failedHook(test)
  const describe = (error: unknown, attempt?: number): ErrorInfo =>
    describeError(error, { place, hook: errors.at(-1) === error ? hook : undefined, attempt })
  if (retries === 0) {
    const own = errors.length === 0 ? EMPTY : errors.map((error) => describe(error))
    return [{ index: 0, status, startedAt: times.startedAt, durationMs: times.durationMs, errors: own, exact: true }]
  }
  const failures = status === 'passed' ? retries : retries + 1
  return Array.from({ length: retries + 1 }, (_, index) => {
    const own = index >= failures ? [] : errors.slice(index, index === failures - 1 ? undefined : index + 1)
    return {
      index,
      status: index < failures ? 'failed' : 'passed',
      startedAt: index === 0 ? times.startedAt : undefined,
      errors: own.map((error) => describe(error, errors.length === failures ? index : undefined)),
      exact: false,
    }
  })
}

function locationOf(test: VitestTest, place: Place, attempts: readonly Attempt[]): Location | undefined {
  const { location } = test
  if (location) return locationIn(place, { line: location.line, column: location.column })
  // Without `includeTaskLocation`, use the line in the test file where the test failed.
  for (const { errors } of attempts) {
    for (const { location: place } of errors) if (place !== undefined && place.file === undefined) return place
  }
  return undefined
}

function annotationOf({ type, message, location, attachment }: VitestAnnotation, place: Place): Annotation {
  return {
    type,
    message,
    location: location && locationIn(place, location),
    attachment: attachment && attachmentOf(attachment),
  }
}

function annotationOfArtifact({ type, message, location, attachments }: VitestArtifact, place: Place): Annotation {
  const text = typeof message === 'string' ? message : ''
  return annotationOf({ type, message: text, location, attachment: attachments?.[0] }, place)
}

function attachmentOf({ name, contentType, path, body }: VitestAttachment): Attachment {
  if (path !== undefined || body === undefined) return { name, contentType, path }
  return { name, contentType, body: typeof body === 'string' ? body : Buffer.from(body).toString('base64') }
}

function countOf(configured: unknown, count = 0): TestResult['retry'] {
  if (configured === undefined && count === 0) return undefined
  return { count, configured: typeof configured === 'number' ? configured : undefined }
}
