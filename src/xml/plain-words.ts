/**
 * Skips bytes that need no check, four at a time.
 *
 * Most bytes of a report are letters, digits and blanks in attribute values and text. The scanner looks at every other byte
 * in its tables; it passes over these faster.
 *
 * @module
 */

const WORD_BYTES = 4
const LAST_IN_WORD = WORD_BYTES - 1

// A byte repeated in a word. The words are signed, so that V8 computes with 32 bits.
const HIGH_BITS = 0x80808080 | 0
const ONES = 0x01010101
const BLANKS = 0x20202020
const LESS_THANS = 0x3c3c3c3c
const GREATER_THANS = 0x3e3e3e3e
/** `&` and both quotes are equal to `"` in these bits, and so is `#`, which only costs a look at the tables. */
const QUOTE_BITS = 0xfafafafa | 0
const QUOTES = 0x22222222

/** The words of a document. They begin where its memory is aligned. */
export class PlainWords {
  private readonly words: Int32Array
  /** Bytes between the beginning of the first word and the first byte. */
  private readonly shift: number

  /** @param bytes must not change while this object is in use */
  constructor(bytes: Uint8Array) {
    const { buffer, byteOffset, length } = bytes
    this.shift = byteOffset % WORD_BYTES
    this.words = new Int32Array(buffer, byteOffset - this.shift, Math.floor((this.shift + length) / WORD_BYTES))
  }

  /**
   * Passes over whole words after `at` that have only plain bytes: ASCII without controls, quotes, `&`, `<` and `>`.
   *
   * @returns the offset of the last byte that was passed over; `at` where there is none
   */
  skip(at: number): number {
    const { words, shift } = this
    if (((at + shift) & LAST_IN_WORD) !== LAST_IN_WORD) return at
    const first = (at + shift + 1) >> 2
    let index = first
    while (index < words.length && isPlain(words[index] ?? 0)) index++
    return at + (index - first) * WORD_BYTES
  }
}

// Where all bytes are ASCII, subtracting sets the high bit of the lowest byte that is smaller than what is subtracted.
function isPlain(word: number): boolean {
  const small = word - BLANKS
  const quote = ((word & QUOTE_BITS) ^ QUOTES) - ONES
  const less = (word ^ LESS_THANS) - ONES
  const greater = (word ^ GREATER_THANS) - ONES
  return ((word | small | quote | less | greater) & HIGH_BITS) === 0
}
