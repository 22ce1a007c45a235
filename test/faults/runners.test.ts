import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { created, json, type Responder, startServer } from '../support/http-server.js'
import { scratchProject } from '../support/scratch.js'

/** Longer than the start of a runner, and short enough to wait for. */
const DEADLINE_S = 3
/** The start and the end of a runner on a busy machine. */
const RUNNER_MS = 15_000

const VITEST = {
  'a.test.js': "import { expect, it } from 'vitest'\nit('adds', () => expect(1 + 1).toBe(2))\n",
  'vitest.config.js': "export default { test: { reporters: ['default', 'jux-reporter/vitest'] } }\n",
}
const JEST = {
  'package.json': '{"name":"scratch","type":"commonjs"}',
  'a.test.js': "test('adds', () => expect(1 + 1).toBe(2))\n",
  'jest.config.js': "module.exports = { reporters: ['default', 'jux-reporter/jest'] }\n",
}

/** Test code that replaces whatever a submission could use, and never restores it. */
const REPLACING = `
globalThis.fetch = () => Promise.reject(new Error('stubbed'))
globalThis[Symbol.for('undici.globalDispatcher.1')] = { dispatch() { throw new Error('replaced') } }
globalThis.setTimeout = () => 0
globalThis.setInterval = () => 0
globalThis.Date = class { static now() { return 0 } }
`

const hanging: Responder = () => {}

function settings(apiUrl: string, extra: Record<string, string> = {}): Record<string, string> {
  return {
    JUX_STORAGE_MODE: 'cache',
    JUX_API_URL: apiUrl,
    JUX_DEADLINE: String(DEADLINE_S),
    JUX_API_TIMEOUT: '30',
    ...extra,
  }
}

describe('a run whose server never responds', () => {
  it.each([
    ['Vitest', ['run']],
    ['Vitest without isolated workers', ['run', '--pool=threads', '--no-isolate']],
  ])('ends after the deadline with its own exit code and its report queued (%s)', async (_, args) => {
    const server = await startServer(hanging)
    const project = scratchProject(VITEST)
    const began = performance.now()

    const run = await project.vitest(args, settings(server.url))

    const tookMs = performance.now() - began
    console.log(`hanging server, ${args.join(' ')}: ${Math.round(tookMs)} ms in all, deadline ${DEADLINE_S} s`)
    expect(run.status).toBe(0)
    expect(run.stderr).toMatch(/API_TIMEOUT \(604\) deadline/)
    expect(tookMs).toBeGreaterThan(DEADLINE_S * 1_000)
    expect(tookMs).toBeLessThan(DEADLINE_S * 1_000 * 1.1 + RUNNER_MS)
    expect(queued(project.reportsDir)).toHaveLength(1)
  })

  it.each([[[]], [['--forceExit']], [['--runInBand', '--forceExit']]])(
    'ends after the deadline with its own exit code and its report queued (Jest with %j)',
    async (args) => {
      const server = await startServer(hanging)
      const project = scratchProject(JEST)
      const began = performance.now()

      const run = await project.jest(args, settings(server.url))

      const tookMs = performance.now() - began
      console.log(`hanging server, jest ${args.join(' ')}: ${Math.round(tookMs)} ms in all, deadline ${DEADLINE_S} s`)
      expect(run.status).toBe(0)
      expect(run.stderr).toMatch(/API_TIMEOUT \(604\) deadline/)
      expect(tookMs).toBeLessThan(DEADLINE_S * 1_000 * 1.1 + RUNNER_MS)
      expect(queued(project.reportsDir)).toHaveLength(1)
    },
  )

  it('fails under strict', async () => {
    const server = await startServer(hanging)

    expect((await scratchProject(VITEST).vitest(['run'], settings(server.url, { JUX_STRICT: 'true' }))).status).toBe(1)
  })
})

describe('tests that replace fetch, undici, timers and the clock', () => {
  it.each([['--pool=forks'], ['--pool=threads'], ['--pool=vmThreads']])(
    'do not affect the submission and its retry under Vitest with %s',
    async (pool) => {
      const server = await startServer(json(503, {}), created)
      const replacing = `
import { expect, it, vi } from 'vitest'
vi.useFakeTimers({ now: 0 })
vi.stubGlobal('fetch', () => Promise.reject(new Error('stubbed')))
vi.mock('undici', () => ({ Agent: class {}, request() { throw new Error('mocked') } }))
vi.mock('node:http')
it('replaces', () => { ${REPLACING.replaceAll('\n', ';')}; expect(1).toBe(1) })
`
      const project = scratchProject({ ...VITEST, 'a.test.js': replacing })

      const run = await project.vitest(['run', pool], settings(server.url))

      expect(run.stderr).toMatch(/sent {4}created as run-1/)
      expect(server.received).toHaveLength(2)
    },
  )

  it.each([[[]], [['--runInBand']]])('do not affect the submission and its retry under Jest with %j', async (args) => {
    const server = await startServer(json(503, {}), created)
    const replacing = `
jest.useFakeTimers({ now: 0 })
jest.mock('undici', () => ({ Agent: class {}, request() { throw new Error('mocked') } }), { virtual: true })
test('replaces', () => { ${REPLACING.replaceAll('\n', ';')}; expect(1).toBe(1) })
`
    const project = scratchProject({ ...JEST, 'a.test.js': replacing })

    const run = await project.jest(args, settings(server.url))

    expect(run.stderr).toMatch(/sent {4}created as run-1/)
    expect(server.received).toHaveLength(2)
  })
})

function queued(reportsDir: string): string[] {
  const folder = join(reportsDir, '..', 'queue')
  return existsSync(folder) ? readdirSync(folder) : []
}
