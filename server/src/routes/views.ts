/**
 * Rows as the API shows them.
 *
 * @module
 */
import type { z } from '@hono/zod-openapi'
import type { CaseRow, RunRow, SuiteRow } from '../database/schema.js'
import { partId } from '../ingest/rows.js'
import { contradictionsOf, type ListedRun, type RunProperty, runStatus } from '../queries/runs.js'
import type { caseSchema, runSchema, runSummarySchema, suiteSchema } from './schemas.js'

/** A run in a list. */
export function summaryView(run: ListedRun): z.infer<typeof runSummarySchema> {
  const insertedAt = new Date(run.inserted_at).toISOString()
  return {
    id: run.id,
    project: run.project,
    branch: run.branch,
    commit_sha: run.commit_sha,
    tags: [...run.tags],
    environment: run.environment,
    status: runStatus(run),
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

/** A whole run. */
export function runView(
  run: ListedRun,
  properties: readonly RunProperty[],
  suites: readonly SuiteRow[],
): z.infer<typeof runSchema> {
  return {
    ...summaryView(run),
    ci_metadata: ciView(run),
    properties: [...properties],
    contradictions: [...contradictionsOf(run)],
    outcome: run.outcome,
    started_at: run.started_at === null ? null : new Date(run.started_at).toISOString(),
    size_bytes: run.size_bytes,
    test_suites: suites.map(suiteView),
  }
}

/** A suite. */
export function suiteView(suite: SuiteRow): z.infer<typeof suiteSchema> {
  const { id, name, tests, failures, errors, skipped, time } = suite
  return { id, name, tests, failures, errors, skipped, time }
}

/** A test case. */
export function caseView(runId: string, row: CaseRow): z.infer<typeof caseSchema> {
  const bad = row.status === 'failed' || row.status === 'error'
  return {
    id: partId(runId, 'case', row.position),
    name: row.name,
    classname: row.classname,
    status: row.status,
    time: row.time,
    flaky: row.flaky === 1,
    ...(row.file === null ? {} : { file: row.file }),
    ...(row.line === null ? {} : { line: row.line }),
    ...(bad && row.message !== null ? { failure_message: row.message } : {}),
    ...(bad && row.type !== null ? { failure_type: row.type } : {}),
    ...(bad && row.details !== null ? { failure_stacktrace: row.details } : {}),
    ...(row.status === 'skipped' && row.message !== null ? { skip_message: row.message } : {}),
  }
}

// A build number is text in submissions and a number in answers when it is one.
function ciView(run: RunRow): z.infer<typeof runSchema>['ci_metadata'] {
  const { ci_provider, ci_job_id, ci_pipeline_url, ci_build_number: build } = run
  if (ci_provider === null && ci_job_id === null && ci_pipeline_url === null && build === null) return null
  return {
    provider: ci_provider,
    job_id: ci_job_id,
    pipeline_url: ci_pipeline_url,
    build_number: build !== null && /^(?:0|[1-9]\d{0,14})$/.test(build) ? Number(build) : build,
  }
}
