/**
 * Who asks, and what they may do.
 *
 * @module
 */
import type { AccessKeyRow, Database } from '../database/schema.js'
import { HttpError } from '../http-error.js'
import type { ClientAddress } from './client-address.js'
import { judgeKey } from './keys.js'

/** Somebody who may at least try. */
export interface Principal {
  /** Id of the access key; null for a program on this machine. */
  readonly keyId: string | null
  readonly canSubmit: boolean
  readonly canRead: boolean
  /** The only project they may see and submit to; undefined for all. */
  readonly project: string | undefined
}

/** Cookie in which a browser keeps the key that somebody signed in with. */
export const SESSION_COOKIE = 'jux_key'

const LOCAL: Principal = { keyId: null, canSubmit: true, canRead: true, project: undefined }

/**
 * Finds out who asks.
 *
 * A program on this machine needs no key. When it shows one that this server made, that key's rights count, and a withdrawn one is
 * refused; a key of some other server does not matter here.
 *
 * @throws {HttpError} 401 without a key, 403 with one that is not valid
 */
export async function identify(
  request: Request,
  client: ClientAddress,
  database: Database,
  nowMs: number,
): Promise<Principal> {
  const text = presentedKey(request)
  if (text === undefined) {
    if (client.local) return LOCAL
    throw missingKey()
  }
  const verdict = await judgeKey(database, text, nowMs)
  if (verdict.outcome === 'valid') return principalOf(verdict.key)
  if (verdict.outcome === 'unknown' && client.local) return LOCAL
  throw invalidKey(verdict.outcome)
}

/**
 * @throws {HttpError} 403
 */
export function requireSubmit(principal: Principal): void {
  if (principal.canSubmit) return
  throw new HttpError(403, 'this API key may read, and may not submit', {
    details: { reason: 'scope' },
    suggestions: ['jux-server keys create --scope submit --name NAME'],
  })
}

/**
 * @throws {HttpError} 403
 */
export function requireRead(principal: Principal): void {
  if (principal.canRead) return
  throw new HttpError(403, 'this API key may submit, and may not read', {
    details: { reason: 'scope' },
    suggestions: ['jux-server keys create --scope read --name NAME'],
  })
}

/**
 * @throws {HttpError} 403
 */
export function requireProject(principal: Principal, project: string): void {
  if (principal.project === undefined || principal.project === project) return
  throw new HttpError(403, 'this API key is for another project', {
    details: { reason: 'project' },
    suggestions: ['set JUX_API_KEY to a key of this project', 'jux-server keys create --project NAME'],
  })
}

// `Authorization: Bearer` (RFC 6750 §2.1), `X-API-Key`, or the cookie of somebody who signed in, for reading only: a form of another
// site cannot submit with it.
function presentedKey(request: Request): string | undefined {
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

function missingKey(): HttpError {
  return new HttpError(401, 'Missing Authorization header', {
    headers: { 'WWW-Authenticate': 'Bearer realm="jux"' },
    suggestions: [
      'Set JUX_API_KEY environment variable in CI/CD configuration',
      'Include Authorization: Bearer <key> header in requests',
      'On the server: jux-server keys create --name NAME',
    ],
  })
}

function invalidKey(outcome: 'unknown' | 'revoked' | 'expired'): HttpError {
  const words = { unknown: 'Invalid API key', revoked: 'API key was revoked', expired: 'API key has expired' }
  return new HttpError(403, words[outcome], {
    details: { reason: outcome === 'unknown' ? 'invalid' : outcome },
    suggestions: [
      'Verify JUX_API_KEY environment variable is set correctly',
      'On the server, jux-server keys list shows which keys are valid',
      'Make a new one: jux-server keys create --name NAME',
    ],
  })
}
