/**
 * Jest's failures as `ErrorInfo`: copies of the thrown errors where it has them, its text where it has no more.
 *
 * @module
 */
import type { ErrorInfo } from '../model.js'
import { describeError, type ErrorContext } from './errors.js'
import { parseFailure } from './jest-text.js'
import type { JestAssertion, JestFileResult } from './jest-types.js'
import type { Place } from './places.js'
import { readField, readText } from './values.js'

/** The errors of one attempt. */
export function assertionErrors(assertion: JestAssertion, place: Place, attempt?: number): ErrorInfo[] {
  const { failureDetails = [], failureMessages } = assertion
  const messages = failureMessages ?? []
  // Errors that left a test through an event have a message and no details.
  return Array.from({ length: Math.max(failureDetails.length, messages.length) }, (_, index) => {
    const thrown = withText(failureDetails[index], messages[index])
    return describeError(thrown, { place, ...hookOf(thrown), ...(attempt === undefined ? {} : { attempt }) })
  })
}

/** The error of a file as such: it could not be loaded, or something failed beside the tests that it has. */
export function fileErrors(result: JestFileResult, place: Place, hasTests: boolean): ErrorInfo[] {
  const thrown = result.testExecError
  if (thrown === undefined || thrown === null) return []
  const error = withText(thrown, result.failureMessage ?? undefined)
  if (!hasTests) return [describeError(error, { place, kind: 'load' })]
  const hook = hookOf(error)
  // Circus keeps the errors of `afterAll` and of nobody in one place.
  const context: ErrorContext =
    hook.kind === 'hook' ? { place, kind: 'hook', hook: hook.hook ?? 'afterAll' } : { place, kind: 'unhandled' }
  return [describeError(error, context)]
}

// A frame of Circus tells hooks from tests; the time-out of a hook is made where the hook was declared.
function hookOf(thrown: unknown): { kind?: 'hook'; hook?: string } {
  const stack = readText(thrown, 'stack') ?? ''
  const message = readText(thrown, 'message') ?? ''
  const declared = /\bat (?:Object\.)?(beforeAll|beforeEach|afterEach|afterAll) \(/.exec(stack)?.[1]
  if (/Exceeded timeout of \d+ ms for a hook/.test(message)) {
    return { kind: 'hook', ...(declared === undefined ? {} : { hook: declared }) }
  }
  return /\bat _callCircusHook \(/.test(stack) ? { kind: 'hook' } : {}
}

/** What describes the error best: a copy with a stack, else the text with what the copy has more. */
function withText(detail: unknown, text: string | undefined): unknown {
  if (readText(detail, 'stack') !== undefined) return unwrap(detail)
  if (text === undefined) return detail
  // Copies lose their stack on Node 21 and later, and everything but plain fields on the way from a worker.
  const parsed = parseFailure(text)
  const cause = parsed.cause ?? readField(detail, 'cause')
  const errors = parsed.errors ?? readField(detail, 'errors')
  return { ...parsed, cause, errors, matcherResult: readField(detail, 'matcherResult') }
}

// 30 wraps what was no error, and time-outs, in one more error of its own; the inner one knows the place.
function unwrap(error: unknown): unknown {
  const cause = readField(error, 'cause')
  const message = readText(error, 'message')
  const inner = readText(cause, 'message')
  if (!message?.startsWith('thrown: ') || readText(cause, 'stack') === undefined) return error
  return inner === undefined || inner === message ? { message, stack: readText(cause, 'stack') } : error
}
