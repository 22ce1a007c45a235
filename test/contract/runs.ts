/**
 * The contract for whole runs: their outcome, especially if the runner's own result is wrong, and runs with several projects,
 * shards, filters, watch mode and signals.
 */
import { join } from 'node:path'
import { expect } from 'vitest'
import { type LabOptions, ROOT } from '../support/lab.js'
import { allErrors, type Case, helpOf, type Lab, moduleOf, rawOf, reportOf, runOf, testOf } from './case.js'

/** A configuration with another reporter, and without ours. */
const withoutOurs = (lab: Lab) => [join(ROOT, 'test', 'support', `dump-${lab.install.runner}.mjs`)]

const isJest = (lab: Lab) => lab.install.runner === 'jest'

export const RUN_CASES: readonly Case[] = [
  {
    title: 'jux run adds the reporter if the configuration has none, and keeps the other reporters',
    check: async (lab) => {
      const result = await lab.of('green', {
        juxRun: ['--jux-storage-mode', 'local'],
        reporters: withoutOurs(lab),
      })
      expect(result).toMatchObject({ code: 0, run: { outcome: 'passed' } })
      expect(reportOf(result)).toMatchObject({ outcome: 'passed', counts: { tests: 3 } })
    },
  },
  {
    title: 'jux run stores one report if the configuration has the reporter',
    check: async (lab) => {
      const result = await lab.of('green', { juxRun: ['--jux-storage-mode=local', '--strict'] })
      expect(result).toMatchObject({ code: 0, run: { outcome: 'passed' } })
      expect(reportOf(result).outcome).toBe('passed')
    },
  },
  {
    title: 'jux run keeps the exit code of a run that failed, and stores its report',
    check: async (lab) => {
      // Playwright starts a worker after each failure, so the other project takes too long.
      const project = lab.install.runner === 'playwright' ? 'projects' : 'results'
      const plain = await lab.of(project)
      const result = await lab.of(project, { juxRun: ['--storage-mode', 'local'], reporters: withoutOurs(lab) })
      expect(result.code).toBe(plain.code)
      const { tests, failures, errors, skipped } = reportOf(plain).counts
      expect(reportOf(result)).toMatchObject({ outcome: 'failed', counts: { tests, failures, errors, skipped } })
    },
    slow: true,
  },
  {
    title: 'files are rendered when they end, and the report has the bytes of the whole run',
    check: async (lab) => {
      const [, early = '0', all = '0', bytes] =
        /(\d+) of (\d+) files were rendered early, (.*)/.exec((await lab.of('results')).stderr) ?? []
      expect(Number(all)).toBeGreaterThan(2)
      // Vitest 3.2 reports some results of a file after its end.
      expect(Number(early)).toBeGreaterThan(Number(all) / 2)
      expect(bytes).toBe('the same bytes')
    },
  },
  {
    title: 'a green run has passed in the model, in the report and in its exit code',
    check: async (lab) => {
      const result = await lab.of('green')
      const { outcome, counts } = reportOf(result)
      expect(result).toMatchObject({ code: 0, run: { outcome: 'passed', errors: [] } })
      expect(outcome).toBe('passed')
      expect(counts).toMatchObject({ tests: 3, failures: 0, errors: 0, skipped: 0 })
    },
  },
  {
    title: 'a red run has failed, and the report has every test and every file that could not be loaded',
    check: async (lab) => {
      const result = await lab.of('results')
      const { outcome, counts } = reportOf(result)
      const run = await runOf(lab, 'results')
      expect(result.code).toBe(1)
      expect([run.outcome, outcome]).toEqual(['failed', 'failed'])
      // Playwright runs nothing if a file cannot be loaded.
      const unloaded = lab.install.runner === 'playwright' ? 0 : 4
      expect(counts.tests).toBeGreaterThanOrEqual(run.modules.flatMap((module) => module.tests).length + unloaded)
      // Several errors of one test: soft assertions, and the members of an AggregateError where they are errors of the test.
      const several = lab.install.runner === 'playwright' ? 4 : 2
      const errors = allErrors(run).length - run.errors.length
      expect(counts.failures + counts.errors).toBeGreaterThanOrEqual(errors - several)
    },
  },
  {
    title: 'the exit code of a run is the same without the reporter',
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
      const { runner } = lab.install
      const flag = isJest(lab) ? '--reporters' : '--reporter'
      const result = await lab.of('green', { args: [`${flag}=jux-reporter/${runner}`], reporters: ['default'] })
      expect(result.code).toBe(0)
      expect(reportOf(result).outcome).toBe('passed')
    },
  },
  {
    title: 'an unhandled error makes the run red and counts in the report although all tests passed',
    check: async (lab) => {
      const result = await lab.of('unhandled')
      const { outcome, text, counts } = reportOf(result)
      expect(result.code).toBe(1)
      expect(['error', 'failed']).toContain(outcome)
      expect(counts.failures + counts.errors).toBeGreaterThan(0)
      expect(text).toContain('nobody handled this')
    },
  },
  {
    title: 'unhandled errors that the user ignores leave the run green and stay in the report',
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
        who: ['jest', 'playwright'],
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
      // Vitest 3 dies with its worker, sometimes before the other file is done.
      if (outcome !== 'interrupted') expect(text).toContain('is elsewhere')
    },
  },
  {
    title: 'a test that calls process.exit never causes a green report',
    check: async (lab) => {
      const { outcome, text } = reportOf(await lab.of('exit'))
      expect(outcome).toBe(isJest(lab) ? 'interrupted' : 'failed')
      expect(text).toContain('ends before the exit')
    },
  },
  {
    title: 'a run that stops at the first failure has failed, and one entry says so and another what did not run',
    check: async (lab) => {
      const result = await lab.of('bail')
      const { outcome, text } = reportOf(result)
      expect(result.code).toBe(1)
      expect(outcome).toBe('failed')
      expect(text.match(/<error [^>]*>/g)).toEqual([
        expect.stringMatching(/message="the run stopped after \d failed tests? \(bail\)" type="bail"/),
      ])
      expect(text).toMatch(/not run|no result/)
    },
  },
  {
    title: 'a run without tests has the outcome no-tests and a suite in the report, also with --passWithNoTests',
    check: async (lab) => {
      const strict = await lab.of('empty')
      const flag = lab.install.runner === 'playwright' ? '--pass-with-no-tests' : '--passWithNoTests'
      const lenient = await lab.of('empty', { args: [flag] })
      expect([strict.code, lenient.code]).toEqual([1, 0])
      expect([reportOf(strict).outcome, reportOf(lenient).outcome]).toEqual(['no-tests', 'no-tests'])
      expect(reportOf(strict).text).toContain('<testsuite ')
    },
    cannot: [
      {
        who: ['jest'],
        why: 'without tests it calls no reporter',
        probe: async (lab) => {
          const { reports, stdout, stderr } = await lab.of('empty')
          expect(stdout + stderr).toContain('No tests found')
          expect(reports).toEqual([])
        },
      },
    ],
  },
  {
    title: 'a run with only skipped tests has the outcome no-tests',
    check: async (lab) => {
      const result = await lab.of('skipped')
      expect(result.code).toBe(0)
      expect(reportOf(result)).toMatchObject({ outcome: 'no-tests', counts: { skipped: 2, failures: 0 } })
    },
  },
  {
    title: 'a failed global setup makes the run red',
    check: async (lab) => {
      const result = await lab.of('setup')
      expect(result.code).toBe(1)
      expect(reportOf(result)).toMatchObject({ outcome: 'error', counts: { errors: 1 } })
    },
    cannot: [
      {
        who: ['jest'],
        why: 'reporters are created after the global setup',
        probe: async (lab) => {
          const { reports, stderr } = await lab.of('setup')
          expect(stderr).toContain('global set-up failed')
          expect(reports).toEqual([])
        },
      },
    ],
  },
  {
    title: 'a file that runs in two projects appears twice in run and report, each time with its own result',
    check: async (lab) => {
      const run = await runOf(lab, 'projects')
      const found = run.modules.map(({ project, file, status }) => `${project} ${file} ${status}`).sort()
      expect(found).toEqual(['first same.test.js passed', 'second same.test.js failed'])
      const { counts, text } = reportOf(await lab.of('projects'))
      expect(counts).toMatchObject({ tests: 4, failures: 1 })
      expect(text.match(/<testsuite [^>]*file="same\.test\.js"/g)).toHaveLength(2)
    },
  },
  {
    title: 'a shard has its index and only its own files',
    check: async (lab) => {
      const run = await runOf(lab, 'green', { args: ['--shard=1/2'] })
      expect(run).toMatchObject({ outcome: 'passed', shard: { index: 1, count: 2 } })
      expect(run.modules).toHaveLength(1)
    },
  },
  {
    title: 'two shards store two reports, each with its index',
    check: async (lab) => {
      const { reports } = await lab.of('green', { before: [['--shard=1/2']], args: ['--shard=2/2'] })
      const shards = reports.map((text) => /name="jux:shard" value="([^"]*)"/.exec(text)?.[1])
      expect(shards.sort()).toEqual(['1/2', '2/2'])
    },
  },
  {
    title: 'two runs store two reports',
    check: async (lab) => expect((await lab.of('green', { before: [[]] })).reports).toHaveLength(2),
  },
  {
    title: 'the runner waits until the report is stored and its path is printed',
    check: async (lab) => {
      const { stderr, reports } = await lab.of('green')
      expect(reports).toHaveLength(1)
      expect(stderr).toMatch(/report .*\.xml/)
    },
  },
  {
    title: 'a test that the name filter excludes is skipped with the cause filter',
    check: async (lab) => {
      const run = await runOf(lab, 'green', { args: ['-t', 'adds'] })
      expect(testOf(run, 'adds').status).toBe('passed')
      expect(testOf(run, 'matches its name')).toMatchObject({ status: 'skipped', notRunCause: 'filter' })
    },
    cannot: [
      {
        who: ['playwright'],
        why: 'such a test is not in the run',
        probe: async (lab) => {
          const run = await lab.of('green', { args: ['-g', 'adds'] })
          expect(rawOf(run, 'titles')).toEqual(['adds'])
          expect(reportOf(run)).toMatchObject({ outcome: 'passed', counts: { tests: 1 } })
        },
      },
    ],
  },
  {
    title: 'two reporters of one run store one report',
    check: async (lab) => expect((await lab.of('green')).reports).toHaveLength(1),
  },
  {
    title: 'merged shards are one run with all tests and their output',
    check: async (lab) => {
      const shard = (index: number) => [`--shard=${index}/2`, '--reporter=blob', `--outputFile=.blobs/${index}.json`]
      const options: LabOptions =
        lab.install.runner === 'playwright'
          ? {
              before: [['--shard=1/2'], ['--shard=2/2']],
              reportersBefore: ['blob'],
              command: 'merge-reports',
              args: ['--config=playwright.config.js', 'blobs'],
            }
          : { before: [shard(1), shard(2)], args: ['--merge-reports=.blobs'] }
      const run = await runOf(lab, 'green', options)
      expect(run).toMatchObject({ outcome: 'passed', merged: true })
      expect(testOf(run, 'holds').output).toHaveLength(1)
      expect(reportOf(await lab.of('green', options)).counts).toMatchObject({ tests: 3, failures: 0, errors: 0 })
    },
    cannot: [
      {
        who: ['jest'],
        why: 'it does not merge shards',
        probe: async (lab) => expect(await helpOf(lab)).not.toMatch(/merge/i),
      },
    ],
  },
  {
    title: 'a type test is marked as a typecheck',
    check: async (lab) => {
      const run = await runOf(lab, 'typecheck')
      expect(run.outcome).toBe('failed')
      expect(moduleOf(run, 'types.test-d.ts').kind).toBe('typecheck')
      expect(testOf(run, 'is a number').status).toBe('passed')
      expect(testOf(run, 'is no string').status).toBe('failed')
    },
    cannot: [
      {
        who: ['jest', 'playwright'],
        why: 'there are no type tests',
        probe: async (lab) => expect(await helpOf(lab)).not.toMatch(/type-?check/i),
      },
    ],
    slow: true,
  },
  {
    title: 'coverage does not change the report',
    check: async (lab) => {
      const args = isJest(lab) ? ['--coverage'] : ['--coverage.enabled', '--coverage.reporter=text']
      const result = await lab.of('green', { args })
      expect(result.code).toBe(0)
      expect(result.stdout).toMatch(/% Stmts/)
      expect(reportOf(result)).toMatchObject({ outcome: 'passed', counts: { tests: 3 } })
    },
    cannot: [
      {
        who: ['playwright'],
        why: 'it has no flag for coverage',
        probe: async (lab) => expect(await helpOf(lab)).not.toContain('--coverage'),
      },
    ],
    slow: true,
  },
  {
    title: 'a run in watch mode stores no report',
    check: async (lab) => {
      const ready = /Waiting for file changes|Ran all test suites/
      const result = await lab.of('green', {
        command: 'watch',
        args: isJest(lab) ? ['--watchAll'] : [],
        watch: (output, kill) => {
          if (ready.test(output)) setTimeout(() => kill('SIGKILL'), 300)
        },
        reporters: ['default', `jux-reporter/${lab.install.runner}`],
      })
      expect(result.stdout + result.stderr).toMatch(ready)
      expect(result.reports).toEqual([])
    },
    cannot: [
      {
        who: ['playwright'],
        why: 'it has no watch mode in a terminal',
        probe: async (lab) => expect(await helpOf(lab)).not.toContain('--watch'),
      },
    ],
    slow: true,
  },
  ...(['SIGINT', 'SIGTERM'] as const).map(
    (signal): Case => ({
      title: `a run that ${signal} ends stores a report, with the same exit code and signal as without the reporter`,
      check: async (lab) => {
        const result = await lab.of('hang', killWith(signal, `jux-reporter/${lab.install.runner}`))
        const without = await lab.of('hang', killWith(signal))
        expect([result.code, result.signal]).toEqual([without.code, without.signal])
        expect(reportOf(result).outcome).toBe('interrupted')
        expect(reportOf(result).text).toContain('never ends')
      },
      cannot: [
        {
          who: signal === 'SIGINT' ? ['jest'] : ['jest', 'playwright'],
          why: 'a signal ends the process without an exit event, and with a handler of ours a busy run could not be stopped',
          probe: async (lab) => {
            const result = await lab.of('hang', killWith(signal, `jux-reporter/${lab.install.runner}`))
            expect(result.reports).toEqual([])
            expect(result.signal).toBe(signal)
          },
        },
      ],
      slow: true,
    }),
  ),
  {
    title: 'a run with --forceExit stores a report',
    check: async (lab) => {
      const result = await lab.of('green', { args: ['--forceExit'] })
      expect(result.code).toBe(0)
      expect(reportOf(result).outcome).toBe('passed')
    },
    cannot: [
      {
        who: ['vitest', 'playwright'],
        why: 'there is no such option',
        probe: async (lab) => expect(await helpOf(lab)).not.toContain('forceExit'),
      },
    ],
    slow: true,
  },
]

/** Ends a run by a signal when the quick file is done and the other one hangs. */
function killWith(signal: NodeJS.Signals, ...reporters: string[]) {
  let isSeen = false
  return {
    reporters: ['default', ...reporters],
    env: { LAB_SIGNAL: signal },
    watch: (output: string, kill: (signal: NodeJS.Signals) => void) => {
      if (isSeen || !output.includes('quick.test.js')) return
      isSeen = true
      setTimeout(() => kill(signal), 2_000)
    },
  }
}
