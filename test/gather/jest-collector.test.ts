import { describe, expect, it } from 'vitest'
import { createJestCollector } from '../../src/gather/jest-collector.js'
import { gatherTests } from '../../src/gather/jest-tests.js'
import type { JestAssertion } from '../../src/gather/jest-types.js'

const attempt = (title: string, status: string, invocations: number, message?: string): JestAssertion => ({
  ancestorTitles: [],
  title,
  status,
  invocations,
  duration: 1,
  failureMessages: message === undefined ? [] : [`Error: ${message}\n    at /p/a.test.js:1:1`],
})
const place = { rootDir: '/p', file: 'a.test.js' }

describe('attempts of Jest', () => {
  it('go to the right one of two tests with the same name', () => {
    const events = {
      isShared: false,
      attempts: [
        attempt('same', 'failed', 1, 'a1'),
        attempt('same', 'failed', 1, 'b1'),
        attempt('same', 'failed', 2, 'a2'),
        attempt('same', 'passed', 2),
      ],
    }
    const results = [attempt('same', 'failed', 2, 'a2'), attempt('same', 'passed', 2)]

    const tests = gatherTests(results, { place, events, filter: undefined })

    expect(tests.map((test) => test.attempts.map((one) => one.errors[0]?.message))).toEqual([
      ['a1', 'a2'],
      ['b1', undefined],
    ])
    expect(tests.map((test) => [test.status, test.flaky, test.ordinal])).toEqual([
      ['failed', false, 1],
      ['passed', true, 2],
    ])
  })

  it('are called inferred when two projects ran the file at once', () => {
    const collector = createJestCollector()
    const result = { testFilePath: '/p/a.test.js', testResults: [attempt('one', 'passed', 2)] }
    collector.onTestFileStart('/p/a.test.js')
    collector.onTestFileStart('/p/a.test.js')
    collector.onTestCaseResult('/p/a.test.js', attempt('one', 'failed', 1, 'whose?'))
    collector.onTestFileResult(result)

    const [test] = gatherTests(result.testResults, { place, events: collector.eventsOf(result), filter: undefined })

    expect(test?.attempts.map(({ exact }) => exact)).toEqual([false, true])
  })

  it('of a file without a result are kept until the end', () => {
    const collector = createJestCollector()
    collector.onTestFileStart('/p/a.test.js')
    collector.onTestCaseStart('/p/a.test.js', { ancestorTitles: [], title: 'one', startedAt: 5 })
    collector.onTestCaseResult('/p/a.test.js', attempt('one', 'passed', 1))

    expect(collector.unfinished().get('/p/a.test.js')).toMatchObject([{ title: 'one', startedAt: 5 }])
  })
})
