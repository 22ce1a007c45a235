/**
 * Reads the values of flags that several commands have.
 *
 * @module
 */
import { InvalidArgumentError } from 'commander'

/** Parses a time with its time zone, or a date. */
export function parseTime(text: string): Date {
  const time = new Date(text)
  // A time without a time zone would depend on the machine.
  if (/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text) && !Number.isNaN(time.getTime())) {
    return time
  }
  throw new InvalidArgumentError(
    'It must be a date, or a time with its time zone, such as 2026-01-31 or 2026-01-31T12:00:00Z.',
  )
}

/** Adds a value of a flag that may be repeated. */
export function collect(value: string, previous: string[] = []): string[] {
  return [...previous, notEmpty(value)]
}

/** A value that is not empty: an unset variable of a script must not count as one. */
export function notEmpty(value: string): string {
  if (value === '') throw new InvalidArgumentError('It must not be empty.')
  return value
}
