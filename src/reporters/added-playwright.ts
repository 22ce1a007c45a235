/**
 * The Playwright reporter as `jux run` adds it: it does nothing if the configuration has one of ours already.
 *
 * @module
 */
import { isAddedNeeded } from '../run-mark.js'
import JuxPlaywrightReporter from './playwright.js'
import { writeAdded } from './runner-events.js'

/** Created last among the reporters, so that one of the configuration has started before. */
export default class AddedPlaywrightReporter extends JuxPlaywrightReporter {
  /** @hidden */
  protected override get isNeeded(): boolean {
    return isAddedNeeded()
  }

  /** @hidden */
  protected override onSessionStart(isVerbose: boolean): void {
    if (isVerbose) writeAdded('playwright')
  }
}
