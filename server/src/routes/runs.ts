/**
 * The `GET` routes of the API: runs, their suites, test cases and reports.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi'
import type { App, ServerContext } from '../context.js'
import { HttpError } from '../http-error.js'
import { bytesKeyOf } from '../ingest/bytes.js'
import { splitTags } from '../ingest/facts.js'
import { findSuite, listSuiteCases, listSuites } from '../queries/cases.js'
import { findRun, listRuns, runProperties, type TaggedRun } from '../queries/runs.js'
import { noReceipts, receiptOf, receiptSchema } from './receipts.js'
import {
  caseBody,
  caseSchema,
  casesQuery,
  DEFAULT_PER_PAGE,
  errorSchema,
  idParam,
  runBody,
  runListSchema,
  runSchema,
  runSummary,
  runsQuery,
  suiteBody,
  suiteSchema,
} from './schemas.js'

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
})
const query = { method: 'get' as const, tags: ['query'], security: [{ bearer: [] }, { apiKey: [] }, {}] }
const failures = {
  400: json(errorSchema, 'A parameter or the URL is invalid.'),
  401: json(errorSchema, 'The API key is missing.'),
  403: json(errorSchema, 'The API key does not allow this.'),
  500: json(errorSchema, 'An internal error.'),
}
const failuresOfOne = { 404: json(errorSchema, 'Not found.'), ...failures }

const listRoute = createRoute({
  ...query,
  path: '/api/v1/test_runs',
  summary: 'A page of runs',
  request: { query: runsQuery },
  responses: {
    200: json(runListSchema, 'One page of runs.'),
    ...failures,
  },
})
const runRoute = createRoute({
  ...query,
  path: '/api/v1/test_runs/{id}',
  summary: 'One run',
  request: { params: idParam },
  responses: { 200: json(runSchema, 'The run.'), ...failuresOfOne },
})
const suitesRoute = createRoute({
  ...query,
  path: '/api/v1/test_runs/{id}/test_suites',
  summary: 'The suites of a run',
  request: { params: idParam },
  responses: { 200: json(z.object({ test_suites: z.array(suiteSchema) }), 'The suites.'), ...failuresOfOne },
})
const reportRoute = createRoute({
  ...query,
  path: '/api/v1/test_runs/{id}/report',
  summary: 'The report of a run, byte for byte as it was submitted',
  request: { params: idParam },
  responses: {
    200: {
      description: 'The report, exactly as it was submitted.',
      content: { 'application/xml': { schema: z.string() } },
    },
    ...failuresOfOne,
  },
})
const receiptRoute = createRoute({
  ...query,
  path: '/api/v1/test_runs/{id}/receipt',
  summary: 'A signed receipt for the report of a run, made anew from what is stored',
  request: { params: idParam },
  responses: { 200: json(receiptSchema, 'The receipt.'), ...failuresOfOne },
})
const casesRoute = createRoute({
  ...query,
  path: '/api/v1/test_suites/{id}/test_cases',
  summary: 'The test cases of a suite',
  request: { params: idParam, query: casesQuery },
  responses: { 200: json(z.object({ test_cases: z.array(caseSchema) }), 'The test cases.'), ...failuresOfOne },
})

/** Adds the routes. */
export function addRunRoutes(app: App, server: ServerContext): void {
  const { database, bytes } = server
  const visibleRun = async (id: string, visible: string | undefined): Promise<TaggedRun> => {
    const found = await findRun(database, id, visible)
    if (found === undefined) throw notFound('test run', id)
    return found
  }

  app.openapi(listRoute, async (c) => {
    const query = c.req.valid('query')
    const page = query.page ?? 1
    const perPage = query.per_page ?? query.limit ?? DEFAULT_PER_PAGE
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
        test_runs: items.map(runSummary),
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
    const run = await visibleRun(c.req.valid('param').id, c.get('principal').project)
    const [properties, suites] = await Promise.all([runProperties(database, run.seq), listSuites(database, run.seq)])
    return c.json(runBody(run, properties, suites), 200)
  })

  app.openapi(suitesRoute, async (c) => {
    const run = await visibleRun(c.req.valid('param').id, c.get('principal').project)
    return c.json({ test_suites: (await listSuites(database, run.seq)).map(suiteBody) }, 200)
  })

  app.openapi(reportRoute, async (c) => {
    const run = await visibleRun(c.req.valid('param').id, c.get('principal').project)
    // A better signed report can have replaced the bytes since the run was read.
    const report =
      (await bytes.read(bytesKeyOf(run))) ??
      (await bytes.read(bytesKeyOf(await visibleRun(run.id, c.get('principal').project))))
    if (report === undefined) throw notFound('report', run.id)
    return c.body(new Uint8Array(report), 200, {
      'Content-Type': 'application/xml',
      'Content-Disposition': `attachment; filename="${run.content_hash}.xml"`,
    })
  })

  app.openapi(receiptRoute, async (c) => {
    const run = await visibleRun(c.req.valid('param').id, c.get('principal').project)
    if (server.receipts === undefined) throw noReceipts()
    const receipt = await receiptOf(run, server)
    if (receipt === undefined) throw notFound('report', run.id)
    return c.json(receipt, 200, {
      'Content-Disposition': `attachment; filename="${run.content_hash}.receipt.json"`,
    })
  })

  app.openapi(casesRoute, async (c) => {
    const { id } = c.req.valid('param')
    const { status, owner } = c.req.valid('query')
    const suite = await findSuite(database, id, c.get('principal').project)
    if (suite === undefined) throw notFound('test suite', id)
    const cases = await listSuiteCases(database, suite, { status: status === 'all' ? undefined : status, owner })
    return c.json({ test_cases: cases.map((row) => caseBody(suite.run_id, row)) }, 200)
  })
}

function notFound(what: string, id: string): HttpError {
  return new HttpError(404, `there is no ${what} ${id.slice(0, 80)}`, {
    suggestions: ['GET /api/v1/test_runs lists the runs'],
  })
}
