/**
 * Sends one HTTP request to an address that the operator wrote: no redirects, with a timeout, and with a bound for the response.
 *
 * @module
 */
import { JuxError } from 'jux-reporter'
import { messageOf } from 'jux-reporter/internal'
import { canRetry, retryAfterMs } from './retry.js'

/** A request. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  /** Aborted when the server stops. */
  readonly signal: AbortSignal
  /** Default: 64 KiB. The rest of a longer response is not read. */
  readonly maxResponseBytes?: number | undefined
}

/** A response with status 2xx. */
export interface HttpResponse {
  readonly status: number
  readonly text: string
  /** Whether the response was not longer than allowed; otherwise `text` is its beginning. */
  readonly isWhole: boolean
}

const TIMEOUT_MS = 10_000
const MAX_RESPONSE_BYTES = 65_536
const SHOWN_OF_RESPONSE = 200
const SHORTEST_SECRET = 8

/** Why an attempt failed. Its message contains neither the path of the address nor headers, because they can be credentials. */
export class AttemptError extends Error {
  override readonly name = 'AttemptError'
  /** Undefined if there was no response. */
  readonly status: number | undefined
  readonly canRetry: boolean
  readonly retryAfterMs: number | undefined

  constructor(
    message: string,
    parts: { status?: number; canRetry: boolean; retryAfterMs?: number | undefined; cause?: unknown },
  ) {
    super(message, parts.cause === undefined ? undefined : { cause: parts.cause })
    this.status = parts.status
    this.canRetry = parts.canRetry
    this.retryAfterMs = parts.retryAfterMs
  }
}

/**
 * Sends a request.
 *
 * @throws {AttemptError} if there is no response with status 2xx
 */
export async function send(request: HttpRequest): Promise<HttpResponse> {
  const { method, url, headers, body, signal, maxResponseBytes = MAX_RESPONSE_BYTES } = request
  const { host } = new URL(url)
  let response: Response
  let read: Pick<HttpResponse, 'text' | 'isWhole'>
  try {
    response = await fetch(url, {
      method,
      headers: { 'User-Agent': 'jux-server', ...headers },
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      ...(body === undefined ? {} : { body }),
    })
    read = await readBounded(response, maxResponseBytes)
  } catch (cause) {
    throw new AttemptError(`no response from ${host}: ${reasonOf(cause)}`, { canRetry: true, cause })
  }
  const { status } = response
  if (response.ok) return { status, ...read }
  const location = status >= 300 && status < 400 ? ' (redirects are not followed)' : ''
  throw new AttemptError(
    `${host} responded with ${status}${location}: ${redact(read.text, url, headers).slice(0, SHOWN_OF_RESPONSE)}`,
    {
      status,
      canRetry: canRetry(status),
      retryAfterMs: retryAfterMs(response.headers, Date.now()),
    },
  )
}

async function readBounded(response: Response, maxBytes: number): Promise<Pick<HttpResponse, 'text' | 'isWhole'>> {
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  const reader = response.body?.getReader()
  if (reader === undefined) return { text: '', isWhole: true }
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return { text: Buffer.concat(chunks).toString('utf8'), isWhole: true }
    sizeBytes += value.length
    if (sizeBytes > maxBytes) {
      await reader.cancel()
      return { text: Buffer.concat(chunks).toString('utf8'), isWhole: false }
    }
    chunks.push(value)
  }
}

// fetch says only "fetch failed"; the cause says why.
function reasonOf(error: unknown): string {
  if (error instanceof JuxError) return error.message
  if (error instanceof Error && error.cause instanceof Error) return error.cause.message || error.message
  return messageOf(error)
}

// Error pages repeat the path, which can be a credential.
function redact(text: string, url: string, headers: Readonly<Record<string, string>>): string {
  const { pathname, search } = new URL(url)
  const secrets = [
    pathname,
    search,
    ...pathname.split('/'),
    ...Object.values(headers),
    headers.Authorization?.split(' ')[1] ?? '',
  ]
  return secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
}
