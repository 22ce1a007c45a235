/**
 * Reads the body of a batch: one JSON text in each line (NDJSON), each a submission of its own.
 *
 * A line break inside of a JSON string is escaped, so the body is cut without parsing it. No more than one copy of it is in memory.
 *
 * @module
 */
import { HttpError } from '../http-error.js'
import {
  BodyCollector,
  type BodyLimits,
  fill,
  type HeldBody,
  joinBlocks,
  type MemoryBudget,
  outOfMemory,
  type Sink,
} from './body.js'
import { JsonGuard } from './json-guard.js'

/** Limits of a body with lines. `maxBytes` is for all lines together. */
export interface LineLimits extends Omit<BodyLimits, 'json'> {
  readonly maxLines: number
}

const LINE_FEED = 0x0a
/** First block of a line: a usual report is in two or three. */
const FIRST_BLOCK_BYTES = 2_048

/**
 * Reads all lines of a body. The last one needs no line break; an empty line is a line.
 *
 * @returns each line, or why it alone is refused
 * @throws {HttpError} as `readBody`, for the body as a whole; 413 also when it has too many lines
 */
export async function readLines(request: Request, limits: LineLimits): Promise<(HeldBody | HttpError)[]> {
  const collector = new LineCollector(limits)
  await fill(collector, request, limits)
  return collector.lines()
}

class LineCollector implements Sink {
  readonly #limits: LineLimits
  readonly #lines: Line[] = []
  #size = 0
  /** Whether the last line has not ended yet. */
  #isOpen = false

  constructor(limits: LineLimits) {
    this.#limits = limits
  }

  add(chunk: Uint8Array): void {
    this.#size += chunk.length
    if (this.#size > this.#limits.maxBytes) throw tooLarge(this.#limits.maxBytes)
    for (let from = 0; from < chunk.length; ) {
      const end = chunk.indexOf(LINE_FEED, from)
      this.#line().add(chunk.subarray(from, end === -1 ? chunk.length : end))
      this.#isOpen = end === -1
      from = end === -1 ? chunk.length : end + 1
    }
  }

  lines(): (HeldBody | HttpError)[] {
    return this.#lines.map((line) => line.result())
  }

  release(): void {
    for (const line of this.#lines) line.release()
    this.#lines.length = 0
  }

  #line(): Line {
    const open = this.#isOpen ? this.#lines.at(-1) : undefined
    if (open !== undefined) return open
    if (this.#lines.length === this.#limits.maxLines) throw tooMany(this.#limits.maxLines)
    const line = new Line(this.#limits)
    this.#lines.push(line)
    return line
  }
}

class Line {
  readonly #budget: MemoryBudget
  readonly #collector: BodyCollector
  readonly #guard = new JsonGuard()
  #error: HttpError | undefined
  #isHeld = true

  // The first block of a line is counted as such: 200 lines of one byte have 200 blocks.
  constructor(limits: LineLimits) {
    this.#budget = limits.budget
    if (!this.#budget.reserve(FIRST_BLOCK_BYTES)) throw outOfMemory()
    this.#collector = new BodyCollector(limits, FIRST_BLOCK_BYTES)
  }

  add(part: Uint8Array): void {
    if (this.#error !== undefined) return
    try {
      this.#guard.add(part)
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      // The other lines are not affected, and nothing of this one is kept.
      this.#error = error
      this.release()
      return
    }
    this.#collector.add(part)
  }

  result(): HeldBody | HttpError {
    if (this.#error !== undefined) return this.#error
    const { sizeBytes, blocks } = this.#collector.body()
    return {
      sizeBytes,
      blocks,
      get bytes() {
        return joinBlocks(blocks)
      },
      release: () => this.release(),
    }
  }

  release(): void {
    this.#collector.release()
    if (this.#isHeld) this.#budget.release(FIRST_BLOCK_BYTES)
    this.#isHeld = false
  }
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, `the reports are together larger than ${maxBytes} bytes, the limit of this server`, {
    details: { max_bytes: maxBytes },
    suggestions: ['send fewer reports in one request'],
  })
}

function tooMany(maxLines: number): HttpError {
  return new HttpError(413, `the request has more than ${maxLines} reports, the limit of this server`, {
    details: { max_reports: maxLines },
    suggestions: ['send fewer reports in one request'],
  })
}
