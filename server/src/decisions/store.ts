/**
 * Stores the decision of a gate, and in the same transaction the messages about it.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Engine } from '../database/engine.js'
import type { Database, DecisionRow, Tx } from '../database/schema.js'
import { gateEventOf, wantsGateEvent } from '../notify/event.js'
import { decisionFacts, isSubscribed } from '../notify/facts.js'
import { baseBranchOf } from '../notify/outdated.js'
import { latestAfter, latestBefore } from './queries.js'
import type { DecisionColumns, JudgedReport } from './read.js'

/** A verified decision to store. */
export interface NewDecision {
  /** One for each of its projects, at least one. */
  readonly columns: readonly DecisionColumns[]
  readonly reports: readonly JudgedReport[]
  /** The decision exactly as it was submitted. */
  readonly bytes: Uint8Array
  /** Id of the API key; null for a program on the server's machine. */
  readonly submittedBy: string | null
}

/** A decision that is stored. */
export interface StoredDecision {
  readonly row: DecisionRow
  /** Whether it was stored before. */
  readonly isDuplicate: boolean
}

/** Rows of one statement: PostgreSQL takes 65,535 parameters. */
const ROWS_AT_ONCE = 1_000

/**
 * Stores a decision once. After it has returned, the decision and the messages about it are durable.
 *
 * Call it in a turn of the writers.
 */
export function storeDecision(
  database: Database,
  engine: Engine,
  decision: NewDecision,
  nowMs: number,
): Promise<StoredDecision[]> {
  return database.transaction().execute(async (tx) => {
    const stored: StoredDecision[] = []
    // In one order, so that two decisions about the same projects do not wait for each other.
    for (const columns of decision.columns.toSorted((one, other) => (one.project < other.project ? -1 : 1))) {
      stored.push(await storeFor(tx, engine, columns, decision, nowMs))
    }
    return stored
  })
}

async function storeFor(
  tx: Tx,
  engine: Engine,
  columns: DecisionColumns,
  { reports, bytes, submittedBy }: NewDecision,
  nowMs: number,
): Promise<StoredDecision> {
  // Of two decisions that arrive at the same time, one has to see the other. SQLite has one writer.
  if (engine === 'postgres') await sql`select pg_advisory_xact_lock(hashtext(${columns.project}))`.execute(tx)
  const row = await tx
    .insertInto('decisions')
    .values({ ...columns, id: randomUUID(), received_at: nowMs, submitted_by: submittedBy })
    .onConflict((conflict) => conflict.columns(['project', 'digest']).doNothing())
    .returningAll()
    .executeTakeFirst()
  if (row === undefined) {
    const known = await tx
      .selectFrom('decisions')
      .selectAll()
      .where('project', '=', columns.project)
      .where('digest', '=', columns.digest)
      .executeTakeFirstOrThrow()
    return { row: known, isDuplicate: true }
  }
  await tx
    .insertInto('decision_envelopes')
    .values({ decision_seq: row.seq, bytes: Buffer.from(bytes) })
    .execute()
  const rows = reports.map((report, position) => ({ decision_seq: row.seq, position, ...report }))
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    await tx
      .insertInto('decision_reports')
      .values(rows.slice(from, from + ROWS_AT_ONCE))
      .execute()
  }
  await insertDeliveries(tx, row, nowMs)
  return { row, isDuplicate: false }
}

async function insertDeliveries(tx: Tx, decision: DecisionRow, nowMs: number): Promise<void> {
  const all = await tx.selectFrom('subscriptions').selectAll().where('project', '=', decision.project).execute()
  if (all.length === 0) return
  const [before, after] = [await latestBefore(tx, decision), await latestAfter(tx, decision)]
  const event = gateEventOf(decision, { before, after })
  const facts = decisionFacts(decision)
  const baseBranch = await baseBranchOf(tx, decision)
  const wanted = all.filter(
    (subscription) =>
      wantsGateEvent(subscription.kind, event) && isSubscribed(subscription, decision, facts, baseBranch),
  )
  if (wanted.length === 0) return
  await tx
    .insertInto('deliveries')
    .values(
      wanted.map(({ id }) => ({
        id: randomUUID(),
        subscription_id: id,
        run_seq: null,
        decision_seq: decision.seq,
        event,
        attempts: 0,
        next_at: nowMs,
        created_at: nowMs,
      })),
    )
    .execute()
}
