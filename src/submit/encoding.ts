/**
 * The encoding of a report: its text, and its text as UTF-8.
 *
 * @module
 */
import { isUtf8 } from 'node:buffer'
import { JuxError } from '../errors.js'

/** An XML declaration with its encoding. Long enough for any declaration of ours and of other writers. */
const DECLARATION = /^<\?xml\s[^?]*?(\sencoding\s*=\s*["']([A-Za-z][\w.-]*)["'])[^?]*\?>/
const DECLARATION_BYTES = 200

const BYTE_ORDER_MARK = Buffer.from('\ufeff')

/**
 * Decodes a report, for a JSON string.
 *
 * Removes a declaration of another encoding than UTF-8, because it would be wrong in the new body.
 *
 * @throws {JuxError} `XML_PARSE_ERROR` when the bytes are not in the encoding that they declare
 */
export function reportText(bytes: Uint8Array): string {
  const encoding = declaredEncoding(bytes)
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes)
    const [, declared = ''] = (encoding === 'utf-8' ? null : DECLARATION.exec(text)) ?? []
    return declared === '' ? text : text.replace(declared, '')
  } catch (cause) {
    throw wrongEncoding(encoding, cause)
  }
}

/**
 * Converts a report to UTF-8, for readers that accept nothing else.
 *
 * @returns the same bytes when they are UTF-8 already
 * @throws {JuxError} `XML_PARSE_ERROR` as `reportText`
 */
export function utf8Of(bytes: Uint8Array): Uint8Array {
  return declaredEncoding(bytes) === 'utf-8' ? bytes : Buffer.from(reportText(bytes))
}

/**
 * The text of a report as UTF-8: what `reportText` decodes, in chunks. A report in UTF-8 is checked, and not copied.
 *
 * @throws {JuxError} `XML_PARSE_ERROR` as `reportText`
 */
export function textBytes(chunks: readonly Uint8Array[]): readonly Uint8Array[] {
  const head = headOf(chunks)
  if (declaredEncoding(head) !== 'utf-8') return [Buffer.from(reportText(Buffer.concat(chunks)))]
  if (!areUtf8(chunks)) throw wrongEncoding('utf-8')
  return head.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
    ? withoutBytes(chunks, BYTE_ORDER_MARK.length)
    : chunks
}

function withoutBytes(chunks: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let left = count
  return chunks.map((chunk) => {
    const rest = chunk.subarray(left)
    left -= chunk.length - rest.length
    return rest
  })
}

// A character may begin in one chunk and end in the next.
function areUtf8(chunks: readonly Uint8Array[]): boolean {
  let begun: Uint8Array = new Uint8Array()
  for (const chunk of chunks) {
    const bytes = begun.length === 0 ? chunk : Buffer.concat([begun, chunk])
    const end = bytes.length - incompleteBytes(bytes)
    if (!isUtf8(bytes.subarray(0, end))) return false
    begun = bytes.subarray(end)
  }
  return begun.length === 0
}

/** The size of a character that begins at the end of the bytes and is not complete: 0 to 3. */
function incompleteBytes(bytes: Uint8Array): number {
  for (let count = 1; count <= 3; count++) {
    const byte = bytes.at(-count) ?? 0
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return count < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? count : 0
  }
  return 0
}

function headOf(chunks: readonly Uint8Array[]): Buffer {
  let head = Buffer.alloc(0)
  for (const chunk of chunks) {
    if (head.length >= DECLARATION_BYTES) break
    head = Buffer.concat([head, chunk.subarray(0, DECLARATION_BYTES)])
  }
  return head
}

function wrongEncoding(encoding: string, cause?: unknown): JuxError {
  return new JuxError('XML_PARSE_ERROR', {
    message: `the report is not in the encoding that it declares (${encoding})`,
    suggestions: ['write the report in the encoding that its XML declaration names'],
    reason: 'encoding',
    cause,
  })
}

function declaredEncoding(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  const head = Buffer.from(bytes.subarray(0, DECLARATION_BYTES))
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
  return (DECLARATION.exec(head)?.[2] ?? 'utf-8').toLowerCase()
}
