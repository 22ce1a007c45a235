/**
 * Submits reports to a server, with retries, within a deadline.
 *
 * The packages for it (undici, p-retry, zod) are loaded by the first submission: a program that submits nothing starts
 * faster.
 *
 * @module
 */

import type { SettingDefaults } from '../config/table.js'
import { JuxError, toJuxError } from '../errors.js'
import type { TestCounts } from '../model.js'
import type { System } from '../system.js'
import { type Advisee, changeFor, deadlineName, longerDeadline, note } from './advice.js'
import type { Accepted, Attempts, OneResponse, ServerInfo, Waiting } from './attempts.js'
import { retryAfterOf, seconds } from './attempts.js'
import { MAX_BATCH_BYTES, MAX_BATCH_REPORTS, MAX_RESULT_BYTES, SHARED_FAILURES } from './batch.js'
import { bytesBody, gzipped } from './body.js'
import { Connection } from './connection.js'
import { type Endpoints, resolveEndpoints } from './endpoints.js'
import { connectionError, DEADLINE_MARGIN_MS, type RequestContext, SubmitError } from './errors.js'
import {
  authorization,
  batchLine,
  buildRequest,
  checkCredentials,
  credentialOf,
  looksSigned,
  type RequestContent,
  type Submission,
  toSubmission,
} from './request.js'
import type { BatchLimits, ResponseBody } from './response.js'
import { responseError } from './response-errors.js'
import { BACKOFF, backoffMs, parseHttpDateMs, parseRetryAfterMs } from './retry.js'
import { type DecisionReceipt, receiptOf, type Settled, type SubmitReceipt } from './submit-receipt.js'
import { type ClientOptions, type SubmitOptions, type SubmitSettings, withoutCredentials } from './submit-settings.js'

export type { DecisionReceipt, Settled, SubmitReceipt } from './submit-receipt.js'
export type { ClientOptions, SubmitOptions, SubmitSettings } from './submit-settings.js'

const DEFAULT_TIMEOUT_S: SettingDefaults['apiTimeout'] = 30
const DEFAULT_RETRIES: SettingDefaults['apiMaxRetries'] = 3

/** There is no retry after a longer wait, even without a deadline: the report stays where it is. */
const MAX_WAIT_MS = 600_000

/** The header of a submission whose answer says what changed. */
const CHANGES_WANTED = { 'jux-changes': 'text' } as const

/** Major version of the API that this client uses. */
const API_MAJOR = '1'

const VERSION_TIMEOUT_MS = 5_000

/** Submits reports to one server; connections stay open between reports. */
export class SubmitClient {
  readonly #endpoints: Endpoints
  readonly #settings: SubmitSettings
  readonly #system: System
  readonly #connection: Connection
  readonly #timeoutMs: number
  readonly #retries: number
  readonly #secrets: readonly string[]
  readonly #advisee: Advisee
  readonly #isDefaultServer: boolean
  readonly #credential: ReturnType<typeof credentialOf>
  #serverInfo: Promise<ServerInfo> | undefined
  #isBatchRefused = false
  #isClosed = false

  /**
   * Opens nothing yet. Without a URL the server is the one on this machine, which gets no credentials.
   *
   * @throws {JuxError} `CONFIG_*`, `CERT_*`, `KEY_*` for settings that cannot be used
   */
  constructor(
    settings: SubmitSettings,
    system: System,
    { connections = 1, submitter = 'library' }: ClientOptions = {},
  ) {
    this.#advisee = { submitter, sources: settings.sources }
    this.#isDefaultServer = !settings.apiUrl || settings.sources?.apiUrl?.kind === 'default'
    this.#settings = this.#isDefaultServer ? withoutCredentials(settings) : settings
    this.#endpoints = resolveEndpoints(this.#settings.apiUrl, settings.protocol, this.#advisee)
    checkCredentials(this.#endpoints.submit, this.#settings, this.#advisee)
    this.#system = system
    this.#timeoutMs = (settings.apiTimeout ?? DEFAULT_TIMEOUT_S) * 1_000
    this.#retries = settings.apiMaxRetries ?? DEFAULT_RETRIES
    // One more connection, to request the server's version at the same time.
    const limits = { connections: connections + 1, timeoutMs: this.#timeoutMs }
    this.#connection = new Connection(this.#endpoints.submit, this.#settings, {
      limits,
      system,
      advisee: this.#advisee,
    })
    this.#secrets = [settings.apiKey, settings.bearerToken].filter((secret) => secret !== undefined)
    this.#credential = credentialOf(settings)
  }

