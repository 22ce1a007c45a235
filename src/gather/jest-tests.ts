/**
 * Maps the tests of one Jest file to `TestResult`s, and Jest's failures to `ErrorInfo`s.
 *
 * @module
 */
import type { Attempt, ErrorInfo, Location, TestResult } from '../model.js'
import { describeError, type ErrorContext, type Place } from './errors.js'
import { asWarning } from './jest-lint.js'
import type { JestAssertion, JestFileResult, JestTestStart } from './jest-types.js'
import { testIdOf } from './test-id.js'
import { isoOf, readField, readText } from './values.js'

// Most tests have none of these, and there may be hundreds of thousands of tests.
const EMPTY: readonly never[] = []
const NONE: readonly ErrorInfo[] = EMPTY
const PASSED: ReturnType<typeof statusOf> = { status: 'passed' }

/** The attempts that were reported while a file ran. */
export interface JestAttempts {
  /** In the order in which they ended. */
  readonly attempts: readonly JestAssertion[]
  /** Attempts that had started but not ended when the file was lost. */
  readonly running: readonly JestTestStart[]
  /** True if several projects ran the file at the same time, so that an attempt may belong to any of them. */
  readonly isShared: boolean
}

/** Facts about the file that its tests need. */
export interface FileContext {
  readonly place: Place & { readonly file: string }
  readonly project: string | undefined
  readonly events: JestAttempts
  /** The name filter (`-t`), if any. */
  readonly filter: RegExp | undefined
  /** Start of the run, in milliseconds since the epoch. An earlier time is none: some runners count from another zero. */
  readonly notBeforeMs: number | undefined
  /** Failed tests that are only warnings. */
  readonly warnings?: ReadonlySet<JestAssertion> | undefined
}

/** Why tests that had started have no result. */
export interface LostTests extends Required<Pick<TestResult, 'notRunCause' | 'reason'>> {}

/** Maps all tests of a file; `ordinal` tells tests with the same name apart. */
export function gatherTests(assertions: readonly JestAssertion[], context: FileContext): TestResult[] {
  const attempts = attemptsByTest(assertions, context.events.attempts)
  const ordinals = new Map<string, number>()
  return assertions.map((assertion, index) => {
    const key = titleKey(assertion)
    const ordinal = (ordinals.get(key) ?? 0) + 1
    ordinals.set(key, ordinal)
    const test = gatherTest(assertion, attempts[index] ?? [], ordinal, context)
    return context.warnings?.has(assertion) ? asWarning(test) : test
  })
}

/**
 * Maps the tests of a file that was lost: those with an attempt that ended, then those that had started, with the reason.
 * Tests with the same name count as one.
 */
export function gatherLostTests(context: FileContext, why: LostTests): TestResult[] {
  const { attempts, running, isShared } = context.events
  const ended = new Map(attempts.map((attempt) => [titleKey(attempt), attempt]))
  const started = new Map(running.map((start) => [titleKey(start), start]))
  return [
    ...gatherTests([...ended.values()], context),
    // The tests of another project may be among them.
    ...[...started].filter(([key]) => !isShared && !ended.has(key)).map(([, start]) => lostTest(start, context, why)),
  ]
}

/**
 * The tests of a file, each with a title. Some runners leave out the title of a test, or give nothing for a test.
 */
export function readAssertions(given: readonly (JestAssertion | null | undefined)[]): readonly JestAssertion[] {
  if (given.every(isComplete)) return given
  return given.flatMap((one) => {
    if (one === null || one === undefined) return EMPTY
    const title = typeof one.title === 'string' ? one.title : (readText(one, 'fullName') ?? '')
    return { ...one, title, ancestorTitles: Array.isArray(one.ancestorTitles) ? one.ancestorTitles : EMPTY }
  })
}

function isComplete(one: JestAssertion | null | undefined): one is JestAssertion {
  return typeof one?.title === 'string' && Array.isArray(one.ancestorTitles)
}

/** ISO 8601; `undefined` for no time, and for one before the run. */
export function timeOf(epochMs: number | null | undefined, notBeforeMs = 1): string | undefined {
  return epochMs && epochMs >= notBeforeMs ? isoOf(epochMs) : undefined
}

/** The errors of the file itself: it could not be loaded, or something failed outside its tests. */
export function fileErrors(result: JestFileResult, place: Place, hasTests: boolean): ErrorInfo[] {
  const thrown = result.testExecError
  if (thrown === undefined || thrown === null) return []
  const error = completeError(thrown, result.failureMessage ?? undefined)
  if (!hasTests) return [describeError(error, { place, kind: 'load' })]
  const { kind, hook } = hookOf(error)
  // Circus reports errors of `afterAll` and unhandled errors in the same field.
  const context: ErrorContext =
    kind === 'hook' ? { place, kind, hook: hook ?? 'afterAll' } : { place, kind: 'unhandled' }
  return [describeError(error, context)]
}

type Titles = Pick<JestAssertion, 'ancestorTitles' | 'title'>

