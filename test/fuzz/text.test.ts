import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hostileText } from '../support/hostile-text.js'
import { promised, reportOf, seenByLibxml, seenByXmldom } from '../support/round-trip.js'

/** 200 reports of 500 strings: 100,000. */
const REPORTS = 200
const STRINGS_PER_REPORT = 500
const seed = process.env.JUX_SEED === undefined ? Date.now() & 0x7fffffff : Number(process.env.JUX_SEED)

describe('hostile text in a report', () => {
  it(`is read back by xmldom and libxml2 as documented, ${REPORTS * STRINGS_PER_REPORT} strings, JUX_SEED=${seed}`, () => {
    let strings = 0
    let characters = 0
    fc.assert(
      fc.property(
        fc.array(hostileText(), { minLength: STRINGS_PER_REPORT, maxLength: STRINGS_PER_REPORT }),
        (texts) => {
          const xml = reportOf(texts)
          const expected = promised(texts)
          expect(seenByXmldom(xml)).toEqual(expected)
          expect(seenByLibxml(xml)).toEqual(expected)
          strings += texts.length
          characters += texts.reduce((sum, { length }) => sum + length, 0)
        },
      ),
      { seed, numRuns: REPORTS, endOnFailure: true },
    )
    console.log(`${strings} strings, ${characters} characters, two parsers, no difference (JUX_SEED=${seed})`)
  })
})
