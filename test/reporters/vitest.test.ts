import { describe, expect, it } from 'vitest'
import type { JuxOptions } from '../../src/config/options.js'
import JuxVitestReporter from '../../src/reporters/vitest.js'
import { exitNow, reporterHome } from '../support/reporting.js'
import { vitestModule, vitestTest } from '../support/vitest-objects.js'

async function reporterOf(options: JuxOptions = {}, config = {}) {
  const home = reporterHome()
  const reporter = new JuxVitestReporter({ ...home.options, ...options })
  await reporter.onInit({ config: { root: home.root, ...config }, version: '4.1.12' })
  return { home, reporter }
}

const MODULE = vitestModule([vitestTest({ name: 'adds' })])
const listeners = () => process.listenerCount('exit')

describe('JuxVitestReporter', () => {
  it('stores one report of a run, with its console output and its version', async () => {
    const { home, reporter } = await reporterOf()
    const before = listeners()

    reporter.onTestRunStart([{}])
    reporter.onTestModuleQueued(MODULE)
    reporter.onTestModuleCollected(MODULE)
    reporter.onUserConsoleLog({ content: 'said by adds', type: 'stdout', taskId: 'id of adds', time: 0 })
    await reporter.onTestRunEnd([MODULE], [], 'passed')

    expect(home.reports()).toHaveLength(1)
    expect(home.reports()[0]).toMatch(/name="jux:runner_version" value="4\.1\.12"/)
    expect(home.reports()[0]).toContain('said by adds')
    expect(listeners()).toBe(before)
  })

  it('stores what is known so far when the process exits before the run ends', async () => {
    const { home, reporter } = await reporterOf()
    reporter.onTestRunStart([{}, {}])
    reporter.onTestModuleQueued(MODULE)

    exitNow()

    expect(home.reports()[0]).toContain('name="jux:outcome" value="interrupted"')
    expect(home.reports()[0]).toContain('name="adds"')
  })

  it('previews its report in a dry run when the process exits before the run ends', async () => {
    const { home, reporter } = await reporterOf({ dryRun: true })
    reporter.onTestRunStart([{}])

    exitNow()

    expect(home.written()).toMatch(
      / xml +well-formed JUnit XML, checked with xmldom: .*\n +sent +nothing: this is a dry run\n/,
    )
    expect(home.reports()).toEqual([])
  })

  it('reports a run in watch mode only under the option watch', async () => {
    const silent = await reporterOf({}, { watch: true })
    const asked = await reporterOf({ watch: true }, { watch: true })

    for (const { reporter } of [silent, asked]) {
      for (const run of [1, 2]) {
        reporter.onTestRunStart(Array.from({ length: run }))
        await reporter.onTestRunEnd([MODULE], [], 'passed')
      }
    }
    silent.reporter.onTestRunStart([])
    exitNow()

    expect([silent.home.reports().length, asked.home.reports().length]).toEqual([0, 2])
  })

  it('tells a user of Jest to load jux-reporter/jest', async () => {
    const { home, reporter } = await reporterOf()

    reporter.onRunStart()

    expect(home.written()).toContain(
      'error  no report of this run: jux-reporter/vitest cannot report a run of Jest\n  try  write jux-reporter/jest\n',
    )
  })

  it('ignores events that are malformed', async () => {
    const { home, reporter } = await reporterOf()

    reporter.onTestRunStart()
    for (const listen of [reporter.onUserConsoleLog, reporter.onTestModuleQueued, reporter.onTestModuleCollected])
      expect(Reflect.apply(listen, reporter, [null, null])).toBeUndefined()
    await reporter.onTestRunEnd([], [], 'passed')

    expect(home.reports()[0]).toContain('value="no-tests"')
  })

  it('does not throw for a run that ends without a start event', async () => {
    const reporter = new JuxVitestReporter()

    await expect(reporter.onTestRunEnd([MODULE], [], 'passed')).resolves.toBeUndefined()
  })
})
