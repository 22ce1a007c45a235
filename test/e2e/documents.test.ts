/**
 * The command lines of the documents of pytest-jux, typed for this project: `pytest …` is the test runner under
 * `jux run`, `jux-publish …` is `jux publish …`. All other words are as printed.
 */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { created, json, startServer } from '../support/http-server.js'
import { type ScratchProject, scratchProject } from '../support/scratch.js'

const MODULES = fileURLToPath(new URL('../../node_modules/', import.meta.url))
const TEST = "it('adds', () => { if (1 + 1 !== 2) throw new Error() })\n"

const RUNNERS = {
  vitest: {
    command: ['vitest', 'run'],
    through: ['npx', 'vitest', 'run'],
    test: `import { it } from 'vitest'\n${TEST}`,
    config: 'vitest.config.mjs',
    present: "export default { test: { reporters: ['default', 'jux-reporter/vitest'] } }",
    mine: `class Mine { onInit() { process.stdout.write('mine started\\n') } }
      export default { test: { reporters: [['json', { outputFile: 'mine.json' }], new Mine()] } }`,
  },
  jest: {
    command: ['jest'],
    through: ['npm', 'test', '--'],
    test: TEST,
    config: 'jest.config.cjs',
    present: "module.exports = { reporters: ['default', 'jux-reporter/jest'] }",
    mine: `module.exports = { reporters: [['./mine.cjs', { outputFile: 'mine.json', call: () => 'mine started' }]] }`,
  },
} as const

type Runner = keyof typeof RUNNERS

function project(runner: Runner, config?: string): ScratchProject {
  const about = RUNNERS[runner]
  const scratch = scratchProject({
    'package.json': JSON.stringify({ name: 'scratch', scripts: { test: runner } }),
    [`tests/integration/adds.test.${runner === 'vitest' ? 'mjs' : 'js'}`]: about.test,
    'mine.cjs': `const { writeFileSync } = require('node:fs')
      module.exports = class { constructor(_, o) { this.o = o }
        onRunComplete() { console.log(this.o.call()); writeFileSync(this.o.outputFile, '{}') } }`,
    ...(config === undefined ? {} : { [about.config]: config }),
  })
  if (runner === 'jest') symlinkSync(join(MODULES, 'jest'), join(scratch.dir, 'node_modules', 'jest'), 'junction')
  mkdirSync(join(scratch.dir, 'node_modules', '.bin'))
  const program = runner === 'vitest' ? 'vitest/vitest.mjs' : 'jest/bin/jest.js'
  symlinkSync(join(MODULES, program), join(scratch.dir, 'node_modules', '.bin', runner))
  return scratch
}

const storedBy = (scratch: ScratchProject) => {
  try {
    return scratch.reports().map((path) => readFileSync(path, 'utf8'))
  } catch {
    return []
  }
}

