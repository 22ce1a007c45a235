/**
 * The errors of a failed request: no connection, no response in time, a response that does not accept the report.
 *
 * @module
 */
import { type ErrorCode, type ErrorParts, errnoOf, JuxError, messageOf, toJuxError } from '../errors.js'
import type { Reason } from '../reasons.js'
import { isLoopback, type Protocol } from './endpoints.js'
import type { ResponseBody } from './response.js'
import { isRetryableStatus } from './retry.js'

/** A failed attempt to submit: an error that also says whether a retry can help. */
export class SubmitError extends JuxError {
  readonly retryable: boolean
  /** How long the server asked to wait (`Retry-After`). */
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, parts: ErrorParts & { retryable: boolean; retryAfterMs?: number | undefined }) {
    super(code, parts)
    this.retryable = parts.retryable
    this.retryAfterMs = parts.retryAfterMs
  }
}

/** Thrown when the time for one request is over. */
export class TimeoutError extends Error {
  constructor(timeoutMs: number) {
    super(`no response within ${timeoutMs} ms`)
  }
}

/** What an error message needs to know about the request. */
export interface RequestContext {
  readonly url: URL
  /** Variable that names the proxy, if one was used. */
  readonly proxyVariable: string | undefined
  readonly timeoutMs: number
  /** Whether the total deadline, and not the timeout of one request, set `timeoutMs`. */
  readonly isLimitedByDeadline: boolean
  readonly protocol: Protocol
  readonly gzip: boolean
  /** Texts that must not be printed, even when the server repeats them. */
  readonly secrets: readonly string[]
  /** Whether credentials were sent. */
  readonly hasCredentials: boolean
}

/** The parts of a response that an error message is made from. */
export interface FailedResponse {
  readonly status: number
  readonly body: ResponseBody | undefined
  readonly location: string | undefined
  readonly retryAfterMs: number | undefined
}

interface ErrorTemplate {
  readonly code: ErrorCode
  readonly message: string
  readonly suggestions: readonly string[]
}

interface ConnectionErrorTemplate {
  readonly code: ErrorCode
  readonly reason: Reason
  readonly matches: (errno: string, message: string) => boolean
  readonly message: (context: RequestContext) => string
  readonly suggestions: (context: RequestContext) => readonly string[]
  readonly retryable: boolean
  /** Whether the message ends with that of the cause. */
  readonly showsCause?: true | undefined
}

/** Shorter secrets are not replaced, because they are also parts of ordinary words. */
const MIN_SECRET_CHARACTERS = 4

const OTHER_PROTOCOL = 'JUX_PROTOCOL=xml, for a server of the published API'
const QUEUE_INSTEAD =
  'set JUX_STORAGE_MODE=cache to queue reports, and submit them later with "npx jux publish --queue"'

const TLS_ERRNO =
  /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|ERR_OSSL|EPROTO$|UND_ERR_PRX_TLS$|HOSTNAME_MISMATCH$|INVALID_CA$)/
const HTTP_ERRNO = /^(?:HPE_|HTTPParserError|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES_|UND_ERR_INFO|UND_ERR_RESPONSE)/
const UNREACHABLE_ERRNO: readonly string[] = ['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ENETDOWN', 'EHOSTDOWN']

/** The first template that matches is used; the last one matches everything except a mistake in our own request. */
const CONNECTION_ERRORS: readonly ConnectionErrorTemplate[] = [
  {
    code: 'API_CONNECTION_ERROR',
    reason: 'proxy',
    matches: (_, message) => /^Proxy (?:response \(\d+\)|Authentication)/.test(message),
    message: ({ url, proxyVariable }) => `the proxy in ${proxyVariable} refused the connection to ${url.host}`,
    suggestions: ({ url, proxyVariable }) => [
      `check the address and the credentials in ${proxyVariable}`,
      `NO_PROXY=${url.hostname}`,
    ],
    retryable: false,
  },
  {
    code: 'API_CONNECTION_ERROR',
    reason: 'connection-refused',
    matches: (errno) => errno === 'ECONNREFUSED',
    message: ({ url, proxyVariable }) =>
      `cannot connect to ${url.host}${proxyVariable === undefined ? '' : ` through the proxy in ${proxyVariable}`}: connection refused`,
    suggestions: serverSuggestions,
    retryable: true,
  },
  {
    code: 'API_CONNECTION_ERROR',
    reason: 'name-not-found',
    matches: (errno) => errno === 'ENOTFOUND' || errno === 'EAI_AGAIN' || errno === 'EAI_NODATA',
    message: ({ url }) => `cannot connect to ${url.host}: the host name was not found`,
    suggestions: ({ url }) => [
      'check the host name in JUX_API_URL',
      `nslookup ${url.hostname}`,
      'check the VPN and the network',
    ],
    retryable: true,
  },
  {
    code: 'API_TIMEOUT',
    reason: 'connect-timeout',
    matches: (errno) => errno === 'UND_ERR_CONNECT_TIMEOUT' || errno === 'ETIMEDOUT',
    message: ({ url }) => `cannot connect to ${url.host}: the connection timed out`,
    suggestions: serverSuggestions,
    retryable: true,
  },
  {
    code: 'API_CONNECTION_ERROR',
    reason: 'unreachable',
    matches: (errno) => UNREACHABLE_ERRNO.includes(errno),
    message: ({ url }) => `cannot connect to ${url.host}: the network is unreachable`,
    suggestions: serverSuggestions,
    retryable: true,
  },
  {
    code: 'API_CONNECTION_ERROR',
    reason: 'tls',
    matches: (errno) => TLS_ERRNO.test(errno),
    message: ({ url }) => `the TLS connection to ${url.host} failed`,
    suggestions: ({ url }) => [
      'set JUX_CA_FILE to the certificate of your own authority (PEM)',
      `check that the certificate is for ${url.hostname} and has not expired`,
      `openssl s_client -connect ${url.hostname}:${portOf(url)}`,
    ],
    retryable: false,
    showsCause: true,
  },
  {
    code: 'API_INVALID_RESPONSE',
    reason: 'not-http',
    matches: (errno) => HTTP_ERRNO.test(errno),
    message: ({ url }) => `${url.host} did not respond with valid HTTP`,
    suggestions: () => ['check the port in JUX_API_URL'],
    retryable: false,
    showsCause: true,
  },
  {
    code: 'API_CONNECTION_ERROR',
    reason: 'connection-lost',
    matches: (errno) => errno !== 'UND_ERR_INVALID_ARG',
    message: ({ url }) => `the connection to ${url.host} was lost before a response arrived`,
    suggestions: ({ url }) => ['check the log of the server', `curl -v ${url.origin}`, 'check the VPN and the network'],
    retryable: true,
  },
]

