import { describe, expect, it } from 'vitest'
import { CI_FIELDS, CI_PROVIDERS, detectCi } from '../../src/enrich/ci.js'
import { type CiFixture, ciFixtures } from '../support/ci-fixtures.js'

const fixtures = ciFixtures()
const noEvent = () => undefined
const factsOf = ({ env, eventFile }: CiFixture) => detectCi(env, () => JSON.stringify(eventFile ?? null))

describe.each(fixtures)('detectCi: $provider, $event', (fixture) => {
  it('recognises the provider', () => {
    expect(factsOf(fixture)?.provider).toBe(fixture.provider)
  })

  it.each(CI_FIELDS)('%s', (field) => {
    expect(factsOf(fixture)?.[field]).toBe(fixture.expected[field])
  })

  it('lets nothing secret through', () => {
    expect(JSON.stringify(factsOf(fixture))).not.toContain('not-to-be-seen')
  })
})

describe('the fixtures', () => {
  it('have every provider, with a push and a pull request at least', () => {
    const events = new Map(
      CI_PROVIDERS.map(({ id }) => [id, fixtures.filter(({ provider }) => provider === id).map(({ event }) => event)]),
    )

    expect([...events].filter(([, kinds]) => !kinds.includes('push') || !kinds.includes('pull request'))).toEqual([])
    expect(new Set(fixtures.map(({ provider }) => provider)).size).toBe(CI_PROVIDERS.length)
  })
})

describe('the three mappings of submissions, to the letter', () => {
  it.each([
    ['gitlab', { jobId: 'CI_JOB_ID', buildUrl: 'CI_PIPELINE_URL', buildNumber: 'CI_PIPELINE_IID' }, 'GITLAB_CI'],
    ['jenkins', { jobId: 'BUILD_ID', buildUrl: 'BUILD_URL', buildNumber: 'BUILD_NUMBER' }, 'JENKINS_URL'],
  ])('%s', (provider, names, trigger) => {
    const env = {
      [trigger]: 'true',
      [names.jobId]: 'the job',
      [names.buildUrl]: 'the page',
      [names.buildNumber]: 'the number',
    }

    expect(detectCi(env, noEvent)).toMatchObject({
      provider,
      jobId: 'the job',
      buildUrl: 'the page',
      buildNumber: 'the number',
    })
  })

  it('github, with its default server', () => {
    const env = { GITHUB_ACTIONS: 'true', GITHUB_REPOSITORY: 'o/r', GITHUB_RUN_ID: '1', GITHUB_RUN_NUMBER: '2' }

    expect(detectCi(env, noEvent)).toMatchObject({
      provider: 'github',
      jobId: '1',
      buildUrl: 'https://github.com/o/r/actions/runs/1',
      buildNumber: '2',
    })
  })
})

describe('detectCi', () => {
  it.each([
    {},
    { CI: 'true' },
    { GITHUB_ACTIONS: 'false' },
    { GITHUB_ACTIONS: '' },
    { GITLAB_CI: '0' },
    { TF_BUILD: 'False' },
  ])('is not misled by %j', (env) => {
    expect(detectCi(env, noEvent)).toBeUndefined()
  })

  it.each([
    [{ CIRRUS_CI: 'true' }, 'Cirrus CI'],
    [{ CI_NAME: 'codeship' }, 'Codeship'],
    [{ NODE: '/app/.heroku/node/bin/node' }, 'Heroku'],
    [{ bamboo_planKey: 'SHOP-UNIT' }, 'Bamboo'],
  ])('names other vendors: %j', (env, provider) => {
    expect(detectCi(env, noEvent)).toEqual({ provider, testsMerge: false, variables: {} })
  })

  it('keeps the variables of the allow-list, and no other', () => {
    const fixture = fixtures.find(({ provider, event }) => provider === 'gitlab' && event === 'pull request')

    expect(Object.keys(fixture === undefined ? {} : (factsOf(fixture)?.variables ?? {}))).toEqual([
      'CI_COMMIT_SHA',
      'CI_JOB_ID',
      'CI_JOB_NAME',
      'CI_PROJECT_PATH',
      'CI_PIPELINE_SOURCE',
    ])
  })

  it.each(['', 'null', '[]', '{"pull_request":null}', '{"pull_request":{"head":{"sha":["x"]}}}', '{{{'])(
    'survives an event file that holds %j',
    (text) => {
      const env = {
        GITHUB_ACTIONS: 'true',
        GITHUB_EVENT_PATH: 'e',
        GITHUB_REF: 'refs/pull/7/merge',
        GITHUB_HEAD_REF: 'x',
      }

      expect(detectCi(env, () => text)).toMatchObject({ branch: 'x', pullRequest: '7' })
    },
  )

  it('never makes a branch of a pull request ref', () => {
    const refs = [
      'refs/pull/5/merge',
      'refs/pull/5/head',
      'refs/merge-requests/5/head',
      'pull/5',
      'refs/tags/v1',
      'HEAD',
    ]

    for (const ref of refs) {
      expect(detectCi({ GITHUB_ACTIONS: 'true', GITHUB_REF: ref }, noEvent)?.branch).toBeUndefined()
      expect(detectCi({ CIRCLECI: 'true', CIRCLE_BRANCH: ref }, noEvent)?.branch).toBeUndefined()
    }
  })
})
