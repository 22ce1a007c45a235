/**
 * One Vitest test as a `TestResult`.
 *
 * @module
 */
import type { Annotation, Attachment, Attempt, ErrorInfo, NotRunCause, Output, TestResult } from '../model.js'
import { describeError } from './errors.js'
import { locationIn, type Place } from './places.js'
import { isoOf } from './times.js'
import { propertiesOf, readField } from './values.js'
import type { VitestArtifact, VitestAttachment, VitestLocation, VitestTest } from './vitest-types.js'

/** What the surroundings of a test say about it. */
export interface TestContext {
  readonly place: Place & { readonly file: string }
  readonly path: readonly string[]
  readonly ordinal: number
  readonly output: readonly Output[]
  /** True when a `beforeAll` around the test failed. */
  readonly hookFailed: boolean
  /** Why a test without a result has none. */
  readonly unfinished: NotRunCause | undefined
  /** The name filter (`-t`), if any. */
  readonly filter: RegExp | undefined
}

// Vitest's own entries in `meta`.
const INTERNAL_META = new Set(['typecheck', 'benchmark'])

/** Maps one test; its errors carry the attempt they belong to where that is known. */
export function gatherTest(test: VitestTest, context: TestContext): TestResult {
  const result = test.result()
  const diagnostic = test.diagnostic()
  const ran = result.state === 'passed' || result.state === 'failed'
  const times = ran && diagnostic ? { startedAt: isoOf(diagnostic.startTime), durationMs: diagnostic.duration } : {}
  const attempts = ran ? attemptsOf(test, context.place, times) : []
  const errors = attempts.at(-1)?.errors ?? []
  const annotations = (test.annotations?.() ?? []).map((annotation) => ({
    type: annotation.type,
    message: annotation.message,
    ...placed(annotation.location, context.place),
    ...(annotation.attachment === undefined ? {} : { attachment: attachmentOf(annotation.attachment) }),
  }))
  const artifacts = test.artifacts?.() ?? []
  const all: Annotation[] = [...annotations, ...artifacts.map((artifact) => remarkOf(artifact, context.place))]
  const location = locationOf(test, context.place, attempts)
  const { retry, repeats, timeout } = test.options
  const configured = typeof retry === 'object' ? readField(retry, 'count') : retry
  return {
    id: test.id,
    title: test.name,
    path: context.path,
    ordinal: context.ordinal,
    rawStatus: result.state,
    ...standing(test, context),
    ...(test.options.fails ? { expectedFailure: true } : {}),
    flaky: result.state === 'passed' && (diagnostic?.flaky ?? false),
    ...times,
    ...(location === undefined ? {} : { location }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
    ...(test.options.concurrent ? { concurrent: true } : {}),
    ...counted('retry', configured, diagnostic?.retryCount),
    ...counted('repeats', repeats, diagnostic?.repeatCount),
    attempts,
    errors,
    output: context.output,
    annotations: all,
    attachments: [
      ...all.flatMap((annotation) => annotation.attachment ?? []),
      ...artifacts.flatMap((artifact) => (artifact.attachments ?? []).slice(1).map(attachmentOf)),
    ],
    tags: [...(test.tags ?? test.options.tags ?? [])],
    meta: propertiesOf(test.meta?.() ?? {}, (name) => !INTERNAL_META.has(name) && !name.startsWith('__vitest')),
  }
}

const ABORTED = 'The test run was aborted by the user.'

function standing(test: VitestTest, context: TestContext): Pick<TestResult, 'status' | 'notRunCause' | 'reason'> {
  const { state, note } = test.result()
  if (state === 'passed' || state === 'failed') return { status: state }
  const fullName = [...context.path, test.name].join(' ')
  if (state === 'skipped') {
    // Vitest overwrites the mode of every test that its filter leaves out, of a todo too.
    if (context.filter !== undefined && !matches(context.filter, fullName)) {
      return { status: 'skipped', notRunCause: 'filter', reason: 'left out by the name filter' }
    }
    if (test.options.mode === 'todo') return { status: 'todo' }
    if (note === ABORTED) return { status: 'not-run', notRunCause: context.unfinished ?? 'cancelled', reason: note }
    if (note !== undefined) return { status: 'skipped', reason: note }
    if (test.options.mode === 'run' && context.hookFailed) {
      return { status: 'not-run', notRunCause: 'hook', reason: 'beforeAll failed' }
    }
    return { status: 'skipped' }
  }
  const cause = context.hookFailed ? 'hook' : context.unfinished
  return { status: 'not-run', ...(cause === undefined ? {} : { notRunCause: cause, reason: REASONS[cause] }) }
}

const REASONS: Readonly<Record<NotRunCause, string>> = {
  hook: 'beforeAll failed',
  load: 'the file could not be loaded',
  cancelled: 'the run was cancelled',
  bail: 'the run stopped after too many failures',
  crash: 'the worker process ended before the test did',
  filter: 'left out by a filter',
}

function matches(filter: RegExp, name: string): boolean {
  filter.lastIndex = 0
  return filter.test(name)
}

/**
 * Vitest gives the errors of all attempts in one list and no attempts: with one error for each failed attempt they are
 * told apart, otherwise (soft assertions, several errors of one throw) the last failed attempt gets what is left.
 */
function attemptsOf(test: VitestTest, place: Place, times: Pick<Attempt, 'startedAt' | 'durationMs'>): Attempt[] {
  const { state, errors = [] } = test.result()
  const status = state === 'passed' ? 'passed' : 'failed'
  const retries = test.diagnostic()?.retryCount ?? 0
  const describe = (error: unknown, attempt?: number): ErrorInfo =>
    describeError(error, {
      place,
      ...hookOf(test, errors.at(-1) === error),
      ...(attempt === undefined ? {} : { attempt }),
    })
  if (retries === 0) {
    return [{ index: 0, status, ...times, errors: errors.map((error) => describe(error)), exact: true }]
  }
  const failures = status === 'passed' ? retries : retries + 1
  return Array.from({ length: retries + 1 }, (_, index) => {
    const own = index >= failures ? [] : errors.slice(index, index === failures - 1 ? undefined : index + 1)
    return {
      index,
      status: index < failures ? ('failed' as const) : ('passed' as const),
      ...(index === 0 && times.startedAt !== undefined ? { startedAt: times.startedAt } : {}),
      errors: own.map((error) => describe(error, errors.length === failures ? index : undefined)),
      exact: false,
    }
  })
}

/** The hook that an error came from: a hook that failed is left in the state `run` for good, in 3, 4 and 5. */
export function hookOf(entity: { readonly task?: { readonly result?: unknown } }, isLast = true): { hook?: string } {
  const hooks = readField(entity.task?.result, 'hooks')
  if (!isLast || typeof hooks !== 'object' || hooks === null) return {}
  const hook = Object.keys(hooks).find((name) => readField(hooks, name) === 'run')
  return hook === undefined ? {} : { hook }
}

function locationOf(test: VitestTest, place: Place, attempts: readonly Attempt[]) {
  if (test.location) return locationIn(place, { line: test.location.line, ...column(test.location) })
  // Without `includeTaskLocation`, the place in the test's own file where it failed is the nearest that is known.
  return attempts
    .flatMap((attempt) => attempt.errors)
    .find((error) => error.location && error.location.file === undefined)?.location
}

function column(location: VitestLocation): { column?: number } {
  return location.column === undefined ? {} : { column: location.column }
}

function placed(location: VitestLocation | undefined, place: Place): Pick<Annotation, 'location'> {
  const found = location && locationIn(place, location)
  return found === undefined ? {} : { location: found }
}

function remarkOf(artifact: VitestArtifact, place: Place): Annotation {
  const first = artifact.attachments?.[0]
  return {
    type: artifact.type,
    message: typeof artifact.message === 'string' ? artifact.message : '',
    ...placed(artifact.location, place),
    ...(first === undefined ? {} : { attachment: attachmentOf(first) }),
  }
}

function attachmentOf(attachment: VitestAttachment): Attachment {
  const { name, contentType, path, body } = attachment
  return {
    ...(name === undefined ? {} : { name }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(path === undefined ? {} : { path }),
    ...(path !== undefined || body === undefined
      ? {}
      : { body: typeof body === 'string' ? body : Buffer.from(body).toString('base64') }),
  }
}

function counted<Key extends 'retry' | 'repeats'>(key: Key, configured: unknown, count = 0) {
  if (configured === undefined && count === 0) return {}
  return { [key]: { count, ...(typeof configured === 'number' ? { configured } : {}) } }
}
