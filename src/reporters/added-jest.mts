/**
 * The Jest reporter as `jux run` adds it: it does nothing if the configuration has one of ours already.
 *
 * @module
 */

import type { JestResults } from '../gather/jest-types.js'
import { isAddedNeeded } from '../run-mark.js'
import JuxJestReporter from './jest.js'
import { writeAdded } from './runner-events.js'

/** Comes last among the reporters, so that one of the configuration has started before. */
export default class AddedJestReporter extends JuxJestReporter {
  /** @hidden */
  override async onRunStart(results: JestResults): Promise<void> {
    if (!isAddedNeeded()) return
    await super.onRunStart(results)
    if (this.isVerbose) writeAdded('jest')
  }

  /** @hidden */
  override async onRunComplete(contexts: unknown, results: JestResults): Promise<void> {
    if (isAddedNeeded()) await super.onRunComplete(contexts, results)
  }
}
