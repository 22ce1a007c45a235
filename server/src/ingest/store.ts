/**
 * Stores the rows of reports: those of several reports in one transaction, or those of a large one in parts (SQLite).
 *
 * A commit waits for the disk, and a transaction that several reports share waits once for all of them. A transaction with 100,000 test
 * cases, however, would keep all other writers waiting for seconds. In parts, they take turns. The run is inserted last, with a number
 * that was reserved: nothing of it can be seen before, because all queries start at the run. What a crash leaves behind is in
 * `arriving_runs`, and `removeAbandonedParts` deletes it.
 *
 * @module
 */
import { type Insertable, sql } from 'kysely'
import type { InsertRows } from '../database/row-inserts.js'
import type { Database, RunRow, RunTable, Tx } from '../database/schema.js'
import type { InTurn } from '../database/turns.js'
import { insertPendingNotices } from '../notify/pending.js'
import { addErrorRows, type ErrorOfCase, type ErrorRows, inOrder, leaveOutFresh } from '../search/error-texts.js'
import type { ReportBytes } from './bytes.js'
import { type KeyUse, useIdempotencyKeys } from './idempotency.js'
import { type CheckedReport, partsOf, type RunOfParts, runRow } from './rows.js'
import type { KnownTest } from './test-ids.js'

/** A report to store. */
export interface NewRun {
  readonly id: string
  readonly checked: CheckedReport
  /** The tests of its test cases, in the same order. */
  readonly tests: readonly KnownTest[]
  /** The report exactly as it was signed. */
  readonly bytes: Uint8Array
  /** SHA-256 of the bytes, hexadecimal. */
  readonly bytesSha256: string
  /** Id of the Idempotency-Key. */
  readonly idempotency: string | undefined
  readonly nowMs: number
}

/** Where to store it. */
export interface StoreContext {
  readonly database: Database
  readonly insertRows: InsertRows
  readonly bytes: ReportBytes
  readonly inTurn: InTurn
}

/** Number of test cases and suites from which a report is stored in parts. */
export const PARTS_FROM = 2_000
/** Parts of a run that has not arrived after this time were left behind by a crash. */
const ABANDONED_MS = 3_600_000
const ROWS_TO_DELETE_AT_ONCE = 2_000
const ERRORS_AT_ONCE = 1_000

/** What became of one of several runs that were stored together. */
export type Stored =
  /** `run` is undefined if the project of the run has the same report; then nothing was stored. */
  { readonly run: RunRow | undefined } | { readonly error: unknown }

/**
 * Stores runs in one transaction. If that fails, each run gets a transaction of its own, so that no run fails because of another.
 *
 * @returns the results in the order of the runs
 */
export function storeTogether(context: StoreContext, newRuns: readonly NewRun[]): Promise<Stored[]> {
  return context.inTurn(async () => {
    try {
      const runs = await insertTogether(context, newRuns)
      return runs.map((run) => ({ run }))
    } catch (error) {
      if (newRuns.length === 1) return [{ error }]
    }
    const results: Stored[] = []
    for (const newRun of newRuns) {
      try {
        const [run] = await insertTogether(context, [newRun])
        results.push({ run })
      } catch (error) {
        results.push({ error })
      }
    }
    return results
  })
}

/**
 * Stores a run in many short transactions, on a connection that does not enforce foreign keys.
 *
 * @returns undefined, and stores nothing, if its project has the same report
 */
export async function storeInParts(context: StoreContext, newRun: NewRun): Promise<RunRow | undefined> {
  const { database, insertRows, inTurn } = context
  const { id, checked, tests, nowMs } = newRun
  const seq = await inTurn(() => database.transaction().execute((tx) => reserve(tx, nowMs)))
  let run: RunRow | undefined
  try {
    for (const part of partsOf([{ seq, id, checked, tests }])) {
      await inTurn(() => database.transaction().execute((tx) => insertRows(tx, part)))
    }
    run = await inTurn(() =>
      database.transaction().execute(async (tx) => {
        const [inserted] = await insertRuns(tx, [{ ...runRow(newRun), seq }])
        if (inserted === undefined) return undefined
        await insertCompanions(context, tx, [{ newRun, run: inserted }])
        await tx.deleteFrom('arriving_runs').where('run_seq', '=', seq).execute()
        await insertErrorTexts(context, tx, [{ newRun, run: inserted }])
        return inserted
      }),
    )
  } finally {
    if (run === undefined) await removeParts(context, seq)
  }
  return run
}

