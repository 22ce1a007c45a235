import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readReport } from '../../../src/report/read.js'
import type { CiFixture } from '../../support/ci-fixtures.js'
import { type Registry, startRegistry } from '../../support/registry.js'
import { recipesOfPage } from '../page.js'
import { githubJobs, gitlabJobs, jenkinsJobs } from '../steps.js'
import {
  type Command,
  copyFiles,
  type Finished,
  type JobResult,
  type Runner,
  run,
  runJobs,
  storeFolder,
} from './build.js'
import { createWorld, fixtureOf, type World } from './world.js'

type Jobs = Readonly<Record<string, JobResult>>

/** What is known about the recipe of a provider. */
interface Recipe extends Runner {
  readonly provider: string
  /** Its section in docs/ci.md. */
  readonly section: string
  readonly example: string
  readonly file: string
  readonly jobsOf: typeof githubJobs
  /** Mode of a secret file. */
  readonly keyMode: number
  /** A mistake to commit: file, text, its replacement. */
  readonly mistake: readonly [file: string, from: string, to: string]
  /** The artifact with the report. */
  readonly artifact: string
  readonly gate: string
  /** The folder that the gate reads. */
  readonly gateReads: string
  /** The variable with the commit that the gate requires. */
  readonly commitVariable: string
  /** The result of each job: for a mistake while the server is away, for correct code, for a pull request of a fork. */
  readonly results: Readonly<Record<'red' | 'green' | 'fork', Readonly<Record<string, JobResult['result']>>>>
}

const THREE_JOBS: Recipe['results'] = {
  red: { test: 'failure', gate: 'skipped', deliver: 'failure' },
  green: { test: 'success', gate: 'success', deliver: 'success' },
  fork: { test: 'success', gate: 'skipped', deliver: 'skipped' },
}

const RECIPES: readonly Recipe[] = [
  {
    provider: 'github',
    section: 'GitHub Actions',
    example: 'github-actions',
    file: '.github/workflows/test.yml',
    jobsOf: githubJobs,
    keyMode: 0o600,
    shell: ['bash', '-ec'],
    depth: ['--depth=1'],
    sharesWorkspace: false,
    variables: (folder) => ({ GITHUB_WORKSPACE: folder }),
    mistake: ['src/initials.ts', 'toUpperCase', 'toLowerCase'],
    artifact: 'test-report',
    gate: 'gate',
    gateReads: 'test-report',
    commitVariable: 'GITHUB_SHA',
    results: THREE_JOBS,
  },
  {
    provider: 'gitlab',
    section: 'GitLab CI',
    example: 'gitlab-ci',
    file: '.gitlab-ci.yml',
    jobsOf: gitlabJobs,
    // A variable of type File is readable by everybody.
    keyMode: 0o666,
    shell: ['bash', '-eo', 'pipefail', '-c'],
    depth: ['--depth=20'],
    sharesWorkspace: false,
    variables: () => ({}),
    mistake: ['src/leap-year.ts', '% 400', '% 800'],
    artifact: 'artifacts',
    gate: 'gate',
    gateReads: 'jux/reports',
    commitVariable: 'CI_COMMIT_SHA',
    results: THREE_JOBS,
  },
  {
    provider: 'jenkins',
    section: 'Jenkins',
    example: 'jenkins',
    file: 'Jenkinsfile',
    jobsOf: jenkinsJobs,
    keyMode: 0o600,
    shell: ['sh', '-xec'],
    depth: [],
    sharesWorkspace: true,
    variables: (folder) => ({ WORKSPACE: folder, WORKSPACE_TMP: `${folder}@tmp` }),
    mistake: ['src/median.ts', '/ 2', '/ 3'],
    artifact: 'archiveArtifacts',
    gate: 'Gate',
    gateReads: 'jux/reports',
    commitVariable: 'GIT_COMMIT',
    results: {
      red: { Install: 'success', Test: 'failure', 'Test a change': 'skipped', Gate: 'skipped', post: 'success' },
      green: { Install: 'success', Test: 'success', 'Test a change': 'skipped', Gate: 'success', post: 'success' },
      fork: { Install: 'success', Test: 'skipped', 'Test a change': 'success', Gate: 'skipped', post: 'success' },
    },
  },
]

