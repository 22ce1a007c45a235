/**
 * Deletes runs that are older than the retention time, and files that a crash left behind.
 *
 * @module
 */
import { messageOf } from 'jux-reporter/internal'
import type { ServerContext } from './context.js'
import type { Database } from './database/schema.js'
import type { InTurn } from './database/turns.js'
import { deleteDecisions } from './decisions/queries.js'
import { bytesKeyOf } from './ingest/bytes.js'
import { removeAbandonedParts } from './ingest/store.js'
import { SEEN_STEP_MS } from './ingest/test-ids.js'

/** The background job. */
export interface Retention {
  /** Stops the job; resolves when its current pass has ended. */
  stop(): Promise<void>
}

const INTERVAL_MS = 3_600_000
/** Number of runs that one transaction deletes. */
const BATCH_SIZE = 100
const TESTS_AT_ONCE = 2_000
/** How long idempotency keys are stored. A report that is submitted again later is still found by its content hash. */
const IDEMPOTENCY_MS = 30 * 86_400_000

/** Starts the job: one pass now, then one every hour. */
export function startRetention(server: ServerContext): Retention {
  let stopped = false
  const pass = async () => {
    try {
      const runs = await removeOldRuns(server, () => stopped, server.inTurn)
      await removeAbandonedParts(server, server.now().getTime())
      const files = await server.bytes.sweep(server.now().getTime())
      if (runs + files > 0) server.log.info('retention', { runs, files })
    } catch (error) {
      server.log.error('retention', { reason: messageOf(error) })
    }
  }
  let running = pass()
  const timer = setInterval(() => {
    running = running.then(pass)
  }, INTERVAL_MS)
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
 * Deletes runs that are older than the retention time, oldest first.
 *
 * @returns the number of deleted runs
 */
export async function removeOldRuns(
  { database, bytes, settings, now }: Pick<ServerContext, 'database' | 'bytes' | 'settings' | 'now'>,
  isStopped: () => boolean,
  inTurn: InTurn = (action) => action(),
): Promise<number> {
  const nowMs = now().getTime()
  await inTurn(() =>
    database
      .deleteFrom('idempotency')
      .where('created_at', '<', nowMs - IDEMPOTENCY_MS)
      .execute(),
  )
  await inTurn(() => database.deleteFrom('rate_windows').where('resets_at', '<', nowMs).execute())
  if (settings.keepMs === undefined) return 0
  const before = nowMs - settings.keepMs
  let removed = 0
  while (!isStopped()) {
    const old = await database
      .selectFrom('runs')
      .select(['seq', 'id', 'file_id', 'content_hash'])
      .where('inserted_at', '<', before)
      .orderBy('seq')
      .limit(BATCH_SIZE)
      .execute()
    if (old.length === 0) break
    const seqs = old.map(({ seq }) => seq)
    // The foreign keys delete everything that belongs to a run.
    await inTurn(() => database.deleteFrom('runs').where('seq', 'in', seqs).execute())
    bytes.discard(old.map(bytesKeyOf))
    removed += old.length
  }
  await removeOldDecisions(database, before, isStopped, inTurn)
  if (!isStopped()) await removeOldTests(database, before - 2 * SEEN_STEP_MS, inTurn)
  if (removed > 0) await removeOldErrorTexts(database, isStopped, inTurn)
  return removed
}

// As runs, by the time of their arrival. A decision can outlive the runs that it judged, and the other way round.
async function removeOldDecisions(
  database: Database,
  beforeMs: number,
  isStopped: () => boolean,
  inTurn: InTurn,
): Promise<void> {
  while (!isStopped()) {
    const deleted = await inTurn(() => deleteDecisions(database, beforeMs, BATCH_SIZE))
    if (deleted < BATCH_SIZE) return
  }
}

// Twice the step: once because the date of a row may be older than its last run by that much, and once because of the memory of `TestIds`.
async function removeOldTests(database: Database, beforeMs: number, inTurn: InTurn): Promise<void> {
  for (let deleted = 1n; deleted > 0n; ) {
    const old = database.selectFrom('tests').select('id').where('seen_at', '<', beforeMs).limit(TESTS_AT_ONCE)
    const result = await inTurn(() => database.deleteFrom('tests').where('id', 'in', old).executeTakeFirst())
    deleted = result.numDeletedRows
  }
}

// The latest run of a text is deleted after all others that had it.
async function removeOldErrorTexts(database: Database, isStopped: () => boolean, inTurn: InTurn): Promise<void> {
  for (let after = 0; !isStopped(); ) {
    const part = database
      .selectFrom('error_texts')
      .select('id')
      .where('id', '>', after)
      .orderBy('id')
      .limit(TESTS_AT_ONCE)
    const { last } = await database
      .selectFrom(part.as('part'))
      .select((row) => row.fn.max<number | null>('id').as('last'))
      .executeTakeFirstOrThrow()
    if (last === null) return
    await inTurn(() =>
      database
        .deleteFrom('error_texts')
        .where('id', '>', after)
        .where('id', '<=', last)
        .where((row) =>
          row.not(
            row.exists(row.selectFrom('runs').select('runs.seq').whereRef('runs.seq', '=', 'error_texts.run_seq')),
          ),
        )
        .execute(),
    )
    after = last
  }
}
