import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { enrich, type FactsSettings, factsWithoutGit, startFacts } from '../../src/enrich/facts.js'
import { realSystem, type System } from '../../src/system.js'
import { packageVersion } from '../../src/version.js'
import { temporaryFolder } from '../support/folders.js'
import { commitFile, GIT_WORLD, git, repository } from '../support/repository.js'
import { aModule, aRun, aTest } from '../support/runs.js'
import { fixedSystem } from '../support/system.js'
import { hasTool } from '../support/tools.js'

const withGit = hasTool('git')

/** The properties of a run in a folder, by name. */
async function propertiesOf(rootDir: string, settings: FactsSettings = {}, system: Partial<Omit<System, 'now'>> = {}) {
  const facts = await startFacts({ rootDir, ...settings }, fixedSystem({ exec: realSystem().exec, ...system }))
  return Object.fromEntries(enrich(aRun(), facts).run.properties.map(({ name, value }) => [name, value]))
}

beforeEach(() => {
  for (const [name, value] of Object.entries(GIT_WORLD)) vi.stubEnv(name, value)
})
afterEach(() => {
  vi.unstubAllEnvs()
})

describe('enrich', () => {
  it('adds the known facts to a run, in the documented order', async () => {
    const folder = temporaryFolder()
    const facts = await startFacts({ rootDir: folder, project: 'shop', tags: ['smoke', 'nightly'] }, fixedSystem())

    expect(enrich(aRun(), facts).run.properties).toEqual(
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

  it('adds no user name if the user has none', async () => {
    expect(await propertiesOf(temporaryFolder(), {}, { username: undefined })).not.toHaveProperty('jux:username')
  })

  it('adds custom properties after the facts, from an object or a function', async () => {
    const folder = temporaryFolder()
    const values = await propertiesOf(folder, { properties: { 'team:name': 'red', answer: 42, none: undefined } })
    const computed = await propertiesOf(folder, { properties: (run) => ({ ran: run.runner.name }) })

    expect(values).toMatchObject({ 'team:name': 'red', answer: '42' })
    expect(values).not.toHaveProperty('none')
    expect(computed.ran).toBe('vitest')
  })

  it('leaves out custom properties with the names of facts, says so once, and keeps the others', async () => {
    const fake = {
      'git:commit': 'FAKE',
      'GIT:STATUS ': 'clean',
      project: 'other',
      'env:X': '1',
      'jux.git_branch': 'x',
      own: '1',
    }
    const facts = await startFacts(
      { rootDir: temporaryFolder(), project: 'shop', properties: () => fake },
      fixedSystem(),
    )

    const { run, problems } = enrich(aRun(), facts)

    const values = Object.fromEntries(run.properties.map(({ name, value }) => [name, value]))
    expect(values).toMatchObject({ project: 'shop', own: '1' })
    expect(Object.keys(values)).not.toContain('git:commit')
    expect(Object.keys(values)).not.toContain('jux.git_branch')
    expect(problems.map(({ message, reason, suggestions }) => ({ message, reason, suggestions }))).toEqual([
      {
        message:
          'git:commit, GIT:STATUS , project, env:X, jux.git_branch of properties is left out: custom properties cannot replace facts',
        reason: 'reserved-name',
        suggestions: ['use the setting commitSha', 'use a name of your own, such as my:commit'],
      },
    ])
  })

  it('leaves out metadata of a file with the names of facts', async () => {
    const properties = [
      { name: 'git:commit', value: 'FAKE' },
      { name: 'own', value: '1' },
    ]
    const facts = await startFacts({ rootDir: temporaryFolder() }, fixedSystem())

    const { run, problems } = enrich(aRun({ modules: [aModule({ properties })] }), facts)

    expect(run.modules[0]?.properties).toEqual([{ name: 'own', value: '1' }])
    expect(problems).toMatchObject([
      { message: expect.stringContaining('git:commit of the metadata of test/a.test.ts') },
    ])
  })

  it('adds jux:properties_error to the run if the function for custom properties throws', async () => {
    const failing = () => {
      throw new Error('no such table')
    }

    expect((await propertiesOf(temporaryFolder(), { properties: failing }))['jux:properties_error']).toBe(
      'no such table',
    )
  })

  it('adds jux:properties_error if the function returns a promise, which may reject without ending the process', async () => {
    const properties = async () => {
      throw new Error('too late')
    }

    // @ts-expect-error a configuration in JavaScript has no types
    expect((await propertiesOf(temporaryFolder(), { properties }))['jux:properties_error']).toBe(
      'it returned a promise, not an object',
    )
  })

  it('keeps the properties that a run already has, except where a fact is known', async () => {
    const facts = await startFacts({ rootDir: temporaryFolder(), project: 'shop' }, fixedSystem())
    const given = { project: 'given', 'git:commit': '1a2b', 'jux:outcome': 'failed' }
    const properties = Object.entries(given).map(([name, value]) => ({ name, value }))

    const { run, problems } = enrich(aRun({ properties }), facts)

    const values = Object.fromEntries(run.properties.map(({ name, value }) => [name, value]))
    expect(values).toMatchObject({ project: 'shop', 'git:commit': '1a2b', 'jux:outcome': 'passed' })
    expect(problems).toMatchObject([{ message: expect.stringContaining('project, jux:outcome of the run') }])
  })
})

describe('enrich, with testProperties', () => {
  const run = aRun({
    modules: [aModule({ tests: [aTest({ title: 'PROJ-7 works', meta: [{ name: 'own', value: '1' }] }), aTest()] })],
  })
  const enriched = async (testProperties?: FactsSettings['testProperties']) =>
    enrich(run, await startFacts({ rootDir: temporaryFolder(), testProperties }, fixedSystem())).run

  it('adds what the function returns after the metadata of each test', async () => {
    const { modules } = await enriched(({ title }, { file }) => ({
      test_key: /PROJ-\d+/.exec(title)?.[0],
      file,
      ok: true,
    }))

    expect(modules[0]?.tests.map(({ meta }) => meta)).toEqual([
      [
        { name: 'own', value: '1' },
        { name: 'test_key', value: 'PROJ-7' },
        { name: 'file', value: 'test/a.test.ts' },
        { name: 'ok', value: 'true' },
      ],
      [
        { name: 'file', value: 'test/a.test.ts' },
        { name: 'ok', value: 'true' },
      ],
    ])
  })

  it('leaves tests without custom properties unchanged', async () => {
    expect((await enriched()).modules).toBe(run.modules)
    expect((await enriched(() => ({}))).modules[0]?.tests[0]).toBe(run.modules[0]?.tests[0])
  })

  it('leaves out names that begin with jux:, which are facts about the test', async () => {
    const facts = await startFacts(
      { rootDir: temporaryFolder(), testProperties: () => ({ 'jux:flaky': false, project: 'x' }) },
      fixedSystem(),
    )

    const { run: changed, problems } = enrich(run, facts)

    expect(changed.modules[0]?.tests[1]?.meta).toEqual([{ name: 'project', value: 'x' }])
    expect(problems).toMatchObject([{ message: expect.stringContaining('jux:flaky of testProperties') }])
  })

  it('adds jux:test_properties_error to the run if the function throws, and keeps what it returned', async () => {
    const { modules, properties } = await enriched(({ title }) => {
      if (title !== 'works') throw new Error('no key')
      return { a: 1 }
    })

    expect(modules[0]?.tests[1]?.meta).toEqual([{ name: 'a', value: '1' }])
    expect(properties).toContainEqual({ name: 'jux:test_properties_error', value: 'no key' })
  })

  it('adds jux:test_properties_error to the run if the function returns a promise', async () => {
    // @ts-expect-error a configuration in JavaScript has no types
    const { properties } = await enriched(async () => ({ a: 1 }))

    expect(properties).toContainEqual({
      name: 'jux:test_properties_error',
      value: 'it returned a promise, not an object',
    })
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

  /** A merge of `feature` into `main`, in a checkout of depth 1, as in CI. */
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

  it('names the tested merge and the head of the pull request in a checkout of depth 1', async () => {
    const { clone, head, merge } = mergeCheckout()

    expect(await propertiesOf(clone, {}, { env })).toMatchObject({
      'git:commit': merge,
      'git:head_commit': head,
      'git:branch': 'feature',
      'ci:pull_request': '7',
    })
  })

  it('prefers the head commit in the event file', async () => {
    const { clone } = mergeCheckout()
    const event = join(temporaryFolder(), 'event.json')
    writeFileSync(event, JSON.stringify({ pull_request: { number: 7, head: { sha: 'f'.repeat(40) } } }))

    const properties = await propertiesOf(clone, {}, { env: { ...env, GITHUB_EVENT_PATH: event } })

    expect(properties['git:head_commit']).toBe('f'.repeat(40))
  })

  it('names no head commit for a merge that the forge did not create', async () => {
    const { clone } = mergeCheckout()

    const properties = await propertiesOf(
      clone,
      {},
      { env: { JENKINS_URL: 'x', CHANGE_ID: '7', CHANGE_BRANCH: 'feature' } },
    )

    expect(properties).not.toHaveProperty('git:head_commit')
  })

  it('prefers the settings to git and CI', async () => {
    const settings = { branch: 'mine', commitSha: 'abc1234', project: 'named', environment: 'staging' }

    expect(await propertiesOf(repository(), settings, { env })).toMatchObject({
      'git:branch': 'mine',
      'git:commit': 'abc1234',
      project: 'named',
      'jux:environment': 'staging',
    })
  })

  it('takes commit, remote and project from CI in a folder without a repository', async () => {
    const properties = await propertiesOf(temporaryFolder(), {}, { env: { ...env, GITHUB_SHA: 'a'.repeat(40) } })

    expect(properties).toMatchObject({
      'git:commit': 'a'.repeat(40),
      'git:remote': 'https://github.com/o/r',
      project: 'r',
    })
  })

  it('names no branch for a tag, even if git has a branch', async () => {
    const tagged = { GITHUB_ACTIONS: 'true', GITHUB_REF: 'refs/tags/v1' }

    const properties = await propertiesOf(repository(), {}, { env: tagged })

    expect(properties['git:tag']).toBe('v1')
    expect(properties).not.toHaveProperty('git:branch')
  })

  it('names the project after the remote, else after the nearest package, else after the folder', async () => {
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

  it('names a project of Nx without package.json after its project.json', async () => {
    const folder = repository()
    const inner = join(folder, 'apps', 'api')
    mkdirSync(inner, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{"name":"workspace"}')
    writeFileSync(join(inner, 'project.json'), '{"name":"api","targets":{}}')

    expect((await propertiesOf(inner)).project).toBe('api')
  })

  it('records CI and BUILD_NUMBER of a CI system that is not recognized, and neither of them outside CI', async () => {
    const recorded = async (variables: Record<string, string>) =>
      Object.entries(await propertiesOf(temporaryFolder(), {}, { env: variables })).filter(([name]) =>
        name.startsWith('env:'),
      )

    expect(await recorded({ CI: 'true', BUILD_NUMBER: '42' })).toEqual([
      ['env:CI', 'true'],
      ['env:BUILD_NUMBER', '42'],
    ])
    expect(await recorded({ CI: 'false', BUILD_NUMBER: '42' })).toEqual([])
    expect(await recorded({ BUILD_NUMBER: '42' })).toEqual([])
  })

  it('adds no variable that is not on the allow-list', async () => {
    const properties = await propertiesOf(
      temporaryFolder(),
      {},
      { env: { ...env, SECRET_THING: 'x', GITHUB_TOKEN: 'y' } },
    )

    expect(Object.keys(properties).filter((name) => name.startsWith('env:'))).toEqual(['env:GITHUB_REF'])
  })

  it.each([
    ['https://github.com/org/app.git', 'app'],
    ['https://github.com/org/app/', 'app'],
    ['https://github.com/org/app.git/', 'app'],
    ['git@github.com:org/app.git', 'app'],
    ['git@host:app.git', 'app'],
    ['https://dev.azure.com/org/My%20Project/_git/My%20App', 'My App'],
    ['https://host/100%', '100%'],
    ['/srv/git/app.git', 'app'],
    ['C:\\repos\\app', 'app'],
    ['https://host', undefined],
    ['..', undefined],
  ])('names the project with the remote %s: %s', async (remote, name) => {
    const folder = temporaryFolder()
    const { project } = await propertiesOf(folder, {}, { env: { GITLAB_CI: 'true', CI_PROJECT_URL: remote } })

    expect(project).toBe(name ?? basename(folder))
  })
})

describe.skipIf(!withGit)('factsWithoutGit', () => {
  it('reads commit, branch and remote from the files of the repository, and says why the rest is unknown', () => {
    const folder = repository()
    git(folder, 'remote', 'add', 'origin', 'https://me:s3cret@forge.example/acme/shop.git')

    const facts = factsWithoutGit({ rootDir: folder }, fixedSystem())

    const source = facts.afterRunner.filter(({ name, value }) => name.startsWith('git:') && value !== '')
    expect(source).toEqual([
      { name: 'git:commit', value: git(folder, 'rev-parse', 'HEAD') },
      { name: 'git:branch', value: 'main' },
      { name: 'git:remote', value: 'https://forge.example/acme/shop.git' },
    ])
    expect(facts.hints).toEqual(['the run ended before git returned the facts'])
  })
})