/** Tests with the same titles have the same key. */
export function titleKey({ ancestorTitles, title }: Titles): string {
  let key = `${title.length}:${title}`
  for (const ancestor of ancestorTitles) key += `${ancestor.length}:${ancestor}`
  return key
}

/** Whether two tests have the same titles. */
export function hasSameTitles(left: Titles, right: Titles): boolean {
  return (
    left.title === right.title &&
    left.ancestorTitles.length === right.ancestorTitles.length &&
    left.ancestorTitles.every((ancestor, index) => ancestor === right.ancestorTitles[index])
  )
}

function gatherTest(
  assertion: JestAssertion,
  events: readonly JestAssertion[],
  ordinal: number,
  context: FileContext,
): TestResult {
  const attempts = attemptsOf(assertion, events, context)
  const errors = attempts.at(-1)?.errors ?? NONE
  const tries = assertion.invocations ?? 1
  const location = assertion.location ?? placeOfFailure(attempts)
  const startedAtMs = events[0]?.startedAt ?? assertion.startAt
  const { status, notRunCause, reason } = statusOf(assertion, context.filter)
  return {
    id: idOf(assertion, ordinal, context),
    title: assertion.title,
    path: assertion.ancestorTitles,
    ordinal,
    rawStatus: assertion.status,
    status,
    notRunCause,
    reason,
    expectedFailure: assertion.failing ? true : undefined,
    flaky: assertion.status === 'passed' && tries > 1,
    startedAt: attempts.length > 0 ? timeOf(startedAtMs, context.notBeforeMs) : undefined,
    durationMs: durationOf(assertion),
    location: location ? { line: location.line, column: location.column || undefined } : undefined,
    retry: tries > 1 ? { count: tries - 1 } : undefined,
    attempts,
    errors,
    output: EMPTY,
    annotations: EMPTY,
    attachments: EMPTY,
    tags: EMPTY,
    meta: EMPTY,
  }
}

function lostTest(start: JestTestStart, context: FileContext, why: LostTests): TestResult {
  const lost = gatherTest({ ...start, status: 'started' }, EMPTY, 1, context)
  return { ...lost, ...why, status: 'not-run', startedAt: timeOf(start.startedAt, context.notBeforeMs) }
}

function idOf({ ancestorTitles, title }: Titles, ordinal: number, { project = '', place }: FileContext): string {
  return testIdOf([project, place.file, ...ancestorTitles, title], ordinal)
}

// The line in the test file where the test failed.
function placeOfFailure(attempts: readonly Attempt[]): Location | undefined {
  for (const { errors } of attempts) {
    for (const { location } of errors) if (location !== undefined && location.file === undefined) return location
  }
  return undefined
}

function statusOf(
  { status, ancestorTitles, title }: JestAssertion,
  filter: RegExp | undefined,
): Pick<TestResult, 'status' | 'notRunCause' | 'reason'> {
  if (status === 'passed') return PASSED
  if (status === 'failed' || status === 'todo') return { status }
  if (filter === undefined || filter.test([...ancestorTitles, title].join(' '))) return { status: 'skipped' }
  return { status: 'skipped', notRunCause: 'filter', reason: 'left out by the name filter' }
}

function durationOf(assertion: JestAssertion | undefined): number | undefined {
  return typeof assertion?.duration === 'number' ? Math.max(0, assertion.duration) : undefined
}

function attemptsOf(assertion: JestAssertion, events: readonly JestAssertion[], context: FileContext): Attempt[] {
  const { status } = assertion
  if (status !== 'passed' && status !== 'failed') return []
  const tries = Math.max(1, assertion.invocations ?? 1)
  const attempts: Attempt[] = []
  for (let index = 0; index < tries; index++) {
    const isLast = index === tries - 1
    // The result of the test is the last attempt; the event of that attempt is not used.
    const source = isLast ? assertion : events[index]
    const startedAtMs = events[index]?.startedAt ?? (isLast ? assertion.startAt : undefined)
    attempts.push({
      index,
      status: isLast ? status : 'failed',
      startedAt: timeOf(startedAtMs, context.notBeforeMs),
      durationMs: durationOf(source),
      errors: source === undefined ? NONE : attemptErrors(source, context.place, tries > 1 ? index : undefined),
      exact: source !== undefined && (isLast || !context.events.isShared),
    })
  }
  return attempts
}

/**
 * Assigns the events to the tests. The n-th of several tests with the same name has the n-th event of each invocation,
 * because Jest retries tests in the order in which it ran them.
 */
function attemptsByTest(assertions: readonly JestAssertion[], events: readonly JestAssertion[]): JestAssertion[][] {
  if (isOneEach(assertions, events)) return events.map((event) => [event])
  const queues = new Map<string, JestAssertion[]>()
  for (const event of events) {
    const key = `${event.invocations ?? 1} ${titleKey(event)}`
    const queue = queues.get(key)
    if (queue === undefined) queues.set(key, [event])
    else queue.push(event)
  }
  return assertions.map((assertion) =>
    Array.from({ length: Math.max(1, assertion.invocations ?? 1) }, (_, index) =>
      queues.get(`${index + 1} ${titleKey(assertion)}`)?.shift(),
    ).filter((event) => event !== undefined),
  )
}

