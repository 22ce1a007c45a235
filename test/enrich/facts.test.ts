import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { enrich, type FactsSettings, startFacts } from '../../src/enrich/facts.js'
import { realSystem, type System } from '../../src/system.js'
import { packageVersion } from '../../src/version.js'
import { temporaryFolder } from '../support/folders.js'
import { commitFile, GIT_WORLD, git, repository } from '../support/repository.js'
import { aRun } from '../support/runs.js'
import { fixedSystem } from '../support/system.js'
import { hasTool } from '../support/tools.js'

const withGit = hasTool('git')

/** The properties of a run in a folder, by name. */
async function propertiesOf(rootDir: string, settings: FactsSettings = {}, system: Partial<Omit<System, 'now'>> = {}) {
  const facts = await startFacts({ rootDir, ...settings }, fixedSystem({ exec: realSystem().exec, ...system }))
  return Object.fromEntries(enrich(aRun(), facts).properties.map(({ name, value }) => [name, value]))
}

beforeEach(() => {
  for (const [name, value] of Object.entries(GIT_WORLD)) vi.stubEnv(name, value)
})
afterEach(() => {
  vi.unstubAllEnvs()
})

describe('enrich', () => {
  it('adds the facts in the documented order, and none that is unknown', async () => {
    const folder = temporaryFolder()
    const facts = await startFacts({ rootDir: folder, project: 'shop', tags: ['smoke', 'nightly'] }, fixedSystem())

    expect(enrich(aRun(), facts).properties).toEqual(
      Object.entries({
        project: 'shop',
        'jux:environment': 'test',
        'jux:tags': 'smoke,nightly',
        'jux:hostname': 'host',
        'jux:username': 'dev',
        'jux:platform': 'Linux-6.1.0-x64',
        'jux:node_version': '20.19.0',
        'jux:timestamp': '2026-01-02T03:04:05.678Z',
        'jux:outcome': 'passed',
        'jux:runner': 'vitest',
        'jux:runner_version': '4.1.12',
        'jux:client': 'jux-reporter',
        'jux:client_version': packageVersion(),
      }).map(([name, value]) => ({ name, value })),
    )
  })

  it('goes without the name of a user that has none', async () => {
    expect(await propertiesOf(temporaryFolder(), {}, { username: undefined })).not.toHaveProperty('jux:username')
  })

  it("lets the user's properties win, be they values or a function of the run", async () => {
    const folder = temporaryFolder()
    const values = await propertiesOf(folder, {
      properties: { project: 'mine', 'team:name': 'red', answer: 42, none: undefined },
    })
    const computed = await propertiesOf(folder, { properties: (run) => ({ 'jux:environment': run.runner.name }) })

    expect(values).toMatchObject({ project: 'mine', 'team:name': 'red', answer: '42' })
    expect(values).not.toHaveProperty('none')
    expect(computed['jux:environment']).toBe('vitest')
  })

  it('keeps the report when the function of the user fails, and says so in it', async () => {
    const failing = () => {
      throw new Error('no such table')
    }

    expect((await propertiesOf(temporaryFolder(), { properties: failing }))['jux:properties_error']).toBe(
      'no such table',
    )
  })

  it('never overwrites what the run has already', async () => {
    const facts = await startFacts({ rootDir: temporaryFolder() }, fixedSystem())
    const run = enrich(aRun({ properties: [{ name: 'project', value: 'given' }] }), facts)

    expect(run.properties.find(({ name }) => name === 'project')?.value).toBe('given')
  })
})

