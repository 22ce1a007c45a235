/**
 * The errors of a request that got no response: no connection, or no response in time.
 *
 * @module
 */
import { isIP } from 'node:net'
import { type ErrorCode, type ErrorParts, errnoOf, JuxError, messageOf, toJuxError } from '../errors.js'
import type { Reason } from '../reasons.js'
import { type Advisee, longerDeadline, longerTimeout, nameFor, note, ownSource, settingOf } from './advice.js'
import { DEFAULT_SERVER, isLoopback, type Protocol } from './endpoints.js'

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
  /** What is sent. */
  readonly subject: 'report' | 'decision'
  readonly advisee: Advisee
  /** Whether no setting names the server: it is the one on this machine, and gets no credentials. */
  readonly isDefaultServer: boolean
  /** Variable that names the proxy, if one was used. */
  readonly proxyVariable: string | undefined
  /** The command line that takes the server out of the proxy. */
  readonly proxyExemption: string
  readonly timeoutMs: number
  /** Whether the total deadline, and not the timeout of one request, set `timeoutMs`. */
  readonly isLimitedByDeadline: boolean
  /** The setting `apiTimeout`. */
  readonly requestLimitMs: number
  /** The total time for the report, from its beginning. */
  readonly deadlineMs: number
  readonly protocol: Protocol
  readonly gzip: boolean
  readonly hasAuthority: boolean
  /** Texts that must not be printed, even when the server repeats them. */
  readonly secrets: readonly string[]
  /** The setting of the credential that was configured. It is sent, except to the default server. */
  readonly credential: 'apiKey' | 'bearerToken' | undefined
  /** Whether the report looks signed. */
  readonly isSigned: () => boolean
}

interface ConnectionErrorTemplate {
  readonly code: ErrorCode
  readonly reason: Reason
  readonly matches: (errno: string, message: string) => boolean
  readonly message: (context: RequestContext) => string
  readonly suggestions: (context: RequestContext, errno: string, message: string) => readonly string[]
  readonly retryable: boolean
  /** Whether the message ends with that of the cause. */
  readonly showsCause?: true | undefined
}

/** Shorter secrets are not replaced, because they are also parts of ordinary words. */
const MIN_SECRET_CHARACTERS = 4

/** After the deadline, for the time that the next run needs more than this one. */
export const DEADLINE_MARGIN_MS = 10_000

const TLS_ERRNO =
  /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|ERR_OSSL|EPROTO$|UND_ERR_PRX_TLS$|HOSTNAME_MISMATCH$|INVALID_CA$)/
const HTTP_ERRNO = /^(?:HPE_|HTTPParserError|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES_|UND_ERR_INFO|UND_ERR_RESPONSE)/
/** How deep the first cause of an error is looked for. */
const MAX_CAUSES = 5

const UNREACHABLE_ERRNO: readonly string[] = ['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ENETDOWN', 'EHOSTDOWN']

