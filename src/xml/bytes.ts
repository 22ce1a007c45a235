/**
 * Looking at bytes.
 *
 * @module
 */
import { isUtf8 } from 'node:buffer'

const NAME_BYTE = new Uint8Array(256)
for (let byte = 0; byte < 256; byte++) {
  NAME_BYTE[byte] = byte >= 0x80 || /[-A-Za-z0-9_.:]/.test(String.fromCharCode(byte)) ? 1 : 0
}

/** Whether a byte can be part of a name: ASCII exactly, anything beyond on suspicion. */
export function isNameByte(byte: number): boolean {
  return NAME_BYTE[byte] === 1
}

/** Whether `expected` stands at `at`. */
export function startsWith(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false
  return true
}

/** Bytes that are known to be UTF-8 as a string. */
export function utf8(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')
}

/** How many bytes from the start are strict UTF-8, to within one character: found by halving. */
export function utf8Length(bytes: Uint8Array): number {
  let good = 0
  let bad = bytes.length
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    let boundary = middle
    while (boundary > good && ((bytes[boundary] ?? 0) & 0xc0) === 0x80) boundary--
    if (boundary === good) return good
    if (isUtf8(bytes.subarray(good, boundary))) good = boundary
    else bad = boundary
  }
  return good
}

/** Order by bytes, which for UTF-8 is the order by code points; for `sort`. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const size = Math.min(a.length, b.length)
  for (let i = 0; i < size; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}
