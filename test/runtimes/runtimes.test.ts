import { readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BOTH_DEPENDENCIES, makeProject, type Project } from '../packed/project.js'
import { type Registry, startRegistry } from '../support/registry.js'
import type { Finished } from '../support/run-program.js'
import { DENO, installRuntimes, NODE, RUNTIME_VARIABLES, type Runtime } from './runtimes.js'

const TESTS = `
it('passes', () => expect(1 + 1).toBe(2))
it('fails', () => expect(1).toBe(2))
it.skip('is skipped', () => {})
it('prints', () => console.log('printed text'))
it('is asynchronous', async () => { await new Promise((done) => setTimeout(done, 5)) })
describe('a group', () => { it.each([['a', 1], ['ä ☃', 2]])('has %s and %i', (_, value) => expect(value).toBeGreaterThan(0)) })
`
const FILES = {
  'package.json': { name: 'scratch', private: true, devDependencies: BOTH_DEPENDENCIES },
  'vitest.config.mjs': "export default { test: { reporters: ['default', 'jux-reporter/vitest'] } }\n",
  'without.config.mjs': "export default { test: { include: ['one.test.mjs'] } }\n",
  'jest.config.cjs':
    "module.exports = { testMatch: ['**/one.jest.cjs'], reporters: ['default', 'jux-reporter/jest'] }\n",
  'without.jest.cjs': "module.exports = { testMatch: ['**/one.jest.cjs'] }\n",
  'one.test.mjs': `import { describe, expect, it } from 'vitest'\n${TESTS}`,
  'one.jest.cjs': TESTS,
  'plain.xml':
    '<testsuites><testsuite name="a" tests="2"><testcase name="b" classname="ä &amp; ☃"/><testcase name="c"><failure message="&quot;"><![CDATA[<x>]]></failure></testcase></testsuite></testsuites>\n',
  'preloaded.mjs': "console.log('preloaded')\n",
  'main.mjs': "console.log('main')\n",
}
const BIN = 'node_modules/jux-reporter/dist/cli/bin.js'
const TRUST = ['--public-key', 'key.pub.pem']

const runtimes = await installRuntimes()

let registry: Registry
let project: Project

beforeAll(async () => {
  registry = await startRegistry()
  project = makeProject(registry, FILES)
  await project.must('npm', ['install', '--no-audit', '--no-fund'])
  await project.must(...jux(NODE, 'keygen', '--output', 'key.pem'))
  await project.must(...jux(NODE, 'sign', 'plain.xml', '--key', 'key.pem', '--output', 'signed.xml'))
  writeFileSync(join(project.dir, 'changed.xml'), read('signed.xml').replace('name="c"', 'name="d"'))
})
afterAll(async () => {
  project.remove()
  await registry.close()
})

