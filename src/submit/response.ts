/**
 * Parses the body of a server's response, in any of the three shapes that servers use.
 *
 * The body is untrusted: a schema picks the fields it knows, drops those of a wrong type, and never throws.
 *
 * @module
 */
import { z } from 'zod/v3'
import type { TestCounts } from '../model.js'

/** Counts of a server; some may be missing. */
export type ServerCounts = { readonly [Name in keyof TestCounts]?: number | undefined }

/** The fields of a body; a field that was absent or of a wrong type is `undefined`. */
export interface ResponseBody {
  /** `test_run_id`, `test_run.id` or `id`. */
  readonly id?: string | undefined
  readonly status?: string | undefined
  readonly message?: string | undefined
  readonly counts: ServerCounts
  readonly error?: string | undefined
  /** As compact JSON, or the text itself. */
  readonly details?: string | undefined
  readonly suggestions: readonly string[]
  /** What changed since an earlier run, in the words of the server. */
  readonly changes?: string | undefined
  /** What the server calls a receipt, as JSON; it can be any value. */
  readonly receipt?: string | undefined
}

const MAX_TEXT_CHARACTERS = 500
const MAX_VERSION_CHARACTERS = 40
const MAX_SUGGESTIONS = 5

/** The text of a body, as JSON. */
const JSON_TEXT = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue({ code: 'custom', message: 'not JSON' })
    return z.NEVER
  }
})

// Unlike a default, `catch` also replaces values of a wrong type.
const line = z.string().transform(oneLine).optional().catch(undefined)
const identifier = z.union([z.number().finite().transform(String), line])
const count = z.number().int().nonnegative().optional().catch(undefined)

/** A test run, with each name that servers use for a count. */
const TEST_RUN = {
  id: identifier,
  test_count: count,
  total_tests: count,
  tests: count,
  failure_count: count,
  failures: count,
  error_count: count,
  errors: count,
  skipped_count: count,
  skipped: count,
}

/** The body of an error, beside `message`. */
const ERROR = {
  error: line,
  details: z.unknown().transform(detailsText),
  suggestions: z.array(line).catch([]).transform(firstLines),
}

/**
 * The flat body of the published API (`test_run_id` and counts), the body with the run nested in `test_run`, and the
 * body of the "reports" protocol (`status` and `id`). Servers mix them, so one schema has the fields of all three.
 */
const BODY = z.object({
  ...TEST_RUN,
  ...ERROR,
  test_run_id: identifier,
  test_run: z.object(TEST_RUN).optional().catch(undefined),
  status: line,
  message: line,
  changes: line,
  receipt: z.unknown().transform(receiptText),
})

/** How many reports a server takes in one request, and how many bytes of them. */
export interface BatchLimits {
  readonly maxReports: number
  readonly maxBytes: number
}

/** What a server says about itself. */
export interface ServerVersion {
  /** Of the API. */
  readonly version: string
  /** `undefined` if it takes single reports only. */
  readonly batch: BatchLimits | undefined
}

const limit = z.number().int().positive()

/** A body of `/api/version`; text that is not a version is of another program. */
const VERSION = z.object({
  version: z
    .string()
    .trim()
    .max(MAX_VERSION_CHARACTERS)
    .regex(/^\d+(?:\.\d+)*(?:[-+][\w.+-]*)?$/),
  batch: z
    .object({ max_reports: limit, max_bytes: limit })
    .transform(({ max_reports, max_bytes }): BatchLimits => ({ maxReports: max_reports, maxBytes: max_bytes }))
    .optional()
    .catch(undefined),
})

/** The result of one report in the answer to a batch. */
export interface BatchResult {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  /** JSON. */
  readonly body: string
}

const BATCH = z.object({
  results: z.array(
    z.object({
      index: z.number().int(),
      status: z.number().int().min(200).max(599),
      headers: z.record(z.string(), z.string()).catch({}),
      body: z.record(z.string(), z.unknown()),
    }),
  ),
})

/** A body that confirms that a report was accepted: it names the run, or says so. */
const CONFIRMATION = z.union([
  z.object({ status: z.enum(['created', 'duplicate']) }),
  z.object({ id: z.string(), status: z.string().optional() }).refine(({ status }) => status !== 'error'),
])

/**
 * Parses the body of a response.
 *
 * @returns `undefined` when it is not a JSON object
 */
export function parseResponseBody(body: string): ResponseBody | undefined {
  const { data } = JSON_TEXT.pipe(BODY).safeParse(body)
  if (data === undefined) return undefined
  const { test_run_id, test_run: run = data, status, message, error, details, suggestions, changes, receipt } = data
  return {
    id: test_run_id ?? run.id,
    status,
    message,
    counts: {
      tests: run.test_count ?? run.total_tests ?? run.tests,
      failures: run.failure_count ?? run.failures,
      errors: run.error_count ?? run.errors,
      skipped: run.skipped_count ?? run.skipped,
    },
    error,
    details,
    suggestions,
    changes,
    receipt,
  }
}

/**
 * Parses the body of `/api/version`.
 *
 * @returns `undefined` when it has no version of the API
 */
export function parseVersion(body: string): ServerVersion | undefined {
  const { data } = JSON_TEXT.pipe(VERSION).safeParse(body)
  return data === undefined ? undefined : { version: data.version, batch: data.batch }
}

/**
 * Parses the answer to a batch.
 *
 * @param count the number of reports in it
 * @returns the results in the order of the reports; `undefined` unless there is exactly one for each, in their order
 */
export function parseBatchResults(body: string, count: number): readonly BatchResult[] | undefined {
  const { data } = JSON_TEXT.pipe(BATCH).safeParse(body)
  if (data?.results.length !== count || data.results.some(({ index }, at) => index !== at)) return undefined
  try {
    return data.results.map((result) => ({
      status: result.status,
      headers: new Map(Object.entries(result.headers).map(([name, value]) => [name.toLowerCase(), value])),
      body: JSON.stringify(result.body),
    }))
  } catch {
    // As for details.
    return undefined
  }
}

/** Whether the body of a 2xx response confirms that a report was accepted: the status alone can come from any proxy. */
export function confirmsReport(body: ResponseBody | undefined): body is ResponseBody {
  return CONFIRMATION.safeParse(body).success
}

// One line, so that a server cannot imitate the lines that we print.
function oneLine(text: string): string | undefined {
  const joined = text.replace(/\s+/g, ' ').trim()
  if (joined === '') return undefined
  return joined.length > MAX_TEXT_CHARACTERS ? `${joined.slice(0, MAX_TEXT_CHARACTERS)} [cut]` : joined
}

// Written again, so that a member that appears twice in it is there once.
function receiptText(receipt: unknown): string | undefined {
  if (receipt === undefined || receipt === null) return undefined
  try {
    return JSON.stringify(receipt)
  } catch {
    // As for details. What is not JSON is refused with a warning, as every other text that is no receipt.
    return ''
  }
}

function detailsText(details: unknown): string | undefined {
  if (details === undefined || details === null) return undefined
  try {
    return oneLine(typeof details === 'string' ? details : JSON.stringify(details))
  } catch {
    // JSON.parse accepts a deeper nesting than JSON.stringify can write.
    return undefined
  }
}

function firstLines(lines: readonly (string | undefined)[]): string[] {
  return lines.filter((text) => text !== undefined).slice(0, MAX_SUGGESTIONS)
}
