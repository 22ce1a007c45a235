/** The contract for runs with features that only Playwright has, and for what only Playwright reports. */
import { expect } from 'vitest'
import { chromiumPath } from '../support/lab.js'
import { type Case, helpOf, type Inability, moduleOf, reportOf, runOf, testcaseIn, testOf } from './case.js'

/** The inability of the others, which have no such flag. */
const notInOthers = (why: string, flag: string): Inability => ({
  who: ['vitest', 'jest'],
  why,
  probe: async (lab) => expect(await helpOf(lab)).not.toContain(flag),
})

const noSteps = notInOthers('there are no steps and fixtures that a run tells of', '--trace')
const noSeries = notInOthers('an attempt is one of a test, and has no files', '--last-failed')

export const PLAYWRIGHT_RUN_CASES: readonly Case[] = [
  {
    title: 'an error names the steps in which it was thrown, and a step that failed without harm is no error',
    check: async (lab) => {
      const run = await runOf(lab, 'results')
      const [error] = testOf(run, 'fails in a step').errors
      expect(error).toMatchObject({ kind: 'error', message: 'no such field' })
      expect(error?.stack).toMatch(/\n {4}\(step: sign in > fill the form\)$/)
      expect(testOf(run, 'goes on after a step')).toMatchObject({ status: 'passed', errors: [] })
    },
    cannot: [noSteps],
  },
  {
    title: 'an error of a fixture is one of a hook, and names the fixture',
    check: async (lab) => {
      const run = await runOf(lab, 'results')
      for (const [title, name] of [
        ['uses a fixture that fails at its start', 'fixture "missing"'],
        ['uses a fixture that fails at its end', 'fixture "broken"'],
      ] as const) {
        expect(testOf(run, title)).toMatchObject({ status: 'failed', errors: [{ kind: 'hook', hook: name }] })
      }
    },
    cannot: [noSteps],
  },
  {
    title: 'an attachment without a path keeps its text, or its bytes in base64',
    check: async (lab) => {
      expect(testOf(await runOf(lab, 'results'), 'has texts and bytes').attachments).toEqual([
        { name: 'a text', contentType: 'text/plain', body: 'a line' },
        { name: 'some bytes', contentType: 'application/octet-stream', body: 'AP8=' },
      ])
    },
    cannot: [noSteps],
  },
  {
    title: 'each attempt keeps its own output and attachments, and the report has them all',
    check: async (lab) => {
      const test = testOf(await runOf(lab, 'results'), 'passes at the third attempt')
      const texts = (pieces: readonly { text: string }[] = []) => pieces.map(({ text }) => text)
      expect(test.attempts.map(({ output }) => texts(output))).toEqual([
        ['output of attempt 1\n'],
        ['output of attempt 2\n'],
        [],
      ])
      expect(texts(test.output)).toEqual(['output of attempt 3\n'])
      const bodies = (list: readonly { body?: string | undefined }[] = []) => list.flatMap(({ body }) => body ?? [])
      expect(test.attempts.map(({ attachments }) => bodies(attachments))).toEqual([
        ['log of attempt 1'],
        ['log of attempt 2'],
        [],
      ])
      expect(bodies(test.attachments)).toEqual(['log of attempt 3'])
      const element = testcaseIn(reportOf(await lab.of('results')).text, 'passes at the third attempt')
      for (const number of [1, 2, 3]) {
        expect(element.match(new RegExp(`output of attempt ${number}`, 'g'))).toHaveLength(1)
        expect(element.match(new RegExp(`log of attempt ${number}`, 'g'))).toHaveLength(1)
      }
    },
    cannot: [noSeries],
  },
  {
    title: 'a test that fails and then skips itself is skipped, and keeps its failed attempt',
    check: async (lab) => {
      const test = testOf(await runOf(lab, 'results'), 'fails at first and then skips itself')
      expect(test).toMatchObject({ status: 'skipped', reason: 'only once', flaky: false })
      expect(test.attempts).toMatchObject([{ status: 'failed', errors: [{ message: 'attempt 1' }] }])
    },
    cannot: [noSeries],
  },
  {
    title: 'tests that did not run after a failed hook or an earlier test say why, and are no skipped tests',
    check: async (lab) => {
      const run = await runOf(lab, 'results')
      expect(testOf(run, 'second behind it')).toMatchObject({ status: 'not-run', notRunCause: 'hook' })
      expect(testOf(run, 'never follows')).toMatchObject({
        status: 'not-run',
        reason: 'an earlier test of its series failed',
      })
    },
    cannot: [noSeries],
  },
  {
    title: 'a series that passes at its second attempt has passed, and only the test that failed is flaky',
    check: async (lab) => {
      const { tests } = moduleOf(await runOf(lab, 'flaky'), 'flaky.test.js')
      expect(tests.map(({ title, status, flaky, attempts }) => [title, status, flaky, attempts.length])).toEqual([
        ['passes at the second attempt', 'passed', true, 2],
        ['begins', 'passed', false, 2],
        ['breaks once', 'passed', true, 2],
        ['follows', 'passed', false, 1],
      ])
      const result = await lab.of('flaky')
      expect([result.code, reportOf(result).outcome]).toEqual([0, 'passed'])
      expect(result.stderr).toContain('1 of 1 files were rendered early, the same bytes')
    },
    cannot: [noSeries],
  },
  {
    title: 'a run that flaky tests fail has an error that says so',
    check: async (lab) => {
      const result = await lab.of('flaky', { args: ['--fail-on-flaky-tests'] })
      expect([result.code, reportOf(result).outcome, reportOf(result).counts.errors]).toEqual([1, 'error', 1])
      expect(reportOf(result).text).toContain('flaky tests fail this run (failOnFlakyTests)')
    },
    cannot: [notInOthers('flaky tests fail no run', '--fail-on-flaky-tests')],
  },
  {
    title: 'each repetition of a test is a test case with a name of its own',
    check: async (lab) => {
      const { text, counts } = reportOf(await lab.of('green', { args: ['--repeat-each=3'] }))
      const names = [...text.matchAll(/<testcase classname="([^"]*)"[^>]* name="([^"]*)"/g)].map(
        ([, className, name]) => `${className} ${name}`,
      )
      expect([counts.tests, names.length, new Set(names).size]).toEqual([9, 9, 9])
    },
    cannot: [notInOthers('a run does not repeat its tests', '--repeat-each')],
    slow: true,
  },
  {
    title: 'a project whose dependency failed says so in each of its tests',
    check: async (lab) => {
      const result = await lab.of('depends')
      const run = await runOf(lab, 'depends')
      expect([result.code, run.outcome, reportOf(result).outcome]).toEqual([1, 'failed', 'failed'])
      expect(testOf(run, 'buys')).toMatchObject({
        status: 'not-run',
        reason: 'the project prepare, which it depends on, failed',
      })
    },
    cannot: [notInOthers('projects do not depend on each other', '--no-deps')],
    slow: true,
  },
  {
    title: 'a run that takes too long has an error that says so, and its tests did not run',
    check: async (lab) => {
      const result = await lab.of('slow')
      const run = await runOf(lab, 'slow')
      expect([result.code, run.outcome, reportOf(result).outcome]).toEqual([1, 'error', 'error'])
      const timeout = { kind: 'timeout', message: expect.stringMatching(/^Timed out waiting/) }
      // The second is about the teardown.
      expect(run.errors).toMatchObject([timeout, timeout])
      expect(testOf(run, 'is quick').status).toBe('passed')
      for (const title of ['takes its time', 'comes too late']) {
        expect(testOf(run, title)).toMatchObject({ status: 'not-run', reason: 'the time of the whole run was over' })
      }
    },
    cannot: [notInOthers('a run has no time limit', '--global-timeout')],
    slow: true,
  },
  {
    title: 'a test with only that is forbidden is an error of its file, and the others did not run',
    check: async (lab) => {
      const allowed = await lab.of('only')
      expect([allowed.code, reportOf(allowed).counts.tests]).toEqual([0, 1])
      const result = await lab.of('only', { args: ['--forbid-only'] })
      const module = moduleOf(await runOf(lab, 'only', { args: ['--forbid-only'] }), 'only.test.js')
      expect([result.code, reportOf(result).outcome]).toEqual([1, 'error'])
      expect(module.errors).toMatchObject([{ kind: 'load', message: expect.stringContaining('.only') }])
    },
    cannot: [notInOthers('it has another flag', '--forbid-only')],
    slow: true,
  },
  {
    title: 'a list of tests stores no report',
    check: async (lab) => {
      const result = await lab.of('green', { args: ['--list'], reporters: ['default', 'jux-reporter/playwright'] })
      expect([result.code, result.reports]).toEqual([0, []])
      expect(result.stdout).toContain('Total: 3 tests in 2 files')
    },
    cannot: [notInOthers('a list has no reporters', '--forbid-only')],
    slow: true,
  },
  {
    title: 'merged shards with fully parallel tests have one suite for each file',
    check: async (lab) => {
      const shard = (index: number) => [`--shard=${index}/3`, '--fully-parallel']
      const options = {
        before: [shard(1), shard(2), shard(3)],
        reportersBefore: ['blob'],
        command: 'merge-reports' as const,
        args: ['--config=playwright.config.js', 'blobs'],
      }
      const run = await runOf(lab, 'green', options)
      expect(run.modules.map(({ file, tests }) => [file, tests.length]).sort()).toEqual([
        ['one.test.js', 2],
        ['two.test.js', 1],
      ])
      expect(reportOf(await lab.of('green', options)).counts.tests).toBe(3)
    },
    cannot: [notInOthers('the tests of a file are in one shard', '--fully-parallel')],
    slow: true,
  },
  {
    title: 'a report that cannot be stored fails a run, and a merge, under strict only',
    check: async (lab) => {
      const merge = {
        before: [['--shard=1/1']],
        reportersBefore: ['blob'],
        command: 'merge-reports' as const,
        args: ['--config=playwright.config.js', 'blobs'],
      }
      for (const options of [{}, merge]) {
        const codes = ['false', 'true'].map(async (strict) => {
          const env = { JUX_STRICT: strict, JUX_STORAGE_PATH: 'playwright.config.js/no-folder' }
          const { code, reports } = await lab.of('green', { ...options, env })
          return [code, reports.length]
        })
        expect(await Promise.all(codes)).toEqual([
          [0, 0],
          [1, 0],
        ])
      }
    },
    cannot: [notInOthers('it has a case of its own in the tests of its reporter', '--fully-parallel')],
    slow: true,
  },
  {
    title: 'a test of a page keeps its screenshot and its trace as attachments with relative paths',
    check: async (lab) => {
      const result = await lab.of('page')
      const run = await runOf(lab, 'page')
      expect([result.code, run.outcome, testOf(run, 'shows a page').status]).toEqual([1, 'failed', 'passed'])
      const test = testOf(run, 'misses a button')
      expect(test.errors).toMatchObject([{ kind: 'assertion', message: expect.stringContaining('toBeVisible') }])
      expect(test.attachments.map(({ name }) => name).sort()).toEqual(['error-context', 'screenshot', 'trace'])
      const element = testcaseIn(reportOf(result).text, 'misses a button')
      const paths = [...element.matchAll(/\[\[ATTACHMENT\|([^\]]*)\]\]/g)].map(([, path = '']) => path)
      expect(paths.map((path) => path.replace(/^.*\//, '')).sort()).toEqual([
        'error-context.md',
        'test-failed-1.png',
        'trace.zip',
      ])
      for (const path of paths) expect(path).not.toMatch(/^\//)
    },
    cannot: [noSteps],
    lacking: () =>
      chromiumPath() === undefined ? 'no Chromium: install it, or set LAB_CHROMIUM to its path' : undefined,
  },
]
