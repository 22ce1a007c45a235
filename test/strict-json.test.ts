import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseStrictJson, StrictJsonError } from '../src/strict-json.js'

describe('parseStrictJson', () => {
  it('returns what JSON.parse returns for every text that JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, space) => {
        const text = JSON.stringify(value, undefined, space)

        expect(parseStrictJson(text)).toEqual(JSON.parse(text))
        expect(parseStrictJson(Buffer.from(text))).toEqual(JSON.parse(text))
      }),
    )
  })

  it.each([
    ['{"a":1,"a":2}', 'twice (character 8)'],
    ['{"x":[{"b":1},{"b":1,"c":{},"b":2}]}', 'the member "b" twice'],
    ['{"a":1,"\\u0061":2}', 'the member "\\u0061" twice'],
    ['{"a":"{","a":"}"}', 'the member "a" twice'],
    ['{"__proto__":1,"__proto__":2}', 'the member "__proto__" twice'],
    ['{"a":1', 'JSON: '],
    ['', 'JSON: '],
    [`${'['.repeat(65)}${']'.repeat(65)}`, 'JSON of at most 64 levels'],
  ])('refuses %s', (text, message) => {
    expect(() => parseStrictJson(text)).toThrow(StrictJsonError)
    expect(() => parseStrictJson(text)).toThrow(message)
  })

  it.each(['[{"a":1},{"a":2}]', '{"a":{"a":{"a":1}}}', '{"a":["a","a"],"b":"a"}', '\ufeff{"a":"\\"","b":"\\\\"}'])(
    'accepts %s, in which no object has a member twice',
    (text) => {
      expect(parseStrictJson(text)).toEqual(JSON.parse(text.replace('\ufeff', '')))
    },
  )

  it('refuses bytes that are not UTF-8', () => {
    expect(() => parseStrictJson(Uint8Array.of(0x22, 0xff, 0x22))).toThrow('its bytes are not UTF-8')
  })
})
