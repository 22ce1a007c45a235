/**
 * Sends a report to a server, again where that helps, within a deadline.
 *
 * @module
 */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { PartialSettings, SettingDefaults } from '../config/table.js'
import type { System } from '../system.js'
import { type Endpoints, resolveEndpoints } from './base-url.js'
import { connectionFailure } from './connection-failures.js'
import {
  authorization,
  buildMessage,
  type Credentials,
  checkCredentials,
  type Message,
  type Submission,
} from './protocols.js'
import { type Asked, redact, refusal } from './refusals.js'
import { type Answer, confirms, countDifferences, parseAnswer } from './response.js'
import { backoffMs, httpDateMs, retryAfterMs } from './retry.js'
import { SubmitFailure } from './submit-failure.js'
import type { TlsSettings } from './tls.js'
import { createTransport, type Reply } from './transport.js'
import { versionWarning } from './version-probe.js'

/** What decides where and how reports are sent. Durations are in seconds. */
export interface SubmitSettings
  extends Credentials,
    TlsSettings,
    PartialSettings<
      'apiUrl' | 'protocol' | 'apiTimeout' | 'apiMaxRetries' | 'allowInsecureHttp' | 'gzip' | 'project'
    > {}

/** How one report is sent. */
export interface SubmitOptions {
  /** For everything together; absent: as long as it takes. */
  readonly deadlineMs?: number | undefined
  /** Takes lines about what happens; `notice` is for everybody, `verbose` for those who asked. */
  readonly log?: ((line: string, level: 'notice' | 'verbose') => void) | undefined
}

/** A report that the server has. */
export interface SubmitReceipt {
  readonly status: 'created' | 'duplicate'
  readonly id?: string
  /** The server's own words. */
  readonly message?: string
  readonly url: string
  /** Where a person finds the run, if the server says so (`Location`, RFC 9110 §10.2.2). */
  readonly page?: string
  readonly httpStatus: number
  readonly attempts: number
  readonly warnings: readonly string[]
}

/** Submits to one server; connections are kept between reports. */
export interface SubmitClient {
  readonly endpoints: Endpoints
  /**
   * Sends a report.
   *
   * @throws {JuxError} `API_*` after the last attempt; `XML_*` for a report that the protocol cannot carry
   */
  submit(report: Submission, options?: SubmitOptions): Promise<SubmitReceipt>
  close(): Promise<void>
}

const DEFAULT_TIMEOUT_S: SettingDefaults['apiTimeout'] = 30
const DEFAULT_RETRIES: SettingDefaults['apiMaxRetries'] = 3

/** A wait that nobody sits through, even without a deadline: the report stays where it is. */
const LONGEST_RETRY_AFTER_MS = 600_000

/**
 * A client for the configured server; nothing is opened yet.
 *
 * @param connections how many reports are sent at once
 * @throws {JuxError} `CONFIG_*`, `CERT_*`, `KEY_*` for settings that cannot be used
 */
