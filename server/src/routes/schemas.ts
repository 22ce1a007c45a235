/**
 * The data of the API: schemas, which validate requests and make the OpenAPI document, and the conversion of rows to them.
 *
 * @module
 */
import { z } from '@hono/zod-openapi'
import type { CaseRow, RunRow, SuiteRow } from '../database/schema.js'
import { partId } from '../ingest/rows.js'
import { contradictionsOf, RUN_SORTS, type RunProperty, type TaggedRun } from '../queries/runs.js'

/** Default number of items on a page. */
export const DEFAULT_PER_PAGE = 20
/** Maximum number of a page. */
export const MAX_PAGE = 1_000_000
const MAX_FILTER_LENGTH = 500
const MAX_PER_PAGE = 100

/** A text that rows are compared with. NUL ends a text in SQLite, and PostgreSQL refuses it. */
export const filterText = z
  .string()
  .max(MAX_FILTER_LENGTH)
  .refine((text) => !text.includes('\0'), 'must not contain NUL')

const positiveInteger = (max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().int().min(1).max(max))
    .openapi({ type: 'integer', minimum: 1, maximum: max })

const DATE = /^\d{4}-\d\d-\d\d$/
const INSTANT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/

/** An ISO 8601 time. Without a time zone it is UTC; a date without a time is the whole day. */
const instant = (side: 'from' | 'to') =>
  z
    .string()
    .regex(INSTANT, 'must be an ISO 8601 time, for example 2026-01-31 or 2026-01-31T12:00:00Z')
    .transform((text) => instantMs(text, side))
    .refine((value) => !Number.isNaN(value), 'is not a valid time')
    .openapi({ type: 'string', format: 'date-time' })

/** Query of `/test_runs`: the names of the published API and of its changelog. */
export const runsQuery = z.object({
  project: filterText.optional(),
  branch: filterText.optional(),
  status: z.enum(['passed', 'failed', 'error', 'all']).default('all'),
  date_from: instant('from').optional(),
  date_to: instant('to').optional(),
  tags: filterText.optional().openapi({ description: 'Comma-separated; a run must have all of them.' }),
  page: positiveInteger(MAX_PAGE).optional(),
  per_page: positiveInteger(MAX_PER_PAGE).optional(),
  limit: positiveInteger(MAX_PER_PAGE).optional().openapi({ description: 'Other name of per_page.' }),
  sort_by: z.enum([...RUN_SORTS, 'created_at']).default('inserted_at'),
  sort_order: z.enum(['asc', 'desc']).default('desc'),
})

/** Query of `/test_suites/{id}/test_cases`. */
export const casesQuery = z.object({
  status: z.enum(['passed', 'failed', 'error', 'skipped', 'all']).default('all'),
  owner: filterText.optional().openapi({ description: 'One of the owners of the tests.' }),
})

/** The UUID in a path. */
export const idParam = z.object({
  id: z
    .string()
    .max(100)
    .openapi({ param: { name: 'id', in: 'path' }, format: 'uuid' }),
})

/** The signature of a report. */
export const signatureSchema = z
  .object({
    state: z.enum(['trusted', 'untrusted', 'unsigned']),
    fingerprint: z.string().nullable().openapi({ description: 'SHA-256 of the public key (SPKI, DER), hexadecimal.' }),
    subject: z.string().nullable(),
    algorithm: z.string().nullable(),
    reason: z.string().nullable().openapi({ description: 'Why a valid signature is not trusted.' }),
  })
  .openapi('Signature')

/** A run in the list of runs. */
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

/** A run with its properties and suites. */
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
    contradictions: z.array(
      z.object({
        name: z.string(),
        claimed: z.string().optional(),
        signed: z.string().optional(),
        stated: z.array(z.string()).optional(),
      }),
    ),
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
    owner: z.string().optional().openapi({ description: 'Owners of its file, separated by spaces.' }),
    file: z.string().optional(),
    line: z.int().optional(),
    failure_message: z.string().optional(),
    failure_type: z.string().optional(),
    failure_stacktrace: z.string().optional(),
    skip_message: z.string().optional(),
  })
  .openapi('TestCase')

