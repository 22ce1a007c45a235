/**
 * The routes of the decisions of gates: submit one, list those of a project, and get one with its envelope.
 *
 * The handler of `POST` reads the body itself, because Hono does not limit it.
 *
 * @module
 */
import { setImmediate } from 'node:timers/promises'
import { createRoute, z } from '@hono/zod-openapi'
import { JuxError, toJuxError } from 'jux-reporter'
import { requireProject, requireSubmit } from '../access/principal.js'
import { countSubmission, rateHeaders } from '../access/rate-limit.js'
import type { App, ServerContext } from '../context.js'
import type { DecisionRow } from '../database/schema.js'
import { decisionBytes, findDecision, type LinkedReport, listDecisions, reportsOf } from '../decisions/queries.js'
import {
  type DecisionColumns,
  ENVELOPE_LIMITS,
  failedRules,
  judgedReports,
  MAX_DECISION_BYTES,
  type ReadDecision,
  readDecision,
  verifyDecision,
} from '../decisions/read.js'
import { storeDecision } from '../decisions/store.js'
import { ERROR_STATUSES, HttpError } from '../http-error.js'
import { readBody } from '../ingest/body.js'
import { decisionPath } from '../pages/links.js'
import { DEFAULT_PER_PAGE, errorSchema, filterText, idParam, paginationSchema, runsQuery } from './schemas.js'
import { mediaType } from './submit.js'

/** Path of a submission. */
export const DECISIONS_PATH = '/api/v1/decisions'

const JSON_TYPE = 'application/json'
const RESULTS = ['passed', 'failed'] as const

const summarySchema = z
  .object({
    id: z.uuid(),
    project: z.string(),
    branch: z.string().nullable(),
    commit_sha: z.string().nullable(),
    pull_request: z.string().nullable(),
    policy: z
      .object({
        name: z.string().openapi({ description: 'The name that the policy gives itself, else that of its file.' }),
        uri: z.string(),
        sha256: z.string().nullable(),
      })
      .openapi('DecisionPolicy'),
    result: z.enum(RESULTS),
    failed_rules: z.array(
      z.object({ rule: z.string(), report: z.string().optional(), found: z.string(), wanted: z.string() }),
    ),
    verifier: z.string(),
    resource: z.string(),
    signer: z.string().openapi({ description: 'SHA-256 of the public key (SPKI, DER), hexadecimal.' }),
    signer_subject: z.string().nullable(),
    decided_at: z.iso.datetime().openapi({ description: 'When the gate decided, as it states.' }),
    received_at: z.iso.datetime(),
    submitted_by: z.string().nullable().openapi({ description: "Id of an API key; null for the server's machine." }),
  })
  .openapi('DecisionSummary')

const decisionSchema = summarySchema
  .extend({
    reports: z.array(
      z.object({
        name: z.string(),
        sha256: z.string(),
        content_hash: z.string(),
        test_run_id: z.uuid().nullable().openapi({
          description: 'Null if the server does not have the report, or the key may not read it.',
        }),
      }),
    ),
  })
  .openapi('Decision')

const acceptedSchema = z
  .object({
    id: z.uuid(),
    status: z.enum(['created', 'duplicate']),
    message: z.string(),
    decisions: z
      .array(z.object({ id: z.uuid(), project: z.string() }))
      .openapi({ description: 'One for each project that the decision is about.' }),
  })
  .openapi('DecisionAccepted')

const envelopeSchema = z
  .record(z.string(), z.unknown())
  .openapi('DecisionEnvelope', { description: 'A DSSE envelope, or a Sigstore bundle.' })

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { [JSON_TYPE]: { schema } },
})
const errors = (...statuses: readonly number[]) =>
  Object.fromEntries(statuses.map((status) => [status, json(errorSchema, ERROR_STATUSES[status]?.when ?? '')]))
const common = { tags: ['decisions'], security: [{ bearer: [] }, { apiKey: [] }, {}] }

