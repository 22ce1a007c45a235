import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { confirms, countDifferences, parseAnswer } from '../../src/submit/response.js'

describe('parseAnswer', () => {
  it('reads the flat body of the published API', () => {
    const body = {
      test_run_id: 'id-1',
      message: 'ok',
      test_count: 5,
      failure_count: 1,
      error_count: 0,
      skipped_count: 2,
      success_rate: 80,
    }

    expect(parseAnswer(JSON.stringify(body))).toEqual({
      id: 'id-1',
      message: 'ok',
      counts: { tests: 5, failures: 1, errors: 0, skipped: 2 },
      successRate: 80,
      suggestions: [],
    })
  })

  it('reads the nested body', () => {
    const run = { id: 7, total_tests: 3, failures: 1, errors: 0, skipped: 0, success_rate: 66.7 }

    expect(parseAnswer(JSON.stringify({ status: 'success', message: 'ok', test_run: run }))).toMatchObject({
      id: '7',
      status: 'success',
      counts: { tests: 3, failures: 1, errors: 0, skipped: 0 },
      successRate: 66.7,
    })
  })

  it('reads the body of the reports protocol', () => {
    const body = { status: 'duplicate', id: 'report-1', canonical_hash: 'sha256:ab', message: 'known' }

    expect(parseAnswer(JSON.stringify(body))).toEqual({
      id: 'report-1',
      status: 'duplicate',
      message: 'known',
      suggestions: [],
    })
  })

  it('keeps what a server says about an error, on one line and cut', () => {
    const answer = parseAnswer(
      JSON.stringify({
        error: 'bad\nerror  FAKE',
        details: { line: 3, message: 'x'.repeat(900) },
        suggestions: ['a', 1, null, 'b\n c', ...Array(20).fill('more')],
      }),
    )

    expect(answer?.error).toBe('bad error FAKE')
    expect(answer?.details).toMatch(/^\{"line":3,"message":"x+ \[cut\]$/)
    expect(answer?.suggestions).toEqual(['a', 'b c', 'more', 'more', 'more'])
  })

  it.each(['', 'null', '[]', '"text"', '12', '<html>', '{"a":', '[{"test_run_id":"x"}]'])(
    'has no answer for %j',
    (body) => {
      expect(parseAnswer(body)).toBeUndefined()
    },
  )

  it('survives any JSON', () => {
    fc.assert(
      fc.property(fc.json(), (body) => {
        const answer = parseAnswer(body)

        expect(answer === undefined || Array.isArray(answer.suggestions)).toBe(true)
      }),
    )
  })
})

describe('confirms', () => {
  it.each([
    ['{"test_run_id":"x"}', true],
    ['{"test_run":{"id":"x"}}', true],
    ['{"status":"created"}', true],
    ['{"status":"error","id":"x"}', false],
    ['{"status":"success"}', false],
    ['{}', false],
    ['{"test_run_id":""}', false],
    ['{"test_run_id":{"a":1}}', false],
    ['<html>', false],
  ])('for %s is %s', (body, expected) => expect(confirms(parseAnswer(body))).toBe(expected))
})

describe('countDifferences', () => {
  it('names what differs and passes over what the server does not say', () => {
    const ours = { tests: 5, failures: 2, errors: 0, skipped: 0 }

    expect(countDifferences(ours, { tests: 5, failures: 1 })).toEqual(['failures: 2 here, 1 on the server'])
    expect(countDifferences(ours, {})).toEqual([])
  })
})
