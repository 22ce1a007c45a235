/**
 * Where to send: one root from any spelling of the server's address.
 *
 * @module
 */
import { JuxError } from '../errors.js'

/** Form in which a report is sent. */
export type Protocol = 'json' | 'xml' | 'reports'

/** The addresses of one server. */
export interface Endpoints {
  readonly protocol: Protocol
  /** Without a final slash; a proxy's path prefix is part of it. */
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
 * The endpoints of a server.
 *
 * @param apiUrl any of `http://host:4000`, `…/`, `…/api`, `…/api/v1`, `…/api/v1/reports`, `…/api/v1/junit/submit`, below any path
 * @param protocol absent: `reports` for an address that ends in `/reports`, else `json`
 * @throws {JuxError} `CONFIG_MISSING_REQUIRED` without an address, `CONFIG_INVALID_VALUE` when it is none
 */
export function resolveEndpoints(apiUrl: string | undefined, protocol?: Protocol): Endpoints {
  const url = parseHttpUrl(apiUrl)
  const path = url.pathname.replace(/\/+$/, '')
  const root =
    url.origin + path.replace(ENDPOINT_TAIL, '').replace(/\/+$/, '').replace(VERSION_TAIL, '').replace(/\/+$/, '')
  const spoken = protocol ?? (path.endsWith('/reports') ? 'reports' : 'json')
  return {
    protocol: spoken,
    root,
    submit: new URL(root + SUBMIT_PATHS[spoken]),
    version: new URL(`${root}/api/version`),
  }
}

/** Whether a host is this machine itself: `localhost`, `*.localhost`, `127.0.0.0/8`, `::1`. */
export function isLoopback(url: URL): boolean {
  return /^(?:(?:[^.]+\.)*localhost\.?|127(?:\.\d{1,3}){3}|\[::1\])$/i.test(url.hostname)
}

function parseHttpUrl(apiUrl: string | undefined): URL {
  if (!apiUrl) {
    throw new JuxError('CONFIG_MISSING_REQUIRED', {
      message: 'no server is named, so there is nowhere to submit to',
      suggestions: [
        'set JUX_API_URL, for example to http://localhost:4000',
        'JUX_STORAGE_MODE=local to keep reports here',
      ],
      reason: 'api-url',
    })
  }
  const url = parseOrUndefined(apiUrl)
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw invalid('is no http:// or https:// address')
  if (url.username || url.password) throw invalid('has credentials in it')
  return url

  // The value itself is not shown: it may hold what it should not.
  function invalid(what: string): JuxError {
    return new JuxError('CONFIG_INVALID_VALUE', {
      message: `the address of the server (apiUrl, JUX_API_URL) ${what}`,
      suggestions: [
        'set JUX_API_URL to an address such as https://jux.example.com',
        'put credentials into JUX_API_KEY',
      ],
      reason: 'api-url',
    })
  }
}

function parseOrUndefined(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}
