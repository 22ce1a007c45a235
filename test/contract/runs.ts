/** The contract about whole runs: what they came to, above all when the runner's own word is not to be trusted. */
import { expect } from 'vitest'
import { allErrors, type Case, helpOf, type Lab, reportOf, runOf } from './case.js'

const isJest = (lab: Lab) => lab.install.runner === 'jest'

export const RUN_CASES: readonly Case[] = [
  {
    title: 'a green run has passed, in the model, in the report and in its exit code',
    check: async (lab) => {
      const result = await lab.of('green')
      const { outcome, counts } = reportOf(result)
      expect(result).toMatchObject({ code: 0, run: { outcome: 'passed', errors: [] } })
      expect(outcome).toBe('passed')
      expect(counts).toMatchObject({ tests: 3, failures: 0, errors: 0, skipped: 0 })
    },
  },
  {
    title: 'a red run has failed, and every test and every loss is in the report',
    check: async (lab) => {
      const result = await lab.of('results')
      const { outcome, counts } = reportOf(result)
      const run = await runOf(lab, 'results')
      expect(result.code).toBe(1)
      expect([run.outcome, outcome]).toEqual(['failed', 'failed'])
      expect(counts.tests).toBeGreaterThanOrEqual(run.modules.flatMap((module) => module.tests).length + 4)
      expect(counts.failures + counts.errors).toBeGreaterThanOrEqual(allErrors(run).length - run.errors.length - 2)
    },
  },
  {
    title: 'the exit code is the one without the reporter',
    check: async (lab) => {
      for (const project of ['green', 'unhandled', 'bail']) {
        const without = await lab.of(project, { reporters: ['default'] })
        expect([project, (await lab.of(project)).code]).toEqual([project, without.code])
      }
    },
    slow: true,
  },
  {
    title: 'the reporter works when the command line names it',
    check: async (lab) => {
      const flag = isJest(lab) ? '--reporters=jux-reporter/jest' : '--reporter=jux-reporter/vitest'
      const result = await lab.of('green', { args: [flag], reporters: ['default'] })
      expect(result.code).toBe(0)
      expect(reportOf(result).outcome).toBe('passed')
    },
  },
  {
    title: 'an error that nobody handled makes the run red although its tests passed',
    check: async (lab) => {
      const result = await lab.of('unhandled')
      const { outcome, text } = reportOf(result)
      expect(result.code).toBe(1)
      expect(['error', 'failed']).toContain(outcome)
      expect(text).toContain('nobody handled this')
    },
  },
  {
    title: 'errors that the user ignores leave the run green and are still told',
    check: async (lab) => {
      const result = await lab.of('unhandled', { args: ['--dangerouslyIgnoreUnhandledErrors'] })
      expect(result.code).toBe(0)
      expect(reportOf(result)).toMatchObject({
        outcome: 'passed',
        text: expect.stringContaining('nobody handled this'),
      })
    },
    cannot: [
      {
        who: ['jest'],
        why: 'they cannot be ignored',
        probe: async (lab) => expect(await helpOf(lab)).not.toContain('gnoreUnhandledErrors'),
      },
    ],
  },
  {
    title: 'a killed worker makes the run red, and the other files keep their results',
    check: async (lab) => {
      const result = await lab.of('crash')
      const { outcome, text } = reportOf(result)
      expect(result.code).not.toBe(0)
      expect(['error', 'interrupted', 'failed']).toContain(outcome)
      expect(text).toContain('crash.test.js')
      // Vitest 3 dies with its worker, at times before the other file is done.
      if (outcome !== 'interrupted') expect(text).toContain('is elsewhere')
    },
  },
  {
    title: 'a test that calls process.exit never leaves a green report',
    check: async (lab) => {
      const { outcome, text } = reportOf(await lab.of('exit'))
      expect(outcome).toBe(isJest(lab) ? 'interrupted' : 'failed')
      expect(text).toContain('ends before the exit')
    },
  },
  {
    title: 'a run that stops at the first failure is interrupted, leaves one report, and says what did not run',
    check: async (lab) => {
      const result = await lab.of('bail')
      const { outcome, text } = reportOf(result)
      expect(result.code).toBe(1)
      expect(outcome).toBe('interrupted')
      expect(text).toMatch(/not run|no result/)
    },
  },
  {
    title: 'a run without tests is not green, whatever its exit code',
    check: async (lab) => {
      const strict = await lab.of('empty')
      const lenient = await lab.of('empty', { args: ['--passWithNoTests'] })
      expect([strict.code, lenient.code]).toEqual([1, 0])
      expect([reportOf(strict).outcome, reportOf(lenient).outcome]).toEqual(['no-tests', 'no-tests'])
    },
    cannot: [
      {
        who: ['jest'],
        why: 'without tests no reporter is called before the run is over',
        probe: async (lab) => {
          const { reports, stdout, stderr } = await lab.of('empty')
          expect(stdout + stderr).toContain('No tests found')
          expect(reports).toEqual([])
        },
      },
    ],
  },
  {
    title: 'a run of skipped tests alone has no tests that ran',
    check: async (lab) => {
      const result = await lab.of('skipped')
      expect(result.code).toBe(0)
      expect(reportOf(result)).toMatchObject({ outcome: 'no-tests', counts: { skipped: 2, failures: 0 } })
    },
  },
  {
    title: 'a failed global set-up makes the run red',
    check: async (lab) => {
      const result = await lab.of('setup')
      expect(result.code).toBe(1)
      expect(reportOf(result)).toMatchObject({ outcome: 'error', counts: { errors: 1 } })
    },
    cannot: [
      {
        who: ['jest'],
        why: 'reporters are made after the global set-up',
        probe: async (lab) => {
          const { reports, stderr } = await lab.of('setup')
          expect(stderr).toContain('global set-up failed')
          expect(reports).toEqual([])
        },
      },
    ],
  },
]
