/**
 * Who sends a request, and what they may do.
 *
 * @module
 */
import type { AccessKeyRow, Database } from '../database/schema.js'
import { HttpError } from '../http-error.js'
import { type CheckedKey, checkKey, hasAnyKey } from './keys.js'
import { type ClientAddress, forwardingHeader } from './request-origin.js'

/** An authenticated client. */
export interface Principal {
  /** Id of the API key; null for a program on this machine that sent none. */
  readonly keyId: string | null
  readonly canSubmit: boolean
  readonly canRead: boolean
  /** The only project that the client may read and submit to; undefined for all. */
  readonly project: string | undefined
}

/** Cookie in which a browser stores the key that its user signed in with. */
export const SESSION_COOKIE = 'jux_key'

const LOCAL: Principal = { keyId: null, canSubmit: true, canRead: true, project: undefined }

/**
 * Authenticates a request.
 *
 * A program on this machine needs no key until there is one, or as long as `trustLocal` is set: with a key, there are other clients, and
 * a proxy in front of the server makes all of them look like programs on this machine. If it sends a key of this server, the rights of
 * that key apply, and a revoked key is refused. If it needs none and sends a key of another server, the key is ignored.
 *
 * @throws {HttpError} 401 without a key, 403 with a key that is not valid
 */
export async function authenticate(
  request: Request,
  client: ClientAddress,
  { database, trustLocal }: { readonly database: Database; readonly trustLocal: boolean },
  nowMs: number,
): Promise<Principal> {
  const needsNoKey = client.isLocal && (trustLocal || !(await hasAnyKey(database)))
  const text = keyOf(request)
  if (text === undefined) {
    if (needsNoKey) return LOCAL
    throw missingKey(request.headers, client)
  }
  const { state, key } = await checkKey(database, text, nowMs)
  if (state === 'valid') return principalOf(key)
  if (state === 'unknown' && needsNoKey) return LOCAL
  throw invalidKey(state)
}

/**
 * Refuses a client that may not submit.
 *
 * @throws {HttpError} 403
 */
export function requireSubmit(principal: Principal): void {
  if (principal.canSubmit) return
  throw new HttpError(403, 'this API key can read, but not submit', {
    details: { reason: 'scope' },
    suggestions: ['jux-server keys create --scope submit --name NAME'],
  })
}

/**
 * Refuses a client that may not read.
 *
 * @throws {HttpError} 403
 */
export function requireRead(principal: Principal): void {
  if (principal.canRead) return
  throw new HttpError(403, 'this API key can submit, but not read', {
    details: { reason: 'scope' },
    suggestions: ['jux-server keys create --scope read --name NAME'],
  })
}

/**
 * Refuses a client whose key is for another project.
 *
 * @throws {HttpError} 403
 */
export function requireProject(principal: Principal, project: string): void {
  if (principal.project === undefined || principal.project === project) return
  throw new HttpError(403, 'this API key is for another project', {
    details: { reason: 'project' },
    suggestions: ['set JUX_API_KEY to a key for this project', 'jux-server keys create --project NAME'],
  })
}

// `Authorization: Bearer` (RFC 6750 §2.1), `X-API-Key`, or the cookie of a browser. The cookie is for reading only, so that a form of
// another site cannot submit with it.
function keyOf(request: Request): string | undefined {
  const { headers, method } = request
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.get('authorization') ?? '')?.[1]
  if (bearer !== undefined) return bearer
  if (headers.has('authorization')) return ''
  const apiKey = headers.get('x-api-key')
  if (apiKey !== null) return apiKey
  if (method !== 'GET' && method !== 'HEAD') return undefined
  const pattern = new RegExp(`(?:^|;\\s*)${SESSION_COOKIE}=([A-Za-z0-9_-]+)`)
  return pattern.exec(headers.get('cookie') ?? '')?.[1]
}

function principalOf(key: AccessKeyRow): Principal {
  return {
    keyId: key.id,
    canSubmit: key.can_submit === 1,
    canRead: key.can_read === 1,
    project: key.project ?? undefined,
  }
}

function missingKey(headers: Headers, { isLocal }: ClientAddress): HttpError {
  return new HttpError(401, 'Missing Authorization header', {
    headers: { 'WWW-Authenticate': 'Bearer realm="jux"' },
    details: { message: whyKeyIsNeeded(headers, isLocal) },
    suggestions: [
      'Set JUX_API_KEY environment variable in CI/CD configuration',
      'Include Authorization: Bearer <key> header in requests',
      'On the server: jux-server keys create --name NAME',
      ...(isLocal ? ['jux-server --trust-local  # if no proxy forwards requests to this server'] : []),
    ],
  })
}

function whyKeyIsNeeded(headers: Headers, isLocal: boolean): string {
  if (isLocal) return 'this server has API keys, so programs on its machine need one too'
  const header = forwardingHeader(headers)
  if (header !== undefined) return `the request was forwarded (it has the header ${header}), so it needs an API key`
  return 'only programs that call this server directly, on its machine and by a local name, may need no API key'
}

function invalidKey(state: Exclude<CheckedKey['state'], 'valid'>): HttpError {
  const messages = { unknown: 'Invalid API key', revoked: 'API key was revoked', expired: 'API key has expired' }
  return new HttpError(403, messages[state], {
    details: { reason: state === 'unknown' ? 'invalid' : state },
    suggestions: [
      'Verify JUX_API_KEY environment variable is set correctly',
      'On the server, jux-server keys list shows which keys are valid',
      'To create a new one: jux-server keys create --name NAME',
    ],
  })
}
