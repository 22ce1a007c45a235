/**
 * Creates a temporary folder for the test run and removes it at the end. The run fails if tests left files in it.
 *
 * Use it as `globalSetup`: it runs before the first worker starts, and workers and their child processes inherit the environment.
 *
 * @module
 */
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Entries of other programs: caches of Jest and of Node's compiled code, and the folders that Vitest (named by a nanoid) and
 * Playwright leave if they are stopped.
 */
const OTHERS = /^(?:jest_|node-compile-cache$|playwright[-_]|(?!jux-)[\w-]{21}$)/

/** Creates the folder; returns a function that removes it. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'jux-run-'))
  // Other users may pass, because a database server that runs as another user has its folder in this folder.
  chmodSync(folder, 0o711)
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = folder
  return () => {
    const left = readdirSync(folder)
      .filter((name) => !OTHERS.test(name))
      .map((name) => [name, ...namesBelow(join(folder, name))].join(' with '))
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    if (left.length === 0) return
    // Vitest prints an error of a teardown, but does not change the exit code.
    process.exitCode = 1
    throw new Error(`tests left ${left.length} entries in the temporary folder: ${left.slice(0, 20).join(', ')}`)
  }
}

// They tell which test it was.
function namesBelow(path: string): readonly string[] {
  return statSync(path).isDirectory() ? readdirSync(path, { recursive: true }).map(String).slice(0, 10) : []
}