// Usually every test ran once, and its event has the same place as its result.
function isOneEach(assertions: readonly JestAssertion[], events: readonly JestAssertion[]): boolean {
  const isFirst = ({ invocations = 1 }: JestAssertion) => invocations === 1
  return (
    events.length === assertions.length &&
    events.every((event, index) => {
      const assertion = assertions[index]
      return assertion !== undefined && isFirst(event) && isFirst(assertion) && hasSameTitles(event, assertion)
    })
  )
}

function attemptErrors(assertion: JestAssertion, place: Place, attempt: number | undefined): readonly ErrorInfo[] {
  const details = assertion.failureDetails ?? []
  const messages = assertion.failureMessages ?? []
  if (details.length + messages.length === 0) return NONE
  // Errors that Jest reports with an event have a message and no details.
  return Array.from({ length: Math.max(details.length, messages.length) }, (_, index) => {
    const text = messages[index]
    const thrown = completeError(details[index], text && withoutName(text, assertion))
    return describeError(thrown, { place, ...hookOf(thrown), attempt })
  })
}

// jest-light-runner writes the name of the test above the error, and indents the error.
function withoutName(text: string, { ancestorTitles, title }: JestAssertion): string {
  const heading = `${[...ancestorTitles, title].join(' > ')}\n    `
  return text.startsWith(heading) ? text.slice(heading.length).replaceAll('\n    ', '\n').trimEnd() : text
}

// A stack frame of Circus tells hooks from tests; the timeout of a hook is created where the hook is declared.
function hookOf(thrown: unknown): Pick<ErrorContext, 'kind' | 'hook'> {
  const stack = readText(thrown, 'stack') ?? ''
  if (/Exceeded timeout of \d+ ms for a hook/.test(readText(thrown, 'message') ?? '')) {
    return {
      kind: 'hook',
      hook: /\bat (?:Object\.)?(beforeAll|beforeEach|afterEach|afterAll) \(/.exec(stack)?.[1],
    }
  }
  return { kind: /\bat _callCircusHook \(/.test(stack) ? 'hook' : undefined }
}

// Jest's copies of errors have no stack on Node 21 and later, and only plain fields if they come from a worker. Then Jest's
// text is parsed, and the fields of the copy are added.
function completeError(detail: unknown, text: string | undefined): unknown {
  if (readText(detail, 'stack') !== undefined) return unwrap(detail)
  if (text === undefined) return detail
  const parsed = unwrap(parseFailure(text))
  return {
    message: readField(parsed, 'message'),
    stack: readField(parsed, 'stack'),
    cause: readField(parsed, 'cause') ?? readField(detail, 'cause'),
    errors: readField(parsed, 'errors') ?? readField(detail, 'errors'),
    matcherResult: readField(detail, 'matcherResult'),
  }
}

// Jest 30 wraps timeouts and thrown values that are not errors in another error; only the inner error has the location.
function unwrap(error: unknown): unknown {
  const message = readText(error, 'message')
  const cause = readField(error, 'cause')
  const inner = readText(cause, 'message')
  const stack = readText(cause, 'stack')
  const isWrapper = message?.startsWith('thrown: ') && (inner === undefined || inner === message)
  return isWrapper && stack !== undefined ? { message, stack } : error
}

/** The parts of an error that Jest's text contains. */
interface ParsedFailure {
  readonly message: string
  readonly stack: string
  cause?: ParsedFailure
  errors?: ParsedFailure[]
}

// Workers send only this text (`failureMessages`). Jest 30 writes causes and members below the stack, each with its label;
// Jest 29 writes none.
function parseFailure(text: string): ParsedFailure {
  const [first = '', ...rest] = text.split(/\n\n(?=\[(?:cause|errors)\]: )/)
  const top = parsePart(first)
  // From the top down to the previous part: the next part belongs to one of these.
  let chain: ParsedFailure[] = [top]
  for (const part of rest) {
    const child = parsePart(part.slice(part.indexOf(' ') + 1))
    if (part.startsWith('[cause]')) {
      const last = chain.at(-1) ?? top
      last.cause = child
      chain.push(child)
      continue
    }
    // Members follow each other: a second one belongs to the nearest error that already has members.
    const owner = chain.findLastIndex((error) => error.errors !== undefined)
    chain = owner === -1 ? chain : chain.slice(0, owner + 1)
    const parent = chain.at(-1) ?? top
    parent.errors = [...(parent.errors ?? []), child]
    chain.push(child)
  }
  return top
}

// `thrown: ` is Jest's prefix for a value that is not an error, and not the name of an error class.
const FAILURE_HEAD = /^(?!thrown: )([A-Za-z_$][\w$.]{0,200})(?: \[\w+\])?: /

function parsePart(text: string): ParsedFailure {
  const end = text.search(/\n\s+at /)
  const head = end === -1 ? text : text.slice(0, end)
  return { message: head.replace(FAILURE_HEAD, '').trim(), stack: text }
}
