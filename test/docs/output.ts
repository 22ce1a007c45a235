/**
 * Compares the output of a program with what a page shows.
 *
 * @module
 */
import { stripVTControlCharacters } from 'node:util'

/** What differs from run to run, and its replacement. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{64}\b/g, 'HASH'],
  [/\b[0-9a-f]{16}\b/g, 'FINGERPRINT'],
  [/\b[0-9a-f]{12}\b/g, 'COMMIT'],
  [/\b[0-9a-f]{40}\b/g, 'COMMIT'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)/g, 'TIME'],
  [/\b\d\d:\d\d:\d\d\b/g, 'CLOCK'],
  [/\b\d+\.\d+\.\d+\b/g, 'VERSION'],
  [/\b\d+(\.\d+)? ?m?s\b/g, 'DURATION'],
]

/**
 * Compares what a page shows with what was printed. What differs from run to run is ignored.
 *
 * In the page, a line `...` matches any lines, and `…` any text within a line.
 *
 * @returns the two texts with replacements if they differ; otherwise `undefined`
 */
export function difference(shown: string, printed: string): { shown: string; printed: string } | undefined {
  const wanted = normalized(shown)
  const got = normalized(printed)
  const pattern = wanted
    .split('\n')
    .map((line) => (line === '...' ? '(?:.*\\n)*?' : `${escaped(line)}\\n`))
    .join('')
  return new RegExp(`^${pattern}$`).test(`${got}\n`) ? undefined : { shown: wanted, printed: got }
}

function normalized(text: string): string {
  const plain = stripVTControlCharacters(text).replaceAll('\r', '')
  const same = VARYING.reduce((result, [pattern, word]) => result.replace(pattern, word), plain)
  // The width of columns depends on their contents.
  return same
    .replace(/[ \t]+/g, ' ')
    .replace(/ $/gm, '')
    .replace(/^\n+|\n+$/g, '')
}

function escaped(line: string): string {
  return line.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll('…', '.*')
}
