/** The contract for single tests: status, attempts, output, annotations, custom data, tags, location. */
import { expect } from 'vitest'
import { type Case, type Inability, moduleOf, rawOf, reportOf, runOf, testcaseIn, testOf } from './case.js'

/** Every field of a test in Jest 30. The report may need new fields. */
const JEST_KEYS = [
  'ancestorTitles',
  'duration',
  'failing',
  'failureDetails',
  'failureMessages',
  'fullName',
  'invocations',
  'location',
  'numPassingAsserts',
  'retryMessages',
  'retryReasons',
  'startAt',
  'status',
  'title',
]

/** The inability of Jest if its results have no field for a fact. */
const notInJestResults = (why: string): Inability => ({
  who: ['jest'],
  why,
  probe: async (lab) => expectNoOthers(rawOf(await lab.of('results'), 'assertionKeys'), JEST_KEYS),
})

/** Every field of an attempt in Playwright. */
const PLAYWRIGHT_KEYS = [
  'annotations',
  'attachments',
  'duration',
  'error',
  'errors',
  'parallelIndex',
  'retry',
  'shardIndex',
  'startTime',
  'status',
  'stderr',
  'stdout',
  'steps',
  'workerIndex',
]

/** The inability of Playwright, which loads no file in which two tests have the same name. */
const notTwice: Inability = {
  who: ['playwright'],
  why: 'tests with the same name are an error of their file',
  probe: async (lab) => {
    const run = await runOf(lab, 'duplicates')
    expect(run.outcome).toBe('error')
    const { errors } = moduleOf(run, 'twice.test.js')
    expect(errors).toMatchObject([{ kind: 'load', message: expect.stringContaining('duplicate test title') }])
  },
}

/** Fails if the runner offers a field that is not among the known ones. */
function expectNoOthers(found: unknown, known: readonly string[]): void {
  expect(Array.isArray(found) && found.filter((key) => !known.includes(key))).toEqual([])
}