  /**
   * Submits a report.
   *
   * @param content a report of `createReport`, or the bytes of any JUnit report
   * @throws {JuxError} `API_*` after the last attempt; `XML_*` for a report that the protocol cannot carry
   */
  async submit(
    given: Submission | Uint8Array,
    { deadlineMs = Infinity, spentMs = 0, asksChanges = false, log }: SubmitOptions = {},
  ): Promise<SubmitReceipt> {
    this.#requireOpen()
    const report = given instanceof Uint8Array ? toSubmission(given) : given
    const { submit, protocol } = this.#endpoints
    const startMs = this.#system.monotonicMs()
    const content = await this.#contentOf(report)
    const request = asksChanges ? { ...content, headers: { ...content.headers, ...CHANGES_WANTED } } : content
    const isSigned = () => looksSigned(report)
    const attempts: Attempts = {
      ...{ isSigned, log, deadlineMs, spentMs, startMs },
      count: 0,
      refusedWaitMs: undefined,
    }
    void this.#askServer(this.#remainingMs(attempts))
    log?.(`POST ${submit.href} (${protocol}, ${request.body.sizeBytes} bytes)`, 'verbose')
    try {
      const accepted = await this.#retried(attempts, () => this.#post(request, attempts))
      return await this.#receiptOf(accepted, report.counts, attempts.count)
    } catch (error) {
      throw error instanceof SubmitError ? await this.#lastError(error, attempts) : error
    }
  }

