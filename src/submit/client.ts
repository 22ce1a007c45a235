/**
 * Submits reports to a server, with retries, within a deadline.
 *
 * The packages for it (undici, p-retry, zod) are loaded by the first submission: a program that submits nothing starts
 * faster.
 *
 * @module
 */

import type { PartialSettings, SettingDefaults } from '../config/table.js'
import { JuxError } from '../errors.js'
import type { TestCounts } from '../model.js'
import type { SettingSources } from '../setting-source.js'
import type { System } from '../system.js'
import { type Advisee, changeFor, deadlineName, longerDeadline, note, type Submitter } from './advice.js'
import { gzipped } from './body.js'
import { Connection, type Response, type TlsSettings } from './connection.js'
import { DEFAULT_SERVER, type Endpoints, resolveEndpoints } from './endpoints.js'
import { connectionError, DEADLINE_MARGIN_MS, type RequestContext, redact, SubmitError } from './errors.js'
import {
  authorization,
  buildRequest,
  type Credentials,
  checkCredentials,
  credentialOf,
  looksSigned,
  type RequestContent,
  type Submission,
  toSubmission,
} from './request.js'
import type { ResponseBody, ServerCounts } from './response.js'
import { responseError } from './response-errors.js'
import { BACKOFF, backoffMs, parseHttpDateMs, parseRetryAfterMs } from './retry.js'

/** Where and how reports are submitted. Durations are in seconds. */
export interface SubmitSettings
  extends Credentials,
    TlsSettings,
    PartialSettings<'apiUrl' | 'protocol' | 'apiTimeout' | 'apiMaxRetries' | 'allowInsecureHttp' | 'gzip' | 'project'> {
  /** The place where each setting is written, for messages: `sources` of the configuration. */
  readonly sources?: SettingSources | undefined
}

/** Whom a client works for. */
export interface ClientOptions {
  /** How many reports are submitted at once. Default: one. */
  readonly connections?: number | undefined
  /** Whom messages advise. Default: a program. */
  readonly submitter?: Submitter | undefined
}

/** How one report is submitted. */
export interface SubmitOptions {
  /** For all attempts together; absent: no limit. */
  readonly deadlineMs?: number | undefined
  /** How much of the whole time was used before, for messages about it. */
  readonly spentMs?: number | undefined
  /** Receives lines about what happens: `notice` for all users, `verbose` for those who want details. */
  readonly log?: ((line: string, level: 'notice' | 'verbose') => void) | undefined
}

/** Confirms that the server has a report. */
export interface SubmitReceipt {
  readonly status: 'created' | 'duplicate'
  readonly id?: string | undefined
  /** The message of the server. */
  readonly message?: string | undefined
  readonly url: string
  /** The page of the run, if the server names one (`Location`, RFC 9110 §10.2.2). */
  readonly page?: string | undefined
  readonly httpStatus: number
  readonly attempts: number
  readonly warnings: readonly string[]
  /** The receipt of the server, as JSON. Nothing in it is checked. */
  readonly signedReceipt?: string | undefined
}

const DEFAULT_TIMEOUT_S: SettingDefaults['apiTimeout'] = 30
const DEFAULT_RETRIES: SettingDefaults['apiMaxRetries'] = 3

/** There is no retry after a longer wait, even without a deadline: the report stays where it is. */
const MAX_WAIT_MS = 600_000

/** Major version of the API that this client uses. */
const API_MAJOR = '1'
const VERSION_TIMEOUT_MS = 5_000

/** A response whose body was parsed. */
interface Accepted {
  readonly response: Response
  readonly body: ResponseBody | undefined
}

