import { describe, expect, it } from 'vitest'
import { requestFacts } from '../../src/enrich/request.js'

describe('requestFacts', () => {
  it('states that all tests were selected, and usual values', () => {
    expect(requestFacts({ selection: [], only: 'none', bail: 0, retries: 0 })).toEqual([
      { name: 'jux:selection', value: 'all' },
      { name: 'jux:only', value: 'none' },
      { name: 'jux:bail', value: '0' },
      { name: 'jux:run_retries', value: '0' },
    ])
  })

  it('never states that all tests were selected if one filter narrowed the run', () => {
    expect(requestFacts({ selection: [{ kind: 'tags', value: 'fast' }] })).toEqual([
      { name: 'jux:selection', value: 'tags' },
      { name: 'jux:selection:tags', value: 'fast' },
    ])
  })

  it('lists what narrowed the run in the order of the documentation, each with its values', () => {
    const selection = [
      { kind: 'name', value: 'adds' },
      { kind: 'files', value: 'a.test.ts' },
      { kind: 'files', value: 'b.test.ts' },
    ] as const
    expect(requestFacts({ selection, shardLabel: 'linux' })).toEqual([
      { name: 'jux:selection', value: 'files,name' },
      { name: 'jux:selection:files', value: 'a.test.ts b.test.ts' },
      { name: 'jux:selection:name', value: 'adds' },
      { name: 'jux:shard_label', value: 'linux' },
    ])
  })

  it('states nothing that is not known', () => {
    expect(requestFacts(undefined)).toEqual([])
    expect(requestFacts({})).toEqual([])
  })
})
