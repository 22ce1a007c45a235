/**
 * The contract of `jux run`: however its command ends, there is a signed report, and none is green that was not.
 */
import { expect } from 'vitest'
import { newKeyPair, privatePem } from '../support/keys.js'
import type { LabOptions, LabRun } from '../support/lab.js'
import { type Case, helpOf, type Lab, reportOf, testcaseIn } from './case.js'

const JUX_KEY = privatePem(newKeyPair('P-256'))

/** The first file has ended when the other does what `LAB_END` says. */
const FIRST = 'ends before everything else'

function ends(lab: Lab, end: string, options: LabOptions = {}): Promise<LabRun> {
  const own = lab.install.runner === 'jest' ? ['--runInBand'] : []
  return lab.of('ends', {
    juxRun: [],
    ...options,
    args: [...own, ...(options.args ?? [])],
    env: { JUX_KEY, LAB_END: end, ...options.env },
  })
}

/** The exit code, the outcome, and the facts about the end; the report must be signed and have the results so far. */
function endOf(run: LabRun) {
  const { text, outcome } = reportOf(run)
  expect(text).toContain('SignatureValue>')
  expect(testcaseIn(text, FIRST)).not.toMatch(/<failure|<error|<skipped/)
  const fact = (name: string) => new RegExp(`<property name="${name}" value="([^"]*)">`).exec(text)?.[1]
  return {
    code: run.code,
    outcome,
    exitCode: fact('jux:exit_code'),
    signal: fact('jux:signal'),
    witness: fact('jux:witness'),
  }
}

/** What the table says of an end. */
function saysOf({ outcome, code }: ReturnType<typeof endOf>): string {
  return `${outcome}, signed; exit code ${code ?? 'none'}`
}

const witness = 'same-user'
const isJest = (lab: Lab) => lab.install.runner === 'jest'

export const WITNESS_CASES: readonly Case[] = [
  {
    title: 'jux run reports a green run as passed, with the exit code of the command',
    check: async (lab) => {
      const run = await ends(lab, 'green')
      const end = endOf(run)
      expect(end).toEqual({ code: 0, outcome: 'passed', exitCode: '0', signal: undefined, witness })
      expect(run.stderr).toContain('rendering checked: 2 of 2 files were rendered early, the same bytes')
      return saysOf(end)
    },
  },
  {
    title: 'jux run reports a red run as failed, with the exit code of the command',
    check: async (lab) => {
      const run = await ends(lab, 'red')
      const end = endOf(run)
      expect(end).toEqual({ code: 1, outcome: 'failed', exitCode: '1', signal: undefined, witness })
      expect(reportOf(run).text).not.toContain('CommandFailed')
      return saysOf(end)
    },
    slow: true,
    oneNode: true,
  },
  {
    title: 'jux run reports a run whose coverage is too low as an error, because its command failed',
    check: async (lab) => {
      const run = await ends(lab, 'green', { args: ['--coverage'] })
      const end = endOf(run)
      expect(end).toEqual({ code: 1, outcome: 'error', exitCode: '1', signal: undefined, witness })
      expect(reportOf(run).text).toContain('the command ended with exit code 1 although no test failed')
      return saysOf(end)
    },
    cannot: [
      {
        who: ['playwright'],
        why: 'it has no limits for coverage',
        probe: async (lab) => expect(await helpOf(lab)).not.toContain('--coverage'),
      },
    ],
  },
  {
    title: 'jux run reports a run whose global teardown throws as an error if the command failed',
    check: async (lab) => {
      const run = await ends(lab, 'teardown')
      const end = endOf(run)
      expect([end.code, end.outcome]).toEqual(end.code === 0 ? [0, 'passed'] : [1, 'error'])
      expect(run.stdout + run.stderr).toContain('the teardown fails')
      return saysOf(end)
    },
    slow: true,
    oneNode: true,
  },
  {
    title: 'jux run reports an exit code that a test sets as an error if the command failed',
    check: async (lab) => {
      const run = await ends(lab, 'exit code')
      const end = endOf(run)
      expect([end.code, end.outcome]).toEqual(isJest(lab) ? [3, 'error'] : [0, 'passed'])
      return saysOf(end)
    },
    slow: true,
    oneNode: true,
  },
  {
    title: 'jux run never reports a run that a test ends with process.exit as passed',
    check: async (lab) => {
      const end = endOf(await ends(lab, 'exit'))
      expect(end.outcome).toBe(isJest(lab) ? 'interrupted' : 'failed')
      expect([end.code, end.exitCode]).toEqual(isJest(lab) ? [4, '4'] : [1, '1'])
      return saysOf(end)
    },
    slow: true,
    oneNode: true,
  },
  ...(['SIGINT', 'SIGTERM', 'SIGKILL'] as const).map(
    (signal): Case => ({
      title: `jux run reports a runner that ${signal} ends as interrupted, with the results so far and the file that was running`,
      check: async (lab) => {
        const run = await ends(lab, signal)
        const end = endOf(run)
        expect(end.outcome).toBe('interrupted')
        expect(end.code).not.toBe(0)
        expect(reportOf(run).text).toContain('last.test.js')
        return saysOf(end)
      },
      slow: signal !== 'SIGKILL',
      oneNode: true,
    }),
  ),
  {
    title: 'jux run reports a process without memory as no passed run',
    check: async (lab) => {
      const run = await ends(lab, 'memory', { env: { NODE_OPTIONS: '--max-old-space-size=60' }, timeoutMs: 90_000 })
      const end = endOf(run)
      expect(['interrupted', 'error', 'failed']).toContain(end.outcome)
      expect(end.code).not.toBe(0)
      return saysOf(end)
    },
    slow: true,
    oneNode: true,
  },
  {
    title: 'a jux run that is killed loses nothing: the next one reports what had ended, as interrupted',
    check: async (lab) => {
      const run = await ends(lab, 'parent', {
        watch: (output, kill) => {
          if (output.includes('has started')) kill('SIGKILL')
        },
        after: ['run', '--', lab.install.node, '--version'],
      })
      const end = endOf(run)
      expect([end.outcome, end.exitCode]).toEqual(['interrupted', undefined])
      expect(reportOf(run).text).toContain('the run has no end: jux run was killed')
      expect(reportOf(run).text).toContain('last.test.js')
      return saysOf(end)
    },
    slow: true,
    oneNode: true,
  },
  {
    title: 'jux run makes the report with the options of the reporter',
    check: async (lab) => {
      const { runner } = lab.install
      const { text, outcome } = reportOf(
        await ends(lab, 'green', {
          reporters: [[`jux-reporter/${runner}`, { project: 'shop', tags: ['nightly'], testName: '{title}!' }]],
        }),
      )
      expect(outcome).toBe('passed')
      expect(text).toContain('<property name="project" value="shop">')
      expect(text).toContain('<property name="jux:tags" value="nightly">')
      expect(text).toContain(`name="${FIRST}!"`)
    },
  },
]
