/**
 * The API's data, once: these schemas validate requests and make the OpenAPI document.
 *
 * @module
 */
import { z } from '@hono/zod-openapi'
import { RUN_SORTS } from '../queries/runs.js'

/** Longest value of a filter. */
const MAX_FILTER = 500
const MAX_PER_PAGE = 100
const DEFAULT_PER_PAGE = 20
const MAX_PAGE = 1_000_000

// A NUL ends a text in SQLite and is refused by PostgreSQL.
const filterText = z
  .string()
  .max(MAX_FILTER)
  .refine((text) => !text.includes('\0'), 'must not contain NUL')

const wholeNumber = (most: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().int().min(1).max(most))
    .openapi({ type: 'integer', minimum: 1, maximum: most })

const DATE = /^\d{4}-\d\d-\d\d$/
const INSTANT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/

/** A time as in ISO 8601; without a zone it is UTC, a day alone is all of it. */
const instant = (side: 'from' | 'to') =>
  z
    .string()
    .regex(INSTANT, 'must be a time as in ISO 8601, for example 2026-01-31 or 2026-01-31T12:00:00Z')
    // A plus sign that was not escaped arrives as a blank.
    .transform((text) => instantMs(text, side))
    .refine((value) => !Number.isNaN(value), 'is no such time')
    .openapi({ type: 'string', format: 'date-time' })

/** Query of `/test_runs`: the published names, and the changelog's beside them. */
export const runsQuery = z.object({
  project: filterText.optional(),
  branch: filterText.optional(),
  status: z.enum(['passed', 'failed', 'error', 'all']).default('all'),
  date_from: instant('from').optional(),
  date_to: instant('to').optional(),
  tags: filterText.optional().openapi({ description: 'Comma list; a run must have all of them.' }),
  page: wholeNumber(MAX_PAGE).optional(),
  per_page: wholeNumber(MAX_PER_PAGE).optional(),
  limit: wholeNumber(MAX_PER_PAGE).optional().openapi({ description: 'Other name of per_page.' }),
  sort_by: z.enum([...RUN_SORTS, 'created_at']).default('inserted_at'),
  sort_order: z.enum(['asc', 'desc']).default('desc'),
})

/** Query of `/test_suites/{id}/test_cases`. */
export const casesQuery = z.object({ status: z.enum(['passed', 'failed', 'error', 'skipped', 'all']).default('all') })

/** A path with a UUID. */
export const idParam = z.object({
  id: z
    .string()
    .max(100)
    .openapi({ param: { name: 'id', in: 'path' }, format: 'uuid' }),
})

/** Who signed, as far as anybody knows. */
export const signatureSchema = z
  .object({
    state: z.enum(['trusted', 'untrusted', 'unsigned']),
    fingerprint: z.string().nullable().openapi({ description: 'SHA-256 of the public key (SPKI, DER), hexadecimal.' }),
    subject: z.string().nullable(),
    algorithm: z.string().nullable(),
    reason: z.string().nullable().openapi({ description: 'Why a whole report is not trusted.' }),
  })
  .openapi('Signature')

/** A run in a list. */
export const runSummarySchema = z
  .object({
    id: z.uuid(),
    project: z.string(),
    branch: z.string().nullable(),
    commit_sha: z.string().nullable(),
    tags: z.array(z.string()),
    environment: z.string(),
    status: z.enum(['passed', 'failed', 'error']),
    total_tests: z.int(),
    failures: z.int(),
    errors: z.int(),
    skipped: z.int(),
    flaky: z.int(),
    success_rate: z.number().min(0).max(100),
    total_time: z.number().openapi({ description: 'Seconds.' }),
    inserted_at: z.iso.datetime(),
    created_at: z.iso.datetime().openapi({ description: 'Other name of inserted_at.' }),
    content_hash: z.string(),
    signature: signatureSchema,
  })
  .openapi('TestRunSummary')

/** A suite. */
export const suiteSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    tests: z.int(),
    failures: z.int(),
    errors: z.int(),
    skipped: z.int(),
    time: z.number(),
  })
  .openapi('TestSuite')

/** A whole run. */
export const runSchema = runSummarySchema
  .extend({
    ci_metadata: z
      .object({
        provider: z.string().nullable(),
        job_id: z.string().nullable(),
        pipeline_url: z.string().nullable(),
        build_number: z.union([z.int(), z.string()]).nullable(),
      })
      .nullable(),
    properties: z.array(z.object({ name: z.string(), value: z.string() })),
    contradictions: z.array(z.object({ name: z.string(), claimed: z.string(), signed: z.string() })),
    outcome: z.string().nullable(),
    started_at: z.iso.datetime().nullable(),
    size_bytes: z.int(),
    test_suites: z.array(suiteSchema),
  })
  .openapi('TestRun')

/** A test case. */
export const caseSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    classname: z.string(),
    status: z.enum(['passed', 'failed', 'error', 'skipped']),
    time: z.number(),
    flaky: z.boolean(),
    file: z.string().optional(),
    line: z.int().optional(),
    failure_message: z.string().optional(),
    failure_type: z.string().optional(),
    failure_stacktrace: z.string().optional(),
    skip_message: z.string().optional(),
  })
  .openapi('TestCase')

/** Where a page of a list stands: the published names, and the changelog's beside them. */
export const paginationSchema = z
  .object({
    current_page: z.int(),
    page: z.int(),
    total_pages: z.int(),
    total_count: z.int(),
    per_page: z.int(),
    limit: z.int(),
  })
  .openapi('Pagination')

/** A page of runs. */
export const runListSchema = z
  .object({ test_runs: z.array(runSummarySchema), pagination: paginationSchema })
  .openapi('TestRunList')

/** The body of every refusal. */
export const errorSchema = z
  .object({
    error: z.string(),
    message: z.string().optional(),
    details: z.record(z.string(), z.unknown()).optional(),
    suggestions: z.array(z.string()).optional(),
  })
  .openapi('Error')

/** How many rows a page has when nothing else is asked for. */
export const PER_PAGE = DEFAULT_PER_PAGE

function instantMs(text: string, side: 'from' | 'to'): number {
  if (DATE.test(text)) return Date.parse(`${text}T${side === 'from' ? '00:00:00.000' : '23:59:59.999'}Z`)
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/.test(text.slice(10))
  const value = Date.parse(zoned ? text : `${text}Z`)
  // Inclusive: what is given to the second means all of it.
  return side === 'to' && !text.includes('.') ? value + 999 : value
}
