/**
 * The addresses of a server, from any spelling of its URL.
 *
 * @module
 */
import { JuxError } from '../errors.js'
import { type Advisee, nameFor, PROGRAM } from './advice.js'

/** Form in which a report is sent. */
export type Protocol = 'json' | 'xml' | 'reports'

/** The server where no setting names one: a `jux-server` on this machine. */
export const DEFAULT_SERVER = 'http://localhost:4000'

/** The addresses of one server. */
export interface Endpoints {
  readonly protocol: Protocol
  /** Without a final slash; includes the path prefix of a reverse proxy. */
  readonly root: string
  readonly submit: URL
  /** For several reports in one request; only a jux-server has it, and only for `json`. */
  readonly batch: URL | undefined
  /** For the decisions of gates; only a jux-server has it. */
  readonly decisions: URL
  readonly version: URL
}

const SUBMIT_PATHS: Readonly<Record<Protocol, string>> = {
  json: '/api/v1/junit/submit',
  xml: '/api/v1/junit/submit',
  reports: '/api/v1/reports',
}

const BATCH_PATH = '/api/v1/junit/submit-batch'
const DECISIONS_PATH = '/api/v1/decisions'

const ENDPOINT_TAIL = /\/(?:reports\/package|reports|junit\/submit)$/
const VERSION_TAIL = /\/api(?:\/v\d+)?$/

/**
 * Finds the endpoints of a server.
 *
 * @param apiUrl any of `http://host:4000`, `…/`, `…/api`, `…/api/v1`, `…/api/v1/reports`, `…/api/v1/junit/submit`,
 *   below any path; absent or empty: the server on this machine
 * @param protocol absent: `reports` for a URL that ends in `/reports`, else `json`
 * @throws {JuxError} `CONFIG_INVALID_VALUE` when it is not a URL
 */
export function resolveEndpoints(
  apiUrl: string | undefined,
  protocol?: Protocol,
  advisee: Advisee = PROGRAM,
): Endpoints {
  const url = parseHttpUrl(apiUrl || DEFAULT_SERVER, advisee)
  const path = url.pathname.replace(/\/+$/, '')
  const root =
    url.origin + path.replace(ENDPOINT_TAIL, '').replace(/\/+$/, '').replace(VERSION_TAIL, '').replace(/\/+$/, '')
  const resolved = protocol ?? (path.endsWith('/reports') ? 'reports' : 'json')
  return {
    protocol: resolved,
    root,
    submit: new URL(root + SUBMIT_PATHS[resolved]),
    batch: resolved === 'json' ? new URL(root + BATCH_PATH) : undefined,
    decisions: new URL(root + DECISIONS_PATH),
    version: new URL(`${root}/api/version`),
  }
}

/** Whether a host is this machine: `localhost`, `*.localhost`, `127.0.0.0/8`, `::1`. */
export function isLoopback(url: URL): boolean {
  return /^(?:(?:[^.]+\.)*localhost\.?|127(?:\.\d{1,3}){3}|\[::1\])$/i.test(url.hostname)
}

function parseHttpUrl(apiUrl: string, advisee: Advisee): URL {
  const url = URL.canParse(apiUrl) ? new URL(apiUrl) : undefined
  const name = nameFor(advisee, 'apiUrl')
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw invalidUrl(`the URL of the server in ${name} is not an http:// or https:// URL`, [
      `set ${name} to the address of your server, such as https://jux.example.com`,
    ])
  }
  if (url.username || url.password) {
    throw invalidUrl(`the URL of the server in ${name} contains credentials`, [
      `remove the credentials from ${name}`,
      `put an API key in ${nameFor(advisee, 'apiKey')}`,
    ])
  }
  return url
}

// The value is not shown: it may contain a secret.
function invalidUrl(message: string, suggestions: readonly string[]): JuxError {
  return new JuxError('CONFIG_INVALID_VALUE', { message, suggestions, reason: 'api-url' })
}
