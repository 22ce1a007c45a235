import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/support/folders.js'
import { report, XML } from './support/reports.js'
import { testServer } from './support/server.js'

const HAS_THREADS = process.platform === 'linux'
if (!HAS_THREADS) console.log('one test did not run: only Linux has priorities of threads')

// Field 19 of proc(5) stat.
const niceOf = (path: string) => Number(readFileSync(path, 'utf8').split(') ').at(-1)?.split(' ')[16])

const BIN = fileURLToPath(new URL('../dist/bin.js', import.meta.url))

describe('jux-server', () => {
  it('starts without configuration, accepts a report, and exits with 0 and the report on disk', async () => {
    const home = temporaryFolder()
    const child = spawn(process.execPath, [BIN, '--port', '0'], {
      env: { PATH: process.env.PATH, HOME: home, XDG_DATA_HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
    const url = await new Promise<string>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const found = /http:\S+/.exec(text)
        if (found) resolve(found[0])
      })
    })

    const response = await fetch(`${url}/api/v1/junit/submit`, { method: 'POST', headers: XML, body: report() })
    const id = /"test_run_id":"([^"]+)/.exec(await response.text())?.[1]
    child.kill('SIGTERM')

    expect(response.status).toBe(201)
    expect(await ended).toBe(0)
    const again = await testServer({ dataDir: `${home}/jux/server` })
    expect((await again.get(`/api/v1/test_runs/${id}/report`)).text).toBe(report())
  })

  it('--help exits with 0 and without an error when nobody reads its output', async () => {
    const child = spawn(process.execPath, [BIN, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.destroy()
    let err = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve))

    expect([code, err]).toEqual([0, ''])
  })

  it('finishes the accepted submissions after SIGTERM', async () => {
    const dataDir = temporaryFolder()
    const child = spawn(process.execPath, [BIN, '--port', '0', '--data', dataDir], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
    const url = await new Promise<string>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => resolve(/http:\S+/.exec(text)?.[0] ?? ''))
    })
    const acknowledged: string[] = []
    const submit = async (name: string) => {
      const response = await fetch(`${url}/api/v1/junit/submit`, {
        method: 'POST',
        headers: XML,
        body: report({ name }),
      })
      acknowledged.push(/"test_run_id":"([^"]+)/.exec(await response.text())?.[1] ?? 'none')
    }

    await submit('first')
    const others = Array.from({ length: 50 }, (_, index) => submit(String(index)))
    await others[0]
    child.kill('SIGTERM')
    await Promise.allSettled(others)

    expect(await ended).toBe(0)
    const again = await testServer({ dataDir })
    for (const id of acknowledged) expect((await again.get(`/api/v1/test_runs/${id}`)).status).toBe(200)
  })

  it.skipIf(!HAS_THREADS)(
    'runs the threads that accept reports with a lower priority than the one that answers',
    async () => {
      const child = spawn(process.execPath, [BIN, '--port', '0', '--data', temporaryFolder()], {
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      const ended = new Promise((resolve) => child.on('close', resolve))
      const url = await new Promise<string>((resolve) => {
        child.stdout.setEncoding('utf8').on('data', (text: string) => resolve(/http:\S+/.exec(text)?.[0] ?? ''))
      })
      const cases = '<testcase name="a"/>'.repeat(5_000)
      await fetch(`${url}/api/v1/junit/submit`, { method: 'POST', headers: XML, body: report({ cases }) })

      const nices = readdirSync(`/proc/${child.pid}/task`).map((thread) =>
        niceOf(`/proc/${child.pid}/task/${thread}/stat`),
      )
      const main = niceOf(`/proc/${child.pid}/task/${child.pid}/stat`)
      child.kill('SIGTERM')
      await ended

      expect(main).toBe(getPriority())
      expect(nices.filter((nice) => nice > main).length).toBeGreaterThan(0)
    },
  )

  it('refuses to listen for other machines when there is no API key', async () => {
    await expect(testServer({ host: '0.0.0.0' })).rejects.toThrow(
      expect.objectContaining({ code: 'CONFIG_MISSING_REQUIRED', reason: 'no-keys' }),
    )
  })
})
