/**
 * Base64 as XML Signature has it (RFC 2045, with white space between digits), read strictly.
 *
 * @module
 */
import { verificationError } from './verification-error.js'

/**
 * Decodes.
 *
 * @param text digits in groups of four, padded; blanks, tabs and line breaks may stand anywhere
 * @param what whose value it is, for the message
 * @throws {JuxError} `XML_SIGNATURE_INVALID` (`base64`) for any other character, wrong padding, bits that decode to nothing,
 *   and for no bytes at all
 */
export function decodeBase64(text: string, what: string): Buffer {
  const digits = text.replace(/[ \t\n\r]+/g, '')
  const bytes = Buffer.from(digits, 'base64')
  // Only one text encodes these bytes: everything else that Node lets pass differs from it.
  if (digits === '' || bytes.toString('base64') !== digits) throw verificationError('base64', what)
  return bytes
}
