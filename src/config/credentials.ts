/**
 * The settings that prove an identity to a server.
 *
 * @module
 */
import type { SettingName } from './table.js'

/** What proves an identity to a server. */
export const CREDENTIALS = [
  'apiKey',
  'bearerToken',
  'clientCertFile',
  'clientKeyFile',
] as const satisfies readonly SettingName[]

const NAMES: ReadonlySet<SettingName> = new Set(CREDENTIALS)

/** Whether a setting is a credential. */
export function isCredential(setting: SettingName): boolean {
  return NAMES.has(setting)
}

/** The origin of a URL (RFC 6454): scheme, host and port. Anything else is its own origin. */
export function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url
}
