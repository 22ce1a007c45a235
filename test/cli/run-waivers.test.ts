import { describe, expect, it } from 'vitest'
import { onlyRunner } from '../../src/cli/run/recognize.js'
import { type EndedCommand, excuse, type RunWaivers } from '../../src/cli/run/waivers.js'
import type { EndedRun } from '../../src/cli/run/witnessed-run.js'
import type { Waiver } from '../../src/gate/waivers.js'
import { jestExitCauses, vitestExitCauses } from '../../src/gather/exit-causes.js'

const AT = new Date('2026-06-15T12:00:00.000Z')

function waiver(parts: Partial<Waiver> = {}): Waiver {
  return {
    version: 1,
    test: 'a.test.ts > pays',
    reason: 'the bank is down',
    owner: 'payments',
    expires: '2026-06-15',
    created: '2026-06-01T00:00:00.000Z',
    name: 'a.waiver.json',
    path: '/a.waiver.json',
    approver: 'lead',
    sha256: '',
    ...parts,
  }
}

const FAILED = '<testcase classname="a.test.ts" name="pays"><failure message="m"/></testcase>'

function run(parts: Partial<EndedRun> & { readonly cases?: string; readonly outcome?: string } = {}): EndedRun {
  const { cases = FAILED, outcome = 'failed', ...rest } = parts
  const facts = `<properties><property name="project" value="shop"/><property name="jux:outcome" value="${outcome}"/></properties>`
  const xml = `<testsuites><testsuite name="(run)">${facts}</testsuite><testsuite name="a">${cases}</testsuite></testsuites>`
  return { runner: 'vitest', isComplete: true, exitCauses: [], chunks: [Buffer.from(xml)], signer: 'ci', ...rest }
}

const excused = (command: Partial<EndedCommand> = {}, waivers: readonly Waiver[] = [waiver()]) => {
  const given: RunWaivers = { waivers, problems: [], at: AT }
  return excuse({ end: { exitCode: 1 }, runner: 'vitest', runs: [run()], ...command }, given)
}

describe('excuse', () => {
  it('returns the failed tests, each with its waiver, through its last day', () => {
    expect(excused()).toEqual({ waived: [{ test: 'a.test.ts > pays', waiver: waiver() }] })
  })

  it('takes a waiver for the project of the report, and an error of a test', () => {
    const cases = '<testcase classname="a.test.ts" name="pays"><error message="m"/></testcase>'

    expect(excused({ runs: [run({ cases })] }, [waiver({ project: 'shop' })])).toHaveProperty('waived.length', 1)
  })

  it('takes the first waiver that counts, whatever the others are', () => {
    const waivers = [waiver({ expires: '2026-06-14' }), waiver({ approver: 'ci' }), waiver({ owner: 'ann' })]

    expect(excused({}, waivers)).toMatchObject({ waived: [{ waiver: { owner: 'ann' } }] })
  })

  it('is not kept by another run of the command that is green', () => {
    expect(excused({ runs: [run({ cases: '<testcase name="t"/>', outcome: 'passed' }), run()] })).toHaveProperty(
      'waived',
    )
  })

  const OUTSIDE = '<testcase classname="a.test.ts" name="(load)"><error message="m"/></testcase>'
  it.each<[string, Partial<EndedCommand>, readonly Waiver[]]>([
    ['a.test.ts > pays has no waiver', {}, []],
    ['a.test.ts > pays has no waiver', {}, [waiver({ project: 'web' })]],
    ['the waiver for a.test.ts > pays expired on 2026-06-14', {}, [waiver({ expires: '2026-06-14' })]],
    ['the waiver for a.test.ts > pays is signed with the key that signs the report', {}, [waiver({ approver: 'ci' })]],
    [
      'a.test.ts > (load) is no test but an error of the run, which cannot be waived',
      { runs: [run({ cases: OUTSIDE })] },
      [waiver({ test: 'a.test.ts > (load)' })],
    ],
    ['something failed that is no test', { runs: [run({ cases: `${FAILED}<failure message="m"/>` })] }, [waiver()]],
    ['the outcome of the run is error', { runs: [run({ outcome: 'error' })] }, [waiver()]],
    ['the outcome of the run is interrupted', { runs: [run({ outcome: 'interrupted' })] }, [waiver()]],
    ['a report is not complete', { runs: [run({ isComplete: false })] }, [waiver()]],
    ['there is no report of the run', { runs: [run(), run({ chunks: undefined })] }, [waiver()]],
    ['there is no report of the run', { runs: [] }, [waiver()]],
    ['there is no report of the run', { runs: undefined }, [waiver()]],
    ['the exit code may be due to coverage', { runs: [run({ exitCauses: ['coverage'] })] }, [waiver()]],
    [
      'the reporter for playwright does not know whether anything but a test failed',
      { runs: [run({ runner: 'playwright', exitCauses: undefined })] },
      [waiver()],
    ],
    ['exit code 2 is not that of failed tests', { end: { exitCode: 2 } }, [waiver()]],
    ['the command was ended by the signal SIGTERM', { end: { signal: 'SIGTERM' } }, [waiver()]],
    ['the command is more than a test runner; name the runner itself', { runner: undefined }, [waiver()]],
    ['no test failed', { runs: [run({ cases: '<testcase name="t"/>', outcome: 'passed' })] }, [waiver()]],
  ])('says %s', (reason, command, waivers) => {
    expect(excused(command, waivers)).toEqual({ reason })
  })
})

