import { describe, expect, it } from 'vitest'
import { JunitClaims, type JunitOutcome } from '../../src/gather/junit.js'
import { ResultsReader } from '../../src/report/results.js'
import { VisitorPair } from '../../src/xml/canonical.js'
import { scanXml } from '../../src/xml/scan.js'

function outcomeOf(xml: string): JunitOutcome {
  const bytes = Buffer.from(xml)
  const results = new ResultsReader(bytes, {})
  const claims = new JunitClaims(bytes)
  scanXml(bytes, new VisitorPair(results, claims))
  return claims.outcome(results.results(false).summary)
}

const cases = (count: number) => '<testcase name="t"/>'.repeat(count)
const SKIPPED = '<testcase name="t"><skipped/></testcase>'
const suite = (attributes: string, content: string) => `<testsuite name="s" ${attributes}>${content}</testsuite>`
const suites = (attributes: string, content: string) => `<testsuites ${attributes}>${content}</testsuites>`

describe('the outcome of a JUnit file', () => {
  it.each([
    ['that states no counts', suites('', suite('', cases(2)))],
    [
      'with the counts of its test cases',
      suites('tests="2" failures="0" errors="0"', suite('tests="2" skipped="0"', cases(2))),
    ],
    ['whose suites count what is in them', suites('', suite('tests="3"', cases(1) + suite('tests="2"', cases(2))))],
    [
      'whose suites count only their own test cases',
      suites('tests="3"', suite('tests="1"', cases(1) + suite('tests="2"', cases(2)))),
    ],
    [
      'whose suites count their children, as node:test does',
      suites('', suite('tests="2"', cases(1) + suite('tests="2"', cases(2)))),
    ],
    ['whose skipped tests are counted', suite('tests="2" skipped="1"', cases(1) + SKIPPED)],
    ['whose numbers have white space around them', suite('tests=" 1 " failures="0&#10;"', cases(1))],
    ['with test cases outside suites', suites('tests="1"', cases(1))],
    ['whose test cases say that they have run', suite('', '<testcase name="t" status="run" result="completed"/>')],
    ['one of whose test cases says that it has not run', suite('', `${cases(1)}<testcase name="t" status="notrun"/>`)],
  ])('%s is passed', (_, xml) => {
    expect(outcomeOf(xml)).toEqual({ outcome: 'passed' })
  })

  it.each([
    [
      'test cases are missing in a suite',
      suites('', suite('tests="3"', cases(2))),
      'the suite "s" states 3 tests, and the file has 2',
    ],
    [
      'test cases are missing in the file',
      suites('tests="3"', suite('', cases(2))),
      'the root states 3 tests, and the file has 2',
    ],
    [
      'test cases are missing in a suite inside',
      suites('', suite('', suite('tests="2"', cases(1)))),
      'the suite "s" states 2 tests, and the file has 1',
    ],
    [
      'more test cases are there than stated',
      suite('tests="1"', cases(2)),
      'the suite "s" states 1 tests, and the file has 2',
    ],
    [
      'a failure is only counted',
      suite('failures="1"', cases(1)),
      'the suite "s" states 1 failures, and the file has 0',
    ],
    [
      'an error outside the tests is only counted',
      suite('tests="1" errors="1"', cases(1)),
      'the suite "s" states 1 errors, and the file has 0',
    ],
    [
      'the root counts a failure',
      suites('failures="2"', suite('failures="0"', cases(1))),
      'the root states 2 failures, and the file has 0',
    ],
    ['a skipped test is missing', suite('skipped="1"', cases(1)), 'the suite "s" states 1 skipped, and the file has 0'],
    ['a file without test cases counts tests', suites('tests="1"', ''), 'the root states 1 tests, and the file has 0'],
  ])('is error if %s', (_, xml, reason) => {
    expect(outcomeOf(xml)).toEqual({ outcome: 'error', reason })
  })

  it.each(['', ' ', 'one', '-1', '1.0', '1,000', 'NaN', '0x1', '1e0', '١', '9'.repeat(16)])(
    'is error if a count is %j',
    (count) => {
      const { outcome, reason } = outcomeOf(suite(`tests="${count}"`, cases(1)))

      expect(outcome).toBe('error')
      expect(reason).toContain('which is not a number of tests')
    },
  )

  it.each([
    'status="failed"',
    'status="FAIL"',
    'result="error"',
    'result="timed out"',
    'status="run" result="interrupted"',
    'failure="3 == 4"',
  ])('is error if a test case without a failure has %s', (attribute) => {
    expect(outcomeOf(suite('', `<testcase name="t" ${attribute}/>`))).toEqual({
      outcome: 'error',
      reason: 'the attributes of 1 test cases say that they failed, their elements do not',
    })
  })

  it.each([
    ['the file has no suite', '<testsuites/>', undefined],
    ['the file has no test case', suites('tests="0"', suite('tests="0"', '')), undefined],
    ['all its tests were skipped', suite('tests="1" skipped="1"', SKIPPED), undefined],
    [
      'all its test cases say that they did not run',
      suite('tests="2"', `${SKIPPED}<testcase name="t" status="notrun" result="suppressed"/>`),
      'the test cases say that none of them ran',
    ],
  ])('is no-tests if %s', (_, xml, reason) => {
    expect(outcomeOf(xml)).toEqual({ outcome: 'no-tests', reason })
  })

  it.each([
    ['a test case failed', suite('tests="9"', '<testcase name="t"><failure/></testcase>'), undefined],
    ['a test case has an error', suite('', '<testcase name="t"><error/></testcase>'), undefined],
    [
      'a failure is in no test case',
      suite('tests="1"', `${cases(1)}<failure/>`),
      'a failure is in no test case, or in a test that is marked as todo',
    ],
  ])('is failed if %s, whatever the counts', (_, xml, reason) => {
    expect(outcomeOf(xml)).toEqual({ outcome: 'failed', reason })
  })

  it('takes the same time for many nested and many flat suites', () => {
    const flat = suites('tests="20000"', suite('tests="1"', cases(1)).repeat(20_000))

    expect(outcomeOf(flat)).toEqual({ outcome: 'passed' })
  })
})
