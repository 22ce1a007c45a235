/**
 * Stores the bytes of reports exactly as they were received: in the database, and large ones in files next to the SQLite file.
 *
 * A file of its own costs two waits for the disk and more processor time than to verify the signature. In the database, the bytes are
 * durable with the row of their run, in the one wait that several reports share.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { OpenDatabase } from '../database/engine.js'
import type { Database, RunRow, Tx } from '../database/schema.js'
import { writeNewFile } from './durable-file.js'

/** Identifies the bytes of a run. */
export interface BytesKey {
  readonly seq: number
  /** In the name of the file: the id of the run, or a new one when a better signed report replaced the first one. */
  readonly id: string
  readonly contentHash: string
}

/** The key of the bytes of a run. */
export function bytesKeyOf(run: Pick<RunRow, 'seq' | 'id' | 'file_id' | 'content_hash'>): BytesKey {
  return { seq: run.seq, id: run.file_id ?? run.id, contentHash: run.content_hash }
}

/** The store of the bytes. Each run has its own bytes, so that deleting one run cannot affect another. */
export interface ReportBytes {
  /** Call before the transaction that inserts the run. When it has resolved, a file is durable on disk. */
  prepare(key: Omit<BytesKey, 'seq'>, bytes: Uint8Array): Promise<void>
  /** Call inside that transaction. */
  insert(tx: Tx, key: BytesKey, bytes: Uint8Array): Promise<void>
  read(key: BytesKey): Promise<Uint8Array | undefined>
  /** Call after the runs were deleted, or when they were not inserted. */
  discard(keys: readonly Omit<BytesKey, 'seq'>[]): void
  /** Deletes files without a run, which remain after a crash between file and row. Returns the number of deleted files. */
  sweep(nowMs: number): Promise<number>
}

/** Up to this size, bytes are in the SQLite file. Larger ones would fill its write-ahead log, which copies everything once more. */
export const MAX_ROW_BYTES = 131_072
/** Younger files are not deleted, because their submission may not be finished. */
const SWEEP_AGE_MS = 3_600_000
const BATCH_SIZE = 500
const FILE_NAME = /^[0-9a-f]{64}\.([0-9a-f-]{36})\.xml$/

/** Opens the store that belongs to an engine. */
export function openReportBytes(
  { engine, database }: Pick<OpenDatabase, 'engine' | 'database'>,
  dataDir: string,
): ReportBytes {
  return engine === 'postgres' ? bytesInDatabase(database) : bytesInFiles(database, join(dataDir, 'reports'))
}

function bytesInFiles(database: Database, root: string): ReportBytes {
  const rows = bytesInDatabase(database)
  const pathOf = ({ id, contentHash }: Omit<BytesKey, 'seq'>) =>
    join(root, contentHash.slice(0, 2), `${contentHash}.${id}.xml`)
  return {
    prepare: async (key, bytes) => {
      if (bytes.length > MAX_ROW_BYTES) await writeNewFile(pathOf(key), bytes)
    },
    insert: async (tx, key, bytes) => {
      if (bytes.length <= MAX_ROW_BYTES) await rows.insert(tx, key, bytes)
      // A better signed report can be larger than the one that it replaces.
      else await tx.deleteFrom('report_bytes').where('run_seq', '=', key.seq).execute()
    },
    read: async (key) => (await rows.read(key)) ?? readFile(pathOf(key)),
    discard: (keys) => {
      for (const key of keys) rmSync(pathOf(key), { force: true })
    },
    sweep: async (nowMs) => {
      let removed = 0
      for (const files of oldFiles(root, nowMs - SWEEP_AGE_MS)) {
        const ids = files.flatMap(({ name }) => FILE_NAME.exec(name)?.[1] ?? [])
        const runs = await database
          .selectFrom('runs')
          .select(['id', 'file_id'])
          .$if(ids.length > 0, (query) =>
            query.where((row) =>
              row.or([row.and([row('file_id', 'is', null), row('id', 'in', ids)]), row('file_id', 'in', ids)]),
            ),
          )
          .$if(ids.length === 0, (query) => query.limit(0))
          .execute()
        const known = new Set(runs.map(({ id, file_id }) => file_id ?? id))
        for (const { path, name } of files) {
          if (known.has(FILE_NAME.exec(name)?.[1] ?? '')) continue
          rmSync(path, { force: true })
          removed++
        }
        // SQLite queries are synchronous: without this pause, requests would wait for the whole pass.
        await setImmediate()
      }
      return removed
    },
  }
}

function bytesInDatabase(database: Database): ReportBytes {
  return {
    prepare: async () => {},
    insert: async (tx, { seq }, bytes) => {
      await tx
        .insertInto('report_bytes')
        .values({ run_seq: seq, bytes })
        .onConflict((conflict) => conflict.column('run_seq').doUpdateSet({ bytes }))
        .execute()
    },
    read: async ({ seq }) =>
      (await database.selectFrom('report_bytes').select('bytes').where('run_seq', '=', seq).executeTakeFirst())?.bytes,
    // The foreign key deletes them with the run.
    discard: () => {},
    sweep: async () => 0,
  }
}

function readFile(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if (!existsSync(path)) return undefined
    throw error
  }
}

// In batches, so that the ids fit into one query.
function* oldFiles(root: string, beforeMs: number): Generator<{ path: string; name: string }[]> {
  let folders: string[]
  try {
    folders = readdirSync(root)
  } catch {
    // No report was stored yet.
    return
  }
  for (const folder of folders) {
    const names = readdirSync(join(root, folder))
    for (let from = 0; from < names.length; from += BATCH_SIZE) {
      const files = names.slice(from, from + BATCH_SIZE).map((name) => ({ name, path: join(root, folder, name) }))
      yield files.filter(({ path }) => {
        const found = statSync(path, { throwIfNoEntry: false })
        return found?.isFile() === true && found.mtimeMs < beforeMs
      })
    }
  }
}