/** One report while it is submitted. */
interface Attempts {
  readonly report: Submission
  readonly request: RequestContent
  readonly log: SubmitOptions['log']
  readonly deadlineMs: number
  readonly spentMs: number
  readonly startMs: number
  count: number
  /** The wait that was too long, if there is no other attempt because of it. */
  refusedWaitMs: number | undefined
}

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
  #versionWarning: Promise<string | undefined> | undefined
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
    content: Submission | Uint8Array,
    { deadlineMs = Infinity, spentMs = 0, log }: SubmitOptions = {},
  ): Promise<SubmitReceipt> {
    if (this.#isClosed) throw new JuxError('INVALID_ARGUMENT', { message: 'the client is closed: create another one' })
    const report = content instanceof Uint8Array ? toSubmission(content) : content
    const { submit, protocol } = this.#endpoints
    const startMs = this.#system.monotonicMs()
    const request = await this.#contentOf(report)
    const attempts: Attempts = {
      ...{ report, request, log, deadlineMs, spentMs, startMs },
      count: 0,
      refusedWaitMs: undefined,
    }
    this.#versionWarning ??= this.#checkVersion(Math.min(this.#remainingMs(attempts), this.#timeoutMs))
    log?.(`POST ${submit.href} (${protocol}, ${request.body.sizeBytes} bytes)`, 'verbose')
    const { default: pRetry } = await import('p-retry')
    try {
      const accepted = await pRetry(
        () => {
          attempts.count += 1
          return this.#post(attempts)
        },
        {
          ...BACKOFF,
          retries: this.#retries,
          onFailedAttempt: ({ error }) => log?.(`attempt ${attempts.count}: ${error.message}`, 'verbose'),
          // A wait that the server asked for replaces p-retry's delay. `count` counts it as a retry too.
          shouldConsumeRetry: ({ error }) => retryAfterOf(error) === undefined,
          shouldRetry: ({ error, retriesConsumed }) => this.#shouldRetry(error, backoffMs(retriesConsumed), attempts),
        },
      )
      return await this.#receiptOf(accepted, report, attempts.count)
    } catch (error) {
      throw error instanceof SubmitError ? this.#lastError(error, attempts, await this.#versionWarning) : error
    }
  }

  /** Closes every connection at once. */
  close(): Promise<void> {
    this.#isClosed = true
    return this.#connection.close()
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

  async #post(attempts: Attempts): Promise<Accepted> {
    const context = this.#contextOf(attempts)
    const { url, timeoutMs } = context
    const content = attempts.request
    const response = await this.#connection.send({ url, content, timeoutMs }).catch((error: unknown) => {
      throw connectionError(error, context)
    })
    const { status } = response
    const { confirmsReport, parseResponseBody } = await import('./response.js')
    const body = parseResponseBody(response.body)
    if (status === 409 || (status >= 200 && status < 300 && confirmsReport(body))) return { response, body }
    const nowMs = parseHttpDateMs(response.header('date')) ?? this.#system.now().getTime()
    const retryAfterMs = parseRetryAfterMs(response.header('retry-after'), nowMs)
    throw responseError({ status, body, location: response.header('location'), retryAfterMs }, context)
  }

  #contextOf(attempts: Attempts): RequestContext {
    const remainingMs = this.#remainingMs(attempts)
    return {
      url: this.#endpoints.submit,
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
      isSigned: () => looksSigned(attempts.report),
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
  #lastError(error: SubmitError, attempts: Attempts, warning: string | undefined): SubmitError {
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

  async #receiptOf({ response, body }: Accepted, report: Submission, attempts: number): Promise<SubmitReceipt> {
    const { submit } = this.#endpoints
    const differences = report.counts === undefined ? [] : countDifferences(report.counts, body?.counts ?? {})
    const version = await this.#versionWarning
    const hasSecret = this.#hasSecret(body?.receipt)
    return {
      status: response.status === 409 || body?.status === 'duplicate' ? 'duplicate' : 'created',
      id: body?.id === undefined ? undefined : redact(body.id, this.#secrets),
      message: body?.message === undefined ? undefined : redact(body.message, this.#secrets),
      url: submit.href,
      page: this.#pageOf(response),
      httpStatus: response.status,
      attempts,
      signedReceipt: hasSecret ? undefined : body?.receipt,
      warnings: [
        ...(differences.length === 0 ? [] : [`the server counted different results: ${differences.join('; ')}`]),
        ...(hasSecret ? ['the receipt of the server was not kept: it contains the credentials'] : []),
        ...(version === undefined ? [] : [version]),
      ],
    }
  }

  // A server that repeats our credentials must not have them stored. The signed text is in base64.
  #hasSecret(receipt: string | undefined): boolean {
    const [, payload = ''] = /"payload":"([^"]*)"/.exec(receipt ?? '') ?? []
    const text = `${receipt ?? ''}\n${Buffer.from(payload, 'base64').toString('utf8')}`
    return redact(text, this.#secrets) !== text
  }

  // Only a page of the same origin: the link must not lead to another site.
  #pageOf(response: Response): string | undefined {
    const { submit } = this.#endpoints
    const location = response.header('location')
    if (location === undefined || !URL.canParse(location, submit.href)) return undefined
    const page = new URL(location, submit)
    return page.origin === submit.origin ? redact(page.href, this.#secrets) : undefined
  }

  /**
   * Requests the version of the server's API, without credentials.
   *
   * @returns a warning when it is another major version. A request that fails is ignored: the submission reports the
   *   problem.
   */
  async #checkVersion(timeoutMs: number): Promise<string | undefined> {
    try {
      const { status, body } = await this.#connection.send({
        url: this.#endpoints.version,
        timeoutMs: Math.min(VERSION_TIMEOUT_MS, timeoutMs),
      })
      const { parseVersion } = await import('./response.js')
      const version = status === 200 ? parseVersion(body) : undefined
      if (version === undefined || version === API_MAJOR || version.startsWith(`${API_MAJOR}.`)) return undefined
      return `the server uses version ${version} of the API, this program version ${API_MAJOR}.x: upgrade with "npm install jux-reporter@latest", or upgrade the server`
    } catch {
      return undefined
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

// One text for each count that differs; a count that the server does not report is not compared.
function countDifferences(ours: TestCounts, theirs: ServerCounts): string[] {
  return (['tests', 'failures', 'errors', 'skipped'] as const)
    .filter((name) => theirs[name] !== undefined && theirs[name] !== ours[name])
    .map((name) => `${name}: ${ours[name]} here, ${theirs[name]} on the server`)
}

function retryAfterOf(error: Error): number | undefined {
  return error instanceof SubmitError ? error.retryAfterMs : undefined
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1_000)
}

// A server on this machine that nobody named may be any program.
function withoutCredentials(settings: SubmitSettings): SubmitSettings {
  return {
    ...settings,
    apiUrl: settings.apiUrl || DEFAULT_SERVER,
    apiKey: undefined,
    bearerToken: undefined,
    clientCertFile: undefined,
    clientKeyFile: undefined,
  }
}
