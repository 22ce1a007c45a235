/** The contract for tests that run in a browser. */
import { expect } from 'vitest'
import { chromiumPath, type LabOptions } from '../support/lab.js'
import { allErrors, type Case, helpOf, type Inability, moduleOf, reportOf, runOf, testcaseIn, testOf } from './case.js'

/** The files whose page stays until they end. */
const whole: LabOptions = { args: ['page', 'late', 'load'], timeoutMs: 120_000 }

/** The file whose page goes away. Vitest 3 then waits for ever. */
const gone: LabOptions = { args: ['gone'], timeoutMs: 40_000 }

const notInJest: Inability = {
  who: ['jest'],
  why: 'it runs no tests in browsers',
  probe: async (lab) => expect(await helpOf(lab)).not.toContain('--browser'),
}

const notInPlaywright: Inability = {
  who: ['playwright'],
  why: 'its tests run in Node and control a browser',
  probe: async (lab) =>
    expect((await runOf(lab, 'green')).modules.map(({ kind }) => kind)).toEqual(['runtime', 'runtime']),
}

const inBrowser = (title: string, check: Case['check'], cannot: readonly Inability[] = []): Case => ({
  title,
  check,
  cannot: [notInJest, notInPlaywright, ...cannot],
  slow: true,
  lacking: () =>
    chromiumPath() === undefined ? 'no Chromium: install it, or set LAB_CHROMIUM to its path' : undefined,
})

export const BROWSER_CASES: readonly Case[] = [
  inBrowser('tests in a browser have their results, and their files are of the kind browser', async (lab) => {
    const result = await lab.of('browser', whole)
    const run = await runOf(lab, 'browser', whole)
    expect([result.code, run.outcome]).toEqual([1, 'failed'])
    expect(run.modules.map(({ file, kind }) => `${file} ${kind}`).sort()).toEqual([
      'late.test.ts browser',
      'load.test.ts browser',
      'page.test.ts browser',
    ])
    expect(moduleOf(run, 'page.test.ts').tests.map(({ title, status, flaky }) => [title, status, flaky])).toEqual([
      ['shows a page', 'passed', false],
      ['fails in the page', 'failed', false],
      ['throws with a cause', 'failed', false],
      ['passes at the second attempt', 'passed', true],
      ['skips itself', 'skipped', false],
    ])
    expect(testOf(run, 'skips itself').reason).toBe('not in this browser')
    expect(moduleOf(run, 'load.test.ts')).toMatchObject({ status: 'failed', errors: [{ kind: 'load' }] })
    expect(run.errors).toMatchObject([{ kind: 'unhandled', location: { file: 'late.test.ts', line: 4 } }])
  }),
  inBrowser('console messages of a browser keep their line ends', async (lab) => {
    const { output } = testOf(await runOf(lab, 'browser', whole), 'shows a page')
    expect(output.map(({ stream, text }) => [stream, text.endsWith('\n')])).toEqual([
      ['stdout', true],
      ['stdout', true],
      ['stderr', true],
    ])
    expect(output[0]?.text).toBe('first line\n')
  }),
  inBrowser('stacks of a browser have the files, lines and columns of the source, also in causes', async (lab) => {
    const run = await runOf(lab, 'browser', whole)
    const [failed] = testOf(run, 'fails in the page').errors
    const [thrown] = testOf(run, 'throws with a cause').errors
    expect(failed?.stack).toMatch(/ at page\.test\.ts:17:\d+$/)
    expect(failed?.location).toEqual({ line: 17, column: expect.any(Number) })
    expect(thrown?.stack).toMatch(/^Error: outer\n {4}at page\.test\.ts:20:\d+$/)
    expect(thrown?.cause?.stack).toMatch(/^TypeError: inner\n {4}at page\.test\.ts:20:\d+$/)
    for (const error of allErrors(run)) expect(JSON.stringify(error)).not.toMatch(/https?:/)
    expect(reportOf(await lab.of('browser', whole)).text).not.toMatch(/browserv=|localhost/)
  }),
  inBrowser('the screenshot of a failure is an attachment, without a property of the runner itself', async (lab) => {
    const test = testOf(await runOf(lab, 'browser', whole), 'fails in the page')
    expect([test.annotations, test.meta]).toEqual([[], []])
    expect(test.attachments).toMatchObject([{ contentType: 'image/png', path: expect.stringMatching(/\.png$/) }])
    const { text } = reportOf(await lab.of('browser', whole))
    expect(testcaseIn(text, 'fails in the page')).toMatch(/\[\[ATTACHMENT\|[^/].*\.png\]\]/)
    expect(text).not.toContain('"internal:')
  }),
  inBrowser(
    'the error of a page that went away is in the suite of its file, whose tests did not run',
    async (lab) => {
      const result = await lab.of('browser', gone)
      const run = await runOf(lab, 'browser', gone)
      expect([result.code, run.outcome, run.errors]).toEqual([1, 'error', []])
      const module = moduleOf(run, 'gone.test.ts')
      expect(module.errors).toMatchObject([
        { kind: 'unhandled', cause: { message: expect.stringContaining('iframe') } },
      ])
      expect(module.tests.at(-1)).toMatchObject({
        status: 'not-run',
        notRunCause: 'crash',
        reason: 'the run in the browser ended before the test did: a page was left, reloaded or closed',
      })
    },
    [
      {
        who: ['vitest3'],
        why: 'it waits for ever for a page that went away',
        probe: async (lab) => expect(await lab.of('browser', gone)).toMatchObject({ code: null, signal: 'SIGKILL' }),
      },
    ],
  ),
]
