import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isNonCharacter, TEXT_CLASS, VALUE_CLASS } from '../../src/xml/characters.js'
import { PlainWords } from '../../src/xml/plain-words.js'
import { reasonAndPlace } from '../support/scanning.js'

const ALIGNMENTS = [0, 1, 2, 3, 4, 5, 6, 7]
const PLAIN = 0
const MARKUP = 1
const ILLEGAL = 7
const LETTERS = Buffer.from('abcdefghijkl')

/** The same bytes in memory that begins `offset` bytes earlier and goes on after them. */
function placed(bytes: Uint8Array, offset: number): Uint8Array {
  const memory = new Uint8Array(offset + bytes.length + 9).fill(0x61)
  memory.set(bytes, offset)
  return memory.subarray(offset, offset + bytes.length)
}

const letter = fc.constantFrom(...Buffer.from('ab z09_-./'))
const bytesOf = (special: fc.Arbitrary<number>) =>
  fc
    .array(fc.oneof({ weight: 9, arbitrary: letter }, { weight: 1, arbitrary: special }), { maxLength: 40 })
    .map((bytes) => Buffer.from(bytes))

describe('PlainWords.skip', () => {
  it('passes over no byte that the tables of the scanner do not call plain, and never beyond the end', () => {
    const bytes = bytesOf(fc.nat(255))
    fc.assert(
      fc.property(bytes, fc.constantFrom(...ALIGNMENTS), (content, offset) => {
        const source = placed(content, offset)
        const words = new PlainWords(source)
        for (let at = 0; at < source.length; at++) {
          const last = words.skip(at)
          const passed = [...source.subarray(at + 1, last + 1)]
          expect(last).toBeGreaterThanOrEqual(at)
          expect(last).toBeLessThan(source.length)
          expect(passed.filter((byte) => TEXT_CLASS[byte] !== PLAIN || VALUE_CLASS[byte] !== PLAIN)).toEqual([])
        }
      }),
      { numRuns: 5000 },
    )
  })

  it('stops before every byte that is not plain, at every place in a word and after every other byte', () => {
    for (const offset of ALIGNMENTS) {
      for (let place = 1; place < LETTERS.length; place++) {
        for (let byte = 0; byte < 256; byte++) {
          if (TEXT_CLASS[byte] === PLAIN && VALUE_CLASS[byte] === PLAIN) continue
          const source = placed(LETTERS, offset)
          source[place] = byte
          const words = new PlainWords(source)
          for (let at = 0; at < place; at++) expect(words.skip(at)).toBeLessThan(place)
        }
      }
    }
  })

  it('passes over all whole words of letters', () => {
    const source = placed(Buffer.alloc(4003, 'a'), 4)

    expect(new PlainWords(source).skip(3)).toBe(3999)
  })
})

/** What one look at each byte finds in content without references: the first error and its offset. */
function expectedProblem(bytes: Uint8Array, table: Uint8Array): string | undefined {
  for (const [at, byte] of bytes.entries()) {
    const kind = table[byte]
    if (kind === MARKUP && table === VALUE_CLASS) return `attribute ${at}`
    if (kind === ILLEGAL || (byte === 0xef && isNonCharacter(bytes, at))) return `illegal-character ${at}`
    if (byte === 0x3e && table === TEXT_CLASS && bytes[at - 1] === 0x5d && bytes[at - 2] === 0x5d) {
      return `cdata-end ${at - 2}`
    }
  }
  return undefined
}

describe('scanXml', () => {
  const special = [
    '\u0001',
    '\t',
    '\n',
    '\r',
    '<',
    '>',
    "'",
    '#',
    ']]>',
    '\u007f',
    'é',
    '\uFFFD',
    '\uFFFE',
    '\uFFFF',
    '😀',
  ]
  const contents = fc
    .array(
      fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom('a', 'bc', 'def', 'ghij', ']') },
        { weight: 1, arbitrary: fc.constantFrom(...special) },
      ),
      { maxLength: 30 },
    )
    .map((parts) => parts.join(''))

  it.each([
    ['an attribute value', '<a b="', '"/>', VALUE_CLASS],
    ['text', '<a>', '</a>', TEXT_CLASS],
  ])('finds in %s, at every place in memory, the error that one look at each byte finds', (_, before, after, table) => {
    fc.assert(
      fc.property(contents, fc.constantFrom(...ALIGNMENTS), (written, offset) => {
        const content = Buffer.from(table === TEXT_CLASS ? written.replaceAll('<', '') : written)
        const source = placed(Buffer.concat([Buffer.from(before), content, Buffer.from(after)]), offset)
        const { reason, byte } = reasonAndPlace(source)
        const found = reason === undefined ? undefined : `${reason} ${byte - before.length}`
        expect(found).toBe(expectedProblem(content, table))
      }),
      { numRuns: 5000 },
    )
  })

  it('refuses a value that never ends, at every length and place in memory', () => {
    for (const offset of ALIGNMENTS) {
      for (let length = 0; length < 17; length++) {
        const source = placed(Buffer.from(`<a b="${'x'.repeat(length)}`), offset)
        expect(reasonAndPlace(source)).toEqual({ reason: 'unclosed', byte: source.length })
      }
    }
  })
})
