/**
 * Accepts submissions: in worker threads, except a small one that arrives alone.
 *
 * @module
 */
import { availableParallelism } from 'node:os'
import { trustedKeys } from '../access/trusted-keys.js'
import type { OpenDatabase } from '../database/engine.js'
import type { WriteTurns } from '../database/turns.js'
import type { HeldBody } from './body.js'
import type { ReportBytes } from './bytes.js'
import { IngestPool, type PoolLimits } from './pool.js'
import { acceptAll, type Submission } from './submission.js'
import type { Accepted } from './submit.js'
import { TestIds } from './test-ids.js'
import type { WorkerSettings } from './worker-messages.js'

/** A body up to this size is processed on the main thread if it is the only one, or no other thread is ready: that takes less time. */
export const INLINE_BYTES = 32_768
/** With two threads, one can read reports while the other one writes, and a large report does not stop the small ones. */
const MIN_THREADS = 2
const MAX_THREADS = 4
const MAX_WAITING = 1_000
const MAX_WAITING_LARGE = 32
const TIMEOUT_MS = 120_000
const MEGABYTE = 1_048_576
/** Heap of a thread, as a multiple of the maximum size of a report. Reports with many small test cases need the most. */
const HEAP_PER_BYTE = 12
const MIN_HEAP_MEGABYTES = 256

/** Accepts the bodies of submissions. */
export interface Ingest {
  /** Throws 503 when a body of this size would have to wait for too many others. Call it before the body is read. */
  requireRoom(sizeBytes: number): void
  accept(body: HeldBody, submission: Submission): Promise<Accepted>
  close(): Promise<void>
}

/** Creates the ingest of a server. */
export function createIngest(
  { database, insertRows }: OpenDatabase,
  bytes: ReportBytes,
  settings: WorkerSettings & { readonly maxBytes: number },
  turns: WriteTurns,
  limits: Partial<PoolLimits> = {},
): Ingest {
  const pool = new IngestPool(
    {
      threads: Math.max(MIN_THREADS, Math.min(MAX_THREADS, availableParallelism())),
      waiting: MAX_WAITING,
      waitingLarge: MAX_WAITING_LARGE,
      timeoutMs: TIMEOUT_MS,
      heapMegabytes: MIN_HEAP_MEGABYTES + Math.ceil((HEAP_PER_BYTE * settings.maxBytes) / MEGABYTE),
      ...limits,
    },
    { databaseUrl: settings.databaseUrl, dataDir: settings.dataDir, policy: settings.policy },
    turns,
  )
  const context = {
    database,
    insertRows,
    bytes,
    policy: settings.policy,
    testIds: new TestIds(),
    canStoreInParts: false,
    inTurn: turns.run,
    trustedKeys: (project: string) => trustedKeys(database, project),
  }
  let inline = 0
  const acceptInline = async (body: HeldBody, submission: Submission) => {
    inline++
    try {
      const [accepted] = await Promise.all(acceptAll(context, [{ body: body.bytes, submission }]))
      if (accepted === undefined) throw new Error('a submission has no result')
      return accepted
    } finally {
      inline--
    }
  }
  const isInline = (sizeBytes: number) => sizeBytes <= INLINE_BYTES && ((inline === 0 && pool.isIdle) || !pool.isReady)
  return {
    requireRoom: (sizeBytes) => {
      if (!isInline(sizeBytes)) pool.requireRoom(sizeBytes)
    },
    // A report of a batch has company that a thread stores with it.
    accept: (body, submission) =>
      submission.api !== 'batch' && isInline(body.sizeBytes)
        ? acceptInline(body, submission)
        : pool.accept(body, submission),
    close: () => pool.close(),
  }
}
