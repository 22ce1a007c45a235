/**
 * The `POST` routes of the API: the paths, request bodies and response bodies of a submission.
 *
 * The handlers read the bodies themselves, because Hono does not limit them.
 *
 * @module
 */
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { messageOf } from 'jux-reporter/internal'
import { requireSubmit } from '../access/principal.js'
import { countSubmission, rateHeaders } from '../access/rate-limit.js'
import { changesText } from '../compare/changes-text.js'
import { changesOf } from '../compare/compare.js'
import type { App, AppEnv, ServerContext } from '../context.js'
import { ERROR_STATUSES, HttpError } from '../http-error.js'
import { readBody } from '../ingest/body.js'
import { JSON_LIMITS } from '../ingest/json-guard.js'
import {
  envelopeSubmission,
  jsonSubmission,
  MAX_IDEMPOTENCY_KEY_LENGTH,
  type Submission,
} from '../ingest/submission.js'
import type { Accepted } from '../ingest/submit.js'
import { runPath } from '../pages/links.js'
import { type Receipt, receiptOf, receiptSchema } from './receipts.js'
import { errorSchema } from './schemas.js'

/** Paths without a version. pytest-jux posts to the second one when its URL has no path. */
const LEGACY_PATHS = ['/api/junit/submit', '/junit/submit'] as const
const JSON_TYPE = 'application/json'
const XML_TYPES: ReadonlySet<string> = new Set(['application/xml', 'text/xml'])

/** A request with the value `text` is answered with one line about what changed. */
const CHANGES_HEADER = 'jux-changes'
/** Number of new failures that the line names. */
const NAMED_CHANGES = 5
/** For a larger run, the answer would have to wait for too long. */
const MAX_COMPARED_TESTS = 20_000

const changesTextSchema = z.string().optional().openapi({
  description: 'What changed since the base of the run, for people. Only if the header Jux-Changes is "text".',
})

/** Response of `POST /junit/submit`: the published fields, and those that older clients read. */
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
    receipt: receiptSchema.optional(),
    changes: changesTextSchema,
  })
  .openapi('SubmissionAccepted')

/** Response of `POST /reports`. */
const envelopeAcceptedSchema = z
  .object({
    status: z.enum(['created', 'duplicate']),
    id: z.uuid(),
    canonical_hash: z.string(),
    message: z.string(),
    receipt: receiptSchema.optional(),
    changes: changesTextSchema,
  })
  .openapi('ReportAccepted')

/** Adds the routes. */
export function addSubmitRoutes(app: App, server: ServerContext): void {
  app.post('/api/v1/junit/submit', async (c) => {
    const accepted = await handle(c, server, 'junit')
    const changes = await changesFor(c, accepted, server)
    return c.json({ ...acceptedBody(accepted, await receiptOf(accepted.run, server)), changes }, 201)
  })
  for (const path of LEGACY_PATHS) {
    app.post(path, async (c) => {
      const accepted = await handle(c, server, 'junit')
      return c.json(legacyBody(accepted, await receiptOf(accepted.run, server)), 201)
    })
  }
  app.post('/api/v1/reports', async (c) => {
    const accepted = await handle(c, server, 'reports')
    const receipt = await receiptOf(accepted.run, server)
    const changes = await changesFor(c, accepted, server)
    return c.json({ ...envelopeBody(accepted, receipt), changes }, accepted.duplicate ? 409 : 201)
  })
  describe(app)
}

type Api = Exclude<Submission['api'], 'batch'>

// The key, the media type and the size are judged before the body is read, and the body is parsed where it blocks no other request.
async function handle(c: Context<AppEnv>, server: ServerContext, api: Api): Promise<Accepted> {
  const principal = c.get('principal')
  const { counters, settings, budget, ingest } = server
  const nowMs = server.now().getTime()
  const rate = await server.inTurn(() => countSubmission(counters, principal, settings.rateLimit, nowMs))
  if (rate !== undefined) for (const [name, value] of Object.entries(rateHeaders(rate))) c.header(name, value)
  requireSubmit(principal)
  const type = mediaType(c.req.header('content-type'))
  const isXml = XML_TYPES.has(type)
  if (type !== JSON_TYPE && !(isXml && api === 'junit')) throw unsupportedType(type, api)
  const submission = { api, isXml, idempotencyKey: idempotencyKey(c), principal, nowMs }
  ingest.requireRoom(Number(c.req.header('content-length') ?? 0))
  const body = await readBody(c.req.raw, { maxBytes: settings.maxBytes, budget, json: isXml ? undefined : JSON_LIMITS })
  try {
    const accepted = await ingest.accept(body, submission)
    c.header('location', runPath(accepted.run.id))
    return accepted
  } finally {
    body.release()
  }
}