/** Creates the error for a request that got no response. */
export function connectionError(thrown: unknown, context: RequestContext): SubmitError {
  const cause = innermost(thrown)
  if (cause instanceof TimeoutError || /^UND_ERR_(?:HEADERS|BODY)_TIMEOUT$/.test(errnoOf(cause) ?? '')) {
    return timeout(cause, context)
  }
  // The parser error of undici has a name and no code.
  const errno = errnoOf(cause) ?? (cause instanceof Error ? cause.name : '')
  const template = CONNECTION_ERRORS.find(({ matches }) => matches(errno, messageOf(cause)))
  if (template === undefined) {
    const { message, suggestions } = toJuxError(thrown)
    return new SubmitError('UNEXPECTED_ERROR', { message, suggestions, retryable: false, cause: thrown })
  }
  return new SubmitError(template.code, {
    message: template.message(context) + (template.showsCause ? ` (${messageOf(cause)})` : ''),
    reason: template.reason,
    suggestions: template.suggestions(context),
    retryable: template.retryable,
    cause: thrown,
  })
}

/** Creates the error for a response that does not confirm that the report was accepted. */
export function responseError({ status, body, location, retryAfterMs }: FailedResponse, context: RequestContext) {
  const { code, message, suggestions } = responseTemplate(status, location, context, body !== undefined)
  const said = [...new Set([body?.error, body?.message])].filter((part) => part !== undefined)
  const details = body?.details === undefined ? '' : ` (details: ${body.details})`
  return new SubmitError(code, {
    message: redact([message, ...said].join(': ') + details, context.secrets),
    reason: responseReason(status, body !== undefined),
    suggestions: [...(body?.suggestions ?? []).map((line) => redact(line, context.secrets)), ...suggestions],
    retryable: isRetryableStatus(status),
    retryAfterMs,
  })
}

