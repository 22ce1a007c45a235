/**
 * `POST`: the paths and forms in which reports arrive.
 *
 * The bodies are read here, within limits, and not by the router.
 *
 * @module
 */
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { requireProject, requireSubmit } from '../access/principal.js'
import { countSubmission, rateHeaders } from '../access/rate-limit.js'
import { trustedKeys } from '../access/trusted-keys.js'
import type { App, AppEnv, ServerContext } from '../context.js'
import { ERROR_STATUSES, HttpError } from '../http-error.js'
import { readBody } from '../ingest/body.js'
import { type Accepted, type SubmissionRequest, submit } from '../ingest/submit.js'
import { runPath } from '../pages/links.js'
import { errorSchema } from './schemas.js'
import {
  acceptedBody,
  acceptedSchema,
  envelopeAcceptedSchema,
  envelopeBody,
  envelopeSubmission,
  jsonSubmission,
  legacyBody,
  type ParsedSubmission,
  parseEnvelope,
  parseJson,
} from './submissions.js'

/** Longest Idempotency-Key. */
const MAX_IDEMPOTENCY_KEY = 255
/** Without a version; the second is where pytest-jux posts when it is given the bare address of a server. */
const LEGACY_PATHS = ['/api/junit/submit', '/junit/submit'] as const
const JSON_TYPE = 'application/json'
const XML_TYPES: ReadonlySet<string> = new Set(['application/xml', 'text/xml'])

/** Adds the paths. */
export function addSubmitRoutes(app: App, server: ServerContext): void {
  app.post('/api/v1/junit/submit', async (c) => {
    const accepted = await take(c, server, 'junit')
    return c.json(acceptedBody(accepted), 201)
  })
  for (const path of LEGACY_PATHS) {
    app.post(path, async (c) => {
      const accepted = await take(c, server, 'junit')
      return c.json(legacyBody(accepted), 201)
    })
  }
  app.post('/api/v1/reports', async (c) => {
    const accepted = await take(c, server, 'reports')
    return c.json(envelopeBody(accepted), accepted.duplicate ? 409 : 201)
  })
  describe(app)
}

async function take(c: Context<AppEnv>, server: ServerContext, form: 'junit' | 'reports'): Promise<Accepted> {
  const principal = c.get('principal')
  const { database, settings, budget } = server
  const rate = await countSubmission(database, principal, settings.rateLimit, server.now().getTime())
  if (rate !== undefined) for (const [name, value] of Object.entries(rateHeaders(rate))) c.header(name, value)
  requireSubmit(principal)
  const type = mediaType(c.req.header('content-type'))
  const isXml = XML_TYPES.has(type)
  if (type !== JSON_TYPE && !(isXml && form === 'junit')) throw unsupported(type, form)
  const body = await readBody(c.req.raw, { maxBytes: settings.maxBytes, budget })
  try {
    const parsed: ParsedSubmission =
      form === 'reports' ? parseEnvelope(body.bytes) : isXml ? { bytes: body.bytes, claims: {} } : parseJson(body.bytes)
    const submission: SubmissionRequest = {
      ...parsed,
      protocol: form === 'reports' ? 'reports' : isXml ? 'xml' : 'json',
      idempotencyKey: idempotencyKey(c),
      submittedBy: principal.keyId,
      authorize: (project) => requireProject(principal, project),
    }
    const accepted = await submit(
      {
        database,
        bytes: server.bytes,
        policy: settings.policy,
        trustedKeys: (project) => trustedKeys(database, project),
        now: server.now,
      },
      submission,
    )
    c.header('location', runPath(accepted.run.id))
    return accepted
  } catch (error) {
    // S0 documents 400 InvalidSignature, and no 422.
    if (form === 'reports' && error instanceof HttpError && error.status === 422) {
      throw new HttpError(400, error.message, { ...error.parts, kind: error.kind })
    }
    throw error
  } finally {
    body.release()
  }
}

function mediaType(header: string | undefined): string {
  return (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

function idempotencyKey(c: Context<AppEnv>): string | undefined {
  const key = c.req.header('idempotency-key')
  if (key === undefined || key.length <= MAX_IDEMPOTENCY_KEY) return key
  throw new HttpError(400, 'the Idempotency-Key is too long', {
    details: { message: `at most ${MAX_IDEMPOTENCY_KEY} characters` },
  })
}

function unsupported(type: string, form: 'junit' | 'reports'): HttpError {
  const known = form === 'junit' ? 'application/json or application/xml' : JSON_TYPE
  return new HttpError(415, type === '' ? 'the Content-Type is missing' : `"${type.slice(0, 80)}" is not taken here`, {
    suggestions: [`send Content-Type: ${known}`],
  })
}

// Only described: the handlers above read their bodies themselves.
function describe(app: App): void {
  const refusals = [400, 401, 403, 413, 415, 422, 429, 503].map((status) => [
    status,
    { description: ERROR_STATUSES[status]?.when ?? '', content: { [JSON_TYPE]: { schema: errorSchema } } },
  ])
  const responses = (status: ContentfulStatusCode, schema: typeof acceptedSchema | typeof envelopeAcceptedSchema) => ({
    ...Object.fromEntries(refusals),
    [status]: { description: 'Stored, and on the disk.', content: { [JSON_TYPE]: { schema } } },
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
      summary: 'Submit a JUnit report; a repeat gets the id of the first one and is marked as duplicate',
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
      409: { description: 'It was there already.', content: { [JSON_TYPE]: { schema: envelopeAcceptedSchema } } },
    },
  })
}
