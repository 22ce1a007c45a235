/**
 * The errors for responses that do not confirm that a report was accepted.
 *
 * @module
 */
import type { ErrorCode } from '../errors.js'
import type { Reason } from '../reasons.js'
import { changeFor, nameFor, note, otherProtocol, settingOf, signingCures } from './advice.js'
import { isLoopback } from './endpoints.js'
import { type RequestContext, redact, SubmitError } from './errors.js'
import type { ResponseBody } from './response.js'
import { isRetryableStatus } from './retry.js'

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

/** A path of our requests, below the path of a reverse proxy. */
const PREFIX = /^(.*?)\/api\/v1\/(?:junit\/submit|reports|decisions)$/

/** Creates the error for a response that does not confirm that the report was accepted. */
export function responseError(response: FailedResponse, context: RequestContext): SubmitError {
  const { status, body, retryAfterMs } = response
  const { code, message, suggestions } = templateOf(response, context)
  const said = [...new Set([body?.error, body?.message])].filter((part) => part !== undefined)
  const details = body?.details === undefined ? '' : ` (details: ${body.details})`
  return new SubmitError(code, {
    message: redact([message, ...said].join(': ') + details, context.secrets),
    reason: reasonOf(status, body !== undefined),
    suggestions: [...(body?.suggestions ?? []).map((line) => redact(line, context.secrets)), ...suggestions],
    retryable: isRetryableStatus(status),
    retryAfterMs,
  })
}

function reasonOf(status: number, isJson: boolean): Reason {
  if (status >= 200 && status < 300) return isJson ? 'unknown-shape' : 'no-json'
  return status >= 300 && status < 400 ? 'redirect' : `http-${status}`
}

function templateOf(response: FailedResponse, context: RequestContext): ErrorTemplate {
  const { status, body } = response
  const { url, advisee, proxyVariable, subject } = context
  if (status >= 200 && status < 300) return unconfirmed(status, context, body !== undefined)
  if (status >= 300 && status < 400) return redirected(response, context)
  switch (status) {
    case 400:
    case 422:
      return serverError(
        `${url.host} rejected the ${subject} (${status})`,
        subject === 'decision' ? [] : rejectionCures(body, context),
      )
    case 401:
    case 403:
      return unauthorized(status, context)
    case 404:
      if (subject === 'decision') return withoutDecisions(context)
      return serverError(`there is no Jux server at ${url.origin}${url.pathname} (404)`, [
        `check the address in ${nameFor(advisee, 'apiUrl')}`,
        ...protocolOfAnotherPath(context),
      ])
    case 407:
      return {
        code: 'API_CONNECTION_ERROR',
        message: `the proxy ${proxyVariable === undefined ? 'of the network' : `in ${proxyVariable}`} requires credentials (407)`,
        suggestions: [`put them in ${proxyVariable ?? 'HTTPS_PROXY'}: http://user:password@proxy:port`],
      }
    case 413:
      return serverError(`the ${subject} is too large for ${url.host} (413)`, sizeCures(body, context))
    case 415:
      return serverError(`${url.host} does not support this form of ${subject} (415)`, [
        // Compression is the less common of the two, so it is the likelier reason.
        context.gzip ? changeFor(advisee, 'gzip', 'false') : otherProtocol(advisee, context.protocol),
      ])
    case 429:
      return serverError(`${url.host} limits the rate of requests (429)`, [
        'submit less often, or in fewer jobs at once',
        'ask for a higher rate limit',
      ])
    default:
      return status < 500
        ? serverError(`${url.host} refused the request (${status})`, [
            `check the address in ${nameFor(advisee, 'apiUrl')}`,
          ])
        : serverError(`${url.host} reported a server error (${status})`, ['check the log of the server'])
  }
}

function withoutDecisions({ url, advisee }: RequestContext): ErrorTemplate {
  return serverError(`${url.origin} takes no decisions: there is no ${url.pathname} (404)`, [
    'upgrade jux-server',
    `check the address in ${nameFor(advisee, 'apiUrl')}`,
  ])
}

function serverError(message: string, suggestions: readonly string[]): ErrorTemplate {
  return { code: 'API_SERVER_ERROR', message, suggestions }
}

// A report was checked here before it was sent, so checking it here again cannot help.
function rejectionCures(body: ResponseBody | undefined, { advisee, protocol, isSigned }: RequestContext) {
  const said = [body?.error, body?.message, body?.details].join(' ')
  if (/signature|digest/i.test(said)) {
    if (!isSigned()) return signingCures(advisee)
    return /trust/i.test(said)
      ? ['add the key that signed the report to the keys that the server trusts']
      : [
          'check that the report was not changed after it was signed: npx jux verify --help',
          'check that nothing between here and the server changes the content of requests',
        ]
  }
  return [
    // A server that explains what is wrong with the report has understood its form.
    ...(body?.details === undefined ? [otherProtocol(advisee, protocol)] : []),
    'check test names and messages for characters that need XML escaping, if this report is of another program',
  ]
}

