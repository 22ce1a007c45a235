/**
 * Publishes stored reports: one file, or all reports in the queue.
 *
 * @module
 */
import { JuxError, toJuxError } from '../errors.js'
import { keepReceipt } from '../kept-receipt.js'
import { type ReadReport, readReport } from '../report/read.js'
import { isDamaged, readIntact } from '../store/integrity.js'
import type { Claim, ReportQueue } from '../store/queue.js'
import type { StoredReport } from '../store/reports.js'
import type { Settled, SubmitReceipt } from '../submit/client.js'
import { utf8Of } from '../submit/encoding.js'
import { isLoopback } from '../submit/endpoints.js'
import { type Submission, toSubmission } from '../submit/request.js'
import type { BatchLimits } from '../submit/response.js'

/** The outcome for one report. */
export interface Outcome {
  /** Content hash of the stored report, or path of the file. */
  readonly subject: string
  readonly receipt?: SubmitReceipt | undefined
  readonly error?: JuxError | undefined
}

/**
 * Sends a report.
 *
 * @param spentMs how much of its time was used before
 */
export type Send<T> = (report: Submission, spentMs: number) => Promise<T>

/** Sends several reports in one request, if their server takes that. */
export interface Batches {
  /** Reports with the same key may go into one request; `undefined`: this one goes alone. */
  keyOf(hash: string): string | undefined
  /** The limits of the server of a report; `undefined` if it takes single reports only. */
  limitsOf(hash: string): Promise<BatchLimits | undefined>
  /** Returns the outcomes in the order of the reports; `undefined` for one that has to be sent alone. */
  send(reports: readonly Submission[]): Promise<readonly (Settled | undefined)[]>
}

