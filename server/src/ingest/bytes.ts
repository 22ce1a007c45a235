/**
 * Where the bytes of a report lie: in files beside an SQLite file, or in PostgreSQL, exactly as they were received.
 *
 * @module
 */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { errnoOf, writeFileDurably } from 'jux-reporter'
import type { OpenDatabase } from '../database/engine.js'
import type { Database, Tx } from '../database/schema.js'

/** What a run's bytes are found by. */
export interface BytesKey {
  readonly seq: number
  readonly id: string
  readonly contentHash: string
}

/** Keeps bytes. A run has its own, so that nothing that happens to one run can touch another's. */
export interface ReportBytes {
  /** To be called before the transaction that inserts the run: when it returns, files are on the disk. */
  prepare(key: Omit<BytesKey, 'seq'>, bytes: Uint8Array): void
  /** To be called inside that transaction. */
  insert(tx: Tx, key: BytesKey, bytes: Uint8Array): Promise<void>
  read(key: BytesKey): Promise<Uint8Array | undefined>
  /** To be called when the runs are gone, or were never inserted. */
  discard(keys: readonly Omit<BytesKey, 'seq'>[]): void
  /** Files that no run has: what a crash between file and row leaves behind. Returns how many were removed. */
  sweep(nowMs: number): Promise<number>
}

/** A file younger than this may belong to a submission that is under way. */
const SWEEP_AGE_MS = 3_600_000
const FILES_AT_ONCE = 500
const NAME = /^[0-9a-f]{64}\.([0-9a-f-]{36})\.xml$/

/** The keeper that goes with an engine. */
export function openReportBytes({ engine, database }: OpenDatabase, dataDir: string): ReportBytes {
  return engine === 'postgres' ? bytesInDatabase(database) : bytesInFiles(database, join(dataDir, 'reports'))
}

function bytesInFiles(database: Database, root: string): ReportBytes {
  const pathOf = ({ id, contentHash }: Omit<BytesKey, 'seq'>) =>
    join(root, contentHash.slice(0, 2), `${contentHash}.${id}.xml`)
  return {
    prepare: (key, bytes) => writeFileDurably(pathOf(key), [bytes]),
    insert: async () => {},
    read: async (key) => {
      try {
        return readFileSync(pathOf(key))
      } catch (error) {
        if (errnoOf(error) === 'ENOENT') return undefined
        throw error
      }
    },
    discard: (keys) => {
      for (const key of keys) rmSync(pathOf(key), { force: true })
    },
    sweep: async (nowMs) => {
      let removed = 0
      for (const files of oldFiles(root, nowMs - SWEEP_AGE_MS)) {
        const ids = files.flatMap(({ name }) => NAME.exec(name)?.[1] ?? [])
        const runs = await database
          .selectFrom('runs')
          .select('id')
          .$if(ids.length > 0, (query) => query.where('id', 'in', ids))
          .$if(ids.length === 0, (query) => query.limit(0))
          .execute()
        const known = new Set(runs.map(({ id }) => id))
        for (const { path, name } of files) {
          if (known.has(NAME.exec(name)?.[1] ?? '')) continue
          rmSync(path, { force: true })
          removed++
        }
        // SQLite answers at once: without this, requests would wait for the whole pass.
        await setImmediate()
      }
      return removed
    },
  }
}

function bytesInDatabase(database: Database): ReportBytes {
  return {
    prepare: () => {},
    insert: async (tx, { seq }, bytes) => {
      await tx
        .insertInto('report_bytes')
        .values({ run_seq: seq, bytes })
        .onConflict((conflict) => conflict.column('run_seq').doUpdateSet({ bytes }))
        .execute()
    },
    read: async ({ seq }) =>
      (await database.selectFrom('report_bytes').select('bytes').where('run_seq', '=', seq).executeTakeFirst())?.bytes,
    // Deleted with their runs.
    discard: () => {},
    sweep: async () => 0,
  }
}

// A few hundred at a time, so that their ids fit into one query.
function* oldFiles(root: string, beforeMs: number): Generator<{ path: string; name: string }[]> {
  let folders: string[]
  try {
    folders = readdirSync(root)
  } catch {
    // Nothing was stored yet.
    return
  }
  for (const folder of folders) {
    const names = readdirSync(join(root, folder))
    for (let from = 0; from < names.length; from += FILES_AT_ONCE) {
      const files = names.slice(from, from + FILES_AT_ONCE).map((name) => ({ name, path: join(root, folder, name) }))
      yield files.filter(({ path }) => {
        const found = statSync(path, { throwIfNoEntry: false })
        return found?.isFile() === true && found.mtimeMs < beforeMs
      })
    }
  }
}
