import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Registry, startRegistry } from '../support/registry.js'
import { BOTH_RUNNERS, makeProject, type Project } from './project.js'

let registry: Registry
let project: Project

beforeAll(async () => {
  registry = await startRegistry()
  const { 'vitest.config.ts': config, 'sum.test.ts': test } = BOTH_RUNNERS
  project = makeProject(registry, { 'vitest.config.ts': config, 'sum.test.ts': test })
  await project.must('npm', ['install', '--no-audit', '--no-fund', '--save-dev', 'jux-server', 'vitest@^4.1.0'])
})
afterAll(async () => {
  project.remove()
  await registry.close()
})

/** Starts the installed command, and waits for its address. */
async function startServer(): Promise<{ url: string; stop: () => Promise<number | null> }> {
  const bin = join(project.dir, 'node_modules', '.bin', 'jux-server')
  const child = spawn(bin, ['--port', '0', '--data', join(project.home, 'server')], {
    env: { PATH: process.env.PATH, HOME: project.home },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const address = /http:\/\/\S+/.exec(text)?.[0]
      if (address !== undefined) resolve(address)
    })
    child.on('close', (status) => reject(new Error(`jux-server ended with ${status}`)))
  })
  const stop = () => {
    child.kill('SIGTERM')
    return ended
  }
  return { url, stop }
}

describe('the packed jux-server', () => {
  it('installs the reporter of its own version from the registry', () => {
    const { version, packages } = JSON.parse(readFileSync(join(project.dir, 'package-lock.json'), 'utf8'))
    const [server, reporter] = ['jux-server', 'jux-reporter'].map((name) => packages[`node_modules/${name}`])

    expect(version ?? server.version).toBe(reporter.version)
    expect(reporter.link).toBeUndefined()
  })

  it('starts, and accepts the run of a reporter', async () => {
    const { url, stop } = await startServer()
    try {
      const env = { JUX_API_URL: url, JUX_STORAGE_MODE: 'api', JUX_PROJECT: 'shop' }
      const run = await project.run('npx', ['--no-install', 'vitest', 'run'], env)
      const answer = await fetch(`${url}/api/v1/test_runs`)

      expect(run.status).toBe(1)
      expect(await answer.json()).toMatchObject({ test_runs: [{ project: 'shop' }] })
    } finally {
      expect(await stop()).toBe(0)
    }
  })
})
