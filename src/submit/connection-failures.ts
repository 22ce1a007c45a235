/**
 * Failures without an answer: no connection, no time, no trust.
 *
 * @module
 */
import { type ErrorCode, errnoOf, messageOf, toJuxError } from '../errors.js'
import type { Reason } from '../reasons.js'
import { isLoopback } from './base-url.js'
import { type Attempted, SubmitFailure, TimeUpError } from './submit-failure.js'

interface Trouble {
  readonly code: ErrorCode
  readonly reason: Reason
  readonly applies: (errno: string, message: string) => boolean
  readonly what: (attempted: Attempted) => string
  readonly suggestions: (attempted: Attempted) => readonly string[]
  readonly retry: boolean
}

const TLS_CODES =
  /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|ERR_OSSL|EPROTO$|UND_ERR_PRX_TLS$|HOSTNAME_MISMATCH$|INVALID_CA$)/

/** In the order of asking; the last one takes whatever is not a mistake of ours. */
const TROUBLES: readonly Trouble[] = [
  {
    code: 'API_CONNECTION_ERROR',
    reason: 'proxy',
    applies: (_, message) => /^Proxy (?:response \(\d+\)|Authentication)/.test(message),
    what: ({ url, proxyVariable }) => `the proxy of ${proxyVariable} does not let us through to ${url.host}`,
    suggestions: ({ url, proxyVariable }) => [
      `check the address and the credentials in ${proxyVariable}`,
      `NO_PROXY=${url.hostname}`,
    ],
    retry: false,
  },
  {
    code: 'API_CONNECTION_ERROR',
    reason: 'connection-refused',
    applies: (errno) => errno === 'ECONNREFUSED',
    what: ({ url, proxyVariable }) =>
      `cannot connect to ${url.host}${proxyVariable === undefined ? '' : ` through the proxy of ${proxyVariable}`}: connection refused`,
    suggestions: serverSuggestions,
    retry: true,
  },
  {
    code: 'API_CONNECTION_ERROR',
    reason: 'name-not-found',
    applies: (errno) => errno === 'ENOTFOUND' || errno === 'EAI_AGAIN' || errno === 'EAI_NODATA',
    what: ({ url }) => `cannot connect to ${url.host}: there is no such host name here`,
    suggestions: ({ url }) => [
      'check the host name in JUX_API_URL',
      `nslookup ${url.hostname}`,
      'check the VPN and the network',
    ],
    retry: true,
  },
  {
    code: 'API_TIMEOUT',
    reason: 'connect-timeout',
    applies: (errno) => errno === 'UND_ERR_CONNECT_TIMEOUT' || errno === 'ETIMEDOUT',
    what: ({ url }) => `cannot connect to ${url.host}: nothing answers there`,
    suggestions: serverSuggestions,
    retry: true,
  },
  {
    code: 'API_CONNECTION_ERROR',
    reason: 'unreachable',
    applies: (errno) => ['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ENETDOWN', 'EHOSTDOWN'].includes(errno),
    what: ({ url }) => `cannot connect to ${url.host}: there is no way to that network`,
    suggestions: serverSuggestions,
    retry: true,
  },
  {
    code: 'API_CONNECTION_ERROR',
    reason: 'tls',
    applies: (errno) => TLS_CODES.test(errno),
    what: ({ url }) => `the TLS connection to ${url.host} is not to be trusted`,
    suggestions: ({ url }) => [
      'set JUX_CA_FILE to the certificate of your own authority (PEM)',
      `check that the certificate is for ${url.hostname} and has not expired`,
      `openssl s_client -connect ${url.hostname}:${url.port || '443'}`,
    ],
    retry: false,
  },
  {
    code: 'API_INVALID_RESPONSE',
    reason: 'not-http',
    applies: (errno) =>
      /^(?:HPE_|HTTPParserError|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES_|UND_ERR_INFO|UND_ERR_RESPONSE)/.test(errno),
    what: ({ url }) => `what answers at ${url.host} does not speak HTTP as it should`,
    suggestions: () => ['check the port in JUX_API_URL'],
    retry: false,
  },
  {
    code: 'API_CONNECTION_ERROR',
    reason: 'connection-lost',
    applies: (errno) => errno !== 'UND_ERR_INVALID_ARG',
    what: ({ url }) => `the connection to ${url.host} broke off before there was an answer`,
    suggestions: ({ url }) => ['check the log of the server', `curl -v ${url.origin}`, 'check the VPN and the network'],
    retry: true,
  },
]

/** The failure for whatever a request threw. */
export function connectionFailure(thrown: unknown, attempted: Attempted): SubmitFailure {
  const cause = innermost(thrown)
  if (cause instanceof TimeUpError || /^UND_ERR_(?:HEADERS|BODY)_TIMEOUT$/.test(errnoOf(cause) ?? '')) {
    return timeUp(cause, attempted)
  }
  // undici's parser error has a name and no code.
  const errno = errnoOf(cause) ?? (cause instanceof Error ? cause.name : '')
  const trouble = TROUBLES.find(({ applies }) => applies(errno, messageOf(cause)))
  if (trouble === undefined) {
    const { message, suggestions } = toJuxError(thrown)
    return new SubmitFailure('UNEXPECTED_ERROR', { message, suggestions, retry: false, cause: thrown })
  }
  const said = trouble.reason === 'tls' || trouble.reason === 'not-http' ? ` (${messageOf(cause)})` : ''
  return new SubmitFailure(trouble.code, {
    message: trouble.what(attempted) + said,
    reason: trouble.reason,
    suggestions: trouble.suggestions(attempted),
    retry: trouble.retry,
    cause: thrown,
  })
}

function timeUp(cause: unknown, { url, timeoutMs, byDeadline }: Attempted): SubmitFailure {
  return new SubmitFailure('API_TIMEOUT', {
    message: `${url.host} did not answer within ${Math.round(timeoutMs / 100) / 10} s`,
    reason: byDeadline ? 'deadline' : 'timeout',
    suggestions: [
      byDeadline
        ? 'raise the total time: JUX_DEADLINE (seconds)'
        : 'raise the time for one request: JUX_API_TIMEOUT (seconds)',
      'check the load of the server',
      'check that the network is stable',
    ],
    retry: !byDeadline,
    cause,
  })
}

function serverSuggestions({ url, proxyVariable }: Attempted): readonly string[] {
  const where = isLoopback(url)
    ? `check that port ${url.port || (url.protocol === 'https:' ? '443' : '80')} is not blocked`
    : 'check the VPN and the network'
  return [
    `check that the server is running: curl ${url.origin}`,
    'check the address in JUX_API_URL',
    ...(proxyVariable === undefined ? [] : [`check the proxy in ${proxyVariable}`]),
    'check that the firewall lets connections through',
    where,
  ]
}

// Happy eyeballs wraps one error per address; undici wraps errors of TLS and of proxies.
function innermost(thrown: unknown): unknown {
  let error = thrown
  for (let depth = 0; depth < 5; depth++) {
    if (error instanceof AggregateError && error.errors.length > 0) error = error.errors[0]
    else if (error instanceof Error && error.cause instanceof Error && !(error instanceof TimeUpError))
      error = error.cause
    else return error
  }
  return error
}