export const TEST_CASES: readonly Case[] = [
  {
    title: 'a passed test has one exact attempt, a start and a duration',
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
    title: 'a skipped test has the status skipped and a todo the status todo, and the report marks both as skipped',
    check: async (lab) => {
      const run = await runOf(lab, 'results')
      const { text } = reportOf(await lab.of('results'))
      expect(testOf(run, 'is skipped')).toMatchObject({ status: 'skipped', attempts: [] })
      expect(testOf(run, 'is to be written')).toMatchObject({ status: 'todo', attempts: [] })
      for (const name of ['is skipped', 'is to be written']) expect(testcaseIn(text, name)).toContain('<skipped')
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
    title: 'a test that is expected to fail and fails has passed, and is marked as an expected failure',
    check: async (lab) => {
      const test = testOf(await runOf(lab, 'results'), 'fails as announced')
      expect(test).toMatchObject({ status: 'passed', expectedFailure: true })
    },
    cannot: [
      {
        who: ['jest29'],
        why: 'a result does not say that the failure was expected',
        probe: async (lab) => {
          expect(rawOf(await lab.of('results'), 'assertionKeys')).not.toContain('failing')
          expect(testOf(await runOf(lab, 'results'), 'fails as announced').status).toBe('passed')
        },
      },
    ],
  },
  {
    title: 'a test that is expected to fail and passes has failed, with a reason',
    check: async (lab) => {
      const test = testOf(await runOf(lab, 'results'), 'passes against its announcement')
      expect(test.status).toBe('failed')
      expect(test.errors).toMatchObject([{ kind: 'assertion', message: expect.stringMatching(/fail/) }])
    },
  },
  {
    title: 'each row of parameters is a separate test with the values in its title',
    check: async (lab) => {
      const run = await runOf(lab, 'results')
      expect(testOf(run, 'adds 1 and 2').status).toBe('passed')
      expect(testOf(run, 'adds 2 and 2').status).toBe('passed')
    },
  },
  {
    title: 'a test keeps the path of its nested describes, even if siblings share a title',
    check: async (lab) => {
      const run = await runOf(lab, 'results')
      expect(testOf(run, 'is nested', ['outer', 'inner'], 1).status).toBe('passed')
      expect(testOf(run, 'is nested', ['outer', 'inner'], 2).status).toBe('passed')
      expect(testOf(run, 'is nested', ['sibling']).ordinal).toBe(1)
      expect(testOf(run, 'is between', ['outer']).path).toEqual(['outer'])
    },
    cannot: [notTwice],
  },
  {
    title: 'tests with the same name keep their own results',
    check: async (lab) => {
      const run = await runOf(lab, 'results')
      expect(testOf(run, 'has a namesake', [], 1)).toMatchObject({ status: 'passed', errors: [] })
      expect(testOf(run, 'has a namesake', [], 2)).toMatchObject({ status: 'failed' })
      expect(testOf(run, 'has a namesake', [], 2).errors).toMatchObject([{ message: 'second of that name' }])
    },
    cannot: [notTwice],
  },
  {
    title: 'a flaky test has passed, and run and report keep its failed attempts with their errors',
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
      const element = testcaseIn(reportOf(await lab.of('results')).text, 'passes at the third attempt')
      expect(element.match(/<flakyFailure /g)).toHaveLength(2)
      expect(element).toContain('attempt 1')
      expect(element).not.toContain('<failure')
    },
  },
  {
    title:
      'a test that fails at every attempt has the errors of the last one, and run and report keep the other attempts',
    check: async (lab) => {
      const test = testOf(await runOf(lab, 'results'), 'fails at every attempt')
      expect(test).toMatchObject({ status: 'failed', flaky: false, retry: { count: 2 } })
      expect(test.errors.map((error) => error.message)).toEqual(['attempt 3'])
      expect(test.attempts.flatMap((attempt) => attempt.errors.map((error) => error.message))).toEqual([
        'attempt 1',
        'attempt 2',
        'attempt 3',
      ])
      const element = testcaseIn(reportOf(await lab.of('results')).text, 'fails at every attempt')
      expect(element.match(/<(?:failure|error) /g)).toHaveLength(1)
      expect(element.match(/<rerunFailure /g)).toHaveLength(2)
    },
  },
  {
    title: 'attempts are exact and have a start and a duration',
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
          expectNoOthers(rawOf(await lab.of('results'), 'diagnosticKeys'), keys)
        },
      },
    ],
  },
  {
    title: 'a repeated test keeps the number of repeats',
    check: async (lab) => {
      const test = testOf(await runOf(lab, 'results'), 'is repeated')
      expect(test).toMatchObject({ status: 'passed', repeats: { count: 2, configured: 2 } })
    },
    cannot: [
      notInJestResults('there are no repeats'),
      {
        who: ['playwright'],
        why: 'each repetition is a test',
        probe: async (lab) => {
          const run = await runOf(lab, 'green', { args: ['--repeat-each=2'] })
          expect(testOf(run, 'adds', [], 2)).toMatchObject({ status: 'passed', attempts: [{ index: 0 }] })
        },
      },
    ],
  },
  {
    title: 'a file keeps its console output',
    check: async (lab) => {
      const module = moduleOf(await runOf(lab, 'results'), 'output.test.js')
      expect(module.output).toContainEqual(expect.objectContaining({ stream: 'stdout', text: 'said while loading\n' }))
    },
    cannot: [
      {
        who: ['playwright'],
        why: 'output outside tests belongs to the run',
        probe: async (lab) => {
          const { modules, output } = await runOf(lab, 'results')
          expect(modules.flatMap((module) => module.output)).toEqual([])
          expect(output).toContainEqual({ stream: 'stdout', text: 'said while loading\n' })
        },
      },
    ],
  },
  {
    title: 'a test keeps its console output',
    check: async (lab) => {
      const run = await runOf(lab, 'results')
      const { output } = testOf(run, 'speaks')
      // The streams of a Playwright worker are two pipes.
      const isOrdered = lab.install.runner !== 'playwright'
      expect(isOrdered ? output : output.toSorted((one, other) => (one.stream > other.stream ? -1 : 1))).toMatchObject([
        { stream: 'stdout', text: 'said to stdout\n' },
        { stream: 'stderr', text: 'said to stderr\n' },
      ])
      expect(testOf(run, 'is silent').output).toEqual([])
    },
    cannot: [
      {
        who: ['jest'],
        why: 'console output belongs to a file',
        probe: async (lab) => {
          const lab1 = await lab.of('results')
          expect(rawOf(lab1, 'consoleKeys')).toEqual(['message', 'origin', 'type'])
          const { output } = moduleOf(await runOf(lab, 'results'), 'output.test.js')
          expect(output.map(({ stream, text }) => `${stream} ${text}`)).toEqual([
            'stdout said while loading\n',
            'stdout said to stdout\n',
            'stderr said to stderr\n',
          ])
        },
      },
    ],
  },
  {
    title: 'a test keeps its annotations and attachments',
    check: async (lab) => {
      const test = testOf(await runOf(lab, 'results'), 'is annotated')
      expect(test.annotations).toMatchObject([
        { type: 'issue', message: 'see the tracker' },
        { type: 'notice', message: 'the log' },
      ])
      expect(test.attachments).toMatchObject([
        { contentType: 'text/plain', path: expect.stringMatching(/attachments.*\.txt$/) },
      ])
    },
    cannot: [notInJestResults('there are no annotations')],
  },
  {
    title: 'a test keeps its custom data',
    check: async (lab) => {
      expect(testOf(await runOf(lab, 'results'), 'has data of its own').meta).toEqual([
        { name: 'owner', value: 'team a' },
        { name: 'limits', value: '{"ms":5}' },
      ])
    },
    cannot: [
      notInJestResults('a test has no custom data'),
      {
        who: ['playwright'],
        why: 'a test has annotations and no other custom data',
        probe: async (lab) => expectNoOthers(rawOf(await lab.of('results'), 'resultKeys'), PLAYWRIGHT_KEYS),
      },
    ],
  },
  {
    title: 'a test keeps its tags',
    check: async (lab) => {
      expect(testOf(await runOf(lab, 'results'), 'is tagged').tags).toEqual(['slow'])
    },
    cannot: [
      notInJestResults('there are no tags'),
      {
        who: ['vitest3'],
        why: 'there are no tags',
        probe: async (lab) => expect(rawOf(await lab.of('results'), 'hasTags')).toBe(false),
      },
    ],
  },
  {
    title: 'a test has the line of its declaration if the runner is told to collect it',
    check: async (lab) => {
      const args = { vitest: ['--includeTaskLocation'], jest: ['--testLocationInResults'], playwright: [] }
      const run = await runOf(lab, 'green', { args: args[lab.install.runner] })
      const header = lab.install.runner === 'jest' ? 0 : 2
      expect(testOf(run, 'adds').location).toMatchObject({ line: header + 1 })
      expect(testOf(run, 'matches its name').location).toMatchObject({ line: header + 4 })
    },
  },
]
