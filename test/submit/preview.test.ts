import { describe, expect, it } from 'vitest'
import { readReport } from '../../src/report/read.js'
import { previewSubmission } from '../../src/submit/preview.js'
import { type Submission, toSubmission } from '../../src/submit/request.js'
import { checkXml, MAX_CHECKED_BYTES } from '../../src/submit/xml-check.js'

const SIGNATURE = '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"></ds:Signature>'
const CASES =
  '<testcase name="a"/><testcase name="b"><failure/></testcase><testcase name="c"><failure/><error/></testcase>' +
  '<testcase name="d"><skipped/></testcase><testcase name="e"><failure/><skipped type="todo"/></testcase>'
const report = (inside: string, root = 'testsuites') => `<${root} name="n">${inside}</${root}>`
const counts = { tests: 5, failures: 1, errors: 1, skipped: 2 }
const check = (text: string, expected: Submission['counts'] = counts) =>
  checkXml({ bytes: Buffer.from(text), counts: expected })

describe('the row "xml" of a dry run of a report that was read', () => {
  const preview = (text: string) => {
    const bytes = Buffer.from(text)
    const read = readReport(bytes)
    return Object.fromEntries(previewSubmission(toSubmission(bytes, read), {}, read).rows).xml
  }

  it.each([
    [report(`<testsuite>${CASES}</testsuite>`), /^well-formed JUnit XML: 5 tests, 1 failures, 1 errors, 2 skipped, no/],
    [report(`<testsuite>${CASES}</testsuite>${SIGNATURE}`), /2 skipped, one signature$/],
    [report(`<testsuite>${CASES}${SIGNATURE}</testsuite>`), /^the signature is not in the root element/],
    [report(`<testsuite>${CASES}</testsuite>${SIGNATURE}${SIGNATURE}`), /^the report has more than one signature$/],
  ])('says of %j what the reader found', (text, found) => {
    expect(preview(text)).toMatch(found)
  })
})

describe('the row "xml" of a dry run', () => {
  it('says what xmldom found in the report, with the counts of our own reader', () => {
    const bytes = Buffer.from(report(`<testsuite name="s"><testsuite name="inner">${CASES}</testsuite></testsuite>`))

    const { rows, problem } = previewSubmission(toSubmission(bytes), {})

    expect(readReport(bytes).summary).toMatchObject(counts)
    expect(problem).toBeUndefined()
    expect(Object.fromEntries(rows).xml).toBe(
      'well-formed JUnit XML, checked with xmldom: 5 tests, 1 failures, 1 errors, 2 skipped, no signature',
    )
  })

  it.each([
    ['a document that is not well-formed', '<testsuites><testsuite></testsuites>', /^xmldom cannot read the report: /],
    ['an attribute without quotes', '<testsuites name=x></testsuites>', /^xmldom cannot read the report: /],
    ['no document', 'text', /^xmldom cannot read the report: /],
    ['another root', report(CASES, 'html'), 'the root element is html, not testsuites or testsuite'],
    [
      'a lost test case',
      report('<testsuite name="s"><testcase name="a"/></testsuite>'),
      'xmldom counts different results: tests: 5 here, 1 by xmldom; failures: 1 here, 0 by xmldom; errors: 1 here, 0 by xmldom; skipped: 2 here, 0 by xmldom',
    ],
    [
      'a signature inside a suite',
      report(`<testsuite name="s">${CASES}${SIGNATURE}</testsuite>`),
      'the signature is in the element testsuite, not in the root',
    ],
    [
      'two signatures',
      report(`<testsuite>${CASES}</testsuite>${SIGNATURE}${SIGNATURE}`),
      'the report has 2 signatures',
    ],
  ])('names %s as the problem', (_, text, problem) => {
    expect(check(text)).toEqual({ problem: typeof problem === 'string' ? problem : expect.stringMatching(problem) })
  })

  it('accepts one signature in the root, a byte order mark and UTF-16', () => {
    const text = report(`<testsuite>${CASES}</testsuite>${SIGNATURE}`)
    const found = expect.stringMatching(/ one signature$/)

    expect(check(text)).toEqual({ found })
    expect(check(`\ufeff${text}`)).toEqual({ found })
    expect(checkXml({ bytes: Buffer.from(`\ufeff${text}`, 'utf16le'), counts })).toEqual({ found })
  })

  it('says that a report above the limit is not checked', () => {
    expect(checkXml({ bytes: Buffer.alloc(MAX_CHECKED_BYTES + 1) })).toEqual({
      found: 'not checked: the report is larger than 32 MB',
    })
  })

  it('is followed by what the protocol cannot carry', () => {
    const { rows, problem } = previewSubmission(toSubmission(Buffer.from(report(`<testsuite>${CASES}</testsuite>`))), {
      apiUrl: 'https://jux.example.com/api/v1/reports',
    })

    expect(problem).toMatch(/accepts signed reports only/)
    expect(Object.fromEntries(rows)).toMatchObject({ xml: expect.stringMatching(/^well-formed/), problem })
  })
})
