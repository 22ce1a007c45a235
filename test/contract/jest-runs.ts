/** The contract for runs with features that only Jest has, and for those that only Jest ends with a failure. */
import { expect } from 'vitest'
import { type Case, helpOf, moduleOf, reportOf, runOf, testcaseIn, testOf } from './case.js'

const inBand = { args: ['--runInBand'] }

export const JEST_RUN_CASES: readonly Case[] = [
  {
    title: 'an exit code that a test sets is an error of the run, which names the file',
    check: async (lab) => {
      const result = await lab.of('exit-code', inBand)
      expect(result.code).toBe(3)
      const { outcome, text, counts } = reportOf(result)
      expect([outcome, counts.errors]).toEqual(['error', 1])
      expect(text).toContain('process.exitCode was set to 3 while cli.test.js ran, and no test failed')
    },
    cannot: [
      {
        who: ['vitest', 'playwright'],
        why: 'a test cannot change the exit code of the run',
        probe: async (lab) => {
          const result = await lab.of('exit-code')
          expect([result.code, reportOf(result).outcome]).toEqual([0, 'passed'])
        },
      },
    ],
  },
  {
    title: 'an exit code that a test sets in a worker does not change the run',
    check: async (lab) => {
      const result = await lab.of('exit-code', { args: lab.install.runner === 'jest' ? ['--maxWorkers=2'] : [] })
      expect([result.code, reportOf(result).outcome]).toEqual([0, 'passed'])
    },
  },
  {
    title: 'obsolete snapshots that fail a run are named in their file, and obsolete snapshot files in the run',
    check: async (lab) => {
      const result = await lab.of('obsolete')
      expect(result.code).toBe(1)
      const run = await runOf(lab, 'obsolete')
      expect(run.outcome).toBe('error')
      expect(moduleOf(run, 'kept.test.js').errors).toMatchObject([{ message: 'obsolete snapshots\n  gone 1' }])
      const files = 'obsolete snapshot files\n  __snapshots__/removed.test.js.snap'
      expect(run.errors).toMatchObject([{ message: files }])
      expect(reportOf(result)).toMatchObject({ outcome: 'error', counts: { tests: 3, errors: 2 } })
    },
    cannot: [
      {
        who: ['vitest', 'playwright'],
        why: 'obsolete snapshots do not fail a run',
        probe: async (lab) => {
          const result = await lab.of('obsolete')
          expect([result.code, reportOf(result).outcome]).toEqual([0, 'passed'])
        },
      },
    ],
  },
  {
    title: 'a test that killed its worker is named, as not run because of a crash',
    check: async (lab) => {
      const run = await runOf(lab, 'crash')
      expect(testOf(run, 'ends before the crash').status).toBe('passed')
      expect(testOf(run, 'kills its worker')).toMatchObject({ status: 'not-run', notRunCause: 'crash' })
      const element = testcaseIn(reportOf(await lab.of('crash')).text, 'kills its worker')
      expect(element).toContain('the worker process ended before the test did')
    },
    cannot: [
      {
        who: ['vitest'],
        why: 'the results of a worker that was killed are missing, also those of the tests that ended before',
        probe: async (lab) => {
          const { run, reports } = await lab.of('crash')
          // Vitest 3 dies with its worker, sometimes before the run ends.
          const text = run === undefined ? reports.join('\n') : reportOf(await lab.of('crash')).text
          expect(testcaseIn(text, 'ends before the crash')).toContain('<skipped')
        },
      },
      {
        who: ['playwright'],
        why: 'the test that killed its worker has failed, with an error that says so',
        probe: async (lab) => {
          const run = await runOf(lab, 'crash')
          expect(testOf(run, 'ends before the crash').status).toBe('passed')
          expect(testOf(run, 'kills its worker')).toMatchObject({
            status: 'failed',
            errors: [{ message: expect.stringContaining('worker process exited unexpectedly') }],
          })
        },
      },
    ],
  },
  {
    title: 'a run that looks for failed tests and finds none is not interrupted',
    check: async (lab) => {
      const flag = lab.install.runner === 'playwright' ? '--last-failed' : '--onlyFailures'
      const { reports } = await lab.of('green', { before: [[]], args: [flag] })
      const outcomes = reports.map((text) => /name="jux:outcome" value="([^"]*)"/.exec(text)?.[1])
      expect(outcomes).toContain('passed')
      expect(outcomes).not.toContain('interrupted')
    },
    cannot: [
      {
        who: ['vitest'],
        why: 'it does not repeat failed tests',
        probe: async (lab) => expect(await helpOf(lab)).not.toContain('onlyFailures'),
      },
    ],
  },
  {
    title:
      'a file under another runner keeps its project, has no time that is none, and a skipped test keeps its duration',
    check: async (lab) => {
      const run = await runOf(lab, 'runners')
      const foreign = run.modules.find(({ project }) => project === 'foreign')
      expect(run.modules.map(({ project }) => project).sort()).toEqual(['foreign', 'own'])
      expect(foreign).toMatchObject({ file: 'one.test.js', status: 'passed', durationMs: 9 })
      expect(foreign?.startedAt).toBeUndefined()
      expect(foreign?.tests).toMatchObject([
        { title: 'adds', status: 'passed', durationMs: 2 },
        { title: 'skips itself', status: 'skipped', durationMs: 7 },
      ])
      expect(reportOf(await lab.of('runners')).text).not.toContain('1970')
    },
    cannot: [
      {
        who: ['vitest', 'playwright'],
        why: 'it has one runner',
        probe: async (lab) => expect(await helpOf(lab)).not.toMatch(/--runner\b/),
      },
    ],
  },
  {
    title: 'a run of Jest without tests says that this is fine if Jest exits with 0',
    check: async (lab) => {
      for (const [project, args] of [
        ['skipped', []],
        ['green', ['-t', 'nothing']],
        ['green', ['--findRelatedTests', 'project.js', '--passWithNoTests']],
      ] as const) {
        const result = await lab.of(project, { args })
        const { outcome, nothingToRunIsFine } = await runOf(lab, project, { args })
        expect([result.code, outcome, nothingToRunIsFine]).toEqual([0, 'no-tests', true])
      }
    },
    cannot: [
      {
        who: ['vitest', 'playwright'],
        why: 'it has other options',
        probe: async (lab) => expect(await helpOf(lab)).not.toContain('findRelatedTests'),
      },
    ],
  },
]
