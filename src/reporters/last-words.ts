/**
 * A report from a process that ends before its run does: a test calls `process.exit`, a signal arrives and the runner
 * exits in good order, the runner itself dies of an error.
 *
 * Only `exit` handlers are used. A handler for a signal would replace the default action, and a runner that is busy in a test
 * of its own process could no longer be stopped.
 *
 * @module
 */

/** Called when the process exits, unless taken back before. */
export interface LastWords {
  takeBack(): void
}

/** Has `speak` called, once and synchronously, if the process exits. What it throws is lost: there is nobody to hear it. */
export function onProcessExit(speak: () => void): LastWords {
  const listener = () => {
    try {
      speak()
    } catch {
      // The exit code of a dying process is not ours to change.
    }
  }
  // First in the row: Vitest 3 ends the process from a listener of its own, and those behind it are never called.
  process.prependOnceListener('exit', listener)
  return { takeBack: () => process.removeListener('exit', listener) }
}
