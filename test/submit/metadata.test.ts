import { describe, expect, it } from 'vitest'
import { machineMetadata, runMetadata } from '../../src/submit/metadata.js'

const properties = (values: Record<string, string>) => Object.entries(values).map(([name, value]) => ({ name, value }))

describe('runMetadata', () => {
  it('builds all fields from the properties of a report alone', () => {
    const report = properties({
      project: 'app',
      'git:branch': 'feature/x',
      'git:commit': 'abc123',
      'git:head_commit': 'def456',
      'jux:tags': 'smoke, nightly,,',
      'jux:environment': 'staging',
      'ci:provider': 'github',
      'ci:build_id': '77',
      'ci:job_id': '99',
      'ci:build_url': 'https://ci/77',
      'ci:build_number': '12',
    })

    expect(runMetadata(report)).toEqual({
      project: 'app',
      branch: 'feature/x',
      commit_sha: 'abc123',
      tags: ['smoke', 'nightly'],
      environment: 'staging',
      ci_metadata: { provider: 'github', job_id: '99', pipeline_url: 'https://ci/77', build_number: '12' },
    })
  })

  it('has a project and an environment also for a report without properties', () => {
    expect(runMetadata([])).toEqual({ project: 'unknown', tags: [], environment: 'test', ci_metadata: null })
    expect(runMetadata([], 'named')).toMatchObject({ project: 'named' })
    expect(runMetadata(properties({ project: 'own' }), 'named')).toMatchObject({ project: 'own' })
  })

  it('takes the first of several properties with the same name', () => {
    const twice = [...properties({ project: 'first' }), ...properties({ project: 'second' })]

    expect(runMetadata(twice).project).toBe('first')
  })

  it('takes ci:build_id as the job id in reports of the Python tools', () => {
    expect(runMetadata(properties({ 'ci:provider': 'gitlab', 'ci:build_id': '5' })).ci_metadata).toEqual({
      provider: 'gitlab',
      job_id: '5',
    })
  })
})

describe('machineMetadata', () => {
  it('has the machine, the runner and the recorded environment variables', () => {
    const report = properties({
      'jux:hostname': 'ci-1',
      'jux:username': 'dev',
      'jux:platform': 'Linux-6.1-x64',
      'jux:node_version': '20.19.0',
      'jux:runner': 'vitest',
      'jux:runner_version': '4.1.12',
      'jux:timestamp': '2026-01-01T00:00:00.000Z',
      'env:CI': 'true',
      'env:BUILD_NUMBER': '42',
      'env:__proto__': 'x',
      'env:': 'nameless',
    })

    const metadata = machineMetadata(report)

    expect(metadata).toMatchObject({
      hostname: 'ci-1',
      username: 'dev',
      platform: 'Linux-6.1-x64',
      node_version: '20.19.0',
      runner: 'vitest',
      runner_version: '4.1.12',
      timestamp: '2026-01-01T00:00:00.000Z',
    })
    expect(JSON.stringify(metadata.environment)).toBe('{"CI":"true","BUILD_NUMBER":"42","__proto__":"x"}')
  })

  it('has an empty environment when no variables were recorded', () => {
    expect(machineMetadata([])).toEqual({ environment: {} })
  })
})