/** The first template that matches is used; the last one matches everything except a mistake in our own request. */
const CONNECTION_ERRORS: readonly ConnectionErrorTemplate[] = [
  {
    code: 'API_CONNECTION_ERROR',
    reason: 'proxy',
    matches: (_, message) => /^Proxy (?:response \(\d+\)|Authentication)/.test(message),
    message: ({ url, proxyVariable }) => `the proxy in ${proxyVariable} refused the connection to ${url.host}`,
    suggestions: ({ proxyVariable, proxyExemption }) => [
      `check the address and the credentials in ${proxyVariable}`,
      proxyExemption,
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
    suggestions: ({ url, advisee }) => [
      `check the host name in ${nameFor(advisee, 'apiUrl')}`,
      `check that the name resolves: nslookup ${url.hostname}`,
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
    suggestions: tlsSuggestions,
    retryable: false,
    showsCause: true,
  },
  {
    code: 'API_INVALID_RESPONSE',
    reason: 'not-http',
    matches: (errno) => HTTP_ERRNO.test(errno),
    message: ({ url }) => `${url.host} did not respond with valid HTTP`,
    suggestions: ({ advisee }) => [`check the scheme and the port in ${nameFor(advisee, 'apiUrl')}`],
    retryable: false,
    showsCause: true,
  },
  {
    code: 'API_CONNECTION_ERROR',
    reason: 'connection-lost',
    matches: (errno) => errno !== 'UND_ERR_INVALID_ARG',
    message: ({ url }) => `the connection to ${url.host} was lost before a response arrived`,
    suggestions: ({ url, advisee }) => [
      'check the log of the server',
      `check the scheme and the port in ${nameFor(advisee, 'apiUrl')}: curl -v ${url.origin}`,
      isLoopback(url) ? 'check that no other program uses this port' : 'check the VPN and the network',
    ],
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
  const said = messageOf(cause)
  const template = CONNECTION_ERRORS.find(({ matches }) => matches(errno, said))
  if (template === undefined) {
    const { message, suggestions } = toJuxError(thrown)
    return new SubmitError('UNEXPECTED_ERROR', { message, suggestions, retryable: false, cause: thrown })
  }
  if (template.reason === 'connection-refused' && (context.isDefaultServer || isAbsent(thrown, context)))
    return noServer(thrown, context)
  return new SubmitError(template.code, {
    message: template.message(context) + (template.showsCause ? ` (${said})` : ''),
    reason: template.reason,
    suggestions: template.suggestions(context, errno, said),
    retryable: template.retryable,
    cause: thrown,
  })
}

/** Replaces secrets in a text with a placeholder. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .filter(({ length }) => length >= MIN_SECRET_CHARACTERS)
    .reduce((shown, secret) => shown.replaceAll(secret, '[secret]'), text)
}

// A program on this machine that does not run does not start within seconds, and a person waits for the run.
function noServer(cause: unknown, { url, advisee, isDefaultServer }: RequestContext): SubmitError {
  return new SubmitError('API_CONNECTION_ERROR', {
    message: isDefaultServer
      ? `no server is configured, and none listens at ${url.origin}`
      : `no server listens at ${url.origin}: connection refused`,
    reason: 'connection-refused',
    suggestions: [
      ...startCures(url),
      isDefaultServer
        ? settingOf(advisee, 'apiUrl', 'the address of your server')
        : `check the address in ${nameFor(advisee, 'apiUrl')}`,
    ],
    retryable: false,
    cause,
  })
}

// A jux-server speaks plain http below no path, and listens on 127.0.0.1 unless another address is named.
function startCures({ protocol, hostname, port, pathname, origin }: URL): readonly string[] {
  if (protocol !== 'http:' || port === '' || !pathname.startsWith('/api/')) {
    return [`check that the server is running: curl ${origin}`]
  }
  const address = hostname.replace(/^\[|\]$/g, '')
  const host = isIP(address) === 0 || address === '127.0.0.1' ? '' : ` --host ${address}`
  const number = port === new URL(DEFAULT_SERVER).port ? '' : ` --port ${port}`
  return [note(`npx jux-server${host}${number}`, 'starts one on this machine')]
}

// Whether each address of this machine refused the connection, or cannot be used at all (::1 without IPv6).
function isAbsent(thrown: unknown, { url, proxyVariable }: RequestContext): boolean {
  if (!isLoopback(url) || proxyVariable !== undefined) return false
  return causesOf(thrown).every((cause) => {
    const errno = errnoOf(cause) ?? ''
    return errno === 'ECONNREFUSED' || UNREACHABLE_ERRNO.includes(errno)
  })
}

function timeout(cause: unknown, context: RequestContext): SubmitError {
  const { url, timeoutMs, isLimitedByDeadline } = context
  return new SubmitError('API_TIMEOUT', {
    message: `${url.host} did not respond within ${Math.round(timeoutMs / 100) / 10} s`,
    reason: isLimitedByDeadline ? 'deadline' : 'timeout',
    suggestions: [...moreTime(context), 'check the load of the server', 'check that the network is stable'],
    retryable: !isLimitedByDeadline,
    cause,
  })
}

function moreTime({ advisee, isLimitedByDeadline, requestLimitMs, deadlineMs }: RequestContext): readonly string[] {
  const { submitter, sources } = advisee
  const limitS = requestLimitMs / 1_000
  // A deadline that follows from the timeout grows with it.
  const follows = submitter === 'reporter' && ownSource('apiTimeout', sources) !== undefined
  const isRaised = follows && requestLimitMs >= deadlineMs && ownSource('deadline', sources) === undefined
  const cure =
    isLimitedByDeadline && !isRaised
      ? longerDeadline(advisee, Math.max(2 * deadlineMs, deadlineMs + requestLimitMs + DEADLINE_MARGIN_MS))
      : longerTimeout(advisee, limitS)
  return cure === undefined ? [] : [cure]
}

function serverSuggestions({ url, proxyVariable, advisee }: RequestContext): readonly string[] {
  return [
    `check that the server is running: curl ${url.origin}`,
    `check the address in ${nameFor(advisee, 'apiUrl')}`,
    ...(proxyVariable === undefined ? [] : [`check the proxy in ${proxyVariable}`]),
    'check that the firewall allows the connection',
    isLoopback(url) ? `check that port ${portOf(url)} is not blocked` : 'check the VPN and the network',
  ]
}

// Each kind of failure has its own cure: an authority helps neither against an expired certificate nor a wrong name.
function tlsSuggestions({ url, advisee, hasAuthority }: RequestContext, errno: string, said: string): string[] {
  const look = `check the certificate: openssl s_client -connect ${url.hostname}:${portOf(url)}`
  if (errno === 'CERT_HAS_EXPIRED' || errno === 'CERT_NOT_YET_VALID') {
    return ['renew the certificate of the server', 'check the clock of this machine', look]
  }
  if (/ALTNAME|HOSTNAME/.test(errno)) {
    return [`check that the host name in ${nameFor(advisee, 'apiUrl')} is one of the certificate`, look]
  }
  if (/certificate.required|bad.certificate|handshake.failure/i.test(said)) {
    return [
      `${settingOf(advisee, 'clientCertFile', 'the certificate of this client (PEM)')}, and ${nameFor(advisee, 'clientKeyFile')} to its key`,
      look,
    ]
  }
  if (errno === 'EPROTO' || /wrong.version|packet.length/i.test(said)) {
    return [`check the scheme and the port in ${nameFor(advisee, 'apiUrl')}: the server may speak plain http`, look]
  }
  return [
    hasAuthority
      ? `check that the file in ${nameFor(advisee, 'caFile')} contains the authority of the server's certificate`
      : settingOf(advisee, 'caFile', 'the certificate of your own authority (PEM)'),
    look,
  ]
}

function portOf(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80')
}

// An address that cannot be used says less than what another address answered.
function innermost(thrown: unknown): unknown {
  const causes = causesOf(thrown)
  return causes.find((cause) => !UNREACHABLE_ERRNO.includes(errnoOf(cause) ?? '')) ?? causes[0]
}

// With happy eyeballs there is one error for each address; undici wraps errors of TLS and of proxies.
function causesOf(thrown: unknown, depth = 0): readonly unknown[] {
  if (depth === MAX_CAUSES) return [thrown]
  if (thrown instanceof AggregateError && thrown.errors.length > 0) {
    return thrown.errors.flatMap((error) => causesOf(error, depth + 1))
  }
  const isWrapped = thrown instanceof Error && thrown.cause instanceof Error && !(thrown instanceof TimeoutError)
  return isWrapped ? causesOf(thrown.cause, depth + 1) : [thrown]
}
