import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readPage } from '../../docs/page.js'
import { type Registry, startRegistry } from '../../support/registry.js'
import { Monorepo, readSections, type Seen } from './monorepo.js'

/** Whether Lerna, which runs tasks with Nx, and Nx and pnpm without the recipe are tried, too. It doubles the time. */
const ALL = process.env.JUX_RECIPES === 'all'

/** Exact versions, so that only a change of ours can turn a cell red. Lerna 9 runs on each Node, and takes Nx up to 22. */
const TOOLS_OF_NPM = {
  'jux-reporter': '^0.1.0',
  vitest: '4.1.12',
  turbo: '2.11.11',
  nx: '22.6.1',
  pnpm: '10.15.1',
  ...(ALL ? { lerna: '9.0.7' } : {}),
}

/** A task runner, and how it is configured without the recipe. */
interface Tool {
  readonly section: string
  readonly packageManager?: string
  /** Other sections whose files it needs. */
  readonly uses: readonly string[]
  readonly bare: Readonly<Record<string, string>>
  readonly hasCache: boolean
}

const CACHED_BY_NX = { 'nx.json': '{ "targetDefaults": { "test": { "cache": true } } }\n' }
const TOOLS: readonly Tool[] = [
  {
    section: 'Turborepo',
    packageManager: 'npm@10.8.2',
    uses: [],
    bare: { 'turbo.json': '{ "tasks": { "test": {} } }\n' },
    hasCache: true,
  },
  { section: 'Nx', uses: [], bare: CACHED_BY_NX, hasCache: true },
  {
    section: 'Lerna',
    uses: ['Nx'],
    bare: { ...CACHED_BY_NX, 'lerna.json': '{ "version": "independent" }\n' },
    hasCache: true,
  },
  { section: 'pnpm', uses: [], bare: { 'pnpm-workspace.yaml': 'packages: ["apps/*"]\n' }, hasCache: false },
]

/** The columns of the table. */
const COLUMNS = [
  'as installed, miss',
  'as installed, hit',
  'as installed, no key',
  'recipe, no key',
  'recipe, miss',
  'recipe, hit',
  'recipe, partial hit of another commit',
  'recipe, hit of another commit',
  'recipe, all run again',
  'jux run, all run again',
  'jux run, hit',
] as const
type Column = (typeof COLUMNS)[number]

const SIGNED = 'exit 0, 2 signed, gate passes'
const OTHER_COMMIT = 'exit 0, 2 signed, gate refuses (not-as-expected)'
const NO_KEY = 'exit 1, no report, and says why, gate refuses (no report)'
const WITH_RECIPE = {
  'recipe, no key': NO_KEY,
  'recipe, miss': SIGNED,
  'recipe, hit': SIGNED,
  'recipe, partial hit of another commit': OTHER_COMMIT,
  'recipe, hit of another commit': OTHER_COMMIT,
  'recipe, all run again': SIGNED,
}
const BY_NX = {
  'as installed, miss': SIGNED,
  'as installed, hit': 'exit 0, no report, gate refuses (no report)',
  'as installed, no key': 'exit 0, 2 unsigned, not shown, gate refuses (signature-missing)',
  ...WITH_RECIPE,
}
const EXPECTED: Readonly<Record<string, Partial<Record<Column, string>>>> = {
  Turborepo: {
    'as installed, miss': 'exit 0, 2 unsigned, and says so, gate refuses (no report)',
    'as installed, hit': 'exit 0, no report, and says why, gate refuses (no report)',
    'as installed, no key': 'exit 0, 2 unsigned, and says so, gate refuses (no report)',
    ...WITH_RECIPE,
    'jux run, all run again': SIGNED,
    'jux run, hit': NO_KEY,
  },
  Nx: BY_NX,
  Lerna: BY_NX,
  pnpm: {
    'as installed, miss': SIGNED,
    'as installed, no key': 'exit 0, 2 unsigned, and says so, gate refuses (signature-missing)',
    'recipe, no key': NO_KEY,
    'recipe, miss': SIGNED,
    'recipe, all run again': SIGNED,
  },
}

/** Nx has no process in the background, and no tool sends anything. */
const QUIET = { NX_DAEMON: 'false', NX_TUI: 'false', NX_NO_CLOUD: 'true', TURBO_TELEMETRY_DISABLED: '1' }

/** Turborepo lets these through by itself. */
const GITHUB = { GITHUB_ACTIONS: 'true', GITHUB_RUN_ID: '5512', GITHUB_REPOSITORY: 'ada/shop' }

const page = readPage('docs/task-runners.md')
const sections = readSections(page)
const cells: Record<string, Partial<Record<Column, Seen>>> = {}

let registry: Registry
let repository: Monorepo
beforeAll(async () => {
  registry = await startRegistry()
  repository = await Monorepo.create(registry, TOOLS_OF_NPM, commandOf('The gate'))
})
afterAll(async () => {
  repository?.remove()
  await registry.close()
  console.log(table())
})

