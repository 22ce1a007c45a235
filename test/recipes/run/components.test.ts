import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readReport } from '../../../src/report/read.js'
import { makeProject, type Project } from '../../packed/project.js'
import { type Registry, startRegistry } from '../../support/registry.js'
import { GIT_WORLD } from '../../support/repository.js'
import { type ActionRan, componentJob, type Ran, runAction, type Shell } from '../components.js'

const NODE_TESTS =
  'node --test --test-reporter=junit --test-reporter-destination=results.xml --test-reporter=spec --test-reporter-destination=stdout one.mjs'
/** Text that does something in a shell, in an expression, in YAML and in a log of GitHub. */
const HOSTILE =
  '$(touch pwned)`touch pwned`"; touch pwned; \'; touch pwned; \x24{{ github.token }} | & > pwned\n::error::x'

let registry: Registry
let project: Project
let temporary: string
let key: string
let keyPath: string
let commit: string

beforeAll(async () => {
  temporary = mkdtempSync(join(tmpdir(), 'jux-components-'))
  registry = await startRegistry()
  project = makeProject(registry, {
    'package.json': {
      name: 'shop',
      private: true,
      type: 'module',
      devDependencies: { 'jux-reporter': '^0.1.0', vitest: '4.1.12', '@vitest/coverage-v8': '4.1.12' },
    },
    '.gitignore': 'node_modules\njux\ncoverage\nresults.xml\n*.txt\n',
    'adds.test.js': `import { expect, it } from 'vitest'
import { add } from './add.js'
it('adds', () => expect(add(1, 1)).toBe(2))
`,
    'add.js': 'export const add = (a, b) => a + b\nexport const unused = (a) => (a ? a * 2 : 0)\n',
    'fails.test.js': "import { expect, it } from 'vitest'\nit('fails', () => expect(1).toBe(2))\n",
    'one.mjs': "import { it } from 'node:test'\nit('is reported by another tool', () => {})\n",
    // Everything that a process of this account can read about others.
    'look.mjs': `import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
const read = (path) => { try { return readFileSync(path, 'latin1') } catch { return '' } }
const seen = readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).map((pid) => read('/proc/' + pid + '/environ') + read('/proc/' + pid + '/cmdline'))
writeFileSync('seen.txt', seen.join('\\n'))
`,
  })
  await project.must('npm', ['install', '--no-audit', '--no-fund'])
  keyPath = join(project.home, 'key.pem')
  await project.must('npx', ['--no-install', 'jux', 'keygen', '--output', keyPath])
  key = readFileSync(keyPath, 'utf8')
  writeFileSync(join(project.dir, 'key.pub.pem'), readFileSync(keyPath.replace('.pem', '.pub.pem')))
  await project.must('git', ['init', '--quiet'])
  await project.must('git', ['add', '--all'], GIT_WORLD)
  await project.must('git', ['commit', '--quiet', '--message', 'a project'], GIT_WORLD)
  commit = (await project.must('git', ['rev-parse', 'HEAD'])).stdout.trim()
})
afterAll(async () => {
  project.remove()
  rmSync(temporary, { recursive: true, force: true, maxRetries: 5 })
  await registry.close()
})
beforeEach(() => {
  for (const name of ['results.xml', 'said.txt', 'seen.txt', 'jux']) {
    rmSync(join(project.dir, name), { recursive: true, force: true })
  }
})

const shell: Shell = async ([program = '', ...args], folder, env) => {
  // `env -C` changes the folder without a shell.
  const { status, stdout, stderr } = await project.run('env', ['-C', folder, program, ...args], env)
  return { status, output: `${stdout}${stderr}` }
}

/** The action, with the same key and expectations as the page says. */
function action(inputs: Readonly<Record<string, string>>): Promise<ActionRan> {
  const expected = `git:commit=${commit}\njux:outcome=passed`
  const defaults = { key, 'public-key': 'key.pub.pem', expect: expected }
  return runAction({ ...defaults, ...inputs }, temporary, project.dir, shell)
}

