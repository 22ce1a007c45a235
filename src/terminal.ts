/**
 * What a terminal shows: whether output is colored and shows progress, and text from outside made safe to print. The
 * command, the reporters and the server's log share it.
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

/**
 * Characters that a terminal acts on, or that it does not show: controls (Cc) but the line feed, format characters (Cf)
 * with bidirectional controls, zero-width and tag characters, lone surrogates (Cs), separators of lines and paragraphs,
 * private use (Co), noncharacters, and everything else that is invisible by default, such as variation selectors.
 */
const UNSAFE =
  /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu

/** Format characters that are visible: signs before Arabic, Syriac and Kaithi numbers (Prepended_Concatenation_Mark). */
const VISIBLE = /^[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]$/u

/** Emoji sequences (UTS #51): a joiner between two pictures, a variation selector after one. */
const PICTURE_BEFORE = /\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?$/u
const PICTURE_AFTER = /^\p{Extended_Pictographic}/u
const PICTURE_STYLED = /\p{Extended_Pictographic}[\u{1f3fb}-\u{1f3ff}]?$/u

/** Scripts whose spelling needs joiners (UAX #31 §2.3): Arabic and Syriac, and those of India and its neighbors. */
const JOINED =
  '[\\p{L}\\p{M}](?<=[\\p{scx=Arab}\\p{scx=Syrc}\\p{scx=Deva}\\p{scx=Beng}\\p{scx=Guru}\\p{scx=Gujr}\\p{scx=Orya}' +
  '\\p{scx=Taml}\\p{scx=Telu}\\p{scx=Knda}\\p{scx=Mlym}\\p{scx=Sinh}\\p{scx=Khmr}\\p{scx=Mymr}\\p{scx=Mong}])'
// Few texts need them, and the classes of so many scripts take a millisecond: more than the rest of this module.
let joined: { readonly before: RegExp; readonly after: RegExp } | undefined
const HAN_BEFORE = /\p{Script=Han}$/u

/** UTF-16 code units around a character that decide whether it belongs to a spelling: two characters before, one after. */
const CONTEXT_UNITS = 4

/**
 * Makes text from outside safe for a terminal, a log and a CI console: every character that a terminal acts on or does not
 * show becomes `\uXXXX`, which keeps JSON the same value. Line feeds are not changed.
 *
 * Invisible characters stay where they are part of a spelling: joiners in emoji and between letters of scripts that need
 * them, the selectors of emoji and of Han variants. One of them alone, or a second in a row, is escaped.
 */
export function printable(text: string): string {
  return text.replace(UNSAFE, (character, offset: number) => {
    if (VISIBLE.test(character) || isSpelling(character, text, offset)) return character
    return [...character].flatMap(unitsOf).join('')
  })
}

/** Makes text from outside safe for one line: `printable`, and line feeds escaped too. */
export function oneLine(text: string): string {
  return printable(text).replaceAll('\n', '\\u000a')
}

function isSpelling(character: string, text: string, offset: number): boolean {
  const before = text.slice(Math.max(0, offset - CONTEXT_UNITS), offset)
  const end = offset + character.length
  const after = text.slice(end, end + CONTEXT_UNITS)
  if (character === '\u200c' || character === '\u200d') {
    joined ??= { before: new RegExp(`${JOINED}$`, 'u'), after: new RegExp(`^${JOINED}`, 'u') }
    if (joined.before.test(before) && joined.after.test(after)) return true
    return character === '\u200d' && PICTURE_BEFORE.test(before) && PICTURE_AFTER.test(after)
  }
  if (character === '\ufe0e' || character === '\ufe0f') {
    return PICTURE_STYLED.test(before) || (/[0-9#*]$/.test(before) && after.startsWith('\u20e3'))
  }
  return /^[\u{e0100}-\u{e01ef}]$/u.test(character) && HAN_BEFORE.test(before)
}

function unitsOf(character: string): string[] {
  return character.split('').map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
