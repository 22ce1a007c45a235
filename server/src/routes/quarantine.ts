/**
 * The routes of the quarantine: list, add and remove entries of a project.
 *
 * The handler of `POST` reads the body itself, because Hono does not limit it.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { JuxError } from 'jux-reporter'
import { MAX_WAIVER_BYTES, messageOf, testName, WAIVER_TYPE } from 'jux-reporter/internal'
import { requireProject, requireSubmit } from '../access/principal.js'
import { countSubmission, rateHeaders } from '../access/rate-limit.js'
import type { App, AppEnv, ServerContext } from '../context.js'
import { ERROR_STATUSES, HttpError } from '../http-error.js'
import { readBody } from '../ingest/body.js'
import { QUARANTINE_STATES, quarantineState } from '../quarantine/decide.js'
import { addEntry, addWaiver, type ListedEntry, listEntries, removeEntry } from '../quarantine/entries.js'
import { findTest } from '../queries/trends.js'
import { errorSchema, filterText } from './schemas.js'

const PATH = '/api/v1/projects/{project}/quarantine'
/** A waiver in base64, and what is around it. */
const MAX_BODY_BYTES = 2 * MAX_WAIVER_BYTES
const BODY_LIMITS = { depth: 16, values: 5_000, bytes: MAX_BODY_BYTES, cures: [] }
const MAX_LISTED = 1_000
const MAX_LENGTH = 4_000
const JSON_TYPE = 'application/json'

const envelopeSchema = z
  .strictObject({
    payloadType: z.literal(WAIVER_TYPE),
    payload: z.string(),
    signatures: z.array(z.strictObject({ keyid: z.string().optional(), sig: z.string() })).min(1),
  })
  .openapi('Waiver', { description: 'A DSSE envelope, as `jux waiver add` writes it.' })

const entrySchema = z
  .object({
    id: z.uuid(),
    project: z.string(),
    test: z.string().openapi({ description: 'Class and name, as a gate names the test.' }),
    test_key: z
      .string()
      .nullable()
      .openapi({ description: 'Null if no report has this test yet: its name may have a typing mistake.' }),
    state: z.enum(QUARANTINE_STATES),
    owner: z.string(),
    reason: z.string(),
    expires: z.iso.date().openapi({ description: 'The last day, in UTC.' }),
    created_at: z.iso.datetime(),
    created_by: z.string().nullable().openapi({ description: "Id of an API key; null for the server's machine." }),
    removed_at: z.iso.datetime().nullable(),
    removed_by: z.string().nullable(),
    signed: z.boolean(),
    signer: z.string().nullable().openapi({ description: "SHA-256 of the approver's public key." }),
    waiver: envelopeSchema.nullable(),
  })
  .openapi('QuarantineEntry')

const text = z.string().min(1).max(MAX_LENGTH)
const entryFields = { owner: text, reason: text, expires: z.iso.date() }
const requestSchema = z
  .union([
    z.strictObject({ test: text.openapi({ description: 'Class > name.' }), ...entryFields }),
    z.strictObject({ test_key: text, ...entryFields }),
    z.strictObject({ waiver: envelopeSchema }),
  ])
  .openapi('QuarantineRequest')

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { [JSON_TYPE]: { schema } },
})
const errors = (...statuses: readonly number[]) =>
  Object.fromEntries(statuses.map((status) => [status, json(errorSchema, ERROR_STATUSES[status]?.when ?? '')]))
const projectParam = filterText.min(1).openapi({ param: { name: 'project', in: 'path' } })
const security = [{ bearer: [] }, { apiKey: [] }, {}]

const listRoute = createRoute({
  method: 'get',
  path: PATH,
  summary: 'The quarantined tests of a project',
  tags: ['quarantine'],
  security,
  request: {
    params: z.object({ project: projectParam }),
    query: z.object({ state: z.enum([...QUARANTINE_STATES, 'all']).default('all') }),
  },
  responses: {
    200: json(z.object({ quarantine: z.array(entrySchema) }), `At most ${MAX_LISTED} entries.`),
    ...errors(400, 401, 403, 500),
  },
})
const removeRoute = createRoute({
  method: 'delete',
  path: `${PATH}/{id}`,
  summary: 'End the quarantine of a test; the entry stays in the list',
  tags: ['quarantine'],
  security,
  request: {
    params: z.object({
      project: projectParam,
      id: z
        .string()
        .max(100)
        .openapi({ param: { name: 'id', in: 'path' }, format: 'uuid' }),
    }),
  },
  responses: { 200: json(entrySchema, 'The entry.'), ...errors(400, 401, 403, 404, 429, 500) },
})