function protocolOfAnotherPath({ advisee, protocol, isSigned }: RequestContext): readonly string[] {
  if (protocol === 'reports') return [note(changeFor(advisee, 'protocol', 'json'), 'the form of jux-server')]
  // The other form carries signed reports only.
  return isSigned() ? [note(changeFor(advisee, 'protocol', 'reports'), 'for a server with /api/v1/reports')] : []
}

// A Jux server explains the status, and limits the size before compression. A proxy limits what it sees.
function sizeCures(body: ResponseBody | undefined, { advisee, gzip }: RequestContext): readonly string[] {
  return [
    ...(gzip || body?.error !== undefined ? [] : [changeFor(advisee, 'gzip', 'true')]),
    ...(advisee.submitter === 'reporter' ? ['shorten console output with the setting limits'] : []),
    'ask for a higher limit on the server, or on a proxy in front of it',
  ]
}

function unconfirmed(
  status: number,
  { url, proxyVariable, advisee, subject }: RequestContext,
  isJson: boolean,
): ErrorTemplate {
  return {
    code: 'API_INVALID_RESPONSE',
    message: isJson
      ? `${url.host} responded with ${status}, but did not confirm that it accepted the ${subject}`
      : `${url.host} responded with ${status}, but not with JSON: the response may come from a proxy`,
    suggestions: [
      `check that ${nameFor(advisee, 'apiUrl')} is the address of a Jux server: curl -i ${url.origin}/api/version`,
      ...(proxyVariable === undefined ? [] : [`check the proxy in ${proxyVariable}`]),
    ],
  }
}

function redirected({ status, location }: FailedResponse, { url, advisee }: RequestContext): ErrorTemplate {
  const target = location !== undefined && URL.canParse(location, url.href) ? new URL(location, url) : undefined
  if (target !== undefined && target.origin !== url.origin) {
    const address = target.origin + (PREFIX.exec(target.pathname)?.[1] ?? '')
    return {
      code: 'API_INVALID_RESPONSE',
      message: `${url.host} redirected to ${target.origin} (${status}); redirects to another server are not followed`,
      // A host name may contain characters with a meaning for the shell.
      suggestions: /^https?:\/\/[\w.:[\]/-]+$/.test(address)
        ? [note(changeFor(advisee, 'apiUrl', address), 'if that is the server you mean')]
        : [`check the address in ${nameFor(advisee, 'apiUrl')}`],
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
    suggestions: [
      `check the address in ${nameFor(advisee, 'apiUrl')}: there may be a login page in front of the server`,
    ],
  }
}

function unauthorized(status: number, context: RequestContext): ErrorTemplate {
  const { code, message, suggestions } = context.isDefaultServer
    ? unnamedServer(status, context)
    : context.credential === undefined
      ? keyMissing(status, context)
      : credentialRefused(status, context)
  const isLocal = isLoopback(context.url)
  return {
    code,
    message,
    suggestions: [
      ...suggestions,
      ...(isLocal ? ['a jux-server on this machine needs no key until one is created: npx jux-server keys list'] : []),
    ],
  }
}

// Whoever listens on this machine is not who the credential was given for.
function unnamedServer(status: number, { url, advisee, credential }: RequestContext): ErrorTemplate {
  const name = credential === undefined ? undefined : nameFor(advisee, credential)
  return {
    code: 'API_AUTHENTICATION_ERROR',
    message:
      name === undefined
        ? `${url.host} requires an API key (${status}), and no server is configured`
        : `${url.host} requires an API key (${status}); ${name} is not sent to a server that no setting names`,
    suggestions: [
      changeFor(advisee, 'apiUrl', url.origin),
      ...(name === undefined ? [settingOf(advisee, 'apiKey', 'an API key of this server')] : []),
    ],
  }
}

function keyMissing(status: number, { url, advisee }: RequestContext): ErrorTemplate {
  return {
    code: 'API_AUTHENTICATION_ERROR',
    message: `${url.host} requires an API key (${status}), but none is set`,
    suggestions: [settingOf(advisee, 'apiKey', 'an API key of this server')],
  }
}

function credentialRefused(status: number, context: RequestContext): ErrorTemplate {
  const { url, advisee, protocol, credential = 'apiKey' } = context
  const what = `the ${credential === 'apiKey' ? 'API key' : 'bearer token'} in ${nameFor(advisee, credential)}`
  if (status === 403) {
    return {
      code: 'API_AUTHENTICATION_ERROR',
      message: `${url.host} does not allow a submission with ${what} (403)`,
      suggestions: ['check on the server that it may submit (its scope), and that it is for this project'],
    }
  }
  const header = protocol === 'reports' && credential === 'apiKey' ? 'X-API-Key' : 'Authorization'
  return {
    code: 'API_AUTHENTICATION_ERROR',
    message: `${url.host} does not accept ${what} (401)`,
    suggestions: [
      `check that ${nameFor(advisee, credential)} is of this server, valid and not expired`,
      `check that a proxy in between keeps the ${header} header`,
    ],
  }
}
