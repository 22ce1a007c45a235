/**
 * Says when a runner is older than the versions that are supported.
 *
 * @module
 */
import { createPaint, oneLine, showsColor } from '../terminal.js'

const OLDEST = {
  vitest: { name: 'Vitest', major: 3, minor: 2 },
  jest: { name: 'Jest', major: 29, minor: 7 },
  playwright: { name: 'Playwright', major: 1, minor: 63 },
} as const

/** The sentence for a version that is too old; `undefined` for any other, and for one that is not known. */
export function oldRunner(runner: keyof typeof OLDEST, version: string | undefined): string | undefined {
  const { name, major, minor } = OLDEST[runner]
  // Vitest 1 does not tell its version.
  const [, ownMajor, ownMinor] = /^(\d+)\.(\d+)\./.exec(version ?? '1.0.0') ?? []
  if (ownMajor === undefined || Number(ownMajor) > major) return undefined
  if (Number(ownMajor) === major && Number(ownMinor) >= minor) return undefined
  // Vitest 3.0 has the events that a report is made of.
  const cost =
    runner === 'vitest' && Number(ownMajor) < 3
      ? 'there will be no report of this run'
      : 'the report of this run may be incomplete'
  const shown = version === undefined ? `this ${name}` : `${name} ${oneLine(version)}`
  return `${shown} is older than ${major}.${minor}, the oldest supported version: ${cost}`
}

/** Prints the sentence, if there is one. */
export function writeOldRunner(runner: keyof typeof OLDEST, version: string | undefined): void {
  const sentence = oldRunner(runner, version)
  if (sentence === undefined) return
  const paint = createPaint(showsColor(process.env, process.stderr.isTTY === true))
  process.stderr.write(`${paint.strong('  jux')}  ${sentence}\n`)
}
