/**
 * Whether and when to retry a submission.
 *
 * Pure: callers pass the current time and do the waiting.
 *
 * @module
 */

/** HTTP statuses worth retrying. */
const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

/** The delays that p-retry waits: 1, 2, 4 s and so on, at most a minute. Options of p-retry, in milliseconds. */
export const BACKOFF = { minTimeout: 1_000, factor: 2, maxTimeout: 60_000 } as const

/** Whether a response with this status is worth a retry. */
export function isRetryableStatus(status: number): boolean {
  return RETRYABLE_STATUSES.has(status)
}

/**
 * The delay that p-retry waits with `BACKOFF`.
 *
 * @param retries how many retries have used one of these delays
 */
export function backoffMs(retries: number): number {
  return Math.min(BACKOFF.minTimeout * BACKOFF.factor ** retries, BACKOFF.maxTimeout)
}

/**
 * Parses `Retry-After` (RFC 9110 §10.2.3).
 *
 * @param header delay in whole seconds, or an HTTP date
 * @param nowMs milliseconds since the epoch, by the server's clock (its `Date` header) where it is known
 * @returns milliseconds to wait, 0 or more; `undefined` if the header is absent or malformed
 */
export function parseRetryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  const value = header?.trim() ?? ''
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000
  const dateMs = parseHttpDateMs(value)
  return dateMs === undefined ? undefined : Math.max(0, dateMs - nowMs)
}

/** The preferred form of RFC 9110 §5.6.7, and the two obsolete forms that a recipient must accept. */
const HTTP_DATE =
  /^(?:[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT|[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})$/

/**
 * Parses an HTTP date (RFC 9110 §5.6.7).
 *
 * @returns milliseconds since the epoch; `undefined` for anything else
 */
export function parseHttpDateMs(text: string | undefined): number | undefined {
  if (text === undefined || !HTTP_DATE.test(text)) return undefined
  // The asctime form is in GMT without saying so.
  const ms = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`)
  return Number.isNaN(ms) ? undefined : ms
}
