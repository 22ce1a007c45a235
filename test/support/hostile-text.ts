/**
 * Hostile text, and how docs/junit.md says that it is replaced.
 *
 * @module
 */
import fc from 'fast-check'

const CONTROLS = Array.from({ length: 0x20 }, (_, code) => String.fromCharCode(code))
const C1_AND_DEL = Array.from({ length: 0x21 }, (_, index) => String.fromCharCode(0x7f + index))
const LITERALS = [
  ...[
    ']]>',
    '&',
    '<',
    '>',
    '"',
    "'",
    '\r',
    '\n',
    '\t',
    '\r\n',
    '&#x0;',
    '&#0;',
    '&amp;',
    '&bogus;',
    '<![CDATA[',
    '<!--',
    '<?x ?>',
  ],
  ...[
    '\u0085',
    '\u2028',
    '\u2029',
    '\u00a0',
    '\ufeff',
    '\ufffd',
    '\ufffe',
    '\uffff',
    '\\u0000',
    '</testcase>',
    'xmlns="x"',
  ],
  ...[
    '\u{1f600}',
    '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
    '\u{10ffff}',
    '\u{1fffe}',
    '\u{10000}',
    'é',
    'e\u0301',
    '中',
  ],
]
const SEQUENCES = [
  ...[
    '\u001b[31m',
    '\u001b[0m',
    '\u001b[38;2;1;2;3m',
    '\u001b[2K',
    '\u001b[?25l',
    '\u001b[ q',
    '\u009b1;31m',
    '\u001b[',
    '\u001b[3',
    '\u001b[999',
  ],
  ...[
    '\u001b]8;;https://example.org\u0007',
    '\u001b]8;;\u001b\\',
    '\u001b]0;title\u009c',
    '\u009d8;;x\u0007',
    '\u001b]0;never ends',
    '\u001b]',
  ],
  ...[
    '\u001bP1$r\u001b\\',
    '\u001b_app\u001b\\',
    '\u001b^pm\u0007',
    '\u001bXsos\u001b\\',
    '\u0090dcs\u009c',
    '\u001b(B',
    '\u001b)0',
    '\u001b#8',
  ],
  ...[
    '\u001b%G',
    '\u001b7',
    '\u001b8',
    '\u001b=',
    '\u001b>',
    '\u001bc',
    '\u001bM',
    '\u001b',
    '\u001b\u001b[31m',
    '\u001b[\u001b[0m31m',
    '\u001bq',
  ],
]

/** Short strings weighted towards everything that breaks XML. */
export function shortHostileText(): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...SEQUENCES) },
    { weight: 4, arbitrary: fc.constantFrom(...LITERALS) },
    { weight: 2, arbitrary: fc.constantFrom(...CONTROLS) },
    { weight: 2, arbitrary: fc.constantFrom(...C1_AND_DEL) },
    { weight: 2, arbitrary: fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code)) },
    {
      weight: 2,
      arbitrary: fc.string({
        unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
        maxLength: 8,
      }),
    },
    { weight: 2, arbitrary: fc.string({ maxLength: 12 }) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  )
  return fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))
}

/** The same strings, and a long one in every 200. */
export function hostileText(): fc.Arbitrary<string> {
  const short = shortHostileText()
  const long = fc
    .tuple(short, fc.integer({ min: 1, max: 2_000 }))
    .map(([text, times]) => text.repeat(times).slice(0, 40_000))
  return fc.oneof({ weight: 199, arbitrary: short }, { weight: 1, arbitrary: long })
}

/**
 * The replacement that docs/junit.md documents. It follows the text of the page, not the product: it processes one character
 * after the other, without a regular expression over the whole text.
 */
export function documentedReplacement(text: string): string {
  let result = ''
  for (let at = 0; at < text.length; ) {
    const sequence = sequenceLength(text, at)
    if (sequence > 0) {
      at += sequence
      continue
    }
    const unit = text.charCodeAt(at)
    const code = text.codePointAt(at) ?? 0
    const length = code > 0xffff ? 2 : 1
    const kept = code > 0xffff || unit === 9 || unit === 10 || unit === 13 || isPlain(unit)
    result += kept ? text.slice(at, at + length) : `\\u${unit.toString(16).padStart(4, '0')}`
    at += length
  }
  return result
}

function isPlain(unit: number): boolean {
  if (unit < 0x20 || (unit >= 0x7f && unit <= 0x9f)) return false
  if (unit >= 0xd800 && unit <= 0xdfff) return false
  return ![0x2028, 0x2029, 0xfffe, 0xffff].includes(unit)
}

// Length of the terminal sequence that begins here; 0 if there is none.
function sequenceLength(text: string, at: number): number {
  const two = text.slice(at, at + 2)
  const introducer = two === '\u001b[' ? 2 : text[at] === '\u009b' ? 1 : 0
  if (introducer > 0) return controlSequence(text, at, introducer)
  const escaped = two.length === 2 && two.startsWith('\u001b') && ']PX^_'.includes(two.charAt(1))
  if (escaped) return stringSequence(text, at, 2)
  if ('\u009d\u0090\u0098\u009e\u009f'.includes(text.charAt(at)))
    return text.charAt(at) === '' ? 0 : stringSequence(text, at, 1)
  if (text[at] !== '\u001b') return 0
  const [, second = '', third = ''] = text.slice(at, at + 3)
  if (second !== '' && '78=>cM'.includes(second)) return 2
  if (third === '') return 0
  if ('()*+'.includes(second) && '012AB'.includes(third)) return 3
  if (second === '#' && '3456'.includes(third)) return 3
  if (second === '#' && third === '8') return 3
  return second === '%' && '@G8'.includes(third) ? 3 : 0
}

// Parameters 0x30-0x3F, intermediates 0x20-0x2F, one final 0x40-0x7E.
function controlSequence(text: string, start: number, introducer: number): number {
  let at = start + introducer
  while (text.charCodeAt(at) >= 0x30 && text.charCodeAt(at) <= 0x3f) at++
  while (text.charCodeAt(at) >= 0x20 && text.charCodeAt(at) <= 0x2f) at++
  const final = text.charCodeAt(at)
  return final >= 0x40 && final <= 0x7e ? at + 1 - start : 0
}

// Up to BEL or ST, which has to come before any other control but TAB.
function stringSequence(text: string, start: number, introducer: number): number {
  for (let at = start + introducer; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === 0x07 || unit === 0x9c) return at + 1 - start
    if (unit === 0x1b) return text[at + 1] === '\\' ? at + 2 - start : 0
    if ((unit < 0x20 && unit !== 0x09) || (unit >= 0x7f && unit <= 0x9f)) return 0
  }
  return 0
}
