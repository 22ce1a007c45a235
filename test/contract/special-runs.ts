/** The contract about runs that are special: several projects, shards, filters, watch mode, signals. */
import { expect } from 'vitest'
import { type Case, helpOf, type Lab, moduleOf, reportOf, runOf, testOf } from './case.js'

const isJest = (lab: Lab) => lab.install.runner === 'jest'

export const SPECIAL_CASES: readonly Case[] = [
  {
    title: 'a file that runs in two projects is there twice, each with its own result',
    check: async (lab) => {
      const run = await runOf(lab, 'projects')
      const found = run.modules.map(({ project, file, status }) => `${project} ${file} ${status}`).sort()
      expect(found).toEqual(['first same.test.js passed', 'second same.test.js failed'])
      expect(reportOf(await lab.of('projects')).counts).toMatchObject({ tests: 4, failures: 1 })
    },
  },
  {
    title: 'a shard says which one it is and has its own files alone',
    check: async (lab) => {
      const run = await runOf(lab, 'green', { args: ['--shard=1/2'] })
      expect(run).toMatchObject({ outcome: 'passed', shard: { index: 1, count: 2 } })
      expect(run.modules).toHaveLength(1)
    },
  },
  {
    title: 'a test that the name filter leaves out is skipped for that reason',
    check: async (lab) => {
      const run = await runOf(lab, 'green', { args: ['-t', 'adds'] })
      expect(testOf(run, 'adds').status).toBe('passed')
      expect(testOf(run, 'matches its name')).toMatchObject({ status: 'skipped', notRunCause: 'filter' })
    },
  },
  {
    title: 'two reporters of one run do not disturb each other, and the report is stored once',
    check: async (lab) => expect((await lab.of('green')).reports).toHaveLength(1),
  },
  {
    title: 'merged shards are one run, with all files and their output',
    check: async (lab) => {
      const shard = (index: number) => [`--shard=${index}/2`, '--reporter=blob', `--outputFile=.blobs/${index}.json`]
      const result = await lab.of('green', { before: [shard(1), shard(2)], args: ['--merge-reports=.blobs'] })
      expect(result.run).toMatchObject({ outcome: 'passed', merged: true })
      expect(reportOf(result).counts.tests).toBe(3)
      expect(
        testOf(await runOf(lab, 'green', { before: [shard(1), shard(2)], args: ['--merge-reports=.blobs'] }), 'holds')
          .output,
      ).toHaveLength(1)
    },
    cannot: [
      {
        who: ['jest'],
        why: 'shards are not merged by the runner',
        probe: async (lab) => expect(await helpOf(lab)).not.toMatch(/merge/i),
      },
    ],
    slow: true,
  },
  {
    title: 'tests of types are there, marked as such',
    check: async (lab) => {
      const run = await runOf(lab, 'typecheck')
      expect(run.outcome).toBe('failed')
      expect(moduleOf(run, 'types.test-d.ts').kind).toBe('typecheck')
      expect(testOf(run, 'is a number').status).toBe('passed')
      expect(testOf(run, 'is no string').status).toBe('failed')
    },
    cannot: [
      {
        who: ['jest'],
        why: 'there are no tests of types',
        probe: async (lab) => expect(await helpOf(lab)).not.toMatch(/type-?check/i),
      },
    ],
    slow: true,
  },
  {
    title: 'coverage beside it changes nothing',
    check: async (lab) => {
      const args = isJest(lab) ? ['--coverage'] : ['--coverage.enabled', '--coverage.reporter=text']
      const result = await lab.of('green', { args })
      expect(result.code).toBe(0)
      expect(result.stdout).toMatch(/% Stmts/)
      expect(reportOf(result)).toMatchObject({ outcome: 'passed', counts: { tests: 3 } })
    },
    slow: true,
  },
  {
    title: 'watch mode stores nothing',
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
    slow: true,
  },
  {
    title: 'a run that a signal ends leaves a partial report of what was known, and ends as it would have',
    check: async (lab) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        const result = await lab.of('hang', killWith(signal, 'jux-reporter/vitest'))
        const without = await lab.of('hang', killWith(signal))
        expect([result.code, result.signal]).toEqual([without.code, without.signal])
        expect(reportOf(result).outcome).toBe('interrupted')
        expect(reportOf(result).text).toContain('never ends')
      }
    },
    cannot: [
      {
        who: ['jest'],
        why: 'a signal ends the process without an exit event; a handler of ours would keep a busy run from being stopped',
        probe: async (lab) => {
          const { reports, signal } = await lab.of('hang', killWith('SIGTERM', 'jux-reporter/jest'))
          expect(reports).toEqual([])
          expect(signal).toBe('SIGTERM')
        },
      },
    ],
    slow: true,
  },
  {
    title: 'the runner may force its own exit',
    check: async (lab) => {
      const result = await lab.of('green', { args: ['--forceExit'] })
      expect(result.code).toBe(0)
      expect(reportOf(result).outcome).toBe('passed')
    },
    cannot: [
      {
        who: ['vitest'],
        why: 'there is no such option',
        probe: async (lab) => expect(await helpOf(lab)).not.toContain('forceExit'),
      },
    ],
    slow: true,
  },
]

/** Ends a run by a signal once the quick file is done and the other one hangs. */
function killWith(signal: NodeJS.Signals, ...reporters: string[]) {
  let isSeen = false
  return {
    reporters: ['default', ...reporters],
    env: { LAB_SIGNAL: signal },
    watch: (output: string, kill: (signal: NodeJS.Signals) => void) => {
      if (isSeen || !output.includes('quick.test.js')) return
      isSeen = true
      setTimeout(() => kill(signal), 800)
    },
  }
}
