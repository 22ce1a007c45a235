/**
 * The kinds of value that a setting can have, and their accepted forms in words.
 *
 * The environment, files and flags contain text; reporter options may also contain booleans, numbers and lists. Every
 * kind accepts both, so that a value means the same everywhere.
 *
 * A zod schema checks values that are nested, and finds out what is wrong with the others. A plain value that is right needs
 * no schema, so that most runs start without zod.
 *
 * @module
 */
import type { z } from 'zod/v3'
import type {
  FilePathBase,
  NameParts,
  NameTemplate,
  PropertySource,
  PropertyValue,
  TestPropertySource,
  TestRun,
} from '../model.js'
import { isReservedName } from '../reserved-names.js'
import { zod } from '../zod.js'

const TRUE_WORDS = ['true', '1', 'yes', 'on']
const FALSE_WORDS = ['false', '0', 'no', 'off']
/** For a value that a person or a CI system should have replaced. */
const PLACEHOLDER = { params: { isPlaceholder: true } }
const UNIT_MS = { ms: 1, s: 1_000, m: 60_000 } as const

type Schema<T> = z.ZodType<T, z.ZodTypeDef, unknown>

/** A kind of value. */
export interface Kind<T> {
  readonly type: 'flag' | 'number' | 'word' | 'list' | 'text' | 'other'
  /** The accepted form in words; completes "must be …". */
  readonly form: string
  /** The accepted words, where it is one of several. */
  readonly words: readonly string[]
  /** The names of its members, if it is an object with given ones. */
  readonly members: readonly string[]
  /** Reads a value without the schema; `undefined` if only the schema can tell whether and how it is accepted. */
  plain(value: unknown): T | undefined
  /** Agrees with `plain`. */
  schema(): Schema<T>
}

/** What zod says about a value. */
export type Checked<T> = z.SafeParseReturnType<unknown, T>

/** Reads a value as the kind accepts it. */
export function check<T>(kind: Kind<T>, value: unknown): Checked<T> {
  const data = kind.plain(value)
  return data === undefined ? kind.schema().safeParse(value) : { success: true, data }
}

function kindOf<T>(
  type: Kind<T>['type'],
  form: string,
  schema: () => Schema<T>,
  { plain = () => undefined, words = [], members = [] }: Partial<Pick<Kind<T>, 'plain' | 'words' | 'members'>> = {},
): Kind<T> {
  let made: Schema<T> | undefined
  return {
    type,
    form,
    words,
    members,
    plain,
    schema: () => {
      made ??= schema()
      return made
    },
  }
}

/** True or false. */
export const flag = kindOf(
  'flag',
  'true or false (also 1/0, yes/no, on/off)',
  () => zod().preprocess(readFlag, zod().boolean()),
  {
    plain: (value) => {
      const read = readFlag(value)
      return typeof read === 'boolean' ? read : undefined
    },
  },
)

/** What a text must be, besides not empty. */
interface TextRules {
  readonly form?: string
  /** Used exactly as written; otherwise without the white space around it. */
  readonly isExact?: boolean
  /** Whether it is a value, and no placeholder for one. */
  readonly isValue?: (value: string) => boolean
  readonly accepts?: (value: string) => boolean
}

function textKind({ form = 'text', isExact = false, isValue = isAny, accepts = isAny }: TextRules): Kind<string> {
  const schema = () => {
    const written = isExact ? zod().string() : zod().string().trim()
    return written.min(1).refine(isValue, PLACEHOLDER).refine(accepts)
  }
  const plain = (value: unknown) => {
    const read = typeof value !== 'string' ? '' : isExact ? value : value.trim()
    return read !== '' && isValue(read) && accepts(read) ? read : undefined
  }
  return kindOf('text', form, schema, { plain })
}

/** Text; white space around it is removed. */
export const text = textKind({})

/** A passphrase, used exactly as written. */
export const passphrase = textKind({ isExact: true, isValue: isNoPlaceholder })

/** A key or token that is sent in a header (RFC 9110, section 5.5). */
export const credential = textKind({
  form: 'text of visible ASCII characters, without spaces',
  isValue: isNoPlaceholder,
  accepts: (value) => /^[\x21-\x7e]+$/.test(value),
})

/** The PEM text of a private key, used exactly as written. */
export const pem = textKind({
  form: 'the PEM text of a private key',
  isExact: true,
  isValue: isNoPlaceholder,
  accepts: (value) => /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(value),
})

