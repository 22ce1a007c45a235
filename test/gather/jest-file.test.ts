import { describe, expect, it } from 'vitest'
import { createJestCollector } from '../../src/gather/jest-collector.js'
import { assertion, fileResult, gather, STACK } from '../support/gather-jest.js'

describe('a test file of Jest', () => {
  it('that could not be loaded has an error of loading', () => {
    const error = { message: 'Cannot find module', stack: 'Error: Cannot find module' }

    const run = gather({ testResults: [fileResult([], { testExecError: error })] })

    expect(run.outcome).toBe('error')
    expect(run.modules[0]).toMatchObject({ status: 'failed', rawStatus: 'failed', errors: [{ kind: 'load' }] })
  })

  it('with tests has an error that is of a hook, or of nobody', () => {
    const errorsOf = (stack: string) =>
      gather({ testResults: [fileResult([assertion()], { testExecError: { message: 'boom', stack } })] }).modules[0]
        ?.errors

    expect(errorsOf('Error: boom\n    at _callCircusHook (/x.js:1:1)')).toMatchObject([
      { kind: 'hook', hook: 'afterAll' },
    ])
    expect(errorsOf(STACK)).toMatchObject([{ kind: 'unhandled' }])
  })

  it('has the text of its failure where the error came without a stack', () => {
    const parts = { testExecError: { message: 'x' }, failureMessage: 'SyntaxError: Unexpected token\n\n  1 | (' }

    expect(gather({ testResults: [fileResult([], parts)] }).modules[0]?.errors).toMatchObject([
      { kind: 'load', name: 'SyntaxError', message: expect.stringMatching(/^Unexpected token/) },
    ])
    expect(gather({ testResults: [fileResult([], { testExecError: 'text' })] }).modules[0]?.errors).toEqual([
      { kind: 'load', name: 'string', message: 'text' },
    ])
  })

  it('has its times, as far as Jest took them', () => {
    const start = { start: 1_000, end: 3_000 }
    const perfStats = {
      ...start,
      loadTestEnvironmentStart: 1_000,
      loadTestEnvironmentEnd: 1_200,
      setupFilesStart: 1_200,
    }

    const [whole, none, negative] = gather({
      testResults: [
        fileResult([], { perfStats }),
        fileResult([], { perfStats: { start: 0, end: 0 } }),
        fileResult([], { perfStats: { start: 2_000, end: 1_000 } }),
      ],
    }).modules

    expect(whole).toMatchObject({
      startedAt: '1970-01-01T00:00:01.000Z',
      durationMs: 2_000,
      timings: { environment: 200 },
    })
    expect(none).not.toHaveProperty('startedAt')
    expect(negative).toMatchObject({ durationMs: 0 })
    expect(negative).not.toHaveProperty('timings')
  })

  it.each([
    [{ name: 'web' }, 'web'],
    ['web', 'web'],
    [undefined, undefined],
  ])('of the project %j is told from others of its name', (displayName, project) => {
    const [module] = gather({ testResults: [fileResult([], { displayName })] }).modules

    expect([module?.project, module?.id]).toEqual([project, JSON.stringify([project ?? '', 'a.test.js'])])
  })

  it('that was skipped whole ran nothing', () => {
    expect(gather({ testResults: [fileResult([], { skipped: true })] }).modules[0]).toMatchObject({
      status: 'skipped',
      rawStatus: 'skipped',
    })
  })

  it('keeps its console output, which Jest releases before the run is over', () => {
    const collector = createJestCollector()
    const console = [
      { type: 'log', message: 'said' },
      { type: 'warn', message: 'warned' },
    ]
    const kept = fileResult([assertion()], { console })
    collector.onTestFileStart(kept.testFilePath)
    collector.onTestFileResult(kept)
    Object.assign(kept, { console: null })
    const unseen = fileResult([], { console: [{ type: 'trace', message: 'late' }] })

    const run = gather({ testResults: [kept, unseen] }, { collected: collector })

    expect(run.modules.map(({ output }) => output)).toEqual([
      [
        { stream: 'stdout', text: 'said\n' },
        { stream: 'stderr', text: 'warned\n' },
      ],
      [{ stream: 'stderr', text: 'late\n' }],
    ])
  })

  it('whose worker was killed keeps the tests that had ended, once each', () => {
    const collector = createJestCollector()
    const killed = fileResult([], { testExecError: { message: 'terminated', stack: 'Error: terminated' } })
    collector.onTestFileStart(killed.testFilePath)
    collector.onTestCaseResult(killed.testFilePath, assertion({ status: 'failed', failureMessages: [STACK] }))
    collector.onTestCaseResult(killed.testFilePath, assertion({ invocations: 2 }))
    collector.onTestCaseResult('/repo/never-begun.test.js', assertion())
    collector.onTestFileResult(killed)

    const [module] = gather({ testResults: [killed] }, { collected: collector }).modules

    expect(module?.tests).toMatchObject([
      { status: 'passed', flaky: true, attempts: [{ errors: [{ message: 'boom' }] }, { status: 'passed' }] },
    ])
    expect(module).toMatchObject({ status: 'failed', errors: [{ kind: 'unhandled', message: 'terminated' }] })
  })

  it('that was not done when the process died has the tests that had ended', () => {
    const collector = createJestCollector()
    collector.onTestFileStart('/repo/b.test.js')
    collector.onTestCaseStart('/repo/b.test.js', { ancestorTitles: ['s'], title: 'begins', startedAt: 3_000 })
    collector.onTestCaseResult('/repo/b.test.js', assertion({ ancestorTitles: ['s'], title: 'begins', startAt: null }))

    const run = gather({}, { collected: collector, partial: true })

    expect(run).toMatchObject({ outcome: 'interrupted', partial: true })
    expect(run.modules).toMatchObject([
      {
        file: 'b.test.js',
        status: 'not-run',
        tests: [{ title: 'begins', path: ['s'], status: 'passed', startedAt: '1970-01-01T00:00:03.000Z' }],
      },
    ])
  })
})
