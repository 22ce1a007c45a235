import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { readJunit } from 'jux-reporter'
import { describe, expect, it } from 'vitest'
import { cut, parseTime, ROW_LIMITS } from '../src/ingest/report.js'
import { readReport } from '../src/ingest/report-reader.js'
import { escapeValue, report } from './support/reports.js'

const FIXTURES = new URL('../../fixtures/junit/', import.meta.url)
const files = readdirSync(FIXTURES).filter((name) => name.endsWith('.xml'))

const read = (xml: string) => readReport(Buffer.from(xml))
const inSuite = (inside: string) => `<testsuite name="s"><testcase name="t">${inside}</testcase></testsuite>`

describe('readReport', () => {
  it.each(files)('counts in %s what the reporter itself counts', (name) => {
    const bytes = readFileSync(new URL(name, FIXTURES))
    const own = readJunit(bytes)

    const { counts, properties, suites, signed } = readReport(bytes)

    expect(counts).toEqual({ passed: own.passed, failed: own.failures, error: own.errors, skipped: own.skipped })
    expect(properties).toEqual(own.properties)
    expect(suites.filter(({ path }) => path.length > 0).map(({ path }) => path.at(-1))).toEqual(
      own.suites.map((suite) => suite.name),
    )
    expect(signed).toBe(own.signed)
  })

  it('counts whatever it is given as the reporter itself counts it', () => {
    const verdict = fc.constantFrom(
      '',
      '<failure/>',
      '<error/>',
      '<skipped/>',
      '<skipped type="todo"/><failure/>',
      '<flakyFailure/>',
    )
    const testcase = verdict.map((inside) => `<testcase name="t">${inside}</testcase>`)
    const { suite } = fc.letrec<{ suite: string }>((tie) => ({
      suite: fc
        .tuple(fc.array(testcase, { maxLength: 4 }), fc.oneof({ maxDepth: 3 }, fc.constant(''), tie('suite')))
        .map(([cases, inner]) => `<testsuite name="s">${cases.join('')}${inner}${cases.join('')}</testsuite>`),
    }))
    fc.assert(
      fc.property(fc.array(suite, { maxLength: 3 }), fc.array(testcase, { maxLength: 2 }), (suites, loose) => {
        const bytes = Buffer.from(`<testsuites>${suites.join('')}${loose.join('')}</testsuites>`)
        const { tests, failures, errors, skipped } = readJunit(bytes)
        const { counts, cases } = readReport(bytes)
        expect([cases.length, counts.failed, counts.error, counts.skipped]).toEqual([tests, failures, errors, skipped])
      }),
      { numRuns: 200 },
    )
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
      return [item?.status, item?.flaky]
    })

    expect(statuses).toEqual([
      ['passed', true],
      ['passed', true],
      ['failed', false],
    ])
  })

  it('takes numbers that are numbers, and nothing else', () => {
    const times = ['1.5', '1,234.5', '-1', 'NaN', 'Infinity', '1e400', 'x', ''].map(
      (time) => read(`<testsuite><testcase name="t" time="${time}" line="${time}"/></testsuite>`).cases[0]?.time,
    )

    expect(times).toEqual([1.5, 1234.5, 0, 0, 0, 0, 0, 0])
  })

  it('cuts what is too long, and says so', () => {
    const long = 'x'.repeat(ROW_LIMITS.details + 5)
    const [item] = read(inSuite(`<failure>${long}</failure>`)).cases

    expect(item?.details).toHaveLength(ROW_LIMITS.details + ' … (5 more characters: see the report itself)'.length)
  })

  it('refuses more test cases than are kept', () => {
    const many = '<testcase/>'.repeat(ROW_LIMITS.cases + 1)

    expect(() => read(`<testsuite>${many}</testsuite>`)).toThrow(expect.objectContaining({ status: 422 }))
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
