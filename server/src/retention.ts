/**
 * Forgets runs that are older than they are to be kept, and clears away what crashes left behind.
 *
 * @module
 */
import { messageOf } from 'jux-reporter'
import type { ServerContext } from './context.js'

/** The work that goes on beside the requests. */
export interface Retention {
  /** Resolves when nothing of it is under way. */
  stop(): Promise<void>
}

const EVERY_MS = 3_600_000
/** Runs that are deleted in one transaction. */
const BATCH = 100
/** Idempotency keys are good for this long; a report that comes again later is still found by its content. */
const IDEMPOTENCY_MS = 30 * 86_400_000

/** Starts the work: now, then every hour. */
export function startRetention(server: ServerContext): Retention {
  let stopped = false
  const pass = async () => {
    try {
      const removed = await removeOldRuns(server, () => stopped)
      const swept = await server.bytes.sweep(server.now().getTime())
      if (removed + swept > 0) server.log.info('retention', { runs: removed, files: swept })
    } catch (error) {
      server.log.error('retention', { reason: messageOf(error) })
    }
  }
  let running = pass()
  const timer = setInterval(() => {
    running = running.then(pass)
  }, EVERY_MS)
  timer.unref()
  return {
    stop: () => {
      stopped = true
      clearInterval(timer)
      return running
    },
  }
}

/**
 * Deletes runs that arrived longer ago than they are kept, oldest first.
 *
 * @returns how many
 */
export async function removeOldRuns(
  { database, bytes, settings, now }: ServerContext,
  isStopped: () => boolean,
): Promise<number> {
  const nowMs = now().getTime()
  await database
    .deleteFrom('idempotency')
    .where('created_at', '<', nowMs - IDEMPOTENCY_MS)
    .execute()
  await database.deleteFrom('rate_windows').where('resets_at', '<', nowMs).execute()
  if (settings.keepMs === undefined) return 0
  const before = nowMs - settings.keepMs
  let removed = 0
  while (!isStopped()) {
    const old = await database
      .selectFrom('runs')
      .select(['seq', 'id', 'content_hash'])
      .where('inserted_at', '<', before)
      .orderBy('seq')
      .limit(BATCH)
      .execute()
    if (old.length === 0) break
    const sequence = old.map(({ seq }) => seq)
    // Everything that belongs to a run goes with it, by its foreign key.
    await database.deleteFrom('runs').where('seq', 'in', sequence).execute()
    bytes.discard(old.map(({ id, content_hash }) => ({ id, contentHash: content_hash })))
    removed += old.length
  }
  return removed
}
