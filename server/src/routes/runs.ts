/**
 * `GET`: runs, their suites, their test cases, and their bytes.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi'
import type { App, ServerContext } from '../context.js'
import type { RunRow } from '../database/schema.js'
import { HttpError } from '../http-error.js'
import { splitTags } from '../ingest/facts.js'
import { findSuite, listSuiteCases, listSuites } from '../queries/cases.js'
import { findRun, type ListedRun, listRuns, runProperties } from '../queries/runs.js'
import {
  caseSchema,
  casesQuery,
  errorSchema,
  idParam,
  PER_PAGE,
  runListSchema,
  runSchema,
  runsQuery,
  suiteSchema,
} from './schemas.js'
import { caseView, runView, suiteView, summaryView } from './views.js'

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
})
const query = { method: 'get' as const, tags: ['query'], security: [{ bearer: [] }, { apiKey: [] }, {}] }
const refused = { 401: json(errorSchema, 'No key.'), 403: json(errorSchema, 'Not with this key.') }
const missing = { 404: json(errorSchema, 'There is none.'), ...refused }

const listRoute = createRoute({
  ...query,
  path: '/api/v1/test_runs',
  summary: 'A page of runs',
  request: { query: runsQuery },
  responses: {
    200: json(runListSchema, 'One page of runs.'),
    400: json(errorSchema, 'A parameter is wrong.'),
    ...refused,
  },
})
const runRoute = createRoute({
  ...query,
  path: '/api/v1/test_runs/{id}',
  summary: 'One run',
  request: { params: idParam },
  responses: { 200: json(runSchema, 'The run.'), ...missing },
})
const suitesRoute = createRoute({
  ...query,
  path: '/api/v1/test_runs/{id}/test_suites',
  summary: 'Its suites',
  request: { params: idParam },
  responses: { 200: json(z.object({ test_suites: z.array(suiteSchema) }), 'Its suites.'), ...missing },
})
const reportRoute = createRoute({
  ...query,
  path: '/api/v1/test_runs/{id}/report',
  summary: 'Its report, byte for byte as it was submitted',
  request: { params: idParam },
  responses: {
    200: {
      description: 'The report, exactly as it was submitted.',
      content: { 'application/xml': { schema: z.string() } },
    },
    ...missing,
  },
})
const casesRoute = createRoute({
  ...query,
  path: '/api/v1/test_suites/{id}/test_cases',
  summary: 'The test cases of a suite',
  request: { params: idParam, query: casesQuery },
  responses: { 200: json(z.object({ test_cases: z.array(caseSchema) }), 'Its test cases.'), ...missing },
})

/** Adds the paths. */
export function addRunRoutes(app: App, { database, bytes }: ServerContext): void {
  const run = async (id: string, visible: string | undefined): Promise<ListedRun> => {
    const found = await findRun(database, id, visible)
    if (found === undefined) throw notFound('test run', id)
    return found
  }

  app.openapi(listRoute, async (c) => {
    const query = c.req.valid('query')
    const page = query.page ?? 1
    const perPage = query.per_page ?? query.limit ?? PER_PAGE
    const { items, totalCount } = await listRuns(
      database,
      {
        project: query.project,
        branch: query.branch,
        status: query.status,
        fromMs: query.date_from,
        toMs: query.date_to,
        tags: splitTags(query.tags),
        sortBy: query.sort_by === 'created_at' ? 'inserted_at' : query.sort_by,
        sortOrder: query.sort_order,
        page,
        perPage,
      },
      c.get('principal').project,
    )
    const totalPages = Math.ceil(totalCount / perPage)
    return c.json(
      {
        test_runs: items.map(summaryView),
        pagination: {
          current_page: page,
          page,
          total_pages: totalPages,
          total_count: totalCount,
          per_page: perPage,
          limit: perPage,
        },
      },
      200,
    )
  })

  app.openapi(runRoute, async (c) => {
    const found = await run(c.req.valid('param').id, c.get('principal').project)
    const [properties, suites] = await Promise.all([
      runProperties(database, found.seq),
      listSuites(database, found.seq),
    ])
    return c.json(runView(found, properties, suites), 200)
  })

  app.openapi(suitesRoute, async (c) => {
    const found = await run(c.req.valid('param').id, c.get('principal').project)
    return c.json({ test_suites: (await listSuites(database, found.seq)).map(suiteView) }, 200)
  })

  app.openapi(reportRoute, async (c) => {
    const found = await run(c.req.valid('param').id, c.get('principal').project)
    const report = await bytes.read(bytesKey(found))
    if (report === undefined) throw notFound('report', found.id)
    return c.body(new Uint8Array(report), 200, {
      'Content-Type': 'application/xml',
      'Content-Disposition': `attachment; filename="${found.content_hash}.xml"`,
    })
  })

  app.openapi(casesRoute, async (c) => {
    const { id } = c.req.valid('param')
    const { status } = c.req.valid('query')
    const suite = await findSuite(database, id, c.get('principal').project)
    if (suite === undefined) throw notFound('test suite', id)
    const cases = await listSuiteCases(database, suite, status === 'all' ? undefined : status)
    return c.json({ test_cases: cases.map((row) => caseView(suite.run_id, row)) }, 200)
  })
}

/** What the bytes of a run are found by. */
export function bytesKey({ seq, id, content_hash }: RunRow) {
  return { seq, id, contentHash: content_hash }
}

function notFound(what: string, id: string): HttpError {
  return new HttpError(404, `there is no ${what} ${id.slice(0, 80)}`, {
    suggestions: ['GET /api/v1/test_runs lists what there is'],
  })
}
