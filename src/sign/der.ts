/**
 * Reads and writes DER (X.690), as far as certificates need it.
 *
 * @module
 */

/** One encoded value. */
export interface DerValue {
  /** Identifier octet. */
  readonly tag: number
  readonly content: Uint8Array
}

/** Identifier octets. */
export const DER = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

/**
 * Reads consecutive values.
 *
 * @returns `undefined` for tags of several octets, indefinite lengths, and values that are cut off
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

/** Reads the values inside a SEQUENCE; `undefined` for any other value. */
export function sequenceValues(value: DerValue | undefined): readonly DerValue[] | undefined {
  return value?.tag === DER.sequence ? derValues(value.content) : undefined
}

/** Returns the only value, if it has this tag. */
export function onlyValue(values: readonly DerValue[] | undefined, tag: number): DerValue | undefined {
  return values?.length === 1 && values[0]?.tag === tag ? values[0] : undefined
}

/** Reads the content of an INTEGER: two's complement, of any length. */
export function derInteger(content: Uint8Array): bigint {
  const value = BigInt(`0x${Buffer.from(content).toString('hex') || '0'}`)
  return ((content[0] ?? 0) & 0x80) === 0 ? value : value - (1n << BigInt(8 * content.length))
}

/** Reads an object identifier in dotted form. */
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

/** Writes one value: tag, length, and the parts of its content. */
export function derValue(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const length: number[] = []
  for (let left = content.length; left > 0; left >>>= 8) length.unshift(left & 0xff)
  const header = content.length < 0x80 ? [tag, content.length] : [tag, 0x80 + length.length, ...length]
  return Buffer.concat([Buffer.from(header), content])
}

/** Writes a SEQUENCE of encoded values. */
export function derSequence(...values: readonly Uint8Array[]): Buffer {
  return derValue(DER.sequence, ...values)
}

/** Writes a SET OF encoded values, which DER sorts by their bytes (X.690 §11.6). */
export function derSetOf(values: readonly Uint8Array[]): Buffer {
  return derValue(DER.set, ...[...values].sort(Buffer.compare))
}

/** Writes a BIT STRING of whole octets. */
export function derBitString(bytes: Uint8Array): Buffer {
  return derValue(DER.bitString, Buffer.of(0), bytes)
}

/**
 * Writes an object identifier.
 *
 * @returns `undefined` if the arcs are not legal: the first must be 0, 1 or 2, and after 0 or 1 the second must be at most 39
 *   (X.690 §8.19.4)
 */
export function derOid(dotted: string): Buffer | undefined {
  const [first = -1n, second, ...rest] = dotted.split('.').map(BigInt)
  if (second === undefined || first < 0n || first > 2n || (first < 2n && second > 39n)) return undefined
  return derValue(DER.objectIdentifier, Buffer.from([first * 40n + second, ...rest].flatMap(base128)))
}

/** Encodes an arc in groups of seven bits, the highest first. All but the last have bit 8 set. */
function base128(arc: bigint): number[] {
  const digits = [Number(arc & 0x7fn)]
  for (let left = arc >> 7n; left > 0n; left >>= 7n) digits.unshift(Number(left & 0x7fn) | 0x80)
  return digits
}
