/**
 * Finds our comment on a pull (merge) request, so that there is never a second one.
 *
 * @module
 */
import { z } from 'zod'
import { AttemptError, type HttpResponse } from './request.js'
import { commentMarker, commentTimeMs } from './vendors/comment.js'

/** A comment of somebody. */
export interface ForgeComment {
  readonly id: number
  readonly body: string
  readonly isOurs: boolean
}

/** What becomes of our comment. */
export type CommentAction =
  | { readonly kind: 'create' }
  | { readonly kind: 'update'; readonly id: number }
  | { readonly kind: 'none' }

/** Comments of one page. */
export const COMMENTS_PER_PAGE = 100
/** A comment has up to 65,536 characters, and each up to 4 bytes; more in JSON. */
export const MAX_PAGE_BYTES = 40_000_000
/** With more comments, none is created: ours could be among those that were not read. */
const MAX_PAGES = 100

/** Finds our comment of a project. Reads page after page, from the oldest comment. */
export async function findComment(
  project: string,
  readPage: (page: number) => Promise<readonly ForgeComment[]>,
): Promise<ForgeComment | undefined> {
  const marker = commentMarker(project)
  for (let page = 1; page <= MAX_PAGES; page++) {
    const comments = await readPage(page)
    const found = comments.find(({ body, isOurs }) => isOurs && body.startsWith(marker))
    if (found !== undefined) return found
    if (comments.length < COMMENTS_PER_PAGE) return undefined
  }
  throw new AttemptError('the pull request has too many comments to find ours', { canRetry: false })
}

/** Decides what to do. A comment about a later run is left as it is. */
export function commentAction(found: ForgeComment | undefined, runTimeMs: number, canCreate: boolean): CommentAction {
  if (found === undefined) return { kind: canCreate ? 'create' : 'none' }
  return (commentTimeMs(found.body) ?? 0) > runTimeMs ? { kind: 'none' } : { kind: 'update', id: found.id }
}

/**
 * Reads the JSON of a response.
 *
 * @throws {AttemptError} if it is not what the vendor describes
 */
export function parseResponse<T>(schema: z.ZodType<T>, response: HttpResponse): T {
  const parsed = z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text)
      } catch {
        context.addIssue({ code: 'custom', message: 'is not JSON' })
        return z.NEVER
      }
    })
    .pipe(schema)
    .safeParse(response.isWhole ? response.text : '')
  if (parsed.success) return parsed.data
  throw new AttemptError(`the response is not understood: ${parsed.error.issues[0]?.message}`, {
    status: response.status,
    canRetry: true,
  })
}
