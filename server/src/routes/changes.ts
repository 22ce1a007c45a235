/**
 * The route of the API for what changed in a run.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi'
import type { CHANGE_KINDS, ChangedTest, RunChanges, RunReference } from '../compare/changes.js'
import { changesOf } from '../compare/compare.js'
import type { App, ServerContext } from '../context.js'
import { HttpError } from '../http-error.js'
import { findRun } from '../queries/runs.js'
import { errorSchema, idParam } from './schemas.js'

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1_000

const referenceSchema = z
  .object({
    id: z.uuid(),
    branch: z.string().nullable(),
    commit_sha: z.string().nullable(),
    inserted_at: z.iso.datetime(),
  })
  .openapi('RunReference')

const changedTestSchema = z
  .object({
    key: z.string().openapi({ description: 'The key of the test, as in /tests/KEY.' }),
    name: z.string(),
    classname: z.string(),
    file: z.string().nullable(),
    owner: z.string().nullable().openapi({ description: 'Owners, separated by spaces.' }),
    run_id: z.uuid().nullable().openapi({ description: 'The run with its test case: this one, or another shard.' }),
    position: z.int().nullable().openapi({ description: 'Of its test case in that run; null if it vanished.' }),
    message: z.string().nullable(),
    since: referenceSchema
      .nullable()
      .openapi({ description: 'The first run since which it failed every time it ran.' }),
    former_name: z.string().nullable(),
    quarantined: z.boolean().openapi({ description: 'Whether its failure is quarantined.' }),
  })
  .openapi('ChangedTest')

const listSchema = z
  .object({
    count: z.int(),
    quarantined: z.int().openapi({ description: 'How many of them are quarantined failures. They come last.' }),
    tests: z.array(changedTestSchema),
  })
  .openapi('ChangeList')

/** What changed in a run. */
export const changesSchema = z
  .object({
    base: referenceSchema.nullable(),
    reason: z.enum(['previous-run', 'merge-base', 'base-branch', 'chosen']).nullable(),
    is_complete: z.boolean(),
    changes: z.object({
      new: listSchema,
      known: listSchema,
      flaky: listSchema,
      fixed: listSchema,
      vanished: listSchema,
      skipped: listSchema,
      renamed: listSchema,
      added: listSchema,
    }),
  })
  .openapi('RunChanges')

const failure = (description: string) => ({ description, content: { 'application/json': { schema: errorSchema } } })

const changesRoute = createRoute({
  method: 'get',
  path: '/api/v1/test_runs/{id}/changes',
  tags: ['query'],
  security: [{ bearer: [] }, { apiKey: [] }, {}],
  summary: 'What changed in a run since its base, or since another run',
  request: {
    params: idParam,
    query: z.object({
      base: z.string().max(100).optional().openapi({ description: 'Id of the run to compare with.', format: 'uuid' }),
      limit: z
        .string()
        .regex(/^\d+$/, 'must be a whole number')
        .transform(Number)
        .pipe(z.number().int().min(1).max(MAX_LIMIT))
        .optional()
        .openapi({ type: 'integer', minimum: 1, maximum: MAX_LIMIT, description: 'Length of each list.' }),
    }),
  },
  responses: {
    200: { description: 'The changes.', content: { 'application/json': { schema: changesSchema } } },
    400: failure('A parameter or the URL is invalid.'),
    401: failure('The API key is missing.'),
    403: failure('The API key does not allow this.'),
    404: failure('Not found.'),
    500: failure('An internal error.'),
  },
})

/** Adds the route. */
export function addChangesRoute(app: App, { database, now }: ServerContext): void {
  app.openapi(changesRoute, async (c) => {
    const visible = c.get('principal').project
    const { base: baseId, limit = DEFAULT_LIMIT } = c.req.valid('query')
    const find = async (id: string) => {
      const run = await findRun(database, id, visible)
      if (run !== undefined) return run
      throw new HttpError(404, `there is no test run ${id.slice(0, 80)}`, {
        suggestions: ['GET /api/v1/test_runs lists the runs'],
      })
    }
    const run = await find(c.req.valid('param').id)
    const base = baseId === undefined ? undefined : await find(baseId)
    if (base !== undefined && base.project !== run.project) throw otherProject()
    return c.json(changesBody(await changesOf(database, run, { limit, base, nowMs: now().getTime() })), 200)
  })
}

/** The error for two runs that have no tests in common. */
export function otherProject(): HttpError {
  return new HttpError(400, 'the two runs are of different projects', {
    details: { reason: 'other-project' },
    suggestions: ['choose two runs of one project'],
  })
}

/** Changes as JSON. */
export function changesBody({ base, reason, isComplete, lists }: RunChanges): z.infer<typeof changesSchema> {
  const list = (kind: (typeof CHANGE_KINDS)[number]) => ({
    count: lists[kind].count,
    quarantined: lists[kind].quarantined,
    tests: lists[kind].tests.map(testBody),
  })
  return {
    base: base === undefined ? null : referenceBody(base),
    reason: reason ?? null,
    is_complete: isComplete,
    changes: {
      new: list('new'),
      known: list('known'),
      flaky: list('flaky'),
      fixed: list('fixed'),
      vanished: list('vanished'),
      skipped: list('skipped'),
      renamed: list('renamed'),
      added: list('added'),
    },
  }
}

function testBody(test: ChangedTest) {
  const { testKey, name, classname, file, owner, place, message, since, formerName, isQuarantined } = test
  return {
    key: testKey,
    name,
    classname,
    file,
    owner: owner ?? null,
    run_id: place?.runId ?? null,
    position: place?.position ?? null,
    message: message ?? null,
    since: since === undefined ? null : referenceBody(since),
    former_name: formerName ?? null,
    quarantined: isQuarantined,
  }
}

function referenceBody({ id, branch, commitSha, insertedAtMs }: RunReference) {
  return { id, branch, commit_sha: commitSha, inserted_at: new Date(insertedAtMs).toISOString() }
}
