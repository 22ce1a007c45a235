/**
 * The projects whose badge needs no key.
 *
 * @module
 */
import { JuxError } from 'jux-reporter'
import type { Database } from '../database/schema.js'

/** Lets everybody see the badge of a project. */
export async function allowBadge(database: Database, project: string, nowMs: number): Promise<void> {
  await database
    .insertInto('public_badges')
    .values({ project, created_at: nowMs })
    .onConflict((conflict) => conflict.column('project').doNothing())
    .execute()
}

/**
 * Shows the badge of a project only to those with a key.
 *
 * @throws {JuxError} `INVALID_ARGUMENT` if it is so already
 */
export async function denyBadge(database: Database, project: string): Promise<void> {
  const { numDeletedRows } = await database
    .deleteFrom('public_badges')
    .where('project', '=', project)
    .executeTakeFirst()
  if (numDeletedRows > 0n) return
  throw new JuxError('INVALID_ARGUMENT', {
    message: `the badge of the project ${project.slice(0, 80)} is not public`,
    suggestions: ['jux-server badges list'],
  })
}

/** The projects, sorted by name. */
export function listPublicBadges(database: Database): Promise<{ project: string; created_at: number }[]> {
  return database.selectFrom('public_badges').selectAll().orderBy('project').execute()
}

/** Whether everybody may see the badge of a project. */
export async function isPublicBadge(database: Database, project: string): Promise<boolean> {
  const found = await database
    .selectFrom('public_badges')
    .select('project')
    .where('project', '=', project)
    .executeTakeFirst()
  return found !== undefined
}
