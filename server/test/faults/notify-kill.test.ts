import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { temporaryFolder } from '../../../test/support/folders.js'
import { addTrustedKey } from '../../src/access/trusted-keys.js'
import { openDatabase } from '../../src/database/engine.js'
import { migrate } from '../../src/database/migrations.js'
import type { Database } from '../../src/database/schema.js'
import { openOrCreateSecretBox } from '../../src/notify/secrets.js'
import { addSubscription } from '../../src/notify/subscriptions.js'
import { commentMarker, commentTimeMs } from '../../src/notify/vendors/comment.js'
import { type GithubState, github, receiver } from '../notify/receivers.js'
import { decision } from '../support/decisions.js'
import { findPostgres, startPostgres } from '../support/postgres.js'
import { JSON_HEADERS, report, XML } from '../support/reports.js'
import { newKey } from '../support/signing.js'

/** Number of times that the server is killed. */
const KILLS = Number(process.env.JUX_FAULT_NOTIFY_KILLS ?? 20)
const RUNS_PER_LIFE = 4
const PULL_REQUESTS = 3
const MIN_LIFE_MS = 50
const MAX_LIFE_MS = 2_000
/** How long GitHub and the webhook take, at most. */
const MAX_LATENCY_MS = 100
/** In every second life, the server is killed when one of its first requests has arrived and is not answered. */
const MAX_REQUESTS = 12
const DRAIN_TIMEOUT_MS = 120_000
const BIN = fileURLToPath(new URL('../../dist/bin.js', import.meta.url))
const REPOSITORY = 'acme/shop'

const SUBJECT = z.object({ id: z.string() })
const MESSAGE = z.object({ run: SUBJECT.optional(), decision: SUBJECT.optional() })

const programs = findPostgres()
const latency = () => delay(Math.random() * MAX_LATENCY_MS)

interface ServerProcess {
  readonly url: string
  kill(): Promise<void>
}