const listRoute = createRoute({
  ...common,
  method: 'get',
  path: '/api/v1/projects/{project}/decisions',
  summary: 'A page of the decisions of gates about a project, the latest first',
  request: {
    params: z.object({ project: filterText.min(1).openapi({ param: { name: 'project', in: 'path' } }) }),
    query: runsQuery.pick({ branch: true, page: true, per_page: true, limit: true }).extend({
      policy: filterText.optional(),
      result: z.enum([...RESULTS, 'all']).default('all'),
    }),
  },
  responses: {
    200: json(z.object({ decisions: z.array(summarySchema), pagination: paginationSchema }), 'One page.'),
    ...errors(400, 401, 403, 500),
  },
})
const oneRoute = createRoute({
  ...common,
  method: 'get',
  path: `${DECISIONS_PATH}/{id}`,
  summary: 'One decision, with the reports that it judged',
  request: { params: idParam },
  responses: { 200: json(decisionSchema, 'The decision.'), ...errors(400, 401, 403, 404, 500) },
})
const envelopeRoute = {
  ...common,
  method: 'get' as const,
  path: `${DECISIONS_PATH}/{id}/envelope`,
  summary: 'The signed decision, byte for byte as it was submitted',
  request: { params: idParam },
  responses: { 200: json(envelopeSchema, 'The decision.'), ...errors(400, 401, 403, 404, 500) },
}

/** Adds the routes. */
export function addDecisionRoutes(app: App, server: ServerContext): void {
  const { database, engine, inTurn, budget, counters, settings } = server
  const visibleDecision = async (id: string, visible: string | undefined): Promise<DecisionRow> => {
    const found = await findDecision(database, id, visible)
    if (found === undefined) throw notFound(id)
    return found
  }

  app.openapi(listRoute, async (c) => {
    const { project } = c.req.valid('param')
    requireProject(c.get('principal'), project)
    const { branch, policy, result, page = 1, per_page, limit } = c.req.valid('query')
    const perPage = per_page ?? limit ?? DEFAULT_PER_PAGE
    const filter = { project, branch, policy, result: result === 'all' ? undefined : result, page, perPage }
    const { items, totalCount } = await listDecisions(database, filter)
    const pagination = {
      current_page: page,
      page,
      total_pages: Math.ceil(totalCount / perPage),
      total_count: totalCount,
      per_page: perPage,
      limit: perPage,
    }
    return c.json({ decisions: items.map(summaryBody), pagination }, 200)
  })

  app.openapi(oneRoute, async (c) => {
    const { project: visible } = c.get('principal')
    const decision = await visibleDecision(c.req.valid('param').id, visible)
    return c.json(decisionBody(decision, await reportsOf(database, decision, visible)), 200)
  })

  // The router of Hono has its own form of parameters.
  app.get(`${DECISIONS_PATH}/:id/envelope`, async (c) => {
    const decision = await visibleDecision(c.req.param('id'), c.get('principal').project)
    const bytes = await decisionBytes(database, decision.seq)
    if (bytes === undefined) throw notFound(decision.id)
    const headers = { 'Content-Disposition': `attachment; filename="${decision.digest}.decision.json"` }
    return c.body(new Uint8Array(bytes), 200, { 'Content-Type': JSON_TYPE, ...headers })
  })

  app.post(DECISIONS_PATH, async (c) => {
    const principal = c.get('principal')
    const nowMs = server.now().getTime()
    const rate = await inTurn(() => countSubmission(counters, principal, settings.rateLimit, nowMs))
    if (rate !== undefined) for (const [name, value] of Object.entries(rateHeaders(rate))) c.header(name, value)
    requireSubmit(principal)
    if (mediaType(c.req.header('content-type')) !== JSON_TYPE) {
      throw new HttpError(415, 'the Content-Type is not supported', {
        suggestions: [`send Content-Type: ${JSON_TYPE}`],
      })
    }
    const limits = { maxBytes: MAX_DECISION_BYTES, budget, json: ENVELOPE_LIMITS, subject: 'decision' } as const
    const body = await readBody(c.req.raw, limits)
    try {
      const bytes = Buffer.from(body.bytes)
      const decision = readOrRefuse(bytes, nowMs, settings.keepMs)
      const columns: DecisionColumns[] = []
      for (const project of decision.projects) {
        requireProject(principal, project)
        // A large decision takes a while. Between two steps, other requests are answered.
        await setImmediate()
        columns.push(await verifyOrRefuse(server, bytes, decision, project, nowMs))
      }
      const added = { columns, reports: judgedReports(decision), bytes, submittedBy: principal.keyId }
      const stored = await inTurn(() => storeDecision(database, engine, added, nowMs))
      const [first] = stored
      if (first === undefined) throw new Error('a decision has at least one project')
      const isDuplicate = stored.every((one) => one.isDuplicate)
      c.header('location', decisionPath(first.row.id))
      const accepted: z.infer<typeof acceptedSchema> = {
        id: first.row.id,
        status: isDuplicate ? 'duplicate' : 'created',
        message: isDuplicate ? 'The decision was submitted before' : 'The decision is stored',
        decisions: stored.map(({ row }) => ({ id: row.id, project: row.project })),
      }
      return c.json(accepted, 201)
    } finally {
      body.release()
    }
  })
  describe(app)
}

