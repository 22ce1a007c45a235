/**
 * Stores the rows of a report: in one transaction, or in parts (SQLite).
 *
 * A transaction with 100,000 test cases would keep all other writers waiting for seconds. In parts, they take turns. The run is inserted
 * last, with a number that was reserved: nothing of it can be seen before, because all queries start at the run. What a crash leaves
 * behind is in `arriving_runs`, and `removeAbandonedParts` deletes it.
 *
 * @module
 */
import { type Insertable, sql } from 'kysely'
import type { Database, RunRow, RunTable, Tx } from '../database/schema.js'
import type { InTurn } from '../database/turns.js'
import { type CheckedReport, partsOf, runRow } from './rows.js'

/** A report to store. */
export interface NewRun {
  readonly id: string
  readonly checked: CheckedReport
  readonly nowMs: number
  /** Stores what belongs to the run besides its rows, in the transaction that inserts the run. */
  finish(tx: Tx, run: RunRow): Promise<void>
}

/** Where to store it. */
export interface StoreContext {
  readonly database: Database
  readonly inTurn: InTurn
}

/** Number of test cases and suites from which a report is stored in parts. */
export const PARTS_FROM = 2_000
/** Parts of a run that has not arrived after this time were left behind by a crash. */
const ABANDONED_MS = 3_600_000
const ROWS_TO_DELETE_AT_ONCE = 2_000

/** Stores a run in one transaction. Returns undefined, and stores nothing, if its project has the same report. */
export function storeAtOnce(
  context: StoreContext,
  { id, checked, nowMs, finish }: NewRun,
): Promise<RunRow | undefined> {
  return context.inTurn(() =>
    context.database.transaction().execute(async (tx) => {
      const run = await insertRun(tx, runRow(id, checked, nowMs))
      if (run === undefined) return undefined
      await finish(tx, run)
      for (const insert of partsOf(run, checked, nowMs)) await insert(tx)
      return run
    }),
  )
}

/** Stores a run in many short transactions, on a connection that does not enforce foreign keys. Returns the same as `storeAtOnce`. */
export async function storeInParts(context: StoreContext, newRun: NewRun): Promise<RunRow | undefined> {
  const { database, inTurn } = context
  const { id, checked, nowMs, finish } = newRun
  const seq = await inTurn(() => database.transaction().execute((tx) => reserve(tx, nowMs)))
  let run: RunRow | undefined
  try {
    for (const insert of partsOf({ seq, id }, checked, nowMs)) await inTurn(() => insert(database))
    run = await inTurn(() =>
      database.transaction().execute(async (tx) => {
        const inserted = await insertRun(tx, { ...runRow(id, checked, nowMs), seq })
        if (inserted === undefined) return undefined
        await finish(tx, inserted)
        await tx.deleteFrom('arriving_runs').where('run_seq', '=', seq).execute()
        return inserted
      }),
    )
  } finally {
    if (run === undefined) await removeParts(context, seq)
  }
  return run
}

/** Deletes the parts of runs whose submission ended before the run was inserted. */
export async function removeAbandonedParts(context: StoreContext, nowMs: number): Promise<void> {
  const abandoned = await context.database
    .selectFrom('arriving_runs')
    .select('run_seq')
    .where('started_at', '<', nowMs - ABANDONED_MS)
    .execute()
  for (const { run_seq } of abandoned) await removeParts(context, run_seq)
}

async function removeParts({ database, inTurn }: StoreContext, seq: number): Promise<void> {
  for (const table of ['cases', 'suites', 'run_properties'] as const) {
    for (let deleted = 1n; deleted > 0n; ) {
      const rows = database
        .selectFrom(table)
        .select('position')
        .where('run_seq', '=', seq)
        .orderBy('position')
        .limit(ROWS_TO_DELETE_AT_ONCE)
      const result = await inTurn(() =>
        database.deleteFrom(table).where('run_seq', '=', seq).where('position', 'in', rows).executeTakeFirst(),
      )
      deleted = result.numDeletedRows
    }
  }
  await inTurn(async () => {
    await database.deleteFrom('run_tags').where('run_seq', '=', seq).execute()
    await database.deleteFrom('arriving_runs').where('run_seq', '=', seq).execute()
  })
}

function insertRun(tx: Tx, row: Insertable<RunTable>): Promise<RunRow | undefined> {
  return tx
    .insertInto('runs')
    .values(row)
    .onConflict((conflict) => conflict.columns(['project', 'content_hash']).doNothing())
    .returningAll()
    .executeTakeFirst()
}

// AUTOINCREMENT takes its numbers from this table, which programs may change (SQLite, "SQLite Autoincrement").
async function reserve(tx: Tx, nowMs: number): Promise<number> {
  const next = await sql<{ seq: number }>`
    update sqlite_sequence set seq = seq + 1 where name = 'runs' returning seq`.execute(tx)
  const run_seq = next.rows[0]?.seq ?? 1
  if (next.rows.length === 0) await sql`insert into sqlite_sequence (name, seq) values ('runs', 1)`.execute(tx)
  await tx.insertInto('arriving_runs').values({ run_seq, started_at: nowMs }).execute()
  return run_seq
}
