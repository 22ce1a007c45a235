/**
 * A thrown value as text: the body of `failure` and `error`.
 *
 * The body begins with `Name: message`, because several consumers show only the body. Then follow the stack, whatever
 * else is known, and causes and members, indented. Nothing of the model is left out.
 *
 * @module
 */
import type { ErrorInfo, Location } from '../model.js'
import type { FilePaths } from './file-paths.js'
import { visibleName } from './values.js'

/** Causes and members nested deeper than this are left out. */
const MAX_DEPTH = 64

/** Kinds that are clear from the error's class, or from the name of its hook. */
const UNNAMED_KINDS: ReadonlySet<ErrorInfo['kind']> = new Set(['assertion', 'error', 'hook'])

/** The first line of the body: class and message, as JavaScript prints them. */
export function errorHeading(error: ErrorInfo): string {
  const name = errorType(error)
  return error.message === '' ? name : `${name}: ${error.message}`
}

/** The `type` of an error: the class of the thrown value, or the kind of error if it has no class. */
export function errorType(error: ErrorInfo): string {
  return error.name !== undefined && visibleName(error.name) !== undefined ? error.name : error.kind
}

/** Several errors of one case, in order, separated by empty lines. */
export function errorsText(errors: readonly ErrorInfo[], paths: FilePaths): string {
  return errors.map((error) => errorText(error, paths)).join('\n\n')
}

/** A location in the form that editors and terminals turn into a link. */
export function locationText(location: Location): string {
  const { file = '', line, column } = location
  return [file, line, column].filter((part) => part !== '' && part !== undefined).join(':')
}

/**
 * Formats one error with everything that is known about it.
 *
 * @param ancestors the errors that this one is a cause or a member of
 */
function errorText(error: ErrorInfo, paths: FilePaths, ancestors: readonly ErrorInfo[] = []): string {
  if (ancestors.includes(error)) return `${errorHeading(error)} (circular)`
  const lines = [stackText(error)]
  if (!UNNAMED_KINDS.has(error.kind)) lines.push(`kind: ${error.kind}`)
  if (error.hook !== undefined) lines.push(`hook: ${error.hook}`)
  else if (error.kind === 'hook') lines.push('kind: hook')
  if (error.attempt !== undefined) lines.push(`attempt: ${error.attempt + 1}`)
  if (error.location !== undefined && !isInStack(error.location, error.stack)) {
    lines.push(`at: ${locationText(paths.location(error.location))}`)
  }
  if (error.expected !== undefined) lines.push(labelled('expected', error.expected))
  if (error.actual !== undefined) lines.push(labelled('actual', error.actual))
  if (error.diff !== undefined && error.diff !== '') lines.push(labelled('diff', error.diff))
  const chain = [...ancestors, error]
  if (chain.length >= MAX_DEPTH && (error.cause !== undefined || error.errors !== undefined)) {
    return [...lines, '(deeper causes are left out)'].join('\n')
  }
  if (error.cause !== undefined) lines.push(indented('caused by: ', errorText(error.cause, paths, chain)))
  const members = error.errors ?? []
  members.forEach((member, index) => {
    lines.push(indented(`error ${index + 1} of ${members.length}: `, errorText(member, paths, chain)))
  })
  return lines.join('\n')
}

// Most engines repeat the heading in the stack; some runners repeat only the message, others repeat nothing.
function stackText(error: ErrorInfo): string {
  const heading = errorHeading(error)
  const stack = error.stack?.trimEnd() ?? ''
  if (stack === '') return heading
  if (stack.startsWith(heading)) return stack
  if (error.message !== '' && stack.startsWith(error.message)) return `${errorType(error)}: ${stack}`
  return `${heading}\n${stack}`
}

function isInStack({ file = '', line, column }: Location, stack = ''): boolean {
  return stack.includes(`${file}:${line}:${column ?? ''}`)
}

function labelled(label: string, text: string): string {
  return text.includes('\n') ? `${label}:\n${text}` : `${label}: ${text}`
}

function indented(label: string, text: string): string {
  return `${label}${text}`.replaceAll('\n', '\n  ')
}
