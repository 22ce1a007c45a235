/**
 * What pages are asked for.
 *
 * @module
 */
import { z } from '@hono/zod-openapi'
import { HttpError } from '../http-error.js'
import { runsQuery } from '../routes/schemas.js'

const MAX_PAGE = 1_000_000
const MAX_TEXT = 500
/** Latest runs that trends and histories are about: as many as can be chosen. */
export const SPANS = [20, 50, 100, 200] as const
/** ... and as many as are shown at first. */
export const DEFAULT_SPAN = 50

const text = z
  .string()
  .max(MAX_TEXT)
  .refine((value) => !value.includes('\0'), 'must not contain NUL')
const wholeNumber = (most: number) =>
  z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).pipe(z.number().max(most))
const page = wholeNumber(MAX_PAGE).pipe(z.number().min(1)).default(1)

/** Of the list of runs: what the API takes, and the state of the signature. */
export const runsPageQuery = runsQuery.extend({ signature: z.enum(['trusted', 'untrusted', 'unsigned']).optional() })
/** Of the test cases of a run. */
export const casesPageQuery = z.object({
  status: z.enum(['all', 'passed', 'failed', 'error', 'skipped', 'flaky']).default('all'),
  suite: wholeNumber(MAX_PAGE).optional(),
  q: text.optional(),
  page,
})
/** Of the suites of a run. */
export const suitesPageQuery = z.object({ page })
/** Of trends and histories. */
export const spanQuery = z.object({
  branch: text.optional(),
  runs: wholeNumber(Math.max(...SPANS))
    .pipe(z.number().min(2))
    .default(DEFAULT_SPAN),
})
/** A project, or a test, by name. */
export const namesQuery = z.object({ project: text.optional(), classname: text.optional(), name: text.optional() })

/**
 * Reads the parameters of a page. A form sends fields that were left empty too: they count as absent.
 *
 * @throws {HttpError} 400 that names the parameter
 */
export function readQuery<T extends z.ZodType>(schema: T, query: Readonly<Record<string, string>>): z.output<T> {
  const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value.trim() !== ''))
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new HttpError(
    400,
    `${issue?.path.map(String).join('.') || 'the address'}: ${issue?.message ?? 'is not valid'}`,
    {
      suggestions: ['remove that parameter from the address'],
    },
  )
}
