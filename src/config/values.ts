/**
 * The kinds of value that a setting can have, as zod schemas, and their accepted forms in words.
 *
 * The environment, files and flags contain text; reporter options may also contain booleans, numbers and lists. Every
 * kind accepts both, so that a value means the same everywhere.
 *
 * `zod/v3` is the smaller of zod's two interfaces, and zod promises to support it permanently. Reporters load it in the
 * runner's process, and it loads four times as fast as the other interface.
 *
 * @module
 */
import { z } from 'zod/v3'
import type { NameParts, PropertyValue, TestPropertySource, TestRun } from '../model.js'
import { isReservedName } from '../reserved-names.js'

const TRUE_WORDS = ['true', '1', 'yes', 'on']
const FALSE_WORDS = ['false', '0', 'no', 'off']
/** For a value that a person or a CI system should have replaced. */
const PLACEHOLDER = { params: { isPlaceholder: true } }
const UNIT_MS = { ms: 1, s: 1_000, m: 60_000 } as const

/** True or false. */
export const flag = z.preprocess((value) => {
  if (typeof value !== 'string') return value
  const written = value.trim().toLowerCase()
  return TRUE_WORDS.includes(written) ? true : FALSE_WORDS.includes(written) ? false : value
}, z.boolean())

/** Text; white space around it is removed. */
export const text = z.string().trim().min(1)

/** A passphrase, used exactly as written. */
export const passphrase = z.string().min(1).refine(isNoPlaceholder, PLACEHOLDER)

/** A key or token that is sent in a header (RFC 9110, section 5.5). */
export const credential = z
  .string()
  .trim()
  .min(1)
  .refine(isNoPlaceholder, PLACEHOLDER)
  .refine((value) => /^[\x21-\x7e]+$/.test(value))
  .describe('text of visible ASCII characters, without spaces')

/** The PEM text of a private key, used exactly as written. */
export const pem = z
  .string()
  .min(1)
  .refine(isNoPlaceholder, PLACEHOLDER)
  .refine((value) => /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(value))
  .describe('the PEM text of a private key')

