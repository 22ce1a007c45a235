/**
 * What commands write: colour where a person looks, JSON for programs, and nothing that steers a terminal.
 *
 * @module
 */
import { formatError, type JuxError, toJuxError } from '../errors.js'
import { createPaint, type Paint, showsColor } from '../terminal.js'
import type { CliContext } from './command.js'
import { EXIT } from './exit-codes.js'

/** Colours for standard output. */
export function outPaint({ system, outIsTerminal }: CliContext): Paint {
  return createPaint(showsColor(system.env, outIsTerminal === true))
}

/** Shows an error on standard error; with `JUX_DEBUG=1` where it came from, too. */
export function writeError(context: CliContext, error: JuxError): void {
  const { env } = context.system
  const paint = createPaint(showsColor(env, context.errIsTerminal))
  context.err(formatError(error, { debug: env.JUX_DEBUG === '1', paint }))
}

/** Text from outside on one line of a terminal: control and direction characters as visible `\uXXXX`. */
export function oneLine(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]|\p{Cs}/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Writes one JSON value, indented, with a final line feed. */
export function writeJson(context: CliContext, value: unknown): void {
  // JSON leaves C1 and direction characters raw; escaped they are the same value and harmless.
  const text = JSON.stringify(value, undefined, 2).split('\n').map(oneLine).join('\n')
  context.out(`${text}\n`)
}

/** The fields of an error in JSON output; `error` is the text, as the Python tools have it. */
export function errorFields(error: JuxError) {
  return {
    error: error.message,
    code: error.code,
    ...(error.reason === undefined ? {} : { reason: error.reason }),
    ...(error.suggestions.length === 0 ? {} : { suggestions: error.suggestions }),
  }
}

/**
 * Runs an action; with `json` an error becomes `{"error", "code", …}` on standard output and exit code 1.
 *
 * @param fields what stands before `error`
 * @returns the action's exit code
 * @throws without `json`, whatever the action throws
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

/** Rows of label and value, the labels padded to one width. */
export function formatRows(rows: readonly (readonly [label: string, value: string])[], paint: Paint): string {
  const width = Math.max(...rows.map(([label]) => label.length))
  return rows.map(([label, value]) => `${paint.faint(label.padEnd(width))}  ${value}\n`).join('')
}
