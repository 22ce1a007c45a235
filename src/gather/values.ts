/**
 * Reads values of tests and runners, which may throw or have any type, and converts them to text.
 *
 * @module
 */
import { inspect } from 'node:util'
import type { Property } from '../model.js'

/** Longest string inside a value's text form, in UTF-16 units. */
const MAX_TEXT_LENGTH = 20_000

const NONE: readonly Property[] = []

/** Reads a property of any value; `undefined` if there is none or if reading it throws. */
export function readField(value: unknown, key: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined
  try {
    return Reflect.get(value, key)
  } catch {
    return undefined
  }
}

/** Reads a property that is a non-empty string; otherwise `undefined`. */
export function readText(value: unknown, key: string): string | undefined {
  const field = readField(value, key)
  return typeof field === 'string' && field !== '' ? field : undefined
}

/** Converts any value to text: strings unchanged, everything else as Node prints it. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  try {
    return inspect(value, { depth: 6, breakLength: 100, customInspect: false, maxStringLength: MAX_TEXT_LENGTH })
  } catch {
    return 'a value without a text form'
  }
}

/** Converts the custom entries of Vitest's `meta` to properties: strings unchanged, other values as JSON if possible. */
export function propertiesOf(meta: object, isCustom: (name: string) => boolean): readonly Property[] {
  const names = Object.keys(meta)
  if (names.length === 0) return NONE
  return names.filter(isCustom).flatMap((name) => {
    const value = readField(meta, name)
    return value === undefined ? [] : [{ name, value: jsonOf(value) }]
  })
}

// Tests that follow each other often start in the same second, and a date is made slowly.
let lastSecond = { startMs: 0, prefix: '1970-01-01T00:00:00.' }

/**
 * Converts milliseconds since the epoch to ISO 8601, UTC.
 *
 * @throws {RangeError} if it is no time
 */
export function isoOf(epochMs: number): string {
  const wholeMs = Math.trunc(epochMs)
  const sinceMs = wholeMs - lastSecond.startMs
  if (sinceMs >= 0 && sinceMs < 1_000) return `${lastSecond.prefix}${String(sinceMs).padStart(3, '0')}Z`
  const text = new Date(wholeMs).toISOString()
  lastSecond = { startMs: Math.floor(wholeMs / 1_000) * 1_000, prefix: text.slice(0, -4) }
  return text
}

function jsonOf(value: unknown): string {
  if (typeof value === 'string') return value
  try {
    return JSON.stringify(value) ?? textOf(value)
  } catch {
    return textOf(value)
  }
}
