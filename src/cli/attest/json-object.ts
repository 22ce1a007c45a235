/**
 * Tells attestations, which are JSON, from reports, without loading what verifies attestations.
 *
 * @module
 */

/** A file and its bytes. */
export interface ReadFile {
  readonly name: string
  readonly bytes: Uint8Array
}

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]
const OPENING_BRACE = 0x7b

/** Whether a file is JSON, which no report is. */
export function isJsonObject(bytes: Uint8Array): boolean {
  const start = BYTE_ORDER_MARK.every((byte, index) => bytes[index] === byte) ? BYTE_ORDER_MARK.length : 0
  const first = bytes.subarray(start).find((byte) => byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)
  return first === OPENING_BRACE
}
