/**
 * The version of a package that this process has loaded, for runners that do not tell their version to reporters.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { sep } from 'node:path'

/**
 * The version of a package that was loaded with `require`; `unknown` when there is none.
 *
 * @param name as it is installed, with `/` separators
 */
export function loadedVersion(name: string): string {
  const part = ['', ...name.split('/'), ''].join(sep)
  try {
    const loaded = Object.keys(createRequire(import.meta.url).cache).find((path) => path.includes(part))
    if (loaded === undefined) return 'unknown'
    const folder = loaded.slice(0, loaded.lastIndexOf(part) + part.length)
    const { version }: { version?: unknown } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8'))
    return typeof version === 'string' ? version : 'unknown'
  } catch {
    return 'unknown'
  }
}
