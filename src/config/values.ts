/**
 * The kinds of value that a setting can have: how each is read from text, and what to say when it cannot be.
 *
 * Text comes from the environment, from files and from flags; reporter options may hold the real thing. Every kind takes
 * both, so that a value means the same wherever it was written.
 *
 * `zod/v3` is the smaller of the two interfaces that zod has, and is here to stay: reporters load it in the runner's process, and it takes a
 * quarter of the other's time.
 *
 * @module
 */
import { z } from 'zod/v3'

/** A kind of value: the schema that reads it, and the accepted form in words. */
export interface ValueKind<T extends z.ZodTypeAny = z.ZodTypeAny> {
  readonly schema: T
  /** Completes "must be …". */
  readonly form: string
  /** The words, where it is one of some. */
  readonly words?: readonly string[]
}

const TRUE = new Set(['true', '1', 'yes', 'on'])
const FALSE = new Set(['false', '0', 'no', 'off'])

/** Yes or no. */
export const flag = kind(
  'true or false (also 1/0, yes/no, on/off)',
  z.preprocess((value) => {
    if (typeof value !== 'string') return value
    const word = value.trim().toLowerCase()
    return TRUE.has(word) ? true : FALSE.has(word) ? false : value
  }, z.boolean()),
)

/** Any text without line breaks around it. */
export const text = kind('text', z.string().trim().min(1))

/** Text of several lines, taken as it is: PEM. */
export const block = kind('PEM text', z.string().min(1))

/** A path; made absolute by the loader, which knows what it is relative to. */
export const path = kind(
  'a path',
  z
    .string()
    .trim()
    .min(1)
    .refine((value) => !/[\0\n]|-----BEGIN /.test(value)),
)

/** An http or https URL; without a user or password, which belong into a setting of their own. */
export const url = kind(
  'an http:// or https:// URL without a user name or password',
  z.string().trim().refine(isPlainUrl),
)

/** A list; in text its items stand between commas. */
export const list = kind(
  'a list of texts (in files and variables: separated by commas)',
  z.preprocess(
    (value) => (typeof value === 'string' ? value.split(',') : value),
    z.array(z.string()).transform((items) => items.map((item) => item.trim()).filter((item) => item !== '')),
  ),
)

/** One of several words, in any case. */
export function word<const T extends readonly [string, ...string[]]>(words: T) {
  const form = words.length === 1 ? words[0] : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
  const schema = z.preprocess(
    (value) => (typeof value === 'string' ? value.trim().toLowerCase() : value),
    z.enum(words),
  )
  return { ...kind(form, schema), words }
}

/** A whole number within bounds. */
export function whole(min: number, max: number) {
  return kind(`a whole number from ${min} to ${max}`, z.preprocess(readNumber, z.number().int().min(min).max(max)))
}

/** A time in seconds within bounds; text may carry the unit (`30s`, `2m`). */
export function seconds(min: number, max: number) {
  return kind(
    `a number of seconds from ${min} to ${max} ("30", "30s", "2m")`,
    z.preprocess((value) => {
      const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*(ms|s|m)$/.exec(value.trim()) : null
      if (match === null) return readNumber(value)
      return (Number(match[1]) * UNIT_MS[match[2] === 'ms' ? 'ms' : match[2] === 'm' ? 'm' : 's']) / UNIT_MS.s
    }, z.number().min(min).max(max)),
  )
}

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000 } as const

/** A kind from its accepted form and its schema. */
export function kind<T extends z.ZodTypeAny>(form: string, schema: T): ValueKind<T> {
  return { form, schema }
}

function readNumber(value: unknown): unknown {
  return typeof value === 'string' && /^\s*[+-]?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value
}

function isPlainUrl(value: string): boolean {
  if (!URL.canParse(value)) return false
  const parsed = new URL(value)
  return /^https?:$/.test(parsed.protocol) && parsed.username === '' && parsed.password === ''
}
