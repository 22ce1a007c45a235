import { describe, expect, it } from 'vitest'
import type { VitestModule } from '../../src/gather/vitest-types.js'
import { boom, collectorOf, gather } from '../support/gather-vitest.js'
import { vitestModule, vitestTest } from '../support/vitest-objects.js'

const PAGE = { moduleId: '/repo/page.test.ts', taskId: '7', pool: 'forks', project: { name: 'unit' } }
const OTHER = { moduleId: '/repo/a.test.ts', taskId: 'id of the file', pool: 'forks', project: { name: 'unit' } }

/** The error of Vitest 4 and 5 when the package of an environment is missing. */
const notStarted = (...paths: string[]) => ({
  ...boom(`[vitest-pool]: Failed to start forks worker for test files ${paths.join(', ')}.`),
  type: 'Unhandled Error',
  cause: boom("Cannot find package 'jsdom'"),
})

/** The error of browser mode when a page goes away. */
const pageLost = (path: string) => boom(`Failed to run the test ${path}.`)

/** Gathers a run with these errors. */
function gatherLost(unhandledErrors: readonly unknown[], specifications: readonly unknown[], modules: VitestModule[]) {
  return gather(modules, { reason: 'failed', unhandledErrors, collected: collectorOf(specifications, 0) })
}

describe('gatherVitest, for a file that was lost', () => {
  it('gives a file whose environment is missing its suite with the error, beside the files that ran', () => {
    const run = gatherLost([notStarted(PAGE.moduleId)], [OTHER, PAGE], [vitestModule([vitestTest()])])

    expect([run.outcome, run.errors, run.modules.length]).toEqual(['error', [], 2])
    expect(run.modules[1]).toEqual({
      id: '7',
      file: 'page.test.ts',
      project: 'unit',
      pool: 'forks',
      kind: 'runtime',
      status: 'failed',
      rawStatus: 'failed',
      errors: [
        expect.objectContaining({
          kind: 'load',
          message: '[vitest-pool]: Failed to start forks worker for test files /repo/page.test.ts.',
          cause: expect.objectContaining({ message: "Cannot find package 'jsdom'" }),
        }),
      ],
      output: [],
      suites: [],
      tests: [],
      properties: [],
    })
    expect(run.modules[1]?.errors[0]?.stack).toMatch(/\(Unhandled Error\)$/)
  })

  it('gives each file its suite if one worker should have run several', () => {
    const second = { ...PAGE, moduleId: '/repo/b.test.ts', taskId: '8', pool: 'typescript' }

    const { modules } = gatherLost([notStarted(PAGE.moduleId, second.moduleId)], [PAGE, second], [])

    expect(modules.map(({ file, kind, kindInName, errors }) => [file, kind, kindInName, errors.length])).toEqual([
      ['page.test.ts', 'runtime', undefined, 1],
      ['b.test.ts', 'typecheck', true, 1],
    ])
  })

  it('gives the projects of one file their errors in turn', () => {
    const inFirst = { ...PAGE, taskId: '1', pool: 'browser', project: { name: 'first' } }
    const inSecond = { ...inFirst, taskId: '2', project: { name: 'second' } }
    const errors = [pageLost(PAGE.moduleId), pageLost(PAGE.moduleId), pageLost(PAGE.moduleId)]

    const { modules } = gatherLost(errors, [inFirst, inSecond], [])

    expect(modules.map(({ project, kind, errors: own }) => [project, kind, own.length])).toEqual([
      ['first', 'browser', 2],
      ['second', 'browser', 1],
    ])
  })

  it('adds the error to a file that ran in part, as an unhandled error', () => {
    const children = [vitestTest(), vitestTest({ name: 'is late', state: 'pending' })]
    const module = vitestModule(children, { state: () => 'pending', task: { pool: 'browser' } })

    const run = gatherLost([pageLost(OTHER.moduleId)], [OTHER], [module])

    expect([run.outcome, run.errors]).toEqual(['error', []])
    expect(run.modules).toMatchObject([
      { status: 'not-run', errors: [{ kind: 'unhandled' }], tests: [{ status: 'passed' }, { notRunCause: 'crash' }] },
    ])
  })

  it.each([
    ['names a file that ended', [pageLost(OTHER.moduleId)], {}],
    ['names a file that was not to be run', [pageLost('/repo/unknown.test.ts')], {}],
    ['only mentions a path', [boom(`cannot read ${OTHER.moduleId}`)], { state: () => 'pending' }],
    ['is no error', [undefined, 7], {}],
  ])('leaves an error in the run that %s', (_, errors, parts) => {
    const run = gatherLost(errors, [OTHER], [vitestModule([vitestTest()], parts)])

    expect([run.errors.length, run.modules.length, run.modules[0]?.errors]).toEqual([errors.length, 1, []])
  })

  it('leaves errors in the output of the run that the user ignores', () => {
    const run = gather([], {
      unhandledErrors: [notStarted(PAGE.moduleId)],
      config: { root: '/repo', dangerouslyIgnoreUnhandledErrors: true },
      collected: collectorOf([PAGE], 0),
    })

    expect([run.modules, run.errors, run.output.length]).toEqual([[], [], 1])
  })
})
