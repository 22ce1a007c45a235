import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { JuxOptions } from '../../src/config/options.js'
import JuxJestReporter from '../../src/reporters/jest.js'
import { runningJestVersion } from '../../src/reporters/jest-version.js'
import { exitNow, reporterHome } from '../support/reporting.js'

const FILE = { path: '/repo/a.test.js' }
const TEST = { ancestorTitles: [], title: 'adds', status: 'passed', duration: 1, invocations: 1 }
const RESULT = { testFilePath: FILE.path, testResults: [TEST], console: [{ type: 'log', message: 'said by adds' }] }
const RESULTS = { testResults: [RESULT], numTotalTestSuites: 1, startTime: 1_000 }

function reporterOf(options: JuxOptions = {}, config = {}) {
  const home = reporterHome()
  return { home, reporter: new JuxJestReporter({ rootDir: home.root, ...config }, { ...home.options, ...options }) }
}

describe('JuxJestReporter', () => {
  it('stores one report of a run, even if Jest ends the run twice', async () => {
    const { home, reporter } = reporterOf()
    const before = process.listenerCount('exit')

    await reporter.onRunStart(RESULTS)
    reporter.onTestFileStart(FILE)
    reporter.onTestCaseStart(FILE, { ancestorTitles: [], title: 'adds', startedAt: 2_000 })
    reporter.onTestCaseResult(FILE, TEST)
    reporter.onTestFileResult(FILE, RESULT)
    await Promise.all([reporter.onRunComplete(undefined, RESULTS), reporter.onRunComplete(undefined, RESULTS)])

    expect(home.reports()).toHaveLength(1)
    expect(home.reports()[0]).toContain('said by adds')
    expect(reporter.getLastError()).toBeUndefined()
    expect(process.listenerCount('exit')).toBe(before)
  })

  it('stores what is known so far when the process exits before the run ends', async () => {
    const { home, reporter } = reporterOf()
    await reporter.onRunStart({ testResults: [] })
    reporter.onTestFileStart(FILE)
    reporter.onTestCaseResult(FILE, TEST)

    exitNow()

    expect(home.reports()[0]).toContain('name="jux:outcome" value="interrupted"')
    expect(home.reports()[0]).toContain('name="adds"')
  })

  it.each([{ watch: true }, { watchAll: true }])(
    'reports a run with %j only under the option watch',
    async (config) => {
      const silent = reporterOf({}, config)
      const asked = reporterOf({ watch: true }, config)

      for (const { reporter } of [silent, asked]) {
        await reporter.onRunStart(RESULTS)
        await reporter.onRunComplete(undefined, RESULTS)
      }

      expect([silent.home.reports().length, asked.home.reports().length]).toEqual([0, 1])
    },
  )

  it('returns an error to Jest only under strict, and otherwise does not change the exit code', async () => {
    const { exitCode } = process
    const lenient = reporterOf({ keyPath: 'absent.pem' })
    await lenient.reporter.onRunComplete(undefined, RESULTS)
    expect([lenient.reporter.getLastError(), process.exitCode]).toEqual([undefined, exitCode])

    const strict = reporterOf({ keyPath: 'absent.pem', strict: true })
    await strict.reporter.onRunComplete(undefined, RESULTS)

    expect(strict.reporter.getLastError()).toMatchObject({ code: 'KEY_NOT_FOUND' })
  })

  it.each([
    ['in the main process', false, 'process.exitCode was set to 5 while a.test.js ran, and no test failed'],
    ['while workers run', true, 'process.exitCode was set to 5 during the run, and no test failed'],
  ])('reports an exit code that something sets %s, and leaves it', async (_, showStatus, message) => {
    const { exitCode } = process
    const { home, reporter } = reporterOf()
    const file = { path: join(home.root, 'a.test.js') }
    const result = { testFilePath: file.path, testResults: [TEST] }
    try {
      await reporter.onRunStart(RESULTS, { showStatus })
      reporter.onTestFileStart(file)
      process.exitCode = 5
      reporter.onTestFileResult(file, result)
      await reporter.onRunComplete(undefined, { ...RESULTS, testResults: [result] })

      expect(process.exitCode).toBe(5)
    } finally {
      process.exitCode = exitCode
    }

    expect(home.reports()[0]).toContain('name="jux:outcome" value="error"')
    expect(home.reports()[0]).toContain(message)
  })

  it.each([
    ['was set before the run', {}, 5, 5],
    ['is set back', {}, 5, 0],
    ['Jest sets itself under --forceExit', { forceExit: true }, undefined, 5],
  ])('does not report an exit code that %s', async (_, config, before, after) => {
    const { exitCode } = process
    const { home, reporter } = reporterOf({}, config)
    try {
      process.exitCode = before
      await reporter.onRunStart(RESULTS)
      reporter.onTestFileStart(FILE)
      process.exitCode = after
      reporter.onTestFileResult(FILE, RESULT)
      await reporter.onRunComplete(undefined, RESULTS)
    } finally {
      process.exitCode = exitCode
    }

    expect(home.reports()[0]).toContain('name="jux:outcome" value="passed"')
  })

  it('does not report the exit code that a second reporter has set under strict', async () => {
    const { exitCode } = process
    const strict = reporterOf({ keyPath: 'absent.pem', strict: true })
    const other = reporterOf()
    try {
      process.exitCode = 0
      await other.reporter.onRunStart(RESULTS)
      other.reporter.onTestFileStart(FILE)
      other.reporter.onTestFileResult(FILE, RESULT)
      await strict.reporter.onRunComplete(undefined, RESULTS)
      expect(process.exitCode).toBe(1)
      await other.reporter.onRunComplete(undefined, RESULTS)
    } finally {
      process.exitCode = exitCode
    }

    expect(other.home.reports()[0]).toContain('name="jux:outcome" value="passed"')
  })

  it('tells a user of Vitest to load jux-reporter/vitest', () => {
    const { home, reporter } = reporterOf()

    reporter.onInit()

    expect(home.written()).toContain(
      'error  no report of this run: jux-reporter/jest cannot report a run of Vitest\n  try  write jux-reporter/vitest\n',
    )
  })

  it('ignores events that are malformed', async () => {
    const { home, reporter } = reporterOf()

    for (const listen of [
      reporter.onTestFileStart,
      reporter.onTestCaseStart,
      reporter.onTestCaseResult,
      reporter.onTestFileResult,
    ])
      expect(Reflect.apply(listen, reporter, [null, null])).toBeUndefined()
    await reporter.onRunComplete(undefined, { testResults: [] })

    expect(home.reports()[0]).toContain('value="no-tests"')
  })
})

describe('runningJestVersion', () => {
  it('is the version of the loaded @jest/core, and "unknown" before it is loaded', () => {
    const require = createRequire(import.meta.url)
    expect(runningJestVersion()).toBe('unknown')

    require('@jest/core')

    expect(runningJestVersion()).toBe(require('jest/package.json').version)
  })
})
