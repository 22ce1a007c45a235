/**
 * Limits the structure of a JSON body while it is being read, before it is parsed.
 *
 * Everything except the text of the report is small in a submission. A parser would make an object for every value first: `{},{}…` of
 * 100 MB becomes 33 million objects, and a million `[` overflow the stack.
 *
 * @module
 */
import { HttpError } from '../http-error.js'

/** Limits of a JSON text, without the text of a report in it. */
export interface JsonLimits {
  readonly depth: number
  readonly values: number
  readonly bytes: number
  /** What to do about a text that exceeds them. */
  readonly cures: readonly string[]
}

/** Limits of a body with a report. */
export const JSON_LIMITS: JsonLimits = {
  depth: 16,
  values: 5_000,
  bytes: 65_536,
  cures: ['send only the report and its metadata', 'send the report itself as application/xml'],
}

/** Names of the members of the outermost object that hold the text of a report. */
const REPORT_MEMBERS: ReadonlySet<string> = new Set(['xml_content', 'report'])
const MAX_MEMBER_LENGTH = 11

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const COMMA = 0x2c
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b])
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d])

/** Scans a body, one chunk after the other. It does not check whether the body is valid JSON. */
export class JsonGuard {
  readonly #limits: JsonLimits
  #depth = 0
  #values = 0
  #bytes = 0
  #isInString = false
  #isEscaped = false
  /** Beginning of the last string of the outermost object. */
  #name = ''
  /** Whether the next string is the text of the report. */
  #isReportNext = false
  #isInReport = false

  constructor(limits: JsonLimits = JSON_LIMITS) {
    this.#limits = limits
  }

  /**
   * Scans the next bytes, in linear time and without allocations.
   *
   * @throws {HttpError} 400 as soon as a limit is exceeded
   */
  add(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; at++) {
      if (this.#isInString) at = this.#string(chunk, at)
      else this.#token(chunk[at] ?? 0)
      if (this.#bytes > this.#limits.bytes) throw tooMuch('bytes', this.#limits)
    }
  }

  // Scans a string from `from`, and returns the position of its last byte in the chunk.
  #string(chunk: Uint8Array, from: number): number {
    const limit = this.#isInReport ? chunk.length : Math.min(chunk.length, from + this.#limits.bytes + 1)
    let at = from
    if (this.#isEscaped && at < limit) {
      this.#isEscaped = false
      at++
    }
    for (; at < limit; at++) {
      const byte = chunk[at]
      if (byte === BACKSLASH) at++
      else if (byte === QUOTE) {
        this.#isInString = false
        break
      }
    }
    // The escaped character is in the next part.
    if (at > limit) {
      this.#isEscaped = true
      at = limit
    }
    if (!this.#isInReport) {
      this.#bytes += at - from + 1
      if (this.#depth === 1 && this.#name.length <= MAX_MEMBER_LENGTH) {
        this.#name += String.fromCharCode(...chunk.subarray(from, Math.min(at, from + MAX_MEMBER_LENGTH + 1)))
      }
    }
    if (!this.#isInString) this.#isInReport = false
    return at
  }

  #token(byte: number): void {
    this.#bytes++
    if (byte === QUOTE) {
      this.#isInString = true
      this.#isInReport = this.#isReportNext
      this.#isReportNext = false
      this.#name = ''
    } else if (byte === COLON) {
      this.#isReportNext = this.#depth === 1 && REPORT_MEMBERS.has(this.#name)
    } else if (byte === COMMA) {
      this.#isReportNext = false
      this.#count()
    } else if (OPENING.has(byte)) {
      this.#isReportNext = false
      this.#count()
      if (++this.#depth > this.#limits.depth) throw tooMuch('depth', this.#limits)
    } else if (CLOSING.has(byte)) {
      this.#depth--
    }
  }

  #count(): void {
    if (++this.#values > this.#limits.values) throw tooMuch('values', this.#limits)
  }
}

const PROBLEMS = { depth: 'levels', values: 'values', bytes: 'bytes besides the text of a report' } as const

function tooMuch(limit: keyof typeof PROBLEMS, limits: JsonLimits): HttpError {
  const max = limits[limit]
  return new HttpError(400, `the body has more than ${max} ${PROBLEMS[limit]}`, {
    details: { message: 'the JSON is too large, without the text of a report', reason: `json-${limit}`, max },
    suggestions: limits.cures,
  })
}