/** Adds the routes. */
export function addQuarantineRoutes(app: App, server: ServerContext): void {
  const { database, inTurn } = server

  app.openapi(listRoute, async (c) => {
    const { project } = c.req.valid('param')
    requireProject(c.get('principal'), project)
    const { state } = c.req.valid('query')
    const nowMs = server.now().getTime()
    const filter = { project, state: state === 'all' ? undefined : state, limit: MAX_LISTED }
    const entries = await listEntries(database, filter, nowMs)
    return c.json({ quarantine: entries.map((entry) => entryBody(entry, nowMs)) }, 200)
  })

  app.openapi(removeRoute, async (c) => {
    const { project, id } = c.req.valid('param')
    const nowMs = await countWrite(c, server, project)
    const removal = { id, project, removedBy: c.get('principal').keyId }
    const entry = await inTurn(() => removeEntry(database, removal, nowMs))
    if (entry === undefined) throw notFound(id)
    return c.json(entryBody(entry, nowMs), 200)
  })

  // The router of Hono has its own form of parameters.
  app.post('/api/v1/projects/:project/quarantine', async (c) => {
    const project = c.req.param('project')
    const nowMs = await countWrite(c, server, project)
    const request = await readRequest(c, server)
    const createdBy = c.get('principal').keyId
    const add = async (): Promise<ListedEntry> => {
      if ('waiver' in request) {
        return inTurn(() => addWaiver(database, { project, createdBy, waiver: JSON.stringify(request.waiver) }, nowMs))
      }
      const test = 'test' in request ? request.test : await testOfKey(request.test_key, project)
      const { owner, reason, expires } = request
      return inTurn(() => addEntry(database, { project, test, owner, reason, expires, createdBy }, nowMs))
    }
    try {
      return c.json(entryBody(await add(), nowMs), 201)
    } catch (thrown) {
      if (!(thrown instanceof JuxError)) throw thrown
      throw refused(thrown)
    }
  })
  describe(app)

  async function testOfKey(key: string, project: string): Promise<string> {
    const test = await findTest(database, key, project)
    if (test === undefined) {
      throw new HttpError(422, `no report of the project had a test with the key ${key.slice(0, 80)}`, {
        suggestions: ['send "test": "class > name" instead of "test_key"'],
      })
    }
    return testName(test)
  }
}

// An entry changes what people conclude from reports, so it needs the same key as a report, and counts as a submission.
async function countWrite(c: Context<AppEnv>, server: ServerContext, project: string): Promise<number> {
  const principal = c.get('principal')
  const nowMs = server.now().getTime()
  const rate = await server.inTurn(() => countSubmission(server.counters, principal, server.settings.rateLimit, nowMs))
  if (rate !== undefined) for (const [name, value] of Object.entries(rateHeaders(rate))) c.header(name, value)
  requireSubmit(principal)
  requireProject(principal, project)
  return nowMs
}

async function readRequest(c: Context<AppEnv>, { budget }: ServerContext): Promise<z.infer<typeof requestSchema>> {
  const type = c.req.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== JSON_TYPE) {
    throw new HttpError(415, 'the Content-Type is not supported', { suggestions: [`send Content-Type: ${JSON_TYPE}`] })
  }
  const body = await readBody(c.req.raw, { maxBytes: MAX_BODY_BYTES, budget, json: BODY_LIMITS, subject: 'request' })
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(body.bytes).toString())
  } catch (cause) {
    throw new HttpError(400, `the body is not JSON: ${messageOf(cause)}`, { cause })
  } finally {
    body.release()
  }
  const parsed = requestSchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new HttpError(400, 'the body is not a quarantine request', {
    suggestions: [
      'send {"test": "class > name", "owner": …, "reason": …, "expires": "2026-12-31"}',
      'or send {"waiver": …} with a file that jux waiver add wrote',
    ],
  })
}

function describe(app: App): void {
  app.openAPIRegistry.registerPath({
    method: 'post',
    path: PATH,
    summary: 'Quarantine a test, or post a signed waiver',
    tags: ['quarantine'],
    security,
    request: {
      params: z.object({ project: projectParam }),
      body: { content: { [JSON_TYPE]: { schema: requestSchema } }, required: true },
    },
    responses: {
      201: json(entrySchema, 'The entry.'),
      ...errors(400, 401, 403, 413, 415, 422, 429, 500, 503),
    },
  })
}

function entryBody(entry: ListedEntry, nowMs: number): z.infer<typeof entrySchema> {
  const { id, project, test, test_key, owner, reason, expires, created_by, removed_at, removed_by, signer } = entry
  return {
    id,
    project,
    test,
    test_key,
    state: quarantineState(entry, nowMs),
    owner,
    reason,
    expires,
    created_at: new Date(entry.created_at).toISOString(),
    created_by,
    removed_at: removed_at === null ? null : new Date(removed_at).toISOString(),
    removed_by,
    signed: signer !== null,
    signer,
    waiver: entry.waiver === null ? null : envelopeSchema.parse(JSON.parse(entry.waiver)),
  }
}

function refused(error: JuxError): HttpError {
  const isForeign = error.code !== 'INVALID_ARGUMENT'
  return new HttpError(422, error.message, {
    details: { code: error.code, ...(error.reason === undefined ? {} : { reason: error.reason }) },
    suggestions: isForeign
      ? ['jux-server trust add lead.pub.pem --project NAME  # if you trust the approver']
      : [...error.suggestions],
    cause: error,
  })
}

function notFound(what: string): HttpError {
  return new HttpError(404, `the project has no quarantine entry ${what.slice(0, 80)}`, {
    suggestions: ['GET /api/v1/projects/PROJECT/quarantine lists the entries'],
  })
}
