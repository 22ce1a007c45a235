import { describe, expect, it } from 'vitest'
import { derValues, dottedOid } from '../../src/sign/der.js'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const read = (text: string) =>
  derValues(hex(text))?.map(({ tag, content }) => [tag, Buffer.from(content).toString('hex')])

describe('derValues', () => {
  it('reads values one after another, with lengths short and long', () => {
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
  ])('does not read %s', (_, bytes) => {
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