describe.each(TOOLS.filter(({ section }) => ALL || section !== 'Lerna'))(
  'docs/task-runners.md for $section',
  ({ section, packageManager, uses, bare, hasCache }) => {
    const seen: Partial<Record<Column, Seen>> = {}
    let head = ''
    let readmeRefuses: { status: number | null; output: string } | undefined
    let readmePasses: { status: number | null; output: string } | undefined

    beforeAll(async () => {
      cells[section] = seen
      const key = { ...QUIET, JUX_KEY_PATH: repository.keyPath }
      const command = commandOf(section)
      const again = hasCache ? tableCell(section) : command
      const shared = sections['The packages']?.files ?? {}
      const ignored = { '.gitignore': shared['.gitignore'] ?? '' }
      const recipe = Object.assign({}, shared, ...[...uses, section].map((name) => sections[name]?.files))

      if (ALL || section === 'Turborepo') {
        // As the README says for CI.
        const readme = { JUX_STORAGE_PATH: 'jux' }
        await repository.restart({ ...ignored, ...bare }, packageManager)
        seen['as installed, miss'] = await repository.runTests(command, { ...key, ...readme })
        if (hasCache) seen['as installed, hit'] = await repository.runTests(command, { ...key, ...readme })
        seen['as installed, no key'] = await repository.runTests(again, { ...QUIET, ...readme })
      }

      await repository.restart(recipe, packageManager)
      seen['recipe, no key'] = await repository.runTests(command, QUIET)
      seen['recipe, miss'] = await repository.runTests(command, { ...key, ...GITHUB })
      if (hasCache) {
        seen['recipe, hit'] = await repository.runTests(command, key)
        repository.write('apps/api/added.js', 'export const added = 1\n')
        await repository.commit()
        seen['recipe, partial hit of another commit'] = await repository.runTests(command, key)
      }
      repository.write('README.md', 'A file of no package.\n')
      head = await repository.commit()
      if (hasCache) {
        seen['recipe, hit of another commit'] = await repository.runTests(command, key)
        readmeRefuses = await repository.runGateOf('web', readmeGate(), { GITHUB_SHA: head })
      }
      seen['recipe, all run again'] = await repository.runTests(again, key)
      readmePasses = await repository.runGateOf('web', readmeGate(), { GITHUB_SHA: head })
      if (section === 'Turborepo') {
        const witnessed = commandOf('With jux run')
        seen['jux run, all run again'] = await repository.runTests(witnessed, key)
        seen['jux run, hit'] = await repository.runTests(witnessed.replace(' --force', ''), key)
      }
    })

    it.each(COLUMNS.filter((column) => isTried(section, column)))('does what the page says: %s', (column) => {
      expect(seen[column]?.text, seen[column]?.output).toBe(EXPECTED[section]?.[column])
    })

    it('never leaves a report unsigned that the gate accepts', () => {
      const texts = Object.values(seen).map(({ text }) => text)

      expect(texts.length).toBeGreaterThan(0)
      expect(texts.filter((text) => text.includes('unsigned') && !text.includes('gate refuses'))).toEqual([])
    })

    it('states the project, the build and, where there is one, the task', () => {
      const facts = seen['recipe, miss']?.facts.map((one) => [one.project, one['ci:build_id'], one['jux:task']])

      const separator = section === 'Turborepo' ? '#' : ':'
      const task = (name: string) => (hasCache ? `${name}${separator}test` : undefined)
      expect(facts).toEqual([
        ['api', '5512', task('api')],
        ['web', '5512', task('web')],
      ])
    })

    if (hasCache) {
      it("README.md's gate refuses the report of another commit that a cache restored", () => {
        expect(readmeRefuses).toMatchObject({ status: 1, output: expect.stringContaining(`expected ${head}`) })
      })
    }

    it("README.md's gate accepts the report of a run at this commit", () => {
      expect(readmePasses).toMatchObject({ status: 0, output: expect.stringContaining('valid ') })
    })
  },
)

function isTried(section: string, column: Column): boolean {
  const isLong = section !== 'Turborepo' && column.startsWith('as installed')
  return EXPECTED[section]?.[column] !== undefined && (ALL || !isLong)
}

/** The first command of a section. */
function commandOf(section: string): string {
  const [command] = sections[section]?.commands ?? []
  if (command === undefined) throw new Error(`docs/task-runners.md has no command in "${section}"`)
  return command
}

/** The command of the page's table that runs all tests. */
function tableCell(tool: string): string {
  const [, command] = new RegExp(`^\\| ${tool} \\| \`(.+)\` \\|$`, 'm').exec(page) ?? []
  if (command === undefined) throw new Error(`docs/task-runners.md has no command to run all tests with ${tool}`)
  return command
}

function readmeGate(): string {
  const section =
    readPage('README.md')
      .split(/^## /m)
      .find((text) => text.startsWith('CI\n')) ?? ''
  const [, block = ''] = /^```yaml\n(.*?)^```$/ms.exec(section) ?? []
  const { steps }: { steps: readonly { run?: string }[] } = parse(block)
  const gate = steps.find(({ run }) => run?.includes('jux verify'))?.run
  if (gate === undefined) throw new Error('README.md has no gate')
  return gate
}

function table(): string {
  return TOOLS.flatMap(({ section }) =>
    COLUMNS.filter((column) => EXPECTED[section]?.[column] !== undefined).map((column) => {
      const text = cells[section]?.[column]?.text ?? 'did not run: JUX_RECIPES=all runs it'
      return `${section.padEnd(10)} ${column.padEnd(38)} ${text}`
    }),
  ).join('\n')
}
