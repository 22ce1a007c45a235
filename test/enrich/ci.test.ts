import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { detectCi } from '../../src/enrich/ci.js'
import { CI_PROVIDERS } from '../../src/enrich/ci-providers.js'
import { type CiFixture, ciFixtures } from '../support/ci-fixtures.js'

const fixtures = ciFixtures()
const noEvent = () => undefined
const factsOf = ({ env, eventFile }: CiFixture) => detectCi(env, () => JSON.stringify(eventFile ?? null))

const ACTIONS = 'GITHUB_SHA GITHUB_REF GITHUB_ACTOR GITHUB_WORKFLOW GITHUB_RUN_NUMBER GITHUB_EVENT_NAME'

/** The variables in reports by provider, as docs/ci-providers.md lists them. */
const KEPT: Readonly<Record<string, string>> = {
  forgejo: ACTIONS,
  gitea: ACTIONS,
  github: ACTIONS,
  gitlab: 'CI_COMMIT_SHA CI_COMMIT_BRANCH CI_COMMIT_TAG CI_JOB_ID CI_JOB_NAME CI_PROJECT_PATH CI_PIPELINE_SOURCE',
  jenkins: 'GIT_COMMIT GIT_BRANCH JOB_NAME BUILD_NUMBER NODE_NAME',
  travis: 'TRAVIS_COMMIT TRAVIS_BRANCH TRAVIS_JOB_ID TRAVIS_BUILD_NUMBER TRAVIS_REPO_SLUG',
  circleci: 'CIRCLE_SHA1 CIRCLE_BRANCH CIRCLE_JOB CIRCLE_WORKFLOW_ID CIRCLE_PROJECT_REPONAME',
  azure: 'BUILD_SOURCEVERSION BUILD_SOURCEBRANCH BUILD_BUILDNUMBER AGENT_NAME BUILD_REASON',
}

/** Providers and events that check out the forge's merge of the pull request. */
const MERGING = {
  providers: ['azure', 'forgejo', 'gitea', 'github'],
  events: ['pull request', 'pull request without event file', 'fork'],
}

/** The remote in the facts of a GitLab job whose project has this address. */
const remoteOf = (address: string) => detectCi({ GITLAB_CI: 'true', CI_PROJECT_URL: address }, noEvent)?.remote

