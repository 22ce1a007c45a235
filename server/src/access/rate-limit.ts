/**
 * The rate limit of submissions. Counted in the database, so that all instances share the counters.
 *
 * A window begins with the first submission after the last one ended.
 *
 * @module
 */
import type { Database } from '../database/schema.js'
import { HttpError } from '../http-error.js'
import type { Principal } from './principal.js'

/** State of a counter. */
export interface RateState {
  readonly limit: number
  readonly remaining: number
  /** Milliseconds since the epoch. */
  readonly resetsAtMs: number
}

const WINDOW_MS = 60_000
/** Bucket of all clients without a valid key. */
const ANONYMOUS = 'anonymous'

/** The result of counting several submissions. */
export interface Counted {
  /** How many of them are within the limit: the first ones. */
  readonly allowed: number
  readonly state: RateState
}

/**
 * Counts one submission.
 *
 * @param principal undefined for a client without a valid key; a program on this machine is not counted
 * @param limit submissions per minute; 0 for no limit
 * @returns undefined when the submission is not counted
 * @throws {HttpError} 429, with the exact number of seconds until the next window
 */
export async function countSubmission(
  database: Database,
  principal: Principal | undefined,
  limit: number,
  nowMs: number,
): Promise<RateState | undefined> {
  const counted = await countSubmissions(database, principal, limit, 1, nowMs)
  if (counted?.allowed === 0) throw rateExceeded(counted.state, nowMs)
  return counted?.state
}

/**
 * Counts several submissions of one client at once.
 *
 * @param count at least 1
 * @returns undefined when they are not counted
 */
export async function countSubmissions(
  database: Database,
  principal: Principal | undefined,
  limit: number,
  count: number,
  nowMs: number,
): Promise<Counted | undefined> {
  if (limit === 0 || principal?.keyId === null) return undefined
  const bucket = principal === undefined ? ANONYMOUS : `key:${principal.keyId}`
  const row = await database
    .insertInto('rate_windows')
    .values({ bucket, count, resets_at: nowMs + WINDOW_MS })
    .onConflict((conflict) =>
      conflict.column('bucket').doUpdateSet((row) => {
        const isOver = row('rate_windows.resets_at', '<=', nowMs)
        return {
          count: row
            .case()
            .when(isOver)
            .then(count)
            .else(row('rate_windows.count', '+', count))
            .end(),
          resets_at: row
            .case()
            .when(isOver)
            .then(nowMs + WINDOW_MS)
            .else(row.ref('rate_windows.resets_at'))
            .end(),
        }
      }),
    )
    .returning(['count', 'resets_at'])
    .executeTakeFirstOrThrow()
  const before = row.count - count
  return {
    allowed: Math.max(0, Math.min(count, limit - before)),
    state: { limit, remaining: Math.max(0, limit - row.count), resetsAtMs: row.resets_at },
  }
}

/** The counter as headers (published API, 429). */
export function rateHeaders({ limit, remaining, resetsAtMs }: RateState): Record<string, string> {
  return {
    'X-RateLimit-Limit': String(limit),
    'X-RateLimit-Remaining': String(remaining),
    'X-RateLimit-Reset': String(Math.ceil(resetsAtMs / 1_000)),
  }
}

/** The error of a submission over the limit. */
export function rateExceeded(state: RateState, nowMs: number): HttpError {
  const seconds = Math.max(1, Math.ceil((state.resetsAtMs - nowMs) / 1_000))
  return new HttpError(429, 'Rate limit exceeded', {
    headers: { 'Retry-After': String(seconds), ...rateHeaders(state) },
    details: { message: `Limit of ${state.limit} submissions a minute exceeded`, retry_after: seconds },
    suggestions: [
      `Wait ${seconds} seconds before retrying`,
      'Reduce submission frequency in CI/CD pipeline',
      'Contact administrator to increase rate limits',
    ],
  })
}
