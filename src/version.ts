/**
 * Name and version of this package.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Name of this package, as in the property `jux:client` of a report. */
export const PACKAGE_NAME = 'jux-reporter'

/** Version of this package, read from its package.json so that it is the version that is installed. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version)
  return 'unknown'
}

/** Path of the README.md that is installed with this package. */
export function readmePath(): string {
  return fileURLToPath(new URL('../README.md', import.meta.url))
}
