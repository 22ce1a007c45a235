/**
 * `POST /api/v1/junit/submit-batch`: several submissions in one request, each answered on its own.
 *
 * @module
 */
import { setImmediate } from 'node:timers/promises'
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { messageOf } from 'jux-reporter/internal'
import { requireSubmit } from '../access/principal.js'
import { countSubmission, countSubmissions, type RateState, rateExceeded, rateHeaders } from '../access/rate-limit.js'
import type { App, AppEnv, ServerContext } from '../context.js'
import { ERROR_STATUSES, type ErrorBody, HttpError, internalError } from '../http-error.js'
import type { HeldBody } from '../ingest/body.js'
import { readLines } from '../ingest/lines.js'
import { batchedSubmission, type Submission } from '../ingest/submission.js'
import { runPath } from '../pages/links.js'
import { receiptOf } from './receipts.js'
import { errorSchema } from './schemas.js'
import { acceptedBody, acceptedSchema, mediaType } from './submit.js'

/** Path of the route. */
export const BATCH_PATH = '/api/v1/junit/submit-batch'
/** Maximum number of reports in one request. */
export const MAX_BATCH_REPORTS = 200

const NDJSON = 'application/x-ndjson'
const JSON_TYPE = 'application/json'
/** Reports of one request that wait for a thread or are in one: enough for all threads, and few beside the requests of others. */
const MAX_AT_ONCE = 32

const resultSchema = z
  .object({
    index: z.int().min(0).openapi({ description: 'The line of the report, from 0.' }),
    status: z.int().min(200).max(599).openapi({ description: 'The status of a single submission.' }),
    headers: z.record(z.string(), z.string()).openapi({ description: 'Location, Retry-After.' }),
    body: z.union([acceptedSchema, errorSchema]).openapi({ description: 'The body of a single submission.' }),
  })
  .openapi('BatchResult')

const batchSchema = z
  .object({ results: z.array(resultSchema).openapi({ description: 'One for each line, in their order.' }) })
  .openapi('BatchAnswer')

/** As OpenAPI describes sequential media types since 3.2: the list of their items. */
const linesSchema = z
  .array(batchedSubmission)
  .min(1)
  .max(MAX_BATCH_REPORTS)
  .openapi({ description: 'Each item is a line of its own (NDJSON).' })

/** A result as `resultSchema`. */
interface Result extends Omit<z.infer<typeof resultSchema>, 'body'> {
  readonly body: z.infer<typeof acceptedSchema> | ErrorBody
}

/** Adds the route. */
export function addBatchRoute(app: App, server: ServerContext): void {
  app.post(BATCH_PATH, async (c) => {
    const { counters, settings, budget, ingest, inTurn } = server
    const principal = c.get('principal')
    const nowMs = server.now().getTime()
    // The first report is counted before the body is read, so that a client over its limit costs nothing.
    const first = await inTurn(() => countSubmission(counters, principal, settings.rateLimit, nowMs))
    showRate(c, first)
    requireSubmit(principal)
    requireNdjson(c.req.header('content-type'))
    ingest.requireRoom(0)
    const lines = await readLines(c.req.raw, { maxBytes: settings.maxBytes, budget, maxLines: MAX_BATCH_REPORTS })
    try {
      if (lines.length === 0) throw empty()
      const more = lines.length - 1
      const counted =
        first === undefined || more === 0
          ? undefined
          : await inTurn(() => countSubmissions(counters, principal, settings.rateLimit, more, nowMs))
      const state = counted?.state ?? first
      showRate(c, state)
      const allowed = counted === undefined ? lines.length : counted.allowed + 1
      const submission = { api: 'batch', isXml: false, idempotencyKey: undefined, principal, nowMs } as const
      const results = await mapSome(lines, async (line, index) => {
        if (state !== undefined && index >= allowed) return failed(rateExceeded(state, nowMs), index, server)
        return answer(line, index, submission, server)
      })
      return c.json({ results }, 200)
    } finally {
      for (const line of lines) release(line)
    }
  })
  describe(app)
}

function showRate(c: Context<AppEnv>, state: RateState | undefined): void {
  if (state !== undefined) for (const [name, value] of Object.entries(rateHeaders(state))) c.header(name, value)
}

async function answer(
  line: HeldBody | HttpError,
  index: number,
  submission: Submission,
  server: ServerContext,
): Promise<Result> {
  try {
    if (line instanceof HttpError) throw line
    const accepted = await server.ingest.accept(line, submission)
    const body = acceptedBody(accepted, await receiptOf(accepted.run, server))
    return { index, status: 201, headers: { Location: runPath(accepted.run.id) }, body }
  } catch (error) {
    return failed(error, index, server)
  } finally {
    release(line)
  }
}

function failed(error: unknown, index: number, { log }: Pick<ServerContext, 'log'>): Result {
  if (error instanceof HttpError) {
    return { index, status: error.status, headers: { ...error.parts.headers }, body: error.body() }
  }
  const stack = error instanceof Error ? error.stack : undefined
  log.error('failure', { path: BATCH_PATH, index, reason: messageOf(error), stack })
  return failed(internalError(), index, { log })
}

function release(line: HeldBody | HttpError): void {
  if (!(line instanceof HttpError)) line.release()
}

/** Calls a function for each item, for some of them at the same time. The results are in the order of the items. */
async function mapSome<T, R>(items: readonly T[], map: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const entries = items.entries()
  const work = async () => {
    for (const [index, item] of entries) {
      results[index] = await map(item, index)
      // A line that is refused at once waits for nothing. In between, other requests are answered.
      await setImmediate()
    }
  }
  await Promise.all(Array.from({ length: Math.min(MAX_AT_ONCE, items.length) }, work))
  return results
}

function requireNdjson(header: string | undefined): void {
  const type = mediaType(header)
  if (type === NDJSON) return
  throw new HttpError(
    415,
    type === '' ? 'the Content-Type is missing' : `the Content-Type "${type.slice(0, 80)}" is not supported`,
    { suggestions: [`send Content-Type: ${NDJSON}`] },
  )
}

function empty(): HttpError {
  return new HttpError(400, 'the request has no report', {
    details: { message: 'empty body' },
    suggestions: ['send one report in each line: {"xml_content": "…", "metadata": {"project": "…"}}'],
  })
}

function describe(app: App): void {
  const errors = [400, 401, 403, 413, 415, 429, 500, 503].map((status) => [
    status,
    { description: ERROR_STATUSES[status]?.when ?? '', content: { [JSON_TYPE]: { schema: errorSchema } } },
  ])
  app.openAPIRegistry.registerPath({
    method: 'post',
    path: BATCH_PATH,
    security: [{ bearer: [] }, { apiKey: [] }, {}],
    tags: ['submission'],
    summary: `Submit up to ${MAX_BATCH_REPORTS} JUnit reports, each answered on its own`,
    request: {
      body: {
        content: { [NDJSON]: { schema: linesSchema } },
        required: true,
      },
    },
    responses: {
      ...Object.fromEntries(errors),
      200: {
        description: 'Each report has a result of its own. Those with status 201 are stored on disk.',
        content: { [JSON_TYPE]: { schema: batchSchema } },
      },
    },
  })
}
