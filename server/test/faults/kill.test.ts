import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, createPublicKey } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { contentHash, verifyReport } from 'jux-reporter'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { verifyReceipt } from '../../../src/attest/receipt.js'
import { temporaryFolder } from '../../../test/support/folders.js'
import { openDatabase } from '../../src/database/engine.js'
import { findPostgres, startPostgres } from '../support/postgres.js'
import { report, XML } from '../support/reports.js'
import { newKey } from '../support/signing.js'

/** Number of times that the server is killed. */
const KILLS = Number(process.env.JUX_FAULT_KILLS ?? 200)
const CLIENTS = 8
const MIN_LIFE_MS = 100
const MAX_LIFE_MS = 800
const BIN = fileURLToPath(new URL('../../dist/bin.js', import.meta.url))

const key = newKey()
const serverKey = newKey()
const serverTrust = { publicKeys: [createPublicKey(serverKey.publicPem)] }
const programs = findPostgres()

const lifeMs = () => MIN_LIFE_MS + Math.random() * (MAX_LIFE_MS - MIN_LIFE_MS)

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

interface ServerProcess {
  readonly url: string
  kill(): Promise<void>
}

async function startChild(dataDir: string, databaseUrl: string | undefined): Promise<ServerProcess> {
  const receiptKey = join(dataDir, 'receipts.pem')
  writeFileSync(receiptKey, serverKey.privatePem, { mode: 0o600 })
  const child: ChildProcess = spawn(process.execPath, [BIN, '--port', '0', '--data', dataDir], {
    env: {
      JUX_SERVER_RECEIPT_KEY: receiptKey,
      PATH: process.env.PATH,
      HOME: dataDir,
      DATABASE_URL: databaseUrl,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  let log = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-4_000)
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const found = /http:\S+/.exec(text)
      if (found) resolve(found[0])
    })
    child.on('close', () => reject(new Error(`the server did not start: ${log}`)))
  })
  return {
    url,
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

describe.each(['sqlite', ...(programs === undefined ? [] : ['postgres'])])('jux-server on %s', (engine) => {
  it(`that is killed ${KILLS} times under load has every acknowledged report exactly once and unchanged`, async () => {
    const postgres = engine === 'postgres' && programs !== undefined ? await startPostgres(programs) : undefined
    const dataDir = temporaryFolder()
    const databaseUrl = await postgres?.newDatabase()
    const acknowledged = new Map<string, string>()
    const receipts: string[] = []
    let sent = 0
    let repeated: string | undefined

    for (let kill = 0; kill < KILLS; kill++) {
      const child = await startChild(dataDir, databaseUrl)
      let isAlive = true
      const client = async () => {
        while (isAlive) {
          // Some reports are submitted again, as the queue of a client does after an aborted request.
          const number = sent++
          const again = number % 5 === 0 ? repeated : undefined
          const xml = again ?? (await key.sign(report({ name: `report ${number}` })))
          repeated = xml
          try {
            const response = await fetch(`${child.url}/api/v1/junit/submit`, {
              method: 'POST',
              headers: XML,
              body: xml,
            })
            const body = await response.text()
            const id = /"test_run_id":"([^"]+)/.exec(body)?.[1]
            receipts.push(...(/"receipt":(\{"payloadType".*?\}\]\})/.exec(body)?.slice(1) ?? []))
            if (response.status === 201 && id !== undefined) acknowledged.set(id, xml)
            else if (isAlive) throw new Error(`unexpected status ${response.status}`)
          } catch (error) {
            if (isAlive && !(error instanceof TypeError)) throw error
          }
        }
      }
      const clients = Array.from({ length: CLIENTS }, client)
      await new Promise((resolve) => setTimeout(resolve, lifeMs()))
      const killed = child.kill()
      isAlive = false
      await killed
      await Promise.all(clients)
    }

    const child = await startChild(dataDir, databaseUrl)
    for (const [id, xml] of acknowledged) {
      const stored = Buffer.from(await (await fetch(`${child.url}/api/v1/test_runs/${id}/report`)).arrayBuffer())
      expect(stored.toString()).toBe(xml)
      expect(verifyReport(stored, 'embedded').contentHash).toBe(contentHash(stored))
    }
    for (const receipt of receipts) {
      const { content } = verifyReceipt(receipt, serverTrust, new Date())
      const stored = Buffer.from(acknowledged.get(content.id) ?? '')
      expect([content.content_hash, content.sha256]).toEqual([contentHash(stored), sha256(stored)])
    }
    await child.kill()
    const { database } = await openDatabase({ dataDir, databaseUrl })
    const runs = await database.selectFrom('runs').selectAll().execute()
    const incomplete = await sql<{ seq: number }>`
      select seq from runs where tests <> (select count(*) from cases where run_seq = seq)
        or 1 <> (select count(*) from suites where run_seq = seq)
        or 1 <> (select count(*) from run_properties where run_seq = seq)`.execute(database)
    await database.destroy()
    await postgres?.stop()

    console.log(
      `${engine}: ${KILLS} kills, ${sent} sent, ${acknowledged.size} acknowledged, ${receipts.length} receipts, ${runs.length} stored`,
    )
    expect(receipts.length).toBeGreaterThanOrEqual(acknowledged.size)
    expect(acknowledged.size).toBeGreaterThan(KILLS / 10)
    expect(incomplete.rows).toEqual([])
    expect(new Set(runs.map(({ content_hash }) => content_hash)).size).toBe(runs.length)
    const ids = new Set(runs.map(({ id }) => id))
    expect([...acknowledged.keys()].filter((id) => !ids.has(id))).toEqual([])
  })
})
