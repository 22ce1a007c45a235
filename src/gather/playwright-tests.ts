/**
 * Maps one test of Playwright to a `TestResult`, with every attempt.
 *
 * @module
 */
import type { Annotation, Attachment, Attempt, ErrorInfo, NotRunCause, Output, TestResult } from '../model.js'
import { locationIn, type Place } from './errors.js'
import { attemptErrors, unexpectedPass } from './playwright-errors.js'
import type {
  PlaywrightAnnotation,
  PlaywrightAttachment,
  PlaywrightResult,
  PlaywrightTest,
} from './playwright-types.js'
import { isoOf } from './values.js'

// Most tests have none of many things, and there may be hundreds of thousands of tests.
const NONE: readonly never[] = []

/** Annotations that say why a test is skipped. */
const SKIPS: ReadonlySet<string> = new Set(['skip', 'fixme'])

/** Bodies that are text; others are binary. */
const TEXT_TYPE = /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml|yaml)\b)/i

/** Why a test without a result has none. */
export interface NotRun {
  readonly notRunCause?: NotRunCause | undefined
  readonly reason: string
}

/** What a test's file and run know about it. */
export interface TestContext {
  readonly place: Place
  readonly ordinal: number
  /** Output of an attempt, in its order. */
  readonly outputOf: (result: PlaywrightResult) => readonly Output[]
  /** Whether an attempt has ended. */
  readonly hasEnded: (result: PlaywrightResult) => boolean
  /** Why a test without a result has none. */
  readonly notStarted: (test: PlaywrightTest) => NotRun
  /** Why a test was running when the run ended. */
  readonly unfinished: NotRun
}

/** Maps a test. */
export function gatherTest(test: PlaywrightTest, context: TestContext): TestResult {
  const { place } = context
  const path = pathOf(test)
  const ran = test.results.filter((result) => context.hasEnded(result) && hasRun(result))
  const last = test.results.at(-1)
  const attempts = ran.map((result) => attemptOf(result, test, { ...context, isOnly: test.results.length === 1 }))
  const { status, notRunCause, reason } = statusOf(test, attempts, context)
  const final = attempts.at(-1)
  const hasFinal = final !== undefined && last === ran.at(-1)
  const [first] = test.results
  return {
    id: test.id,
    title: test.title,
    path,
    ordinal: context.ordinal,
    status,
    rawStatus: last === undefined ? 'skipped' : last.status,
    expectedFailure: test.expectedStatus === 'failed' ? true : undefined,
    flaky: status === 'passed' && attempts.some((attempt) => attempt.status === 'failed'),
    notRunCause,
    reason,
    startedAt: first === undefined || attempts.length === 0 ? undefined : isoOf(first.startTime.getTime()),
    durationMs: durationOf(test),
    location: locationIn(place, test.location),
    timeoutMs: test.timeout > 0 ? test.timeout : undefined,
    retry: test.retries > 0 ? { configured: test.retries, count: Math.max(0, test.results.length - 1) } : undefined,
    // The output of the last attempt is that of the test.
    attempts: attempts.map((attempt) => (hasFinal && attempt === final ? withoutOwn(attempt) : attempt)),
    errors: hasFinal ? final.errors : last === undefined ? NONE : errorsOf(last, test, place),
    output: last === undefined ? NONE : context.outputOf(last),
    annotations: annotationsOf(test, status, place),
    attachments: last === undefined ? NONE : last.attachments.map(attachmentOf),
    tags: test.tags.length === 0 ? NONE : test.tags.map((tag) => tag.replace(/^@/, '')),
    meta: NONE,
  }
}

/** Titles of the describes around a test, outermost first. */
export function pathOf({ parent }: PlaywrightTest): string[] {
  const path: string[] = []
  for (let suite: PlaywrightTest['parent'] | undefined = parent; suite?.type === 'describe'; suite = suite.parent) {
    if (suite.title !== '') path.unshift(suite.title)
  }
  return path
}

/** Whether an attempt has a result of its own: it was neither skipped nor interrupted. */
export function hasRun({ status }: PlaywrightResult): boolean {
  return status !== 'skipped' && status !== 'interrupted'
}