describe.skipIf(!withGit)('startFacts', () => {
  const env = {
    GITHUB_ACTIONS: 'true',
    GITHUB_REF: 'refs/pull/7/merge',
    GITHUB_HEAD_REF: 'feature',
    GITHUB_REPOSITORY: 'o/r',
    GITHUB_RUN_ID: '1',
  }

  /** A merge of `feature` into `main`, checked out alone, as CI does. */
  function mergeCheckout() {
    const folder = repository()
    git(folder, 'checkout', '--quiet', '-b', 'feature')
    const head = commitFile(folder, 'b.txt', 'feature')
    git(folder, 'checkout', '--quiet', 'main')
    commitFile(folder, 'c.txt', 'base')
    git(folder, 'merge', '--quiet', '--no-ff', '--message', 'merge', 'feature')
    const clone = join(temporaryFolder(), 'clone')
    git(folder, 'clone', '--quiet', '--depth=1', `file://${folder}`, clone)
    git(clone, 'checkout', '--quiet', '--detach')
    return { clone, head, merge: git(folder, 'rev-parse', 'HEAD') }
  }

  it('names the merge that was tested and the head of the pull request, from a checkout of depth 1', async () => {
    const { clone, head, merge } = mergeCheckout()

    expect(await propertiesOf(clone, {}, { env })).toMatchObject({
      'git:commit': merge,
      'git:head_commit': head,
      'git:branch': 'feature',
      'ci:pull_request': '7',
    })
  })

  it('prefers the head commit that the event file names', async () => {
    const { clone } = mergeCheckout()
    const event = join(temporaryFolder(), 'event.json')
    writeFileSync(event, JSON.stringify({ pull_request: { number: 7, head: { sha: 'f'.repeat(40) } } }))

    const properties = await propertiesOf(clone, {}, { env: { ...env, GITHUB_EVENT_PATH: event } })

    expect(properties['git:head_commit']).toBe('f'.repeat(40))
  })

  it('does not guess which parent of a merge of unknown making is the head', async () => {
    const { clone } = mergeCheckout()

    const properties = await propertiesOf(
      clone,
      {},
      { env: { JENKINS_URL: 'x', CHANGE_ID: '7', CHANGE_BRANCH: 'feature' } },
    )

    expect(properties).not.toHaveProperty('git:head_commit')
  })

  it('takes the word of the configuration over git and CI', async () => {
    const settings = { branch: 'mine', commitSha: 'abc1234', project: 'named', environment: 'staging' }

    expect(await propertiesOf(repository(), settings, { env })).toMatchObject({
      'git:branch': 'mine',
      'git:commit': 'abc1234',
      project: 'named',
      'jux:environment': 'staging',
    })
  })

  it('lets CI say what a folder without a repository holds', async () => {
    const properties = await propertiesOf(temporaryFolder(), {}, { env: { ...env, GITHUB_SHA: 'a'.repeat(40) } })

    expect(properties).toMatchObject({
      'git:commit': 'a'.repeat(40),
      'git:remote': 'https://github.com/o/r',
      project: 'r',
    })
  })

  it('shows no branch for a tag, even where git is on one', async () => {
    const tagged = { GITHUB_ACTIONS: 'true', GITHUB_REF: 'refs/tags/v1' }

    const properties = await propertiesOf(repository(), {}, { env: tagged })

    expect(properties['git:tag']).toBe('v1')
    expect(properties).not.toHaveProperty('git:branch')
  })

  it('names the project after the remote, then the package whose tests ran, then the folder', async () => {
    const folder = repository()
    const inner = join(folder, 'packages', 'inner')
    mkdirSync(join(inner, 'src'), { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{"name":"whole"}')
    const byFolder = await propertiesOf(temporaryFolder())
    const byRoot = await propertiesOf(join(inner, 'src'))
    writeFileSync(join(inner, 'package.json'), '{"name":"@acme/inner"}')
    const byPackage = await propertiesOf(join(inner, 'src'))
    git(folder, 'remote', 'add', 'origin', 'git@forge.example:acme/shop.git')
    const byRemote = await propertiesOf(join(inner, 'src'))

    expect(byFolder.project).toMatch(/^jux-test-/)
    expect([byRoot.project, byPackage.project, byRemote.project]).toEqual(['whole', '@acme/inner', 'shop'])
  })

  it('takes no variable that is not on the list', async () => {
    const properties = await propertiesOf(
      temporaryFolder(),
      {},
      { env: { ...env, SECRET_THING: 'x', GITHUB_TOKEN: 'y' } },
    )

    expect(Object.keys(properties).filter((name) => name.startsWith('env:'))).toEqual(['env:GITHUB_REF'])
  })
})
