import { describe, expect, it } from 'vitest'
import {
  escapeControls,
  formatBytes,
  formatCount,
  formatDuration,
  formatPercent,
  formatShortTime,
  formatTime,
  groupHex,
  shortCommit,
  shorten,
} from '../../src/pages/format.js'
import { inZoneOf } from '../../src/pages/time-zone.js'

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [0.0124, '12 ms'],
    [0.9994, '999 ms'],
    [0.9996, '1.00 s'],
    [9.949, '9.95 s'],
    [9.951, '10.0 s'],
    [59.94, '59.9 s'],
    [59.96, '1 min 00 s'],
    [306, '5 min 06 s'],
    [7_620, '2 h 07 min'],
    [4_000_000, '1,111 h 06 min'],
  ])('formats %s seconds as %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text)
  })
})

describe('formatPercent', () => {
  it('does not round a rate below 100 up to 100 %', () => {
    expect(formatPercent(99.999)).toBe('> 99.9 %')
    expect(formatPercent(99.9)).toBe('99.9 %')
    expect(formatPercent(100)).toBe('100 %')
  })
})

describe('formatCount', () => {
  it('groups digits by three', () => {
    expect([0, 999, 1_000, 1_234_567].map(formatCount)).toEqual(['0', '999', '1,000', '1,234,567'])
  })
})

describe('formatBytes', () => {
  it('chooses the unit by size', () => {
    expect([12, 3_482, 5_872_026].map(formatBytes)).toEqual(['12 B', '3.4 kB', '5.6 MB'])
  })
})

describe('groupHex', () => {
  it('groups digits by four', () => {
    expect(groupHex('0123456789ab')).toBe('0123 4567 89ab')
  })
})

describe('inZoneOf', () => {
  const winter = Date.parse('2026-01-15T23:30:00Z')
  const summer = Date.parse('2026-07-15T23:30:00Z')
  const shown = (cookies: string | undefined, ms: number) => inZoneOf(cookies, () => formatTime(ms))

  it('shows times in the zone of the cookie, with its name at that time', () => {
    expect(shown('jux_zone=Europe/Berlin', winter)).toMatch(/^16 Jan 2026, 00:30:00 (?:CET|GMT\+1)$/)
    expect(shown('a=b; jux_zone=Europe/Berlin; c=d', summer)).toMatch(/^16 Jul 2026, 01:30:00 (?:CEST|GMT\+2)$/)
    expect(shown('jux_zone=Asia/Kathmandu', winter)).toBe('16 Jan 2026, 05:15:00 GMT+5:45')
    expect(inZoneOf('jux_zone=Asia/Kathmandu', () => formatShortTime(winter, summer))).toBe('16 Jan, 05:15')
  })

  it.each([
    undefined,
    '',
    'jux_zone=',
    'jux_zone=Nowhere/Else',
    'jux_zone=<b>',
    'xjux_zone=Asia/Kathmandu',
    'jux_zone=../etc',
  ])('shows UTC for the cookies %j', (cookies) => {
    expect(shown(cookies, winter)).toBe('15 Jan 2026, 23:30:00 UTC')
  })
})

describe('formatShortTime and formatTime', () => {
  const now = Date.parse('2026-11-21T22:38:05Z')

  it('formatShortTime has the year only when it is not the current one', () => {
    expect(formatShortTime(now, now)).toBe('21 Nov, 22:38')
    expect(formatShortTime(Date.parse('2025-12-31T23:59:59Z'), now)).toBe('31 Dec 2025')
  })

  it('formatTime has the date, the seconds and the time zone', () => {
    expect(formatTime(now)).toBe('21 Nov 2026, 22:38:05 UTC')
  })
})

describe('shortCommit', () => {
  it('shortens a commit hash and no other text', () => {
    expect(shortCommit('088cdde1b420aaa1c29b6883b226b118be160688')).toBe('088cdde1b4')
    expect(shortCommit('release-2026-11-21-candidate')).toBe('release-2026-11-21-candidate')
  })
})

describe('shorten', () => {
  it('does not split a surrogate pair', () => {
    expect(shorten('ab\u{1f600}', 3)).toEqual({ text: 'ab', isCut: true })
  })
})

describe('escapeControls', () => {
  it('escapes control characters, and keeps line ends and letters of every script', () => {
    expect(escapeControls('a\u202eb\u0007\u0085\u2066')).toBe('a\\u202eb\\u0007\\u0085\\u2066')
    expect(escapeControls('\tשלום\r\nنص')).toBe('\tשלום\r\nنص')
  })
})
