import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { legalText } from '../../src/xml/text.js'
import { documentedReplacement, hostileText } from '../support/hostile-text.js'
import { promised, reportOf, seenByLibxml, seenByXmldom } from '../support/round-trip.js'
import { hasTool } from '../support/tools.js'

/** Few here; `npm run test:text` takes 100,000. */
const FIXED = { seed: 20_260_102, numRuns: 20 }
const STRINGS = fc.array(hostileText(), { minLength: 100, maxLength: 100 })

describe('legalText', () => {
  it.each([
    ['colors', '\u001b[31mred\u001b[39m', 'red'],
    ['colors of 8-bit terminals', '\u009b31mred\u009b39m', 'red'],
    ['links', '\u001b]8;;https://example.org\u0007text\u001b]8;;\u001b\\', 'text'],
    ['window titles', '\u001b]0;title\u0007text', 'text'],
    ['cursor movements', '\u001b[2K\u001b[1Gline\u001b[?25l', 'line'],
    ['character sets and resets', '\u001b(B\u001b)0\u001b7text\u001b8\u001bc', 'text'],
  ])('strips %s whole', (_, text, expected) => {
    expect(legalText(text)).toBe(expected)
  })

  it.each([
    ['a lone ESC', 'a\u001bz', 'a\\u001bz'],
    ['a sequence that never ends', '\u001b]0;title\nthe rest of the report', '\\u001b]0;title\nthe rest of the report'],
    ['C0 controls', '\u0000\u0007\u000b\u001f', '\\u0000\\u0007\\u000b\\u001f'],
    ['DEL and C1 controls', '\u007f\u0080\u0085', '\\u007f\\u0080\\u0085'],
    ['line separators', '\u2028\u2029', '\\u2028\\u2029'],
    ['lone surrogates', '\ud800x\udc00', '\\ud800x\\udc00'],
    ['what XML excludes', '\ufffe\uffff', '\\ufffe\\uffff'],
  ])('shows %s as \\uXXXX', (_, text, expected) => {
    expect(legalText(text)).toBe(expected)
  })

  it('keeps TAB, LF, CR and every character beyond', () => {
    const text = 'tab\tlf\ncr\r é 中 \u{1f600} \u{1fffe} \ufeff \u00a0 \\u0000 ]]> &#x0;'

    expect(legalText(text)).toBe(text)
  })

  it('does what the documentation says, and nothing more when done again', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        const legal = legalText(text)
        expect(legal).toBe(documentedReplacement(text))
        expect(legalText(legal)).toBe(legal)
      }),
      { seed: FIXED.seed, numRuns: 2_000 },
    )
  })

  it('takes time in proportion to the text, however hostile', () => {
    const openers = ['\u001b]', '\u001b[', '\u009d', '\u001b[0;', '\u001b]8;;x'].map((text) => text.repeat(200_000))

    for (const text of openers) expect(legalText(text).length).toBeGreaterThan(text.length)
  })
})

describe('a report of hostile text', () => {
  it('is read back by xmldom as documented', () => {
    fc.assert(
      fc.property(STRINGS, (texts) => {
        expect(seenByXmldom(reportOf(texts))).toEqual(promised(texts))
      }),
      FIXED,
    )
  })

  it.skipIf(!hasTool('xmllint'))('is read back by libxml2 as documented', () => {
    fc.assert(
      fc.property(STRINGS, (texts) => {
        expect(seenByLibxml(reportOf(texts))).toEqual(promised(texts))
      }),
      FIXED,
    )
  })
})
