import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judge } from '../../src/gather/outcome.js'
import type { ErrorInfo, TestStatus } from '../../src/model.js'
import { aModule, aTest } from '../support/runs.js'

const quiet = { errors: [], interrupted: false, runnerFailed: false }
const anError: ErrorInfo = { kind: 'unhandled', message: 'boom' }

describe('judge', () => {
  it('calls a run green only when a test passed and nothing whatever speaks against it', () => {
    const statuses: TestStatus[] = ['passed', 'failed', 'skipped', 'todo', 'not-run']
    const runs = fc.record({
      tests: fc.array(fc.constantFrom(...statuses), { maxLength: 6 }),
      moduleErrors: fc.boolean(),
      errors: fc.boolean(),
      interrupted: fc.boolean(),
      runnerFailed: fc.boolean(),
    })
    fc.assert(
      fc.property(runs, (run) => {
        const outcome = judge({
          modules: [
            aModule({
              tests: run.tests.map((status) => aTest({ status })),
              errors: run.moduleErrors ? [anError] : [],
            }),
          ],
          errors: run.errors ? [anError] : [],
          interrupted: run.interrupted,
          runnerFailed: run.runnerFailed,
        })
        const isClean = !(run.moduleErrors || run.errors || run.interrupted || run.runnerFailed)
        const isGreen =
          isClean && run.tests.includes('passed') && !run.tests.some((one) => one === 'failed' || one === 'not-run')
        expect(outcome === 'passed').toBe(isGreen)
      }),
    )
  })

  it('believes a runner that says failed although nothing is seen to have failed', () => {
    const modules = [aModule({ tests: [aTest()] })]

    expect(judge({ ...quiet, modules, runnerFailed: true })).toBe('error')
  })

  it('calls a failed test failed, and a run that was cut off interrupted, whatever else is wrong', () => {
    const modules = [aModule({ tests: [aTest({ status: 'failed' })], errors: [anError] })]

    expect(judge({ ...quiet, modules, errors: [anError] })).toBe('failed')
    expect(judge({ ...quiet, modules, interrupted: true })).toBe('interrupted')
  })

  it('calls a run without files, and one of skipped tests, a run without tests', () => {
    expect(judge({ ...quiet, modules: [] })).toBe('no-tests')
    expect(judge({ ...quiet, modules: [aModule({ tests: [aTest({ status: 'skipped' })] })] })).toBe('no-tests')
  })
})