/** Position of a page in its list: the names of the published API and of its changelog. */
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

/** The body of an error. */
export const errorSchema = z
  .object({
    error: z.string(),
    message: z.string().optional(),
    details: z.record(z.string(), z.unknown()).optional(),
    suggestions: z.array(z.string()).optional(),
  })
  .openapi('Error')

/** A row as a run in the list of runs. */
export function runSummary(run: TaggedRun): z.infer<typeof runSummarySchema> {
  const insertedAt = new Date(run.inserted_at).toISOString()
  return {
    id: run.id,
    project: run.project,
    branch: run.branch,
    commit_sha: run.commit_sha,
    tags: [...run.tags],
    environment: run.environment,
    status: run.failures > 0 ? 'failed' : run.errors > 0 ? 'error' : 'passed',
    total_tests: run.tests,
    failures: run.failures,
    errors: run.errors,
    skipped: run.skipped,
    flaky: run.flaky,
    success_rate: run.success_rate,
    total_time: run.total_time,
    inserted_at: insertedAt,
    created_at: insertedAt,
    content_hash: run.content_hash,
    signature: {
      state: run.signature,
      fingerprint: run.signer_fingerprint,
      subject: run.signer_subject,
      algorithm: run.signer_algorithm,
      reason: run.signature_reason,
    },
  }
}

/** Rows as a run with its properties and suites. */
export function runBody(
  run: TaggedRun,
  properties: readonly RunProperty[],
  suites: readonly SuiteRow[],
): z.infer<typeof runSchema> {
  return {
    ...runSummary(run),
    ci_metadata: ciBody(run),
    properties: [...properties],
    contradictions: contradictionsOf(run).map(({ stated, ...rest }) => ({ ...rest, stated: stated && [...stated] })),
    outcome: run.outcome,
    started_at: run.started_at === null ? null : new Date(run.started_at).toISOString(),
    size_bytes: run.size_bytes,
    test_suites: suites.map(suiteBody),
  }
}

/** A row as a suite. */
export function suiteBody(suite: SuiteRow): z.infer<typeof suiteSchema> {
  const { id, name, tests, failures, errors, skipped, time } = suite
  return { id, name, tests, failures, errors, skipped, time }
}

/** A row as a test case. */
export function caseBody(runId: string, row: CaseRow): z.infer<typeof caseSchema> {
  const isBad = row.status === 'failed' || row.status === 'error'
  const valueIf = (condition: boolean, value: string | null) => (condition ? (value ?? undefined) : undefined)
  return {
    id: partId(runId, 'case', row.position),
    name: row.name,
    classname: row.classname,
    status: row.status,
    time: row.time,
    flaky: row.flaky === 1,
    owner: row.owner ?? undefined,
    file: row.file ?? undefined,
    line: row.line ?? undefined,
    failure_message: valueIf(isBad, row.message),
    failure_type: valueIf(isBad, row.type),
    failure_stacktrace: valueIf(isBad, row.details),
    skip_message: valueIf(row.status === 'skipped', row.message),
  }
}

function instantMs(text: string, side: 'from' | 'to'): number {
  if (DATE.test(text)) return Date.parse(`${text}T${side === 'from' ? '00:00:00.000' : '23:59:59.999'}Z`)
  const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/.test(text.slice(10))
  const value = Date.parse(hasZone ? text : `${text}Z`)
  // `to` is inclusive: a time without milliseconds means the whole second.
  return side === 'to' && !text.includes('.') ? value + 999 : value
}

// The API takes a build number as text, and returns a number when it is one.
function ciBody(run: RunRow): z.infer<typeof runSchema>['ci_metadata'] {
  const { ci_provider, ci_job_id, ci_pipeline_url, ci_build_number: build } = run
  if (ci_provider === null && ci_job_id === null && ci_pipeline_url === null && build === null) return null
  return {
    provider: ci_provider,
    job_id: ci_job_id,
    pipeline_url: ci_pipeline_url,
    build_number: build !== null && /^(?:0|[1-9]\d{0,14})$/.test(build) ? Number(build) : build,
  }
}
