/**
 * The bodies of submissions: their schemas, and what a submission has besides its body.
 *
 * @module
 */
import { setImmediate } from 'node:timers/promises'
import { z } from '@hono/zod-openapi'
import { type Principal, requireProject } from '../access/principal.js'
import { HttpError } from '../http-error.js'
import type { Claims } from './facts.js'
import { type GroupMember, StoreGroup } from './group.js'
import { type Accepted, type IngestContext, submit } from './submit.js'

/** A submission without its body. It can be sent to a worker thread. */
export interface Submission {
  /** `batch` for a report of a batch. */
  readonly api: 'junit' | 'batch' | 'reports'
  readonly isXml: boolean
  readonly idempotencyKey: string | undefined
  readonly principal: Principal
  readonly nowMs: number
}

/** Maximum length of an `Idempotency-Key`. */
export const MAX_IDEMPOTENCY_KEY_LENGTH = 255

const text = z.string().nullish()

/** JSON body of `POST /junit/submit`. Older clients send the fields of `metadata` next to `xml_content`. */
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

/** A line of a batch. It has no headers, so its Idempotency-Key is a member. */
export const batchedSubmission = jsonSubmission
  .extend({
    idempotency_key: z
      .string()
      .max(MAX_IDEMPOTENCY_KEY_LENGTH)
      .nullish()
      .openapi({ description: 'As the header Idempotency-Key of a single submission.' }),
  })
  .openapi('BatchedSubmission')

/** Body of `POST /reports`. */
export const envelopeSubmission = z
  .object({
    report: z.string().min(1).openapi({ description: 'The signed JUnit XML report.' }),
    canonical_hash: z.string().regex(/^(?:sha256:)?[0-9a-fA-F]{64}$/, 'must be "sha256:" and 64 hexadecimal digits'),
    signature_algorithm: z.string().max(100).optional(),
    metadata: z.record(z.string(), z.unknown()).nullish(),
  })
  .openapi('ReportSubmission')

/** A parsed request body. */
interface ParsedBody {
  readonly bytes: Uint8Array
  readonly claims: Claims
  readonly claimedHash?: string
  readonly idempotencyKey?: string | undefined
}

/** What `accept` needs besides the time, which comes with the submission. */
export type AcceptContext = Omit<IngestContext, 'now'>

/** The body of a submission, and what it has besides. */
export interface Job {
  readonly body: Uint8Array
  readonly submission: Submission
}

/**
 * Accepts submissions that arrived together. They are read one after the other, and their reports are stored together.
 *
 * @returns one promise for each, which settles on its own: rejected with an `HttpError` with the status of the response; then nothing of
 *   this submission is stored
 */
export function acceptAll(context: AcceptContext, jobs: readonly Job[]): Promise<Accepted>[] {
  const group = new StoreGroup(context, jobs.length)
  const together = { ...context, trustedKeys: oncePerProject(context.trustedKeys) }
  let previous: Promise<unknown> = Promise.resolve()
  return jobs.map((job) => {
    const member = group.member()
    // The pause lets the disk and the turns go on while the next one is read.
    const accepted = previous.then(() => accept(together, job, member)).finally(member.leave)
    previous = previous.then(() => setImmediate())
    return accepted
  })
}

function oncePerProject(trustedKeys: AcceptContext['trustedKeys']): AcceptContext['trustedKeys'] {
  const known = new Map<string, ReturnType<typeof trustedKeys>>()
  return (project) => {
    const keys = known.get(project) ?? trustedKeys(project)
    known.set(project, keys)
    return keys
  }
}

async function accept(
  context: AcceptContext,
  { body, submission: { api, isXml, idempotencyKey, principal, nowMs } }: Job,
  group: GroupMember,
): Promise<Accepted> {
  try {
    const parsed = isXml ? { bytes: body, claims: {} } : PARSERS[api](body)
    return await submit(
      { ...context, now: () => new Date(nowMs) },
      {
        idempotencyKey,
        ...parsed,
        claims: { ...parsed.claims, projectOfKey: principal.project },
        protocol: api === 'reports' ? 'reports' : isXml ? 'xml' : 'json',
        submittedBy: principal.keyId,
        authorize: (project) => requireProject(principal, project),
      },
      group,
    )
  } catch (error) {
    // The published API of `/reports` has 400 InvalidSignature, and no 422.
    if (api === 'reports' && error instanceof HttpError && error.status === 422) {
      throw new HttpError(400, error.message, { ...error.parts, kind: error.kind })
    }
    throw error
  }
}

const PARSERS: Readonly<Record<Submission['api'], (bytes: Uint8Array) => ParsedBody>> = {
  junit: (bytes) => parsedJson(parse(jsonSubmission, bytes)),
  batch: (bytes) => {
    const body = parse(batchedSubmission, bytes)
    return { ...parsedJson(body), idempotencyKey: body.idempotency_key ?? undefined }
  },
  reports: parseEnvelope,
}

function parsedJson(body: z.infer<typeof jsonSubmission>): ParsedBody {
  const { metadata } = body
  const ci = metadata?.ci_metadata
  return {
    bytes: reportBytes(body.xml_content, 'xml_content'),
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
 * Parses the body of `POST /reports`. Its metadata are not used: they describe the machine, and the properties of the report do too.
 *
 * @throws {HttpError} 400 with the path of each problem
 */
function parseEnvelope(bytes: Uint8Array): ParsedBody {
  const { report, canonical_hash } = parse(envelopeSubmission, bytes)
  return {
    bytes: reportBytes(report, 'report'),
    claims: {},
    claimedHash: canonical_hash.replace(/^sha256:/, '').toLowerCase(),
  }
}

// A lone surrogate would become U+FFFD, and the stored report would not be the submitted one.
function reportBytes(text: string, member: string): Uint8Array {
  if (!/\p{Surrogate}/u.test(text)) return Buffer.from(text)
  throw new HttpError(400, `${member} has a lone surrogate, which is not a character`, {
    details: { message: 'the text is not valid Unicode', reason: 'lone-surrogate' },
    suggestions: ['send the report itself as application/xml'],
  })
}

function parse<T extends z.ZodType>(schema: T, bytes: Uint8Array): z.infer<T> {
  const parsed = schema.safeParse(jsonOf(bytes))
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.slice(0, 10).map(({ path, message }) => ({ path: path.join('.'), message }))
  throw new HttpError(400, `the body is invalid: ${problems[0]?.path || 'body'}: ${problems[0]?.message}`, {
    details: { message: 'invalid body', problems },
    suggestions: ['see /api/openapi.json for the form of a submission'],
  })
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new HttpError(400, 'the body is not valid JSON in UTF-8', {
      details: { message: 'invalid JSON' },
      suggestions: [
        'send {"xml_content": "…", "metadata": {"project": "…"}}',
        'send the report itself as application/xml',
      ],
      cause,
    })
  }
}
