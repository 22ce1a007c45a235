/**
 * Whether, and when, to submit again.
 *
 * Pure: time comes in and goes out as numbers; the waiting is done by the caller.
 *
 * @module
 */

/** Statuses that a second attempt can cure. */
const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 60_000

/** Whether an attempt that ended with this status is worth another one. */
export function isRetryableStatus(status: number): boolean {
  return RETRYABLE_STATUSES.has(status)
}

/**
 * The wait of our own choosing: 1, 2, 4 s and so on, at most a minute.
 *
 * @param failures how many attempts have failed, from 1
 */
export function backoffMs(failures: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), LONGEST_WAIT_MS)
}

/**
 * How long the server asks us to wait.
 *
 * @param header `Retry-After` as received: whole seconds, or an HTTP-date (RFC 9110 §10.2.3)
 * @param nowMs milliseconds since the epoch: the server's own time (`httpDateMs` of its `Date`) where it says it
 * @returns milliseconds, 0 or more; `undefined` when there is no header, or an unusable one
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  const value = header?.trim() ?? ''
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000
  const dateMs = httpDateMs(value)
  return dateMs === undefined ? undefined : Math.max(0, dateMs - nowMs)
}

/**
 * An HTTP-date (RFC 9110 §5.6.7) in milliseconds since the epoch.
 *
 * @returns `undefined` for anything else
 */
export function httpDateMs(text: string | undefined): number | undefined {
  if (text === undefined || !HTTP_DATE.test(text)) return undefined
  // The asctime form is in GMT without saying so.
  const ms = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`)
  return Number.isNaN(ms) ? undefined : ms
}

/** The preferred form of RFC 9110 §5.6.7, and the two obsolete ones that a recipient must accept. */
const HTTP_DATE =
  /^(?:[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT|[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})$/
