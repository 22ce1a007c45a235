/**
 * Keeps pages of other sites from acting through a browser that may come in.
 *
 * @module
 */
import { HttpError } from '../http-error.js'

/**
 * Refuses what another site makes a browser do. Programs send neither header.
 *
 * @throws {HttpError} 403
 */
export function requireSameSite({ method, headers }: Request): void {
  if (method === 'GET' || method === 'HEAD') return
  const site = headers.get('sec-fetch-site')
  const origin = headers.get('origin')
  const sameSite = site === null || site === 'same-origin' || site === 'none'
  if (sameSite && (origin === null || hostOf(origin) === headers.get('host')?.toLowerCase())) return
  throw new HttpError(403, 'requests from pages of other sites are not taken', { details: { reason: 'cross-site' } })
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
