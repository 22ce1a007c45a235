import { describe, expect, it } from 'vitest'
import { contextOf, JestCollector } from '../../src/gather/jest.js'
import type { ModuleResult } from '../../src/model.js'
import { assertion, fileResult, gather as gatherJest } from '../support/gather-jest.js'
import { collectorOf, gather } from '../support/gather-vitest.js'
import { type TestParts, vitestModule, vitestSuite, vitestTest } from '../support/vitest-objects.js'

const FILE = '/repo/a.test.js'

describe('VitestCollector, for a module that has ended,', () => {
  const contextOf = { rootDir: '/repo', filter: undefined, notBeforeMs: undefined }

  /** A module whose test has a record like those of Vitest, in a collector that has kept it. */
  function ended(parts: TestParts = {}) {
    const task = { result: { state: 'pass' }, meta: {}, annotations: [] as unknown[] }
    const test = vitestTest({ ...parts, rest: { task } })
    const silent = vitestTest({ name: 'silent', rest: { task: {} } })
    const module = vitestModule([vitestSuite('s', [test, silent], { task: { result: { state: 'pass' } } })], {
      task: {},
    })
    const collected = collectorOf([{}], 1_000)
    collected.onUserConsoleLog({ content: 'early', type: 'stdout', taskId: test.id, time: 0 })
    const kept: ModuleResult[] = []
    collected.onTestModuleEnd(module, contextOf, (gathered) => {
      kept.push({ ...gathered, rawStatus: 'kept' })
      return kept[0]
    })
    return { collected, module, task, kept, run: () => gather([module], { collected, isKept: () => true }) }
  }

  it('gives the module as it was kept, and its output to nothing else', () => {
    const { run, kept } = ended()

    expect(run().modules).toEqual(kept)
    expect(run().output).toEqual([])
  })

  it.each<[string, (task: ReturnType<typeof ended>['task']) => void]>([
    ['another result', (task) => Object.assign(task, { result: { state: 'fail' } })],
    ['other metadata', (task) => Object.assign(task, { meta: { flag: true } })],
    ['another annotation', (task) => task.annotations.push({ type: 'note', message: 'late' })],
  ])('gathers it anew when a test of it has got %s since', (_, change) => {
    const { run, task } = ended()

    change(task)

    expect(run().modules[0]?.rawStatus).toBe('passed')
  })

  it.each([
    ['that had output', 'id of works'],
    ['that had none', 'id of silent'],
  ])('gathers it anew, and no other, when output of a test %s comes late', (_, taskId) => {
    const { module, collected } = ended()
    const other = vitestModule([], { id: 'id of the other', task: {} })
    collected.onTestModuleEnd(other, contextOf, (gathered) => ({ ...gathered, rawStatus: 'kept' }))

    collected.onUserConsoleLog({ content: 'late', type: 'stdout', taskId, time: 0 })

    const run = gather([module, other], { collected, isKept: () => true })
    expect(run.modules.map(({ rawStatus }) => rawStatus)).toEqual(['passed', 'kept'])
    const output = run.modules[0]?.tests.flatMap((test) => test.output) ?? []
    expect(output.map(({ text }) => text)).toEqual(['early', 'late'])
    expect(run.output).toEqual([])
  })

  it('keeps the module when output that belongs to no test comes late', () => {
    const { run, collected, kept } = ended()

    for (const taskId of [undefined, '__vitest__unknown_test__', 'id of nobody'])
      collected.onUserConsoleLog({ content: 'late', type: 'stdout', taskId, time: 0 })

    expect(run()).toMatchObject({ modules: kept, output: [{ text: 'late' }, { text: 'late' }, { text: 'late' }] })
  })

  it('does not keep a module with a test that has not run, because the end of the run decides why', () => {
    expect(ended({ state: 'pending' }).kept).toEqual([])
  })

  it('does not keep a module whose records it cannot see', () => {
    const collected = collectorOf([{}], 1_000)
    const seen: unknown[] = []

    collected.onTestModuleEnd(vitestModule([vitestTest()]), contextOf, (gathered) => {
      seen.push(gathered)
      return gathered
    })

    expect(seen).toEqual([])
  })

  it('gathers it anew when the run does not want it', () => {
    const { collected, module } = ended()

    expect(gather([module], { collected }).modules[0]?.rawStatus).toBe('passed')
    expect(gather([module], { collected, isKept: () => false }).modules[0]?.rawStatus).toBe('passed')
  })
})

describe('JestCollector, for a file that has ended,', () => {
  const context = contextOf({ rootDir: '/repo' }, { startTime: 1_000 }, { cwd: '/elsewhere' })

  function ended(startedTwice: boolean) {
    const collected = new JestCollector()
    const result = fileResult([assertion()])
    collected.onTestFileStart(FILE)
    if (startedTwice) collected.onTestFileStart(FILE)
    collected.onTestFileResult(result)
    collected.gatherEnded(result, context, (gathered) => ({ ...gathered, rawStatus: 'kept' }))
    const statusIn = (results: readonly (typeof result)[], isKept?: () => boolean) =>
      gatherJest({ testResults: results }, { collected, isKept }).modules[0]?.rawStatus
    return { result, statusIn }
  }

  it('gives the file as it was kept, if the run wants it', () => {
    const { result, statusIn } = ended(false)

    expect(statusIn([result], () => true)).toBe('kept')
    expect(statusIn([result], () => false)).toBe('passed')
    expect(statusIn([result])).toBe('passed')
  })

  it('gathers it anew when its result has changed since', () => {
    const { result, statusIn } = ended(false)

    Object.assign(result, { testExecError: { message: 'late' } })

    expect(statusIn([result], () => true)).toBe('failed')
  })

  it('does not keep a file that two projects run at the same time', () => {
    const { result, statusIn } = ended(true)

    expect(statusIn([result], () => true)).toBe('passed')
  })
})
