/**
 * How several reports are sent in one request.
 *
 * @module
 */

/** Reports in one request: more of them save little time, and all wait for the slowest. */
export const MAX_BATCH_REPORTS = 100
/** Bytes of the reports in one request. A slow link sends them within the timeout, which is for one request. */
export const MAX_BATCH_BYTES = 1_048_576
/** What is read of an answer, for each report: more than a result with its receipt needs. */
export const MAX_RESULT_BYTES = 16_384

/** Failures of a batch as a whole that single requests would have, too. */
export const SHARED_FAILURES: ReadonlySet<string> = new Set([
  'connection-refused',
  'connect-timeout',
  'deadline',
  'http-429',
  'http-503',
  'name-not-found',
  'proxy',
  'tls',
  'unreachable',
])