/** A path. The loader makes it absolute, because it knows which folder the path is relative to. */
export const path = z
  .string()
  .trim()
  .min(1)
  .refine(
    (value) => !/<[^<>]+>|\$\{|\{\{|^\$\(|(?:^|[\\/])\$[A-Z_]{2,}(?:[\\/]|$)|%[A-Z_]{2,}%/.test(value),
    PLACEHOLDER,
  )
  .refine((value) => !/[\0\n]|-----BEGIN /.test(value))
  .describe('a path')

/** An http or https URL. Credentials are settings of their own. */
export const url = z
  .string()
  .trim()
  .refine((value) => !/<[^<>]+>|\$\{|\{\{|\$\(|\$[A-Z_]{2,}|^%\w+%/.test(value), PLACEHOLDER)
  .refine(isPlainUrl)
  .describe('an http:// or https:// URL without a user name or password')

/** A list; in text its items are separated by commas. */
export const list = z
  .preprocess(
    (value) => (typeof value === 'string' ? value.split(',') : value),
    z.array(z.string()).transform((items) => items.map((item) => item.trim()).filter((item) => item !== '')),
  )
  .describe('a list of texts (in files and variables: separated by commas)')

/** One or more regular expressions. Text is one expression, because expressions contain commas. */
export const patterns = z
  .preprocess(
    (value) => (typeof value === 'string' ? [value] : value),
    z.array(z.string().min(1).refine(isPattern, 'a regular expression')),
  )
  .describe('a regular expression, or a list of them')

/** A name template, or a function that makes the name. */
export const nameTemplate = z
  .union([z.string().min(1), z.custom<(parts: NameParts) => string>(isFunction, 'a function')])
  .describe('text or a function that returns text')

/** Custom properties of a run. */
export const properties = z
  .union([
    z.record(z.string(), z.union([z.string(), z.number().finite(), z.boolean(), z.undefined()])),
    z.custom<(run: TestRun) => Readonly<Record<string, PropertyValue | undefined>>>(isFunction, 'a function'),
  ])
  .superRefine((values, context) => {
    for (const name of typeof values === 'function' ? [] : Object.keys(values).filter(isReservedName)) {
      context.addIssue({ code: 'custom', path: [name], params: { isReserved: true } })
    }
  })
  .describe('an object of texts, numbers and booleans, or a function that returns one')

/** Custom properties of tests. */
export const testProperties = z
  .custom<TestPropertySource>(isFunction)
  .describe('a function that returns an object of texts, numbers and booleans')

/** One of several words, in any case. */
export function word<const T extends readonly [string, ...string[]]>(words: T) {
  return z.preprocess((value) => (typeof value === 'string' ? value.trim().toLowerCase() : value), z.enum(words))
}

/** A whole number within bounds. */
export function whole(min: number, max: number) {
  return z.preprocess(readNumber, z.number().int().min(min).max(max))
}

/** A time in seconds within bounds; text may have a unit (`30s`, `2m`). */
export function seconds(min: number, max: number) {
  return z
    .preprocess((value) => {
      const [, digits, unit] = (typeof value === 'string' && /^(\d+(?:\.\d+)?)\s*(ms|s|m)$/.exec(value.trim())) || []
      if (digits === undefined) return readNumber(value)
      return (Number(digits) * UNIT_MS[unit === 'ms' || unit === 'm' ? unit : 's']) / UNIT_MS.s
    }, z.number().min(min).max(max))
    .describe(`a number of seconds from ${min} to ${max} ("30", "30s", "2m")`)
}

/** An object of optional whole numbers, each at least 1. */
export function sizes<Name extends string>(names: readonly Name[]) {
  const size = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional()
  const shape = Object.fromEntries(names.map((name) => [name, size]))
  return z
    .strictObject(shape)
    .refine(hasOnly<Name>, 'an object without undefined members')
    .describe(`an object of whole numbers: ${names.join(', ')}`)
}

/** The accepted form of a value in words; completes "must be …". */
export function formOf(schema: z.ZodTypeAny): string {
  if (schema.description !== undefined) return schema.description
  const core = coreOf(schema)
  if (core instanceof z.ZodEnum) return choiceOf(wordsOf(core))
  if (core instanceof z.ZodBoolean) return 'true or false (also 1/0, yes/no, on/off)'
  if (core instanceof z.ZodNumber) {
    return `a ${core.isInt ? 'whole ' : ''}number from ${core.minValue} to ${core.maxValue}`
  }
  return 'text'
}

/** The accepted words of an enum; an empty list for other kinds. */
export function wordsOf(schema: z.ZodTypeAny): readonly string[] {
  const core = coreOf(schema)
  return core instanceof z.ZodEnum ? z.array(z.string()).parse(core.options) : []
}

/** The names of an object's members; an empty list for other kinds. */
export function memberNames(schema: z.ZodTypeAny): readonly string[] {
  const core = coreOf(schema)
  return core instanceof z.ZodObject ? Object.keys(core.shape) : []
}

/** Whether a value is true or false, a number, or something else. */
export function coreKind(schema: z.ZodTypeAny): 'flag' | 'number' | 'other' {
  const core = coreOf(schema)
  return core instanceof z.ZodBoolean ? 'flag' : core instanceof z.ZodNumber ? 'number' : 'other'
}

/** Whether a value is true or false. */
export function isFlag(schema: z.ZodTypeAny): boolean {
  return coreKind(schema) === 'flag'
}

/** Words as a choice: `a, b or c`. */
export function choiceOf(words: readonly (string | number)[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

/** A schema without its default and its transformations. */
export function coreOf(schema: z.ZodTypeAny): z.ZodTypeAny {
  if (schema instanceof z.ZodDefault) return coreOf(schema.removeDefault())
  if (schema instanceof z.ZodOptional) return coreOf(schema.unwrap())
  return schema instanceof z.ZodEffects ? coreOf(schema.innerType()) : schema
}

// Texts in the syntax of documents, shells, CI systems and templates for "put a value here".
function isNoPlaceholder(value: string): boolean {
  return !/^(?:<[^<>]+>|\$\{[^{}]*\}|\$?\{\{[^{}]*\}\}|\$\([\w.]+\)|\$[A-Za-z_]\w*|%\w+%)$/.test(value.trim())
}

function readNumber(value: unknown): unknown {
  return typeof value === 'string' && /^\s*[+-]?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value
}

function isPlainUrl(value: string): boolean {
  if (!URL.canParse(value)) return false
  const parsed = new URL(value)
  return /^https?:$/.test(parsed.protocol) && parsed.username === '' && parsed.password === ''
}

function isPattern(source: string): boolean {
  try {
    new RegExp(source)
    return true
  } catch {
    return false
  }
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

// A member with the value `undefined` would replace the default of a size.
function hasOnly<Name extends string>(
  sizes: Readonly<Record<string, number | undefined>>,
): sizes is Readonly<Partial<Record<Name, number>>> {
  return !Object.values(sizes).includes(undefined)
}
