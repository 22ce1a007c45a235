/**
 * The log: one JSON object per line. It has no headers, bodies and query strings, because they can contain secrets.
 *
 * @module
 */
import { printable } from 'jux-reporter/internal'

/** Writes events. */
export interface Log {
  info(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

/** Details of an event. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

/** Maximum length of a field, in UTF-16 code units. */
const MAX_FIELD_LENGTH = 2_000

/**
 * Creates a log.
 *
 * @param write receives one line with its line feed
 */
export function createLog(write: (line: string) => void, now: () => Date): Log {
  const entry =
    (level: 'info' | 'error') =>
    (event: string, fields: LogFields = {}) => {
      const shortened = Object.entries(fields).map(([name, value]) => [
        name,
        typeof value === 'string' ? value.slice(0, MAX_FIELD_LENGTH) : value,
      ])
      const line = JSON.stringify({ time: now().toISOString(), level, event, ...Object.fromEntries(shortened) })
      // JSON does not escape all characters that terminals act on or hide.
      write(`${printable(line)}\n`)
    }
  return { info: entry('info'), error: entry('error') }
}
