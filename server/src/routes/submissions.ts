/**
 * The forms in which a report may come, and the answers that each of them documents.
 *
 * @module
 */
import { z } from '@hono/zod-openapi'
import { HttpError } from '../http-error.js'
import type { Claims } from '../ingest/facts.js'
import type { Accepted } from '../ingest/submit.js'

const text = z.string().nullish()

/** Body of `POST /junit/submit` as JSON: `metadata` (S2), or its fields beside `xml_content` (older clients). */
export const jsonSubmission = z
  .object({
    xml_content: z.string().min(1).openapi({ description: 'The JUnit XML report, exactly as it was signed.' }),
    metadata: z
      .object({
        project: text,
        branch: text,
        commit_sha: text,
        tags: z.array(z.string()).nullish(),
        environment: text,
        ci_metadata: z
          .object({
            provider: text,
            job_id: z.union([z.string(), z.number()]).nullish(),
            pipeline_url: text,
            build_number: z.union([z.string(), z.number()]).nullish(),
          })
          .nullish(),
      })
      .nullish(),
    project: text,
    branch: text,
    commit_sha: text,
  })
  .openapi('JsonSubmission')

/** Body of `POST /reports`. */
export const envelopeSubmission = z
  .object({
    report: z.string().min(1).openapi({ description: 'The signed JUnit XML report.' }),
    canonical_hash: z.string().regex(/^(?:sha256:)?[0-9a-fA-F]{64}$/, 'must be sha256: and 64 hexadecimal digits'),
    signature_algorithm: z.string().max(100).optional(),
    metadata: z.record(z.string(), z.unknown()).nullish(),
  })
  .openapi('ReportSubmission')

/** The published answer, with the words of older clients beside it. */
export const acceptedSchema = z
  .object({
    test_run_id: z.uuid(),
    message: z.string(),
    status: z.enum(['success', 'duplicate']),
    duplicate: z.boolean(),
    test_count: z.int(),
    failure_count: z.int(),
    error_count: z.int(),
    skipped_count: z.int(),
    success_rate: z.number(),
    content_hash: z.string(),
    signature: z.enum(['trusted', 'untrusted', 'unsigned']),
  })
  .openapi('SubmissionAccepted')

/** The answer under `/reports`. */
export const envelopeAcceptedSchema = z
  .object({
    status: z.enum(['created', 'duplicate']),
    id: z.uuid(),
    canonical_hash: z.string(),
    message: z.string(),
  })
  .openapi('ReportAccepted')

/** A report and what is said beside it. */
export interface ParsedSubmission {
  readonly bytes: Uint8Array
  readonly claims: Claims
  readonly claimedHash?: string
}

/**
 * Reads a JSON body.
 *
 * @throws {HttpError} 400 with the places that are wrong
 */
export function parseJson(bytes: Uint8Array): ParsedSubmission {
  const body = parse(jsonSubmission, bytes)
  const { metadata } = body
  const ci = metadata?.ci_metadata
  return {
    bytes: Buffer.from(body.xml_content),
    claims: {
      project: metadata?.project ?? body.project ?? undefined,
      branch: metadata?.branch ?? body.branch ?? undefined,
      commitSha: metadata?.commit_sha ?? body.commit_sha ?? undefined,
      tags: metadata?.tags ?? undefined,
      environment: metadata?.environment ?? undefined,
      ci: {
        provider: ci?.provider ?? undefined,
        jobId: ci?.job_id?.toString(),
        pipelineUrl: ci?.pipeline_url ?? undefined,
        buildNumber: ci?.build_number?.toString(),
      },
    },
  }
}

/**
 * Reads the envelope of `/reports`. Its metadata are the machine's, which the report names itself.
 *
 * @throws {HttpError} 400 with the places that are wrong
 */
export function parseEnvelope(bytes: Uint8Array): ParsedSubmission {
  const { report, canonical_hash } = parse(envelopeSubmission, bytes)
  return {
    bytes: Buffer.from(report),
    claims: {},
    claimedHash: canonical_hash.replace(/^sha256:/, '').toLowerCase(),
  }
}

/** The published answer. */
export function acceptedBody({ run, duplicate }: Accepted): z.infer<typeof acceptedSchema> {
  return {
    test_run_id: run.id,
    message: duplicate ? 'Test results were submitted before' : 'Test results submitted successfully',
    status: duplicate ? 'duplicate' : 'success',
    duplicate,
    test_count: run.tests,
    failure_count: run.failures,
    error_count: run.errors,
    skipped_count: run.skipped,
    success_rate: run.success_rate,
    content_hash: run.content_hash,
    signature: run.signature,
  }
}

/** The published answer and, in `test_run`, the form of older servers. */
export function legacyBody(accepted: Accepted) {
  const { run } = accepted
  return {
    ...acceptedBody(accepted),
    test_run: {
      id: run.id,
      project: run.project,
      branch: run.branch,
      commit_sha: run.commit_sha,
      total_tests: run.tests,
      failures: run.failures,
      errors: run.errors,
      skipped: run.skipped,
      success_rate: run.success_rate,
      time: run.total_time,
      created_at: new Date(run.inserted_at).toISOString(),
    },
  }
}

/** The answer under `/reports`. */
export function envelopeBody({ run, duplicate }: Accepted): z.infer<typeof envelopeAcceptedSchema> {
  return {
    status: duplicate ? 'duplicate' : 'created',
    id: run.id,
    canonical_hash: `sha256:${run.content_hash}`,
    message: duplicate ? 'Report already exists' : 'Report stored',
  }
}

function parse<T extends z.ZodType>(schema: T, bytes: Uint8Array): z.infer<T> {
  const parsed = schema.safeParse(jsonOf(bytes))
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.slice(0, 10).map(({ path, message }) => ({ path: path.join('.'), message }))
  throw new HttpError(400, `the body is not as it must be: ${problems[0]?.path || 'body'}: ${problems[0]?.message}`, {
    details: { message: 'invalid body', problems },
    suggestions: ['see /api/openapi.json for what a submission looks like'],
  })
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new HttpError(400, 'the body is not JSON in UTF-8', {
      details: { message: 'invalid JSON' },
      suggestions: [
        'send {"xml_content": "…", "metadata": {"project": "…"}}',
        'send the report itself as application/xml',
      ],
      cause,
    })
  }
}
