import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { confirmsReport, parseResponseBody, parseVersion } from '../../src/submit/response.js'

describe('parseResponseBody', () => {
  it('parses the flat body of the published API', () => {
    const body = {
      test_run_id: 'id-1',
      message: 'ok',
      test_count: 5,
      failure_count: 1,
      error_count: 0,
      skipped_count: 2,
      success_rate: 80,
    }

    expect(parseResponseBody(JSON.stringify(body))).toEqual({
      id: 'id-1',
      message: 'ok',
      counts: { tests: 5, failures: 1, errors: 0, skipped: 2 },
      suggestions: [],
    })
  })

  it('parses the nested body', () => {
    const run = { id: 7, total_tests: 3, failures: 1, errors: 0, skipped: 0, success_rate: 66.7 }

    expect(parseResponseBody(JSON.stringify({ status: 'success', message: 'ok', test_run: run }))).toMatchObject({
      id: '7',
      status: 'success',
      counts: { tests: 3, failures: 1, errors: 0, skipped: 0 },
    })
  })

  it('parses the body of the reports protocol', () => {
    const body = { status: 'duplicate', id: 'report-1', canonical_hash: 'sha256:ab', message: 'known' }

    expect(parseResponseBody(JSON.stringify(body))).toEqual({
      id: 'report-1',
      status: 'duplicate',
      message: 'known',
      counts: {},
      suggestions: [],
    })
  })

  it('returns the texts of an error, each on one line and cut', () => {
    const parsed = parseResponseBody(
      JSON.stringify({
        error: 'bad\nerror  FAKE',
        details: { line: 3, message: 'x'.repeat(900) },
        suggestions: ['a', 1, null, 'b\n c', ...Array(20).fill('more')],
      }),
    )

    expect(parsed?.error).toBe('bad error FAKE')
    expect(parsed?.details).toMatch(/^\{"line":3,"message":"x+ \[cut\]$/)
    expect(parsed?.suggestions).toEqual(['a', 'b c', 'more', 'more', 'more'])
  })

  it.each(['', 'null', '[]', '"text"', '12', '<html>', '{"a":', '[{"test_run_id":"x"}]'])(
    'returns undefined for %j',
    (body) => {
      expect(parseResponseBody(body)).toBeUndefined()
    },
  )

  it('drops fields of a wrong type, one by one', () => {
    const body = {
      test_run_id: { a: 1 },
      test_run: [],
      id: 7,
      status: null,
      message: 5,
      error: ['no'],
      errors: '1',
      tests: 2,
      failures: null,
      details: null,
      suggestions: 'try again',
    }

    // JSON.stringify writes no number that is too large for a double.
    expect(parseResponseBody(JSON.stringify(body).replace('"failures":null', '"failures":1e999'))).toEqual({
      id: '7',
      counts: { tests: 2 },
      suggestions: [],
    })
  })

  it('never throws, whatever the JSON is', () => {
    fc.assert(
      fc.property(fc.json(), (body) => {
        const parsed = parseResponseBody(body)

        expect(parsed === undefined || Array.isArray(parsed.suggestions)).toBe(true)
      }),
    )
  })
})

describe('confirmsReport', () => {
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
  ])('for the body %s is %s', (body, expected) => expect(confirmsReport(parseResponseBody(body))).toBe(expected))
})

describe('parseVersion', () => {
  it.each([
    ['{"version":" 1.2 "}', '1.2'],
    [`{"version":"${'9'.repeat(99)}"}`, undefined],
    ['{"version":"1.0.0-beta.2"}', '1.0.0-beta.2'],
    ['{"version":"2\\nerror  no report"}', undefined],
    ['{"version":""}', undefined],
    ['{"version":1}', undefined],
    ['[]', undefined],
    ['<html>', undefined],
  ])('of the body %s is %s', (body, expected) => expect(parseVersion(body)?.version).toBe(expected))
})
