/**
 * Jest's text of a failure, taken apart again: from its workers comes no more than this.
 *
 * 30 writes causes and members below the stack, each behind its mark; 29 writes none.
 *
 * @module
 */

/** An error as far as the text tells. */
export interface ParsedFailure {
  readonly message: string
  readonly stack: string
  cause?: ParsedFailure
  errors?: ParsedFailure[]
}

/** One entry of `failureMessages`. */
export function parseFailure(text: string): ParsedFailure {
  const [first = '', ...rest] = text.split(/\n\n(?=\[(?:cause|errors)\]: )/)
  const top = parsePart(first)
  // The way from the top to the part before: what comes next hangs on one of these.
  let way: ParsedFailure[] = [top]
  for (const part of rest) {
    const child = parsePart(part.slice(part.indexOf(' ') + 1))
    if (part.startsWith('[cause]')) {
      const last = way.at(-1) ?? top
      last.cause = child
      way.push(child)
      continue
    }
    // Members follow each other: a second one belongs to the nearest error that already has members.
    const owner = way.findLastIndex((error) => error.errors !== undefined)
    way = owner === -1 ? way : way.slice(0, owner + 1)
    const parent = way.at(-1) ?? top
    parent.errors = [...(parent.errors ?? []), child]
    way.push(child)
  }
  return unwrapped(top)
}

// `thrown: ` is Jest's own word before a value that is no error, and no name of one.
const HEAD = /^(?!thrown: )([A-Za-z_$][\w$.]{0,200})(?: \[\w+\])?: /

function parsePart(text: string): ParsedFailure {
  const end = text.search(/\n\s+at /)
  const head = end === -1 ? text : text.slice(0, end)
  return { message: head.replace(HEAD, '').trim(), stack: text }
}

// 30 wraps what was no error, and time-outs, in one more error of its own; the inner one knows the place.
function unwrapped(error: ParsedFailure): ParsedFailure {
  const { cause, message } = error
  if (!message.startsWith('thrown: ') || cause === undefined) return error
  return cause.message === message || cause.message === '' ? { message, stack: cause.stack } : error
}
