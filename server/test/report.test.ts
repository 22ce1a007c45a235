import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { parseTime } from 'jux-reporter/internal'
import { describe, expect, it } from 'vitest'
import { splitTags } from '../src/ingest/facts.js'
import { cut, ROW_LIMITS, type RowReport, readRows, suitePosition } from '../src/ingest/report.js'
import { escapeValue, report } from './support/reports.js'

const FIXTURES = new URL('../../fixtures/junit/', import.meta.url)
const files = readdirSync(FIXTURES).filter((name) => name.endsWith('.xml'))

const read = (xml: string) => readRows(Buffer.from(xml))
const inSuite = (inside: string) => `<testsuite name="s"><testcase name="t">${inside}</testcase></testsuite>`

/** Numbers of test cases of each suite, counted from the rows of the test cases. */
function countedFromCases(rows: RowReport) {
  return rows.suites.map((_, position) => {
    const cases = rows.cases.filter((item) => suitePosition(item, rows) === position)
    const count = (status: string) => cases.filter((item) => item.status === status).length
    return { tests: cases.length, failures: count('failed'), errors: count('error'), skipped: count('skipped') }
  })
}

describe('readRows', () => {
  it.each(files)('gives every test case of %s to a suite, with numbers that add up', (name) => {
    const rows = readRows(readFileSync(new URL(name, FIXTURES)))
    const { tests, failures, errors, skipped } = rows.summary

    expect(rows.suites).toMatchObject(countedFromCases(rows))
    const sum = (key: 'tests' | 'failures' | 'errors' | 'skipped') =>
      rows.suites.reduce((total, suite) => total + suite[key], 0)
    expect([sum('tests'), sum('failures'), sum('errors'), sum('skipped')]).toEqual([tests, failures, errors, skipped])
    expect(rows.suites.filter(({ path }) => path.length > 0).map(({ path }) => path.at(-1))).toEqual(
      rows.summary.suites.map((suite) => suite.name),
    )
    expect(rows.summary.facts).toEqual(rows.summary.properties)
  })

  it('counts in every suite, nested or not, what its test cases come to', () => {
    const part = fc.constantFrom(
      ['', 'passed'],
      ['<failure/>', 'failed'],
      ['<error/>', 'error'],
      ['<skipped/>', 'skipped'],
      ['<skipped type="todo"/><failure/>', 'skipped'],
      ['<flakyFailure/>', 'passed'],
    )
    const testcase = part.map(([inside, status]) => `<testcase name="${status}">${inside}</testcase>`)
    const { suite } = fc.letrec<{ suite: string }>((tie) => ({
      suite: fc
        .tuple(fc.array(testcase, { maxLength: 4 }), fc.oneof({ maxDepth: 3 }, fc.constant(''), tie('suite')))
        .map(([cases, inner]) => `<testsuite name="s">${cases.join('')}${inner}${cases.join('')}</testsuite>`),
    }))
    fc.assert(
      fc.property(fc.array(suite, { maxLength: 3 }), fc.array(testcase, { maxLength: 2 }), (suites, loose) => {
        const xml = `<testsuites>${suites.join('')}${loose.join('')}</testsuites>`
        const rows = read(xml)
        const named = [...xml.matchAll(/<testcase name="(\w+)"/g)].map(([, status]) => status)
        expect(rows.cases.map(({ status }) => status)).toEqual(named)
        expect(rows.suites).toMatchObject(countedFromCases(rows))
      }),
      { numRuns: 200 },
    )
  })

  it('puts test cases outside of any suite into one without a name', () => {
    const rows = read(
      '<testsuites><testcase name="a" time="1"/><testsuite name="s"/><testcase time="2"><error/></testcase></testsuites>',
    )

    expect(rows.suites).toEqual([
      { path: ['s'], tests: 0, failures: 0, errors: 0, skipped: 0, seconds: 0, output: '' },
      { path: [], tests: 2, failures: 0, errors: 1, skipped: 0, seconds: 3, output: '' },
    ])
    expect(rows.cases.map((item) => suitePosition(item, rows))).toEqual([1, 1])
    expect(rows.totalSeconds).toBe(3)
  })

  it('sums the seconds of test cases by suite, unless the root states its own', () => {
    const suites =
      '<testsuite name="a"><testcase time="1"/><testcase time="2"/></testsuite><testsuite name="b"><testcase time="4"/></testsuite>'

    expect(read(`<testsuites>${suites}</testsuites>`)).toMatchObject({
      suites: [{ seconds: 3 }, { seconds: 4 }],
      totalSeconds: 7,
    })
    expect(read(`<testsuites time="9">${suites}</testsuites>`).totalSeconds).toBe(9)
  })

  it('keeps names as they were', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), (name) => {
        fc.pre(!/[\p{Cc}\p{Cs}\ufffe\uffff]/u.test(name))
        expect(read(report({ cases: `<testcase name="${escapeValue(name)}"/>` })).cases[0]?.name).toBe(name)
      }),
      { numRuns: 100 },
    )
  })

  it('takes the text of a failure and leaves out what is nested in it', () => {
    const [item] = read(
      inSuite('<failure message="m">a<b>hidden</b><![CDATA[<c>\r\n]]>d</failure><system-out>o</system-out>'),
    ).cases

    expect(item).toMatchObject({ status: 'failed', message: 'm', details: 'a<c>\nd', output: 'o' })
  })

  it('calls flaky what passed after it had failed', () => {
    const statuses = ['<flakyFailure/>', '<flakyError/>', '<rerunFailure/><failure/>'].map((inside) => {
      const [item] = read(inSuite(inside)).cases
      return [item?.status, item?.isFlaky]
    })

    expect(statuses).toEqual([
      ['passed', true],
      ['passed', true],
      ['failed', false],
    ])
  })

  it('takes numbers that are numbers, and nothing else', () => {
    const numbers = ['1.5', '1,234.5', '-1', 'NaN', 'Infinity', '1e400', 'x', '', '7'].map((text) => {
      const [item] = read(`<testsuite><testcase name="t" time="${text}" line="${text}"/></testsuite>`).cases
      return [item?.seconds, item?.line]
    })

    expect(numbers.map(([seconds]) => seconds)).toEqual([1.5, 1234.5, 0, 0, 0, 0, 0, 0, 7])
    expect(numbers.map(([, line]) => line)).toEqual([...new Array(8).fill(undefined), 7])
  })

  it('cuts what is too long, and says so', () => {
    const long = 'x'.repeat(ROW_LIMITS.details + 5)
    const [item] = read(inSuite(`<failure>${long}</failure>`)).cases

    expect(item?.details).toHaveLength(ROW_LIMITS.details + ' … (5 more characters: see the report itself)'.length)
  })

  it('refuses more test cases than are kept', () => {
    const many = '<testcase/>'.repeat(ROW_LIMITS.cases + 1)

    expect(() => read(`<testsuite>${many}</testsuite>`)).toThrow(
      expect.objectContaining({
        status: 422,
        message: `the report has more than ${ROW_LIMITS.cases} test cases`,
        parts: expect.objectContaining({
          details: { message: `more than ${ROW_LIMITS.cases} test cases`, reason: 'too-many' },
        }),
      }),
    )
  })
})