/** Options of `drainQueue`. */
export interface DrainOptions {
  /** Reports sent at the same time. */
  readonly concurrency: number
  /** Absent: each report goes alone. */
  readonly batches?: Batches | undefined
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

/** How many reports are looked at to find those that go into one request. */
const LOOKAHEAD = 1_000

/** A report that is to be sent. */
interface Pending {
  readonly report: StoredReport
  /** Whether it cannot go into a request with others. */
  readonly isAlone: boolean
  readonly spentMs: number
}

/** A report to send, and what its reader found: nothing has to read it again. */
export interface ReadSubmission {
  readonly submission: Submission
  readonly read: ReadReport
}

/**
 * Reads the report of a file for sending.
 *
 * @param name name of the file; if it is `<hash>.xml`, the content must have this hash
 * @throws {JuxError} `XML_*` if it is not a report, or is damaged
 */
export function readSubmission(bytes: Uint8Array, name: string): ReadSubmission {
  const text = utf8Of(bytes)
  const hash = /^([0-9a-f]{64})\.xml$/.exec(name)?.[1]
  const read = hash === undefined ? readReport(text) : readIntact(text, hash)
  return { submission: toSubmission(bytes, read), read }
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
  /** Servers of this machine that do not run: one attempt is enough. */
  const absent = new Set<string>()
  for (;;) {
    queue.recover()
    const found = queue.list().filter(({ hash }) => !seen.has(hash))
    if (found.length === 0) return
    for (const { hash } of found) seen.add(hash)
    const pending: Pending[] = found.map((report) => ({ report, isAlone: false, spentMs: 0 }))
    await Promise.all(Array.from({ length: options.concurrency }, () => work(pending)))
  }

  // Several workers share one list.
  async function work(pending: Pending[]): Promise<void> {
    for (;;) {
      const [first, ...others] = await take(pending, options.batches)
      if (first === undefined) return
      const server = options.serverOf?.(first.report.hash) ?? ''
      const before = failures.get(server) ?? 0
      const failed =
        before >= MAX_SERVER_FAILURES ? `the server failed ${MAX_SERVER_FAILURES} times in a row` : undefined
      const why = absent.has(server) ? `no server listens at ${new URL(server).origin}` : failed
      if (why !== undefined) {
        for (const { report } of [first, ...others]) {
          options.onOutcome({ subject: report.hash, error: notTried(why, options.again) })
        }
        continue
      }
      const { outcomes, unsent } =
        options.batches === undefined || others.length === 0
          ? { outcomes: [await publishEntry(queue, first, send)], unsent: [] }
          : await publishTogether(queue, [first, ...others], options.batches)
      pending.unshift(...unsent)
      for (const outcome of outcomes) {
        if (outcome === undefined) continue
        if (isAbsentServer(outcome.error, server)) absent.add(server)
        failures.set(server, isServerFailure(outcome.error) ? (failures.get(server) ?? 0) + 1 : 0)
        options.onOutcome(outcome)
      }
    }
  }
}

/** Takes the first report that waits, with others that can go into the same request. */
async function take(pending: Pending[], batches: Batches | undefined): Promise<Pending[]> {
  for (;;) {
    const [first, second] = pending
    if (first === undefined || second === undefined || first.isAlone || batches === undefined)
      return pending.splice(0, 1)
    const limits = await batches.limitsOf(first.report.hash)
    // Another worker may have taken it meanwhile.
    if (pending[0] === first)
      return limits === undefined ? pending.splice(0, 1) : takeTogether(pending, first, limits, batches)
  }
}

function takeTogether(pending: Pending[], first: Pending, limits: BatchLimits, { keyOf }: Batches): Pending[] {
  const key = keyOf(first.report.hash)
  const taken = new Set([first])
  let sizeBytes = first.report.sizeBytes
  for (const item of pending.slice(1, LOOKAHEAD)) {
    if (taken.size >= limits.maxReports) break
    const { hash, sizeBytes: more } = item.report
    if (item.isAlone || sizeBytes + more > limits.maxBytes || key === undefined || keyOf(hash) !== key) continue
    sizeBytes += more
    taken.add(item)
  }
  pending.splice(0, LOOKAHEAD, ...pending.slice(0, LOOKAHEAD).filter((item) => !taken.has(item)))
  return [...taken]
}

async function publishEntry(
  queue: ReportQueue,
  { report: { hash }, spentMs }: Pending,
  send: Send<SubmitReceipt>,
): Promise<Outcome | undefined> {
  let claim: Claim | undefined
  try {
    claim = queue.claim(hash)
    // Another process is sending it.
    if (claim === undefined) return undefined
    const { submission, read } = readEntry(claim.read(), hash)
    const receipt = await send(submission, spentMs)
    return { subject: hash, receipt: keep(claim.complete(), read, receipt) }
  } catch (error) {
    return { subject: hash, error: releaseClaim(claim, toJuxError(error)) }
  }
}

/** A claimed report of a batch. */
interface Claimed extends ReadSubmission {
  readonly item: Pending
  readonly claim: Claim
}

// Each report is claimed, and completed or released, as a single one.
async function publishTogether(
  queue: ReportQueue,
  items: readonly Pending[],
  batches: Batches,
): Promise<{ readonly outcomes: readonly (Outcome | undefined)[]; readonly unsent: readonly Pending[] }> {
  const startMs = performance.now()
  const outcomes: Outcome[] = []
  const unsent: Pending[] = []
  const claimed: Claimed[] = []
  for (const item of items) {
    const { hash } = item.report
    let claim: Claim | undefined
    try {
      claim = queue.claim(hash)
      if (claim !== undefined) claimed.push({ item, claim, ...readEntry(claim.read(), hash) })
    } catch (error) {
      outcomes.push({ subject: hash, error: releaseClaim(claim, toJuxError(error)) })
    }
  }
  const results = await resultsOf(claimed, batches)
  const spentMs = performance.now() - startMs
  for (const [at, { item, claim, read }] of claimed.entries()) {
    const subject = item.report.hash
    const result = results[at]
    try {
      if (result === undefined) {
        claim.release()
        unsent.push({ ...item, isAlone: true, spentMs: item.spentMs + spentMs })
      } else if ('receipt' in result) {
        outcomes.push({ subject, receipt: keep(claim.complete({ isDurable: false }), read, result.receipt) })
      } else {
        outcomes.push({ subject, error: releaseClaim(claim, toJuxError(result.error)) })
      }
    } catch (error) {
      outcomes.push({ subject, error: releaseClaim(claim, toJuxError(error)) })
    }
  }
  return { outcomes: synced(outcomes, queue), unsent }
}

// The disk is waited for once, and not for each report.
function synced(outcomes: readonly Outcome[], queue: ReportQueue): readonly Outcome[] {
  try {
    queue.syncReports(outcomes.filter(({ receipt }) => receipt !== undefined).map(({ subject }) => subject))
    return outcomes
  } catch (cause) {
    const error = toJuxError(cause)
    return outcomes.map((outcome) => (outcome.error === undefined ? { subject: outcome.subject, error } : outcome))
  }
}

async function resultsOf(claimed: readonly Claimed[], batches: Batches): Promise<readonly (Settled | undefined)[]> {
  try {
    return await batches.send(claimed.map(({ submission }) => submission))
  } catch (error) {
    return claimed.map(() => ({ error: toJuxError(error) }))
  }
}

/**
 * Keeps the receipt of the server, if it has sent one, beside the report.
 *
 * @param read the report; other tools queue reports under hashes of their own, which no receipt has
 */
export function keep(path: string, { contentHash, summary }: ReadReport, receipt: SubmitReceipt): SubmitReceipt {
  return keepReceipt(path, { contentHash, counts: summary }, receipt)
}

/** Reads a queued report for sending, under the hash it is queued with. */
export function readEntry(bytes: Uint8Array, hash: string): ReadSubmission {
  const read = readIntact(utf8Of(bytes), hash)
  return { submission: { ...toSubmission(bytes, read), contentHash: hash }, read }
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

// A program on this machine that does not run does not start while the queue is sent.
function isAbsentServer(error: JuxError | undefined, server: string): boolean {
  return error?.reason === 'connection-refused' && URL.canParse(server) && isLoopback(new URL(server))
}

function notTried(why: string, again: string): JuxError {
  return new JuxError('OPERATION_FAILED', { message: `not sent: ${why}`, suggestions: [again], reason: 'not-tried' })
}
