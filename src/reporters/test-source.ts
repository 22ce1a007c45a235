/**
 * Reads the source of a test file, to look for `.only`.
 *
 * @module
 */
import { readFileSync, statSync } from 'node:fs'

/** Longer files are not read. */
const MAX_SOURCE_BYTES = 4 * 1024 * 1024

/** Returns the text; `undefined` if it cannot be read. */
export function readTestSource(path: string): string | undefined {
  try {
    const stats = statSync(path)
    return stats.isFile() && stats.size <= MAX_SOURCE_BYTES ? readFileSync(path, 'utf8') : undefined
  } catch {
    return undefined
  }
}
