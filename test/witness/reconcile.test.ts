import { describe, expect, it } from 'vitest'
import type { TestRun } from '../../src/model.js'
import { type CommandEnd, endFacts, isRed, reconcile } from '../../src/witness/reconcile.js'
import { aRun } from '../support/runs.js'

const GREEN = aRun({ outcome: 'passed' })
const ALONE = { hasRedRun: false, hasFailedLate: false }
const FINE = aRun({ outcome: 'no-tests', nothingToRunIsFine: true })

describe('a run whose command has ended', () => {
  it.each<[string, CommandEnd, string]>([
    ['with exit code 1', { exitCode: 1 }, 'the command ended with exit code 1 although no test failed'],
    ['with exit code 137', { exitCode: 137 }, 'the command ended with exit code 137 although no test failed'],
    ['by SIGKILL', { signal: 'SIGKILL' }, 'the command was ended by the signal SIGKILL although no test failed'],
    ['in an unknown way', {}, 'the command ended with exit code unknown although no test failed'],
  ])('%s is no green run', (_, end, message) => {
    for (const run of [GREEN, FINE]) {
      const { outcome, errors, nothingToRunIsFine } = reconcile(run, end, ALONE)
      expect([outcome, nothingToRunIsFine]).toEqual(['error', undefined])
      expect(errors).toEqual([{ kind: 'error', name: 'CommandFailed', message }])
    }
  })

  it('with exit code 0 is what the runner said', () => {
    for (const run of [GREEN, FINE]) expect(reconcile(run, { exitCode: 0 }, ALONE)).toBe(run)
  })

  it.each<TestRun['outcome']>(['failed', 'error', 'interrupted', 'no-tests'])('stays %s', (outcome) => {
    const run = aRun({ outcome })
    expect(reconcile(run, { exitCode: 1 }, ALONE)).toBe(run)
    expect(isRed(run)).toBe(true)
  })

  it('stays green if another run of the command explains the exit code', () => {
    expect(reconcile(GREEN, { exitCode: 1 }, { ...ALONE, hasRedRun: true })).toBe(GREEN)
    expect([isRed(GREEN), isRed(FINE)]).toEqual([false, false])
  })

  it('has an error besides its failed tests if its process failed again after them', () => {
    const run = aRun({ outcome: 'failed' })
    const late = reconcile(run, { exitCode: 1 }, { ...ALONE, hasFailedLate: true })

    const message = 'the process of the test runner failed again after its last test'
    expect(late).toEqual({ ...run, errors: [...run.errors, { kind: 'error', name: 'CommandFailed', message }] })
    expect(reconcile(GREEN, { exitCode: 1 }, { hasRedRun: true, hasFailedLate: true }).outcome).toBe('error')
  })

  it('states the exit code or the signal', () => {
    expect(endFacts({ exitCode: 0 })).toEqual([{ name: 'jux:exit_code', value: '0' }])
    expect(endFacts({ signal: 'SIGTERM' })).toEqual([{ name: 'jux:signal', value: 'SIGTERM' }])
    expect(endFacts({})).toEqual([])
  })
})
