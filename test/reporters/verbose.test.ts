import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { explainConfig } from '../../src/config/explain.js'
import { examineConfig } from '../../src/config/load.js'
import { ciTrigger } from '../../src/enrich/ci.js'
import { explainFacts } from '../../src/enrich/explain.js'
import { temporaryFolder } from '../support/folders.js'
import { created, startServer } from '../support/http-server.js'
import { newKeyPair, privatePem, writeSecret } from '../support/keys.js'
import { aModule, aRun, aTest } from '../support/runs.js'
import { RUN, sessionScene } from '../support/session-scene.js'
import { fixedSystem } from '../support/system.js'

const RUN_WITH_SECRET = aRun({
  modules: [
    aModule({
      tests: [
        aTest({ title: 'logs', output: [{ stream: 'stdout', text: `hunter2hunter2hunter2 ${'x'.repeat(400)}` }] }),
      ],
    }),
  ],
})

describe('verbose of a reporter', () => {
  it('explains in local mode settings, decisions, and how long each stage took', async () => {
    const { session, written } = await sessionScene({ verbose: true }, { JUX_TAGS: 'smoke, nightly' })

    await session.finish(() => RUN)

    const text = written()
    expect(text).toMatch(/ jux {2}config +no configuration file was found\n/)
    expect(text).toMatch(/ set +verbose = true, from verbose \(reporter options\)\n/)
    expect(text).toMatch(/ set +tags = smoke, nightly, from JUX_TAGS\n/)
    expect(text).toMatch(/ mode +local: stores the report, sends nothing\n/)
    expect(text).toMatch(/ jux {2}ci +none: no CI system is recognized\n +git +\S+ is in no git repository\n/)
    expect(text).toMatch(
      / commit +unknown: no repository, and no CI system names one\n +branch +unknown: no repository/,
    )
    expect(text).toMatch(/ scrubbed +nothing\n +cut +nothing\n/)
    expect(text).toMatch(
      / times +settings [\d.]+ ms, key [\d.]+ ms, facts [\d.]+ ms, gather [\d.]+ ms, enrich [\d.]+ ms, scrub [\d.]+ ms, render [\d.]+ ms, store [\d.]+ ms\n/,
    )
    expect(text).toMatch(/ jux {2}report {2}store\/reports\//)
  })

  it('explains nothing without verbose', async () => {
    const { session, written } = await sessionScene()

    await session.finish(() => RUN)

    expect(written()).not.toMatch(/ (config|set|times|scrubbed) /)
  })

  it('explains a process that exits before its run ends', async () => {
    const { session, written } = await sessionScene({ verbose: true })

    session.flush(() => RUN)

    expect(written()).toMatch(/ times +settings .*, store [\d.]+ ms\n/)
  })

  it('names the kinds and the variables of what was scrubbed, and the limits of what was cut', async () => {
    const options = { verbose: true, limits: { testOutputCharacters: 100 } }
    const { session, written } = await sessionScene(options, { MY_TOKEN: 'hunter2hunter2hunter2' })

    await session.finish(() => RUN_WITH_SECRET)

    expect(written()).toMatch(/ scrubbed +env=1 \(env:MY_TOKEN\)\n/)
    expect(written()).toMatch(
      / cut +outputs=1 \(limits: testOutputCharacters 100, moduleOutputCharacters 4194304, reportBytes 30000000\)\n/,
    )
  })

  it('counts the attempts of a submission, and times its signature and its stages', async () => {
    const server = await startServer(created)
    const keyPath = writeSecret(temporaryFolder(), 'key.pem', privatePem(newKeyPair('P-256')))
    const { session, written } = await sessionScene({ verbose: true, keyPath, storageMode: 'both', apiUrl: server.url })

    await session.finish(() => RUN)

    expect(written()).toMatch(/ attempts +1\n +times +.*sign [\d.]+ ms, store [\d.]+ ms, submit [\d.]+ ms\n/)
  })

  it('prints no secret of any setting or variable', async () => {
    const pem = privatePem(newKeyPair('P-256'))
    const server = await startServer(created)
    const secrets = {
      apiKey: 'api-key-0123456789',
      bearerToken: 'bearer-token-0123456789',
      keyPassphrase: 'passphrase-0123456789',
      scrubValues: ['scrub-value-0123456789'],
    }
    const { session, written } = await sessionScene(
      { verbose: true, key: pem, storageMode: 'both', apiUrl: server.url, ...secrets },
      { MY_TOKEN: 'hunter2hunter2hunter2', DB: 'postgres://me:pass-0123456789@db/x' },
    )

    await session.finish(() => RUN_WITH_SECRET)

    const text = written()
    expect(text).toMatch(/ set +key = \(set\), from key \(reporter options\)\n/)
    expect(text).toMatch(/ set +apiKey = \(set\), /)
    for (const secret of [
      ...Object.values(secrets).flat(),
      'hunter2hunter2hunter2',
      'pass-0123456789',
      pem.split('\n')[1],
    ])
      expect(text).not.toContain(secret)
  })
})

describe('explainConfig', () => {
  it('names the files that were read, and the line of each value', () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, '.jux.conf'), '[jux]\nproject = shop\napi_url = https://me:pw@jux.example.com\n')
    writeFileSync(join(cwd, 'package.json'), '{"jux":{"dialect":"ant"}}')
    const system = fixedSystem({ cwd, homeDir: cwd })

    const rows = explainConfig(examineConfig({ cwd, system }), cwd, system)

    const file = join(cwd, '.jux.conf')
    expect(rows).toEqual([
      ['config', file],
      ['config', `${join(cwd, 'package.json')}#jux`],
      ['set', `project = shop, from project (${file}:2)`],
      ['set', `dialect = ant, from dialect (${join(cwd, 'package.json')}#jux)`],
      ...rows.filter(([, text]) => text.startsWith('apiUrl')),
    ])
    expect(JSON.stringify(rows)).not.toContain('me:pw')
  })
})

