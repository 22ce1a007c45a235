import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { contentHash, openQueue, openStore } from 'jux-reporter'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/support/folders.js'
import { createKey } from '../src/access/keys.js'
import { ENGINES, engineUnderTest } from './support/engines.js'
import { report } from './support/reports.js'
import type { TestServer } from './support/server.js'

const JUX = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url))

function queueWith(count: number, project = (_: number) => 'shop') {
  const storagePath = join(temporaryFolder(), 'store')
  const queue = openQueue({ storagePath })
  const hashes = Array.from({ length: count }, (_, at) => {
    const bytes = Buffer.from(report({ name: `r${at}`, project: project(at) }))
    queue.put(bytes, contentHash(bytes))
    return contentHash(bytes)
  })
  return { storagePath, queue, hashes }
}

function startPublish(storagePath: string, env: Record<string, string>) {
  const home = temporaryFolder()
  const child = spawn(process.execPath, [JUX, 'publish', '--queue', '--json', '--storage-path', storagePath], {
    env: { PATH: process.env.PATH, HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  return { child, ended, result: async () => ({ code: await ended, json: JSON.parse(text) }) }
}

const requests = ({ log }: TestServer, path: string) =>
  log.filter((line) => line.includes(path) && line.includes('POST')).length

const total = async (server: TestServer) => (await server.get('/api/v1/test_runs')).at('pagination', 'total_count')

describe.each(ENGINES)('jux publish --queue to jux-server on %s', (engine) => {
  const { start } = engineUnderTest(engine)

  it('sends many reports in few requests, and all of them are on the server and in the store', async () => {
    const server = await start()
    const { storagePath, queue, hashes } = queueWith(230)

    const { code, json } = await startPublish(storagePath, { JUX_API_URL: server.url }).result()

    expect({ code, published: json.published }).toEqual({ code: 0, published: 230 })
    expect(requests(server, 'submit-batch')).toBe(3)
    expect(await total(server)).toBe('230')
    const stored = openStore({ storagePath }).list()
    expect(stored.map(({ hash }) => hash).sort()).toEqual([...hashes].sort())
    expect(queue.list()).toEqual([])
  })

  it('leaves the reports in the queue that the key may not submit, and sends the others', async () => {
    let key = ''
    const server = await start({ trustLocal: true }, async (database) => {
      key = (await createKey(database, { name: 'ci', scope: 'all', project: 'shop' }, Date.now())).text
    })
    const { storagePath, queue, hashes } = queueWith(10, (at) => (at % 2 === 0 ? 'shop' : 'bank'))

    const { code, json } = await startPublish(storagePath, { JUX_API_URL: server.url, JUX_API_KEY: key }).result()

    expect({ code, published: json.published, failed: json.failed }).toEqual({ code: 2, published: 5, failed: 5 })
    expect(requests(server, 'submit-batch')).toBe(1)
    expect(
      queue
        .list()
        .map(({ hash }) => hash)
        .sort(),
    ).toEqual(hashes.filter((_, at) => at % 2 === 1).sort())
  })

  it('loses and doubles nothing when it is killed at any moment', async () => {
    const server = await start()
    const { storagePath, queue, hashes } = queueWith(150)

    for (const delayMs of [350, 500, 650, 800]) {
      const { child, ended } = startPublish(storagePath, { JUX_API_URL: server.url })
      await pause(delayMs)
      child.kill('SIGKILL')
      await ended
    }
    const { code } = await startPublish(storagePath, { JUX_API_URL: server.url }).result()

    expect(code).toBe(0)
    expect(await total(server)).toBe('150')
    expect({ queued: queue.list(), claimed: queue.claimed() }).toEqual({ queued: [], claimed: [] })
    const stored = openStore({ storagePath }).list()
    expect(stored.map(({ hash }) => hash).sort()).toEqual([...hashes].sort())
  })
})
