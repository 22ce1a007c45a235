import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../../test/support/folders.js'
import { openDatabase } from '../src/database/engine.js'
import { migrate } from '../src/database/migrations.js'
import { WriteTurns } from '../src/database/turns.js'
import type { HeldBody } from '../src/ingest/body.js'
import { MAX_ROW_BYTES } from '../src/ingest/bytes.js'
import { IngestPool, type PoolLimits } from '../src/ingest/pool.js'
import type { Submission } from '../src/ingest/submission.js'
import { report, XML } from './support/reports.js'
import { testServer } from './support/server.js'

const LIMITS: PoolLimits = { threads: 1, waiting: 10, waitingLarge: 5, timeoutMs: 60_000, heapMegabytes: 512 }
const MEGABYTE = 1_048_576

const submission: Submission = {
  api: 'junit',
  isXml: true,
  idempotencyKey: undefined,
  principal: { keyId: null, canSubmit: true, canRead: true, project: undefined },
  nowMs: 1_700_000_000_000,
}

/** The body of a report with a long message. */
function bodyOf(name: string, sizeBytes: number): HeldBody {
  const text = 'x'.repeat(sizeBytes)
  const bytes = new Uint8Array(
    Buffer.from(report({ name, cases: `<testcase name="a"><failure>${text}</failure></testcase>` })),
  )
  return { sizeBytes: bytes.length, blocks: [bytes], bytes, release: () => {} }
}

async function poolOf(limits: Partial<PoolLimits> = {}) {
  const dataDir = temporaryFolder()
  const { database, engine } = await openDatabase({ dataDir })
  await migrate(database, engine)
  const turns = new WriteTurns(engine)
  const pool = new IngestPool({ ...LIMITS, ...limits }, { dataDir, policy: 'accept' }, turns)
  onTestFinished(async () => {
    await pool.close()
    await database.destroy()
  })
  return { pool, turns, dataDir, runs: () => database.selectFrom('runs').select(['id', 'size_bytes']).execute() }
}

describe('IngestPool', () => {
  it('accepts reports that waited together, also when their sizes are too much for one message', async () => {
    const { pool, runs } = await poolOf()

    const accepted = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) => pool.accept(bodyOf(name, 0.6 * MEGABYTE), submission)),
    )

    const stored = await runs()
    expect(accepted.map(({ duplicate }) => duplicate)).toEqual([false, false, false, false])
    expect(new Set(stored.map(({ id }) => id))).toEqual(new Set(accepted.map(({ run }) => run.id)))
  })

  it('ends a thread after a very large report, and starts another one for the next report', async () => {
    const { pool, runs } = await poolOf()

    const first = await pool.accept(bodyOf('a', 9 * MEGABYTE), submission)
    const wasReady = pool.isReady
    const second = await pool.accept(bodyOf('b', 10), submission)

    expect([first.duplicate, wasReady, second.duplicate]).toEqual([false, false, false])
    expect(await runs()).toHaveLength(2)
  })

  it('gives the turn of a thread that was ended to the next writer, and stores nothing of its report', async () => {
    const { pool, turns, runs } = await poolOf({ timeoutMs: 8_000 })
    const end = await turns.take()

    await expect(pool.accept(bodyOf('a', 10), submission)).rejects.toMatchObject({ status: 503 })
    await new Promise((resolve) => setTimeout(resolve, 200))
    end()
    const next = await pool.accept(bodyOf('b', 10), submission)

    expect(next.duplicate).toBe(false)
    expect(await runs()).toHaveLength(1)
  })
})

describe('a server whose folder of reports cannot be used', () => {
  it('answers a report in a worker thread with 500, and logs where it failed', async () => {
    const dataDir = temporaryFolder()
    writeFileSync(join(dataDir, 'reports'), '')
    const server = await testServer({ dataDir })
    const body = bodyOf('a', MAX_ROW_BYTES)

    const answer = await server.post('/api/v1/junit/submit', body.bytes, XML)

    expect(answer.status).toBe(500)
    expect(server.log.join('\n')).toMatch(/ENOTDIR.*writeNewFile/)
    expect(await server.database.selectFrom('runs').select('id').execute()).toEqual([])
  })
})
