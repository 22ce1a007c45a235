/** The contract about single tests: what they came to, how often they were tried, what they said. */
import { expect } from 'vitest'
import { type Case, rawOf, runOf, testOf } from './case.js'
import { jestKnowsNoMore } from './remarks.js'

export const TEST_CASES: readonly Case[] = [
  {
    title: 'a passed test has one exact attempt, a start, a duration',
    check: async (lab) => {
      const run = await runOf(lab, 'results')
      const test = testOf(run, 'passes')
      expect(test).toMatchObject({ status: 'passed', rawStatus: 'passed', flaky: false, errors: [] })
      expect(test.attempts).toMatchObject([{ index: 0, status: 'passed', exact: true }])
      expect(test.durationMs).toBeGreaterThanOrEqual(0)
      expect(Date.parse(test.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(run.startedAt) - 1_000)
      expect(Date.parse(test.startedAt ?? '')).toBeLessThanOrEqual(Date.parse(run.finishedAt))
    },
  },
  {
    title: 'a skipped test is skipped, a todo is a todo',
    check: async (lab) => {
      const run = await runOf(lab, 'results')
      expect(testOf(run, 'is skipped')).toMatchObject({ status: 'skipped', attempts: [] })
      expect(testOf(run, 'is to be written')).toMatchObject({ status: 'todo', attempts: [] })
    },
  },
  {
    title: 'a skipped test keeps its reason',
    check: async (lab) => {
      const test = testOf(await runOf(lab, 'results'), 'is skipped with a reason')
      expect(test).toMatchObject({ status: 'skipped', reason: 'not on this machine' })
    },
    cannot: [
      {
        who: ['jest'],
        why: 'a test cannot skip itself, and skip takes no reason',
        probe: async (lab) => {
          const run = await runOf(lab, 'results')
          expect(testOf(run, 'gives a test no context to skip with a reason').status).toBe('passed')
        },
      },
    ],
  },
  {
    title: 'a test that fails as announced has passed, and says that it was announced',
    check: async (lab) => {
      const test = testOf(await runOf(lab, 'results'), 'fails as announced')
      expect(test).toMatchObject({ status: 'passed', expectedFailure: true })
    },
    cannot: [
      {
        who: ['jest29'],
        why: 'a result does not say that it was announced',
        probe: async (lab) => {
          expect(rawOf(await lab.of('results'), 'assertionKeys')).not.toContain('failing')
          expect(testOf(await runOf(lab, 'results'), 'fails as announced').status).toBe('passed')
        },
      },
    ],
  },
  {
    title: 'a test that passes against its announcement has failed, with a reason',
    check: async (lab) => {
      const test = testOf(await runOf(lab, 'results'), 'passes against its announcement')
      expect(test.status).toBe('failed')
      expect(test.errors).toMatchObject([{ kind: 'assertion', message: expect.stringMatching(/fail/) }])
    },
  },
  {
    title: 'each row of parameters is a test with its values in its title',
    check: async (lab) => {
      const run = await runOf(lab, 'results')
      expect(testOf(run, 'adds 1 and 2').status).toBe('passed')
      expect(testOf(run, 'adds 2 and 2').status).toBe('passed')
    },
  },
  {
    title: 'nested and sibling describes are the path of a test, also when they share a title',
    check: async (lab) => {
      const run = await runOf(lab, 'results')
      expect(testOf(run, 'is nested', ['outer', 'inner'], 1).status).toBe('passed')
      expect(testOf(run, 'is nested', ['outer', 'inner'], 2).status).toBe('passed')
      expect(testOf(run, 'is nested', ['sibling']).ordinal).toBe(1)
      expect(testOf(run, 'is between', ['outer']).path).toEqual(['outer'])
    },
  },
  {
    title: 'tests of one name are told apart, each with its own result',
    check: async (lab) => {
      const run = await runOf(lab, 'results')
      expect(testOf(run, 'has a namesake', [], 1)).toMatchObject({ status: 'passed', errors: [] })
      expect(testOf(run, 'has a namesake', [], 2)).toMatchObject({ status: 'failed' })
      expect(testOf(run, 'has a namesake', [], 2).errors).toMatchObject([{ message: 'second of that name' }])
    },
  },
  {
    title: 'a flaky test has passed, is flaky, and keeps its failed attempts with their errors',
    check: async (lab) => {
      const test = testOf(await runOf(lab, 'results'), 'passes at the third attempt')
      expect(test).toMatchObject({ status: 'passed', flaky: true, errors: [], retry: { count: 2 } })
      expect(test.attempts.map((attempt) => attempt.status)).toEqual(['failed', 'failed', 'passed'])
      expect(test.attempts.map((attempt) => attempt.errors.map((error) => error.message))).toEqual([
        ['attempt 1'],
        ['attempt 2'],
        [],
      ])
      expect(testOf(await runOf(lab, 'results'), 'is never retried')).toMatchObject({ flaky: false })
    },
  },
  {
    title: 'a test that fails at every attempt has the errors of the last one, and keeps the others in their attempts',
    check: async (lab) => {
      const test = testOf(await runOf(lab, 'results'), 'fails at every attempt')
      expect(test).toMatchObject({ status: 'failed', flaky: false, retry: { count: 2 } })
      expect(test.errors.map((error) => error.message)).toEqual(['attempt 3'])
      expect(test.attempts.flatMap((attempt) => attempt.errors.map((error) => error.message))).toEqual([
        'attempt 1',
        'attempt 2',
        'attempt 3',
      ])
    },
  },
  {
    title: 'attempts are exact, with a start and a duration each',
    check: async (lab) => {
      const { attempts } = testOf(await runOf(lab, 'results'), 'fails at every attempt')
      for (const attempt of attempts) {
        expect(attempt).toMatchObject({ exact: true, startedAt: expect.any(String), durationMs: expect.any(Number) })
      }
    },
    cannot: [
      {
        who: ['vitest'],
        why: 'the errors of all attempts are in one list, and no attempt has a time',
        probe: async (lab) => {
          const keys = ['duration', 'flaky', 'heap', 'repeatCount', 'retryCount', 'slow', 'startTime']
          expect(keys).toEqual(expect.arrayContaining(rawOf(await lab.of('results'), 'diagnosticKeys') as string[]))
        },
      },
    ],
  },
  {
    title: 'a repeated test says how often',
    check: async (lab) => {
      const test = testOf(await runOf(lab, 'results'), 'is repeated')
      expect(test).toMatchObject({ status: 'passed', repeats: { count: 2, configured: 2 } })
    },
    cannot: [jestKnowsNoMore('there are no repeats')],
  },
]
