import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { scratchProject } from '../support/scratch.js'
import { onTerminal, type Step } from '../support/terminal.js'
import { hasTool } from '../support/tools.js'

const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url))
const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url))
const CTRL_C = '\u0003'

const HAS_PYTHON = hasTool('python3')
if (!HAS_PYTHON) console.log('did not run: jux run on a terminal (needs python3)')

const valueIn = (text: string, name: string) => new RegExp(`<property name="${name}" value="([^"]*)">`).exec(text)?.[1]

/** Runs Vitest under `jux run` on a terminal, and types. */
async function scene(test: string, words: readonly string[], steps: readonly Step[], options = '{}') {
  const project = scratchProject({
    'a.test.js': `import { test } from 'vitest'\n${test}`,
    'vitest.config.js': `export default { test: { reporters: ['default', ['jux-reporter/vitest', ${options}]] } }\n`,
  })
  const shown = await onTerminal([process.execPath, BIN, 'run', '--', process.execPath, VITEST, ...words], {
    cwd: project.dir,
    env: { ...project.environment, TERM: 'xterm' },
    steps,
  })
  const texts = project.reports().map((path) => readFileSync(path, 'utf8'))
  return { ...shown, outcomes: texts.map((text) => [valueIn(text, 'jux:outcome'), valueIn(text, 'jux:signal')]), texts }
}

describe.skipIf(!HAS_PYTHON)('jux run on a terminal', () => {
  it('has the report of a run that Ctrl-C stops, also if it comes twice', async () => {
    const slow = "test('goes on', async () => { console.log('is running'); await new Promise(() => {}) }, 60_000)\n"

    const { status, outcomes, texts, text } = await scene(
      slow,
      ['run'],
      [
        ['is running', CTRL_C],
        ['^C', CTRL_C],
      ],
    )

    // 124 would say that the second one was never typed.
    expect(status).toBe(130)
    expect(text).toContain('jux  report')
    expect(outcomes.map(([outcome]) => outcome)).toEqual(['interrupted'])
    expect(texts[0]).toContain('a.test.js')
  })

  it('has a report for each run of watch mode when the option watch asks for it, and none of its end', async () => {
    const { status, outcomes } = await scene(
      "test('is green', () => {})\n",
      ['watch'],
      [
        ['press h to show help', 'a'],
        ['press h to show help', 'q'],
      ],
      '{ watch: true }',
    )

    expect(status).toBe(0)
    expect(outcomes).toEqual([
      ['passed', undefined],
      ['passed', undefined],
    ])
  })
})
