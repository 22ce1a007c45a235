/**
 * The version of the running Jest, which it does not pass to reporters.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { sep } from 'node:path'

const CORE = `${sep}@jest${sep}core${sep}`

/** The version of the `@jest/core` that this process has loaded; `unknown` when there is none. */
export function runningJestVersion(): string {
  try {
    const loaded = Object.keys(createRequire(import.meta.url).cache).find((path) => path.includes(CORE))
    if (loaded === undefined) return 'unknown'
    const folder = loaded.slice(0, loaded.lastIndexOf(CORE) + CORE.length)
    const { version }: { version?: unknown } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8'))
    return typeof version === 'string' ? version : 'unknown'
  } catch {
    return 'unknown'
  }
}
