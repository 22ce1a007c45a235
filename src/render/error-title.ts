/**
 * Names of test cases for errors outside tests: the same from run to run.
 *
 * Dashboards know a test case by its name. A message may hold a port, a process, a path, an id or a time, so a name has
 * its words up to the first that may be one of these. The whole message is in the element of the case.
 *
 * @module
 */
import type { ErrorInfo } from '../model.js'
import { legalText } from '../xml/text.js'
import { errorType } from './error-text.js'

/** Longest name made from an error, in UTF-16 code units. */
const MAX_NAME_CHARACTERS = 200

/** Longer words are likely to be ids. */
const MAX_WORD_CHARACTERS = 20

/** A word, a code such as ECONNREFUSED or an identifier, with punctuation: no digits, no slashes, no quotes. */
const WORD = /^[([]?[\p{L}_$][\p{L}_$'’.-]*[)\]]?[,:;!?.]?$/u

/** A number whose hexadecimal digits happen to be letters. */
const HEX_WORD = /^[([]?[a-f]{6,}\W*$/i

/** The beginning of a date. */
const DATE_WORD =
  /^\W?(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?|Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\W*$/

/** After the words, if the message goes on. */
const CUT_MARK = '…'

/**
 * Names an error: its class and the beginning of its message.
 *
 * @returns one line
 */
export function errorTitle(error: ErrorInfo): string {
  const words = stableWords(legalText(error.message))
  const title = words === '' ? errorType(error) : `${errorType(error)}: ${words}`
  return firstLine(title)
}

// The first line up to the first word that may be another one in the next run.
function stableWords(message: string): string {
  const line = firstLine(message)
  for (const { 0: word, index } of line.matchAll(/\S+/g)) {
    if (isStable(word)) continue
    return `${line.slice(0, index)}${CUT_MARK}`
  }
  return line
}

function isStable(word: string): boolean {
  return word.length <= MAX_WORD_CHARACTERS && WORD.test(word) && !HEX_WORD.test(word) && !DATE_WORD.test(word)
}

function firstLine(text: string): string {
  const [line = ''] = text.slice(0, MAX_NAME_CHARACTERS).split('\n')
  return line
}
