/**
 * Paths as people write them.
 *
 * @module
 */
import { resolve } from 'node:path'

/** An absolute path: `~` is the home folder, anything else is relative to a base. */
export function expandHome(path: string, base: string, homeDir: string): string {
  return resolve(base, path.replace(/^~(?=$|[\\/])/, homeDir))
}
