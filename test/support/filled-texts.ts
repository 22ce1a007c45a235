/**
 * Makes texts with made-up secrets from patterns such as `token: {{alnum:20}}`. The values are joined at run time, so
 * that no secret scanner reports them in the sources.
 *
 * @module
 */
import { createHash } from 'node:crypto'

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const LOWER = UPPER.toLowerCase()
const DIGITS = '0123456789'
const ALPHABETS: Readonly<Record<string, string>> = {
  alnum: UPPER + LOWER + DIGITS,
  hex: `${DIGITS}abcdef`,
  HEX: `${DIGITS}ABCDEF`,
  digits: DIGITS,
  lower: LOWER + DIGITS,
  upper: UPPER + DIGITS,
  base32: `${UPPER}234567`,
  base64: `${UPPER}${LOWER}${DIGITS}+/`,
  url: `${UPPER}${LOWER}${DIGITS}-_`,
  pass: `${UPPER}${LOWER}${DIGITS}${DIGITS}!#*.~^`,
}

export interface FilledText {
  readonly pattern: string
  readonly text: string
  /** What must not stay. */
  readonly values: readonly string[]
}

/** `length` characters of an alphabet, the same for the same seed. Passwords have a letter and a digit. */
function made(alphabet: string, length: number, seed: string): string {
  const characters = ALPHABETS[alphabet]
  if (characters === undefined) throw new Error(`no alphabet ${alphabet}`)
  let text = ''
  for (let round = 0; text.length < length; round++) {
    for (const byte of createHash('sha512').update(`${seed} ${round}`).digest())
      text += characters[byte % characters.length]
  }
  text = text.slice(0, length)
  if (alphabet === 'pass') text = `${text.slice(0, 2)}k7${text.slice(4)}`
  return text
}

/** Fills the places of a pattern: `{{alphabet:length}}`, `{{uuid}}` and `{{basic}}`. */
export function filled(pattern: string, seed: string): FilledText {
  const values: string[] = []
  let place = 0
  const text = pattern.replaceAll(/\{\{(\w+)(?::(\d+))?\}\}/g, (_, alphabet: string, length: string | undefined) => {
    const from = `${seed} ${pattern} ${place++}`
    const value =
      alphabet === 'uuid'
        ? [8, 4, 4, 4, 12].map((part) => made('hex', part, `${from} ${part}`)).join('-')
        : alphabet === 'basic'
          ? Buffer.from(`deploy:${made('alnum', 14, from)}`).toString('base64')
          : made(alphabet, Number(length), from)
    values.push(value)
    return value
  })
  return { pattern, text, values }
}

/** Whether a part of 6 characters of a value is left in a scrubbed text. */
export function leftOf({ values }: FilledText, scrubbedText: string): boolean {
  const text = scrubbedText.replaceAll(/\[secret:[\w:-]+\]/g, '\u0000')
  return values.some((value) => {
    const part = Math.min(6, value.length)
    for (let at = 0; at + part <= value.length; at++) if (text.includes(value.slice(at, at + part))) return true
    return false
  })
}
