/**
 * Publishes stored reports: one file, or all reports in the queue.
 *
 * @module
 */
import { JuxError, toJuxError } from '../errors.js'
import { readReport } from '../report/read.js'
import { isDamaged, readIntact } from '../store/integrity.js'
import type { Claim, ReportQueue } from '../store/queue.js'
import type { StoredReport } from '../store/reports.js'
import type { SubmitReceipt } from '../submit/client.js'
import { type Submission, toSubmission, utf8Of } from '../submit/request.js'

/** The outcome for one report. */
export interface Outcome {
  /** Content hash of the stored report, or path of the file. */
  readonly subject: string
  readonly receipt?: SubmitReceipt | undefined
  readonly error?: JuxError | undefined
}

/** Sends a report. */
export type Send<T> = (report: Submission) => Promise<T>

/** Options of `drainQueue`. */
export interface DrainOptions {
  /** Reports sent at the same time. */
  readonly concurrency: number
  /** The server of a report: failures of one server do not count for another. */
  readonly serverOf?: ((hash: string) => string) | undefined
  /** The command line that sends what stays in the queue. */
  readonly again: string
  /** Called after each report. */
  readonly onOutcome: (outcome: Outcome) => void
}

/** After this many consecutive failures of the server the remaining reports are not sent: they would fail too. */
const MAX_SERVER_FAILURES = 10

/** Reasons that concern one report, not the server. */
const REPORT_REASONS: ReadonlySet<string> = new Set([
  'http-400',
  'http-413',
  'http-415',
  'http-422',
  'http-500',
  'unknown-shape',
  'encoding',
])

/**
 * Reads the report of a file for sending.
 *
 * @param name name of the file; if it is `<hash>.xml`, the content must have this hash
 * @throws {JuxError} `XML_*` if it is not a report, or is damaged
 */
export function readSubmission(bytes: Uint8Array, name: string): Submission {
  const text = utf8Of(bytes)
  const hash = /^([0-9a-f]{64})\.xml$/.exec(name)?.[1]
  return toSubmission(bytes, hash === undefined ? readReport(text) : readIntact(text, hash))
}

/**
 * Sends all reports in the queue, oldest first. Several processes may do this at the same time.
 *
 * Reports claimed by a process that ended are recovered, at the start and at the end. A report that cannot be sent
 * stays in the queue, and the others are still sent. A damaged report is moved to quarantine.
 */
export async function drainQueue(queue: ReportQueue, send: Send<SubmitReceipt>, options: DrainOptions): Promise<void> {
  const seen = new Set<string>()
  /** Failures in a row, by server. */
  const failures = new Map<string, number>()
  for (;;) {
    queue.recover()
    const batch = queue.list().filter(({ hash }) => !seen.has(hash))
    if (batch.length === 0) return
    for (const { hash } of batch) seen.add(hash)
    const pending = batch.values()
    await Promise.all(Array.from({ length: options.concurrency }, () => work(pending)))
  }

  // Several workers share one iterator.
  async function work(pending: Iterable<StoredReport>): Promise<void> {
    for (const { hash } of pending) {
      const server = options.serverOf?.(hash) ?? ''
      const before = failures.get(server) ?? 0
      if (before >= MAX_SERVER_FAILURES) {
        options.onOutcome({ subject: hash, error: notTried(options.again) })
        continue
      }
      const outcome = await publishEntry(queue, hash, send)
      if (outcome === undefined) continue
      failures.set(server, isServerFailure(outcome.error) ? (failures.get(server) ?? 0) + 1 : 0)
      options.onOutcome(outcome)
    }
  }
}

async function publishEntry(queue: ReportQueue, hash: string, send: Send<SubmitReceipt>): Promise<Outcome | undefined> {
  let claim: Claim | undefined
  try {
    claim = queue.claim(hash)
    // Another process is sending it.
    if (claim === undefined) return undefined
    const receipt = await send(readEntry(claim.read(), hash))
    claim.complete()
    return { subject: hash, receipt }
  } catch (error) {
    return { subject: hash, error: releaseClaim(claim, toJuxError(error)) }
  }
}

/** Reads a queued report for sending, under the hash it is queued with. */
export function readEntry(bytes: Uint8Array, hash: string): Submission {
  return { ...toSubmission(bytes, readIntact(utf8Of(bytes), hash)), contentHash: hash }
}

function releaseClaim(claim: Claim | undefined, error: JuxError): JuxError {
  try {
    if (!isDamaged(error)) {
      claim?.release()
      return claim === undefined ? error : stillQueued(error)
    }
    const path = claim?.quarantine()
    return new JuxError(error.code, {
      message: `${error.message}; it was moved to quarantine: ${path}`,
      suggestions: error.suggestions,
      reason: error.reason,
      cause: error,
    })
  } catch {
    // The report stays claimed, and is recovered after this process has ended. The first error is the one to report.
    return error
  }
}

function stillQueued(error: JuxError): JuxError {
  const { code, message, suggestions, reason } = error
  return new JuxError(code, { message: `${message}; the report is still queued`, suggestions, reason, cause: error })
}

function isServerFailure(error: JuxError | undefined): boolean {
  return error?.code.startsWith('API_') === true && !REPORT_REASONS.has(error.reason ?? '')
}

function notTried(again: string): JuxError {
  return new JuxError('OPERATION_FAILED', {
    message: `not sent: the server failed ${MAX_SERVER_FAILURES} times in a row`,
    suggestions: [again],
    reason: 'not-tried',
  })
}
