/**
 * Converts the issues that zod finds in a configuration to errors with messages for people.
 *
 * @module
 */
import type { z } from 'zod/v3'
import { JuxError, shellWord } from '../errors.js'
import { nearestWord } from '../nearest.js'
import type { ReasonOf } from '../reasons.js'
import { ownName, settingOfFact } from '../reserved-names.js'
import { placed, removalOf, type SettingSource, variableName } from '../setting-source.js'
import { type CheckedValue, renaming, valueCures } from './cures.js'
import { choiceOf } from './values.js'

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

/** Creates the error for an unknown name; it says which one may be meant. */
export function unknownName(what: string, source: SettingSource, known: Iterable<string>): JuxError {
  const meant = nearestWord(source.name, known)
  return invalid(
    `${what} does not exist${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    'unknown-key',
    meant === undefined
      ? [removalOf(source), 'npx jux config list  # shows every setting and its names']
      : [renaming(source, meant), removalOf(source)],
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

// Of several accepted forms, the one whose mistake is nested deepest is closest to the value.
function mostSpecific(issue: z.ZodIssue): z.ZodIssue {
  if (issue.code !== 'invalid_union') return issue
  const inner = issue.unionErrors.flatMap(({ issues }) => issues.map(mostSpecific))
  return inner.reduce<z.ZodIssue>((deepest, one) => (one.path.length > deepest.path.length ? one : deepest), issue)
}

function valueProblem(checked: CheckedValue, issue: z.ZodIssue): readonly JuxError[] {
  const { source, secret, form, members } = checked
  const { name, place } = source
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const member = { ...source, name: `${name}.${key}` }
      const meant = nearestWord(key, members)
      return invalid(
        `${placed(member)} does not exist${meant === undefined ? '' : `; did you mean ${meant}?`}`,
        'unknown-key',
        [...(meant === undefined ? [] : [`write ${meant} instead of ${key} in ${name} (${place})`]), removalOf(member)],
      )
    })
  }
  const { path } = issue
  if (issue.code === 'custom' && issue.params?.isReserved === true) return [reservedName(checked, String(path[0]))]
  const { inside, raw } = resolve(checked.raw, path)
  const part = inside.map(step).join('')
  const written =
    name === place ? { ...source, name: name + part, place: name + part } : { ...source, name: name + part }
  const accepted = inside.length < path.length || path.length === 0 ? form : expected(issue)
  const isPlaceholder = issue.code === 'custom' && issue.params?.isPlaceholder === true
  const message = isPlaceholder
    ? `${placed(written)} is a placeholder, not a value`
    : `${placed(written)} must be ${accepted}${secret ? '' : `, not ${shown(raw)}`}`
  return [invalid(message, 'bad-value', valueCures({ ...checked, source: written }, issue, isPlaceholder))]
}

// A custom property with the name of a fact.
function reservedName({ source, raw }: CheckedValue, property: string): JuxError {
  const { name, place } = source
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
