/**
 * A failed attempt to submit: an error that also says whether another attempt is worth it.
 *
 * @module
 */
import { type ErrorCode, type ErrorParts, JuxError } from '../errors.js'

/** What an attempt failed of. */
export class SubmitFailure extends JuxError {
  readonly retry: boolean
  /** How long the server asked us to wait. */
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, parts: ErrorParts & { retry: boolean; retryAfterMs?: number | undefined }) {
    super(code, parts)
    this.retry = parts.retry
    this.retryAfterMs = parts.retryAfterMs
  }
}

/** The time for one request is over. */
export class TimeUpError extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`)
  }
}

/** What the words about a failure need to know. */
export interface Attempted {
  readonly url: URL
  /** Variable that names the proxy, if one was used. */
  readonly proxyVariable?: string | undefined
  readonly timeoutMs: number
  /** Whether the total deadline, and not the timeout of a request, set that time. */
  readonly byDeadline: boolean
}
