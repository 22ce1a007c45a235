/**
 * Describes any thrown value as an `ErrorInfo`: errors of every runner, their causes and members, their place in the source,
 * and thrown values that are not errors.
 *
 * Some runners serialize errors, others pass live objects. So all fields are read defensively, a cycle ends with a note, and
 * so does a chain or tree that exceeds the limits.
 *
 * @module
 */
import { isAbsolute, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ErrorInfo, ErrorKind, Location } from '../model.js'
import { hasUrlFrames, type ParsedFrame, withFileFrames, withoutServerUrls } from './browser-stacks.js'
import { readField, readText, textOf } from './values.js'

/** Deepest chain of causes and members that is followed. */
const MAX_DEPTH = 16

/** Most errors of one thrown value, with its causes and members. */
const MAX_ERRORS = 200

/** Lines of a stack that are searched for a frame, because a hostile stack may be very long. */
const MAX_FRAMES = 200

/** Longest stack line that is searched; longer lines are skipped. */
const MAX_FRAME_LENGTH = 4_096

// The runners' own messages. A user's message that mentions a timeout does not start like this.
const TIMEOUT = /^(?:thrown: ")?(?:(?:Test|Hook) timed out in|Exceeded timeout of) \d/

// A stack starts with the name, a code in brackets if there is one, and the message.
const STACK_HEAD = /^([A-Za-z_$][\w$.]{0,200})(?: \[\w+\])?(?:: |(?=\n|$))/

/** The root of the run, and the file of a module. */
export interface Place {
  readonly rootDir: string
  /** As `relativeFile` returns it; absent for errors that belong to no file. */
  readonly file?: string | undefined
  /** The runner's parser for stacks from a browser. It returns frames, if it can. */
  readonly parseStack?: ((error: ErrorText) => unknown) | undefined
}

/** The parts of an error that a parser of stacks reads. */
export interface ErrorText {
  readonly name: string
  readonly message: string
  readonly stack: string
}

/** What the caller knows about the error besides the value. */
export interface ErrorContext {
  readonly place: Place
  /** Read from the value if absent. */
  readonly kind?: ErrorKind | undefined
  readonly hook?: string | undefined
  readonly attempt?: number | undefined
}

/** Describes a thrown value with its causes and members. */
export function describeError(thrown: unknown, { place, kind, hook, attempt }: ErrorContext): ErrorInfo {
  const known = kind ?? (hook === undefined ? kindOf(thrown) : 'hook')
  return { ...describe(thrown, known, { place, ancestors: [], budget: { left: MAX_ERRORS } }), hook, attempt }
}

/** A path or `file:` URL relative to the root, with `/` separators; unchanged if it is not a path on this machine. */
export function relativeFile(rootDir: string, path: string): string {
  const plain = path.startsWith('file:') ? pathOfUrl(path) : path
  if (!isAbsolute(plain)) return plain.split(sep).join('/')
  const inside = relative(rootDir, plain)
  return (inside === '' ? plain : inside).split(sep).join('/')
}

/** A location relative to a module: `file` only if it is another file; `undefined` without a usable line. */
export function locationIn(
  place: Place,
  found: { readonly file?: string | undefined; readonly line: number; readonly column?: number | undefined },
): Location | undefined {
  if (!Number.isInteger(found.line) || found.line < 1) return undefined
  const file = found.file === undefined ? undefined : relativeFile(place.rootDir, found.file)
  return {
    file: file === place.file ? undefined : file,
    line: found.line,
    column: found.column !== undefined && found.column >= 1 ? found.column : undefined,
  }
}

interface Walk {
  readonly place: Place
  readonly ancestors: readonly { value: unknown; signature: string }[]
  readonly budget: { left: number }
}

function describe(thrown: unknown, kind: ErrorKind, walk: Walk): ErrorInfo {
  if (!isErrorLike(thrown)) return { kind, ...describeNonError(thrown) }
  const { place } = walk
  const { name, message: given } = titleOf(thrown)
  const message = withoutServerUrls(given, (path) => relativeFile(place.rootDir, path))
  const { stack, location } = traceOf(thrown, { name: name ?? 'Error', message: given }, place)
  const signature = `${name}\n${message}\n${stack}`
  // A runner that serializes a cycle may unroll it once: equal text in the chain is the same error again.
  if (walk.ancestors.some((ancestor) => ancestor.value === thrown || ancestor.signature === signature)) {
    return { kind, name, message: `[circular] ${message}` }
  }
  if (walk.ancestors.length >= MAX_DEPTH || walk.budget.left <= 0) {
    const limits = `more than ${MAX_DEPTH} deep or ${MAX_ERRORS} in all`
    return { kind, name, message: `${message} [its causes are left out: ${limits}]` }
  }
  walk.budget.left -= 1
  const inner: Walk = { ...walk, ancestors: [...walk.ancestors, { value: thrown, signature }] }
  const cause = readField(thrown, 'cause')
  const members = readField(thrown, 'errors')
  return {
    kind,
    name,
    message,
    stack,
    ...comparisonOf(thrown),
    location,
    cause: cause === undefined ? undefined : describe(cause, kindOf(cause), inner),
    errors: Array.isArray(members) && members.length > 0 ? describeMembers(members, inner) : undefined,
  }
}

function describeMembers(members: readonly unknown[], walk: Walk): ErrorInfo[] {
  const kept = members.slice(0, Math.max(1, walk.budget.left))
  const described = kept.map((member) => describe(member, kindOf(member), walk))
  const leftOut = members.length - kept.length
  return leftOut === 0 ? described : [...described, { kind: 'error', message: `[${leftOut} more errors are left out]` }]
}

// Name and message are the only fields that every runner gives.
function kindOf(thrown: unknown): ErrorKind {
  const name = readText(thrown, 'name') ?? ''
  const message = readText(thrown, 'message') ?? ''
  if (/TimeoutError$/.test(name) || TIMEOUT.test(message)) return 'timeout'
  if (/Assertion/.test(name) || readField(thrown, 'matcherResult') !== undefined) return 'assertion'
  if (typeof readField(thrown, 'operator') === 'string' && readField(thrown, 'expected') !== undefined)
    return 'assertion'
  // Assertions of Vitest and Jest that carry no field at all.
  return /^(?:expect\(|Expect test to fail|Failing test passed|Snapshot `)/.test(message) ? 'assertion' : 'error'
}

// Errors keep at least one of these through every runner's serialization.
function isErrorLike(thrown: unknown): boolean {
  return readText(thrown, 'stack') !== undefined || typeof readField(thrown, 'message') === 'string'
}

function describeNonError(thrown: unknown): { name: string; message: string } {
  const name = thrown === null ? 'null' : Array.isArray(thrown) ? 'array' : typeof thrown
  if (typeof thrown !== 'object' || thrown === null || Array.isArray(thrown)) return { name, message: textOf(thrown) }
  // Vitest adds `stacks` and `stackStr` to the thrown object itself.
  const own = Object.fromEntries(
    Object.keys(thrown)
      .filter((key) => key !== 'stacks' && key !== 'stackStr')
      .map((key) => [key, readField(thrown, key)]),
  )
  return { name, message: textOf(own) }
}

// Jest's copies of errors have no name; for a failed `afterAll` they have no message either.
function titleOf(thrown: unknown): { name: string | undefined; message: string } {
  // When Vitest prints an error, it changes the name of its cause.
  const name = readText(thrown, 'name')?.replace(/^(?:Caused by: )+(?=.)/, '')
  const message = readText(thrown, 'message')
  const stack = readText(thrown, 'stack') ?? ''
  const head = STACK_HEAD.exec(stack)
  const rest = head === null ? stack : stack.slice(head[0].length)
  if (message !== undefined) return { name: name ?? (rest.startsWith(message) ? head?.[1] : undefined), message }
  const end = rest.search(/\n\s+at /)
  const line = (end === -1 ? rest : rest.slice(0, end)).trim()
  return { name: name ?? head?.[1], message: /^at /.test(line) ? '' : line }
}

// The stack as it goes into the report, and the place of its first frame.
function traceOf(
  thrown: unknown,
  { name, message }: Omit<ErrorText, 'stack'>,
  place: Place,
): Pick<ErrorInfo, 'stack' | 'location'> {
  // Vitest creates the stack of a timeout before the timeout happens, and prints the real message above it.
  const stack = readText(thrown, 'stack')?.replace(/^Error: STACK_TRACE_ERROR(?=\n|$)/, () => `${name}: ${message}`)
  // Vitest parses most stacks itself, with source maps.
  const parsed = framesOf(readField(thrown, 'stacks'))
  const inRun = (path: string) => relativeFile(place.rootDir, path)
  if (stack === undefined || !hasUrlFrames(stack)) {
    return { stack: stack && withoutServerUrls(stack, inRun), location: locationOf(parsed, stack, place) }
  }
  const frames = (parsed ?? framesOf(place.parseStack?.({ name, message, stack })))?.map(withoutQuery)
  const length = headLength(stack, message)
  const head = stack.startsWith(`${name}: ${message}`) ? stack.slice(0, length) : ''
  const files = withFileFrames(head, stack.slice(length), frames, inRun)
  return { stack: files && withoutServerUrls(files, inRun), location: locationOf(frames, undefined, place) }
}

// Frames of a parser, without those that have no place; `undefined` if it gave none.
function framesOf(parsed: unknown): readonly ParsedFrame[] | undefined {
  if (!Array.isArray(parsed)) return undefined
  return parsed.slice(0, MAX_FRAMES).flatMap((frame: unknown) => {
    const file = readText(frame, 'file')
    const line = readField(frame, 'line')
    const column = readField(frame, 'column')
    if (file === undefined || typeof line !== 'number') return []
    return [{ file, line, column: typeof column === 'number' ? column : undefined, method: readText(frame, 'method') }]
  })
}

// Vite adds versions to the paths of dependencies.
function withoutQuery(frame: ParsedFrame): ParsedFrame {
  return { ...frame, file: frame.file.split('?', 1)[0] ?? frame.file }
}

// Engines that repeat name and message in the stack have them before the frames.
function headLength(stack: string, message: string): number {
  const starts = [0, STACK_HEAD.exec(stack)?.[0].length ?? 0]
  const start = message === '' ? undefined : starts.find((at) => stack.startsWith(message, at))
  return start === undefined ? 0 : start + message.length
}

function comparisonOf(thrown: unknown): Pick<ErrorInfo, 'diff' | 'expected' | 'actual'> {
  // Jest has both values in `matcherResult`, Vitest on the error itself.
  const matcher = readField(thrown, 'matcherResult')
  const expected = readField(thrown, 'expected') ?? readField(matcher, 'expected')
  const actual = readField(thrown, 'actual') ?? readField(matcher, 'actual')
  return {
    diff: readText(thrown, 'diff'),
    expected: expected === undefined ? undefined : textOf(expected),
    actual: actual === undefined ? undefined : textOf(actual),
  }
}

function locationOf(
  frames: readonly ParsedFrame[] | undefined,
  stack: string | undefined,
  place: Place,
): Location | undefined {
  const first = frames?.[0]
  if (first !== undefined) return locationIn(place, first)
  return stack === undefined ? undefined : firstOwnFrame(place, stack)
}

// The first frame of the user's code: not in `node_modules`, not in Node itself.
function firstOwnFrame(place: Place, stack: string): Location | undefined {
  for (const line of stack.split('\n', MAX_FRAMES)) {
    const frame = line.length > MAX_FRAME_LENGTH ? undefined : parseFrame(line)
    if (frame !== undefined && !/[\\/]node_modules[\\/]/.test(frame.file)) return locationIn(place, frame)
  }
  return undefined
}

// `at name (file:///a/b.ts:1:2)`, `at /a/b.ts:1:2`, `at async C:\a.ts:1:2`; names and paths may contain spaces and parentheses.
function parseFrame(line: string): { file: string; line: number; column: number } | undefined {
  const end = /:(\d{1,9}):(\d{1,9})\)?\s*$/.exec(line)
  const start = /^\s*at (?:async )?/.exec(line)
  if (end === null || start === null) return undefined
  const body = line.slice(start[0].length, end.index)
  const opening = / \((?=file:|\/|[A-Za-z]:[\\/])/.exec(body)
  const file = opening === null ? body : body.slice(opening.index + opening[0].length)
  return /^(?:file:|\/|[A-Za-z]:[\\/])/.test(file) ? { file, line: Number(end[1]), column: Number(end[2]) } : undefined
}

function pathOfUrl(url: string): string {
  try {
    return fileURLToPath(url)
  } catch {
    return url
  }
}
