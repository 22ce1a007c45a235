import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { shellWord } from '../src/errors.js'
import { oneLine, printable } from '../src/terminal.js'

/** Signs before numbers, which are format characters but visible. */
const VISIBLE_FORMATS = new Set([
  ...[0x600, 0x601, 0x602, 0x603, 0x604, 0x605, 0x6dd, 0x70f, 0x890, 0x891, 0x8e2, 0x110bd, 0x110cd],
])

/** What the list of categories says about one code point; unassigned ones are drawn as a box, unless they are invisible. */
function mustBeEscaped(code: number): boolean {
  const character = String.fromCodePoint(code)
  if (character === '\n' || VISIBLE_FORMATS.has(code)) return false
  const categories = /\p{Cc}|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}|\p{Co}/u
  const invisible = /\p{Default_Ignorable_Code_Point}|\p{Noncharacter_Code_Point}/u
  return categories.test(character) || invisible.test(character)
}

describe('printable', () => {
  it('escapes every code point that a terminal acts on or does not show, and changes no other', () => {
    const wrong: string[] = []
    for (let code = 0; code <= 0x10ffff; code++) {
      const character = String.fromCodePoint(code)
      const shown = printable(`a${character}b`)
      const right = mustBeEscaped(code) ? /^a(?:\\u[0-9a-f]{4}){1,2}b$/.test(shown) : shown === `a${character}b`
      if (!right) wrong.push(code.toString(16))
    }

    expect(wrong).toEqual([])
  })

  it.each([
    ['a sequence that clears the screen', '\u001b[2J', '\\u001b[2J'],
    ['a carriage return', 'ok\rbad', 'ok\\u000dbad'],
    ['a tab', 'a\tb', 'a\\u0009b'],
    ['an eight-bit control sequence', '\u009b31m', '\\u009b31m'],
    ['an Arabic letter mark', 'a\u061cb', 'a\\u061cb'],
    ['a right-to-left override', '\u202egpj.exe', '\\u202egpj.exe'],
    ['an isolate', '\u2066a\u2069', '\\u2066a\\u2069'],
    ['a zero-width space', 'pass\u200bed', 'pass\\u200bed'],
    ['a joiner between Latin letters', 'pass\u200ded', 'pass\\u200ded'],
    ['a word joiner', 'a\u2060b', 'a\\u2060b'],
    ['a byte order mark', '\ufeffa', '\\ufeffa'],
    ['a soft hyphen', 'a\u00adb', 'a\\u00adb'],
    ['an interlinear annotation', 'a\ufff9b', 'a\\ufff9b'],
    ['a line separator', 'a\u2028b', 'a\\u2028b'],
    ['tag characters', 'a\u{e0041}', 'a\\udb40\\udc41'],
    ['a lone surrogate', 'a\ud800b', 'a\\ud800b'],
    ['a variation selector after a letter', 'a\ufe0f', 'a\\ufe0f'],
    ['a second selector after an emoji', '\u2764\ufe0f\ufe0f', '\u2764\ufe0f\\ufe0f'],
    ['a Hangul filler', '\u3164', '\\u3164'],
  ])('shows %s', (_, text, shown) => {
    expect(printable(text)).toBe(shown)
  })

  it.each([
    ['accents', 'Zürich, naïve, e\u0301'],
    ['Chinese, Japanese and Korean', '測試 テスト 시험'],
    ['a variant of a Han character', '葛\u{e0100}城'],
    ['Arabic and Hebrew', 'اختبار בדיקה'],
    ['a Persian word with a non-joiner', 'می\u200cخواهم'],
    ['a Hindi word with a joiner', 'क्\u200dष'],
    [
      'emoji',
      '🎉 \u{1f468}\u200d\u{1f469}\u200d\u{1f467} \u{1f3f3}\ufe0f\u200d\u{1f308} \u{1f469}\u{1f3fd}\u200d\u{1f4bb}',
    ],
    ['emoji with a selector', '\u2764\ufe0f \u26a0\ufe0f 1\ufe0f\u20e3'],
    ['symbols', '√ × → ✓ € “quoted” – dash'],
    ['several lines', 'a\nb'],
  ])('does not change %s', (_, text) => {
    expect(printable(text)).toBe(text)
  })

  it('keeps the value of JSON', () => {
    const value = { name: 'a\u202eb\u{e0041}\u009b\u200b' }

    expect(JSON.parse(printable(JSON.stringify(value)))).toEqual(value)
  })
})

describe('oneLine', () => {
  it('escapes line feeds too', () => {
    expect(oneLine('a\nb\r\u2029')).toBe('a\\u000ab\\u000d\\u2029')
  })
})

describe('shellWord', () => {
  it.each([
    ['a blank', 'my key.pem'],
    ['a quote and a backslash', "it's \\ a key.pem"],
    ['a line feed', 'a\nb.pem'],
    ['an escape sequence and a quote', "\u001b[2J'é.pem"],
    ['a direction control', 'a\u202eb.pem'],
    ['an emoji', '🎉.pem'],
    ['a substitution', '$(false)`false`\u0007'],
  ])('is printed unchanged and names the same file when it is pasted, for a name with %s', (_, name) => {
    const word = shellWord(name)

    expect(oneLine(word)).toBe(word)
    expect(execFileSync('bash', ['-c', `printf %s ${word}`], { encoding: 'utf8' })).toBe(name)
  })
})
