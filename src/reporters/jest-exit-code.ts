/**
 * Notices when something sets `process.exitCode` while Jest runs tests in its own process.
 *
 * Jest does not look at it, and Node then ends a green run with that code.
 *
 * @module
 */
import type { JestExitCode } from '../gather/jest-errors.js'

// How often a reporter of ours has failed under `strict`, which says nothing about the tests.
let ownFailures = 0

/** Watches the exit code during one run. */
export class ExitCodeWatch {
  #before: { readonly code: number; readonly ownFailures: number } | undefined
  #change: JestExitCode | undefined

  /** Call it when a test file starts. What was set earlier, perhaps by an earlier run, is not of this run. */
  begin(): void {
    this.#before ??= { code: currentCode(), ownFailures }
  }

  /**
   * Call it when a test file has ended.
   *
   * @param path of the file, if no other file ran at the same time
   */
  fileEnded(path: string | undefined): void {
    const code = currentCode()
    const before = this.#before
    if (this.#change !== undefined || before === undefined || before.ownFailures !== ownFailures) return
    if (code !== 0 && code !== before.code) this.#change = { code, path }
  }

  /** Call it when the run has ended. Returns the exit code if it was set during the run. */
  end(): JestExitCode | undefined {
    this.fileEnded(undefined)
    // A later file may have set another one, or none.
    const code = currentCode()
    if (this.#change === undefined || code === 0) return undefined
    return code === this.#change.code ? this.#change : { code }
  }
}

/** Call it when a reporter of ours has set the exit code. */
export function markOwnExitCode(): void {
  ownFailures += 1
}

function currentCode(): number {
  return Number(process.exitCode ?? 0)
}
