/**
 * Whatever was thrown, as an `ErrorInfo`: errors of every runner, their causes and members, and values that are no errors.
 *
 * Runners serialise errors before they hand them over, some hand over live ones: fields are read defensively, cycles end
 * in a remark, and a chain or tree that is larger than the limits says so.
 *
 * @module
 */
import type { ErrorInfo, ErrorKind, Location } from '../model.js'
import { firstOwnFrame, locationIn, type Place } from './places.js'
import { readField, readText, textOf } from './values.js'

/** Deepest chain of causes and members that is followed. */
const MAX_DEPTH = 16

/** Errors kept of one thrown value, its causes and members together. */
const MAX_ERRORS = 200

// What Vitest and Jest say; a message of the user's own that mentions a timeout does not begin like this.
const TIMEOUT = /^(?:thrown: ")?(?:(?:Test|Hook) timed out in|Exceeded timeout of) \d/

/** What the caller knows about the error beside the value. */
export interface ErrorContext {
  readonly place: Place
  /** For errors that are known to be of hooks, of loading, of nobody; found out from the value when absent. */
  readonly kind?: ErrorKind
  readonly hook?: string
  readonly attempt?: number
}

/** A thrown value with its causes and members. */
export function describeError(thrown: unknown, context: ErrorContext): ErrorInfo {
  const kind = context.kind ?? (context.hook === undefined ? kindOf(thrown) : 'hook')
  const described = describe(thrown, kind, { place: context.place, ancestors: [], budget: { left: MAX_ERRORS } })
  return {
    ...described,
    ...(context.hook === undefined ? {} : { hook: context.hook }),
    ...(context.attempt === undefined ? {} : { attempt: context.attempt }),
  }
}

/** Assertion, timeout or plain error, by name and message: the runners give no better sign. */
export function kindOf(thrown: unknown): ErrorKind {
  const name = readText(thrown, 'name') ?? ''
  const message = readText(thrown, 'message') ?? ''
  if (/TimeoutError$/.test(name) || TIMEOUT.test(message)) return 'timeout'
  if (/Assertion/.test(name) || readField(thrown, 'matcherResult') !== undefined) return 'assertion'
  if (typeof readField(thrown, 'operator') === 'string' && readField(thrown, 'expected') !== undefined)
    return 'assertion'
  // Vitest's and Jest's own assertions that carry no field at all.
  return /^(?:expect\(|Expect test to fail|Failing test passed|Snapshot `)/.test(message) ? 'assertion' : 'error'
}

interface Walk {
  readonly place: Place
  readonly ancestors: readonly { value: unknown; signature: string }[]
  readonly budget: { left: number }
}

function describe(thrown: unknown, kind: ErrorKind, walk: Walk): ErrorInfo {
  if (!isErrorLike(thrown)) return { kind, ...nonErrorParts(thrown) }
  const { name, message } = titleOf(thrown)
  const stack = stackOf(thrown, name, message)
  const signature = `${name}\n${message}\n${stack}`
  // A runner that serialises a cycle may unroll it by a turn: equal text in the chain is the same error again.
  if (walk.ancestors.some((ancestor) => ancestor.value === thrown || ancestor.signature === signature)) {
    return { kind, ...named(name), message: `[circular] ${message}` }
  }
  if (walk.ancestors.length >= MAX_DEPTH || walk.budget.left <= 0) {
    return {
      kind,
      ...named(name),
      message: `${message} [its causes are left out: more than ${MAX_DEPTH} deep or ${MAX_ERRORS} in all]`,
    }
  }
  walk.budget.left -= 1
  const inner: Walk = { ...walk, ancestors: [...walk.ancestors, { value: thrown, signature }] }
  const location = placeOf(thrown, stack, walk.place)
  const cause = readField(thrown, 'cause')
  const members = readField(thrown, 'errors')
  return {
    kind,
    ...named(name),
    message,
    ...(stack === undefined ? {} : { stack }),
    ...comparisonOf(thrown),
    ...(location === undefined ? {} : { location }),
    ...(cause === undefined ? {} : { cause: describe(cause, kindOf(cause), inner) }),
    ...(Array.isArray(members) && members.length > 0 ? { errors: membersOf(members, inner) } : {}),
  }
}

function membersOf(members: readonly unknown[], walk: Walk): ErrorInfo[] {
  const kept = members.slice(0, Math.max(1, walk.budget.left))
  const described = kept.map((member) => describe(member, kindOf(member), walk))
  const leftOut = members.length - kept.length
  return leftOut === 0 ? described : [...described, { kind: 'error', message: `[${leftOut} more errors are left out]` }]
}

// Errors keep at least one of these through every runner's serialisation.
function isErrorLike(thrown: unknown): boolean {
  return readText(thrown, 'stack') !== undefined || typeof readField(thrown, 'message') === 'string'
}

function nonErrorParts(thrown: unknown): { name: string; message: string } {
  const name = thrown === null ? 'null' : Array.isArray(thrown) ? 'array' : typeof thrown
  if (typeof thrown !== 'object' || thrown === null || Array.isArray(thrown)) return { name, message: textOf(thrown) }
  // `stacks` and `stackStr` are additions of Vitest to the thrown object itself.
  const own = Object.fromEntries(
    Object.keys(thrown)
      .filter((key) => key !== 'stacks' && key !== 'stackStr')
      .map((key) => [key, readField(thrown, key)]),
  )
  return { name, message: textOf(own) }
}

// A stack begins with the name, a code in brackets if there is one, and the message.
const HEAD = /^([A-Za-z_$][\w$.]{0,200})(?: \[\w+\])?(?:: |(?=\n|$))/

// Jest's copies have lost the name, and what it gives for a failed `afterAll` the message too.
function titleOf(thrown: unknown): { name: string | undefined; message: string } {
  const name = readText(thrown, 'name')
  const message = readText(thrown, 'message')
  const stack = readText(thrown, 'stack') ?? ''
  const head = HEAD.exec(stack)
  const rest = head === null ? stack : stack.slice(head[0].length)
  if (message !== undefined) return { name: name ?? (rest.startsWith(message) ? head?.[1] : undefined), message }
  const end = rest.search(/\n\s+at /)
  const line = (end === -1 ? rest : rest.slice(0, end)).trim()
  return { name: name ?? head?.[1], message: /^at /.test(line) ? '' : line }
}

function named(name: string | undefined): { name?: string } {
  return name === undefined ? {} : { name }
}

function stackOf(thrown: unknown, name: string | undefined, message: string): string | undefined {
  const stack = readText(thrown, 'stack')
  // Vitest makes a timeout's stack before the timeout and prints it under its real message.
  return stack?.replace(/^Error: STACK_TRACE_ERROR(?=\n|$)/, () => `${name ?? 'Error'}: ${message}`)
}

function placeOf(thrown: unknown, stack: string | undefined, place: Place): Location | undefined {
  const frames = readField(thrown, 'stacks')
  const first: unknown = Array.isArray(frames) ? frames[0] : undefined
  const file = readText(first, 'file')
  const line = readField(first, 'line')
  const column = readField(first, 'column')
  if (file !== undefined && typeof line === 'number') {
    return locationIn(place, { file, line, ...(typeof column === 'number' ? { column } : {}) })
  }
  return stack === undefined ? undefined : firstOwnFrame(place, stack)
}

function comparisonOf(thrown: unknown): Pick<ErrorInfo, 'diff' | 'expected' | 'actual'> {
  // Jest keeps both sides in `matcherResult`, Vitest on the error itself.
  const matcher = readField(thrown, 'matcherResult')
  const diff = readText(thrown, 'diff')
  const expected = readField(thrown, 'expected') ?? readField(matcher, 'expected')
  const actual = readField(thrown, 'actual') ?? readField(matcher, 'actual')
  return {
    ...(diff === undefined ? {} : { diff }),
    ...(expected === undefined ? {} : { expected: textOf(expected) }),
    ...(actual === undefined ? {} : { actual: textOf(actual) }),
  }
}
