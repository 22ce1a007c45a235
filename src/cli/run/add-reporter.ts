/**
 * Adds our reporter to the runner whose main process this is. Loaded only there.
 *
 * @module
 */
import { addToJest } from './jest.js'
import { addToPlaywright } from './playwright.js'
import { type Runner, runsTests } from './runner-arguments.js'
import { addToVitest } from './vitest.js'

/**
 * Adds the reporter, if the arguments of this process run tests.
 *
 * @param program the script of the runner
 * @param folder a private folder
 * @returns false if no test runs
 */
export function addToRunner(runner: Runner, program: string, folder: string): boolean {
  if (!runsTests(runner, process.argv.slice(2))) return false
  if (runner === 'vitest') addToVitest(program, folder)
  else if (runner === 'jest') addToJest(program)
  else addToPlaywright(program)
  return true
}
