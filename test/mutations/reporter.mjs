/**
 * A reporter of Vitest that writes which files and tests failed, for `run.mjs`.
 *
 * The `json` reporter of Vitest does not say that a test ran out of time.
 */
import { writeFileSync } from 'node:fs'

/** What this reporter writes, in the folder of the run. */
export const RESULT_FILE = '.mutations.json'

/**
 * @typedef {object} FileResult
 * @property {string} file relative to the folder of the run
 * @property {boolean} isFailed
 * @property {readonly { test: string, isTimeout: boolean }[]} failures tests that failed, in order
 */

export default class {
  /** @param {readonly import('vitest/node').TestModule[]} modules */
  onTestRunEnd(modules) {
    /** @type {FileResult[]} */
    const files = modules.map((module) => ({
      file: module.relativeModuleId,
      isFailed: module.state() === 'failed',
      failures: [...module.children.allTests('failed')].map((test) => ({
        test: test.fullName,
        isTimeout: test.result().errors.every(({ message }) => message.includes('timed out in')),
      })),
    }))
    writeFileSync(RESULT_FILE, JSON.stringify(files))
  }
}
