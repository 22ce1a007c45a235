import { mkdirSync, readdirSync, renameSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { drainQueue, type Outcome } from '../../src/cli/publishing.js'
import { ownOwner } from '../../src/store/owner.js'
import { openQueue } from '../../src/store/queue.js'
import { openStore } from '../../src/store/reports.js'
import { SubmitClient } from '../../src/submit/client.js'
import { contentHash } from '../../src/xml/canonical.js'
import { runJux } from '../support/cli.js'
import { temporaryFolder } from '../support/folders.js'
import { created, json, startServer } from '../support/http-server.js'
import { fixedSystem } from '../support/system.js'

const HOUR_S = 3_600
const NOW_S = Math.floor(Date.now() / 1_000)

describe('the queue after a jump of the clock', () => {
  it.each([
    ['an hour ahead', NOW_S + HOUR_S],
    ['an hour back', NOW_S - HOUR_S],
    ['to 1970', 0],
    ['to 2038', 2 ** 31],
  ])('%s loses no report, claimed or queued', async (_, clockS) => {
    const root = join(temporaryFolder(), 'store')
    const queue = openQueue(root)
    const hashes = Array.from({ length: 40 }, (_unused, index) => {
      const bytes = Buffer.from(`<testsuite name="clock-${index}"><testcase name="t"></testcase></testsuite>`)
      queue.put([bytes], contentHash(bytes))
      return contentHash(bytes)
    })
    // A quarter was claimed by a process that is gone, before the clock jumped.
    const claims = join(root, 'jux-reporter', 'claims')
    mkdirSync(claims, { recursive: true })
    const gone = ownOwner().replace(/-\d+-/, '-1-')
    for (const hash of hashes.slice(0, 10)) {
      renameSync(join(root, 'queue', `${hash}.xml`), join(claims, `${hash}.${gone}.0123abcd.xml`))
    }
    for (const folder of [claims, join(root, 'queue')]) {
      for (const name of readdirSync(folder)) utimesSync(join(folder, name), clockS, clockS)
    }
    const now = new Date(clockS * 1_000).toISOString()
    const server = await startServer(json(429, {}, { 'retry-after': 'Thu, 01 Jan 2026 00:00:00 GMT' }), created)

    await runJux(['cache', 'clean', '--days', '0', '--storage-path', root], { system: { now } })
    const client = new SubmitClient({ apiUrl: server.url }, fixedSystem({ now }), { connections: 4 })
    const outcomes: Outcome[] = []
    await drainQueue(queue, (report) => client.submit(report), {
      concurrency: 4,
      again: 'npx jux publish --queue',
      onOutcome: (outcome) => outcomes.push(outcome),
    })
    await client.close()

    expect(outcomes.filter(({ error }) => error !== undefined)).toEqual([])
    expect(
      openStore(root)
        .list()
        .map(({ hash }) => hash)
        .sort(),
    ).toEqual([...hashes].sort())
    expect([...queue.list(), ...queue.claimed()]).toEqual([])
  })
})
