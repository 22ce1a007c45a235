import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { legalText } from '../../src/xml/text.js'
import { documentedReplacement, hostileText } from '../support/hostile-text.js'
import { promised, reportOf, seenByLibxml, seenByXmldom } from '../support/round-trip.js'
import { hasTool } from '../support/tools.js'

/** Only a few strings; `npm run test:text` takes 100,000. */
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
  ])('removes the whole terminal sequences for %s', (_, text, expected) => {
    expect(legalText(text)).toBe(expected)
  })

  it.each([
    ['a lone ESC', 'a\u001bz', 'a\\u001bz'],
    ['a sequence that never ends', '\u001b]0;title\nthe rest of the report', '\\u001b]0;title\nthe rest of the report'],
    ['C0 controls', '\u0000\u0007\u000b\u001f', '\\u0000\\u0007\\u000b\\u001f'],
    ['DEL and C1 controls', '\u007f\u0080\u0085', '\\u007f\\u0080\\u0085'],
    ['line separators', '\u2028\u2029', '\\u2028\\u2029'],
    ['lone surrogates', '\ud800x\udc00', '\\ud800x\\udc00'],
    ['U+FFFE and U+FFFF', '\ufffe\uffff', '\\ufffe\\uffff'],
  ])('replaces %s with \\uXXXX', (_, text, expected) => {
    expect(legalText(text)).toBe(expected)
  })

  it('keeps TAB, LF, CR and all other legal characters', () => {
    const text = 'tab\tlf\ncr\r é 中 \u{1f600} \u{1fffe} \ufeff \u00a0 \\u0000 ]]> &#x0;'

    expect(legalText(text)).toBe(text)
  })

  it('replaces as docs/junit.md says, and changes nothing when applied to its own result', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        const legal = legalText(text)
        expect(legal).toBe(documentedReplacement(text))
        expect(legalText(legal)).toBe(legal)
      }),
      { seed: FIXED.seed, numRuns: 2_000 },
    )
  })

  it('ends within the timeout for 200,000 terminal sequences that never end', () => {
    const openers = ['\u001b]', '\u001b[', '\u009d', '\u001b[0;', '\u001b]8;;x'].map((text) => text.repeat(200_000))

    for (const text of openers) expect(legalText(text).length).toBeGreaterThan(text.length)
  })
})

describe('legalText, in a report of hostile text', () => {
  it('gives text that xmldom reads back as documented', () => {
    fc.assert(
      fc.property(STRINGS, (texts) => {
        expect(seenByXmldom(reportOf(texts))).toEqual(promised(texts))
      }),
      FIXED,
    )
  })

  it.skipIf(!hasTool('xmllint'))('gives text that libxml2 reads back as documented', () => {
    fc.assert(
      fc.property(STRINGS, (texts) => {
        expect(seenByLibxml(reportOf(texts))).toEqual(promised(texts))
      }),
      FIXED,
    )
  })
})
