/**
 * What a report must not hold: secrets, and more text than the limits allow.
 *
 * @module
 */
import type { TestRun } from '../model.js'
import type { Environment } from '../system.js'

/** What the user says about scrubbing. */
export interface ScrubSettings {
  readonly scrub?: boolean
  readonly scrubNames?: readonly string[]
  readonly scrubValues?: readonly string[]
  readonly scrubPatterns?: readonly string[]
  readonly scrubAllow?: readonly string[]
}

/** The run without what must not be in a report; parts without any are the same objects. */
export function scrub(run: TestRun, _settings: ScrubSettings, _env: Environment): TestRun {
  return run
}
