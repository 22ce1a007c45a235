/**
 * The query parameters of the pages.
 *
 * @module
 */
import { z } from '@hono/zod-openapi'
import { HttpError } from '../http-error.js'
import { filterText, MAX_PAGE, runsQuery } from '../routes/schemas.js'

/** Numbers of runs that a reader can choose for trends and histories. */
export const RUN_COUNTS = [20, 50, 100, 200] as const
/** The number of runs when none was chosen. */
const DEFAULT_RUN_COUNT = 50

const wholeNumber = (max: number) =>
  z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).pipe(z.number().max(max))
const page = wholeNumber(MAX_PAGE).pipe(z.number().min(1)).default(1)

/** Of the list of runs: the parameters of the API, and the state of the signature. */
export const runsPageQuery = runsQuery.extend({ signature: z.enum(['trusted', 'untrusted', 'unsigned']).optional() })
/** Of the list of test cases of a run. */
export const casesPageQuery = z.object({
  status: z.enum(['all', 'passed', 'failed', 'error', 'skipped', 'flaky']).default('all'),
  suite: wholeNumber(MAX_PAGE).optional(),
  owner: filterText.optional(),
  q: filterText.optional(),
  page,
})
/** Of the comparison of two runs: their ids. Without a base, the head is compared with its own. */
export const compareQuery = z.object({ base: filterText.optional(), head: filterText.optional() })
/** Of the list of suites of a run. */
export const suitesPageQuery = z.object({ page })
/** Of trends and histories. */
export const rangeQuery = z.object({
  branch: filterText.optional(),
  runs: wholeNumber(Math.max(...RUN_COUNTS))
    .pipe(z.number().min(2))
    .default(DEFAULT_RUN_COUNT),
})
/** A project or a test, by name. */
export const namesQuery = z.object({
  project: filterText.optional(),
  classname: filterText.optional(),
  name: filterText.optional(),
})

/** Of the search. */
export const searchQuery = z.object({
  project: filterText.optional(),
  q: filterText.default(''),
  in: filterText.optional(),
})

/** Parameters of the list of runs. */
export type RunsPageQuery = z.output<typeof runsPageQuery>
/** Parameters of the list of test cases. */
export type CasesPageQuery = z.output<typeof casesPageQuery>

/**
 * Parses the parameters of a page. Forms also send empty fields, which count as absent.
 *
 * @throws {HttpError} 400 that names the parameter
 */
export function parseQuery<T extends z.ZodType>(schema: T, query: Readonly<Record<string, string>>): z.output<T> {
  const filled = Object.fromEntries(Object.entries(query).filter(([, value]) => value.trim() !== ''))
  const parsed = schema.safeParse(filled)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const parameter = issue?.path.map(String).join('.') || 'the query'
  throw new HttpError(400, `${parameter}: ${issue?.message ?? 'is not valid'}`, {
    suggestions: ['remove this parameter from the URL'],
  })
}