/** A path. The loader makes it absolute, because it knows which folder the path is relative to. */
export const path = textKind({
  form: 'a path',
  isValue: (value) => !/<[^<>]+>|\$\{|\{\{|^\$\(|(?:^|[\\/])\$[A-Z_]{2,}(?:[\\/]|$)|%[A-Z_]{2,}%/.test(value),
  accepts: (value) => !/[\0\n]|-----BEGIN /.test(value),
})

/** What paths are relative to: a word, or the path from another folder to the project. */
export const filePathBase: Kind<FilePathBase> = kindOf(
  'other',
  'repository, project, or a path that ends with /',
  () => zod().preprocess(trimmed, zod().custom<FilePathBase>(isFilePathBase)),
  {
    plain: (value) => {
      const read = trimmed(value)
      return isFilePathBase(read) ? read : undefined
    },
  },
)

/** An http or https URL. Credentials are settings of their own. */
export const url = textKind({
  form: 'an http:// or https:// URL without a user name or password',
  isValue: (value) => !/<[^<>]+>|\$\{|\{\{|\$\(|\$[A-Z_]{2,}|^%\w+%/.test(value),
  accepts: isPlainUrl,
})

/** A list; in text its items are separated by commas. */
export const list = kindOf(
  'list',
  'a list of texts (in files and variables: separated by commas)',
  () => zod().preprocess(splitList, zod().array(zod().string()).transform(cleanList)),
  {
    plain: (value) => {
      const items = splitList(value)
      return isTexts(items) ? cleanList(items) : undefined
    },
  },
)

/** One or more regular expressions. Text is one expression, because expressions contain commas. */
export const patterns: Kind<string[]> = kindOf('list', 'a regular expression, or a list of them', () =>
  zod().preprocess(
    (value) => (typeof value === 'string' ? [value] : value),
    zod().array(zod().string().min(1).refine(isPattern, 'a regular expression')),
  ),
)

/** A name template, or a function that makes the name. */
export const nameTemplate: Kind<NameTemplate> = kindOf('other', 'text or a function that returns text', () =>
  zod().union([zod().string().min(1), zod().custom<(parts: NameParts) => string>(isFunction, 'a function')]),
)

/** Custom properties of a run. */
export const properties: Kind<PropertySource> = kindOf(
  'other',
  'an object of texts, numbers and booleans, or a function that returns one',
  () =>
    zod()
      .union([
        zod().record(
          zod().string(),
          zod().union([zod().string(), zod().number().finite(), zod().boolean(), zod().undefined()]),
        ),
        zod().custom<(run: TestRun) => Readonly<Record<string, PropertyValue | undefined>>>(isFunction, 'a function'),
      ])
      .superRefine((values, context) => {
        for (const name of typeof values === 'function' ? [] : Object.keys(values).filter(isReservedName)) {
          context.addIssue({ code: 'custom', path: [name], params: { isReserved: true } })
        }
      }),
)

/** Custom properties of tests. */
export const testProperties: Kind<TestPropertySource> = kindOf(
  'other',
  'a function that returns an object of texts, numbers and booleans',
  () => zod().custom<TestPropertySource>(isFunction),
)

/** One of several words, in any case. */
export function word<const T extends readonly [string, ...string[]]>(words: T): Kind<T[number]> {
  return kindOf<T[number]>('word', choiceOf(words), () => zod().preprocess(readWord, zod().enum(words)), {
    plain: (value) => words.find((one) => one === readWord(value)),
    words,
  })
}

/** A whole number within bounds. */
export function whole(min: number, max: number): Kind<number> {
  return kindOf(
    'number',
    `a whole number from ${min} to ${max}`,
    () => zod().preprocess(readNumber, zod().number().int().min(min).max(max)),
    {
      plain: (value) => {
        const number = within(readNumber(value), min, max)
        return Number.isInteger(number) ? number : undefined
      },
    },
  )
}

/** A time in seconds within bounds; text may have a unit (`30s`, `2m`). */
export function seconds(min: number, max: number): Kind<number> {
  return kindOf(
    'number',
    `a number of seconds from ${min} to ${max} ("30", "30s", "2m")`,
    () => zod().preprocess(readSeconds, zod().number().min(min).max(max)),
    { plain: (value) => within(readSeconds(value), min, max) },
  )
}

/** An object of optional whole numbers, each at least 1. */
export function sizes<Name extends string>(names: readonly Name[]): Kind<Readonly<Partial<Record<Name, number>>>> {
  const schema = () => {
    const size = zod().number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional()
    const shape = Object.fromEntries(names.map((name) => [name, size]))
    return zod()
      .strictObject(shape)
      .refine(hasOnly<Name>, 'an object without undefined members')
  }
  return kindOf('other', `an object of whole numbers: ${names.join(', ')}`, schema, { members: names })
}

/** Words as a choice: `a, b or c`. */
export function choiceOf(words: readonly (string | number)[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

// Texts in the syntax of documents, shells, CI systems and templates for "put a value here".
function isNoPlaceholder(value: string): boolean {
  return !/^(?:<[^<>]+>|\$\{[^{}]*\}|\$?\{\{[^{}]*\}\}|\$\([\w.]+\)|\$[A-Za-z_]\w*|%\w+%)$/.test(value.trim())
}

function readNumber(value: unknown): unknown {
  return typeof value === 'string' && /^\s*[+-]?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value
}

function readSeconds(value: unknown): unknown {
  const [, digits, unit] = (typeof value === 'string' && /^(\d+(?:\.\d+)?)\s*(ms|s|m)$/.exec(value.trim())) || []
  if (digits === undefined) return readNumber(value)
  return (Number(digits) * UNIT_MS[unit === 'ms' || unit === 'm' ? unit : 's']) / UNIT_MS.s
}

function within(value: unknown, min: number, max: number): number | undefined {
  return typeof value === 'number' && value >= min && value <= max ? value : undefined
}

function readFlag(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const written = value.trim().toLowerCase()
  return TRUE_WORDS.includes(written) ? true : FALSE_WORDS.includes(written) ? false : value
}

function trimmed(value: unknown): unknown {
  return typeof value === 'string' ? value.trim() : value
}

// A path that goes up would lead out of the folder that it starts from.
function isFilePathBase(value: unknown): value is FilePathBase {
  if (value === 'repository' || value === 'project') return true
  return typeof value === 'string' && /^[^\0\r\n\\]+\/$/.test(value) && !value.split('/').includes('..')
}

function readWord(value: unknown): unknown {
  return typeof value === 'string' ? value.trim().toLowerCase() : value
}

function splitList(value: unknown): unknown {
  return typeof value === 'string' ? value.split(',') : value
}

function cleanList(items: readonly string[]): string[] {
  return items.map((item) => item.trim()).filter((item) => item !== '')
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function isAny(): boolean {
  return true
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
