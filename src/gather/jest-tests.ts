/**
 * The tests of one Jest file as `TestResult`s.
 *
 * @module
 */
import type { Attempt, TestResult } from '../model.js'
import type { JestFileEvents } from './jest-collector.js'
import { assertionErrors } from './jest-errors.js'
import type { JestAssertion } from './jest-types.js'
import type { Place } from './places.js'
import { isoOf } from './times.js'

/** What the file says about its tests. */
export interface FileContext {
  readonly place: Place & { readonly file: string }
  readonly events: JestFileEvents
  /** The name filter (`-t`), if any. */
  readonly filter: RegExp | undefined
}

/** Maps all tests of a file; the n-th of several with one name is told by its `ordinal`. */
export function gatherTests(assertions: readonly JestAssertion[], context: FileContext): TestResult[] {
  const attempts = attemptsByTest(assertions, context.events.attempts)
  const ordinals = new Map<string, number>()
  return assertions.map((assertion, index) => {
    const key = keyOf(assertion)
    const ordinal = (ordinals.get(key) ?? 0) + 1
    ordinals.set(key, ordinal)
    return gatherTest(assertion, attempts[index] ?? [], ordinal, context)
  })
}

function gatherTest(
  assertion: JestAssertion,
  earlier: readonly JestAssertion[],
  ordinal: number,
  context: FileContext,
): TestResult {
  const { place } = context
  const attempts = attemptsOf(assertion, earlier, context)
  const final = attempts.at(-1)
  const errors = final?.errors ?? []
  const tries = assertion.invocations ?? 1
  const located =
    assertion.location ??
    attempts.flatMap((attempt) => attempt.errors).find((error) => isHere(error.location))?.location
  const start = earlier[0]?.startedAt ?? assertion.startAt
  return {
    id: JSON.stringify([place.file, ...assertion.ancestorTitles, assertion.title, ordinal]),
    title: assertion.title,
    path: [...assertion.ancestorTitles],
    ordinal,
    rawStatus: assertion.status,
    ...standing(assertion, context),
    ...(assertion.failing ? { expectedFailure: true } : {}),
    flaky: assertion.status === 'passed' && tries > 1,
    ...(final !== undefined && start ? { startedAt: isoOf(start) } : {}),
    ...(typeof assertion.duration === 'number' ? { durationMs: Math.max(0, assertion.duration) } : {}),
    ...(located ? { location: { line: located.line, ...(located.column ? { column: located.column } : {}) } } : {}),
    ...(tries > 1 ? { retry: { count: tries - 1 } } : {}),
    attempts,
    errors,
    output: [],
    annotations: [],
    attachments: [],
    tags: [],
    meta: [],
  }
}

function standing(
  assertion: JestAssertion,
  context: FileContext,
): Pick<TestResult, 'status' | 'notRunCause' | 'reason'> {
  switch (assertion.status) {
    case 'passed':
    case 'failed':
    case 'todo':
      return { status: assertion.status }
    default: {
      const fullName = [...assertion.ancestorTitles, assertion.title].join(' ')
      if (context.filter === undefined || context.filter.test(fullName)) return { status: 'skipped' }
      return { status: 'skipped', notRunCause: 'filter', reason: 'left out by the name filter' }
    }
  }
}

function attemptsOf(assertion: JestAssertion, seen: readonly JestAssertion[], context: FileContext): Attempt[] {
  if (assertion.status !== 'passed' && assertion.status !== 'failed') return []
  const tries = Math.max(1, assertion.invocations ?? 1)
  return Array.from({ length: tries }, (_, index) => {
    const isLast = index === tries - 1
    // The result is the last attempt whatever events were seen of it.
    const source = isLast ? assertion : seen[index]
    const startedAt = seen[index]?.startedAt ?? (isLast ? assertion.startAt : undefined)
    return {
      index,
      status: isLast
        ? assertion.status === 'passed'
          ? ('passed' as const)
          : ('failed' as const)
        : ('failed' as const),
      ...(startedAt ? { startedAt: isoOf(startedAt) } : {}),
      ...(typeof source?.duration === 'number' ? { durationMs: Math.max(0, source.duration) } : {}),
      errors: source === undefined ? [] : assertionErrors(source, context.place, tries > 1 ? index : undefined),
      exact: source !== undefined && (isLast || !context.events.isShared),
    }
  })
}

/**
 * Which events are of which test: the n-th test of a name that was tried k times has the n-th event of each of its
 * invocations, because Jest retries in the order in which it ran.
 */
function attemptsByTest(assertions: readonly JestAssertion[], events: readonly JestAssertion[]): JestAssertion[][] {
  const queues = new Map<string, JestAssertion[]>()
  for (const event of events) {
    const key = `${event.invocations ?? 1} ${keyOf(event)}`
    const queue = queues.get(key)
    if (queue === undefined) queues.set(key, [event])
    else queue.push(event)
  }
  return assertions.map((assertion) =>
    Array.from({ length: Math.max(1, assertion.invocations ?? 1) }, (_, index) =>
      queues.get(`${index + 1} ${keyOf(assertion)}`)?.shift(),
    ).filter((event) => event !== undefined),
  )
}

function keyOf(assertion: JestAssertion): string {
  return JSON.stringify([assertion.ancestorTitles, assertion.title])
}

function isHere(location: { readonly file?: string | undefined } | undefined): boolean {
  return location !== undefined && location.file === undefined
}
