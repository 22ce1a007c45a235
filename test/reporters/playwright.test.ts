import { describe, expect, it, vi } from 'vitest'
import type { JuxOptions } from '../../src/config/options.js'
import JuxJestReporter from '../../src/reporters/jest.js'
import JuxPlaywrightReporter from '../../src/reporters/playwright.js'
import JuxVitestReporter from '../../src/reporters/vitest.js'
import { attempt, rootSuite } from '../support/playwright-objects.js'
import { exitNow, reporterHome } from '../support/reporting.js'

/** A reporter as Playwright creates it. */
function reporterOf(options: JuxOptions = {}, mode = 'test') {
  const home = reporterHome()
  const given = { ...home.options, ...options, configDir: home.root, _mode: mode, _commandHash: '' }
  return { home, reporter: new JuxPlaywrightReporter(given) }
}

const SUITE = rootSuite([{ tests: [{ title: 'adds' }] }])
const [TEST] = SUITE.allTests()
const CONFIG = { version: '1.65.1' }
const PASSED = { status: 'passed' as const, startTime: new Date(), duration: 5 }

describe('JuxPlaywrightReporter', () => {
  it('stores one report of a run, with its console output and its version', async () => {
    const before = process.listenerCount('exit')
    const { home, reporter } = reporterOf()
    const [result] = TEST?.results ?? []
    if (TEST === undefined || result === undefined) throw new Error('there is no test')

    reporter.onBegin(CONFIG, SUITE)
    reporter.onTestBegin(TEST, result)
    reporter.onStdOut('said by adds\n', TEST, result)
    reporter.onTestEnd(TEST, result)

    expect(await reporter.onEnd(PASSED)).toBeUndefined()
    expect(home.reports()).toHaveLength(1)
    expect(home.reports()[0]).toMatch(/name="jux:runner_version" value="1\.65\.1"/)
    expect(home.reports()[0]).toContain('said by adds')
    expect(process.listenerCount('exit')).toBe(before)
  })

  it('takes the fields that Playwright adds to the options for no mistake of the user', async () => {
    const { home, reporter } = reporterOf({ project: 'shop' })

    reporter.onBegin(CONFIG, SUITE)
    await reporter.onEnd(PASSED)

    expect(home.written()).not.toContain('error')
    expect(home.reports()[0]).toContain('name="project" value="shop"')
  })

  it('prints nothing of a run, so that Playwright adds a reporter that does', () => {
    expect(new JuxPlaywrightReporter().printsToStdio()).toBe(false)
  })

  it('removes the secrets from the environment before its constructor returns, and knows them', async () => {
    const home = reporterHome()
    vi.stubEnv('JUX_API_KEY', 'planted-api-key')

    const reporter = new JuxPlaywrightReporter({ ...home.options, ...{ configDir: home.root, _mode: 'test' } })

    expect(process.env.JUX_API_KEY).toBeUndefined()
    reporter.onBegin(CONFIG, SUITE)
    reporter.onStdOut('it says planted-api-key\n')
    await reporter.onEnd(PASSED)
    expect(home.reports()[0]).toContain('it says [secret:env:JUX_API_KEY]')
  })

  it('leaves the secrets in the environment under hideSecrets: false', () => {
    const home = reporterHome()
    vi.stubEnv('JUX_API_KEY', 'planted')

    new JuxPlaywrightReporter({ ...home.options, hideSecrets: false, ...{ configDir: home.root, _mode: 'test' } })

    expect(process.env.JUX_API_KEY).toBe('planted')
  })

  it('stores what is known so far when the process exits before the run ends', async () => {
    const { home, reporter } = reporterOf()
    reporter.onBegin(CONFIG, rootSuite([{ tests: [{ title: 'adds' }, { title: 'comes later', results: [] }] }]))
    await new Promise((resolve) => setTimeout(resolve, 200))

    exitNow()

    expect(home.reports()[0]).toContain('name="jux:outcome" value="interrupted"')
    expect(home.reports()[0]).toContain('not run: the process ended before the test did')
  })

  it('makes no report of a list of tests', async () => {
    const { home, reporter } = reporterOf({}, 'list')

    reporter.onBegin(CONFIG, SUITE)
    await reporter.onEnd(PASSED)

    expect([home.reports(), home.written()]).toEqual([[], ''])
  })

  it('fails a run, and throws in a merge, only under strict', async () => {
    for (const [strict, mode, result] of [
      [false, 'test', undefined],
      [true, 'test', { status: 'failed' }],
      [true, 'merge', 'CONFIG_INVALID_VALUE'],
    ] as const) {
      const { reporter } = reporterOf({ strict, storageMode: JSON.parse('"nowhere"') }, mode)
      reporter.onBegin(CONFIG, SUITE)
      const ended = await reporter.onEnd(PASSED).catch((error: unknown) => Reflect.get(Object(error), 'code'))

      expect([strict, mode, ended]).toEqual([strict, mode, result])
    }
  })

  it('reports the runs of the user interface only under the option watch', async () => {
    vi.spyOn(process, 'argv', 'get').mockReturnValue(['node', 'playwright', 'test', '--ui'])
    const silent = reporterOf()
    silent.reporter.onBegin(CONFIG, SUITE)
    await silent.reporter.onEnd(PASSED)
    const asked = reporterOf({ watch: true })
    asked.reporter.onBegin(CONFIG, SUITE)
    await asked.reporter.onEnd(PASSED)
    vi.restoreAllMocks()

    expect([silent.home.reports().length, asked.home.reports().length]).toEqual([0, 1])
  })

  it('starts when its run begins if another reporter has created it', async () => {
    const home = reporterHome()
    const reporter = new JuxPlaywrightReporter(home.options)

    reporter.onBegin(CONFIG, SUITE)
    await reporter.onEnd(PASSED)

    expect(home.reports()).toHaveLength(1)
  })

  it('ignores events that are malformed', async () => {
    const { home, reporter } = reporterOf()

    for (const listen of [reporter.onBegin, reporter.onTestBegin, reporter.onTestEnd, reporter.onError])
      expect(Reflect.apply(listen, reporter, [null, null])).toBeUndefined()
    expect(Reflect.apply(reporter.onStdOut, reporter, [null, null, {}])).toBeUndefined()
    await reporter.onEnd({ status: 'failed' })

    expect(home.written()).not.toContain('TypeError')
    expect(attempt('passed').status).toBe('passed')
  })

  it('tells users of Vitest and Jest which reporter to load, and theirs tell users of Playwright', () => {
    const home = reporterHome()
    const reporter = new JuxPlaywrightReporter()

    reporter.onInit()
    reporter.onRunStart()
    new JuxVitestReporter().onBegin()
    new JuxJestReporter({}).onBegin()

    expect(home.written().match(/jux-reporter\/\w+ cannot report a run of \w+|write .*/g)).toEqual([
      'jux-reporter/playwright cannot report a run of Vitest',
      'write jux-reporter/vitest',
      'jux-reporter/playwright cannot report a run of Jest',
      'write jux-reporter/jest',
      'jux-reporter/vitest cannot report a run of Playwright',
      'write jux-reporter/playwright',
      'jux-reporter/jest cannot report a run of Playwright',
      'write jux-reporter/playwright',
    ])
  })
})