describe('detectCi', () => {
  it.each(fixtures)('reads the facts of $provider for the event "$event", and nothing else', (fixture) => {
    const { provider, event, env, expected } = fixture
    const names = ['CI', 'BUILD_NUMBER', ...(KEPT[provider] ?? '').split(' ')]
    const kept = names.flatMap((name) => (env[name] ? [[name, env[name]]] : []))
    const testsMerge = MERGING.providers.includes(provider) && MERGING.events.includes(event)

    const { candidates: _, buildsBase: __, ...facts } = factsOf(fixture) ?? {}

    expect(facts).toEqual({ provider, ...expected, testsMerge, variables: Object.fromEntries(kept) })
    expect(JSON.stringify(facts)).not.toContain('not-to-be-seen')
  })

  it('has fixtures for a push and a pull request of every provider, and for no other provider', () => {
    const known = CI_PROVIDERS.map(({ id }) => id).sort()
    const providers = (event?: string) => [
      ...new Set(fixtures.flatMap((one) => (event === undefined || one.event === event ? one.provider : []))),
    ]

    expect([providers(), providers('push'), providers('pull request')].map((ids) => ids.sort())).toEqual([
      known,
      known,
      known,
    ])
  })

  it.each([
    ['gitlab', 'GITLAB_CI', { jobId: 'CI_JOB_ID', buildUrl: 'CI_PIPELINE_URL', buildNumber: 'CI_PIPELINE_IID' }],
    ['jenkins', 'JENKINS_URL', { jobId: 'BUILD_ID', buildUrl: 'BUILD_URL', buildNumber: 'BUILD_NUMBER' }],
  ])('maps the variables of %s to the job, the page and the number of a submission', (provider, trigger, names) => {
    const env = { [trigger]: 'true', [names.jobId]: 'job', [names.buildUrl]: 'page', [names.buildNumber]: 'number' }

    expect(detectCi(env, noEvent)).toMatchObject({ provider, jobId: 'job', buildUrl: 'page', buildNumber: 'number' })
  })

  it('maps the variables of github to the job, the page on github.com and the number of a submission', () => {
    const env = { GITHUB_ACTIONS: 'true', GITHUB_REPOSITORY: 'o/r', GITHUB_RUN_ID: '1', GITHUB_RUN_NUMBER: '2' }

    expect(detectCi(env, noEvent)).toMatchObject({
      provider: 'github',
      jobId: '1',
      buildUrl: 'https://github.com/o/r/actions/runs/1',
      buildNumber: '2',
    })
  })

  it.each([
    [
      { GITHUB_ACTIONS: 'true', GITHUB_SERVER_URL: 'https://h/', GITHUB_REPOSITORY: 'o/r', GITHUB_RUN_ID: '1' },
      'https://h/o/r/actions/runs/1',
    ],
    [
      { SEMAPHORE: 'true', SEMAPHORE_ORGANIZATION_URL: 'https://h//', SEMAPHORE_WORKFLOW_ID: 'w' },
      'https://h/workflows/w',
    ],
    [{ SEMAPHORE: 'true', SEMAPHORE_ORGANIZATION_URL: 'https://h' }, undefined],
  ])('builds the address of the build from %j: %s', (env, buildUrl) => {
    expect(detectCi(env, noEvent)?.buildUrl).toBe(buildUrl)
  })

  it('reads an external pull request in GitLab', () => {
    const env = {
      GITLAB_CI: 'true',
      CI_COMMIT_BRANCH: 'main',
      CI_EXTERNAL_PULL_REQUEST_IID: '5',
      CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME: 'feature',
      CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_SHA: 'abc1234',
    }

    expect(detectCi(env, noEvent)).toMatchObject({ pullRequest: '5', branch: 'feature', headCommit: 'abc1234' })
  })

  it.each([
    {},
    { CI: 'true' },
    { GITHUB_ACTIONS: 'false' },
    { GITHUB_ACTIONS: '' },
    { GITLAB_CI: '0' },
    { TF_BUILD: 'False' },
    { CI: 'false', CIRRUS_CI: 'true' },
    { CI_NAME: 'another' },
    { TASK_ID: '1' },
  ])('finds no CI system in %j', (env) => {
    expect(detectCi(env, noEvent)).toBeUndefined()
  })

  it.each([
    [{ CIRRUS_CI: 'true' }, 'Cirrus CI'],
    [{ CI_NAME: 'codeship' }, 'Codeship'],
    [{ NODE: '/app/.heroku/node/bin/node' }, 'Heroku'],
    [{ bamboo_planKey: 'SHOP-UNIT' }, 'Bamboo'],
    [{ TASK_ID: '1', RUN_ID: '0x' }, 'TaskCluster'],
    [{ NOW_BUILDER: '1' }, 'Vercel'],
  ])('names the vendor that sets %j, and nothing else', (env, provider) => {
    expect(detectCi(env, noEvent)).toEqual({ provider, testsMerge: false, variables: {} })
  })

  it.each(['CIRRUS_CI', 'JENKINS_URL', 'GITHUB_ACTIONS', 'BITBUCKET_BUILD_NUMBER'])(
    'keeps CI and BUILD_NUMBER of the provider that sets %s',
    (variable) => {
      const env = { [variable]: '1', CI: 'true', BUILD_NUMBER: '42' }

      expect(detectCi(env, noEvent)?.variables).toEqual({ CI: 'true', BUILD_NUMBER: '42' })
    },
  )

  it.each(['', 'null', '[]', '{"pull_request":null}', '{"pull_request":{"head":{"sha":["x"]}}}', '{{{'])(
    'reads the facts from variables if the event file contains %j',
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

  it.each(['refs/pull/5/merge', 'refs/pull/5/head', 'refs/merge-requests/5/head', 'pull/5', 'refs/tags/v1', 'HEAD'])(
    'finds no branch in the ref %s',
    (ref) => {
      expect(detectCi({ GITHUB_ACTIONS: 'true', GITHUB_REF: ref }, noEvent)?.branch).toBeUndefined()
      expect(detectCi({ CIRCLECI: 'true', CIRCLE_BRANCH: ref }, noEvent)?.branch).toBeUndefined()
    },
  )

  it.each([
    ['https://github.com/o/r.git', 'https://github.com/o/r.git'],
    ['https://token@github.com/o/r', 'https://github.com/o/r'],
    ['https://user:pw@github.com/o/r', 'https://github.com/o/r'],
    ['http://user:pw@host/o/r', 'http://host/o/r'],
    ['https://user:p@ss@host/o/r', 'https://host/o/r'],
    ['https://user:p#ss@host/o/r', 'https://host/o/r'],
    ['https://user:p?ss@host/o/r', 'https://host/o/r'],
    ['https://user:pa/ss@host/o/r', 'https://host/o/r'],
    ['https://github.com/o/r@v1', 'https://github.com/o/r@v1'],
    ['https://host/o/r?token=abc#frag', 'https://host/o/r'],
    ['ssh://git@host:2222/o/r', 'ssh://git@host:2222/o/r'],
    ['ssh://git:pw@host/o/r', 'ssh://host/o/r'],
    ['git+ssh://git@host/o/r', 'git+ssh://git@host/o/r'],
    ['ftp://me:pw@host/o/r', 'ftp://host/o/r'],
    ['git@github.com:o/r.git', 'git@github.com:o/r.git'],
    ['user:pw@host:o/r', 'host:o/r'],
    ['codecommit::eu-west-1://profile@repo', 'codecommit::eu-west-1://repo'],
    ['hg::https://me:pw@host/r', 'hg::https://host/r'],
    ['ext::sh -c "secret"', 'ext::'],
    ['/srv/git/app.git', '/srv/git/app.git'],
    ['../app', '../app'],
    ['C:\\repos\\app', 'C:\\repos\\app'],
    ['https://[::1]:3000/o/r', 'https://[::1]:3000/o/r'],
  ])('gives the remote %s as %s, without credentials', (address, remote) => {
    expect(remoteOf(address)).toBe(remote)
  })

  it('removes a password of any characters from a remote', () => {
    const password = fc.string({ unit: fc.constantFrom(...'abcXYZ019@:#?%+=~!$&*-_.'), minLength: 8, maxLength: 20 })
    const scheme = fc.constantFrom('https', 'http', 'ssh', 'git', 'ftp', 'svn+ssh')
    const property = fc.property(scheme, password, (name, secret) => {
      expect(remoteOf(`${name}://user:S3C${secret}RET@host/o/r`)).not.toMatch(/S3C|RET/)
    })

    fc.assert(property, { numRuns: 500 })
  })
})
