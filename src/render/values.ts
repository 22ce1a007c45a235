/**
 * Numbers, times and names as JUnit readers accept them.
 *
 * @module
 */
import { legalText } from '../xml/text.js'

/** About 30,000 years. For much larger numbers `toFixed` writes exponents. */
const MAX_SECONDS = 1e12

const ISO_UTC = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?Z$/

/** Seconds with exactly three decimals: never an exponent, a sign or NaN, whatever the input. */
export function seconds(durationMs: number | undefined): string {
  const value = (durationMs ?? 0) / 1_000
  return Number.isNaN(value) ? '0.000' : Math.min(Math.max(value, 0), MAX_SECONDS).toFixed(3)
}

/** Milliseconds with at most three decimals. */
export function milliseconds(value: number): string {
  return String(Number(value.toFixed(3)))
}

// Tests that follow each other often start in the same millisecond.
let lastTime: { readonly time: string; readonly result: string | undefined } | undefined

/** The time if it is ISO 8601 in UTC and exists in the calendar; otherwise `undefined`. */
export function timestamp(time: string | undefined): string | undefined {
  if (time === undefined) return undefined
  if (time !== lastTime?.time) lastTime = { time, result: checkedTimestamp(time) }
  return lastTime.result
}

function checkedTimestamp(time: string): string | undefined {
  if (!ISO_UTC.test(time)) return undefined
  // Every month has at least 28 days.
  if (time.slice(8, 10) <= '28') return time
  const [year = 0, month = 0, day = 0] = time.slice(0, 10).split('-').map(Number)
  // `Date.UTC` turns a day that the month does not have into one of the next month.
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day ? time : undefined
}

/** A line or a column number if it is an integer from 1; otherwise `undefined`. */
export function position(number: number | undefined): number | undefined {
  return Number.isSafeInteger(number) && number !== undefined && number > 0 ? number : undefined
}

/** The text as a name that a reader can see; `undefined` if it would be empty or only white space. */
export function visibleName(text: string | undefined): string | undefined {
  const legal = legalText(text ?? '')
  return /\S/.test(legal) ? legal : undefined
}

/** The name of a property as it is written. Ant's schema does not allow a name of nothing but white space. */
export function propertyName(name: string): string {
  return visibleName(name) ?? '(no name)'
}

/** A UTC time without fraction and zone, as Ant's schema requires. */
export function plainTimestamp(time: string): string {
  return time.replace(/(?:\.\d+)?Z$/, '')
}