describe.each(runtimes.map((runtime) => [runtime.name, runtime] as const))('%s', (_name, runtime) => {
  describe(runtime.version, () => {
    it('jux keygen makes a key with which Node signs and verifies', async () => {
      const name = `${runtime.name}.pem`

      await project.must(...jux(runtime, 'keygen', '--output', name, '--cert'))
      await project.must(...jux(NODE, 'sign', 'plain.xml', '--key', name, '--output', `${name}.xml`))

      const verified = await run(jux(NODE, 'verify', '--cert', `${runtime.name}.crt`, `${name}.xml`))
      expect(verified).toMatchObject({ status: 0, stdout: expect.stringMatching(/^valid /) })
    })

    it('jux sign writes the bytes that it writes in Node', async () => {
      const output = `${runtime.name}.signed.xml`

      await project.must(...jux(runtime, 'sign', 'plain.xml', '--key', 'key.pem', '--output', output))

      expect(read(output)).toBe(read('signed.xml'))
    })

    it.each(['signed.xml', 'changed.xml', 'plain.xml', 'absent.xml'])(
      'jux verify and jux inspect say of %s what they say in Node',
      async (file) => {
        for (const words of [
          ['verify', ...TRUST, file],
          ['verify', '--json', ...TRUST, file],
          ['inspect', '--json', file],
        ]) {
          expect(await run(jux(runtime, ...words))).toEqual(await run(jux(NODE, ...words)))
        }
      },
    )

    it('jux is found as a program of the project', async () => {
      expect(await run(commandOf(runtime, 'jux', ['verify', ...TRUST, 'signed.xml']))).toEqual(
        await run(jux(NODE, 'verify', ...TRUST, 'signed.xml')),
      )
    })

    it.each(['vitest', 'jest'] as const)('a run of %s has the report that it has in Node', async (runner) => {
      const words = runner === 'vitest' ? ['run'] : []

      const { status, path } = await runOfTests(commandOf(runtime, runner, words))
      const inNode = await runOfTests(commandOf(NODE, runner, words))

      expect(status).toBe(inNode.status)
      expect(factsOf(path)).toMatchObject({
        'jux:outcome': 'failed',
        'jux:runner': runner,
        'jux:username': userInfo().username,
        ...(runtime.fact === undefined ? {} : { 'jux:runtime': runtime.fact }),
      })
      expect(casesOf(path)).toEqual(casesOf(inNode.path))
      expect(casesOf(path)).toHaveLength(7)
      expect(await run(jux(NODE, 'verify', ...TRUST, path))).toMatchObject({ status: 0 })
    })

    it('a report of a user without USER has no invented login name', async () => {
      const { path } = await runOfTests(commandOf(runtime, 'vitest', ['run']), { USER: '' })

      expect(factsOf(path)['jux:username']).not.toBe('unknown')
    })

    it.for([
      ['vitest', ['run', '--config', 'without.config.mjs']],
      ['jest', ['--config', 'without.jest.cjs']],
    ] as const)('jux run adds the reporter to a configuration of %s without it', async ([runner, words], { task }) => {
      const command = commandOf(runtime, runner, words).flat()
      const finished = await run(jux(NODE, 'run', '--', ...command), { JUX_KEY_PATH: 'key.pem' })

      if (runtime === DENO) {
        const why = 'Deno takes no flags from a variable, so nothing can be loaded before the runner'
        Object.assign(task.meta, { cell: 'cannot', why })
        const preloaded = `--import=${pathToFileURL(join(project.dir, 'preloaded.mjs')).href}`
        const probe = await run(split(DENO.script('main.mjs')), { NODE_OPTIONS: preloaded, DENO_OPTIONS: preloaded })
        expect(probe.stdout).toBe('main\n')
        expect(finished.stderr).toContain('no reporter of jux-reporter has started; write')
        return
      }
      expect(reportOf(finished)).toMatch(/\.xml$/)
    })
  })
})

