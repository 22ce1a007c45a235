/** The contract for runs with features that only Vitest has, and for what only Vitest reports. */
import { expect } from 'vitest'
import type { TestRun } from '../../src/model.js'
import { type Case, helpOf, type Inability, moduleOf, reportOf, runOf, testcaseIn, testOf } from './case.js'

const notInOthers = (why: string, flag: RegExp): Inability => ({
  who: ['jest', 'playwright'],
  why,
  probe: async (lab) => expect(await helpOf(lab)).not.toMatch(flag),
})

export const VITEST_RUN_CASES: readonly Case[] = [
  {
    title: 'type tests have a suite and a class of their own, also when the same file is run',
    check: async (lab) => {
      const { text } = reportOf(await lab.of('both-kinds'))
      const cases = [...text.matchAll(/<testcase classname="([^"]*)"[^>]* name="([^"]*)"/g)]
      expect(cases.map(([, className, name]) => `${className} :: ${name}`).sort()).toEqual([
        '[typecheck] both.test.ts :: is a number',
        '[typecheck] both.test.ts :: is run and checked',
        'both.test.ts :: is a number',
        'both.test.ts :: is run and checked',
      ])
      const run = await runOf(lab, 'both-kinds')
      const ofKind = (kind: string) => run.modules.find((module) => module.kind === kind)
      expect([ofKind('runtime')?.status, ofKind('typecheck')?.status]).toEqual(['passed', 'failed'])
      expect(ofKind('runtime')?.tests[1]?.output).toHaveLength(1)
      expect(ofKind('typecheck')?.tests[1]?.output).toEqual([])
    },
    cannot: [notInOthers('there are no type tests', /type-?check/i)],
    slow: true,
  },
  {
    title: 'type tests keep their names when nothing else runs',
    check: async (lab) => {
      const { text } = reportOf(await lab.of('both-kinds', { args: ['--typecheck.only'] }))
      expect(testcaseIn(text, 'is a number')).toContain('classname="[typecheck] both.test.ts"')
    },
    cannot: [notInOthers('there are no type tests', /type-?check/i)],
    slow: true,
  },
  {
    title: 'every test has an id, also if its title is empty or a number',
    check: async (lab) => {
      const { text, counts } = reportOf(await lab.of('numbers'))
      const ids = [...text.matchAll(/<testcase [^>]* id="([^"]*)"/g)].map(([, id]) => id)
      expect(new Set(ids).size).toBe(counts.tests)
      expect(counts.tests).toBe(5)
    },
  },
  {
    title: 'a benchmark is marked, and no time in its report is before the start of the run',
    check: async (lab) => {
      const result = await lab.of('bench', { command: 'bench' })
      const run = await runOf(lab, 'bench', { command: 'bench' })
      const test = testOf(run, 'adds numbers')
      expect([result.code, test.status, test.benchmark]).toEqual([0, 'passed', true])
      expect(timesOf(run).filter((time) => time < run.startedAt)).toEqual([])
      const { text } = reportOf(result)
      expect(testcaseIn(text, 'adds numbers')).toContain('name="jux:benchmark" value="true"')
      expect(text).not.toContain('1970-')
    },
    cannot: [notInOthers('there are no benchmarks', /\bbench/i)],
    slow: true,
  },
  {
    title: 'a test that skips itself keeps its duration',
    check: async (lab) => {
      const test = testOf(await runOf(lab, 'results'), 'is skipped with a reason')
      expect(test).toMatchObject({ status: 'skipped', durationMs: expect.any(Number) })
      expect(test.startedAt).toBeUndefined()
      expect(testOf(await runOf(lab, 'results'), 'is skipped').durationMs).toBeUndefined()
    },
    cannot: [
      {
        who: ['jest'],
        why: 'a test cannot skip itself',
        probe: async (lab) => {
          const run = await runOf(lab, 'results')
          expect(testOf(run, 'gives a test no context to skip with a reason').status).toBe('passed')
        },
      },
    ],
  },
  {
    title: 'a run without tests is marked if the runner calls it a success, and only then',
    check: async (lab) => {
      for (const [project, args, isFine] of [
        ['empty', [], undefined],
        ['empty', ['--passWithNoTests'], true],
        ['skipped', [], true],
        ['green', ['-t', 'nothing has this name'], true],
        ['green', [], undefined],
      ] as const) {
        const { code } = await lab.of(project, { args })
        const { outcome, nothingToRunIsFine } = await runOf(lab, project, { args })
        expect([project, args, code, nothingToRunIsFine]).toEqual([
          project,
          args,
          isFine || outcome === 'passed' ? 0 : 1,
          isFine,
        ])
      }
    },
    cannot: [
      {
        who: ['jest'],
        why: 'without tests it calls no reporter',
        probe: async (lab) => expect((await lab.of('empty')).reports).toEqual([]),
      },
      {
        who: ['playwright'],
        why: 'a filter that leaves no test is a failure, and its flags have other names',
        probe: async (lab) => {
          const none = await lab.of('green', { args: ['-g', 'nothing has this name'] })
          const { nothingToRunIsFine } = await runOf(lab, 'green', { args: ['-g', 'nothing has this name'] })
          expect([none.code, reportOf(none).outcome, nothingToRunIsFine]).toEqual([1, 'no-tests', undefined])
        },
      },
    ],
    slow: true,
  },
  {
    title: 'a file whose environment is not installed has a suite with the error, and the others run',
    check: async (lab) => {
      const result = await lab.of('no-environment')
      const run = await runOf(lab, 'no-environment')
      expect([result.code, run.outcome, run.errors]).toEqual([1, 'error', []])
      expect(moduleOf(run, 'plain.test.js').status).toBe('passed')
      expect(moduleOf(run, 'page.test.js')).toMatchObject({
        status: 'failed',
        tests: [],
        errors: [{ kind: 'load', cause: { message: expect.stringContaining("'jsdom'") } }],
      })
      expect(testcaseIn(reportOf(result).text, '\\(load\\)')).toContain('file="page.test.js"')
    },
    cannot: [
      {
        who: ['vitest3'],
        why: 'its error does not name the file',
        probe: async (lab) => {
          const run = await runOf(lab, 'no-environment')
          expect(moduleOf(run, 'page.test.js').status).toBe('not-run')
          expect(JSON.stringify(run.errors)).not.toContain('page.test.js')
        },
      },
      {
        who: ['jest'],
        why: 'it has its own error for this, see the files that cannot be loaded',
        probe: async (lab) => expect(moduleOf(await runOf(lab, 'results'), 'load-import.test.js').tests).toEqual([]),
      },
      {
        who: ['playwright'],
        why: 'it has no environments',
        probe: async (lab) => expect(await helpOf(lab)).not.toMatch(/--env|test environment/i),
      },
    ],
  },
]

/** Every time in a run but its own start. */
function timesOf(run: TestRun): string[] {
  const times = run.modules.flatMap((module) => [module.startedAt, ...module.tests.map((test) => test.startedAt)])
  return times.filter((time) => time !== undefined)
}
