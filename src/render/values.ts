/**
 * Numbers and times as JUnit readers accept them.
 *
 * @module
 */

/** Beyond this, `toFixed` turns to exponents; 30,000 years are enough. */
const MAX_SECONDS = 1e12

const ISO_UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/

/** Seconds with exactly three decimals: never an exponent, a sign, or NaN, whatever the clock said. */
export function seconds(durationMs: number | undefined): string {
  const value = (durationMs ?? 0) / 1_000
  return Number.isNaN(value) ? '0.000' : Math.min(Math.max(value, 0), MAX_SECONDS).toFixed(3)
}

/** The time if it is ISO 8601 in UTC and exists in the calendar; nothing else is a time. */
export function timestamp(time: string | undefined): string | undefined {
  return time !== undefined && ISO_UTC.test(time) && !Number.isNaN(Date.parse(time)) ? time : undefined
}

/** The same time without fraction and zone, as Ant's schema demands; UTC all the same. */
export function plainTimestamp(time: string): string {
  return time.replace(/(?:\.\d+)?Z$/, '')
}
