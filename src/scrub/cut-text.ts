/**
 * Cutting text, and saying so in the text: `… [cut: 12,345 of 20,000 characters]`.
 *
 * A cut never splits a surrogate pair. Of a message or a stack the beginning stays; of console output the beginning and the end.
 *
 * @module
 */
import type { Output } from '../model.js'

/** What is said where characters are missing. */
export function cutMark(cut: number, of: number): string {
  return `… [cut: ${cut.toLocaleString('en-US')} of ${of.toLocaleString('en-US')} characters]`
}

/** The beginning of a text, in UTF-16 code units, and the mark; the text itself when it is short enough. */
export function cutEnd(text: string, characters: number): string {
  if (text.length <= characters) return text
  const kept = wholeStart(text, characters)
  return `${kept}${cutMark(text.length - kept.length, text.length)}`
}

/** The beginning and the end of console output, the mark between them; the same pieces when they are short enough. */
export function cutMiddle(pieces: readonly Output[], characters: number): readonly Output[] {
  const total = pieces.reduce((sum, { text }) => sum + text.length, 0)
  const [first] = pieces
  if (total <= characters || first === undefined) return pieces
  const head = startOf(pieces, Math.ceil(characters / 2))
  const tail = endOf(pieces, Math.floor(characters / 2))
  const kept = [...head, ...tail].reduce((sum, { text }) => sum + text.length, 0)
  const before = head.at(-1)
  const newline = before === undefined || before.text.endsWith('\n') ? '' : '\n'
  const mark: Output = { stream: (before ?? first).stream, text: `${newline}${cutMark(total - kept, total)}\n` }
  return [...head, mark, ...tail]
}

/** Where a text stands: line ends are one byte in content and five in an attribute. */
export type TextPlace = 'content' | 'attribute'

/** Bytes that a text takes in a report at most: UTF-8, with escapes, terminal sequences counted as if they stayed. */
export function weightOf(text: string, place: TextPlace): number {
  const lineEnd = LINE_END_BYTES[place]
  let bytes = 0
  for (let index = 0; index < text.length; index++) bytes += unitWeight(text.charCodeAt(index), lineEnd)
  return bytes
}

/** How many code units from the start of a text fit into so many bytes of a report. */
export function unitsWithin(text: string, bytes: number, place: TextPlace): number {
  const lineEnd = LINE_END_BYTES[place]
  let left = bytes
  for (let index = 0; index < text.length; index++) {
    left -= unitWeight(text.charCodeAt(index), lineEnd)
    if (left < 0) return index
  }
  return text.length
}

const LINE_END_BYTES: Readonly<Record<TextPlace, number>> = { content: 1, attribute: 5 }

// Half of a surrogate pair is worth two bytes when the pair is whole; a replaced character is written as six.
function unitWeight(unit: number, lineEndBytes: number): number {
  if (unit < 0x20) return unit === 0x0a ? lineEndBytes : 6
  if (unit < 0x7f) return unit === 0x26 || unit === 0x3c || unit === 0x3e || unit === 0x22 ? 6 : 1
  if (unit < 0xa0) return 6
  if (unit < 0x800) return 2
  return unit >= 0xd800 && unit <= 0xdfff ? 6 : 3
}

function wholeStart(text: string, length: number): string {
  const last = text.charCodeAt(length - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length)
}

function wholeEnd(text: string, length: number): string {
  const start = text.length - length
  const first = text.charCodeAt(start)
  return text.slice(first >= 0xdc00 && first <= 0xdfff ? start + 1 : start)
}

function startOf(pieces: readonly Output[], length: number): Output[] {
  const kept: Output[] = []
  let left = length
  for (const piece of pieces) {
    if (left <= 0) break
    kept.push(piece.text.length <= left ? piece : { ...piece, text: wholeStart(piece.text, left) })
    left -= piece.text.length
  }
  return kept
}

function endOf(pieces: readonly Output[], length: number): Output[] {
  const kept: Output[] = []
  let left = length
  for (const piece of pieces.toReversed()) {
    if (left <= 0) break
    kept.unshift(piece.text.length <= left ? piece : { ...piece, text: wholeEnd(piece.text, left) })
    left -= piece.text.length
  }
  return kept
}
