/**
 * The route of badges: `/badges/PROJECT.svg`.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { usualBaseBranch } from '../compare/base.js'
import type { App, ServerContext } from '../context.js'
import type { Database } from '../database/schema.js'
import { HttpError } from '../http-error.js'
import { hasFailed, hasPassed } from '../notify/event.js'
import { latestRun } from '../notify/history.js'
import { type BadgeState, badgeSvg, badgeText } from './badge.js'
import { isPublicBadge } from './public-badges.js'

const PATH = /^\/badges\/([^/]{1,1500})\.svg$/
/** How long a cache may show a public badge without asking. */
const MAX_AGE_SECONDS = 60
const MAX_BRANCH_LENGTH = 500

/** Path of the badge of a project. */
export function badgePath(project: string, branch?: string): string {
  const query = branch === undefined ? '' : `?branch=${encodeURIComponent(branch)}`
  return `/badges/${encodeURIComponent(project)}.svg${query}`
}

/** Whether a request for this path needs no key. */
export async function isPublicBadgePath(database: Database, path: string): Promise<boolean> {
  const project = projectOf(path)
  return project !== undefined && (await isPublicBadge(database, project))
}

/** Adds the route. */
export function addBadgeRoutes(app: App, { database }: ServerContext): void {
  app.get('/badges/:file', async (c) => {
    const project = projectOf(c.req.path)
    const principal = c.get('principal')
    // Without a principal, the badge is public.
    const isVisible = principal?.project === undefined || principal.project === project
    if (project === undefined || !isVisible) {
      throw new HttpError(404, 'there is no such badge', { suggestions: ['use /badges/PROJECT.svg'] })
    }
    const asked = c.req.query('branch')?.slice(0, MAX_BRANCH_LENGTH)
    const branch = asked === undefined || asked === '' ? await usualBaseBranch(database, project) : asked
    const state = stateOf(await latestRun(database, project, branch))
    const svg = badgeSvg(state, `${project}${branch === undefined ? '' : ` on ${branch}`}: ${badgeText(state)}`)
    const etag = `"${createHash('sha256').update(svg).digest('base64url').slice(0, 27)}"`
    const isPublic = await isPublicBadge(database, project)
    const headers = {
      ETag: etag,
      'Cache-Control': isPublic ? `public, max-age=${MAX_AGE_SECONDS}` : 'private, no-cache',
      // Other sites may show a public badge.
      ...(isPublic ? { 'Cross-Origin-Resource-Policy': 'cross-origin' } : {}),
    }
    if (matches(c.req.header('if-none-match'), etag)) return c.body(null, 304, headers)
    return c.body(svg, 200, { ...headers, 'Content-Type': 'image/svg+xml; charset=utf-8' })
  })
}

function stateOf(run: Awaited<ReturnType<typeof latestRun>>): BadgeState {
  if (run === undefined) return { kind: 'none' }
  if (hasFailed(run)) return { kind: 'failing', failures: run.failures + run.errors }
  return hasPassed(run) ? { kind: 'passing' } : { kind: 'none' }
}

function projectOf(path: string): string | undefined {
  const encoded = PATH.exec(path)?.[1]
  if (encoded === undefined) return undefined
  try {
    return decodeURIComponent(encoded)
  } catch {
    // A malformed escape sequence names no project.
    return undefined
  }
}

function matches(header: string | undefined, etag: string): boolean {
  return header?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag || tag.trim() === '*') ?? false
}
