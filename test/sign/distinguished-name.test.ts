import { describe, expect, it } from 'vitest'
import { parseDistinguishedName } from '../../src/sign/distinguished-name.js'

const values = (text: string) => parseDistinguishedName(text).map((names) => names.map(({ value }) => value))

describe('parseDistinguishedName', () => {
  it('returns the attributes in the given order, with identifier and string type', () => {
    expect(parseDistinguishedName('CN=Prod, o=Org;C=CH')).toEqual([
      [{ oid: '2.5.4.3', type: 'utf8String', value: 'Prod' }],
      [{ oid: '2.5.4.10', type: 'utf8String', value: 'Org' }],
      [{ oid: '2.5.4.6', type: 'printableString', value: 'CH' }],
    ])
  })

  it('accepts an object identifier instead of a name', () => {
    expect(parseDistinguishedName('1.2.3.4=x')).toEqual([[{ oid: '1.2.3.4', type: 'utf8String', value: 'x' }]])
    expect(parseDistinguishedName('2.5.4.6=CH')).toEqual(parseDistinguishedName('C=CH'))
  })

  it('reads attributes that are joined by + as one relative distinguished name', () => {
    expect(values('CN=a+UID=b,O=c')).toEqual([['a', 'b'], ['c']])
  })

  it.each([
    ['CN=Smith\\, John', 'Smith, John'],
    ['CN=a\\+b', 'a+b'],
    ['CN="Smith, John"', 'Smith, John'],
    ['CN=Z\\C3\\BCrich', 'Zürich'],
    ['CN=ends in a blank\\ ', 'ends in a blank '],
    ['CN=  trimmed  ', 'trimmed'],
    ['CN=\u00a0no-break space\u00a0', '\u00a0no-break space\u00a0'],
    ['CN=ends in a backslash\\\\  ', 'ends in a backslash\\'],
    ['CN=a=b', 'a=b'],
  ])('reads %s as %s', (text, value) => {
    expect(values(text)).toEqual([[value]])
  })

  it.each([
    ['', 'is not of the form NAME=value'],
    ['CN', 'is not of the form NAME=value'],
    ['CN=a,', 'is not of the form NAME=value'],
    ['XX=a', '"XX" is not one of CN, O,'],
    ['CN=', 'CN has no value'],
    ['CN="open', 'a quote is not closed'],
    ['CN=#0401', 'values in hexadecimal are not supported'],
    ['CN=a\\', 'it ends in a backslash'],
    ['CN=a\u0007b', 'CN has a character that is not allowed there'],
    ['C=Ü1', 'C has a character that is not allowed there'],
    ['C=CHE', 'C must be a country code of two letters'],
    ['2.5.4.6=CHE', '2.5.4.6 must be a country code of two letters'],
    ['CN=\ud800', 'CN has a character that is not allowed there'],
    ['3.1=a', '3.1 is not an object identifier'],
    ['1.02=a', 'is not of the form NAME=value'],
    ['E=ü@example.com', 'E has a character that is not allowed there'],
  ])('refuses %j: %s', (text, why) => {
    expect(() => parseDistinguishedName(text)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(why) }),
    )
  })
})
