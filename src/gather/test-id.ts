/**
 * Ids of tests whose runner gives them none.
 *
 * @module
 */
import { hash } from 'node:crypto'

/** Length of an id. With 64 bits two of a million tests have the same one once in 40 million runs. */
const HEX_DIGITS = 16

/**
 * The id of a test: the same in each run as long as its names stay the same.
 *
 * @param names of its project, file and describes, and its own
 * @param ordinal among the tests with these names
 */
export function testIdOf(names: readonly string[], ordinal: number): string {
  let key = `${ordinal}`
  for (const name of names) key += `\0${name}`
  return hash('sha256', key).slice(0, HEX_DIGITS)
}
