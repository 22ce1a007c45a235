/**
 * The Vitest reporter as `jux run` adds it: it does nothing if the configuration has one of ours already.
 *
 * @module
 */
import { isAddedNeeded } from '../run-mark.js'
import { writeAdded } from './runner-events.js'
import JuxVitestReporter, { type VitestContext } from './vitest.js'

/** Comes last among the reporters, so that one of the configuration has started before. */
export default class AddedVitestReporter extends JuxVitestReporter {
  /** @hidden */
  override async onInit(vitest: VitestContext): Promise<void> {
    if (!isAddedNeeded()) return
    await super.onInit(vitest)
    if (this.isVerbose) writeAdded('vitest')
  }
}
