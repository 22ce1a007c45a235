import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readReport } from '../../../src/report/read.js'
import { type Registry, startRegistry } from '../../support/registry.js'
import { recipesOfPage } from '../page.js'
import { type Build, type Command, type Finished, run } from './build.js'
import { RECIPES } from './recipes.js'
import { carry, createWorld, type Event, fixtureOf, type World } from './world.js'

let registry: Registry
beforeAll(async () => {
  registry = await startRegistry()
})
afterAll(() => registry.close())

describe.each(RECIPES)('the recipe for $provider', (recipe) => {
  let base: string
  let world: World
  let red: Kept
  let green: Kept
  let fork: Kept
  let short: Kept

  beforeAll(async () => {
    base = mkdtempSync(join(tmpdir(), 'jux-recipe-'))
    world = await createWorld(recipe.example, recipe.file, base, registry.env)
    const push = fixtureOf(recipe.provider, 'push')
    const build = async (event: Event) => keep(await recipe.build(world, event), base, event)
    const [file, from, to] = recipe.mistake
    red = await build({ fixture: push, commit: world.commit(file, from, to), secrets: true })
    await world.startServer()
    green = await build({ fixture: push, commit: world.commit(file, to, from), secrets: true })
    fork = await build({ fixture: fixtureOf(recipe.provider, 'fork'), commit: green.event.commit, secrets: false })
    const event = { fixture: push, commit: green.event.commit, secrets: true }
    const text = recipesOfPage()[recipe.section]?.short ?? ''
    short = keep(await recipe.build({ ...world, recipe: text }, event), base, event)
  })
  afterAll(async () => {
    await world?.close()
    rmSync(base, { recursive: true, force: true, maxRetries: 5 })
  })

  it.each(['red', 'green', 'fork'] as const)('ends its jobs as it should: %s', (which) => {
    const { build } = { red, green, fork }[which]

    const results = Object.entries(build.jobs).map(([name, { result }]) => [name, result])

    expect(Object.fromEntries(results), said(build)).toEqual(recipe.results[which])
  })

  it.each(['red', 'green', 'fork'] as const)('keeps one report with the facts of the build: %s', (which) => {
    const { folder, event } = { red, green, fork }[which]

    const names = readdirSync(folder)
    const { properties, outcome, signed } = readReport(readFileSync(join(folder, names[0] ?? 'none'))).summary

    const { expected } = event.fixture
    expect(names).toHaveLength(1)
    expect([outcome, signed]).toEqual([which === 'red' ? 'failed' : 'passed', which !== 'fork'])
    expect(Object.fromEntries(properties.map(({ name, value }) => [name, value]))).toMatchObject({
      'ci:provider': recipe.provider,
      'ci:build_id': expected.buildId,
      'ci:build_url': expected.buildUrl,
      'git:branch': expected.branch,
      'git:commit': event.commit,
      'git:status': 'clean',
      ...(which === 'fork' ? { 'ci:pull_request': '18' } : {}),
    })
  })

  if (recipe.provider === 'github') {
    it('puts every run on the page of its job', () => {
      const summary = readFileSync(join(base, 'summary.md'), 'utf8')

      expect(summary.match(/^.*jux-reporter verify .*$/gm)).toHaveLength(3)
      for (const { folder } of [red, green, fork, short]) {
        expect(summary).toContain(readdirSync(folder)[0]?.replace('.xml', ''))
      }
    })
  }

  it('has a short form that keeps a signed report', () => {
    const names = readdirSync(short.folder)
    const { outcome, signed } = readReport(readFileSync(join(short.folder, names[0] ?? 'none'))).summary

    expect(names, said(short.build)).toHaveLength(1)
    expect({ outcome, signed }).toEqual({ outcome: 'passed', signed: true })
    expect(Object.values(short.build.jobs).map(({ result }) => result)).not.toContain('failure')
  })

  it('delivers what it could not deliver while the server was away', async () => {
    const kept = [red, green].flatMap(({ folder }) => readdirSync(folder)).map((name) => name.replace('.xml', ''))

    expect(await world.delivered()).toEqual(kept.sort())
  })

  it('shows neither the key nor the API key in its output', () => {
    const output = [red, green, fork].map(({ build }) => said(build)).join('')

    expect(output).toContain('jux publish')
    expect(output).not.toContain(world.secrets.apiKey)
    expect(output).not.toContain(world.secrets.key.split('\n')[1])
  })

  describe('its gate', () => {
    it('opens again for the same report', async () => {
      expect(await askGate(green)).toMatchObject({ status: 0, output: expect.stringContaining('valid ') })
    })

    it('refuses a report with one byte changed', async () => {
      const answer = await askGate(green, { edit: (xml) => xml.replace('tests="', 'tests="1') })

      expect(answer).toMatchObject({ status: 1, output: expect.stringContaining('digest-mismatch') })
    })

    it('refuses the report of another commit', async () => {
      const answer = await askGate(green, { commit: red.event.commit })

      expect(answer).toMatchObject({ status: 1, output: expect.stringContaining(`expected ${red.event.commit}`) })
    })

    it('refuses the report of tests that failed', async () => {
      const answer = await askGate(red, { commit: red.event.commit })

      expect(answer).toMatchObject({ status: 1, output: expect.stringContaining('jux:outcome is failed') })
    })

    it('refuses a report without a signature', async () => {
      const answer = await askGate(fork)

      expect(answer).toMatchObject({ status: 1, output: expect.stringContaining('signature-missing') })
    })

    it('refuses no report at all', async () => {
      const answer = await askGate(green, { edit: () => undefined })

      expect(answer.status).toBe(1)
    })
  })

  /** Runs the gate's command again, in its folder, with other reports or another commit. */
  async function askGate(
    reports: Kept,
    { edit = (xml) => xml, commit }: { edit?: (xml: string) => string | undefined; commit?: string } = {},
  ): Promise<Finished> {
    const command: Command | undefined = green.build.jobs[recipe.gate]?.commands.findLast(({ script }) =>
      script.includes('jux verify'),
    )
    if (command === undefined) throw new Error('the gate verified nothing')
    const folder = join(command.folder, recipe.gateReads)
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    for (const name of readdirSync(reports.folder)) {
      const xml = edit(readFileSync(join(reports.folder, name), 'utf8'))
      if (xml !== undefined) writeFileSync(join(folder, name), xml)
    }
    // Only the command itself: the packages are there.
    const script = command.script.slice(command.script.indexOf('npx jux verify'))
    const env = { ...command.env, ...(commit === undefined ? {} : { [recipe.commitVariable]: commit }) }
    return run({ ...command, script, env })
  }
})

/** A build with a copy of what it kept, since the next build replaces that. */
interface Kept {
  readonly build: Build
  readonly event: Event
  readonly folder: string
}

let builds = 0

function keep(build: Build, base: string, event: Event): Kept {
  builds += 1
  const folder = join(base, `kept-${builds}`)
  carry(build.kept, folder)
  return { build, event, folder }
}

function said({ jobs }: Build): string {
  return Object.values(jobs)
    .flatMap(({ commands }) => commands.map(({ script, output }) => `$ ${script}\n${output}`))
    .join('\n')
}
