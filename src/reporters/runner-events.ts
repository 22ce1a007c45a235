/**
 * What the reporters of all runners do around their session: they listen without harm, and say what is wrong.
 *
 * @module
 */
import { formatError, JuxError } from '../errors.js'
import type { System } from '../system.js'
import { createPaint, showsColor } from '../terminal.js'

/** The runners that have a reporter, as they are called. */
const RUNNERS = { vitest: 'Vitest', jest: 'Jest', playwright: 'Playwright' } as const

/** Says that a runner has loaded the reporter of another one, which would report nothing. */
export function writeWrongRunner(reporter: keyof typeof RUNNERS, right: keyof typeof RUNNERS, system: System): void {
  const runner = RUNNERS[right]
  const error = new JuxError('CONFIG_INVALID_VALUE', {
    message: `no report of this run: jux-reporter/${reporter} cannot report a run of ${runner}`,
    suggestions: [`write jux-reporter/${right}`],
    reason: 'bad-value',
  })
  process.stderr.write(`\n${formatError(error, { color: showsColor(system.env, process.stderr.isTTY === true) })}`)
}

/** Says that `jux run` has added the reporter. */
export function writeAdded(runner: keyof typeof RUNNERS): void {
  const paint = createPaint(showsColor(process.env, process.stderr.isTTY === true))
  process.stderr.write(`${paint.strong('  jux')}  added jux-reporter/${runner} to the reporters of this run\n`)
}

/** Handles an event of a runner; an event that cannot be read must not fail the runner. */
export function quietly(handle: () => void): void {
  try {
    handle()
  } catch {
    // A later event of the same run may still be readable.
  }
}

/**
 * Calls back once, synchronously, when the process fails after its run, although the runner has not decided to: something
 * is thrown that nobody catches, or the process exits with a code that nobody had set.
 *
 * @param isExitCodeOfRunner the runner itself ends the process with a code, which says nothing new
 */
export function onLateFailure(callback: () => void, { isExitCodeOfRunner }: { isExitCodeOfRunner: boolean }): void {
  const codeBefore = Number(process.exitCode ?? 0)
  process.once('uncaughtExceptionMonitor', () => {
    // Whoever listens decides what becomes of it.
    if (process.listenerCount('uncaughtException') === 0) quietly(callback)
  })
  if (isExitCodeOfRunner) return
  process.prependOnceListener('exit', (code) => {
    if (code !== 0 && code !== codeBefore) quietly(callback)
  })
}

/**
 * Calls back once, synchronously, when the process exits before its run ends: a test calls `process.exit`, a signal
 * arrives and the runner exits, the runner itself fails with an error. Errors of the callback are ignored, because the
 * exit code must not change.
 *
 * Only `exit` listeners are used. A listener for a signal would replace the default action, so a runner that is busy
 * with a test in its own process could no longer be stopped.
 *
 * @returns a function that removes the callback
 */
export function onProcessExit(callback: () => void): () => void {
  const listener = () => quietly(callback)
  // Before all others: Vitest 3 ends the process in its own listener, and later listeners are never called.
  process.prependOnceListener('exit', listener)
  return () => {
    process.removeListener('exit', listener)
  }
}
