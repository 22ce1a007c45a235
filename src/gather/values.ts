/**
 * Values that somebody threw or attached, read without trusting them.
 *
 * @module
 */
import { inspect } from 'node:util'
import type { Property } from '../model.js'

/** Longest text form of a foreign value, in UTF-16 units. */
const MAX_TEXT_LENGTH = 20_000

/** A property of any value; `undefined` where there is none or where reading it throws. */
export function readField(value: unknown, key: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined
  try {
    return Reflect.get(value, key)
  } catch {
    return undefined
  }
}

/** A property that is a non-empty string. */
export function readText(value: unknown, key: string): string | undefined {
  const field = readField(value, key)
  return typeof field === 'string' && field !== '' ? field : undefined
}

/** Any value as text: strings as they are, everything else as a person would expect to read it. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  try {
    return inspect(value, { depth: 6, breakLength: 100, customInspect: false, maxStringLength: MAX_TEXT_LENGTH })
  } catch {
    return 'a value without a text form'
  }
}

/** The user's own data (`meta`) as properties: strings as they are, the rest as JSON where it has such a form. */
export function propertiesOf(meta: object, isOurs: (name: string) => boolean = () => true): Property[] {
  return Object.keys(meta)
    .filter(isOurs)
    .flatMap((name) => {
      const value = readField(meta, name)
      return value === undefined ? [] : [{ name, value: jsonOf(value) }]
    })
}

function jsonOf(value: unknown): string {
  if (typeof value === 'string') return value
  try {
    return JSON.stringify(value) ?? textOf(value)
  } catch {
    return textOf(value)
  }
}
