/**
 * Versions: of the API, and of this package.
 *
 * @module
 */
import { readFileSync } from 'node:fs'

/** Of the published API that is served. */
export const API_VERSION = '1.0.0'

/** Of this package, read where it stands. */
export function serverVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version)
  return 'unknown'
}
