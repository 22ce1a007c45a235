/**
 * Name and version of this package.
 *
 * @module
 */
import { readFileSync } from 'node:fs'

/** As the reports name it (`jux:client`). */
export const PACKAGE_NAME = 'jux-reporter'

/** Version of this package, read where it stands so that it cannot differ from what is installed. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version)
  return 'unknown'
}
