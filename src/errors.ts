/**
 * What can go wrong, with a code that programs can rely on.
 *
 * Codes and numbers are the ones of the Jux family; names are stable, messages are not.
 *
 * @module
 */
import type { Reason } from './reasons.js'
import { createPaint, type Paint } from './terminal.js'

/**
 * Every error code with its number: 1xx files, 2xx keys, 3xx XML, 4xx configuration, 5xx store, 6xx server, 9xx others.
 *
 * docs/errors.md is made from this table and its comments: what the code means, then what to do.
 */
export const ERROR_NUMBERS = {
  /** A file that was named does not exist. Check the path. */
  FILE_NOT_FOUND: 101,
  /** A file may not be read or written. Check its owner and mode (`ls -l`). */
  FILE_PERMISSION_DENIED: 102,
  /** What would be written is there already, and is not overwritten. Choose another path, or remove the file yourself. */
  FILE_ALREADY_EXISTS: 103,
  /** A folder that was named does not exist. Check the path, or make the folder. */
  DIRECTORY_NOT_FOUND: 104,
  /** There is no key at the path. `jux keygen --output FILE` makes one; else correct `keyPath` (`JUX_KEY_PATH`). */
  KEY_NOT_FOUND: 201,
  /** The key cannot be used. Give a private key in PEM format: RSA from 2048 bits, or ECDSA on P-256, P-384 or P-521. */
  KEY_INVALID_FORMAT: 202,
  /** The key may not be read, or others may read it too. `chmod 600 FILE`; `allowReadableKey` where modes cannot be set. */
  KEY_PERMISSION_DENIED: 203,
  /** There is no certificate at the path. `jux keygen --cert` makes one with the key; else correct the path. */
  CERT_NOT_FOUND: 211,
  /** The certificate cannot be used, or belongs to another key. Give the certificate of this key in PEM format. */
  CERT_INVALID_FORMAT: 212,
  /** The certificate has expired or is not valid yet. Renew it; to judge an old report, `jux verify --at TIME`. */
  CERT_EXPIRED: 213,
  /** The document is not XML that may be read. The message says where: line, column, byte. */
  XML_PARSE_ERROR: 301,
  /** The document is XML, and not a report that this can be done with. Check that it is JUnit XML. */
  XML_INVALID_STRUCTURE: 302,
  /** The report is not signed. `jux sign` signs it, if you know where it comes from. */
  XML_SIGNATURE_MISSING: 303,
  /** The signature does not hold, or nobody trusted made it. Do not believe the report; ask who gave it to you. */
  XML_SIGNATURE_INVALID: 304,
  /** A configuration file that was named does not exist. Correct the path, or `jux config init` to write one. */
  CONFIG_NOT_FOUND: 401,
  /** A configuration file cannot be read. The message says which line. */
  CONFIG_INVALID_SYNTAX: 402,
  /** A setting has a bad value, or there is none of that name. The message says where it stands and what is accepted. */
  CONFIG_INVALID_VALUE: 403,
  /** A setting needs another one. Set that one too, or remove the first. */
  CONFIG_MISSING_REQUIRED: 404,
  /** A folder of the store is gone. Check `storagePath`. */
  STORAGE_NOT_FOUND: 501,
  /** The store cannot be written. Set `storagePath` (`JUX_STORAGE_PATH`) to a folder that can. */
  STORAGE_PERMISSION_DENIED: 502,
  /** There is no room for the report. `jux cache clean --days 30`, or another `storagePath`. */
  STORAGE_FULL: 503,
  /** Writing to the store failed for another reason, which the message gives. */
  STORAGE_WRITE_ERROR: 504,
  /** The store has no report of that hash. `jux cache list` shows those that it has. */
  REPORT_NOT_FOUND: 511,
  /** The queue has no report of that hash. `jux cache list --queue` shows those that wait. */
  REPORT_QUEUED_NOT_FOUND: 512,
  /** The server cannot be reached. Check `apiUrl`, the network, and the proxy. */
  API_CONNECTION_ERROR: 601,
  /** The server does not let us in. Check `JUX_API_KEY` or `JUX_BEARER_TOKEN`. */
  API_AUTHENTICATION_ERROR: 602,
  /** The server does not take the report. The message holds what it said. */
  API_SERVER_ERROR: 603,
  /** The server did not answer in time. Raise `apiTimeout`, or use `storageMode: cache` and publish later. */
  API_TIMEOUT: 604,
  /** What answers is no Jux server. Check `apiUrl`, and what stands in between. */
  API_INVALID_RESPONSE: 605,
  /** A command was given something that it cannot use. The message says what is accepted. */
  INVALID_ARGUMENT: 901,
  /** What was asked for could not be done. The message says why. */
  OPERATION_FAILED: 902,
  /** Something failed that nobody foresaw. `JUX_DEBUG=1` shows where; please report it. */
  UNEXPECTED_ERROR: 999,
} as const

/** Name of an error, as printed and as found in JSON output. */
export type ErrorCode = keyof typeof ERROR_NUMBERS

/** What an error is made of, beside its code. */
export interface ErrorParts {
  /** Lower-case sentence: what failed, on which thing. */
  readonly message: string
  /** Things a reader can paste or do, most likely cure first. */
  readonly suggestions?: readonly string[] | undefined
  /** Finer, stable reason within one code, for programs. */
  readonly reason?: Reason | undefined
  /** The error underneath. */
  readonly cause?: unknown
}

/** The one error type that leaves this package. */
export class JuxError extends Error {
  override readonly name = 'JuxError'
  readonly code: ErrorCode
  readonly suggestions: readonly string[]
  readonly reason: Reason | undefined

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
  readonly debug?: boolean | undefined
  /** Colours for the labels. */
  readonly paint?: Pick<Paint, 'bad' | 'faint'> | undefined
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

/** A path as one word of a POSIX shell, for suggestions that can be pasted. */
export function shellWord(path: string): string {
  return /^[\w./:@%+,=~-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}