/** Whether a test was to run, and was skipped because something else failed. */
export function isGivenUp(test: PlaywrightTest): boolean {
  return test.expectedStatus !== 'skipped' && test.results.at(-1)?.status === 'skipped'
}

function attemptOf(
  result: PlaywrightResult,
  test: PlaywrightTest,
  { place, outputOf, isOnly }: TestContext & { readonly isOnly: boolean },
): Attempt {
  const output = outputOf(result)
  return {
    index: result.retry,
    status: result.status === test.expectedStatus ? 'passed' : 'failed',
    startedAt: isoOf(result.startTime.getTime()),
    durationMs: Math.max(0, result.duration),
    errors: errorsOf(result, test, place, isOnly),
    output: output.length === 0 ? undefined : output,
    attachments: result.attachments.length === 0 ? undefined : result.attachments.map(attachmentOf),
    exact: true,
  }
}

function withoutOwn(attempt: Attempt): Attempt {
  return { ...attempt, output: undefined, attachments: undefined }
}

function errorsOf(
  result: PlaywrightResult,
  test: PlaywrightTest,
  place: Place,
  isOnly = test.results.length === 1,
): readonly ErrorInfo[] {
  const attempt = isOnly ? undefined : result.retry
  if (result.status === 'passed' && test.expectedStatus === 'failed') return [unexpectedPass(attempt)]
  return result.errors.length === 0 ? NONE : attemptErrors(result, place, attempt)
}

function statusOf(
  test: PlaywrightTest,
  attempts: readonly Attempt[],
  context: TestContext,
): Pick<TestResult, 'status' | 'notRunCause' | 'reason'> {
  const last = test.results.at(-1)
  if (attempts.length === 0) {
    if (last === undefined) return { status: 'not-run', ...context.notStarted(test) }
    if (!context.hasEnded(last) || last.status === 'interrupted') return { status: 'not-run', ...context.unfinished }
    return test.expectedStatus === 'skipped' ? skipOf(test) : { status: 'not-run', ...context.notStarted(test) }
  }
  // It has failed, and has then skipped itself: Playwright calls it flaky, but it has never passed.
  const hasPassed = attempts.some(({ status }) => status === 'passed')
  if (!hasPassed && last?.status === 'skipped' && test.expectedStatus === 'skipped') return skipOf(test)
  return { status: hasPassed ? 'passed' : 'failed' }
}

function skipOf({ annotations }: PlaywrightTest): Pick<TestResult, 'status' | 'reason'> {
  const skips = annotations.filter(({ type }) => SKIPS.has(type))
  const reasons = skips.flatMap(({ description }) => description || [])
  return {
    status: skips.length > 0 && skips.every(({ type }) => type === 'fixme') ? 'todo' : 'skipped',
    reason: reasons.length === 0 ? undefined : [...new Set(reasons)].join('; '),
  }
}

function annotationsOf(
  { annotations }: PlaywrightTest,
  status: TestResult['status'],
  place: Place,
): readonly Annotation[] {
  const isReason = ({ type }: PlaywrightAnnotation) => SKIPS.has(type) && (status === 'skipped' || status === 'todo')
  const shown = annotations.filter((annotation) => !isReason(annotation) && !isPlainFail(annotation))
  if (shown.length === 0) return NONE
  return shown.map(({ type, description = '', location }) => ({
    type,
    message: description,
    location: location && locationIn(place, location),
  }))
}

// The expected failure is a fact already.
function isPlainFail({ type, description }: PlaywrightAnnotation): boolean {
  return type === 'fail' && !description
}

function attachmentOf({ name, contentType, path, body }: PlaywrightAttachment): Attachment {
  if (path !== undefined || body === undefined) return { name, contentType, path }
  return { name, contentType, body: Buffer.from(body).toString(TEXT_TYPE.test(contentType) ? 'utf8' : 'base64') }
}

// Of all attempts. A test that skips itself has begun, and has steps; others that are skipped have no duration.
function durationOf({ results }: PlaywrightTest): number | undefined {
  const begun = results.filter(
    ({ status, steps, duration }) => duration >= 0 && (status !== 'skipped' || steps.length > 0),
  )
  return begun.length === 0 ? undefined : sum(begun.map(({ duration }) => duration))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
