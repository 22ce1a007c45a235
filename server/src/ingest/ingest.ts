/**
 * Accepts submissions: small ones at once, large ones in worker threads.
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
import { accept, type Submission } from './submission.js'
import type { Accepted } from './submit.js'
import type { WorkerSettings } from './worker-messages.js'

/** Bodies up to this size are processed on the main thread: that takes less time than to send them to another one. */
export const INLINE_BYTES = 32_768
const MAX_THREADS = 4
const MAX_WAITING = 32
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
  { database }: OpenDatabase,
  bytes: ReportBytes,
  settings: WorkerSettings & { readonly maxBytes: number },
  turns: WriteTurns,
  limits: Partial<PoolLimits> = {},
): Ingest {
  const pool = new IngestPool(
    {
      threads: Math.max(1, Math.min(MAX_THREADS, availableParallelism() - 1)),
      waiting: MAX_WAITING,
      timeoutMs: TIMEOUT_MS,
      heapMegabytes: MIN_HEAP_MEGABYTES + Math.ceil((HEAP_PER_BYTE * settings.maxBytes) / MEGABYTE),
      ...limits,
    },
    { databaseUrl: settings.databaseUrl, dataDir: settings.dataDir, policy: settings.policy },
    turns,
  )
  const context = {
    database,
    bytes,
    policy: settings.policy,
    canStoreInParts: false,
    inTurn: turns.run,
    trustedKeys: (project: string) => trustedKeys(database, project),
  }
  return {
    requireRoom: (sizeBytes) => {
      if (sizeBytes > INLINE_BYTES) pool.requireRoom()
    },
    accept: (body, submission) =>
      body.sizeBytes > INLINE_BYTES ? pool.accept(body, submission) : accept(context, body.bytes, submission),
    close: () => pool.close(),
  }
}