describe('what a report says of itself', () => {
  it.each([
    ['2026-01-02T03:04:05', Date.UTC(2026, 0, 2, 3, 4, 5)],
    ['2026-01-02T03:04:05+01:00', Date.UTC(2026, 0, 2, 2, 4, 5)],
    ['2026-13-99T00:00:00', undefined],
    ['1900-01-01T00:00:00Z', undefined],
    ['yesterday', undefined],
    [undefined, undefined],
  ])('is a time or none: %s', (text, ms) => {
    expect(parseTime(text)).toBe(ms)
  })

  it('is never cut between the halves of a character', () => {
    expect(cut('ab\u{1f600}cd', 3)).toBe('ab … (4 more characters: see the report itself)')
    expect(cut('ab\u{1f600}cd', 4)).toMatch(/^ab\u{1f600} … \(2 more/u)
  })
})

describe('readRows, for what is no XML,', () => {
  it('refuses it with status 400', () => {
    expect(() => read('<testsuite><a')).toThrow(expect.objectContaining({ status: 400 }))
  })
})

describe('splitTags', () => {
  it('is empty without a list, and drops empty and repeated tags', () => {
    expect([undefined, null, '', ' a, ,b,a '].map(splitTags)).toEqual([[], [], [], ['a', 'b']])
  })
})
