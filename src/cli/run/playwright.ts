/**
 * Adds our reporter to a run of Playwright, from inside its main process.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ADDED_REPORTERS } from '../../reporters/added.js'
import { flagValue, ownFlags, without } from './runner-arguments.js'

/** The oldest version whose flag for reporters keeps those of the configuration. */
const OLDEST_MINOR = 63

/**
 * Changes the arguments of this process, before Playwright reads them. Older versions stay as they are.
 *
 * @param program the script of Playwright
 */
export function addToPlaywright(program: string): void {
  if (!hasFlag(program)) return
  const args = process.argv.slice(2)
  const given = flagValue(args, '--add-reporter')
  const others = given === undefined ? args : without(args, '--add-reporter')
  const reporters = [...(given ? [given] : []), ADDED_REPORTERS.playwright].join(',')
  const own = ownFlags(others)
  process.argv.splice(2, process.argv.length, ...own, `--add-reporter=${reporters}`, ...others.slice(own.length))
}

function hasFlag(program: string): boolean {
  const { version }: { version?: unknown } = JSON.parse(readFileSync(join(dirname(program), 'package.json'), 'utf8'))
  const [major = 0, minor = 0] = String(version).split('.').map(Number)
  return major > 1 || (major === 1 && minor >= OLDEST_MINOR)
}
