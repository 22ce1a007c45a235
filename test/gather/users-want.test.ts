import { describe, expect, it } from 'vitest'
import { moduleOf, openLab, reportOf, runOf, testOf } from '../contract/case.js'
import { installedRunner } from '../support/lab.js'

/** What users of other reporters have asked for, on real runs of the runners installed here. */
const labs = { vitest: openLab(installedRunner('vitest')), jest: openLab(installedRunner('jest')) }

/** The start tag and the content of a test case in a report. */
function caseOf(text: string, name: string): string {
  const start = text.search(new RegExp(`<testcase [^>]*name="${name}"`))
  return start === -1 ? 'absent' : text.slice(start, text.indexOf('</testcase>', start))
}

describe.each(Object.entries(labs))('with %s, users want', (runner, lab) => {
  it('a file that failed to load to be in the report, and to count', async () => {
    const { text } = reportOf(await lab.of('results'))

    for (const file of ['load-import', 'load-throw', 'load-syntax', 'load-empty']) {
      const suite = new RegExp(`<testsuite errors="(\\d+)" failures="(\\d+)" file="${file}.test.js"`).exec(text)
      expect([file, Number(suite?.[1]) + Number(suite?.[2])]).toEqual([file, 1])
    }
  })

  it('CI not to show green when an error went unhandled', async () => {
    const { counts, outcome, text } = reportOf(await lab.of('unhandled'))

    expect(counts.failures + counts.errors).toBeGreaterThan(0)
    expect(outcome).not.toBe('passed')
    expect(text).toContain('nobody handled this')
  })

  it('to see that a test was flaky, and why its first attempts failed', async () => {
    const { text } = reportOf(await lab.of('results'))
    const flaky = caseOf(text, 'passes at the third attempt')

    expect(flaky.match(/<flakyFailure /g)).toHaveLength(2)
    expect(flaky).toContain('attempt 1')
    expect(flaky).not.toContain('<failure')
  })

  it('one failure for a test that failed at every attempt, with the other attempts beside it', async () => {
    const { text } = reportOf(await lab.of('results'))
    const failed = caseOf(text, 'fails at every attempt')

    expect(failed.match(/<(?:failure|error) /g)).toHaveLength(1)
    expect(failed.match(/<rerunFailure /g)).toHaveLength(2)
  })

  it('a todo, and a skipped test, not to look passed', async () => {
    const { text } = reportOf(await lab.of('results'))

    expect(caseOf(text, 'is to be written')).toContain('<skipped')
    expect(caseOf(text, 'is skipped')).toContain('<skipped')
  })

  it('a second run not to overwrite the report of the first', async () => {
    const { reports } = await lab.of('green', { before: [[]] })

    expect(reports).toHaveLength(2)
  })

  it('projects that share a file not to overwrite each other in the report', async () => {
    const { text } = reportOf(await lab.of('projects'))

    expect(text.match(/<testsuite [^>]*file="same\.test\.js"/g)).toHaveLength(2)
  })

  it('to tell the shards of one run apart, and to have them side by side', async () => {
    const { reports } = await lab.of('green', { before: [['--shard=1/2']], args: ['--shard=2/2'] })

    expect(reports).toHaveLength(2)
    expect(new Set(reports.map((text) => /name="jux:shard" value="([^"]*)"/.exec(text)?.[1]))).toEqual(
      new Set(['1/2', '2/2']),
    )
  })

  it('a thrown value that is no error to be told, not "Unknown Error"', async () => {
    const run = await runOf(lab, 'results')

    expect(testOf(run, 'throws a string').errors[0]?.message).toContain('only a string')
    expect(testOf(run, 'throws undefined').errors[0]?.message).toContain('undefined')
    expect(reportOf(await lab.of('results')).text).not.toContain('Unknown Error')
  })

  it('a file without tests to be an error and not an empty suite', async () => {
    const module = moduleOf(await runOf(lab, 'results'), 'load-empty.test.js')

    expect(module).toMatchObject({ status: 'failed', errors: [{ kind: 'load' }] })
  })

  it('an asynchronous reporter to be waited for', async () => {
    const { stderr, reports } = await lab.of('green')

    // The report is stored after several awaits, and said to be stored before the process ends.
    expect(reports).toHaveLength(1)
    expect(stderr).toMatch(/report .*\.xml/)
  })

  it(`a reporter that is an ES module to load by name (${runner})`, async () => {
    const named = lab.install.runner === 'jest' ? '--reporters=jux-reporter/jest' : '--reporter=jux-reporter/vitest'
    const { reports } = await lab.of('green', { args: [named], reporters: ['default'] })

    expect(reports).toHaveLength(1)
  })
})

describe('with vitest, users want', () => {
  it('merged shards to have all their tests', async () => {
    const shard = (index: number) => [`--shard=${index}/2`, '--reporter=blob', `--outputFile=.blobs/${index}.json`]
    const result = await labs.vitest.of('green', { before: [shard(1), shard(2)], args: ['--merge-reports=.blobs'] })

    expect(reportOf(result).counts).toMatchObject({ tests: 3, failures: 0, errors: 0 })
  })

  it('a run without any test to leave a report that is not empty', async () => {
    const { text, outcome } = reportOf(await labs.vitest.of('empty'))

    expect(text).toContain('<testsuite ')
    expect(outcome).toBe('no-tests')
  })
})
