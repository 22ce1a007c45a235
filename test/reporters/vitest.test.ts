import { describe, expect, it } from 'vitest'
import type { JuxOptions } from '../../src/config/options.js'
import JuxVitestReporter from '../../src/reporters/vitest.js'
import { clearDesk, exitNow } from '../support/reporting.js'
import { vitestModule, vitestTest } from '../support/vitest-objects.js'

async function reporterOf(options: JuxOptions = {}, config = {}) {
  const desk = clearDesk()
  const reporter = new JuxVitestReporter({ ...desk.options, ...options })
  await reporter.onInit({ config: { root: desk.root, ...config }, version: '4.1.12' })
  return { desk, reporter }
}

const MODULE = vitestModule([vitestTest({ name: 'adds' })])
const listeners = () => process.listenerCount('exit')

describe('the Vitest reporter', () => {
  it('leaves one report of a run, with its console output and its version', async () => {
    const { desk, reporter } = await reporterOf()
    const before = listeners()

    reporter.onTestRunStart([{}])
    reporter.onTestModuleQueued(MODULE)
    reporter.onTestModuleCollected(MODULE)
    reporter.onUserConsoleLog({ content: 'said by adds', type: 'stdout', taskId: 'id of adds', time: 0 })
    await reporter.onTestRunEnd([MODULE], [], 'passed')

    expect(desk.reports()).toHaveLength(1)
    expect(desk.reports()[0]).toMatch(/name="jux:runner_version" value="4\.1\.12"/)
    expect(desk.reports()[0]).toContain('said by adds')
    expect(listeners()).toBe(before)
  })

  it('keeps what is known so far when the process ends before the run', async () => {
    const { desk, reporter } = await reporterOf()
    reporter.onTestRunStart([{}, {}])
    reporter.onTestModuleQueued(MODULE)

    exitNow()

    expect(desk.reports()[0]).toContain('name="jux:outcome" value="interrupted"')
    expect(desk.reports()[0]).toContain('name="adds"')
  })

  it('reports the runs of watch mode only when it is asked to', async () => {
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

    expect([silent.desk.reports().length, asked.desk.reports().length]).toEqual([0, 2])
  })

  it('makes nothing of events that are not what they should be, and no noise about them', async () => {
    const { desk, reporter } = await reporterOf()

    reporter.onTestRunStart()
    for (const listen of [reporter.onUserConsoleLog, reporter.onTestModuleQueued, reporter.onTestModuleCollected])
      expect(Reflect.apply(listen, reporter, [null, null])).toBeUndefined()
    await reporter.onTestRunEnd([], [], 'passed')

    expect(desk.reports()[0]).toContain('value="no-tests"')
  })

  it('lives through a run whose start it never saw', async () => {
    const reporter = new JuxVitestReporter()

    await expect(reporter.onTestRunEnd([MODULE], [], 'passed')).resolves.toBeUndefined()
  })
})
