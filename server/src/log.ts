/**
 * The log: one JSON object a line, without headers, bodies and queries, where secrets would be.
 *
 * @module
 */

/** Writes events. */
export interface Log {
  info(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

/** What is said about an event. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

/** Longest text of a field, in UTF-16 code units. */
const MAX_TEXT = 2_000

/**
 * A log.
 *
 * @param write takes one line with its line feed
 */
export function createLog(write: (line: string) => void, now: () => Date): Log {
  const entry =
    (level: 'info' | 'error') =>
    (event: string, fields: LogFields = {}) => {
      const cut = Object.entries(fields).map(([name, value]) => [
        name,
        typeof value === 'string' ? value.slice(0, MAX_TEXT) : value,
      ])
      const line = JSON.stringify({ time: now().toISOString(), level, event, ...Object.fromEntries(cut) })
      // JSON leaves these raw, and a log is read in terminals.
      write(`${line.replace(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, escapeCharacter)}\n`)
    }
  return { info: entry('info'), error: entry('error') }
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
