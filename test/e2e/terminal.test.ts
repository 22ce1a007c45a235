import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { created, startServer } from '../support/http-server.js'
import { storeWith } from '../support/queued-reports.js'
import { type ScratchProject, scratchProject } from '../support/scratch.js'
import { onTerminal } from '../support/terminal.js'
import { hasTool } from '../support/tools.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const BIN = join(ROOT, 'dist', 'cli', 'bin.js')
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
const JEST = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js')

const REPORT = '<testsuites><testsuite name="s"><testcase name="t"/></testsuite></testsuites>'
const VITEST_PROJECT = {
  'a.test.js': "import { it } from 'vitest'\nit('passes', () => {})\n",
  'vitest.config.js': "export default { test: { reporters: ['default', 'jux-reporter/vitest'] } }\n",
}
const JEST_PROJECT = {
  'package.json': '{"name":"scratch"}',
  'a.test.js': "it('passes', () => {})\n",
  'jest.config.js': "module.exports = { reporters: ['default', 'jux-reporter/jest'] }\n",
}
const COLOR = '\u001b['
const OUR_LINE = /jux\S* +(?:\S*m)?report/

const hasPython = hasTool('python3')

/** What a program writes on a terminal of a project; only `env` sets variables about color. */
async function show(project: ScratchProject, command: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { NO_COLOR: _, ...plain } = project.environment
  return onTerminal([process.execPath, ...command], {
    cwd: project.dir,
    env: { ...plain, TERM: 'xterm-256color', ...env },
  })
}

describe.skipIf(!hasPython)('jux on a real terminal', () => {
  it.each([
    ['without a variable about color', {}, true],
    ['with NO_COLOR', { NO_COLOR: '1' }, false],
    ['with TERM=dumb', { TERM: 'dumb' }, false],
    ['in CI', { CI: 'true' }, false],
    ['in CI, with FORCE_COLOR', { CI: 'true', FORCE_COLOR: '1' }, true],
    ['with FORCE_COLOR=0', { FORCE_COLOR: '0' }, false],
  ])('%s (%j) prints color: %s', async (_, env, colored) => {
    const project = scratchProject({ 'report.xml': REPORT })

    const { status, text } = await show(project, [BIN, 'inspect', 'report.xml'], env)

    expect(status).toBe(0)
    expect(text).toContain('JUnit report')
    expect(text.includes(COLOR)).toBe(colored)
  })

  it('prints the label of an error in color', async () => {
    const { status, text } = await show(scratchProject({}), [BIN, 'inspect', 'nothing.xml'])

    expect(status).toBe(1)
    expect(text).toContain('\u001b[31merror\u001b[0m  file not found: nothing.xml')
  })

  it.each([
    ['draws a progress bar while it publishes', {}, true],
    ['draws no progress bar in CI', { CI: '1' }, false],
  ])('%s', async (_, env, drawn) => {
    const server = await startServer(created)
    const { root } = storeWith('a', 'b', 'c', 'd')
    const publish = [BIN, 'publish', '--queue', '--api-url', server.url, '--storage-path', root]

    const { status, text } = await show(scratchProject({}), publish, env)

    expect(status).toBe(0)
    expect(text).toContain('4 published')
    expect(text.includes('[===')).toBe(drawn)
  })
})

describe.skipIf(!hasPython)('the lines of a reporter on a real terminal', () => {
  it.each([
    ['Vitest', VITEST_PROJECT, [VITEST, 'run']],
    ['Jest', JEST_PROJECT, [JEST]],
  ])('are in color at the end of a %s run, and not with NO_COLOR or in CI', async (_, files, command) => {
    const project = scratchProject(files)
    const ourLine = async (env: NodeJS.ProcessEnv) => {
      const { text } = await show(project, command, env)
      return text.split('\n').find((line) => OUR_LINE.test(line)) ?? 'no line of the reporter'
    }

    expect(await ourLine({})).toContain('\u001b[1m  jux\u001b[0m')
    expect(await ourLine({ NO_COLOR: '1' })).toMatch(/^ {2}jux {2}report/)
    expect(await ourLine({ CI: 'true' })).toMatch(/^ {2}jux {2}report/)
  })
})

describe('the lines of a reporter in a pipe', () => {
  it('are in color with FORCE_COLOR only', async () => {
    const project = scratchProject(VITEST_PROJECT)

    const plain = await project.vitest(['run'], { NO_COLOR: '' })
    const forced = await project.vitest(['run'], { FORCE_COLOR: '1' })

    expect(plain.stderr).toMatch(/^ {2}jux {2}report/m)
    expect(forced.stderr).toContain('\u001b[1m  jux\u001b[0m')
  })
})
