/**
 * Failures with an answer: what the server said, in its words and in ours.
 *
 * @module
 */
import type { ErrorCode } from '../errors.js'
import type { Reason } from '../reasons.js'
import type { Protocol } from './base-url.js'
import { type Answer, parseAnswer } from './response.js'
import { isRetryableStatus } from './retry.js'
import { type Attempted, SubmitFailure } from './submit-failure.js'

/** What was asked, beside the address. */
export interface Asked extends Attempted {
  readonly protocol: Protocol
  readonly gzip: boolean
  /** Texts that must not be printed, even when the server repeats them. */
  readonly secrets: readonly string[]
  /** Whether any credentials were sent. */
  readonly withCredentials: boolean
}

/** The part of an answer that the words are made from. */
export interface Refusal {
  readonly status: number
  readonly body: string
  readonly location?: string | undefined
  readonly retryAfterMs?: number | undefined
}

interface Words {
  readonly code: ErrorCode
  readonly what: string
  readonly suggestions: readonly string[]
}

/** What is shorter stands in many a word, and is no secret. */
const SHORTEST_SECRET = 4

const OTHER_PROTOCOL = 'JUX_PROTOCOL=xml, for a server of the published API'

/** The failure for an answer that does not say that the report was taken. */
export function refusal({ status, body, location, retryAfterMs }: Refusal, asked: Asked): SubmitFailure {
  const answer = parseAnswer(body)
  const { code, what, suggestions } = words(status, location, asked, answer !== undefined)
  const said = [answer?.error, answer?.message].filter(
    (part, index, all) => part !== undefined && all.indexOf(part) === index,
  )
  const details = answer?.details === undefined ? '' : ` (details: ${answer.details})`
  const text = `${what}${said.length === 0 ? '' : `: ${said.join(': ')}`}${details}`
  return new SubmitFailure(code, {
    message: redact(text, asked.secrets),
    reason: reasonOf(status, answer),
    suggestions: [...(answer?.suggestions ?? []).map((line) => redact(line, asked.secrets)), ...suggestions],
    retry: isRetryableStatus(status),
    retryAfterMs,
  })
}

/** Takes out what must not be printed. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .filter(({ length }) => length >= SHORTEST_SECRET)
    .reduce((shown, secret) => shown.replaceAll(secret, '[secret]'), text)
}

function reasonOf(status: number, answer: Answer | undefined): Reason {
  if (status >= 200 && status < 300) return answer === undefined ? 'no-json' : 'unknown-shape'
  return status >= 300 && status < 400 ? 'redirect' : `http-${status}`
}

function words(status: number, location: string | undefined, asked: Asked, isJson: boolean): Words {
  const { url } = asked
  const host = url.host
  if (status >= 200 && status < 300) return unusable(status, asked, isJson)
  if (status >= 300 && status < 400) return redirected(status, location, url)
  switch (status) {
    case 400:
    case 422:
      return {
        code: 'API_SERVER_ERROR',
        what: `${host} does not accept the report (${status})`,
        suggestions: [
          ...(asked.protocol === 'json' ? [OTHER_PROTOCOL] : []),
          'JUX_DRY_RUN=true, to validate the report here',
          'check test names and messages for characters that need XML escaping',
          'check the structure: jux inspect --input report.xml',
        ],
      }
    case 401:
    case 403:
      return { code: 'API_AUTHENTICATION_ERROR', what: unauthorised(status, asked), suggestions: keySuggestions(asked) }
    case 404:
      return server(`there is no Jux server at ${url.origin}${url.pathname} (404)`, [
        'check the address in JUX_API_URL, without /api/v1',
        'check JUX_PROTOCOL (json, xml or reports)',
      ])
    case 407:
      return {
        code: 'API_CONNECTION_ERROR',
        what: `the proxy of ${asked.proxyVariable ?? 'the network'} wants credentials (407)`,
        suggestions: [`put them into ${asked.proxyVariable ?? 'HTTPS_PROXY'}: http://user:password@proxy:port`],
      }
    case 413:
      return server(`the report is too large for ${host} (413)`, [
        ...(asked.gzip ? [] : ['JUX_GZIP=true, to send it compressed']),
        'keep less console output: the option limits',
        'ask for a higher limit of the server, or of the proxy before it',
      ])
    case 415:
      return server(`${host} does not know this form of a report (415)`, [
        ...(asked.gzip ? ['JUX_GZIP=false'] : []),
        asked.protocol === 'json' ? OTHER_PROTOCOL : 'JUX_PROTOCOL=json',
      ])
    case 429:
      return server(`${host} takes no more reports for now (429)`, [
        'submit less often, or in fewer jobs at once',
        'ask for a higher rate limit',
        'JUX_STORAGE_MODE=cache keeps the report until "jux publish --queue"',
      ])
    default:
      if (status < 500) return server(`${host} refuses the report (${status})`, ['check the address in JUX_API_URL'])
      return server(`${host} has a problem of its own (${status})`, [
        'check the log of the server',
        'JUX_STORAGE_MODE=cache keeps the report until "jux publish --queue"',
      ])
  }
}

function server(what: string, suggestions: readonly string[]): Words {
  return { code: 'API_SERVER_ERROR', what, suggestions }
}

function unusable(status: number, { url, proxyVariable }: Asked, isJson: boolean): Words {
  return {
    code: 'API_INVALID_RESPONSE',
    what: isJson
      ? `${url.host} answered ${status}, but does not say that it took the report`
      : `${url.host} answered ${status} with something that is no JSON, for example the page of a proxy`,
    suggestions: [
      'check that JUX_API_URL is the address of a Jux server',
      ...(proxyVariable === undefined ? [] : [`check the proxy in ${proxyVariable}`]),
      `curl -i ${url.origin}/api/version`,
    ],
  }
}

function redirected(status: number, location: string | undefined, url: URL): Words {
  const target = location !== undefined && URL.canParse(location, url.href) ? new URL(location, url).origin : undefined
  const elsewhere = target !== undefined && target !== url.origin
  return {
    code: 'API_INVALID_RESPONSE',
    what: `${url.host} sends us ${elsewhere ? `on to ${target}` : 'in a circle or to another form of request'} (${status}), which is not followed`,
    suggestions: elsewhere
      ? [`JUX_API_URL=${target}, if that is the server you mean`]
      : ['check the address in JUX_API_URL: is a login page in between?'],
  }
}

function unauthorised(status: number, { url, withCredentials }: Asked): string {
  if (!withCredentials) return `${url.host} wants an API key (${status}), and none is set`
  return `${url.host} does not accept the API key (${status})`
}

function keySuggestions({ withCredentials }: Asked): readonly string[] {
  return [
    withCredentials ? 'check that JUX_API_KEY is the key of this server' : 'set JUX_API_KEY',
    'check in the administration of the server that the key is valid and has not expired',
    'check that a proxy in between keeps the Authorization header',
    'a server on localhost needs no key',
  ]
}
