/**
 * Parses JSON (RFC 8259) in which no object has a member twice: programs differ in which of the two they read, so such a
 * text can mean two things.
 *
 * @module
 */

/** Strings, and the signs of the structure. White space, numbers and literals lie between them. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs

/** Deeper documents are refused. */
const MAX_DEPTH = 64

/** The text is not JSON, or means two things. The message completes the sentence `FILE is not …`. */
export class StrictJsonError extends Error {
  override readonly name = 'StrictJsonError'
}

/**
 * Parses a document.
 *
 * @param json text, or bytes in UTF-8; a byte order mark is skipped
 * @throws {StrictJsonError} for bytes that are not UTF-8, text that is not JSON, a repeated member, or more than 64 levels
 */
export function parseStrictJson(json: string | Uint8Array): unknown {
  const text = typeof json === 'string' ? json.replace(/^\uFEFF/, '') : decodeUtf8(json)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new StrictJsonError(`JSON: ${cause instanceof Error ? cause.message : 'it cannot be parsed'}`, { cause })
  }
  checkMembers(text)
  return value
}

// The text is known to be JSON, so that its tokens are enough.
function checkMembers(text: string): void {
  /** Of each open object its names, of each open array nothing. */
  const open: (Set<string> | undefined)[] = []
  let last = ''
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') {
      open.push(token === '{' ? new Set() : undefined)
      if (open.length > MAX_DEPTH) throw new StrictJsonError(`JSON of at most ${MAX_DEPTH} levels`)
    } else if (token === '}' || token === ']') open.pop()
    const names = open.at(-1)
    const isName = token.startsWith('"') && names !== undefined && (last === '{' || last === ',')
    if (isName) {
      const name: unknown = JSON.parse(token)
      if (names.has(String(name))) {
        throw new StrictJsonError(`JSON with one meaning: it has the member ${token} twice (character ${index + 1})`)
      }
      names.add(String(name))
    }
    last = token
  }
}

/**
 * Decodes UTF-8; a byte order mark is skipped.
 *
 * @throws {StrictJsonError} for other bytes
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new StrictJsonError('JSON: its bytes are not UTF-8', { cause })
  }
}
