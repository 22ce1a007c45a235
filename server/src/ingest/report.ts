/**
 * A JUnit file as rows: its suites, its test cases, and the facts about the run.
 *
 * Roles and verdicts are those of the reporter's own reader (`readJunit`): numbers are counted from the test cases, attributes such as
 * `tests` are claims. Everything here was written by whoever sent the file; what is too long is cut, with a word about it.
 *
 * @module
 */
import { decodeValue, type Property, type StartTag } from 'jux-reporter'
import type { CaseStatus } from '../database/schema.js'
import { HttpError } from '../http-error.js'

/** One `testsuite`. */
export interface ReadSuite {
  /** Names of the suites around it and its own. */
  readonly path: readonly string[]
  readonly counts: Record<CaseStatus, number>
  /** Seconds. */
  time: number
  output: string
}

/** One `testcase`. */
export interface ReadCase {
  /** Index of its suite. */
  readonly suite: number
  readonly name: string
  readonly classname: string
  readonly file: string | undefined
  readonly line: number | undefined
  /** Seconds. */
  readonly time: number
  status: CaseStatus
  /** Passed, but not at its first attempt. */
  flaky: boolean
  message: string
  type: string
  details: string
  output: string
}

/** A whole file. */
export interface ReadReport {
  /** Of the first suite, or of the root. */
  readonly properties: readonly Property[]
  readonly suites: readonly ReadSuite[]
  readonly cases: readonly ReadCase[]
  readonly counts: Readonly<Record<CaseStatus, number>>
  /** Seconds: the root's own word, else the sum of its parts. */
  readonly totalTime: number
  /** When it began, milliseconds since the epoch. */
  readonly startedAt: number | undefined
  /** Whether a `ds:Signature` stands anywhere. Says nothing about its worth. */
  readonly signed: boolean
}

/** How much of a report is kept as rows; its bytes are kept whole. */
export const ROW_LIMITS = {
  cases: 500_000,
  suites: 100_000,
  properties: 5_000,
  /** UTF-16 code units. */
  name: 2_000,
  message: 8_000,
  details: 64_000,
  output: 64_000,
} as const

/** Seconds from an attribute: a finite number that is not negative, else `undefined`. Some writers put commas in. */
export function parseSeconds(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return undefined
  const value = Number(text.replaceAll(',', ''))
  return Number.isFinite(value) && value >= 0 && value < 1e9 ? value : undefined
}

/** A line number from an attribute. */
export function parseLine(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined
}

/** A time from an attribute; one without a zone is taken as UTC. */
export function parseTime(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)) return undefined
  const value = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`)
  return Number.isNaN(value) || value < 0 ? undefined : value
}

/** The beginning of a text, with a word about what was left out. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text
  // Not between the halves of a character.
  const end = /[\ud800-\udbff]/.test(text[limit - 1] ?? '') ? limit - 1 : limit
  return `${text.slice(0, end)} … (${text.length - end} more characters: see the report itself)`
}

/** The value of an attribute without a prefix, decoded. */
export function attributeOf(bytes: Uint8Array, tag: StartTag, name: string): string | undefined {
  for (let index = 0; index < tag.attributeCount; index++) {
    const found = tag.attributes[index]
    if (found?.name.text === name) return decodeValue(bytes, found.valueStart, found.valueEnd)
  }
  return undefined
}

/** Refuses a report with more parts than are kept as rows. */
export function tooMany(what: string, limit: number): HttpError {
  return new HttpError(422, `the report has more than ${limit} ${what}`, {
    details: { message: `more than ${limit} ${what}`, reason: 'too-many' },
    suggestions: ['split the run into several reports'],
  })
}
