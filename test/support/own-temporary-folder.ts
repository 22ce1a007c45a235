/**
 * A temporary folder for one run, removed after it. Files that tests leave in it fail the run.
 *
 * Named as `globalSetup`: it is done before the first worker starts, and workers and what they start inherit the
 * environment.
 *
 * @module
 */
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Files of other programs: caches of Jest and of Node's compiled code, and the folder that a run of Vitest creates (a
 * nanoid) and leaves if it is stopped.
 */
const OTHERS = /^(?:jest_|node-compile-cache$|(?!jux-)[\w-]{21}$)/

/** Makes the folder; what it returns removes it. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'jux-run-'))
  // A database server that runs as another user has its folder in here.
  chmodSync(folder, 0o711)
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = folder
  return () => {
    const left = readdirSync(folder).filter((name) => !OTHERS.test(name))
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    if (left.length === 0) return
    // Vitest prints what a teardown throws, and ends as if nothing had happened.
    process.exitCode = 1
    throw new Error(`tests left ${left.length} entries in the temporary folder: ${left.slice(0, 20).join(', ')}`)
  }
}
