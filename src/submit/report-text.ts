/**
 * The few things a request needs from a report's bytes.
 *
 * @module
 */
import { JuxError } from '../errors.js'

/** An XML declaration with its encoding; enough is read for any of ours and of the neighbours'. */
const DECLARATION = /^<\?xml\s[^?]*?(\sencoding\s*=\s*["']([A-Za-z][\w.-]*)["'])[^?]*\?>/
const DECLARATION_BYTES = 200

const SIGNATURE_METHOD = /SignatureMethod\s+Algorithm\s*=\s*["'][^"'#]{0,100}#([\w-]{1,40})["']/g

/**
 * A report as text, for a JSON string.
 *
 * A declaration of another encoding than UTF-8 is left out: it would be wrong in the new body.
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
    throw new JuxError('XML_PARSE_ERROR', {
      message: `the report is not text in its own encoding (${encoding})`,
      suggestions: ['set JUX_PROTOCOL=xml to send the bytes as they are'],
      reason: 'encoding',
      cause,
    })
  }
}

/**
 * A report in UTF-8, for readers that take nothing else.
 *
 * @returns the bytes themselves when that is what they are
 * @throws {JuxError} `XML_PARSE_ERROR` as `reportText`
 */
export function utf8Of(bytes: Uint8Array): Uint8Array {
  return declaredEncoding(bytes) === 'utf-8' ? bytes : Buffer.from(reportText(bytes))
}

/**
 * Name of the signature's algorithm as the `reports` protocol has it, for example `RSA-SHA256`.
 *
 * Only a label for the server: nothing is decided by it here.
 *
 * @returns `undefined` for an unsigned report
 */
export function signatureAlgorithm(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  return [...text.matchAll(SIGNATURE_METHOD)].at(-1)?.[1]?.toUpperCase()
}

function declaredEncoding(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  const head = Buffer.from(bytes.subarray(0, DECLARATION_BYTES))
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
  return (DECLARATION.exec(head)?.[2] ?? 'utf-8').toLowerCase()
}
