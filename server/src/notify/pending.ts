/**
 * Notes which runs somebody is to be told about, in the transaction that stores them.
 *
 * @module
 */
import { sql } from 'kysely'
import type { Tx } from '../database/schema.js'

/** Notes the runs whose projects have subscriptions. One statement for all of them. */
export async function insertPendingNotices(tx: Tx, runSeqs: readonly number[], nowMs: number): Promise<void> {
  if (runSeqs.length === 0) return
  await tx
    .insertInto('pending_notices')
    .columns(['run_seq', 'created_at'])
    .expression((from) =>
      from
        .selectFrom('runs')
        .select(['runs.seq', sql<number>`${sql.lit(nowMs)}`.as('created_at')])
        .where('runs.seq', 'in', runSeqs)
        .where('runs.project', 'in', from.selectFrom('subscriptions').select('subscriptions.project')),
    )
    .execute()
}
