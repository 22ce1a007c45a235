/**
 * A thrown value as text: what stands in the body of `failure` and `error`.
 *
 * The body begins with `Name: message`, because several consumers show the body alone; then the stack, then whatever else is
 * known, then causes and members, indented. Nothing of the model is left out.
 *
 * @module
 */
import type { ErrorInfo, Location } from '../model.js'
import { visibleName } from './values.js'

/** Causes and members nested deeper than this are left out. */
const MAX_DEPTH = 64

/** Kinds that the class of the error, or the name of its hook, tells. */
const GOES_WITHOUT_SAYING: ReadonlySet<ErrorInfo['kind']> = new Set(['assertion', 'error', 'hook'])

/** The first line of the body: class and message, as JavaScript prints them. */
export function errorHeading(error: ErrorInfo): string {
  const name = errorType(error)
  return error.message === '' ? name : `${name}: ${error.message}`
}

/** What `type` says: the class of the thrown value, else the kind of the error. */
export function errorType(error: ErrorInfo): string {
  return error.name !== undefined && visibleName(error.name) !== undefined ? error.name : error.kind
}

/** Several errors of one case, in order, an empty line between them. */
export function errorsText(errors: readonly ErrorInfo[]): string {
  return errors.map((error) => errorText(error)).join('\n\n')
}

/** A place as editors and terminals link it. */
export function locationText(location: Location): string {
  const { file = '', line, column } = location
  return [file, line, column].filter((part) => part !== '' && part !== undefined).join(':')
}

/**
 * One error with everything that is known about it.
 *
 * @param ancestors the errors that this one is a cause or a member of
 */
export function errorText(error: ErrorInfo, ancestors: readonly ErrorInfo[] = []): string {
  if (ancestors.includes(error)) return `${errorHeading(error)} (circular)`
  const lines = [stackText(error)]
  if (!GOES_WITHOUT_SAYING.has(error.kind)) lines.push(`kind: ${error.kind}`)
  if (error.hook !== undefined) lines.push(`hook: ${error.hook}`)
  else if (error.kind === 'hook') lines.push('kind: hook')
  if (error.attempt !== undefined) lines.push(`attempt: ${error.attempt + 1}`)
  if (error.location !== undefined && !isInStack(error.location, error.stack)) {
    lines.push(`at: ${locationText(error.location)}`)
  }
  if (error.expected !== undefined) lines.push(labelled('expected', error.expected))
  if (error.actual !== undefined) lines.push(labelled('actual', error.actual))
  if (error.diff !== undefined && error.diff !== '') lines.push(labelled('diff', error.diff))
  const chain = [...ancestors, error]
  if (chain.length >= MAX_DEPTH && (error.cause !== undefined || error.errors !== undefined)) {
    return [...lines, '(deeper causes are left out)'].join('\n')
  }
  if (error.cause !== undefined) lines.push(indented('caused by: ', errorText(error.cause, chain)))
  const members = error.errors ?? []
  members.forEach((member, index) => {
    lines.push(indented(`error ${index + 1} of ${members.length}: `, errorText(member, chain)))
  })
  return lines.join('\n')
}

// The stack of most engines repeats the heading, that of some runners only the message, that of others neither.
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
