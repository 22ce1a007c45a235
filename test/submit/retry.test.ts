import { describe, expect, it } from 'vitest'
import { backoffMs, isRetryableStatus, parseHttpDateMs, parseRetryAfterMs } from '../../src/submit/retry.js'

const NOW = Date.UTC(2026, 0, 1)

describe('isRetryableStatus', () => {
  it('is true only for a status after which a retry can succeed', () => {
    expect([408, 425, 429, 500, 502, 503, 504].every(isRetryableStatus)).toBe(true)
    expect([200, 301, 400, 401, 403, 404, 409, 413, 415, 422, 501].some(isRetryableStatus)).toBe(false)
  })
})

describe('backoffMs', () => {
  it('is 1, 2, 4 seconds and so on, at most a minute', () => {
    expect([0, 1, 2, 3, 6, 9].map(backoffMs)).toEqual([1_000, 2_000, 4_000, 8_000, 60_000, 60_000])
  })
})

describe('parseRetryAfterMs', () => {
  it('parses whole seconds', () => {
    expect(parseRetryAfterMs('0', NOW)).toBe(0)
    expect(parseRetryAfterMs(' 120 ', NOW)).toBe(120_000)
  })

  it('parses all three forms of an HTTP date', () => {
    expect(parseRetryAfterMs('Thu, 01 Jan 2026 00:00:07 GMT', NOW)).toBe(7_000)
    expect(parseRetryAfterMs('Thursday, 01-Jan-26 00:00:07 GMT', NOW)).toBe(7_000)
    expect(parseRetryAfterMs('Thu Jan  1 00:00:07 2026', NOW)).toBe(7_000)
  })

  it('is 0 for a date that has passed', () => {
    expect(parseRetryAfterMs('Thu, 01 Jan 1970 00:00:00 GMT', NOW)).toBe(0)
  })

  it.each([
    undefined,
    '',
    'soon',
    '-1',
    '1.5',
    '1e3',
    '0x10',
    '99999999999999',
    '2026-01-01T00:00:07Z',
    'Thu, 99 Jan 2026 00:00:00 GMT',
  ])('returns undefined for %j', (header) => expect(parseRetryAfterMs(header, NOW)).toBeUndefined())
})

describe('parseHttpDateMs', () => {
  it('returns milliseconds since the epoch, and undefined without a date', () => {
    expect(parseHttpDateMs('Thu, 01 Jan 2026 00:00:00 GMT')).toBe(NOW)
    expect(parseHttpDateMs(undefined)).toBeUndefined()
  })
})
