import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boom, gather } from '../support/gather-vitest.js'
import { type TestParts, vitestModule, vitestSuite, vitestTest } from '../support/vitest-objects.js'

const STATUSES: Readonly<Record<string, TestParts>> = {
  passed: {},
  failed: { state: 'failed' },
  skipped: { state: 'skipped', options: { mode: 'skip' } },
  todo: { state: 'skipped', options: { mode: 'todo' } },
  'not-run': { state: 'pending' },
}

interface RunParts {
  readonly tests: readonly string[]
  /** Whether the file has an error outside its tests. */
  readonly moduleFailed?: boolean
  /** Whether a describe of the file has an error outside its tests. */
  readonly suiteFailed?: boolean
  readonly unhandled?: boolean
  readonly interrupted?: boolean
  readonly runnerFailed?: boolean
}

/** The outcome of a run with one file. */
function outcomeOf({ tests, moduleFailed, suiteFailed, unhandled, interrupted, runnerFailed }: RunParts) {
  const suite = vitestSuite('empty', [], { errors: () => (suiteFailed ? [boom()] : []) })
  const children = [suite, ...tests.map((status) => vitestTest(STATUSES[status]))]
  return gather([vitestModule(children, { errors: () => (moduleFailed ? [boom()] : []) })], {
    unhandledErrors: unhandled ? [boom()] : [],
    reason: runnerFailed ? 'failed' : 'passed',
    partial: interrupted,
  }).outcome
}

describe('gatherVitest, for the outcome of a run', () => {
  it('says passed only if a test passed and there is no failure of any kind', () => {
    const runs = fc.record({
      tests: fc.array(fc.constantFrom(...Object.keys(STATUSES)), { maxLength: 6 }),
      moduleFailed: fc.boolean(),
      suiteFailed: fc.boolean(),
      unhandled: fc.boolean(),
      interrupted: fc.boolean(),
      runnerFailed: fc.boolean(),
    })
    fc.assert(
      fc.property(runs, (run) => {
        const { moduleFailed, suiteFailed, unhandled, interrupted, runnerFailed } = run
        const isClean = !(moduleFailed || suiteFailed || unhandled || interrupted || runnerFailed)
        const isGreen =
          isClean && run.tests.includes('passed') && !run.tests.some((one) => one === 'failed' || one === 'not-run')
        expect(outcomeOf(run) === 'passed').toBe(isGreen)
      }),
    )
  })

  it.each([{ moduleFailed: true }, { suiteFailed: true }, { unhandled: true }, { tests: ['passed', 'not-run'] }])(
    'says error although no test failed: %j',
    (parts) => {
      expect(outcomeOf({ tests: ['passed'], ...parts })).toBe('error')
    },
  )

  it('says error if the runner says that the run failed but reports no failure', () => {
    expect(outcomeOf({ tests: ['passed'], runnerFailed: true })).toBe('error')
  })

  it('says interrupted for an interrupted run, and failed if a test failed, before any other outcome', () => {
    const run = { tests: ['failed'], moduleFailed: true, unhandled: true }

    expect(outcomeOf(run)).toBe('failed')
    expect(outcomeOf({ ...run, interrupted: true })).toBe('interrupted')
  })

  it('says no-tests for a run without files and for a run of skipped tests', () => {
    expect(gather([]).outcome).toBe('no-tests')
    expect(outcomeOf({ tests: ['skipped'] })).toBe('no-tests')
  })
})