async function startChild(dataDir: string, databaseUrl: string | undefined): Promise<ServerProcess> {
  const child: ChildProcess = spawn(process.execPath, [BIN, '--port', '0', '--data', dataDir, '--rate-limit', '0'], {
    env: { PATH: process.env.PATH, HOME: dataDir, DATABASE_URL: databaseUrl, FORGE_TOKEN: 'ghp_token' },
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

/** A run on a pull request, with failures that no other run has. One alone would count as renamed. */
function failingRun(number: number): string {
  const cases = ['a', 'b'].map(
    (name) => `<testcase classname="c" name="fails ${number} ${name}"><failure message="no"/></testcase>`,
  )
  return report({
    name: `run ${number}`,
    properties: {
      'git:branch': 'topic',
      'git:commit': number.toString(16).padStart(40, '0'),
      'git:remote': `https://github.com/${REPOSITORY}.git`,
      'ci:pull_request': String(1 + (number % PULL_REQUESTS)),
    },
    cases: cases.join(''),
  })
}

/** What a message is about: the id of a run or of a decision. */
function subjectOf(body: string): string {
  const { run, decision: about } = MESSAGE.parse(JSON.parse(body))
  return run?.id ?? about?.id ?? ''
}

/** All instances are dead, so a minute that nobody waits for ends their leases. */
async function endLeases(database: Database): Promise<void> {
  await database.updateTable('subscriptions').set({ leased_until: 0 }).execute()
}

async function unsent(database: Database): Promise<number> {
  const pending = await database.selectFrom('pending_notices').select('run_seq').execute()
  const deliveries = await database.selectFrom('deliveries').select('id').execute()
  return pending.length + deliveries.length
}

describe.each(['sqlite', ...(programs === undefined ? [] : ['postgres'])])('jux-server on %s', (engine) => {
  it(`that is killed ${KILLS} times tells of each stored run and decision at least once, and never writes a second comment`, async () => {
    const postgres = engine === 'postgres' && programs !== undefined ? await startPostgres(programs) : undefined
    const dataDir = temporaryFolder()
    const databaseUrl = await postgres?.newDatabase()
    const forges = new Map<number, GithubState>()
    const checked = new Set<string>()
    let onRequest = () => {}
    const hook = await receiver(async () => {
      onRequest()
      await latency()
      return { status: 200 }
    })
    const forge = await receiver(async (request) => {
      const pullRequest = Number(/\/issues\/(\d+)\/comments/.exec(request.target)?.[1] ?? 0)
      const commentOf = Number(/\/issues\/comments\/(\d+)/.exec(request.target)?.[1] ?? 0)
      await latency()
      if (request.target.endsWith('/check-runs'))
        checked.add(String(Reflect.get(JSON.parse(request.body), 'external_id')))
      // Ids of comments tell the pull request apart: 1001 is the first one of pull request 1.
      const number = pullRequest || Math.floor(commentOf / 1_000)
      const state = forges.get(number) ?? github(undefined, { firstId: number * 1_000 + 1 })
      forges.set(number, state)
      const answer = state.answer(request)
      onRequest()
      // The comment exists, and the server may be killed before it hears of it.
      await latency()
      return answer
    })
    const { database } = await openDatabase({ dataDir, databaseUrl })
    await migrate(database, engine === 'postgres' ? 'postgres' : 'sqlite')
    const box = await openOrCreateSecretBox({ dataDir, secretKeyFile: undefined })
    const about = { project: 'shop', branch: '*' }
    await addSubscription(database, { ...about, kind: 'webhook', url: hook.url }, box, {}, 1)
    const gate = newKey()
    await addTrustedKey(database, { pem: gate.publicPem, name: 'gate' }, Date.now())
    const repository = { repository: REPOSITORY, secretEnv: 'FORGE_TOKEN' }
    await addSubscription(database, { ...about, kind: 'github', url: forge.url, ...repository }, box, {}, 2)

    const acknowledged: string[] = []
    const acknowledgedDecisions: string[] = []
    let sent = 0
    for (let kill = 0; kill < KILLS; kill++) {
      await endLeases(database)
      const child = await startChild(dataDir, databaseUrl)
      let isAlive = true
      const submit = async () => {
        const response = await fetch(`${child.url}/api/v1/junit/submit`, {
          method: 'POST',
          headers: XML,
          body: failingRun(sent++),
        })
        const id = /"test_run_id":"([^"]+)/.exec(await response.text())?.[1]
        if (response.status === 201 && id !== undefined) acknowledged.push(id)
        else if (isAlive) throw new Error(`unexpected status ${response.status}`)
      }
      // Each is about a branch of its own, so that each is news.
      const decide = async () => {
        const body = await decision(gate, { about: { branch: `gate-${sent}` } })
        const response = await fetch(`${child.url}/api/v1/decisions`, { method: 'POST', headers: JSON_HEADERS, body })
        const id = /"id":\s*"([^"]+)/.exec(await response.text())?.[1]
        if (response.status === 201 && id !== undefined) acknowledgedDecisions.push(id)
        else if (isAlive) throw new Error(`unexpected status ${response.status} of a decision`)
      }
      const client = async () => {
        for (let run = 0; run < RUNS_PER_LIFE && isAlive; run++) {
          try {
            await submit()
            if (run === 0) await decide()
          } catch (error) {
            if (isAlive) throw error
          }
        }
      }
      const submitted = client()
      let requests = kill % 2 === 0 ? Number.POSITIVE_INFINITY : 1 + Math.floor(Math.random() * MAX_REQUESTS)
      const requested = new Promise<void>((resolve) => {
        onRequest = () => {
          requests--
          if (requests <= 0) resolve()
        }
      })
      const lifeMs = MIN_LIFE_MS + Math.random() * (MAX_LIFE_MS - MIN_LIFE_MS)
      await Promise.race([requested, delay(kill % 2 === 0 ? lifeMs : 2 * MAX_LIFE_MS)])
      isAlive = false
      await child.kill()
      await submitted
    }

    await endLeases(database)
    const child = await startChild(dataDir, databaseUrl)
    await expect.poll(() => unsent(database), { timeout: DRAIN_TIMEOUT_MS, interval: 200 }).toBe(0)
    await child.kill()
    const runs = await database.selectFrom('runs').select(['id', 'pull_request', 'inserted_at']).execute()
    const decisions = (await database.selectFrom('decisions').select('id').execute()).map(({ id }) => id)
    await database.destroy()
    await postgres?.stop()

    const told = new Set(hook.requests.map(({ body }) => subjectOf(body)))
    const stored = new Set(runs.map(({ id }) => id))
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([])
    expect(runs.filter(({ id }) => !told.has(id))).toEqual([])
    expect(acknowledgedDecisions.filter((id) => !decisions.includes(id))).toEqual([])
    expect(decisions.filter((id) => !told.has(id))).toEqual([])
    expect(decisions.length).toBeGreaterThan(0)
    expect(runs.filter(({ id }) => !checked.has(id))).toEqual([])
    const comments = [...forges].flatMap(([number, { comments }]) => comments.map(({ body }) => ({ number, body })))
    expect(comments.map(({ number }) => number).sort()).toEqual([1, 2, 3])
    for (const { number, body } of comments) {
      const times = runs.filter((run) => run.pull_request === String(number)).map((run) => Number(run.inserted_at))
      expect(body.startsWith(commentMarker('shop'))).toBe(true)
      expect(commentTimeMs(body)).toBe(Math.max(...times))
    }
    const repeats = hook.requests.length - told.size
    console.log(
      `${runs.length} runs, ${decisions.length} decisions, ${KILLS} kills, ${hook.requests.length} messages, ${repeats} of them repeated`,
    )
    expect(runs.length).toBeGreaterThanOrEqual(KILLS)
  }, 600_000)
})
