/**
 * Decides whether output to a stream is colored and shows progress, for the command and the reporters.
 *
 * Color: `FORCE_COLOR` decides (`0` and `false` turn it off, any other value turns it on). Otherwise output is colored
 * on a terminal, except with `NO_COLOR`, with `TERM=dumb` or in CI. Progress: on a terminal, except with `TERM=dumb` or
 * in CI. An empty variable counts as not set. See https://no-color.org and https://force-color.org.
 *
 * @module
 */
import type { Environment } from './system.js'

/** Colors text; without color each function returns the text unchanged. */
export interface Paint {
  good(text: string): string
  bad(text: string): string
  faint(text: string): string
  strong(text: string): string
}

/** Whether output to a stream is colored. */
export function showsColor(env: Environment, isTerminal: boolean): boolean {
  if (env.FORCE_COLOR) return !isOff(env.FORCE_COLOR)
  return !env.NO_COLOR && showsProgress(env, isTerminal)
}

/** Whether a progress bar may be drawn on a stream. A log file would contain every redrawn line. */
export function showsProgress(env: Environment, isTerminal: boolean): boolean {
  const inCi = env.CI !== undefined && env.CI !== '' && !isOff(env.CI)
  return isTerminal && !inCi && env.TERM !== 'dumb'
}

/** Creates the coloring functions. */
export function createPaint(colored: boolean): Paint {
  const paint = (code: number) => (text: string) => (colored ? `\u001b[${code}m${text}\u001b[0m` : text)
  return { good: paint(32), bad: paint(31), faint: paint(2), strong: paint(1) }
}

function isOff(value: string): boolean {
  return value === '0' || value.toLowerCase() === 'false'
}
