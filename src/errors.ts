/**
 * What can go wrong, with a code that programs can rely on.
 *
 * Codes and numbers are the ones of the Jux family; names are stable, messages are not.
 *
 * @module
 */

import { createPaint, type Paint } from './terminal.js'

/** Every error code with its number: 1xx files, 2xx keys, 3xx XML, 4xx configuration, 5xx store, 6xx server, 9xx others. */
export const ERROR_NUMBERS = {
  FILE_NOT_FOUND: 101,
  FILE_PERMISSION_DENIED: 102,
  FILE_ALREADY_EXISTS: 103,
  DIRECTORY_NOT_FOUND: 104,
  KEY_NOT_FOUND: 201,
  KEY_INVALID_FORMAT: 202,
  KEY_PERMISSION_DENIED: 203,
  CERT_NOT_FOUND: 211,
  CERT_INVALID_FORMAT: 212,
  CERT_EXPIRED: 213,
  XML_PARSE_ERROR: 301,
  XML_INVALID_STRUCTURE: 302,
  XML_SIGNATURE_MISSING: 303,
  XML_SIGNATURE_INVALID: 304,
  CONFIG_NOT_FOUND: 401,
  CONFIG_INVALID_SYNTAX: 402,
  CONFIG_INVALID_VALUE: 403,
  CONFIG_MISSING_REQUIRED: 404,
  STORAGE_NOT_FOUND: 501,
  STORAGE_PERMISSION_DENIED: 502,
  STORAGE_FULL: 503,
  STORAGE_WRITE_ERROR: 504,
  REPORT_NOT_FOUND: 511,
  REPORT_QUEUED_NOT_FOUND: 512,
  API_CONNECTION_ERROR: 601,
  API_AUTHENTICATION_ERROR: 602,
  API_SERVER_ERROR: 603,
  API_TIMEOUT: 604,
  API_INVALID_RESPONSE: 605,
  INVALID_ARGUMENT: 901,
  OPERATION_FAILED: 902,
  UNEXPECTED_ERROR: 999,
} as const

/** Name of an error, as printed and as found in JSON output. */
export type ErrorCode = keyof typeof ERROR_NUMBERS

/** What an error is made of, beside its code. */
export interface ErrorParts {
  /** Lower-case sentence: what failed, on which thing. */
  readonly message: string
  /** Things a reader can paste or do, most likely cure first. */
  readonly suggestions?: readonly string[]
  /** Finer, stable reason within one code, for programs (kebab-case). */
  readonly reason?: string
  /** The error underneath. */
  readonly cause?: unknown
}

/** The one error type that leaves this package. */
export class JuxError extends Error {
  override readonly name = 'JuxError'
  readonly code: ErrorCode
  readonly suggestions: readonly string[]
  readonly reason: string | undefined

  constructor(code: ErrorCode, parts: ErrorParts) {
    super(parts.message, parts.cause === undefined ? undefined : { cause: parts.cause })
    this.code = code
    this.suggestions = parts.suggestions ?? []
    this.reason = parts.reason
  }

  /** The number that belongs to the code. */
  get number(): number {
    return ERROR_NUMBERS[this.code]
  }
}

/** The errno name (`ENOENT`, `EACCES` …) of a system error, if it is one. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** A value somebody threw, as text for a sentence. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message
  try {
    return String(thrown)
  } catch {
    // A value whose conversion throws (a Proxy, an object without a prototype) still needs a name.
    return 'a value without a text form'
  }
}

/** Whatever was thrown, as a `JuxError`: ours unchanged, anything else as `UNEXPECTED_ERROR`. */
export function toJuxError(thrown: unknown): JuxError {
  if (thrown instanceof JuxError) return thrown
  return new JuxError('UNEXPECTED_ERROR', {
    message: `unexpected error: ${messageOf(thrown)}`,
    suggestions: ['set JUX_DEBUG=1 to see where it came from'],
    cause: thrown,
  })
}

/** How an error is shown. */
export interface ErrorFormat {
  /** Appends the stack of the error and of its causes. */
  readonly debug?: boolean
  /** Colours for the labels. */
  readonly paint?: Pick<Paint, 'bad' | 'faint'>
}

/**
 * The block that a person reads, for the terminal and for a runner's output alike.
 *
 * @returns lines joined by LF, with a final LF
 */
export function formatError(error: JuxError, { debug = false, paint = createPaint(false) }: ErrorFormat = {}): string {
  const number = `${error.code} (${error.number})${error.reason === undefined ? '' : ` ${error.reason}`}`
  const lines = [
    `${paint.bad('error')}  ${printable(error.message)}`,
    ...error.suggestions.map((text, index) => `${index === 0 ? paint.faint('  try') : '     '}  ${printable(text)}`),
    `${paint.faint(' code')}  ${printable(number)}`,
    ...(debug ? stacks(error).map(printable) : []),
  ]
  return `${lines.join('\n')}\n`
}

function stacks(error: Error): string[] {
  const found: string[] = []
  for (let cause: unknown = error; cause instanceof Error && found.length < MAX_CAUSES; cause = cause.cause) {
    found.push(cause.stack ?? cause.message)
  }
  return found
}

const MAX_CAUSES = 8

/** Text that does not steer the reader's terminal, whatever is in it: control and direction characters as `\\uXXXX`, LF kept. */
export function printable(line: string): string {
  return line.replace(
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
