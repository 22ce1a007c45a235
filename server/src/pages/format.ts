/**
 * Formats numbers, times and texts for people. The result does not depend on the locale. Times are in
 * the zone of the viewer.
 *
 * @module
 */
import { printable } from 'jux-reporter/internal'
import { type ZonedTime, zonedTime } from './time-zone.js'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const
const MINUTE_S = 60
const HOUR_S = 3_600
const KIB = 1_024
const SHORT_COMMIT = 10

/** 12345 as `12,345`. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

/** `1 test`, `2 tests`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** Seconds as `12 ms`, `3.4 s`, `5 min 06 s` or `2 h 07 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(seconds * 1_000)} ms`
  if (seconds < 9.95) return `${seconds.toFixed(2)} s`
  if (seconds < MINUTE_S - 0.05) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < HOUR_S) return `${Math.floor(whole / MINUTE_S)} min ${twoDigits(whole % MINUTE_S)} s`
  return `${formatCount(Math.floor(whole / HOUR_S))} h ${twoDigits(Math.floor((whole % HOUR_S) / MINUTE_S))} min`
}

/** A rate from 0 to 100. A rate below 100 is never shown as `100 %`. */
export function formatPercent(rate: number): string {
  if (rate >= 100) return '100 %'
  return `${rate > 99.9 ? '> 99.9' : rate.toFixed(1)} %`
}

/** Bytes as `12 B`, `3.4 kB`, `5.6 MB`. */
export function formatBytes(size: number): string {
  if (size < KIB) return `${size} B`
  return size < KIB * KIB ? `${(size / KIB).toFixed(1)} kB` : `${(size / KIB / KIB).toFixed(1)} MB`
}

/** Milliseconds since the epoch as `21 Nov 2026, 22:38:05 UTC`, in the zone of the viewer. */
export function formatTime(ms: number): string {
  const time = zonedTime(ms)
  return `${formatDay(ms)}, ${clock(time)}:${twoDigits(time.second)} ${time.zone}`
}

/** A time in a list: `21 Nov, 22:38` in the current year, `21 Nov 2025` in another year. */
export function formatShortTime(ms: number, nowMs: number): string {
  const time = zonedTime(ms)
  if (time.year !== zonedTime(nowMs).year) return formatDay(ms)
  return `${time.day} ${MONTHS[time.month - 1]}, ${clock(time)}`
}

/** `21 Nov 2026`. */
export function formatDay(ms: number): string {
  const { day, month, year } = zonedTime(ms)
  return `${day} ${MONTHS[month - 1]} ${year}`
}

/** `2026-11-21`, the format of date fields. */
export function isoDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

/** The first characters of a commit hash; any other text unchanged. */
export function shortCommit(commit: string): string {
  return /^[0-9a-f]{12,64}$/.test(commit) ? commit.slice(0, SHORT_COMMIT) : commit
}

/** A fingerprint in groups of four digits. */
export function groupHex(hex: string): string {
  return hex.replace(/(.{4})(?=.)/g, '$1 ')
}

/** Shortens a text to `limit` UTF-16 code units, without splitting a surrogate pair. */
export function shorten(text: string, limit: number): { text: string; isCut: boolean } {
  if (text.length <= limit) return { text, isCut: false }
  const end = /[\ud800-\udbff]/.test(text[limit - 1] ?? '') ? limit - 1 : limit
  return { text: text.slice(0, end), isCut: true }
}

/**
 * Escapes the characters of a whole page that would be invisible or would change the direction of text, as `printable` does
 * for a terminal. They can make one name look like another. The pages themselves contain none.
 */
export function escapeControls(html: string): string {
  return html.replace(/[^\t\r\n]+/g, printable)
}

function clock({ hour, minute }: ZonedTime): string {
  return `${twoDigits(hour)}:${twoDigits(minute)}`
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
