/**
 * The messages that are to be sent, in the database.
 *
 * The decision of a gate has its deliveries from the transaction that stored it.
 * A run that somebody is to be told about is in `pending_notices` from the transaction that stored it. It becomes one delivery for each
 * subscription, in one transaction, and a delivery is deleted when it was accepted. So a crash at any point loses none; it can repeat one.
 *
 * One instance at a time sends for a subscription: it holds a lease that ends by itself, longer than an attempt can take.
 *
 * @module
 */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Database, DeliveryRow, RunRow, SubscriptionRow } from '../database/schema.js'
import type { InTurn } from '../database/turns.js'
import type { RunEvent } from './event.js'

/** An instance that sends holds a subscription for this time, and again before each delivery. */
export const LEASE_MS = 60_000
/** One delivery takes at most this time. Shorter than a lease, so that two instances never send at the same time. */
export const DELIVERY_TIMEOUT_MS = 45_000

/** Where the outbox is. */
export interface OutboxContext {
  readonly database: Database
  readonly inTurn: InTurn
}

/** The runs that were not looked at yet, oldest first. */
export function pendingRuns(database: Database, except: readonly number[], limit: number): Promise<RunRow[]> {
  return database
    .selectFrom('pending_notices')
    .innerJoin('runs', 'runs.seq', 'pending_notices.run_seq')
    .selectAll('runs')
    .$call((query) => (except.length === 0 ? query : query.where('pending_notices.run_seq', 'not in', except)))
    .orderBy('pending_notices.run_seq')
    .limit(limit)
    .execute()
}

/** Whether one of the runs was not looked at yet. */
export async function isAnyPending(database: Database, runSeqs: readonly number[]): Promise<boolean> {
  if (runSeqs.length === 0) return false
  const found = await database
    .selectFrom('pending_notices')
    .select('run_seq')
    .where('run_seq', 'in', runSeqs)
    .limit(1)
    .executeTakeFirst()
  return found !== undefined
}

/** The subscriptions of a project. */
export function subscriptionsOf(database: Database, project: string): Promise<SubscriptionRow[]> {
  return database.selectFrom('subscriptions').selectAll().where('project', '=', project).orderBy('id').execute()
}

/**
 * Replaces a pending run with its deliveries.
 *
 * @returns whether it was this call that did so; another instance may have been faster
 */
export function replacePending(
  { database, inTurn }: OutboxContext,
  runSeq: number,
  event: RunEvent | undefined,
  subscriptionIds: readonly string[],
  nowMs: number,
): Promise<boolean> {
  return inTurn(() =>
    database.transaction().execute(async (tx) => {
      const { numDeletedRows } = await tx.deleteFrom('pending_notices').where('run_seq', '=', runSeq).executeTakeFirst()
      if (numDeletedRows === 0n) return false
      if (event === undefined || subscriptionIds.length === 0) return true
      await tx
        .insertInto('deliveries')
        .values(
          subscriptionIds.map((subscription_id) => ({
            id: randomUUID(),
            subscription_id,
            run_seq: runSeq,
            decision_seq: null,
            event,
            attempts: 0,
            next_at: nowMs,
            created_at: nowMs,
          })),
        )
        .execute()
      return true
    }),
  )
}

/** Subscriptions that have something to send now and that nobody holds. */
export function dueSubscriptions(database: Database, nowMs: number, limit: number): Promise<SubscriptionRow[]> {
  return database
    .selectFrom('subscriptions')
    .selectAll()
    .where('leased_until', '<=', nowMs)
    .where('id', 'in', (from) =>
      from.selectFrom('deliveries').select('deliveries.subscription_id').where('deliveries.next_at', '<=', nowMs),
    )
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** Takes the lease of a subscription. Returns undefined if another instance has it. */
export async function takeLease(
  { database, inTurn }: OutboxContext,
  subscriptionId: string,
  nowMs: number,
): Promise<string | undefined> {
  const leaseId = randomBytes(16).toString('hex')
  const { numUpdatedRows } = await inTurn(() =>
    database
      .updateTable('subscriptions')
      .set({ lease_id: leaseId, leased_until: nowMs + LEASE_MS })
      .where('id', '=', subscriptionId)
      .where('leased_until', '<=', nowMs)
      .executeTakeFirst(),
  )
  return numUpdatedRows > 0n ? leaseId : undefined
}

/** Extends a lease. Returns whether it was still held. */
export async function extendLease(
  { database, inTurn }: OutboxContext,
  leaseId: string,
  nowMs: number,
): Promise<boolean> {
  const { numUpdatedRows } = await inTurn(() =>
    database
      .updateTable('subscriptions')
      .set({ leased_until: nowMs + LEASE_MS })
      .where('lease_id', '=', leaseId)
      .where('leased_until', '>', nowMs)
      .executeTakeFirst(),
  )
  return numUpdatedRows > 0n
}

/** Ends a lease. */
export async function endLease({ database, inTurn }: OutboxContext, leaseId: string): Promise<void> {
  await inTurn(() =>
    database
      .updateTable('subscriptions')
      .set({ lease_id: null, leased_until: 0 })
      .where('lease_id', '=', leaseId)
      .execute(),
  )
}

/** The next delivery of a subscription, oldest first. */
export function nextDelivery(
  database: Database,
  subscriptionId: string,
  nowMs: number,
): Promise<DeliveryRow | undefined> {
  return database
    .selectFrom('deliveries')
    .selectAll()
    .where('subscription_id', '=', subscriptionId)
    .where('next_at', '<=', nowMs)
    .orderBy('created_at')
    .orderBy('run_seq')
    .orderBy('decision_seq')
    .limit(1)
    .executeTakeFirst()
}

/** Notes that a delivery was accepted. */
export async function finishDelivery(
  { database, inTurn }: OutboxContext,
  { id, subscription_id }: DeliveryRow,
  nowMs: number,
): Promise<void> {
  await inTurn(() =>
    database.transaction().execute(async (tx) => {
      await tx.deleteFrom('deliveries').where('id', '=', id).execute()
      await tx
        .updateTable('subscriptions')
        .set({ last_sent_at: nowMs, last_error: null })
        .where('id', '=', subscription_id)
        .execute()
    }),
  )
}

/** Removes a delivery that is not to be sent. */
export async function dropDelivery({ database, inTurn }: OutboxContext, { id }: DeliveryRow): Promise<void> {
  await inTurn(() => database.deleteFrom('deliveries').where('id', '=', id).execute())
}

/** Notes that an attempt failed. `nextAtMs` is undefined if there is no other one. */
export async function failDelivery(
  { database, inTurn }: OutboxContext,
  { id, subscription_id, attempts }: DeliveryRow,
  reason: string,
  nextAtMs: number | undefined,
): Promise<void> {
  await inTurn(() =>
    database.transaction().execute(async (tx) => {
      if (nextAtMs === undefined) await tx.deleteFrom('deliveries').where('id', '=', id).execute()
      else {
        await tx
          .updateTable('deliveries')
          .set({ attempts: attempts + 1, next_at: nextAtMs })
          .where('id', '=', id)
          .execute()
      }
      await tx.updateTable('subscriptions').set({ last_error: reason }).where('id', '=', subscription_id).execute()
    }),
  )
}
