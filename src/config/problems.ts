/**
 * Converts the issues that zod finds in a configuration to errors with messages for people.
 *
 * @module
 */
import type { z } from 'zod/v3'
import { JuxError, shellWord } from '../errors.js'
import type { ReasonOf } from '../reasons.js'
import { ownName, settingOfFact } from '../reserved-names.js'
import { placed, type SettingSource, variableName } from '../setting-source.js'
import { choiceOf } from './values.js'

/** A word with more changed letters than this is another word, not a typo. */
const MAX_EDITS = 2

/** Longer texts, and texts with `@`, are not shown: they may be secrets in the wrong place. */
const MAX_SHOWN_CHARS = 24

/** The names of zod's types in messages. */
const TYPES: Readonly<Partial<Record<z.ZodParsedType | 'integer', string>>> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  function: 'a function',
}

/** A value that was checked, for messages. */
export interface CheckedValue extends Pick<SettingSource, 'name' | 'place'> {
  readonly raw: unknown
  /** What a setting of this name accepts, in words. */
  readonly form: string
  /** Whether the value may be shown. */
  readonly secret: boolean
  /** The names of its members, if it is an object with given ones. */
  readonly members: readonly string[]
}

/** Creates the errors for the issues that zod found in the value of one setting. */
export function valueProblems(checked: CheckedValue, issues: readonly z.ZodIssue[]): readonly JuxError[] {
  const found = new Map<string, readonly JuxError[]>()
  for (const issue of issues.map(mostSpecific)) {
    // One error for each member of an object, but one for a whole list: its other items are likely to have the same
    // mistake.
    const member = issue.path.filter((key) => typeof key === 'string').join('.')
    if (!found.has(member)) found.set(member, valueProblem(checked, issue))
  }
  return [...found.values()].flat()
}

/** Creates the error for an unknown name. */
export function unknownName(what: string, name: string, known: Iterable<string>): JuxError {
  const meant = nearestWord(name, known)
  return invalid(
    `${what} does not exist${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    'unknown-key',
    meant === undefined ? ['npx jux config list  (shows every setting and its names)'] : [`write ${meant}`],
  )
}

/** An error about a value or a name. */
export function invalid(
  message: string,
  reason: ReasonOf<'CONFIG_INVALID_VALUE'>,
  suggestions: readonly string[] = [],
): JuxError {
  return new JuxError('CONFIG_INVALID_VALUE', { message, reason, suggestions })
}

/**
 * The closest of some words, if one is close enough to be a typo: at most two letters changed, missing, added or
 * swapped, or the same letters apart from case, dashes and underscores.
 *
 * @returns one of `known`, or `undefined`
 */
export function nearestWord(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestEdits = MAX_EDITS + 1
  for (const candidate of known) {
    const edits = letters(candidate) === letters(word) ? 0 : editDistance(word, candidate, bestEdits)
    // Two letters are most of a short word.
    if (edits < bestEdits && edits < candidate.length / 2) {
      best = candidate
      bestEdits = edits
    }
  }
  return best
}

// Of several accepted forms, the one whose mistake is nested deepest is closest to the value.
function mostSpecific(issue: z.ZodIssue): z.ZodIssue {
  if (issue.code !== 'invalid_union') return issue
  const inner = issue.unionErrors.flatMap(({ issues }) => issues.map(mostSpecific))
  return inner.reduce<z.ZodIssue>((deepest, one) => (one.path.length > deepest.path.length ? one : deepest), issue)
}

function valueProblem(checked: CheckedValue, issue: z.ZodIssue): readonly JuxError[] {
  const { name, place, secret, form, members } = checked
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownName(placed({ name: `${name}.${key}`, place }), key, members))
  }
  const { path } = issue
  if (issue.code === 'custom' && issue.params?.isReserved === true) return [reservedName(checked, String(path[0]))]
  const { inside, raw } = resolve(checked.raw, path)
  const part = inside.map(step).join('')
  const label = name === place ? name + part : placed({ name: name + part, place })
  const accepted = inside.length < path.length || path.length === 0 ? form : expected(issue)
  return [
    invalid(`${label} must be ${accepted}${secret ? '' : `, not ${shown(raw)}`}`, 'bad-value', [
      'npx jux config validate  (checks every place)',
    ]),
  ]
}

// A custom property with the name of a fact.
function reservedName({ name, place, raw }: CheckedValue, property: string): JuxError {
  const setting = settingOfFact(property)
  const value = resolve(raw, [property]).raw
  const isDetected = setting === 'branch' || setting === 'commitSha'
  const written = typeof value === 'string' ? value : String(value)
  return invalid(
    `${placed({ name: `${name}["${property}"]`, place })} has the name of a fact, which custom properties cannot replace`,
    'reserved-name',
    [
      setting === undefined
        ? `write ${ownName(property)}: ${JSON.stringify(value)} in ${name} of ${place}`
        : isDetected
          ? `export ${variableName(setting)}=${shellWord(written)}`
          : `write ${setting}: ${JSON.stringify(value)} in ${place}`,
      ...(setting === undefined ? [] : [`use a name of your own, such as ${ownName(property)}`]),
    ],
  )
}

// Follows a path as far as it exists in the written value: a text that is read as a list has no items.
function resolve(written: unknown, path: readonly (string | number)[]) {
  let raw = written
  for (const [depth, key] of path.entries()) {
    if (typeof raw !== 'object' || raw === null) return { inside: path.slice(0, depth), raw }
    raw = Reflect.get(raw, key)
  }
  return { inside: path, raw }
}

function step(key: string | number): string {
  return typeof key === 'number' ? `[${key}]` : `.${key}`
}

function expected(issue: z.ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? issue.expected
    case 'invalid_enum_value':
      return choiceOf(issue.options)
    case 'invalid_union': {
      const accepted = issue.unionErrors.flatMap(({ issues }) => issues.slice(0, 1).map(expected))
      return choiceOf([...new Set(accepted)].filter((form) => form !== 'undefined'))
    }
    case 'too_small':
      return issue.type === 'string' ? 'text that is not empty' : `at least ${issue.minimum}`
    case 'too_big':
      return `at most ${issue.maximum}`
    default:
      return issue.message
  }
}

function shown(raw: unknown): string {
  if (typeof raw === 'string') {
    return raw.length <= MAX_SHOWN_CHARS && !raw.includes('@')
      ? JSON.stringify(raw)
      : `a text of ${raw.length} characters`
  }
  if (raw === undefined || raw === null || typeof raw === 'number' || typeof raw === 'boolean') return String(raw)
  if (Array.isArray(raw)) return 'a list'
  return typeof raw === 'object' ? 'an object' : `a ${typeof raw}`
}

function letters(word: string): string {
  return word.toLowerCase().replaceAll(/[-_. ]/g, '')
}

// Optimal string alignment; gives up (returns `limit`) when the lengths alone exceed it.
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let edits = Math.min((row[j - 1] ?? 0) + 1, (last[j] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, (beforeLast[j - 2] ?? 0) + 1)
      }
      row.push(edits)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? limit
}
