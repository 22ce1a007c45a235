import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { contentHash, verifyReport } from 'jux-reporter'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../test/support/folders.js'
import { openDatabase } from '../../src/database/engine.js'
import { findPostgres, startPostgres } from '../support/postgres.js'
import { report, XML } from '../support/reports.js'
import { newKey } from '../support/signing.js'

/** How often the server is killed. */
const KILLS = Number(process.env.JUX_FAULT_KILLS ?? 200)
const CLIENTS = 8
const SHORTEST_LIFE_MS = 100
const LONGEST_LIFE_MS = 800
const BIN = fileURLToPath(new URL('../../dist/bin.js', import.meta.url))

const key = newKey()
const programs = findPostgres()

const lifeMs = () => SHORTEST_LIFE_MS + Math.random() * (LONGEST_LIFE_MS - SHORTEST_LIFE_MS)

interface Life {
  readonly url: string
  kill(): Promise<void>
}

async function startChild(dataDir: string, databaseUrl: string | undefined): Promise<Life> {
  const child: ChildProcess = spawn(process.execPath, [BIN, '--port', '0', '--data', dataDir], {
    env: { PATH: process.env.PATH, HOME: dataDir, ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }) },
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
    child.on('close', () => reject(new Error(`it did not start: ${log}`)))
  })
  return {
    url,
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

describe.each(['sqlite', ...(programs === undefined ? [] : ['postgres'])])('on %s', (engine) => {
  it(`a server that is killed ${KILLS} times under load keeps every report that it acknowledged, whole and once`, async () => {
    const postgres = engine === 'postgres' && programs !== undefined ? await startPostgres(programs) : undefined
    const dataDir = temporaryFolder()
    const databaseUrl = await postgres?.newDatabase()
    const acknowledged = new Map<string, string>()
    let sent = 0
    let repeated: string | undefined

    for (let kill = 0; kill < KILLS; kill++) {
      const life = await startChild(dataDir, databaseUrl)
      let alive = true
      const client = async () => {
        while (alive) {
          // Now and then a report that was cut off comes again, as a client's queue would send it.
          const number = sent++
          const again = number % 5 === 0 ? repeated : undefined
          const xml = again ?? (await key.sign(report({ name: `report ${number}` })))
          repeated = xml
          try {
            const response = await fetch(`${life.url}/api/v1/junit/submit`, { method: 'POST', headers: XML, body: xml })
            const id = /"test_run_id":"([^"]+)/.exec(await response.text())?.[1]
            if (response.status === 201 && id !== undefined) acknowledged.set(id, xml)
            else if (alive) throw new Error(`answered ${response.status}`)
          } catch (error) {
            if (alive && !(error instanceof TypeError)) throw error
          }
        }
      }
      const clients = Array.from({ length: CLIENTS }, client)
      await new Promise((resolve) => setTimeout(resolve, lifeMs()))
      const killed = life.kill()
      alive = false
      await killed
      await Promise.all(clients)
    }

    const life = await startChild(dataDir, databaseUrl)
    for (const [id, xml] of acknowledged) {
      const stored = Buffer.from(await (await fetch(`${life.url}/api/v1/test_runs/${id}/report`)).arrayBuffer())
      expect(stored.toString()).toBe(xml)
      expect(verifyReport(stored, 'embedded').contentHash).toBe(contentHash(stored))
    }
    await life.kill()
    const { database } = await openDatabase({ dataDir, databaseUrl })
    const runs = await database.selectFrom('runs').selectAll().execute()
    const halves = await sql<{ seq: number }>`
      select seq from runs where tests <> (select count(*) from cases where run_seq = seq)
        or 1 <> (select count(*) from suites where run_seq = seq)
        or 1 <> (select count(*) from run_properties where run_seq = seq)`.execute(database)
    await database.destroy()
    await postgres?.stop()

    console.log(`${engine}: ${KILLS} kills, ${sent} sent, ${acknowledged.size} acknowledged, ${runs.length} stored`)
    expect(acknowledged.size).toBeGreaterThan(KILLS / 10)
    expect(halves.rows).toEqual([])
    expect(new Set(runs.map(({ content_hash }) => content_hash)).size).toBe(runs.length)
    const ids = new Set(runs.map(({ id }) => id))
    expect([...acknowledged.keys()].filter((id) => !ids.has(id))).toEqual([])
  })
})