/** The media type in a `Content-Type`, without its parameters. */
export function mediaType(header: string | undefined): string {
  return (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

function idempotencyKey(c: Context<AppEnv>): string | undefined {
  const key = c.req.header('idempotency-key')
  if (key === undefined || key.length <= MAX_IDEMPOTENCY_KEY_LENGTH) return key
  throw new HttpError(400, 'the Idempotency-Key is too long', {
    details: { message: `at most ${MAX_IDEMPOTENCY_KEY_LENGTH} characters` },
  })
}

function unsupportedType(type: string, api: Api): HttpError {
  const supported = api === 'junit' ? 'application/json or application/xml' : JSON_TYPE
  const message =
    type === '' ? 'the Content-Type is missing' : `the Content-Type "${type.slice(0, 80)}" is not supported`
  return new HttpError(415, message, { suggestions: [`send Content-Type: ${supported}`] })
}

// Adds the routes to the OpenAPI document. Requests are not validated by it, because the handlers read the bodies themselves.
function describe(app: App): void {
  const errors = [400, 401, 403, 413, 415, 422, 429, 500, 503].map((status) => [
    status,
    { description: ERROR_STATUSES[status]?.when ?? '', content: { [JSON_TYPE]: { schema: errorSchema } } },
  ])
  const responses = (status: ContentfulStatusCode, schema: typeof acceptedSchema | typeof envelopeAcceptedSchema) => ({
    ...Object.fromEntries(errors),
    [status]: { description: 'The report is stored on disk.', content: { [JSON_TYPE]: { schema } } },
  })
  const body = {
    content: { [JSON_TYPE]: { schema: jsonSubmission }, 'application/xml': { schema: { type: 'string' as const } } },
  }
  const common = { method: 'post' as const, security: [{ bearer: [] }, { apiKey: [] }, {}], tags: ['submission'] }
  for (const path of ['/api/v1/junit/submit', ...LEGACY_PATHS]) {
    app.openAPIRegistry.registerPath({
      ...common,
      path,
      ...(path.startsWith('/api/v1') ? {} : { deprecated: true }),
      summary: 'Submit a JUnit report. A duplicate gets the id of the first run',
      request: { body: { ...body, required: true } },
      responses: responses(201, acceptedSchema),
    })
  }
  app.openAPIRegistry.registerPath({
    ...common,
    path: '/api/v1/reports',
    summary: 'Submit a signed report in an envelope',
    request: { body: { content: { [JSON_TYPE]: { schema: envelopeSubmission } }, required: true } },
    responses: {
      ...responses(201, envelopeAcceptedSchema),
      409: {
        description: 'The report was submitted before.',
        content: { [JSON_TYPE]: { schema: envelopeAcceptedSchema } },
      },
    },
  })
}

// A client that may only submit learns how many tests changed, and the names of those in its own report.
async function changesFor(
  { req }: Context<AppEnv>,
  { run }: Accepted,
  { database, log, now }: ServerContext,
): Promise<string | undefined> {
  if (req.header(CHANGES_HEADER) !== 'text' || run.tests > MAX_COMPARED_TESTS) return undefined
  try {
    return changesText(await changesOf(database, run, { limit: NAMED_CHANGES, nowMs: now().getTime() }))
  } catch (error) {
    // The report is stored, and the client must learn that.
    log.error('failure', { path: req.path, reason: messageOf(error), stack: error instanceof Error ? error.stack : '' })
    return undefined
  }
}

/** Response of `POST /junit/submit`. */
export function acceptedBody(
  { run, duplicate }: Accepted,
  receipt: Receipt | undefined,
): z.infer<typeof acceptedSchema> {
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
    receipt,
  }
}

/** Response of the paths without a version: `test_run` is as in older servers. */
function legacyBody(accepted: Accepted, receipt: Receipt | undefined) {
  const { run } = accepted
  return {
    ...acceptedBody(accepted, receipt),
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

/** Response of `POST /reports`. */
function envelopeBody(
  { run, duplicate }: Accepted,
  receipt: Receipt | undefined,
): z.infer<typeof envelopeAcceptedSchema> {
  return {
    status: duplicate ? 'duplicate' : 'created',
    id: run.id,
    canonical_hash: `sha256:${run.content_hash}`,
    message: duplicate ? 'Report already exists' : 'Report stored',
    receipt,
  }
}
