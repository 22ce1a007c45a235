/**
 * The error type of this package, its stable codes, and its text form.
 *
 * The Jux tools share the codes and numbers. Programs can rely on the codes; the messages may change.
 *
 * @module
 */
import type { Reason } from './reasons.js'
import { shellLine, shellWord } from './shell.js'
import { sourceStack } from './stack.js'
import { createPaint, printable } from './terminal.js'

export { printable, shellWord }

/**
 * Every error code with its number: 1xx files, 2xx keys, 3xx XML, 4xx configuration, 5xx store, 6xx server, 9xx others.
 *
 * docs/errors.md is generated from this table and its comments: first what the code means, then what to do.
 */
export const ERROR_NUMBERS = {
  /** The file does not exist. Check the path. */
  FILE_NOT_FOUND: 101,
  /** No permission to read or write the file. Check its owner and mode (`ls -l`). */
  FILE_PERMISSION_DENIED: 102,
  /** The file exists and is not overwritten. Choose another path, or delete the file yourself. */
  FILE_ALREADY_EXISTS: 103,
  /** The folder does not exist. Check the path, or create the folder. */
  DIRECTORY_NOT_FOUND: 104,
  /** No key at the path. Create one with `jux keygen --output FILE`, or correct `keyPath` (`JUX_KEY_PATH`). */
  KEY_NOT_FOUND: 201,
  /**
   * The key cannot be used. Use a private key in PEM format: RSA with at least 2048 bits, or ECDSA on P-256, P-384 or
   * P-521.
   */
  KEY_INVALID_FORMAT: 202,
  /**
   * No permission to read the key, or other users can read it too. Run `chmod 600 FILE`; set `allowReadableKey` where
   * modes cannot be set.
   */
  KEY_PERMISSION_DENIED: 203,
  /** No certificate at the path. Create one with the key by `jux keygen --cert`, or correct the path. */
  CERT_NOT_FOUND: 211,
  /** The certificate cannot be used, or belongs to another key. Use the certificate of this key, in PEM format. */
  CERT_INVALID_FORMAT: 212,
  /** The certificate has expired or is not valid yet. Renew it; to verify an old report, use `jux verify --at TIME`. */
  CERT_EXPIRED: 213,
  /** The document is not well-formed XML, or uses XML that is not accepted. The message gives line, column and byte. */
  XML_PARSE_ERROR: 301,
  /** The document is XML, but not a report this command can handle. Check that it is JUnit XML. */
  XML_INVALID_STRUCTURE: 302,
  /** The report is not signed. If you know where it comes from, sign it with `jux sign`. */
  XML_SIGNATURE_MISSING: 303,
  /**
   * The signature is not valid, or the signer is not trusted. Do not use the report; ask the person who gave it to you.
   */
  XML_SIGNATURE_INVALID: 304,
  /** The file is not an attestation that this command can read. Check that it is a DSSE envelope or a Sigstore bundle. */
  ATTESTATION_INVALID: 311,
  /** The signature of the attestation is not valid, or its signer is not trusted. Do not rely on it. */
  ATTESTATION_SIGNATURE_INVALID: 312,
  /** The time stamp is not valid, its authority is not trusted, or there is none. The message says why. */
  TIMESTAMP_INVALID: 313,
  /** The reports do not belong together as parts of one run. The message names them and says why. */
  MERGE_REFUSED: 321,
  /** The configuration file does not exist. Correct the path, or create the file with `jux config init`. */
  CONFIG_NOT_FOUND: 401,
  /** The configuration file has a syntax error. The message gives the line. */
  CONFIG_INVALID_SYNTAX: 402,
  /**
   * A setting has an invalid value, or no setting has that name. The message says where it is set and what is accepted.
   */
  CONFIG_INVALID_VALUE: 403,
  /** A setting needs another setting. Set that one too, or remove the first. */
  CONFIG_MISSING_REQUIRED: 404,
  /** The policy does not exist. Correct the path, or create a policy with `jux policy init`. */
  POLICY_NOT_FOUND: 411,
  /** The policy cannot be used. The message says which key is wrong, and what is accepted. */
  POLICY_INVALID: 412,
  /** A folder of the store does not exist. Check `storagePath`. */
  STORAGE_NOT_FOUND: 501,
  /** No permission to write to the store. Set `storagePath` (`JUX_STORAGE_PATH`) to a writable folder. */
  STORAGE_PERMISSION_DENIED: 502,
  /** No space is left for the report. Run `jux cache clean --days 30`, or set another `storagePath`. */
  STORAGE_FULL: 503,
  /** Writing to the store failed for another reason. The message gives the reason. */
  STORAGE_WRITE_ERROR: 504,
  /** The store has no report with that hash. `jux cache list` lists the reports in the store. */
  REPORT_NOT_FOUND: 511,
  /** The queue has no report with that hash. `jux cache list --queue` lists the reports in the queue. */
  REPORT_QUEUED_NOT_FOUND: 512,
  /** The server cannot be reached. Check `apiUrl`, the network and the proxy. */
  API_CONNECTION_ERROR: 601,
  /** The server rejects the credentials. Check `JUX_API_KEY` or `JUX_BEARER_TOKEN`. */
  API_AUTHENTICATION_ERROR: 602,
  /** The server does not accept the report. The message contains the error of the server. */
  API_SERVER_ERROR: 603,
  /** The server did not respond in time. Increase `apiTimeout`, or use `storageMode: cache` and publish later. */
  API_TIMEOUT: 604,
  /** The response does not look like a Jux server. Check `apiUrl`, and any proxy in between. */
  API_INVALID_RESPONSE: 605,
  /** An argument of the command is invalid. The message says what is accepted. */
  INVALID_ARGUMENT: 901,
  /** The operation failed. The message says why. */
  OPERATION_FAILED: 902,
  /** An unexpected failure. `JUX_DEBUG=1` shows where it happened; please report it. */
  UNEXPECTED_ERROR: 999,
} as const

