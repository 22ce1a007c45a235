/**
 * Numbers, times and names as JUnit readers accept them.
 *
 * @module
 */
import { legalText } from '../xml/text.js'

/** Beyond this, `toFixed` turns to exponents; 30,000 years are enough. */
const MAX_SECONDS = 1e12

const ISO_UTC = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?Z$/

/** Seconds with exactly three decimals: never an exponent, a sign, or NaN, whatever the clock said. */
export function seconds(durationMs: number | undefined): string {
  const value = (durationMs ?? 0) / 1_000
  return Number.isNaN(value) ? '0.000' : Math.min(Math.max(value, 0), MAX_SECONDS).toFixed(3)
}

/** Milliseconds without the noise of a clock's last digits. */
export function milliseconds(value: number): string {
  return String(Number(value.toFixed(3)))
}

/** The time if it is ISO 8601 in UTC and exists in the calendar; nothing else is a time. */
export function timestamp(time: string | undefined): string | undefined {
  if (time === undefined || !ISO_UTC.test(time)) return undefined
  // Every month has 28 days.
  if (time.slice(8, 10) <= '28') return time
  const [year = 0, month = 0, day = 0] = time.slice(0, 10).split('-').map(Number)
  // Days that a month does not have become days of the next.
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day ? time : undefined
}

/** A line or a column if it can be one: whole, from 1. */
export function position(number: number | undefined): number | undefined {
  return Number.isSafeInteger(number) && number !== undefined && number > 0 ? number : undefined
}

/** The text as a name that a reader can see; `undefined` when nothing of it is left. */
export function visibleName(text: string | undefined): string | undefined {
  const legal = legalText(text ?? '')
  return /\S/.test(legal) ? legal : undefined
}

/** The name of a property as it is written: Ant's schema refuses a name of nothing but white space. */
export function propertyName(name: string): string {
  return visibleName(name) ?? '(no name)'
}

/** The same time without fraction and zone, as Ant's schema demands; UTC all the same. */
export function plainTimestamp(time: string): string {
  return time.replace(/(?:\.\d+)?Z$/, '')
}
