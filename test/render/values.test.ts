import { describe, expect, it } from 'vitest'
import { plainTimestamp, position, seconds, timestamp, visibleName } from '../../src/render/values.js'

describe('seconds', () => {
  it.each([
    [0.0001, '0.000'],
    [1, '0.001'],
    [1_999.6, '2.000'],
    [-1, '0.000'],
    [Number.NaN, '0.000'],
    [Number.POSITIVE_INFINITY, '1000000000000.000'],
    [undefined, '0.000'],
  ])('of %s ms are %s', (durationMs, expected) => {
    expect(seconds(durationMs)).toBe(expected)
  })
})

describe('timestamp', () => {
  it('takes times in UTC that exist', () => {
    for (const time of ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.678Z', '2024-02-29T23:59:59.1Z'])
      expect(timestamp(time)).toBe(time)
  })

  it('takes no other', () => {
    for (const time of [
      undefined,
      '',
      'Invalid Date',
      '2026-01-02',
      '2026-02-30T00:00:00Z',
      '2026-01-02T03:04:05+01:00',
    ]) {
      expect(timestamp(time)).toBeUndefined()
    }
  })

  it('loses fraction and zone where a schema refuses them', () => {
    expect(plainTimestamp('2026-01-02T03:04:05.678Z')).toBe('2026-01-02T03:04:05')
  })
})

describe('position', () => {
  it('is a whole number from 1', () => {
    expect([1, 0, -1, 1.5, Number.NaN, undefined].map(position)).toEqual([
      1,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })
})

describe('visibleName', () => {
  it('is nothing where nothing can be seen', () => {
    expect(['', ' \n', '\u001b[0m', undefined].map(visibleName)).toEqual([undefined, undefined, undefined, undefined])
    expect(visibleName(' a ')).toBe(' a ')
  })
})
