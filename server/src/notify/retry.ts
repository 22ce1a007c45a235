/**
 * Decides whether and when a delivery is tried again. Pure.
 *
 * @module
 */

/** A delivery is given up after this time. */
export const GIVE_UP_MS = 86_400_000
const FIRST_DELAY_MS = 5_000
const MAX_DELAY_MS = 3_600_000

/** Statuses that a further attempt does not change: the address or the message is wrong. */
const FINAL_STATUSES: ReadonlySet<number> = new Set([400, 404, 405, 406, 410, 411, 413, 414, 415, 422, 501])

/** Whether an attempt that ended with this status can succeed later. Redirects are not followed, so they cannot. */
export function canRetry(status: number): boolean {
  return !(status >= 300 && status < 400) && !FINAL_STATUSES.has(status)
}

/**
 * Returns how long to wait before the next attempt: exponential with jitter, or as the receiver asks, within bounds.
 *
 * @param attempts number of failed attempts, from 1
 * @param random 0 to 1
 */
export function retryDelayMs(attempts: number, retryAfterMs: number | undefined, random: number): number {
  const exponential = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempts - 1, 20))
  const own = exponential * (0.5 + random / 2)
  return Math.round(Math.min(MAX_DELAY_MS, Math.max(own, retryAfterMs ?? 0)))
}

/**
 * Returns how long the receiver asks to wait: `Retry-After`, or the end of GitHub's rate limit when it is exhausted.
 *
 * @returns milliseconds to wait; undefined if the receiver asks for nothing
 */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const asked = parseRetryAfterMs(headers.get('retry-after'), nowMs)
  if (asked !== undefined || headers.get('x-ratelimit-remaining') !== '0') return asked
  const resetSeconds = headers.get('x-ratelimit-reset') ?? ''
  return /^\d{1,11}$/.test(resetSeconds) ? Math.max(0, Number(resetSeconds) * 1_000 - nowMs) : undefined
}

/**
 * Parses `Retry-After` (RFC 9110, section 10.2.3).
 *
 * @returns milliseconds to wait; undefined if the header is missing or malformed
 */
export function parseRetryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1_000
  const atMs = Date.parse(header)
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs)
}
