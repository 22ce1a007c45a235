import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { openQueue } from '../../src/store/queue.js'
import { contentHash } from '../../src/xml/canonical.js'
import { temporaryFolder } from '../support/folders.js'
import {
  acknowledged,
  BIN,
  checkStore,
  count,
  createChance,
  leftoversIn,
  repeat,
  SEED,
  STORE_PROGRAM,
  startNode,
} from './faults.js'
import { startReportServer } from './report-server.js'

const ENDLESS = '1000000'

describe('the store after kill -9', () => {
  it('has every acknowledged report, and no partial one', async () => {
    const kills = count(700, 40)
    const chance = createChance(SEED)
    const delays = Array.from({ length: kills }, () => chance() * 60)
    const sums = { acknowledged: 0, lost: 0, corrupt: 0, visible: 0, inTheWrite: 0, leftovers: 0, afterRecovery: 0 }
    const base = temporaryFolder()

    await repeat(kills, 3, async (index) => {
      const mode = index % 2 === 0 ? 'local' : 'cache'
      const home = join(base, `home-${index}`)
      const root = join(home, 'store')
      mkdirSync(home)
      // Some at any moment of an undisturbed run, some between a first write and the last fsync, slowed down so that
      // the kill comes in between.
      const anywhere = index % 5 < 2
      const pauseMs = anywhere ? '0' : '8'
      const child = startNode(
        [STORE_PROGRAM, root, ENDLESS, `kill-${index}`, `{"storageMode":"${mode}"}`, pauseMs],
        home,
      )
      while (acknowledged(child.output).length < 1 && child.process.exitCode === null) await delay(2)
      await delay(delays[index])
      if (anywhere) child.process.kill('SIGKILL')
      else child.process.stdout?.on('data', (text: string) => text.endsWith('w\n') && child.process.kill('SIGKILL'))
      await child.ended

      const hashes = acknowledged(child.output)
      const found = checkStore(root, hashes)
      sums.acknowledged += hashes.length
      sums.lost += found.lost
      sums.corrupt += found.corrupt
      sums.visible += found.visible
      sums.leftovers += found.leftovers
      if (child.output.lastIndexOf('w\n') > child.output.lastIndexOf('f\n')) sums.inTheWrite += 1
      openQueue(root).recover()
      sums.afterRecovery += leftoversIn(root)
      rmSync(home, { recursive: true })
    })

    console.log(`kill -9 while storing: ${kills} kills, ${JSON.stringify(sums)}`)
    expect(sums).toMatchObject({ lost: 0, corrupt: 0, afterRecovery: 0 })
    expect(sums.acknowledged).toBeGreaterThanOrEqual(kills)
    expect(sums.inTheWrite).toBeGreaterThanOrEqual(kills / 2)
  })
})

describe('jux publish --queue after kill -9', () => {
  it('loses no report, stores no report twice, and leaves no report claimed', async () => {
    const kills = count(300, 12)
    const chance = createChance(SEED + 1)
    const base = temporaryFolder()
    const root = join(base, 'store')
    const server = await startReportServer(() => chance() * 8)
    const queue = openQueue(root)
    const hashes = new Set<string>()
    let inRequest = 0

    for (let index = 0; index < kills; index++) {
      while (queue.list().length < 30) hashes.add(enqueue(queue, `report-${hashes.size}`))
      const before = server.requests
      const child = startNode([BIN, 'publish', '--queue', '--api-url', server.url, '--storage-path', root], base)
      while (server.requests === before && child.process.exitCode === null) await delay(2)
      await delay(chance() * 40)
      if (child.process.exitCode === null) inRequest += 1
      child.process.kill('SIGKILL')
      await child.ended
    }
    const last = startNode([BIN, 'publish', '--queue', '--api-url', server.url, '--storage-path', root], base)

    expect(await last.ended).toBe(0)
    const found = checkStore(root, hashes)
    console.log(
      `kill -9 while publishing: ${inRequest} kills in the middle, ${hashes.size} reports, ${server.stored.size} stored, ${server.repeated} sent again, ${server.corrupt} corrupt, ${found.lost} lost`,
    )
    expect(found).toMatchObject({ lost: 0, corrupt: 0, visible: hashes.size })
    expect([...server.stored].sort()).toEqual([...hashes].sort())
    expect(server.corrupt).toBe(0)
    expect([...queue.list(), ...queue.claimed()]).toEqual([])
    expect(inRequest).toBeGreaterThan(kills / 2)
  })
})

describe('jux publish --queue in many processes', () => {
  it('submits every report once while the processes are killed and started again', async () => {
    const [processes, entries, kills] = [count(16, 4), count(10_000, 400), count(300, 12)]
    const chance = createChance(SEED + 2)
    const base = temporaryFolder()
    const root = join(base, 'store')
    const server = await startReportServer(() => 0)
    const queue = openQueue(root)
    const hashes = new Set(Array.from({ length: entries }, (_, index) => enqueue(queue, `entry-${index}`)))
    let killed = 0
    let ends = 0

    const start = () => startNode([BIN, 'publish', '--queue', '--api-url', server.url, '--storage-path', root], base)
    const live = new Set<ReturnType<typeof start>>()
    const spawnOne = () => {
      const child = start()
      live.add(child)
      child.ended.then(() => {
        live.delete(child)
        ends += 1
      })
    }
    const waitingCount = () => queue.list().length + queue.claimed().length
    while (waitingCount() > 0 || killed < kills) {
      // The last kills may come when the queue is empty: then more reports are queued.
      if (waitingCount() === 0) for (let more = 0; more < 50; more++) hashes.add(enqueue(queue, `more-${hashes.size}`))
      while (live.size < processes) spawnOne()
      await delay(30 + chance() * 60)
      const victim = [...live][Math.floor(chance() * live.size)]
      if (killed < kills && victim !== undefined && victim.process.exitCode === null) {
        victim.process.kill('SIGKILL')
        await victim.ended
        killed += 1
      }
    }
    await Promise.all([...live].map((child) => child.ended))

    const found = checkStore(root, hashes)
    console.log(
      `draining: ${processes} processes, ${hashes.size} entries, ${killed} kills, ${ends} processes in all, ${server.stored.size} stored, ${server.repeated} sent again, ${found.lost} lost, ${waitingCount()} left`,
    )
    expect(found).toMatchObject({ lost: 0, corrupt: 0, visible: hashes.size })
    expect(server.stored.size).toBe(hashes.size)
    expect(server.corrupt).toBe(0)
  })
})

function enqueue(queue: ReturnType<typeof openQueue>, name: string): string {
  const bytes = Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites><testsuite name="${name}"><properties><property name="project" value="${name}"></property><property name="jux:client" value="jux-reporter"></property></properties><testcase name="t"></testcase></testsuite></testsuites>`,
  )
  const hash = contentHash(bytes)
  queue.put([bytes], hash)
  return hash
}
