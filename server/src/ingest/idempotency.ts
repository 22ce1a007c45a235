/**
 * The `Idempotency-Key` of submissions: each key belongs to one report.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import type { Database, RunRow } from '../database/schema.js'
import { HttpError } from '../http-error.js'

/** A key that is used for a run. */
export interface KeyUse {
  /** The result of `idempotencyId`. */
  readonly id: string
  readonly run: Pick<RunRow, 'id' | 'content_hash'>
}

/**
 * Computes the id of an Idempotency-Key: keys of different senders or projects are different.
 *
 * @returns undefined without a key
 */
export function idempotencyId(
  key: string | undefined,
  submittedBy: string | null,
  project: string,
): string | undefined {
  if (key === undefined || key === '') return undefined
  return createHash('sha256')
    .update(JSON.stringify([submittedBy, project, key]))
    .digest('hex')
}

/**
 * Stores keys. One statement, so that only one of two reports that arrive with the same key at the same time is stored.
 *
 * @throws {HttpError} 422 when a key was used for another report
 */
export async function useIdempotencyKeys(database: Database, uses: readonly KeyUse[], nowMs: number): Promise<void> {
  if (uses.length === 0) return
  const used = await database
    .insertInto('idempotency')
    .values(uses.map(({ id, run }) => ({ id, content_hash: run.content_hash, run_id: run.id, created_at: nowMs })))
    .onConflict((conflict) => conflict.column('id').doUpdateSet(({ ref }) => ({ id: ref('excluded.id') })))
    .returning(['id', 'content_hash'])
    .execute()
  const hashes = new Map(used.map(({ id, content_hash }) => [id, content_hash]))
  if (uses.every(({ id, run }) => hashes.get(id) === run.content_hash)) return
  throw new HttpError(422, 'the Idempotency-Key was used for another report', {
    kind: 'IdempotencyKeyReused',
    details: { message: 'an Idempotency-Key can be used for one report only', reason: 'idempotency-key' },
    suggestions: ['use the content hash of the report, or a new UUID'],
  })
}
