/**
 * A bar for a person who waits; nothing for a program.
 *
 * @module
 */
import { showsProgress } from '../terminal.js'
import type { CliContext } from './command.js'

/** Counts what is done. */
export interface Progress {
  /** One more, and how many of all have failed. */
  step(failed: number): void
  /** Takes the bar away. */
  end(): void
}

const FEW = 3
const WIDTH = 24

/** A bar on standard error, for more than a few steps where somebody watches. */
export function createProgress(context: CliContext, total: number, quiet = false): Progress {
  if (quiet || total <= FEW || !showsProgress(context.system.env, context.errIsTerminal))
    return { step: () => {}, end: () => {} }
  let done = 0
  return {
    step: (failed) => {
      done += 1
      const filled = Math.round((Math.min(done, total) / total) * WIDTH)
      const failures = failed === 0 ? '' : `, ${failed} failed`
      context.err(`\r[${'='.repeat(filled)}${' '.repeat(WIDTH - filled)}] ${done}/${Math.max(done, total)}${failures}`)
    },
    end: () => context.err(`\r${' '.repeat(WIDTH + 40)}\r`),
  }
}
