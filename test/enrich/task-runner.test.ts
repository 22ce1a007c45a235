import { describe, expect, it } from 'vitest'
import { hidesVariables, taskFacts } from '../../src/enrich/task-runner.js'

const factsOf = (env: Record<string, string>) =>
  Object.fromEntries(taskFacts(env).flatMap(({ name, value }) => (value === '' ? [] : [[name, value]])))

const TURBO = { TURBO_HASH: '1f2e3d4c5b6a7988', npm_package_name: '@shop/web', npm_lifecycle_event: 'test:unit' }
const NX = { NX_TASK_TARGET_PROJECT: 'web', NX_TASK_TARGET_TARGET: 'test', NX_TASK_HASH: '1234567890' }

describe('the facts about the task', () => {
  it('are its package, script and hash in Turborepo', () => {
    expect(factsOf(TURBO)).toEqual({
      'jux:task_runner': 'turborepo',
      'jux:task': '@shop/web#test:unit',
      'jux:task_hash': '1f2e3d4c5b6a7988',
    })
  })

  it('are its project, target, configuration and hash in Nx', () => {
    expect(factsOf(NX)).toEqual({ 'jux:task_runner': 'nx', 'jux:task': 'web:test', 'jux:task_hash': '1234567890' })
    expect(factsOf({ ...NX, NX_TASK_TARGET_CONFIGURATION: 'ci' })).toMatchObject({ 'jux:task': 'web:test:ci' })
  })

  it('leave out what the task runner does not say', () => {
    expect(factsOf({ TURBO_HASH: 'aa' })).toEqual({ 'jux:task_runner': 'turborepo', 'jux:task_hash': 'aa' })
    expect(factsOf({ NX_TASK_TARGET_PROJECT: 'web' })).toEqual({ 'jux:task_runner': 'nx', 'jux:task': 'web' })
  })

  it('are unknown outside of a task', () => {
    expect(factsOf({ npm_package_name: 'web', npm_lifecycle_event: 'test', TURBO_HASH: '' })).toEqual({})
  })
})

describe('Turborepo hides our variables', () => {
  it('if a task sees none of them', () => {
    expect(hidesVariables(TURBO)).toBe(true)
    expect(hidesVariables({ ...TURBO, JUX_PROJECT: 'shop' })).toBe(false)
  })

  it('in no run without Turborepo', () => {
    expect(hidesVariables({})).toBe(false)
    expect(hidesVariables(NX)).toBe(false)
  })
})