describe('onlyRunner', () => {
  it.each([
    ['vitest run', 'vitest'],
    ['npx vitest run', 'vitest'],
    ['npx --yes jest', 'jest'],
    ['node node_modules/vitest/vitest.mjs run', 'vitest'],
    ['./node_modules/.bin/jest', 'jest'],
    ['npm test', undefined],
    ['pnpm vitest', undefined],
    ['c8 vitest run', undefined],
    ['npx -c vitest', undefined],
    ['npx c8 vitest', undefined],
    ['node run.js vitest', undefined],
    ['npx', undefined],
    ['npx --yes', undefined],
    ['node_modules/.bin/vitest.cmd', 'vitest'],
    ['C:\\shop\\node_modules\\.bin\\jest.cmd', 'jest'],
    ['../node_modules/.bin/vitest', 'vitest'],
    ['node scripts/jest.js', undefined],
    ['node jest.js', undefined],
    ['node jest', undefined],
    ['./vitest', undefined],
    ['./scripts/jest', undefined],
    ['npx ./scripts/vitest', undefined],
  ])('takes %s for %s', (line, runner) => {
    expect(onlyRunner(line.split(' '))).toBe(runner)
  })
})

describe('the causes of an exit code', () => {
  it('are none in a plain configuration', () => {
    expect(vitestExitCauses([{}, { coverage: { enabled: false }, globalSetup: [], bail: 0 }], false)).toEqual([])
    expect(jestExitCauses([{ bail: 0, testFailureExitCode: 1, globalTeardown: null }], false)).toEqual([])
  })

  it('are those of any project', () => {
    const experimental = { importDurations: { failOnDanger: true } }
    expect(vitestExitCauses([{}, { typecheck: { enabled: true } }, { experimental }], true)).toEqual([
      '.only, which is not allowed and leaves tests out',
      'typecheck',
      'experimental.importDurations.failOnDanger',
    ])
    expect(jestExitCauses([{ testFailureExitCode: 3 }, { collectCoverage: true }], true)).toEqual([
      'collectCoverage',
      'testFailureExitCode',
      'process.exitCode, which was set before the end of the run',
    ])
    expect(jestExitCauses([{ testResultsProcessor: '/process.js' }], false)).toEqual(['testResultsProcessor'])
  })
})
