import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteWriter, createValueEncoder } from '../../src/xml/byte-writer.js'
import { escapeText, escapeValue } from '../../src/xml/characters.js'
import { legalText } from '../../src/xml/text.js'
import { hostileText } from '../support/hostile-text.js'

const FIXED = { seed: 20_261_122, numRuns: 500 }
/** Size of the pieces in which the writer processes a text. */
const PIECE_CHARACTERS = 8 * 1024

function written(write: (writer: ByteWriter) => void): string {
  const chunks: Uint8Array[] = []
  const writer = new ByteWriter({ write: (bytes) => chunks.push(Uint8Array.from(bytes)) })
  write(writer)
  writer.flush()
  const bytes = Buffer.concat(chunks)
  expect(writer.sizeBytes).toBe(bytes.length)
  return bytes.toString('utf8')
}

describe('ByteWriter', () => {
  it('writes text and values like escapeText and escapeValue of the legal text', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        expect(written((writer) => writer.text(text))).toBe(escapeText(legalText(text)))
        expect(written((writer) => writer.value(text))).toBe(escapeValue(legalText(text)))
      }),
      FIXED,
    )
  })

  it.each(['\u001b[31m', '\u{1f600}', '\u001b', '\ud800', '"', '\r\n'])(
    'writes %j correctly where one piece of the text ends',
    (special) => {
      for (let before = PIECE_CHARACTERS - 4; before <= PIECE_CHARACTERS + 1; before++) {
        const text = `${'x'.repeat(before)}${special}${'é'.repeat(PIECE_CHARACTERS)}${special}y`

        expect(written((writer) => writer.value(text))).toBe(escapeValue(legalText(text)))
      }
    },
  )

  it('writes bytes that are larger than its buffer, in order with text and values', () => {
    const large = Buffer.alloc(300_000, 'b')

    expect(
      written((writer) => {
        writer.text('a')
        writer.bytes(large)
        writer.value('c')
      }),
    ).toBe(`a${large}c`)
  })
})

describe('createValueEncoder', () => {
  it('encodes values escaped and legal, also when the same value repeats', () => {
    const encode = createValueEncoder()
    const encoded = ['', '<a>', '<a>', '\u001b[1m"', '<a>'].map((text) => Buffer.from(encode(text)).toString())

    expect(encoded).toEqual(['', '&lt;a>', '&lt;a>', '&quot;', '&lt;a>'])
  })
})