describe.each(['vitest', 'jest'] as const)('the documents, with %s', (runner) => {
  const { command, through, present, mine } = RUNNERS[runner]

  describe.each([
    ['absent from', undefined],
    ['present in', present],
  ])('with the reporter %s the configuration:', (_, config) => {
    it('pytest --jux-submit --jux-project=my-application stores and sends one report', async () => {
      const server = await startServer(created)
      const scratch = project(runner, config)

      const { status, stderr } = await scratch.jux(
        ['run', '--', ...through, '--jux-submit', '--jux-project=my-application'],
        { JUX_API_URL: server.url, npm_config_update_notifier: 'false' },
      )

      expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('jux  report') })
      expect(server.received).toHaveLength(1)
      expect(storedBy(scratch)).toEqual([expect.stringContaining('name="project" value="my-application"')])
    })

    it('pytest --jux-sign --jux-key <key> --jux-storage-mode local stores a signed report and sends none', async () => {
      const scratch = project(runner, config)
      await scratch.jux(['keygen', '--output', 'key.pem', '--type', 'ecdsa'])

      const { status } = await scratch.jux(
        ['run', '--jux-sign', '--jux-key', 'key.pem', '--jux-storage-mode', 'local', '--', ...command],
        { JUX_API_URL: 'http://127.0.0.1:1' },
      )

      expect(status).toBe(0)
      expect(storedBy(scratch)).toEqual([expect.stringContaining('SignatureValue')])
    })
  })

  it('pytest --jux-dry-run shows what would be sent, and stores nothing', async () => {
    const scratch = project(runner)

    const { status, stderr } = await scratch.jux(['run', '--jux-dry-run', '--', ...command])

    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('this is a dry run') })
    expect(storedBy(scratch)).toEqual([])
  })

  it('pytest --jux-verbose says that the reporter was added, and keeps the other reporters with their options', async () => {
    const scratch = project(runner, mine)

    const { status, stdout, stderr } = await scratch.jux(['run', '--jux-verbose', '--', ...command])

    expect(status).toBe(0)
    expect(stderr.match(/jux {2}added.*/g)).toEqual([`jux  added jux-reporter/${runner} to the reporters of this run`])
    expect(stdout).toContain('mine started')
    expect(readFileSync(join(scratch.dir, 'mine.json'), 'utf8')).toMatch(/^\{/)
    expect(storedBy(scratch)).toHaveLength(1)
  })

  it('pytest --jux-submit tests/integration/ fails under --jux-strict without a server, and passes otherwise', async () => {
    const env = { JUX_API_URL: 'http://127.0.0.1:1', JUX_SUBMIT_RETRIES: '0' }
    const line = (flags: readonly string[]) =>
      project(runner).jux(['run', ...flags, '--', ...command, '--jux-submit', 'tests/integration/'], env)

    expect((await line([])).status).toBe(0)
    expect((await line(['--jux-strict'])).status).toBe(1)
  })

  it('pytest --jux-xml-path=output.xml --jux-private-key=key.pem starts nothing, and says what to write', async () => {
    const { status, stderr } = await project(runner).jux([
      'run',
      '--',
      ...command,
      '--jux-xml-path=output.xml',
      '--jux-private-key=key.pem',
    ])

    expect(status).toBe(64)
    expect(stderr).toContain('--storage-path')
  })

  it('a command of the runner that runs no tests is not touched, also under --strict', async () => {
    const scratch = project(runner)

    const { status, stdout, stderr } = await scratch.jux([
      'run',
      '--strict',
      '--',
      process.execPath,
      join(MODULES, runner === 'vitest' ? 'vitest/vitest.mjs' : 'jest/bin/jest.js'),
      runner === 'vitest' ? 'list' : '--listTests',
    ])

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain('adds.test')
    expect(storedBy(scratch)).toEqual([])
  })
})

describe('the documents, jux-publish', () => {
  it('sends one file or the queue, shows a dry run, prints JSON, and says what to add when nothing is named', async () => {
    // It is down while the tests run.
    const server = await startServer(json(503, { error: 'down' }), created)
    const scratch = project('vitest')
    const queued = await scratch.jux(['run', '--storage-mode', 'cache', '--', 'vitest', 'run'], {
      JUX_API_URL: server.url,
      JUX_SUBMIT_RETRIES: '0',
    })
    const report = join(scratch.dir, 'report.xml')
    writeFileSync(report, '<testsuites><testsuite name="a"><testcase name="b"/></testsuite></testsuites>')
    const publish = async (line: string) => {
      const { status, stdout, stderr } = await scratch.jux(['publish', ...line.split(' ')], { JUX_API_URL: server.url })
      return { status, output: stdout + stderr, sent: server.received.length }
    }
    const entry = (status: number, output: string, sent: number) => ({
      status,
      output: expect.stringContaining(output),
      sent,
    })

    expect(queued.status).toBe(0)
    expect(await publish('--queue --dry-run')).toEqual(entry(0, '1 would be published', 1))
    expect(await publish(`--file ${report}`)).toEqual(entry(0, 'published', 2))
    expect(await publish('--process-queue --verbose')).toEqual(entry(0, '1 published, 0 failed', 3))
    expect(await publish('--queue')).toEqual(entry(0, 'no reports are queued', 3))
    expect(await publish('--queue --json')).toEqual(entry(0, '"success": true', 3))
    expect(await publish('--dry-run')).toEqual(entry(64, 'npx jux publish --queue --dry-run', 3))
    expect(await publish('--json')).toEqual(entry(64, 'npx jux publish --queue --json', 3))
  })
})
