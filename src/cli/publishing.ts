/**
 * Publishing stored reports: one file, or everything that waits in the queue.
 *
 * @module
 */
import { JuxError, toJuxError } from '../errors.js'
import { type ReadReport, readReport } from '../report/read.js'
import { isDamaged, readIntact } from '../store/integrity.js'
import type { Claim, ReportQueue } from '../store/queue.js'
import type { StoredReport } from '../store/reports.js'
import type { SubmitReceipt } from '../submit/client.js'
import { type Submission, utf8Of } from '../submit/request.js'

/** What became of one report. */
export interface Outcome {
  /** The content hash that it is stored under, or the file's path. */
  readonly subject: string
  readonly receipt?: SubmitReceipt | undefined
  readonly error?: JuxError | undefined
}

/** Sends a report: a client's `submit`, or the preview of a dry run. */
export type Send<T> = (report: Submission) => Promise<T>

/** How a queue is drained. */
export interface DrainOptions {
  /** Reports sent at once. */
  readonly concurrency: number
  /** Called after each report. */
  readonly onOutcome: (outcome: Outcome) => void
}

/** So many failures in a row that are the server's end it: the rest would fail the same way. */
const PATIENCE = 10

/** Failures that say something about one report, not about the server. */
const OF_THE_REPORT: ReadonlySet<string> = new Set([
  'http-400',
  'http-413',
  'http-415',
  'http-422',
  'http-500',
  'unknown-shape',
  'encoding',
])

/**
 * A file's report, ready to be sent.
 *
 * @param name the file's own name: `<hash>.xml` is held against the content
 * @throws {JuxError} `XML_*` when it is no report, or is damaged
 */
export function readSubmission(bytes: Uint8Array, name: string): Submission {
  const text = utf8Of(bytes)
  const hash = /^([0-9a-f]{64})\.xml$/.exec(name)?.[1]
  return submissionOf(bytes, hash === undefined ? readReport(text) : readIntact(text, hash))
}

/**
 * Submits everything in the queue, oldest first, together with any other process that does the same.
 *
 * Reports that a dead process left claimed are taken up, at the start and again at the end. A failure leaves its report queued and does not
 * stop the others; a damaged report of ours is put into quarantine.
 */
export async function drainQueue(queue: ReportQueue, send: Send<SubmitReceipt>, options: DrainOptions): Promise<void> {
  const seen = new Set<string>()
  let serverFailures = 0
  for (;;) {
    queue.recover()
    const batch = queue.list().filter(({ hash }) => !seen.has(hash))
    if (batch.length === 0) return
    for (const { hash } of batch) seen.add(hash)
    const waiting = batch.values()
    await Promise.all(Array.from({ length: options.concurrency }, () => work(waiting)))
  }

  // Several of these take from one iterator.
  async function work(waiting: Iterable<StoredReport>): Promise<void> {
    for (const { hash } of waiting) {
      if (serverFailures >= PATIENCE) {
        options.onOutcome({ subject: hash, error: notTried() })
        continue
      }
      const outcome = await publishEntry(queue, hash, send)
      if (outcome === undefined) continue
      serverFailures = isServerFailure(outcome.error) ? serverFailures + 1 : 0
      options.onOutcome(outcome)
    }
  }
}

async function publishEntry(queue: ReportQueue, hash: string, send: Send<SubmitReceipt>): Promise<Outcome | undefined> {
  let claim: Claim | undefined
  try {
    claim = queue.claim(hash)
    // Another process has it in hand.
    if (claim === undefined) return undefined
    const receipt = await send(readEntry(claim.read(), hash))
    claim.complete()
    return { subject: hash, receipt }
  } catch (error) {
    return { subject: hash, error: putAway(claim, toJuxError(error)) }
  }
}

/** A queued report, ready to be sent under the hash that it is queued under. */
export function readEntry(bytes: Uint8Array, hash: string): Submission {
  return { ...submissionOf(bytes, readIntact(utf8Of(bytes), hash)), contentHash: hash }
}

function submissionOf(bytes: Uint8Array, { summary, contentHash }: ReadReport): Submission {
  const { properties, tests, failures, errors, skipped } = summary
  return { bytes, contentHash, properties, counts: { tests, failures, errors, skipped } }
}

function putAway(claim: Claim | undefined, error: JuxError): JuxError {
  try {
    if (!isDamaged(error)) {
      claim?.release()
      return error
    }
    const path = claim?.quarantine()
    return new JuxError(error.code, {
      message: `${error.message}, and is now in quarantine: ${path}`,
      suggestions: error.suggestions,
      reason: error.reason,
      cause: error,
    })
  } catch {
    // It stays claimed, and is put back when this process has ended; the first error is the one to tell.
    return error
  }
}

function isServerFailure(error: JuxError | undefined): boolean {
  return error?.code.startsWith('API_') === true && !OF_THE_REPORT.has(error.reason ?? '')
}

function notTried(): JuxError {
  return new JuxError('OPERATION_FAILED', {
    message: `not tried: the server failed ${PATIENCE} times in a row`,
    suggestions: ['jux publish --queue, when the server is back'],
    reason: 'not-tried',
  })
}