function readOrRefuse(bytes: Uint8Array, nowMs: number, keepMs: number | undefined): ReadDecision {
  try {
    return readDecision(bytes, nowMs, keepMs)
  } catch (thrown) {
    if (!(thrown instanceof JuxError)) throw thrown
    throw new HttpError(422, thrown.message, {
      details: { code: thrown.code, ...(thrown.reason === undefined ? {} : { reason: thrown.reason }) },
      suggestions: [...thrown.suggestions],
      cause: thrown,
    })
  }
}

async function verifyOrRefuse(
  { database }: ServerContext,
  bytes: Uint8Array,
  decision: ReadDecision,
  project: string,
  nowMs: number,
): Promise<DecisionColumns> {
  try {
    return await verifyDecision(database, bytes, decision, project, nowMs)
  } catch (thrown) {
    const { code, reason, message } = toJuxError(thrown)
    if (!(thrown instanceof JuxError)) throw thrown
    // Which keys the server trusts is nobody's business: there is one answer for all of them.
    throw new HttpError(
      422,
      `the decision is not signed by a key that this server trusts for the project: ${message}`,
      {
        details: { code, reason: reason ?? 'untrusted-decision' },
        suggestions: ['jux-server trust add gate.pub.pem --project NAME  # if you trust the gate'],
        cause: thrown,
      },
    )
  }
}

function describe(app: App): void {
  app.openAPIRegistry.registerPath(envelopeRoute)
  app.openAPIRegistry.registerPath({
    ...common,
    method: 'post',
    path: DECISIONS_PATH,
    summary: 'Submit the signed decision of a gate. A duplicate gets the id of the first one',
    request: { body: { content: { [JSON_TYPE]: { schema: envelopeSchema } }, required: true } },
    responses: {
      201: json(acceptedSchema, 'The decision is stored on disk.'),
      ...errors(400, 401, 403, 413, 415, 422, 429, 500, 503),
    },
  })
}

function summaryBody(row: DecisionRow): z.infer<typeof summarySchema> {
  const { id, project, branch, commit_sha, pull_request, result, verifier, resource, signer, signer_subject } = row
  return {
    id,
    project,
    branch,
    commit_sha,
    pull_request,
    policy: { name: row.policy, uri: row.policy_uri, sha256: row.policy_sha256 },
    result,
    failed_rules: [...failedRules(row)],
    verifier,
    resource,
    signer,
    signer_subject,
    decided_at: new Date(row.decided_at).toISOString(),
    received_at: new Date(row.received_at).toISOString(),
    submitted_by: row.submitted_by,
  }
}

function decisionBody(row: DecisionRow, reports: readonly LinkedReport[]): z.infer<typeof decisionSchema> {
  return {
    ...summaryBody(row),
    reports: reports.map(({ name, sha256, content_hash, run }) => ({
      name,
      sha256,
      content_hash,
      test_run_id: run?.id ?? null,
    })),
  }
}

function notFound(id: string): HttpError {
  return new HttpError(404, `there is no decision ${id.slice(0, 80)}`, {
    suggestions: ['GET /api/v1/projects/PROJECT/decisions lists the decisions'],
  })
}
