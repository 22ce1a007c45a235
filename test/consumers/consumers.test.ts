import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readReport } from '../../src/report/read.js'
import { installedRunner, ROOT, runProject } from '../support/lab.js'
import { renderWhole } from '../support/rendering.js'
import { runProgram } from '../support/run-program.js'
import { everything } from '../support/runs.js'
import { CONSUMERS, type Consumer, type Fact, type Reading } from './programs.js'

/** The text of each fact in the golden report. */
const FACTS: readonly (readonly [fact: Fact, text: string])[] = [
  ['failure', 'rich message'],
  ['error', 'load message'],
  ['skip reason', 'no database'],
  ['flaky', 'flake message'],
  ['later attempt', 'second try message'],
]
const REPORTS = ['everything-common', 'everything-jenkins', 'everything-ant', 'vitest', 'jest'] as const

const folder = mkdtempSync(join(tmpdir(), 'jux-consumers-'))
const pathOf = (name: string) => join(folder, `${name}.xml`)

beforeAll(async () => {
  const key = join(folder, 'key.pem')
  await jux('keygen', '--output', key)
  for (const dialect of ['common', 'jenkins', 'ant'] as const) {
    const plain = join(folder, 'plain.xml')
    writeFileSync(plain, renderWhole(everything(), { dialect }).xml)
    await jux('sign', plain, '--key', key, '--output', pathOf(`everything-${dialect}`))
  }
  for (const runner of ['vitest', 'jest'] as const) {
    const { reports } = await runProject(installedRunner(runner), 'results', { env: { JUX_KEY_PATH: key } })
    writeFileSync(pathOf(runner), reports[0] ?? '')
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const installed: Consumer[] = []
for (const consumer of CONSUMERS) {
  const problem = await consumer.install()
  if (problem === undefined) installed.push(consumer)
  else console.log(`did not run: ${consumer.name} (${problem})`)
}

describe.each(installed.map((consumer) => [consumer.name, consumer] as const))('%s', (_name, consumer) => {
  it.each(REPORTS)('counts the tests of the signed report %s as it does', async (report) => {
    const { tests, failures, errors, skipped } = readReport(readFileSync(pathOf(report))).summary

    const { counts } = await read(consumer, report)

    const failed = failures + errors
    expect(tests).toBeGreaterThan(10)
    expect(counts).toEqual({ passed: tests - failed - skipped, failed, skipped })
  })

  it.each(['vitest', 'jest'] as const)('has every name and message of the run of %s', async (report) => {
    const { cases } = readReport(readFileSync(pathOf(report)), { cases: true })
    const wanted = cases.flatMap((one) => {
      const isShown = one.status === 'failed' || (one.status === 'error' && !consumer.lacks.includes('error'))
      return isShown ? [one.name, one.message ?? ''] : [one.name]
    })

    const { shown } = await read(consumer, report)

    const has = letters(shown)
    expect(wanted.filter((text) => !has.includes(letters(firstLine(text))))).toEqual([])
  })

  it.each(FACTS)('shows the %s of a report, or is known to show none', async (fact, text) => {
    const { shown } = await read(consumer, 'everything-common')

    expect(shown.includes(text)).toBe(!consumer.lacks.includes(fact))
  })
})

const junit2html = installed.find(({ name }) => name === 'junit2html')
if (junit2html !== undefined) {
  describe('junit2html', () => {
    it('takes the signature for one more suite, without tests', async () => {
      const { suites } = readReport(readFileSync(pathOf('everything-common'))).summary

      expect(await read(junit2html, 'everything-common')).toMatchObject({ suites: suites.length + 1 })
    })
  })
}

describe.runIf(installed.some(({ name }) => name === 'xunit-viewer'))('the command of xunit-viewer', () => {
  // It takes text with this character for text in another encoding than UTF-8, which Node cannot decode.
  it.each([
    ['reads a report with letters of any language', 'ä ☃ 試験', 0],
    ['cannot read a report with U+FFFD, the replacement character', '\ufffd', 1],
  ])('%s', async (_title, text, status) => {
    writeFileSync(pathOf('text'), renderWhole(everything()).xml.replace('no database', text))
    const script = join(ROOT, '.matrix', 'consumers', 'npm', 'node_modules', 'xunit-viewer', 'bin', 'xunit-viewer.js')
    const flags = ['-r', pathOf('text'), '-c', 'false', '-o', join(folder, 'page.html')]

    expect(await runProgram(process.execPath, [script, ...flags], { env: process.env })).toMatchObject({ status })
  })
})

const readings = new Map<string, Promise<Reading>>()

// Some programs take seconds for a report.
function read(consumer: Consumer, report: string): Promise<Reading> {
  const key = `${consumer.name} ${report}`
  const reading = readings.get(key) ?? consumer.read(pathOf(report), mkdtempSync(join(folder, 'read-')))
  readings.set(key, reading)
  return reading
}

async function jux(...words: readonly string[]): Promise<void> {
  const { status, stderr } = await runProgram(process.execPath, [join(ROOT, 'dist', 'cli', 'bin.js'), ...words], {
    env: { ...process.env, HOME: folder },
  })
  if (status !== 0) throw new Error(`jux ${words.join(' ')}: ${stderr}`)
}

// Some programs shorten messages, and each escapes text in its own way.
function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0]?.slice(0, 60) ?? ''
}

function letters(text: string): string {
  return text.replace(/\\u[0-9a-f]{4}|&\w+;|[^\p{L}\p{N}]/gu, '')
}