export function createClient(settings: SubmitSettings, system: System, connections = 1): SubmitClient {
  const endpoints = resolveEndpoints(settings.apiUrl, settings.protocol)
  checkCredentials(endpoints.submit, settings, settings.allowInsecureHttp ?? false)
  const timeoutMs = (settings.apiTimeout ?? DEFAULT_TIMEOUT_S) * 1_000
  // One connection more than reports, for asking the server's version meanwhile.
  const transport = createTransport(endpoints.submit, settings, { connections: connections + 1, timeoutMs }, system)
  const secrets = [settings.apiKey, settings.bearerToken].filter((secret) => secret !== undefined)
  let version: Promise<string | undefined> | undefined

  return { endpoints, submit, close: () => transport.close() }

  async function submit(
    report: Submission,
    { deadlineMs = Infinity, log }: SubmitOptions = {},
  ): Promise<SubmitReceipt> {
    const startMs = system.monotonicMs()
    const remainingMs = () => deadlineMs - (system.monotonicMs() - startMs)
    const message = await compose(report)
    version ??= versionWarning(transport, endpoints.version, Math.min(remainingMs(), timeoutMs))
    log?.(`POST ${endpoints.submit.href} (${endpoints.protocol}, ${message.body.length} bytes)`, 'verbose')
    const { default: pRetry } = await import('p-retry')
    let attempts = 0
    const sent = pRetry(
      async () => {
        attempts += 1
        return receipt(await attempt(message, remainingMs()), report, attempts)
      },
      {
        retries: settings.apiMaxRetries ?? DEFAULT_RETRIES,
        // The waiting is ours, in shouldRetry.
        factor: 1,
        minTimeout: 0,
        maxTimeout: 0,
        maxRetryTime: Infinity,
        randomize: false,
        unref: false,
        shouldConsumeRetry: () => true,
        onFailedAttempt: ({ error }) => log?.(`attempt ${attempts}: ${error.message}`, 'verbose'),
        shouldRetry: ({ error }) => waitFor(error, attempts, remainingMs, log),
      },
    )
    return sent.catch(async (error: unknown) => {
      throw error instanceof SubmitFailure ? lastFailure(error, attempts, await version) : error
    })
  }

  async function compose(report: Submission): Promise<Message> {
    const { headers, body } = buildMessage(endpoints.protocol, report, settings.project)
    const all = { ...headers, ...authorization(endpoints.protocol, settings) }
    if (!settings.gzip) return { headers: all, body }
    return { headers: { ...all, 'content-encoding': 'gzip' }, body: await promisify(gzip)(body) }
  }

  async function attempt(message: Message, remainingMs: number): Promise<Reply> {
    const asked: Asked = {
      url: endpoints.submit,
      proxyVariable: transport.proxyVariable,
      timeoutMs: Math.max(0, Math.min(timeoutMs, remainingMs)),
      byDeadline: remainingMs < timeoutMs,
      protocol: endpoints.protocol,
      gzip: settings.gzip ?? false,
      secrets,
      withCredentials: secrets.some((secret) => secret !== ''),
    }
    const reply = await transport
      .send({ url: endpoints.submit, message, timeoutMs: asked.timeoutMs })
      .catch((error: unknown) => Promise.reject(connectionFailure(error, asked)))
    if (reply.status === 409) return reply
    if (reply.status >= 200 && reply.status < 300 && confirms(parseAnswer(reply.body))) return reply
    const nowMs = httpDateMs(reply.header('date')) ?? system.now().getTime()
    throw refusal(
      {
        status: reply.status,
        body: reply.body,
        location: reply.header('location'),
        retryAfterMs: retryAfterMs(reply.header('retry-after'), nowMs),
      },
      asked,
    )
  }

  async function waitFor(error: Error, failures: number, remainingMs: () => number, log: SubmitOptions['log']) {
    if (!(error instanceof SubmitFailure) || !error.retry) return false
    const waitMs = error.retryAfterMs ?? backoffMs(failures)
    if (waitMs >= Math.min(remainingMs(), LONGEST_RETRY_AFTER_MS)) return false
    const level = error.reason === 'http-429' ? 'notice' : 'verbose'
    log?.(`${error.message}; waiting ${Math.ceil(waitMs / 1_000)} s`, level)
    await system.sleep(waitMs)
    return true
  }

  async function receipt(reply: Reply, report: Submission, attempts: number): Promise<SubmitReceipt> {
    const answer: Answer = parseAnswer(reply.body) ?? { suggestions: [] }
    const differences = report.counts === undefined ? [] : countDifferences(report.counts, answer.counts ?? {})
    const warnings = [
      ...(differences.length === 0
        ? []
        : [`the server counts other results than this report: ${differences.join('; ')}`]),
      ...[await version].filter((warning) => warning !== undefined),
    ]
    return {
      status: reply.status === 409 || answer.status === 'duplicate' ? 'duplicate' : 'created',
      ...(answer.id === undefined ? {} : { id: redact(answer.id, secrets) }),
      ...(answer.message === undefined ? {} : { message: redact(answer.message, secrets) }),
      url: endpoints.submit.href,
      ...pageOf(reply, endpoints.submit, secrets),
      httpStatus: reply.status,
      attempts,
      warnings,
    }
  }
}

// Of the same origin only: a person who follows it must not end up somewhere else.
function pageOf(reply: Reply, asked: URL, secrets: readonly string[]): { page?: string } {
  const location = reply.header('location')
  if (location === undefined || !URL.canParse(location, asked.href)) return {}
  const page = new URL(location, asked)
  return page.origin === asked.origin ? { page: redact(page.href, secrets) } : {}
}

// Of several attempts the last one is told, with what it took and with what may explain it.
function lastFailure(failure: SubmitFailure, attempts: number, warning: string | undefined): SubmitFailure {
  const { code, message, reason, suggestions, retry, retryAfterMs, cause } = failure
  const wish = retryAfterMs === undefined ? '' : `, and asks us to wait ${Math.ceil(retryAfterMs / 1_000)} s`
  return new SubmitFailure(code, {
    message: `${message}${wish}${attempts > 1 ? ` (${attempts} attempts)` : ''}`,
    ...(reason === undefined ? {} : { reason }),
    suggestions: warning === undefined ? suggestions : [warning, ...suggestions],
    retry,
    retryAfterMs,
    cause,
  })
}

/**
 * Sends one report and closes the connection.
 *
 * @throws {JuxError} as `createClient` and `SubmitClient.submit`
 */
export async function submitReport(
  report: Submission,
  settings: SubmitSettings,
  system: System,
  options: SubmitOptions = {},
): Promise<SubmitReceipt> {
  const client = createClient(settings, system)
  try {
    return await client.submit(report, options)
  } finally {
    await client.close()
  }
}
