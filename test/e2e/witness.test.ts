import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { newKeyPair, privatePem, writeSecret } from '../support/keys.js'
import { git } from '../support/repository.js'
import { type ScratchProject, scratchProject } from '../support/scratch.js'
import { hasTool } from '../support/tools.js'

const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url))
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const KEY = privatePem(newKeyPair('P-256'))

const GREEN = "test('is green', () => {})\n"
const CONFIG = (options = '{}') =>
  `module.exports = { testMatch: ['**/*.spec.js'], reporters: [['jux-reporter/jest', ${options}]] }\n`
const JEST = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js')

function jestProject(files: Readonly<Record<string, string>> = { 'a.spec.js': GREEN }, options?: string) {
  return scratchProject({
    'package.json': '{"name":"scratch"}',
    'jest.config.js': CONFIG(options),
    ...files,
  })
}

/** The stored reports, as text. */
function textsOf(project: ScratchProject): string[] {
  return project.reports().map((path) => readFileSync(path, 'utf8'))
}

function valueIn(text: string, name: string): string | undefined {
  return new RegExp(`<property name="${name}" value="([^"]*)">`).exec(text)?.[1]
}

const run = (project: ScratchProject, words: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  project.jux(['run', ...words], { JUX_KEY: KEY, ...env })

describe('jux run', () => {
  it('makes the same test cases as the reporter does in its own process', async () => {
    const spec = [
      "describe('outer', () => { test('a < b & \"c\"', () => { console.log('printed') }) })",
      "test('fails', () => { expect(1).toBe(2) })",
      "test.skip('is skipped', () => {})",
      "test.todo('is to be done')",
      "test('text \\ud83d\\ude00', () => {})",
    ].join('\n')
    const [plain, witnessed] = [jestProject({ 'a.spec.js': spec }), jestProject({ 'a.spec.js': spec })]

    await plain.jest([], { JUX_KEY: KEY })
    await run(witnessed, ['--', process.execPath, JEST])

    const casesOf = (project: ScratchProject) =>
      (textsOf(project)[0] ?? '')
        .replace(/^.*?<testcase/s, '<testcase')
        .replace(/<ds:Signature.*/s, '')
        .replaceAll(/ (?:time|timestamp)="[^"]*"/g, '')
        .replaceAll(/<property name="jux:(?:output_times|attempt)[^>]*>/g, '')
        // Which frames of the runner are there depends on timing.
        .replaceAll(/^ +at .*$\n/gm, '')
    expect(casesOf(witnessed)).toBe(casesOf(plain))
    expect(casesOf(plain)).toContain('fails')
  })

  it('makes a report for each runner of its command, and a red one explains that the command failed', async () => {
    const project = jestProject({
      'a.spec.js': GREEN,
      'red/b.spec.js': "test('is red', () => { expect(1).toBe(2) })\n",
      'red/package.json': '{"name":"red"}',
      'red/jest.config.js': CONFIG(),
      'both.js': [
        "const { spawnSync } = require('node:child_process')",
        `const jest = (args) => spawnSync(process.execPath, [${JSON.stringify(JEST)}, ...args], { stdio: 'inherit' }).status`,
        "process.exitCode = jest(['a.spec.js']) || jest(['--rootDir', 'red', '-c', 'red/jest.config.js'])",
      ].join('\n'),
    })

    const { status } = await run(project, ['--', process.execPath, 'both.js'])

    expect(status).toBe(1)
    const outcomes = textsOf(project).map((text) => [valueIn(text, 'jux:outcome'), valueIn(text, 'jux:exit_code')])
    expect(outcomes.sort()).toEqual([
      ['failed', '1'],
      ['passed', '1'],
    ])
  })

  it('calls the functions of the options in the process that has them', async () => {
    const options = `{
      testName: ({ path, title }) => [...path, title].join(' / ') + '!',
      properties: (run) => ({ files: run.modules.length }),
      testProperties: (test) => ({ shout: test.title.toUpperCase() }),
    }`
    const project = jestProject({ 'a.spec.js': `describe('outer', () => { ${GREEN} })\n` }, options)

    const { stderr } = await run(project, ['--', process.execPath, JEST])

    const [text = ''] = textsOf(project)
    expect(text).toContain('name="outer / is green!"')
    expect(text).toContain('<property name="files" value="1">')
    expect(text).toContain('<property name="shout" value="IS GREEN">')
    expect(stderr).not.toContain('default names were used')
  })

  it('says what a reporter function threw, as the reporter itself does', async () => {
    const project = jestProject(undefined, "{ testName: () => { throw new Error('no name today') } }")

    const { stderr } = await run(project, ['--', process.execPath, JEST])

    expect(stderr).toContain('the function testName failed: no name today; default names were used')
    expect(textsOf(project)[0]).toContain('name="is green"')
  })

  it('reads the key from a file descriptor, and no process of the command has it', async () => {
    const project = jestProject({
      'a.spec.js': `test('finds no key', () => {
        const fs = require('node:fs')
        const open = fs.readdirSync('/proc/self/fd').flatMap((fd) => {
          try { return [fs.readlinkSync('/proc/self/fd/' + fd)] } catch { return [] }
        })
        expect(open.filter((path) => path.includes('key.pem'))).toEqual([])
        expect(JSON.stringify(process.env)).not.toContain('PRIVATE KEY')
      })\n`,
    })
    const key = writeSecret(project.dir, 'key.pem', KEY)
    const jux = `"${process.execPath}" "${BIN}" run --key-fd 3 -- "${process.execPath}" "${JEST}" -i 3<"${key}"`

    const child = spawn('sh', ['-c', jux], { cwd: project.dir, env: project.environment, stdio: 'pipe' })
    const [status] = await once(child, 'close')

    expect([status, textsOf(project)[0]?.includes('SignatureValue')]).toEqual([0, true])
  })

  it('says that a secret which the command sets does not count', async () => {
    const project = jestProject({
      'a.spec.js': GREEN,
      'set.js': `process.env.JUX_API_KEY = 'x'; process.env.JUX_KEY = 'y'
        const { status } = require('node:child_process').spawnSync(process.execPath, [${JSON.stringify(JEST)}], { stdio: 'inherit' })
        process.exitCode = status`,
    })

    const { status, stderr } = await project.jux(['run', '--', process.execPath, 'set.js'])

    expect(status).toBe(0)
    for (const name of ['JUX_KEY', 'JUX_API_KEY']) {
      expect(stderr).toContain(`${name} of the command does not count under jux run; export it before jux run`)
    }
  })

  it('exits with 1 under strict if the reporter cannot start', async () => {
    const missing = { JUX_KEY: '', JUX_KEY_PATH: '/nonexistent.pem' }

    const strict = await run(jestProject(), ['--strict', '--', process.execPath, JEST], missing)
    const other = await run(jestProject(), ['--', process.execPath, JEST], missing)

    expect([strict.status, other.status]).toEqual([1, 0])
    expect(strict.stderr).toContain('no report of this run: ')
  })

  it('makes a signed report for each reporter of a process', async () => {
    const project = jestProject({ 'a.spec.js': GREEN })
    writeFileSync(
      join(project.dir, 'jest.config.js'),
      "module.exports = { testMatch: ['**/*.spec.js'], reporters: [['jux-reporter/jest', { environment: 'one' }], ['jux-reporter/jest', { environment: 'two' }]] }\n",
    )

    await run(project, ['--', process.execPath, JEST])

    const texts = textsOf(project)
    expect(texts.map((text) => [valueIn(text, 'jux:environment'), text.includes('SignatureValue')]).sort()).toEqual([
      ['one', true],
      ['two', true],
    ])
  })

  it('uses another folder if the one for temporary files has too long a path for a socket', async () => {
    const project = jestProject()
    const long = join(project.dir, 'long'.repeat(30))
    mkdirSync(long)

    const { status } = await run(project, ['--strict', '--', process.execPath, JEST], { TMPDIR: long })

    expect([status, textsOf(project)[0]?.includes('SignatureValue')]).toEqual([0, true])
  })

  it('leaves options that cannot be sent to the reporter, which says what is wrong with them', async () => {
    const project = jestProject(undefined, '(() => { const a = {}; a.a = a; return { properties: { a } } })()')

    const { status, stderr } = await run(project, ['--', process.execPath, JEST])

    expect(status).toBe(0)
    expect(stderr).toContain('properties')
  })

  it('refuses a descriptor that has no key, with a command that works', async () => {
    const { status, stderr } = await jestProject().jux(['run', '--key-fd', '97', '--', 'true'])

    expect(status).toBe(1)
    expect(stderr).toContain('the private key cannot be read from the file descriptor 97')
    expect(stderr).toContain('npx jux run --key-fd 0 -- npm test < key.pem')
  })

  it('lets the outer one make the report if one starts another', async () => {
    const project = jestProject()

    await run(project, ['--', process.execPath, BIN, 'run', '--project', 'inner', '--', process.execPath, JEST])

    const texts = textsOf(project)
    expect(texts).toHaveLength(1)
    expect(texts[0]).toContain('SignatureValue')
    expect(valueIn(texts[0] ?? '', 'project')).toBe('inner')
  })

  it.skipIf(!hasTool('git'))('states what the command changed in the repository', async () => {
    const project = jestProject({
      'a.spec.js': `test('changes a file', () => { require('node:fs').writeFileSync('b.txt', 'changed') })\n`,
      'b.txt': 'as committed',
      '.gitignore': 'node_modules\n',
    })
    git(project.dir, 'init', '-q')
    git(project.dir, 'add', '-A')
    git(project.dir, 'commit', '-q', '-m', 'first')

    // A store in the repository is no change.
    const stored = async () => {
      await run(project, ['--storage-path', 'store', '--', process.execPath, JEST])
      const folder = join(project.dir, 'store', 'reports')
      const [name = ''] = readdirSync(folder)
      return readFileSync(join(folder, name), 'utf8')
    }
    const text = await stored()
    expect(valueIn(text, 'git:status')).toBe('clean')
    expect(valueIn(text, 'jux:changed_during_run')).toBe('git:status')

    rmSync(join(project.dir, 'store'), { recursive: true })
    expect(valueIn(await stored(), 'jux:changed_during_run')).toBeUndefined()
  })

  it('takes no results from a process that does not know the token, and none in another language', async () => {
    const project = jestProject({
      'intruder.js': `
        const { connect } = require('node:net')
        const [, path] = process.env.JUX_WITNESS.split(/@(.*)/s)
        const send = (line) => new Promise((done) => {
          const socket = connect(path)
          let answer = ''
          socket.on('data', (bytes) => { answer += bytes })
          socket.on('close', () => done(answer.trim()))
          socket.on('error', () => {})
          socket.write(line + '\\n')
          setTimeout(() => socket.destroy(), 1500)
        })
        const hello = { type: 'hello', protocol: 1, version: '0', token: 'f'.repeat(32), runner: { name: 'jest', version: '1' },
          folder: '/', cwd: '/', nodeVersion: '1', options: {}, functions: [], variables: {}, secrets: [], watch: false }
        Promise.all([send(JSON.stringify(hello)), send('no JSON'), send('{"type":"run"}'), send('{"type":"module","index":0}')])
          .then((answers) => console.log(JSON.stringify(answers)))`,
    })

    const { stdout, status } = await run(project, ['--', process.execPath, 'intruder.js'])

    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toEqual([
      '{"type":"refused","message":"it does not belong to this command"}',
      '',
      '',
      '',
    ])
    expect(existsSync(project.reportsDir)).toBe(false)
  })

  it('refuses a reporter with another protocol, and names both versions', async () => {
    const project = jestProject({
      'other.js': `
        const { connect } = require('node:net')
        const [token, path] = process.env.JUX_WITNESS.split(/@(.*)/s)
        const socket = connect(path)
        socket.on('data', (bytes) => console.log(String(bytes)))
        socket.write(JSON.stringify({ type: 'hello', protocol: 99, version: '99.0.0', token, runner: { name: 'jest', version: '1' },
          folder: '/', cwd: '/', nodeVersion: '1', options: {}, functions: [], variables: {}, secrets: [], watch: false }) + '\\n')`,
    })

    const { stdout } = await run(project, ['--', process.execPath, 'other.js'])

    expect(stdout).toMatch(/jux run has version .*, and the reporter 99\.0\.0; install the same version/)
  })
})

describe('a jux run that is killed', () => {
  it.each([
    ['jux run', ['run', '--', process.execPath, '--version'], 'reports'],
    ['jux publish --queue', ['publish', '--queue', '--api-url', 'http://127.0.0.1:9'], 'queue'],
  ])(
    'loses no file that had ended: %s makes a signed report of them',
    async (_, next, place) => {
      const project = jestProject({
        'a.spec.js': `// ${'long '.repeat(100)}\n${GREEN}`,
        'b.spec.js': "test('never ends', () => new Promise(() => {}), 60_000)\n",
      })
      const env = { JUX_KEY: KEY, JUX_STORAGE_MODE: place === 'queue' ? 'cache' : 'local' }
      const child = spawn(process.execPath, [BIN, 'run', '--', process.execPath, JEST, '-i'], {
        cwd: project.dir,
        env: { ...project.environment, ...env },
        detached: true,
        stdio: 'ignore',
      })
      const store = join(project.reportsDir, '..')
      const folder = join(store, 'jux-reporter', 'witness')
      await until(() => spooled(folder).includes('b.spec.js"') && spooled(folder).includes('"is green"'))

      killGroup(child)
      await once(child, 'close')
      const { stderr } = await project.jux(next, env)

      expect(stderr).toContain('a run was killed at or after ')
      const names = readdirSync(join(store, place)).filter((name) => name.endsWith('.xml'))
      expect(names).toHaveLength(1)
      const text = readFileSync(join(store, place, names[0] ?? ''), 'utf8')
      expect(valueIn(text, 'jux:outcome')).toBe('interrupted')
      expect(text).toContain('name="is green"')
      expect(text).toContain('the run ended before the file did')
      expect(text).toContain('SignatureValue')
      expect(readdirSync(folder)).toEqual([])
    },
    60_000,
  )
})

describe.skipIf(process.getuid?.() !== 0)('jux run --user as root', () => {
  it('refuses root and accounts that do not exist', async () => {
    const project = jestProject()

    expect((await project.jux(['run', '--user', 'root', '--', 'true'])).stderr).toContain('the account root is root')
    expect((await project.jux(['run', '--user', 'no-such-account', '--', 'true'])).stderr).toContain(
      'there is no account no-such-account',
    )
  })
})

function spooled(folder: string): string {
  if (!existsSync(folder)) return ''
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('')
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (isTrue()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('it did not happen in time')
}

function killGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL')
}
