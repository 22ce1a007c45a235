/**
 * Output of the commands: colors and a progress bar for people, JSON for programs, text from outside made safe for a
 * terminal.
 *
 * @module
 */
import { formatError, type JuxError, toJuxError } from '../errors.js'
import { createPaint, oneLine, type Paint, printable, showsColor, showsProgress } from '../terminal.js'
import type { CliContext } from './command.js'
import { EXIT } from './exit-codes.js'
import type { ErrorJson } from './json.js'

export { oneLine }

/** A progress bar is drawn for at least this many reports. */
const MIN_PROGRESS_STEPS = 4
const PROGRESS_WIDTH = 24

/** A progress bar. */
export interface Progress {
  /** Counts one more step; `failed` is the number of failed steps so far. */
  step(failed: number): void
  /** Erases the bar. */
  end(): void
}

/** Colors for standard output. */
export function outPaint({ system, outIsTerminal }: CliContext): Paint {
  return createPaint(showsColor(system.env, outIsTerminal === true))
}

/** Prints an error to standard error; with `JUX_DEBUG=1` including stacks. */
export function writeError(context: CliContext, error: JuxError): void {
  const { env } = context.system
  const color = showsColor(env, context.errIsTerminal)
  context.err(formatError(error, { debug: env.JUX_DEBUG === '1', color }))
}

/** Writes one JSON value, indented, with a final line feed. */
export function writeJson(context: CliContext, value: unknown): void {
  // JSON does not escape C1 and invisible characters; escaping them does not change the value.
  context.out(`${printable(JSON.stringify(value, undefined, 2))}\n`)
}

/** The fields of an error in JSON output. The Python tools have the message in `error` too. */
export function errorFields({ message, code, reason, suggestions }: JuxError): ErrorJson {
  return { error: message, code, reason, suggestions: suggestions.length === 0 ? undefined : suggestions }
}

/**
 * Runs an action. With `json` an error is printed as `{"error", "code", …}` on standard output, and the exit code is 1.
 *
 * @param fields fields before `error`
 * @returns the exit code of the action
 * @throws without `json`, what the action throws
 */
export async function withJsonErrors(
  context: CliContext,
  json: boolean | undefined,
  action: () => Promise<number>,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<number> {
  try {
    return await action()
  } catch (error) {
    if (!json) throw error
    writeJson(context, { ...fields, ...errorFields(toJuxError(error)) })
    return EXIT.failed
  }
}

/** Formats rows of label and value, with the labels padded to the same width. */
export function formatRows(rows: readonly (readonly [label: string, value: string])[], paint: Paint): string {
  const width = Math.max(...rows.map(([label]) => label.length))
  return rows.map(([label, value]) => `${paint.faint(label.padEnd(width))}  ${value}\n`).join('')
}

/** Creates a progress bar on standard error; it draws nothing for few steps, or if standard error is not a terminal. */
export function createProgress(context: CliContext, total: number, quiet = false): Progress {
  if (quiet || total < MIN_PROGRESS_STEPS || !showsProgress(context.system.env, context.errIsTerminal)) {
    return { step: () => {}, end: () => {} }
  }
  let done = 0
  return {
    step: (failed) => {
      done += 1
      const filled = Math.round((Math.min(done, total) / total) * PROGRESS_WIDTH)
      const bar = `${'='.repeat(filled)}${' '.repeat(PROGRESS_WIDTH - filled)}`
      const failures = failed === 0 ? '' : `, ${failed} failed`
      context.err(`\r[${bar}] ${done}/${Math.max(done, total)}${failures}`)
    },
    end: () => context.err(`\r${' '.repeat(PROGRESS_WIDTH + 40)}\r`),
  }
}
