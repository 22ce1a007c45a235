/**
 * The route of the search.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi'
import { requireProject } from '../access/principal.js'
import type { App, ServerContext } from '../context.js'
import { HttpError } from '../http-error.js'
import { type FoundError, type FoundTest, SEARCH_FIELDS, type SearchField, search } from '../queries/search.js'
import { MAX_QUERY_LENGTH, readQuery } from '../search/words.js'
import { DEFAULT_PER_PAGE, errorSchema, filterText } from './schemas.js'

const MAX_LIMIT = 100
const FIELDS = /^(?:name|file|owner|error)(?:,(?:name|file|owner|error)){0,3}$/
/** Characters of a message in the response. */
const MAX_MESSAGE_LENGTH = 1_000

const query = z.object({
  q: z.string().min(1).max(MAX_QUERY_LENGTH).openapi({
    description: 'Words that must all be there; "in quotes" one after the other. The last word may go on.',
  }),
  in: z
    .string()
    .regex(FIELDS, 'must be some of name, file, owner and error')
    .optional()
    .openapi({ description: 'Comma-separated: name, file, owner, error. Default: all.' }),
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(1).max(MAX_LIMIT))
    .optional()
    .openapi({ type: 'integer', minimum: 1, maximum: MAX_LIMIT }),
})
const testSchema = z.object({
  key: z.string(),
  classname: z.string(),
  name: z.string(),
  file: z.string().nullable(),
  owner: z.string().nullable(),
  seen_at: z.iso.datetime().openapi({ description: 'Up to a day before the latest report with the test.' }),
})
const errorTextSchema = z.object({
  test_run_id: z.uuid(),
  branch: z.string().nullable(),
  inserted_at: z.iso.datetime(),
  status: z.enum(['passed', 'failed', 'error', 'skipped']),
  test: z.object({ key: z.string(), classname: z.string(), name: z.string() }),
  type: z.string().nullable(),
  message: z
    .string()
    .nullable()
    .openapi({ description: `The first ${MAX_MESSAGE_LENGTH} characters.` }),
})
const resultSchema = z
  .object({
    tests: z.array(testSchema),
    errors: z
      .array(errorTextSchema)
      .openapi({ description: 'For each text that matches, its latest failure, or one up to a minute older.' }),
    has_more: z.boolean(),
  })
  .openapi('SearchResult')

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
})

const searchRoute = createRoute({
  method: 'get',
  path: '/api/v1/projects/{project}/search',
  summary: 'Find tests by name, file and owner, and failures by their error text',
  tags: ['query'],
  security: [{ bearer: [] }, { apiKey: [] }, {}],
  request: {
    params: z.object({ project: filterText.min(1).openapi({ param: { name: 'project', in: 'path' } }) }),
    query,
  },
  responses: {
    200: json(resultSchema, 'What was found.'),
    400: json(errorSchema, 'A parameter or the URL is invalid, or the query has no word, or too many.'),
    401: json(errorSchema, 'The API key is missing.'),
    403: json(errorSchema, 'The API key does not allow this.'),
    500: json(errorSchema, 'An internal error.'),
  },
})

/** Adds the route. */
export function addSearchRoute(app: App, server: ServerContext): void {
  app.openapi(searchRoute, async (c) => {
    const { project } = c.req.valid('param')
    requireProject(c.get('principal'), project)
    const { q, in: fields, limit = DEFAULT_PER_PAGE } = c.req.valid('query')
    const found = await search(server, { terms: readQuery(q), project, fields: searchFields(fields), limit })
    const body = { tests: found.tests.map(testBody), errors: found.errors.map(errorBody), has_more: found.hasMore }
    return c.json(body, 200)
  })
}

/**
 * The fields in a parameter; all when there is none.
 *
 * @throws {HttpError} 400
 */
export function searchFields(text: string | undefined): readonly SearchField[] {
  if (text === undefined || text === '') return SEARCH_FIELDS
  return text.split(',').map((name) => {
    const field = SEARCH_FIELDS.find((one) => one === name.trim())
    if (field !== undefined) return field
    throw new HttpError(400, `in: "${name.slice(0, 40)}" cannot be searched`, {
      suggestions: [`use some of: ${SEARCH_FIELDS.join(',')}`],
    })
  })
}

function testBody({ test_key, classname, name, file, owner, seen_at }: FoundTest): z.infer<typeof testSchema> {
  return {
    key: test_key,
    classname,
    name,
    file,
    owner: owner === '' ? null : owner,
    seen_at: new Date(seen_at).toISOString(),
  }
}

function errorBody(found: FoundError): z.infer<typeof errorTextSchema> {
  const { run_id, branch, inserted_at, status, test_key, classname, name, type, message } = found
  return {
    test_run_id: run_id,
    branch,
    inserted_at: new Date(inserted_at).toISOString(),
    status,
    test: { key: test_key, classname, name },
    type,
    message: message?.slice(0, MAX_MESSAGE_LENGTH) ?? null,
  }
}
