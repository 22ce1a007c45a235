/**
 * The addresses of a server, from any spelling of its URL.
 *
 * @module
 */
import { JuxError } from '../errors.js'

/** Form in which a report is sent. */
export type Protocol = 'json' | 'xml' | 'reports'

/** The addresses of one server. */
export interface Endpoints {
  readonly protocol: Protocol
  /** Without a final slash; includes the path prefix of a reverse proxy. */
  readonly root: string
  readonly submit: URL
  readonly version: URL
}

const SUBMIT_PATHS: Readonly<Record<Protocol, string>> = {
  json: '/api/v1/junit/submit',
  xml: '/api/v1/junit/submit',
  reports: '/api/v1/reports',
}

const ENDPOINT_TAIL = /\/(?:reports\/package|reports|junit\/submit)$/
const VERSION_TAIL = /\/api(?:\/v\d+)?$/

/**
 * Finds the endpoints of a server.
 *
 * @param apiUrl any of `http://host:4000`, `…/`, `…/api`, `…/api/v1`, `…/api/v1/reports`, `…/api/v1/junit/submit`,
 *   below any path
 * @param protocol absent: `reports` for a URL that ends in `/reports`, else `json`
 * @throws {JuxError} `CONFIG_MISSING_REQUIRED` without a URL, `CONFIG_INVALID_VALUE` when it is not one
 */
export function resolveEndpoints(apiUrl: string | undefined, protocol?: Protocol): Endpoints {
  const url = parseHttpUrl(apiUrl)
  const path = url.pathname.replace(/\/+$/, '')
  const root =
    url.origin + path.replace(ENDPOINT_TAIL, '').replace(/\/+$/, '').replace(VERSION_TAIL, '').replace(/\/+$/, '')
  const resolved = protocol ?? (path.endsWith('/reports') ? 'reports' : 'json')
  return {
    protocol: resolved,
    root,
    submit: new URL(root + SUBMIT_PATHS[resolved]),
    version: new URL(`${root}/api/version`),
  }
}

/** Whether a host is this machine: `localhost`, `*.localhost`, `127.0.0.0/8`, `::1`. */
export function isLoopback(url: URL): boolean {
  return /^(?:(?:[^.]+\.)*localhost\.?|127(?:\.\d{1,3}){3}|\[::1\])$/i.test(url.hostname)
}

function parseHttpUrl(apiUrl: string | undefined): URL {
  if (!apiUrl) {
    throw new JuxError('CONFIG_MISSING_REQUIRED', {
      message: 'no server is configured to submit to',
      suggestions: [
        'set JUX_API_URL, for example to http://localhost:4000',
        'set JUX_STORAGE_MODE=local to store reports on this machine only',
      ],
      reason: 'api-url',
    })
  }
  const url = URL.canParse(apiUrl) ? new URL(apiUrl) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw invalidUrl('is not an http:// or https:// URL')
  }
  if (url.username || url.password) throw invalidUrl('contains credentials')
  return url
}

// The value is not shown: it may contain a secret.
function invalidUrl(problem: string): JuxError {
  return new JuxError('CONFIG_INVALID_VALUE', {
    message: `the URL of the server (apiUrl, JUX_API_URL) ${problem}`,
    suggestions: ['set JUX_API_URL to a URL such as https://jux.example.com', 'put the API key in JUX_API_KEY'],
    reason: 'api-url',
  })
}