  /**
   * Submits the signed decision of a gate.
   *
   * @param bytes the file, as it was signed: a DSSE envelope or a bundle
   * @throws {JuxError} `API_*` after the last attempt
   */
  async submitDecision(
    bytes: Uint8Array,
    { deadlineMs = Infinity, log }: SubmitOptions = {},
  ): Promise<DecisionReceipt> {
    this.#requireOpen()
    const { decisions: url } = this.#endpoints
    const startMs = this.#system.monotonicMs()
    const attempts: Attempts = {
      ...{ isSigned: () => true, url, log, deadlineMs, spentMs: 0, startMs, count: 0, refusedWaitMs: undefined },
    }
    const headers = { 'content-type': 'application/json', ...authorization('json', this.#settings) }
    log?.(`POST ${url.href} (${bytes.length} bytes)`, 'verbose')
    try {
      const accepted = await this.#retried(attempts, () => this.#post({ headers, body: bytesBody([bytes]) }, attempts))
      return await this.#receiptOf(accepted, undefined, attempts.count)
    } catch (error) {
      throw error instanceof SubmitError ? await this.#lastError(error, attempts) : error
    }
  }

  /**
   * The limits of `submitAll`. The first call requests them.
   *
   * @returns `undefined` if the server takes single reports only, or the protocol is not `json`
   */
  async batchLimits(): Promise<BatchLimits | undefined> {
    if (this.#endpoints.batch === undefined || this.#isBatchRefused || this.#isClosed) return undefined
    const { batch } = await this.#askServer(this.#timeoutMs)
    if (batch === undefined || this.#isBatchRefused) return undefined
    return {
      maxReports: Math.min(MAX_BATCH_REPORTS, batch.maxReports),
      maxBytes: Math.min(MAX_BATCH_BYTES, batch.maxBytes),
    }
  }

  /**
   * Submits several reports in one request. Each is answered, and counts, on its own.
   *
   * @param reports within `batchLimits`
   * @returns their outcomes in the same order; `undefined` for a report that has to be submitted alone. After a server has not
   *   answered a batch as such, `batchLimits` is undefined.
   */
  async submitAll(
    reports: readonly Submission[],
    { deadlineMs = Infinity, spentMs = 0, log }: SubmitOptions = {},
  ): Promise<readonly (Settled | undefined)[]> {
    this.#requireOpen()
    const outcomes = new Map<Submission, Settled>()
    const waiting = await this.#linesOf(reports, outcomes)
    const attempts: Attempts = {
      ...{ log, deadlineMs, spentMs, startMs: this.#system.monotonicMs() },
      isSigned: () => false,
      count: 0,
      refusedWaitMs: undefined,
    }
    try {
      if (waiting.size > 0) await this.#retried(attempts, () => this.#postAll(waiting, outcomes, attempts))
    } catch (error) {
      if (!(error instanceof SubmitError)) throw error
      const isShared = SHARED_FAILURES.has(error.reason ?? '')
      for (const { report, error: own } of waiting) {
        const last = own ?? (isShared ? error : undefined)
        if (last !== undefined) outcomes.set(report, { error: await this.#lastError(last, attempts) })
      }
      if ([...waiting].some(({ report }) => !outcomes.has(report))) {
        this.#isBatchRefused = true
        log?.(`${error.message}; each report is sent in a request of its own`, 'verbose')
      }
    }
    return reports.map((report) => outcomes.get(report))
  }

  /** Closes every connection at once. */
  close(): Promise<void> {
    this.#isClosed = true
    return this.#connection.close()
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new JuxError('INVALID_ARGUMENT', { message: 'the client is closed: create another one' })
  }

  async #contentOf(report: Submission): Promise<RequestContent> {
    const { protocol } = this.#endpoints
    const { headers, body } = buildRequest(protocol, report, this.#settings.project, this.#advisee)
    const all = { ...headers, ...authorization(protocol, this.#settings) }
    if (!this.#settings.gzip) return { headers: all, body }
    return { headers: { ...all, 'content-encoding': 'gzip' }, body: await gzipped(body) }
  }

  #remainingMs({ deadlineMs, startMs }: Attempts): number {
    return deadlineMs - (this.#system.monotonicMs() - startMs)
  }

  /** Calls an action until it succeeds, or there is no other attempt. Rejects with the error of the last one. */
  async #retried<T>(attempts: Attempts, action: () => Promise<T>): Promise<T> {
    const { default: pRetry } = await import('p-retry')
    return pRetry(
      () => {
        attempts.count += 1
        return action()
      },
      {
        ...BACKOFF,
        retries: this.#retries,
        onFailedAttempt: ({ error }) => attempts.log?.(`attempt ${attempts.count}: ${error.message}`, 'verbose'),
        // A wait that the server asked for replaces p-retry's delay. `count` counts it as a retry too.
        shouldConsumeRetry: ({ error }) => retryAfterOf(error) === undefined,
        shouldRetry: ({ error, retriesConsumed }) => this.#shouldRetry(error, backoffMs(retriesConsumed), attempts),
      },
    )
  }

  async #post(content: RequestContent, attempts: Attempts): Promise<Accepted> {
    const context = this.#contextOf(attempts)
    const { url, timeoutMs } = context
    const response = await this.#connection.send({ url, content, timeoutMs }).catch((error: unknown) => {
      throw connectionError(error, context)
    })
    return this.#accepted(response, response.header('date'), context)
  }

  /**
   * The body of a response that confirms a report.
   *
   * @throws {SubmitError} for every other response
   */
  async #accepted(response: OneResponse, date: string | undefined, context: RequestContext): Promise<Accepted> {
    const { status } = response
    const { confirmsReport, parseResponseBody } = await import('./response.js')
    const body = parseResponseBody(response.body)
    if (status === 409 || (status >= 200 && status < 300 && confirmsReport(body))) return { response, body }
    throw this.#errorOf(response, body, date, context)
  }

  #errorOf(
    { status, header }: OneResponse,
    body: ResponseBody | undefined,
    date: string | undefined,
    context: RequestContext,
  ): SubmitError {
    const nowMs = parseHttpDateMs(date) ?? this.#system.now().getTime()
    const retryAfterMs = parseRetryAfterMs(header('retry-after'), nowMs)
    return responseError({ status, body, location: header('location'), retryAfterMs }, context)
  }

  // The lines that fit into one request. A report that has none gets its outcome, or none if it is too large.
  async #linesOf(reports: readonly Submission[], outcomes: Map<Submission, Settled>): Promise<Set<Waiting>> {
    const { maxBytes = 0 } = (await this.batchLimits()) ?? {}
    const waiting = new Set<Waiting>()
    let sizeBytes = 0
    for (const report of reports) {
      try {
        const line = batchLine(report, this.#settings.project)
        if (sizeBytes + line.length > maxBytes) continue
        sizeBytes += line.length
        waiting.add({ report, line })
      } catch (error) {
        outcomes.set(report, { error: toJuxError(error) })
      }
    }
    return waiting
  }

  /**
   * Sends the reports that wait. Those with an outcome wait no longer.
   *
   * @throws {SubmitError} if some still wait: the one with the longest wait of theirs, or that of the whole request
   */
  async #postAll(waiting: Set<Waiting>, outcomes: Map<Submission, Settled>, attempts: Attempts): Promise<void> {
    const { protocol, batch: url = this.#endpoints.submit } = this.#endpoints
    const sent = [...waiting]
    for (const item of sent) delete item.error
    const context = this.#contextOf(attempts)
    const plain = bytesBody([Buffer.concat(sent.map(({ line }) => line))])
    const body = this.#settings.gzip ? await gzipped(plain) : plain
    const headers = {
      'content-type': 'application/x-ndjson',
      ...(this.#settings.gzip ? { 'content-encoding': 'gzip' } : {}),
      ...authorization(protocol, this.#settings),
    }
    attempts.log?.(`POST ${url.href} (${sent.length} reports, ${body.sizeBytes} bytes)`, 'verbose')
    const response = await this.#connection
      .send({
        ...{ url, content: { headers, body }, timeoutMs: context.timeoutMs },
        maxBodyBytes: MAX_RESULT_BYTES * (sent.length + 1),
      })
      .catch((error: unknown) => {
        throw connectionError(error, context)
      })
    const { parseBatchResults, parseResponseBody } = await import('./response.js')
    const results = response.status === 200 ? parseBatchResults(response.body, sent.length) : undefined
    const date = response.header('date')
    if (results === undefined) throw this.#errorOf(response, parseResponseBody(response.body), date, context)
    for (const [at, item] of sent.entries()) {
      const result = results[at]
      if (result === undefined) continue
      const { status, headers, body } = result
      try {
        const one = { status, body, header: (name: string) => headers.get(name) }
        const accepted = await this.#accepted(one, date, { ...context, isSigned: () => looksSigned(item.report) })
        outcomes.set(item.report, { receipt: await this.#receiptOf(accepted, item.report.counts, attempts.count) })
      } catch (error) {
        if (!(error instanceof SubmitError)) throw error
        if (error.retryable) {
          item.error = error
          continue
        }
        outcomes.set(item.report, { error: await this.#lastError(error, attempts) })
      }
      waiting.delete(item)
    }
    const errors = sent.flatMap(({ error }) => error ?? [])
    const longest = errors.toSorted((a, b) => (b.retryAfterMs ?? 0) - (a.retryAfterMs ?? 0))[0]
    if (longest !== undefined) throw longest
  }

  #contextOf(attempts: Attempts): RequestContext {
    const remainingMs = this.#remainingMs(attempts)
    return {
      url: attempts.url ?? this.#endpoints.submit,
      subject: attempts.url === undefined ? 'report' : 'decision',
      advisee: this.#advisee,
      isDefaultServer: this.#isDefaultServer,
      proxyVariable: this.#connection.proxyVariable,
      proxyExemption: this.#connection.proxyExemption,
      timeoutMs: Math.max(0, Math.min(this.#timeoutMs, remainingMs)),
      isLimitedByDeadline: remainingMs < this.#timeoutMs,
      requestLimitMs: this.#timeoutMs,
      deadlineMs: attempts.spentMs + attempts.deadlineMs,
      protocol: this.#endpoints.protocol,
      gzip: this.#settings.gzip ?? false,
      hasAuthority: Boolean(this.#settings.caFile),
      secrets: this.#secrets,
      credential: this.#credential,
      isSigned: attempts.isSigned,
    }
  }

  /**
   * Decides on a retry. The delay of `Retry-After` is waited here, by the system's clock; p-retry waits its own
   * delay afterwards.
   */
  async #shouldRetry(error: Error, delayMs: number, attempts: Attempts): Promise<boolean> {
    if (attempts.count > this.#retries || !(error instanceof SubmitError) || !error.retryable) return false
    const waitMs = error.retryAfterMs ?? delayMs
    if (waitMs > MAX_WAIT_MS || waitMs >= this.#remainingMs(attempts)) {
      attempts.refusedWaitMs = waitMs
      return false
    }
    const level = error.reason === 'http-429' ? 'notice' : 'verbose'
    attempts.log?.(`${error.message}; waiting ${seconds(waitMs)} s`, level)
    if (error.retryAfterMs !== undefined) await this.#system.sleep(error.retryAfterMs)
    return true
  }

  // The error of the last attempt, with the number of attempts, and with why there is no other one.
  async #lastError(error: SubmitError, attempts: Attempts): Promise<SubmitError> {
    const warning = (await this.#serverInfo)?.warning
    const { code, message, reason, suggestions, retryable, retryAfterMs, cause } = error
    const wait = retryAfterMs === undefined ? '' : `, and asks to wait ${seconds(retryAfterMs)} s`
    const count = attempts.count > 1 ? ` (${attempts.count} attempts)` : ''
    const { limit, cure } = this.#limitOf(attempts)
    const isWorthRetrying = retryable && (reason?.startsWith('http-') || reason === 'connection-lost')
    const hasFewRetries = isWorthRetrying && cure.length === 0 && this.#retries < DEFAULT_RETRIES
    return new SubmitError(code, {
      message: `${message}${wait}${limit}${count}`,
      reason,
      suggestions: [
        ...(warning === undefined ? [] : [warning]),
        ...cure,
        ...suggestions,
        ...(hasFewRetries ? [changeFor(this.#advisee, 'apiMaxRetries', String(DEFAULT_RETRIES))] : []),
      ],
      retryable,
      retryAfterMs,
      cause,
    })
  }

  // What prevents another attempt, and the cure for that.
  #limitOf({ refusedWaitMs, deadlineMs, spentMs, startMs }: Attempts): {
    readonly limit: string
    readonly cure: readonly string[]
  } {
    const advisee = this.#advisee
    if (refusedWaitMs === undefined) return { limit: '', cure: [] }
    if (refusedWaitMs > MAX_WAIT_MS) {
      return {
        limit: `; waits of more than ${seconds(MAX_WAIT_MS)} s are left to you`,
        cure: [`submit the report again in ${Math.ceil(refusedWaitMs / 60_000)} min`],
      }
    }
    const usedMs = spentMs + this.#system.monotonicMs() - startMs
    const cure = longerDeadline(advisee, usedMs + refusedWaitMs + DEADLINE_MARGIN_MS)
    return {
      limit: `; another attempt after ${seconds(refusedWaitMs)} s would not fit into ${deadlineName(advisee)} (${seconds(spentMs + deadlineMs)} s)`,
      cure: cure === undefined ? [] : [note(cure, 'enough for that wait')],
    }
  }

  async #receiptOf(accepted: Accepted, counts: TestCounts | undefined, attempts: number): Promise<SubmitReceipt> {
    const warning = (await this.#serverInfo)?.warning
    return receiptOf(accepted, { submit: this.#endpoints.submit, counts, attempts, secrets: this.#secrets, warning })
  }

  /** Requests what the server says about itself, once, without credentials. */
  #askServer(timeoutMs: number): Promise<ServerInfo> {
    this.#serverInfo ??= this.#requestInfo(Math.min(VERSION_TIMEOUT_MS, this.#timeoutMs, timeoutMs))
    return this.#serverInfo
  }

  // A request that fails is ignored: the submission reports the problem.
  async #requestInfo(timeoutMs: number): Promise<ServerInfo> {
    try {
      const { status, body } = await this.#connection.send({ url: this.#endpoints.version, timeoutMs })
      const { parseVersion } = await import('./response.js')
      const found = status === 200 ? parseVersion(body) : undefined
      if (found === undefined) return {}
      const { version, batch } = found
      if (version === API_MAJOR || version.startsWith(`${API_MAJOR}.`)) return { batch }
      return {
        warning: `the server uses version ${version} of the API, this program version ${API_MAJOR}.x: upgrade with "npm install jux-reporter@latest", or upgrade the server`,
      }
    } catch {
      return {}
    }
  }
}

/**
 * Submits one report and closes the connection.
 *
 * @throws {JuxError} as the constructor and `submit` of `SubmitClient`
 */
export async function submitReport(
  report: Submission,
  settings: SubmitSettings,
  system: System,
  options: SubmitOptions & Pick<ClientOptions, 'submitter'> = {},
): Promise<SubmitReceipt> {
  const client = new SubmitClient(settings, system, options)
  try {
    return await client.submit(report, options)
  } finally {
    await client.close()
  }
}