describe.runIf(runtimes.includes(DENO))('Deno', () => {
  const allowed = (...flags: readonly string[]) => [...PERMISSIONS, ...flags]
  const jux = (flags: readonly string[], ...words: readonly string[]): Command => {
    const [program] = DENO.script(BIN)
    return [program, ['run', '--no-prompt', ...flags, BIN, ...words]]
  }
  const PERMISSIONS = ['--allow-env', '--allow-sys=homedir', '--allow-read=.']
  const VERIFY = ['verify', ...TRUST, 'signed.xml']

  describe(DENO.version, () => {
    it('jux verify, inspect and keygen need no other permissions than docs/runners.md says', async () => {
      expect(await run(jux(allowed(), 'verify', ...TRUST, 'signed.xml'))).toMatchObject({ status: 0, stderr: '' })
      expect(await run(jux(allowed(), 'inspect', 'signed.xml'))).toMatchObject({ status: 0, stderr: '' })
      expect(await run(jux(allowed('--allow-write=.'), 'keygen', '--output', 'permitted.pem'))).toMatchObject({
        status: 0,
        stderr: '',
      })
      expect(
        await run(
          jux(allowed('--allow-write=.'), 'sign', 'plain.xml', '--key', 'key.pem', '--output', 'permitted.xml'),
        ),
      ).toMatchObject({ status: 0 })
      expect(read('permitted.xml')).toBe(read('signed.xml'))
    })

    it.for([
      ['asking for the home folder', ['--allow-env', '--allow-read=.'], VERIFY, '--allow-sys=homedir'],
      ['reading variables', ['--allow-sys=homedir', '--allow-read=.'], VERIFY, '--allow-env'],
      ['reading a key', ['--allow-env', '--allow-sys=homedir'], VERIFY, '--allow-read=PROJECT/key.pub.pem'],
      [
        'reading a report',
        ['--allow-env', '--allow-sys=homedir', '--allow-read=key.pub.pem'],
        VERIFY,
        '--allow-read=PROJECT/signed.xml',
      ],
      ['writing a key', PERMISSIONS, ['keygen', '--output', 'refused.pem'], '--allow-write=PROJECT/refused.pem'],
      ['listing the store', PERMISSIONS, ['cache', 'list'], '--allow-read=HOME/data/jux --allow-write=HOME/data/jux'],
    ] as const)('jux names the flag that allows %s, and shows no stack', async ([, flags, words, wanted]) => {
      const { status, stdout, stderr } = await run(jux(flags, ...words))

      const text = (stdout + stderr).replaceAll(realpathSync(project.dir), 'PROJECT').replaceAll(project.home, 'HOME')
      expect(status).toBe(1)
      expect(text).toContain(`try  add ${wanted} to the flags of Deno\n`)
      expect(text).not.toMatch(/^\s+at /m)
    })
  })
})

type Command = readonly [program: string, args: readonly string[]]

function split([program, ...args]: readonly [string, ...string[]]): Command {
  return [program, args]
}

function jux(runtime: Runtime, ...words: readonly string[]): Command {
  const [program, ...args] = runtime.script(BIN)
  return [program, [...args, ...words]]
}

function commandOf(runtime: Runtime, runner: string, words: readonly string[]): Command {
  const [program, ...args] = runtime.program(runner)
  return [program, [...args, ...words]]
}

function run([program, args]: Command, env: Readonly<Record<string, string>> = {}): Promise<Finished> {
  return project.run(program, args, { ...RUNTIME_VARIABLES, USER: userInfo().username, ...env })
}

/** Runs tests, and finds their report. */
async function runOfTests(command: Command, env: Readonly<Record<string, string>> = {}) {
  const finished = await run(command, { JUX_KEY_PATH: 'key.pem', ...env })
  return { status: finished.status, path: reportOf(finished) }
}

function reportOf({ stdout, stderr }: Finished): string {
  const [, hash] = /sha256 {2}([0-9a-f]{64})/.exec(stdout + stderr) ?? []
  if (hash === undefined) throw new Error(`there is no report:\n${stdout}\n${stderr}`)
  return join(project.home, 'data', 'jux', 'reports', `${hash}.xml`)
}

function read(name: string): string {
  return readFileSync(join(project.dir, name), 'utf8')
}

function factsOf(path: string): Readonly<Record<string, string | undefined>> {
  const facts = readFileSync(path, 'utf8').matchAll(/<property name="([^"]*)" value="([^"]*)">/g)
  return Object.fromEntries([...facts].map(([, name = '', value]) => [name, value]))
}

/** Class, name and result of each case. */
function casesOf(path: string): readonly string[] {
  const cases = readFileSync(path, 'utf8').matchAll(
    /<testcase [^>]*classname="([^"]*)"[^>]* name="([^"]*)"[^>]*>(.*?)<\/testcase>/gs,
  )
  return [...cases].map(([, group = '', name = '', content = '']) => {
    const result = /<(failure|error|skipped)\b/.exec(content)?.[1] ?? 'passed'
    return `${group} > ${name}: ${result}`
  })
}
