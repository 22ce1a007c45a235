/**
 * Whether a stream shows colour and progress: the one place that decides, for the command and the reporters.
 *
 * Colour: `FORCE_COLOR` decides (`0` and `false` turn it off, anything else turns it on); else there is none with `NO_COLOR`, with
 * `TERM=dumb` and in CI; else a terminal has it and a file or a pipe has not. Progress: on a terminal, except with `TERM=dumb` and
 * in CI. An empty variable is one that is not set. See https://no-color.org and https://force-color.org.
 *
 * @module
 */
import type { Environment } from './system.js'

/** Marks text; without colour each returns the text as it is. */
export interface Paint {
  good(text: string): string
  bad(text: string): string
  faint(text: string): string
  strong(text: string): string
}

/** Whether what is written to a stream is coloured. */
export function showsColor(env: Environment, isTerminal: boolean): boolean {
  if (env.FORCE_COLOR) return !isOff(env.FORCE_COLOR)
  return !env.NO_COLOR && isLively(env, isTerminal)
}

/** Whether a line on a stream may be drawn again and again for somebody who waits. */
export function showsProgress(env: Environment, isTerminal: boolean): boolean {
  return isLively(env, isTerminal)
}

/** Colours, or none. */
export function createPaint(colored: boolean): Paint {
  const paint = (code: number) => (text: string) => (colored ? `\u001b[${code}m${text}\u001b[0m` : text)
  return { good: paint(32), bad: paint(31), faint: paint(2), strong: paint(1) }
}

// A log is read later, and shows a line that was drawn a hundred times a hundred times.
function isLively(env: Environment, isTerminal: boolean): boolean {
  const inCi = env.CI !== undefined && env.CI !== '' && !isOff(env.CI)
  return isTerminal && !inCi && env.TERM !== 'dumb'
}

function isOff(value: string): boolean {
  return value === '0' || value.toLowerCase() === 'false'
}
