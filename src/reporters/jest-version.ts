/**
 * The version of the running Jest, which it does not pass to reporters.
 *
 * @module
 */
import { loadedVersion } from './loaded-package.js'

/** The version of the `@jest/core` that this process has loaded; `unknown` when there is none. */
export function runningJestVersion(): string {
  return loadedVersion('@jest/core')
}