/** Deletes the parts of runs whose submission ended before the run was inserted. */
export async function removeAbandonedParts(
  context: Pick<StoreContext, 'database' | 'inTurn'>,
  nowMs: number,
): Promise<void> {
  const abandoned = await context.database
    .selectFrom('arriving_runs')
    .select('run_seq')
    .where('started_at', '<', nowMs - ABANDONED_MS)
    .execute()
  for (const { run_seq } of abandoned) await removeParts(context, run_seq)
}

async function removeParts({ database, inTurn }: Pick<StoreContext, 'database' | 'inTurn'>, seq: number) {
  for (const table of ['case_texts', 'cases', 'suites', 'run_properties'] as const) {
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

function insertTogether(context: StoreContext, newRuns: readonly NewRun[]): Promise<(RunRow | undefined)[]> {
  return context.database.transaction().execute(async (tx) => {
    const inserted = await insertRuns(tx, newRuns.map(runRow))
    const rows = new Map(inserted.map((run) => [run.id, run]))
    const runs = newRuns.map(({ id }) => rows.get(id))
    const stored = newRuns.flatMap((newRun, at) => {
      const run = runs[at]
      return run === undefined ? [] : [{ newRun, run }]
    })
    await insertCompanions(context, tx, stored)
    for (const part of partsOf(stored.map(toParts))) await context.insertRows(tx, part)
    await insertErrorTexts(context, tx, stored)
    return runs
  })
}

// In the order of the unique index, so that two instances that store the same reports do not wait for each other (PostgreSQL).
function insertRuns(tx: Tx, rows: readonly Insertable<RunTable>[]): Promise<RunRow[]> {
  const keyOf = ({ project, content_hash }: Insertable<RunTable>) => `${project}\0${content_hash}`
  return tx
    .insertInto('runs')
    .values([...rows].sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1)))
    .onConflict((conflict) => conflict.columns(['project', 'content_hash']).doNothing())
    .returningAll()
    .execute()
}

interface InsertedRun {
  readonly newRun: NewRun
  readonly run: RunRow
}

function toParts({ newRun: { checked, tests }, run: { seq, id } }: InsertedRun): RunOfParts {
  return { seq, id, checked, tests }
}

// What belongs to runs besides their parts.
async function insertCompanions({ bytes }: StoreContext, tx: Tx, inserted: readonly InsertedRun[]): Promise<void> {
  const uses = inserted.flatMap(({ newRun: { idempotency }, run }): KeyUse[] =>
    idempotency === undefined ? [] : [{ id: idempotency, run }],
  )
  const nowMs = inserted[0]?.newRun.nowMs ?? 0
  await useIdempotencyKeys(tx, uses, nowMs)
  await insertPendingNotices(
    tx,
    inserted.map(({ run }) => run.seq),
    nowMs,
  )
  for (const { newRun, run } of inserted) {
    await bytes.insert(tx, { id: run.id, contentHash: run.content_hash, seq: run.seq }, newRun.bytes)
  }
}

// Last, because other runs with the same errors wait for the end of the transaction (PostgreSQL).
async function insertErrorTexts({ insertRows }: StoreContext, tx: Tx, inserted: readonly InsertedRun[]): Promise<void> {
  const found: ErrorRows = new Map()
  for (const { newRun, run } of inserted) addErrorRows(found, run, errorsOf(newRun, run))
  await leaveOutFresh(tx, found)
  const rows = inOrder(found)
  for (let from = 0; from < rows.length; from += ERRORS_AT_ONCE) {
    await insertRows(tx, { table: 'error_texts', rows: rows.slice(from, from + ERRORS_AT_ONCE) })
  }
}

function* errorsOf({ checked }: NewRun, { seq }: RunRow): Generator<ErrorOfCase> {
  for (const [position, { status, type, message }] of checked.report.cases.entries()) {
    if (status !== 'skipped' && (message !== '' || type !== '')) yield { run_seq: seq, position, type, message }
  }
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