/** Name of an error, as printed and as found in JSON output. */
export type ErrorCode = keyof typeof ERROR_NUMBERS

/** The parts of an error, besides its code. */
export interface ErrorParts {
  /** Lower-case sentence: what failed, on which thing. */
  readonly message: string
  /** Commands to paste or things to do, most likely cure first. */
  readonly suggestions?: readonly string[] | undefined
  /** Finer, stable reason within the code, for programs. */
  readonly reason?: Reason | undefined
  /** The original error. */
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
    this.suggestions = parts.suggestions?.map((line) => shellLine(line)) ?? []
    this.reason = parts.reason
  }

  /** The number that belongs to the code. */
  get number(): number {
    return ERROR_NUMBERS[this.code]
  }
}

/**
 * The errno name (`ENOENT`, `EACCES` …) of a system error, if it is one. What Deno's permissions refused has the name
 * that Node has for it.
 */
export function errnoOf(error: unknown): string | undefined {
  if (isRefusedByDeno(error)) return REFUSED
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** The name of an operation that permissions refused. */
const REFUSED = 'ERR_ACCESS_DENIED'

/** The flags of Node for what its permission model refuses, by the name in the error. */
const PERMISSION_FLAGS: Readonly<Record<string, string>> = {
  FileSystemRead: '--allow-fs-read',
  FileSystemWrite: '--allow-fs-write',
  ChildProcess: '--allow-child-process',
  WorkerThreads: '--allow-worker',
}

/** How Deno says what it refuses: `Requires read access to "/a", run again with the --allow-read flag`. */
const DENO_REFUSAL = /^Requires \w+ access(?: to "(.*)")?, run again with the (--allow-[a-z]+) flag/s

/** Whether the permissions of Node (`--permission`) or Deno refused an operation. */
export function isRefused(error: unknown): boolean {
  return errnoOf(error) === REFUSED
}

function isRefusedByDeno(error: unknown): error is Error {
  return error instanceof Error && error.name === 'NotCapable'
}

/** Completes the sentence `cannot read FILE: …` for an operation that was refused. */
export function refusalOf(error: unknown): string {
  return isRefusedByDeno(error) ? "Deno's permissions do not allow it" : "Node's permission model does not allow it"
}

/** The flag of Node or Deno that allows what was refused, if there is one. */
export function allowingFlag(error: unknown): string | undefined {
  if (isRefusedByDeno(error)) {
    const [, resource, flag] = DENO_REFUSAL.exec(error.message) ?? []
    // A program reads many variables.
    const isWhole = flag === undefined || resource === undefined || flag === '--allow-env'
    return isWhole ? flag : `${flag}=${shellWord(resource)}`
  }
  if (!isRefused(error) || !(error instanceof Error)) return undefined
  const flag = 'permission' in error ? PERMISSION_FLAGS[String(error.permission)] : undefined
  const resource = 'resource' in error && typeof error.resource === 'string' ? error.resource : ''
  return flag === undefined || resource === '' || !flag.includes('-fs-') ? flag : `${flag}=${shellWord(resource)}`
}

/** What to do about an operation that was refused; empty for any other error. */
export function allowingCures(error: unknown): readonly string[] {
  const flag = allowingFlag(error)
  return flag === undefined ? [] : [addFlags(error, flag)]
}

/** Tells to add flags to those of the runtime that refused an operation. */
export function addFlags(error: unknown, flags: string): string {
  return `add ${flags} to the flags of ${isRefusedByDeno(error) ? 'Deno' : 'Node'}`
}

/** The message of a thrown value, for use in a sentence. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message
  try {
    return String(thrown)
  } catch {
    // Converting a Proxy, or an object without a prototype, may throw.
    return 'a value without a text form'
  }
}

/**
 * Converts a thrown value to a `JuxError`: a `JuxError` stays unchanged, what the permissions of Node or Deno refused
 * becomes `FILE_PERMISSION_DENIED`, anything else `UNEXPECTED_ERROR`.
 */
export function toJuxError(thrown: unknown): JuxError {
  if (thrown instanceof JuxError) return thrown
  if (isRefused(thrown)) return refusal(thrown)
  return new JuxError('UNEXPECTED_ERROR', {
    message: `unexpected error: ${messageOf(thrown)}`,
    suggestions: ['set JUX_DEBUG=1 to see where it came from'],
    cause: thrown,
  })
}

function refusal(cause: unknown): JuxError {
  return new JuxError('FILE_PERMISSION_DENIED', {
    message: isRefusedByDeno(cause)
      ? `Deno's permissions do not allow this: ${cause.message.replace(/, run again with .*/s, '')}`
      : `Node's permission model does not allow this: ${messageOf(cause)}`,
    suggestions: allowingCures(cause),
    cause,
  })
}

/** Options of `formatError`. */
export interface ErrorFormat {
  /** Appends the stack of the error and of its causes. */
  readonly debug?: boolean | undefined
  /** Colors the labels with ANSI sequences. Default: no. */
  readonly color?: boolean | undefined
}

/**
 * Formats an error for people, in a terminal or in a runner's output.
 *
 * @returns lines joined by LF, with a final LF
 */
export function formatError(error: JuxError, { debug = false, color = false }: ErrorFormat = {}): string {
  const paint = createPaint(color)
  const number = `${error.code} (${error.number})${error.reason === undefined ? '' : ` ${error.reason}`}`
  const lines = [
    `${paint.bad('error')}  ${printable(error.message)}`,
    ...error.suggestions.map((text, index) => `${index === 0 ? paint.faint('  try') : '     '}  ${printable(text)}`),
    `${paint.faint(' code')}  ${printable(number)}`,
    ...(debug ? collectStacks(error).map(printable) : []),
  ]
  return `${lines.join('\n')}\n`
}

function collectStacks(error: Error): string[] {
  const stacks: string[] = []
  for (let cause: unknown = error; cause instanceof Error && stacks.length < MAX_CAUSES; cause = cause.cause) {
    stacks.push(cause.stack === undefined ? cause.message : sourceStack(cause.stack))
  }
  return stacks
}

const MAX_CAUSES = 8