async function component(inputs: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
  const job = componentJob({ install: 'true', 'public-key': 'key.pub.pem', ...inputs })
  const ran: Ran = await shell(['sh', '-ec', job.script.join('\n')], project.dir, {
    JUX_KEY_PATH: keyPath,
    CI_COMMIT_SHA: commit,
    ...job.variables,
    ...env,
  })
  const folder = join(project.dir, 'jux', 'reports')
  // The next run of the job removes them.
  const reports = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
  return { ...ran, reports: said(reports) }
}

/** What the reports say, in short. */
function said(paths: readonly string[]): readonly string[] {
  return paths
    .map((path) => readReport(readFileSync(path)).summary)
    .map(({ outcome, signed }) => `${outcome}, ${signed ? 'signed' : 'unsigned'}`)
}

const reportsOf = ({ outputs }: ActionRan) => (outputs.reports ?? '').split('\n').filter((path) => path !== '')

/** Ways in which a command ends: what a reader of the job sees, for the action and for the component. */
const COMMANDS = [
  { ends: 'that succeeds', command: 'npx vitest run adds', status: 0, reports: ['passed, signed'], outcome: 'passed' },
  {
    ends: 'with a failed test',
    command: 'npx vitest run fails',
    status: 1,
    reports: ['failed, signed'],
    outcome: 'failed',
  },
  {
    ends: 'that fails after green tests (coverage)',
    command: 'vitest run adds --coverage --coverage.thresholds.lines=100 --coverage.thresholds.branches=100',
    status: 1,
    reports: ['error, signed'],
    outcome: 'error',
  },
  {
    ends: 'with quotes, lines and an exit code of its own',
    command: `printf '%s\\n' "it's \\"fine\\"" >said.txt # a remark\nnpx vitest run adds --reporter=jux-reporter/vitest\nexit 7`,
    status: 7,
    reports: ['error, signed'],
    outcome: 'error',
  },
] as const

describe('action.yml', () => {
  it.each(COMMANDS)('for a command $ends, ends with its exit code and signs what it did', async (one) => {
    const ran = await action({ command: one.command })

    expect(ran.status, ran.output).toBe(one.status)
    expect(said(reportsOf(ran)), ran.output).toEqual(one.reports)
    expect(ran.outputs).toMatchObject({ outcome: one.outcome, 'exit-code': String(one.status) })
    expect(readdirSync(ran.artifact ?? '')).toHaveLength(1)
    // The second step verifies; the last one has no server.
    expect(ran.steps).toEqual([one.status, 0, 0, undefined])
    expect(ran.summary).toContain('    valid ')
    if (one.status === 7) expect(readFileSync(join(project.dir, 'said.txt'), 'utf8')).toBe('it\'s "fine"\n')
  })

  it('fails if the command succeeds and the report is not as expected', async () => {
    const ran = await action({ command: 'npx vitest run adds', expect: 'git:commit=0000000' })

    expect(ran.steps, ran.output).toEqual([0, 1, 0, undefined])
    expect(ran.status).toBe(1)
  })

  it('without a key makes an unsigned report and a warning, or with sign fails and makes none', async () => {
    const unsigned = await action({ command: 'npx vitest run adds', key: '' })
    const refused = await action({ command: 'npx vitest run adds', key: '', sign: 'true' })

    expect([unsigned.status, said(reportsOf(unsigned))], unsigned.output).toEqual([0, ['passed, unsigned']])
    expect(unsigned.output).toContain('::warning::the reports are not signed')
    expect([refused.status, reportsOf(refused)], refused.output).toEqual([1, []])
    expect(refused.output).toContain('no private key is configured')
  })

  it('reports the file of another tool', async () => {
    const ran = await action({ command: NODE_TESTS, junit: 'results.xml' })

    expect([ran.status, said(reportsOf(ran))], ran.output).toEqual([0, ['passed, signed']])
  })

  it('shows the key to no process that the command can read', async () => {
    const ran = await action({ command: `node look.mjs && ${NODE_TESTS}`, junit: 'results.xml' })
    const seen = readFileSync(join(project.dir, 'seen.txt'), 'latin1')

    expect([ran.status, said(reportsOf(ran))], ran.output).toEqual([0, ['passed, signed']])
    expect(seen).toContain('ACTION_HAS_KEY')
    expect(seen).not.toContain(key.split('\n')[1])
  })

  it('calls the version that is asked for, and the version of a folder above', async () => {
    mkdirSync(join(project.dir, 'inner'), { recursive: true })
    const asked = await action({ command: NODE_TESTS, junit: 'results.xml', version: '0.1.0' })
    const above = await action({
      command: `cd .. && ${NODE_TESTS}`,
      junit: '../results.xml',
      'working-directory': 'inner',
      'public-key': '../key.pub.pem',
    })

    expect([asked.status, said(reportsOf(asked))], asked.output).toEqual([0, ['passed, signed']])
    expect([above.status, said(reportsOf(above))], above.output).toEqual([0, ['passed, signed']])
  })

  it.each(['project', 'junit', 'expect', 'version', 'public-key', 'sign', 'strict'])(
    'reads no shell in the input %s',
    async (name) => {
      const ran = await action({ command: NODE_TESTS, junit: 'results.xml', [name]: HOSTILE })

      // The settings of true and false are as if they were false.
      const isHarmless = ['project', 'sign', 'strict'].includes(name)
      expect(ran.status === 0, ran.output).toBe(isHarmless)
      expect(existsSync(join(project.dir, 'pwned'))).toBe(false)
    },
  )
})

