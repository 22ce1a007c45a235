import { expect, it } from 'vitest'
import { lostRun } from '../../src/witness/lost-run.js'
import { aModule } from '../support/runs.js'

it('a run without an end is interrupted, has what arrived, and names the files that were running', () => {
  const ended = aModule({ file: 'ended.test.js' })
  const run = lostRun({
    runId: 'id',
    runner: { name: 'jest', version: '30' },
    rootDir: '/r',
    startedAt: new Date(1_000),
    finishedAt: new Date(3_500),
    modules: [ended],
    unfinished: [{ id: 'b', file: 'running.test.js', project: 'web' }],
    reason: 'the command was ended by the signal SIGKILL',
  })

  expect(run).toMatchObject({ outcome: 'interrupted', partial: true, durationMs: 2_500, properties: [] })
  expect(run.modules[0]).toBe(ended)
  expect(run.modules[1]).toMatchObject({ file: 'running.test.js', project: 'web', status: 'not-run', tests: [] })
  expect(run.errors).toEqual([
    {
      kind: 'error',
      name: 'IncompleteRun',
      message: 'the run has no end: the command was ended by the signal SIGKILL',
    },
  ])
})