describe('explainFacts', () => {
  const facts = { settings: {}, git: { parents: [], hints: [] }, ci: undefined, env: {}, folder: '/x' }
  const git = { parents: [], hints: [], root: '/x', commit: 'c1', branch: 'main' }
  const ci = { provider: 'github', testsMerge: false, variables: {}, commit: 'c2', branch: 'feature' }
  const rowsOf = (parts: Partial<Parameters<typeof explainFacts>[0]>) =>
    Object.fromEntries(explainFacts({ ...facts, ...parts }))

  it('says which of setting, git and CI named the commit and the branch', () => {
    expect(rowsOf({ git, ci, env: { GITHUB_ACTIONS: 'true' } })).toEqual({
      ci: 'github, by GITHUB_ACTIONS',
      git: 'git repository /x',
      commit: 'c1, HEAD of the repository',
      branch: 'main, HEAD of the repository',
    })
    expect(rowsOf({ git, ci: { ...ci, commit: undefined } })).toMatchObject({ branch: 'feature, as github says' })
    expect(rowsOf({ git, settings: { branch: 'b', commitSha: 'c' } })).toMatchObject({
      commit: 'c, the setting commitSha',
      branch: 'b, the setting branch',
    })
    expect(rowsOf({ ci })).toMatchObject({ commit: 'c2, as github says' })
    expect(rowsOf({ git })).toMatchObject({ branch: 'main, HEAD of the repository' })
  })

  it('says why there is no commit and no branch', () => {
    expect(rowsOf({ git: { parents: [], hints: [], root: '/x' } })).toMatchObject({
      commit: 'unknown: the repository has no commit, and no CI system names one',
      branch: 'unknown: HEAD is detached, and no CI system names one',
    })
    expect(rowsOf({ git: { ...git, branch: undefined }, ci })).toMatchObject({
      branch: 'unknown: github names feature, but another commit than its own was checked out',
    })
    expect(rowsOf({ git, ci: { ...ci, commit: undefined, branch: undefined, tag: 'v1' } })).toMatchObject({
      branch: 'unknown: github builds the tag v1',
    })
  })

  it.each([
    [{ GITLAB_CI: 'true', CI: 'true' }, 'GITLAB_CI'],
    [{ CI_NAME: 'codeship' }, 'CI_NAME'],
    [{ TASK_ID: '1', RUN_ID: '2' }, 'TASK_ID, RUN_ID'],
  ])('names the variables that tell the CI system of %j', (env, names) => {
    expect(ciTrigger(env)).toBe(names)
  })
})
