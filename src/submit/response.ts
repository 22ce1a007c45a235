/**
 * What a server answered, whichever of the three shapes it speaks.
 *
 * The body is somebody else's: it is read as unknown, cut, and never trusted to be of any shape.
 *
 * @module
 */
import type { TestCounts } from '../model.js'

/** What is understood of a body; absent parts were not there or made no sense. */
export interface Answer {
  /** `test_run_id`, `test_run.id` or `id`. */
  readonly id?: string
  readonly status?: string
  readonly message?: string
  readonly counts?: Partial<TestCounts>
  /** Per cent, as the server computes it. */
  readonly successRate?: number
  readonly error?: string
  /** As compact JSON, or the text itself. */
  readonly details?: string
  readonly suggestions: readonly string[]
}

const MAX_TEXT = 500
const MAX_SUGGESTIONS = 5

/** Ours, then the names that servers have for it. */
const COUNT_FIELDS = [
  ['tests', ['test_count', 'total_tests', 'tests']],
  ['failures', ['failure_count', 'failures']],
  ['errors', ['error_count', 'errors']],
  ['skipped', ['skipped_count', 'skipped']],
] as const

/**
 * Reads a body: the flat one of the published API, the one nested in `test_run`, and the one with `status` and `id`.
 *
 * @returns `undefined` when it is no JSON object
 */
export function parseAnswer(body: string): Answer | undefined {
  const json = parseJson(body)
  if (!isRecord(json)) return undefined
  const run = isRecord(json.test_run) ? json.test_run : json
  return {
    ...optional('id', identifier(json.test_run_id) ?? identifier(run.id)),
    ...optional('status', text(json.status)),
    ...optional('message', text(json.message)),
    ...optional('counts', countsOf(run)),
    ...optional('successRate', number(run.success_rate)),
    ...optional('error', text(json.error)),
    ...optional('details', detailsOf(json.details)),
    suggestions: (Array.isArray(json.suggestions) ? json.suggestions : [])
      .map(text)
      .filter((suggestion) => suggestion !== undefined)
      .slice(0, MAX_SUGGESTIONS),
  }
}

/** Whether an answer to a 2xx says that a report was taken: any proxy can say 200. */
export function confirms(answer: Answer | undefined): answer is Answer {
  if (answer === undefined || answer.status === 'error') return false
  return answer.id !== undefined || answer.status === 'created' || answer.status === 'duplicate'
}

/**
 * Where the server's counts differ from ours.
 *
 * @returns one text a difference, for example `failures: 2 here, 1 on the server`
 */
export function countDifferences(ours: TestCounts, theirs: Partial<TestCounts>): string[] {
  return COUNT_FIELDS.filter(([name]) => theirs[name] !== undefined && theirs[name] !== ours[name]).map(
    ([name]) => `${name}: ${ours[name]} here, ${theirs[name]} on the server`,
  )
}

function countsOf(run: Record<string, unknown>): Partial<TestCounts> | undefined {
  const found = COUNT_FIELDS.flatMap(([name, fields]) => {
    const value = fields.map((field) => number(run[field])).find((count) => count !== undefined)
    return value === undefined ? [] : [[name, value] as const]
  })
  return found.length === 0 ? undefined : Object.fromEntries(found)
}

function detailsOf(details: unknown): string | undefined {
  if (details === undefined || details === null) return undefined
  return text(typeof details === 'string' ? details : JSON.stringify(details))
}

function identifier(value: unknown): string | undefined {
  return typeof value === 'number' ? String(value) : text(value)
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

// On one line, so that an answer cannot pretend to be a line of ours.
function text(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const line = value.replace(/\s+/g, ' ').trim()
  if (line === '') return undefined
  return line.length > MAX_TEXT ? `${line.slice(0, MAX_TEXT)} [cut]` : line
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function optional<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  const part: { [P in K]?: V } = {}
  if (value !== undefined) part[name] = value
  return part
}
