import { describe, expect, it, onTestFinished, vi } from 'vitest'
import JuxJestReporter from '../../src/reporters/jest.js'
import JuxVitestReporter from '../../src/reporters/vitest.js'
import { reporterHome } from '../support/reporting.js'
import { vitestModule, vitestTest } from '../support/vitest-objects.js'
import { casesOf, witnessScene } from '../support/witness-scene.js'

/** A `jux run` that the reporters of this process find in their environment. */
async function scene() {
  const home = reporterHome()
  const witnessed = await witnessScene()
  vi.stubEnv('JUX_WITNESS', witnessed.witness.variable)
  // The address is remembered for further runs of a process.
  onTestFinished(() => {
    Reflect.deleteProperty(globalThis, Symbol.for('jux-reporter.witness'))
  })
  return {
    ...witnessed,
    home,
    options: { storagePath: witnessed.store },
    cases: () => witnessed.reports().map(casesOf),
  }
}

describe('under jux run, the reporter of Vitest', () => {
  const MODULE = vitestModule([vitestTest({ name: 'adds' })])

  it('hands its files over as they end, and leaves no address for the tests', async () => {
    const { home, options, witness, cases, said, ...rest } = await scene()
    const reporter = new JuxVitestReporter(options)
    await reporter.onInit({ config: { root: home.root }, version: '4.1.12' })
    expect(process.env.JUX_WITNESS).toBeUndefined()

    reporter.onTestRunStart([{}])
    reporter.onTestModuleQueued(MODULE)
    reporter.onTestModuleStart(MODULE)
    reporter.onTestModuleCollected(MODULE)
    reporter.onTestModuleEnd(MODULE)
    await reporter.onTestRunEnd([MODULE], [], 'passed')
    await witness.finish({ exitCode: 0 })

    expect(cases()).toEqual([['adds']])
    expect(rest.reports()[0]).toContain('<property name="jux:exit_code" value="0">')
    expect([home.written(), said()]).toEqual(['', ''])
  })

  it.each([
    [true, undefined],
    [false, 'set by the command'],
  ])('with hideSecrets: %s leaves the tests the secret %s that the command has set', async (hideSecrets, seen) => {
    const { home, options, witness } = await scene()
    vi.stubEnv('JUX_API_KEY', 'set by the command')
    const reporter = new JuxVitestReporter({ ...options, hideSecrets })

    await reporter.onInit({ config: { root: home.root }, version: '4.1.12' })
    await witness.finish({ exitCode: 0 })

    expect(process.env.JUX_API_KEY).toBe(seen)
  })

  it('gives the file that was running when the process was killed', async () => {
    const { home, options, witness, reports } = await scene()
    const reporter = new JuxVitestReporter(options)
    await reporter.onInit({ config: { root: home.root }, version: '4.1.12' })

    reporter.onTestRunStart([{}])
    reporter.onTestModuleStart(MODULE)
    await witness.finish({ signal: 'SIGKILL' })

    expect(reports()[0]).toContain('not run: the run ended before the file did')
    expect(reports()[0]).toContain('<property name="jux:outcome" value="interrupted">')
  })
})

describe('under jux run, the reporter of Jest', () => {
  const FILE = { path: '/repo/a.test.js' }
  const TEST = { ancestorTitles: [], title: 'adds', status: 'passed', duration: 1, invocations: 1 }
  const RESULT = { testFilePath: FILE.path, testResults: [TEST] }
  const RESULTS = { testResults: [RESULT], numTotalTestSuites: 1, startTime: 1_000 }

  it('hands its files over as they end', async () => {
    const { home, options, witness, cases, reports } = await scene()
    const reporter = new JuxJestReporter({ rootDir: home.root }, options)

    await reporter.onRunStart(RESULTS)
    reporter.onTestFileStart(FILE)
    reporter.onTestFileResult(FILE, RESULT)
    await reporter.onRunComplete(undefined, RESULTS)
    await witness.finish({ exitCode: 0 })

    expect(cases()).toEqual([['adds']])
    expect(reports()[0]).toContain('<property name="jux:outcome" value="passed">')
    expect([home.written(), reporter.getLastError()]).toEqual(['', undefined])
  })
})