/** A build with a copy of its reports, since the next build replaces them. */
interface Built {
  readonly jobs: Jobs
  readonly fixture: CiFixture
  readonly commit: string
  readonly folder: string
}

let registry: Registry
beforeAll(async () => {
  registry = await startRegistry()
})
afterAll(() => registry.close())

describe.each(RECIPES)('the recipe for $provider', (recipe) => {
  let base: string
  let world: World
  let red: Built
  let green: Built
  let fork: Built
  let short: Built

  beforeAll(async () => {
    base = mkdtempSync(join(tmpdir(), 'jux-recipe-'))
    world = await createWorld(recipe.example, recipe.file, base, registry.env)
    const [file, from, to] = recipe.mistake
    red = await build('push', world.commit(file, from, to))
    await world.startServer()
    green = await build('push', world.commit(file, to, from))
    fork = await build('fork', green.commit)
    short = await build('push', green.commit, recipesOfPage()[recipe.section]?.short)
  })
  afterAll(async () => {
    await world?.close()
    rmSync(base, { recursive: true, force: true, maxRetries: 5 })
  })

  it.each(['red', 'green', 'fork'] as const)('ends each job of the %s build with the expected result', (which) => {
    const { jobs } = { red, green, fork }[which]

    const results = Object.entries(jobs).map(([name, { result }]) => [name, result])

    expect(Object.fromEntries(results), outputOf(jobs)).toEqual(recipe.results[which])
  })

  it.each(['red', 'green', 'fork'] as const)(
    'keeps one report of the %s build, with the facts of the build',
    (which) => {
      const { folder, fixture, commit } = { red, green, fork }[which]

      const names = readdirSync(folder)
      const { properties, outcome, signed } = readReport(readFileSync(join(folder, names[0] ?? 'none'))).summary

      expect(names).toHaveLength(1)
      expect([outcome, signed]).toEqual([which === 'red' ? 'failed' : 'passed', which !== 'fork'])
      expect(Object.fromEntries(properties.map(({ name, value }) => [name, value]))).toMatchObject({
        'ci:provider': recipe.provider,
        'ci:build_id': fixture.expected.buildId,
        'ci:build_url': fixture.expected.buildUrl,
        'git:branch': fixture.expected.branch,
        'git:commit': commit,
        'git:status': 'clean',
        ...(which === 'fork' ? { 'ci:pull_request': '18' } : {}),
      })
    },
  )

  it.runIf(recipe.provider === 'github')('adds a summary with the content hash to the page of every test job', () => {
    const summary = readFileSync(join(base, 'summary.md'), 'utf8')

    expect(summary.match(/^.*jux-reporter verify .*$/gm)).toHaveLength(3)
    for (const { folder } of [red, green, fork, short]) {
      expect(summary).toContain(readdirSync(folder)[0]?.replace('.xml', ''))
    }
  })

  it('keeps one signed report in its short form', () => {
    const names = readdirSync(short.folder)
    const { outcome, signed } = readReport(readFileSync(join(short.folder, names[0] ?? 'none'))).summary

    expect(names, outputOf(short.jobs)).toHaveLength(1)
    expect({ outcome, signed }).toEqual({ outcome: 'passed', signed: true })
    expect(Object.values(short.jobs).map(({ result }) => result)).not.toContain('failure')
  })

  it('sends the report of a build during which the server was away with the next build', async () => {
    const hashes = [red, green].flatMap(({ folder }) => readdirSync(folder)).map((name) => name.replace('.xml', ''))

    expect(await world.delivered()).toEqual(hashes.sort())
  })

  it('prints neither the private key nor the API key', () => {
    const output = [red, green, fork].map(({ jobs }) => outputOf(jobs)).join('')

    expect(output).toContain('jux publish')
    expect(output).not.toContain(world.secrets.apiKey)
    expect(output).not.toContain(world.secrets.key.split('\n')[1])
  })

  describe('in its gate', () => {
    it('accepts the same report again', async () => {
      expect(await runGate(green)).toMatchObject({ status: 0, output: expect.stringContaining('valid ') })
    })

    it('refuses a report with one changed byte', async () => {
      const finished = await runGate(green, { edit: (xml) => xml.replace('tests="', 'tests="1') })

      expect(finished).toMatchObject({ status: 1, output: expect.stringContaining('digest-mismatch') })
    })

    it('refuses the report of another commit', async () => {
      const finished = await runGate(green, { commit: red.commit })

      expect(finished).toMatchObject({ status: 1, output: expect.stringContaining(`expected ${red.commit}`) })
    })

    it('refuses the report of failed tests', async () => {
      const finished = await runGate(red, { commit: red.commit })

      expect(finished).toMatchObject({ status: 1, output: expect.stringContaining('jux:outcome is failed') })
    })

    it('refuses an unsigned report', async () => {
      const finished = await runGate(fork)

      expect(finished).toMatchObject({ status: 1, output: expect.stringContaining('signature-missing') })
    })

    it('refuses a folder without a report', async () => {
      expect((await runGate(green, { edit: () => undefined })).status).toBe(1)
    })
  })

  async function build(event: string, commit: string, text = world.recipe): Promise<Built> {
    const fixture = fixtureOf(recipe.provider, event)
    const isFork = event === 'fork'
    // A build may have changed it.
    chmodSync(world.secrets.keyPath, recipe.keyMode)
    const eventFile = join(base, 'event.json')
    writeFileSync(eventFile, JSON.stringify(fixture.eventFile ?? {}))
    const provided = {
      ...fixture.env,
      [recipe.commitVariable]: commit,
      ...(recipe.provider === 'github'
        ? { GITHUB_EVENT_PATH: eventFile, GITHUB_STEP_SUMMARY: join(base, 'summary.md') }
        : {}),
      ...(recipe.provider === 'gitlab'
        ? { CI_DEFAULT_BRANCH: 'release/2.0', CI_COMMIT_REF_PROTECTED: String(!isFork) }
        : {}),
    }
    const jobs = await runJobs(
      recipe.jobsOf(world.withServer(text), { env: provided, secrets: isFork ? undefined : world.secrets }),
      {
        base,
        origin: world.origin,
        commit,
        runner: recipe,
        env: { ...world.env, ...provided },
        // With the cache of the recipe every package would be downloaded again.
        override: { npm_config_cache: world.env.npm_config_cache ?? '' },
      },
    )
    const folder = mkdtempSync(join(base, 'reports-'))
    copyFiles(storeFolder(base, recipe.artifact), folder)
    return { jobs, fixture, commit, folder }
  }

  /** Runs the command of the gate again, with other reports or another commit. */
  async function runGate(
    reports: Built,
    { edit = (xml) => xml, commit }: { edit?: (xml: string) => string | undefined; commit?: string } = {},
  ): Promise<Finished> {
    const command: Command | undefined = green.jobs[recipe.gate]?.commands.findLast(({ script }) =>
      script.includes('jux verify'),
    )
    if (command === undefined) throw new Error('the gate ran no jux verify')
    const folder = join(command.folder, recipe.gateReads)
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    for (const name of readdirSync(reports.folder)) {
      const xml = edit(readFileSync(join(reports.folder, name), 'utf8'))
      if (xml !== undefined) writeFileSync(join(folder, name), xml)
    }
    // Without the installation before it: the packages are installed.
    const script = command.script.slice(command.script.indexOf('npx jux verify'))
    const env = { ...command.env, ...(commit === undefined ? {} : { [recipe.commitVariable]: commit }) }
    return run({ ...command, script, env })
  }
})

function outputOf(jobs: Jobs): string {
  return Object.values(jobs)
    .flatMap(({ commands }) => commands.map(({ script, output }) => `$ ${script}\n${output}`))
    .join('\n')
}
