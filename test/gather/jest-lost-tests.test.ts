/** Tests that had started when their file or their run was lost. */
import { describe, expect, it } from 'vitest'
import { JestCollector } from '../../src/gather/jest.js'
import { assertion, fileResult, gather } from '../support/gather-jest.js'

const FILE = '/repo/a.test.js'
const KILLED = 'A jest worker process (pid=7) was terminated by another process: signal=SIGKILL, exitCode=null.'

function started(title: string) {
  return { ancestorTitles: [], title, startedAt: 3_000 }
}

/** The file of a run whose tests had these events; Jest has only its error. */
function lost(events: (collected: JestCollector) => void, message = KILLED) {
  const collected = new JestCollector()
  const result = fileResult([], { testExecError: { message, stack: `Error: ${message}` } })
  collected.onTestFileStart(FILE)
  events(collected)
  collected.onTestFileResult(result)
  return gather({ testResults: [result] }, { collected }).modules[0]
}

describe('gatherJest, for a file whose worker was killed', () => {
  it('names the test that was running, as not run because of the crash', () => {
    const module = lost((collected) => {
      collected.onTestCaseStart(FILE, started('first'))
      collected.onTestCaseResult(FILE, assertion({ title: 'first' }))
      collected.onTestCaseStart(FILE, started('eats memory'))
    })

    expect(module?.tests).toMatchObject([
      { title: 'first', status: 'passed' },
      {
        title: 'eats memory',
        status: 'not-run',
        rawStatus: 'started',
        notRunCause: 'crash',
        reason: 'the worker process ended before the test did',
        startedAt: '1970-01-01T00:00:03.000Z',
        attempts: [],
      },
    ])
    expect(module).toMatchObject({ status: 'failed', errors: [{ message: KILLED }] })
  })

  it('names a test once that was started again in another worker, and not if it ended there', () => {
    const module = lost((collected) => {
      collected.onTestCaseStart(FILE, started('ends at last'))
      collected.onTestCaseStart(FILE, started('ends at last'))
      collected.onTestCaseResult(FILE, assertion({ title: 'ends at last' }))
      collected.onTestCaseStart(FILE, started('kills'))
      collected.onTestCaseStart(FILE, started('kills'))
    })

    expect(module?.tests.map(({ title, status }) => [title, status])).toEqual([
      ['ends at last', 'passed'],
      ['kills', 'not-run'],
    ])
  })

  it('does not guess the test if two projects run the file at the same time', () => {
    const module = lost((collected) => {
      collected.onTestFileStart(FILE)
      collected.onTestCaseStart(FILE, started('of either'))
    })

    expect(module?.tests).toEqual([])
  })

  it('blames no worker for a file that Jest lost for another reason', () => {
    const module = lost(
      (collected) => collected.onTestCaseStart(FILE, started('runs')),
      'Maximum call stack size exceeded',
    )

    expect(module?.tests).toMatchObject([{ notRunCause: 'crash', reason: 'the file ended before the test did' }])
  })
})

describe('gatherJest, for a file without a result', () => {
  function unfinished(parts: object, project?: string) {
    const collected = new JestCollector()
    collected.onTestFileStart(FILE, project)
    collected.onTestCaseStart(FILE, started('calls process.exit'))
    return gather({}, { collected, ...parts }).modules[0]
  }

  it('names the test that was running when the process ended', () => {
    expect(unfinished({ partial: true })?.tests).toMatchObject([
      {
        title: 'calls process.exit',
        status: 'not-run',
        notRunCause: 'cancelled',
        reason: 'the process ended before the test did',
      },
    ])
    expect(unfinished({})?.tests).toMatchObject([{ notRunCause: 'cancelled', reason: 'the run was cancelled' }])
  })

  it('keeps the project of the file', () => {
    expect(unfinished({ partial: true }, 'web')).toMatchObject({ project: 'web', file: 'a.test.js' })
  })
})
