/**
 * As much of DER (X.690) as it takes to read what node:crypto does not tell about a certificate.
 *
 * @module
 */

/** One value. */
export interface DerValue {
  /** Identifier octet. */
  readonly tag: number
  readonly content: Uint8Array
}

export const DER_BOOLEAN = 0x01
export const DER_INTEGER = 0x02
export const DER_BIT_STRING = 0x03
export const DER_OCTET_STRING = 0x04
export const DER_OBJECT_IDENTIFIER = 0x06
export const DER_SEQUENCE = 0x30

/**
 * The values that follow each other in `bytes`.
 *
 * @returns `undefined` when it is not DER: long tags, indefinite lengths, anything left over
 */
export function derValues(bytes: Uint8Array): readonly DerValue[] | undefined {
  const values: DerValue[] = []
  let at = 0
  while (at < bytes.length) {
    const tag = bytes[at] ?? 0
    const first = bytes[at + 1] ?? 0x80
    const lengthBytes = first > 0x80 ? first - 0x80 : 0
    if ((tag & 0x1f) === 0x1f || first === 0x80 || lengthBytes > 3) return undefined
    let length = lengthBytes === 0 ? first : 0
    for (let i = 0; i < lengthBytes; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0)
    const start = at + 2 + lengthBytes
    if (start + length > bytes.length) return undefined
    values.push({ tag, content: bytes.subarray(start, start + length) })
    at = start + length
  }
  return values
}

/** An object identifier in dotted form. */
export function dottedOid(content: Uint8Array): string {
  const arcs: number[] = []
  let arc = 0
  for (const byte of content) {
    arc = arc * 128 + (byte & 0x7f)
    if (byte & 0x80) continue
    if (arcs.length > 0) arcs.push(arc)
    else arcs.push(Math.min(2, Math.floor(arc / 40)), arc - 40 * Math.min(2, Math.floor(arc / 40)))
    arc = 0
  }
  return arcs.join('.')
}
