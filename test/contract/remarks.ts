/** The contract about what a test says of itself: output, annotations, data, tags, its place. */
import { expect } from 'vitest'
import { type Case, type Inability, moduleOf, rawOf, runOf, testOf } from './case.js'

/** All that 30 knows of a test; a name more is something new that the report may need. */
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

const noMoreInJest: Inability['probe'] = async (lab) => {
  expect(JEST_KEYS).toEqual(expect.arrayContaining(rawOf(await lab.of('results'), 'assertionKeys') as string[]))
}

/** Jest's results hold no field for it. */
export const jestKnowsNoMore = (why: string): Inability => ({ who: ['jest'], why, probe: noMoreInJest })

export const REMARK_CASES: readonly Case[] = [
  {
    title: 'what a file says on the console is kept',
    check: async (lab) => {
      const module = moduleOf(await runOf(lab, 'results'), 'output.test.js')
      expect(module.output).toContainEqual(expect.objectContaining({ stream: 'stdout', text: 'said while loading\n' }))
    },
  },
  {
    title: 'what a test says on the console is kept with the test',
    check: async (lab) => {
      const run = await runOf(lab, 'results')
      expect(testOf(run, 'speaks').output).toMatchObject([
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
    title: 'annotations and attachments of a test are kept',
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
    cannot: [jestKnowsNoMore('there are no annotations')],
  },
  {
    title: "a test's own data are kept",
    check: async (lab) => {
      expect(testOf(await runOf(lab, 'results'), 'has data of its own').meta).toEqual([
        { name: 'owner', value: 'team a' },
        { name: 'limits', value: '{"ms":5}' },
      ])
    },
    cannot: [jestKnowsNoMore('a test has no data of its own')],
  },
  {
    title: 'tags of a test are kept',
    check: async (lab) => {
      expect(testOf(await runOf(lab, 'results'), 'is tagged').tags).toEqual(['slow'])
    },
    cannot: [
      jestKnowsNoMore('there are no tags'),
      {
        who: ['vitest3'],
        why: 'there are no tags',
        probe: async (lab) => expect(rawOf(await lab.of('results'), 'hasTags')).toBe(false),
      },
    ],
  },
  {
    title: 'a test has the line it is declared at, where the runner is told to find out',
    check: async (lab) => {
      const flag = lab.install.runner === 'vitest' ? '--includeTaskLocation' : '--testLocationInResults'
      const run = await runOf(lab, 'green', { args: [flag] })
      const header = lab.install.runner === 'vitest' ? 2 : 0
      expect(testOf(run, 'adds').location).toMatchObject({ line: header + 1 })
      expect(testOf(run, 'matches its name').location).toMatchObject({ line: header + 4 })
    },
  },
]