/** Replaces secrets in a text with a placeholder. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .filter(({ length }) => length >= MIN_SECRET_CHARACTERS)
    .reduce((shown, secret) => shown.replaceAll(secret, '[secret]'), text)
}

function timeout(cause: unknown, { url, timeoutMs, isLimitedByDeadline }: RequestContext): SubmitError {
  return new SubmitError('API_TIMEOUT', {
    message: `${url.host} did not respond within ${Math.round(timeoutMs / 100) / 10} s`,
    reason: isLimitedByDeadline ? 'deadline' : 'timeout',
    suggestions: [
      isLimitedByDeadline
        ? 'raise the total time: JUX_DEADLINE (seconds)'
        : 'raise the time for one request: JUX_API_TIMEOUT (seconds)',
      'check the load of the server',
      'check that the network is stable',
    ],
    retryable: !isLimitedByDeadline,
    cause,
  })
}

function serverSuggestions({ url, proxyVariable }: RequestContext): readonly string[] {
  return [
    `check that the server is running: curl ${url.origin}`,
    'check the address in JUX_API_URL',
    ...(proxyVariable === undefined ? [] : [`check the proxy in ${proxyVariable}`]),
    'check that the firewall allows the connection',
    isLoopback(url) ? `check that port ${portOf(url)} is not blocked` : 'check the VPN and the network',
  ]
}

function portOf(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80')
}

// With happy eyeballs there is one error for each address; undici wraps errors of TLS and of proxies.
function innermost(thrown: unknown): unknown {
  let error = thrown
  for (let depth = 0; depth < 5; depth++) {
    if (error instanceof AggregateError && error.errors.length > 0) error = error.errors[0]
    else if (error instanceof Error && error.cause instanceof Error && !(error instanceof TimeoutError))
      error = error.cause
    else return error
  }
  return error
}

function responseReason(status: number, isJson: boolean): Reason {
  if (status >= 200 && status < 300) return isJson ? 'unknown-shape' : 'no-json'
  return status >= 300 && status < 400 ? 'redirect' : `http-${status}`
}

function responseTemplate(
  status: number,
  location: string | undefined,
  context: RequestContext,
  isJson: boolean,
): ErrorTemplate {
  const { url, gzip, protocol, proxyVariable } = context
  if (status >= 200 && status < 300) return unconfirmed(status, context, isJson)
  if (status >= 300 && status < 400) return redirected(status, location, url)
  switch (status) {
    case 400:
    case 422:
      return serverError(`${url.host} rejected the report (${status})`, [
        ...(protocol === 'json' ? [OTHER_PROTOCOL] : []),
        'JUX_DRY_RUN=true, to validate the report here',
        'check test names and messages for characters that need XML escaping',
        'check the structure: jux inspect --input report.xml',
      ])
    case 401:
    case 403:
      return unauthorized(status, context)
    case 404:
      return serverError(`there is no Jux server at ${url.origin}${url.pathname} (404)`, [
        'check the address in JUX_API_URL, without /api/v1',
        'check JUX_PROTOCOL (json, xml or reports)',
      ])
    case 407:
      return {
        code: 'API_CONNECTION_ERROR',
        message: `the proxy ${proxyVariable === undefined ? 'of the network' : `in ${proxyVariable}`} requires credentials (407)`,
        suggestions: [`put them in ${proxyVariable ?? 'HTTPS_PROXY'}: http://user:password@proxy:port`],
      }
    case 413:
      return serverError(`the report is too large for ${url.host} (413)`, [
        ...(gzip ? [] : ['JUX_GZIP=true, to send it compressed']),
        'shorten console output with the option limits',
        'ask for a higher limit on the server, or on a proxy in front of it',
      ])
    case 415:
      return serverError(`${url.host} does not support this form of report (415)`, [
        ...(gzip ? ['JUX_GZIP=false'] : []),
        protocol === 'json' ? OTHER_PROTOCOL : 'JUX_PROTOCOL=json',
      ])
    case 429:
      return serverError(`${url.host} limits the rate of requests (429)`, [
        'submit less often, or in fewer jobs at once',
        'ask for a higher rate limit',
        QUEUE_INSTEAD,
      ])
    default:
      if (status < 500)
        return serverError(`${url.host} refused the request (${status})`, ['check the address in JUX_API_URL'])
      return serverError(`${url.host} reported a server error (${status})`, [
        'check the log of the server',
        QUEUE_INSTEAD,
      ])
  }
}

function serverError(message: string, suggestions: readonly string[]): ErrorTemplate {
  return { code: 'API_SERVER_ERROR', message, suggestions }
}

function unconfirmed(status: number, { url, proxyVariable }: RequestContext, isJson: boolean): ErrorTemplate {
  return {
    code: 'API_INVALID_RESPONSE',
    message: isJson
      ? `${url.host} responded with ${status}, but did not confirm that it accepted the report`
      : `${url.host} responded with ${status}, but not with JSON: the response may come from a proxy`,
    suggestions: [
      'check that JUX_API_URL is the address of a Jux server',
      ...(proxyVariable === undefined ? [] : [`check the proxy in ${proxyVariable}`]),
      `curl -i ${url.origin}/api/version`,
    ],
  }
}

function redirected(status: number, location: string | undefined, url: URL): ErrorTemplate {
  const target = location !== undefined && URL.canParse(location, url.href) ? new URL(location, url).origin : undefined
  if (target !== undefined && target !== url.origin) {
    return {
      code: 'API_INVALID_RESPONSE',
      message: `${url.host} redirected to ${target} (${status}); redirects to another server are not followed`,
      suggestions: [`JUX_API_URL=${target}, if that is the server you mean`],
    }
  }
  // 301, 302 and 303 may turn the POST into a GET (RFC 9110 §15.4).
  const keepsMethod = status === 307 || status === 308
  return {
    code: 'API_INVALID_RESPONSE',
    message:
      keepsMethod && target !== undefined
        ? `${url.host} redirected in a loop (${status})`
        : `${url.host} sent a redirect that cannot be followed (${status})`,
    suggestions: ['check the address in JUX_API_URL: there may be a login page in front of the server'],
  }
}

function unauthorized(status: number, { url, hasCredentials }: RequestContext): ErrorTemplate {
  return {
    code: 'API_AUTHENTICATION_ERROR',
    message: hasCredentials
      ? `${url.host} does not accept the API key (${status})`
      : `${url.host} requires an API key (${status}), but none is set`,
    suggestions: [
      hasCredentials ? 'check that JUX_API_KEY is the key of this server' : 'set JUX_API_KEY',
      'check on the server that the key is valid and has not expired',
      'check that a proxy in between keeps the Authorization header',
      'a server on localhost needs no key',
    ],
  }
}