describe('templates/jux.yml', () => {
  it.each(COMMANDS)('for a command $ends, ends with its exit code and signs what it did', async (one) => {
    const ran = await component({ command: one.command })

    expect(ran.status, ran.output).toBe(one.status)
    expect(ran.reports, ran.output).toEqual(one.reports)
    expect(ran.output).toContain('valid ')
    if (one.status === 7) expect(readFileSync(join(project.dir, 'said.txt'), 'utf8')).toBe('it\'s "fine"\n')
  })

  it('fails if the command succeeds and the report is not as expected, or of another commit', async () => {
    const unexpected = await component({ command: 'npx vitest run adds', expect: 'project=other' })
    const elsewhere = await component({ command: 'npx vitest run adds' }, { CI_COMMIT_SHA: '0'.repeat(40) })

    expect([unexpected.status, unexpected.reports], unexpected.output).toEqual([1, ['passed, signed']])
    expect([elsewhere.status, elsewhere.reports], elsewhere.output).toEqual([1, ['passed, signed']])
  })

  it('without a key makes an unsigned report and says so, or with sign fails and makes none', async () => {
    const unsigned = await component({ command: 'npx vitest run adds' }, { JUX_KEY_PATH: '' })
    const refused = await component({ command: 'npx vitest run adds', sign: 'true' }, { JUX_KEY_PATH: '' })

    expect([unsigned.status, unsigned.reports], unsigned.output).toEqual([0, ['passed, unsigned']])
    expect(unsigned.output).toContain('not signed')
    expect([refused.status, refused.reports], refused.output).toEqual([1, []])
  })

  it('reports the file of another tool', async () => {
    const ran = await component({ command: NODE_TESTS, junit: 'results.xml' })

    expect([ran.status, ran.reports], ran.output).toEqual([0, ['passed, signed']])
  })

  it.each(['project', 'junit', 'expect', 'version', 'public-key'])('reads no shell in the input %s', async (name) => {
    const ran = await component({ command: NODE_TESTS, junit: 'results.xml', [name]: HOSTILE })

    expect(ran.status === 0, ran.output).toBe(name === 'project')
    expect(existsSync(join(project.dir, 'pwned'))).toBe(false)
  })

  it('refuses an unknown input, a missing command and another value of sign', () => {
    expect(() => componentJob({ command: 'x', other: 'y' })).toThrow('no input other')
    expect(() => componentJob({})).toThrow('the input command is missing')
    expect(() => componentJob({ command: 'x', sign: 'yes' })).toThrow('none of its options')
  })
})
