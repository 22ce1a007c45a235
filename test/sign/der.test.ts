import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DER, derOid, derSetOf, derValue, derValues, dottedOid } from '../../src/sign/der.js'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const read = (text: string) =>
  derValues(hex(text))?.map(({ tag, content }) => [tag, Buffer.from(content).toString('hex')])

describe('derValues', () => {
  it('reads consecutive values with short and long lengths', () => {
    expect(read('02 01 05  04 00')).toEqual([
      [2, '05'],
      [4, ''],
    ])
    expect(read(`04 81 80 ${'ab'.repeat(128)}`)).toEqual([[4, 'ab'.repeat(128)]])
    expect(read(`04 82 01 00 ${'ab'.repeat(256)}`)).toEqual([[4, 'ab'.repeat(256)]])
    expect(read('')).toEqual([])
  })

  it.each([
    ['a tag of several octets', '1f 81 00 01 00'],
    ['an indefinite length', '30 80 00 00'],
    ['a length of more than three octets', '04 84 00 00 00 01 00'],
    ['no length', '04'],
    ['an end before its length is whole', '04 82 01'],
    ['an end before its content is whole', '04 03 00 00'],
    ['something left over', '04 01 00 04'],
  ])('returns undefined for %s', (_, bytes) => {
    expect(read(bytes)).toBeUndefined()
  })
})

describe('dottedOid', () => {
  it.each([
    ['2a 86 48 86 f7 0d 01 01 0b', '1.2.840.113549.1.1.11'],
    ['55 1d 0f', '2.5.29.15'],
    ['88 37 03', '2.999.3'],
    ['', ''],
  ])('reads %s as %s', (bytes, oid) => {
    expect(dottedOid(hex(bytes))).toBe(oid)
  })
})

describe('derValue', () => {
  it.each([0, 1, 127, 128, 255, 256, 65_535, 65_536])(
    'writes a content of %i octets that derValues reads',
    (length) => {
      const content = Buffer.alloc(length, 0xab)

      expect(derValues(derValue(DER.octetString, content))).toEqual([{ tag: 4, content }])
    },
  )

  it('writes the shortest length', () => {
    expect(derValue(DER.octetString, Buffer.alloc(127)).subarray(0, 2)).toEqual(hex('04 7f'))
    expect(derValue(DER.octetString, Buffer.alloc(128)).subarray(0, 3)).toEqual(hex('04 81 80'))
    expect(derValue(DER.octetString, Buffer.alloc(256)).subarray(0, 4)).toEqual(hex('04 82 01 00'))
  })
})

describe('derSetOf', () => {
  it('writes its values in the order of their bytes', () => {
    expect(derSetOf([hex('04 02 00 00'), hex('04 01 ff'), hex('02 01 05')])).toEqual(
      hex('31 0a 02 01 05 04 01 ff 04 02 00 00'),
    )
  })
})

describe('derOid', () => {
  it('writes identifiers that dottedOid reads back', () => {
    const arc = fc.nat()
    const oid = fc.oneof(
      fc.tuple(fc.constantFrom(0, 1), fc.nat(39), fc.array(arc)),
      fc.tuple(fc.constant(2), fc.nat(1_000_000), fc.array(arc)),
    )
    fc.assert(
      fc.property(oid, ([first, second, rest]) => {
        const dotted = [first, second, ...rest].join('.')
        const [value] = derValues(derOid(dotted) ?? Buffer.alloc(0)) ?? []

        expect(value).toMatchObject({ tag: 6 })
        expect(dottedOid(value?.content ?? new Uint8Array())).toBe(dotted)
      }),
    )
  })

  it.each(['1', '3.1', '0.40', '1.40'])('returns undefined for %s, which is not an object identifier', (dotted) => {
    expect(derOid(dotted)).toBeUndefined()
  })

  it('writes arcs of any size', () => {
    expect(derOid('2.999.18446744073709551617')).toEqual(hex('06 0c 88 37 82 80 80 80 80 80 80 80 80 01'))
  })
})
