/**
 * Views of a text with its escapes resolved: percent-encoding, character references of HTML and XML, escapes of JSON,
 * JavaScript and shells. A secret is found in a view whatever mixture of escapes it is written with.
 *
 * A view holds only the surroundings of escapes, so that a long text with one escape costs little.
 *
 * @module
 */

/** A part of a text with escapes resolved, and where its characters come from. */
export interface View {
  readonly text: string
  /** Maps the place between two characters of the view to the place in the text. */
  toSource(index: number): number
}

/** How often escapes are resolved: JSON in JSON, percent-encoded twice. */
const MAX_LEVELS = 3
/** Parts of the view that are not neighbors in the text. No secret contains it. */
const GAP = '\n\0\n'

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  Tab: '\t',
  NewLine: '\n',
  excl: '!',
  num: '#',
  dollar: '$',
  percnt: '%',
  lpar: '(',
  rpar: ')',
  ast: '*',
  plus: '+',
  comma: ',',
  period: '.',
  sol: '/',
  colon: ':',
  semi: ';',
  equals: '=',
  quest: '?',
  commat: '@',
  lsqb: '[',
  lbrack: '[',
  bsol: '\\',
  rsqb: ']',
  rbrack: ']',
  Hat: '^',
  lowbar: '_',
  grave: '`',
  lcub: '{',
  lbrace: '{',
  verbar: '|',
  vert: '|',
  rcub: '}',
  rbrace: '}',
}
const LETTERS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v', e: '\u001b' }

const ESCAPE =
  /%[0-9a-fA-F]{2}|\\(?:u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]{1,6}\}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|[0-3][0-7]{2}|[nrtbfve]|[!-/:-@[-`{-~ ])|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});/g

/**
 * The views of a text, each with the escapes of the one before resolved; none if the text has no escapes.
 *
 * @param margin how many characters around an escape are in the view
 */
export function viewsOf(text: string, margin: number): readonly View[] {
  const views: View[] = []
  let last: View = { text, toSource: (index) => index }
  while (views.length < MAX_LEVELS) {
    const next = resolve(last.text, margin)
    if (next === undefined) break
    const { toSource } = last
    last = { text: next.text, toSource: (index) => toSource(next.toSource(index)) }
    views.push(last)
  }
  return views
}

function resolve(text: string, margin: number): View | undefined {
  if (!text.includes('%') && !text.includes('\\') && !text.includes('&')) return undefined
  const parts: string[] = []
  // Where a part of the view begins, in the view and in the text.
  const inView: number[] = []
  const inText: number[] = []
  let length = 0
  const add = (part: string, from: number) => {
    if (part === '') return
    parts.push(part)
    inView.push(length)
    inText.push(from)
    length += part.length
  }
  let done = -1
  for (const match of text.matchAll(ESCAPE)) {
    const at = match.index
    if (at < done) continue
    const { value, end } = meaningOf(text, match[0], at)
    if (value === undefined) continue
    if (done === -1 || at - done > 2 * margin) {
      if (done !== -1) {
        add(text.slice(done, done + margin), done)
        add(GAP, done + margin)
      }
      add(text.slice(Math.max(0, at - margin), at), Math.max(0, at - margin))
    } else add(text.slice(done, at), done)
    add(value, at)
    done = end
  }
  if (done === -1) return undefined
  add(text.slice(done, done + margin), done)
  inView.push(length)
  inText.push(Math.min(text.length, done + margin))
  return { text: parts.join(''), toSource: (index) => place(index, inView, inText) }
}

// What an escape stands for, and where it ends. Several percent-encoded bytes may be one character.
function meaningOf(text: string, sequence: string, at: number): { value: string | undefined; end: number } {
  const end = at + sequence.length
  if (sequence.startsWith('%')) return byteValue(text, Number.parseInt(sequence.slice(1), 16), at)
  if (sequence.startsWith('&')) {
    const name = sequence.slice(1, -1)
    if (!name.startsWith('#')) return { value: Object.hasOwn(NAMED, name) ? NAMED[name] : undefined, end }
    const isHex = /^#x/i.test(name)
    return { value: character(Number.parseInt(name.slice(isHex ? 2 : 1), isHex ? 16 : 10)), end }
  }
  const [, kind = ''] = sequence
  if (sequence.length === 2) return { value: LETTERS[kind] ?? kind, end }
  if (/\d/.test(kind)) return { value: character(Number.parseInt(sequence.slice(1), 8)), end }
  return { value: character(Number.parseInt(sequence.replace(/[\\uUx{}]/g, ''), 16)), end }
}

function byteValue(text: string, byte: number, at: number): { value: string; end: number } {
  const count = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
  const encoded = text.slice(at, at + 3 * count)
  if (count > 1 && /^(?:%[0-9a-fA-F]{2}){2,4}$/.test(encoded)) {
    const value = Buffer.from(encoded.replaceAll('%', ''), 'hex').toString('utf8')
    if (!value.includes('\ufffd')) return { value, end: at + encoded.length }
  }
  return { value: String.fromCharCode(byte), end: at + 3 }
}

function character(code: number): string | undefined {
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined
}

// The last part that begins at or before the index, by halving.
function place(index: number, inView: readonly number[], inText: readonly number[]): number {
  let low = 0
  let high = inView.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((inView[middle] ?? 0) <= index) low = middle
    else high = middle - 1
  }
  const from = (inText[low] ?? 0) + index - (inView[low] ?? 0)
  const next = inText[low + 1]
  // Inside an escape of several characters, the place is its end.
  return next !== undefined && from > next ? next : from
}
