import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { beforeCommand } from '../../src/cli/run/junit-files.js'
import { readReport } from '../../src/report/read.js'
import { type CliResult, cliContext, runJux } from '../support/cli.js'
import { json, startServer } from '../support/http-server.js'
import { git, repository } from '../support/repository.js'
import { fixedSystem } from '../support/system.js'

const GREEN = '<testsuites><testsuite name="cart" tests="1"><testcase name="adds"/></testsuite></testsuites>'
const RED = '<testsuite name="cart"><testcase name="adds"><failure message="no"/></testcase></testsuite>'

interface Scene {
  readonly cwd: string
  jux(...argv: string[]): Promise<CliResult>
  /** Runs a script under `jux run`, with the key and the store of the scene. */
  run(flags: readonly string[], script: string): Promise<CliResult>
  write(name: string, text: string): void
  /** The facts of each stored report. */
  facts(): readonly Readonly<Record<string, string>>[]
}

async function scene(env: Readonly<Record<string, string>> = {}): Promise<Scene> {
  const cwd = repository()
  const write = (name: string, text: string) => {
    mkdirSync(join(cwd, name, '..'), { recursive: true })
    writeFileSync(join(cwd, name), text)
  }
  const system = {
    cwd,
    homeDir: cwd,
    dataDir: join(cwd, 'data'),
    env: {
      PATH: process.env.PATH ?? '',
      JUX_STORAGE_PATH: join(cwd, 'store'),
      JUX_COMMIT_SHA: git(cwd, 'rev-parse', 'HEAD'),
      ...env,
    },
    now: new Date().toISOString(),
    exec: fixedSystem().exec,
  }
  const jux = (...argv: string[]) => runJux(argv, { system })
  await jux('keygen', '--type', 'ecdsa', '--cert', '--output', 'key.pem')
  const run = (flags: readonly string[], script: string) =>
    jux('run', '--key', 'key.pem', '--cert', 'key.crt', ...flags, '--', process.execPath, '-e', script)
  const folder = join(cwd, 'store', 'reports')
  const facts = () =>
    (existsSync(folder) ? readdirSync(folder) : [])
      .filter((name) => name.endsWith('.xml'))
      .map((name) =>
        Object.fromEntries(
          readReport(readFileSync(join(folder, name))).summary.facts.map((fact) => [fact.name, fact.value]),
        ),
      )
      .sort((left, right) => ((left['jux:source_file'] ?? '') < (right['jux:source_file'] ?? '') ? -1 : 1))
  return { cwd, jux, run, write, facts }
}

/** A script that writes a file, and then does something. */
const writes = (name: string, text: string, then = '') =>
  `require('node:fs').writeFileSync(${JSON.stringify(name)}, ${JSON.stringify(text)}); ${then}`

describe('jux run --junit', () => {
  it('makes a signed report of the file that the command wrote, which passes the gate', async () => {
    const { cwd, jux, run, facts } = await scene()
    const commit = git(cwd, 'rev-parse', 'HEAD')

    const { code, out, err } = await run(['--junit', 'results.xml'], writes('results.xml', GREEN))

    expect({ code, out }).toEqual({ code: 0, out: '' })
    expect(err).toMatch(
      /^ {2}jux {2}file {4}results\.xml\n {7}tests {3}1: 1 passed; the outcome is passed\n {7}report {2}store\/reports\/\S+\.xml\n/,
    )
    expect(facts()).toMatchObject([
      { 'jux:outcome': 'passed', 'jux:exit_code': '0', 'git:commit': commit, 'jux:source_file': 'results.xml' },
    ])
    expect(
      await jux(
        ...['verify', 'store/reports', '--cert', 'key.crt'],
        ...['--expect', `git:commit=${commit}`, '--expect', 'jux:outcome=passed'],
      ),
    ).toMatchObject({ code: 0 })
  })

  it.each([
    [
      'fails after its last test',
      'process.exit(3)',
      3,
      { 'jux:exit_code': '3', 'jux:outcome_reason': 'the command that wrote the file ended with exit code 3' },
    ],
    [
      'is killed',
      'process.kill(process.pid, "SIGKILL")',
      137,
      { 'jux:signal': 'SIGKILL', 'jux:outcome_reason': 'the command that wrote the file was ended by SIGKILL' },
    ],
  ])('makes a report with the outcome error of a green file if the command %s', async (_, then, exitCode, stated) => {
    const { jux, run, facts } = await scene()

    const { code, err } = await run(['--junit', 'results.xml'], writes('results.xml', GREEN, then))

    expect(code).toBe(exitCode)
    expect(err).toContain('the outcome is error')
    expect(facts()).toMatchObject([{ 'jux:outcome': 'error', ...stated }])
    expect(await jux('verify', 'store/reports', '--cert', 'key.crt', '--expect', 'jux:outcome=passed')).toMatchObject({
      code: 1,
    })
  })

  it('states the failures of a red file, whatever the exit code of the command', async () => {
    const { run, facts } = await scene()

    await run(['--junit', '*.xml'], writes('a.xml', RED, writes('b.xml', GREEN)))

    expect(facts()).toMatchObject([
      { 'jux:source_file': 'a.xml', 'jux:outcome': 'failed', 'jux:exit_code': '0' },
      { 'jux:source_file': 'b.xml', 'jux:outcome': 'passed', 'jux:exit_code': '0' },
    ])
  })

  it('takes each file once that several patterns name, and none that the command did not write, and names those', async () => {
    const { cwd, run, write, facts } = await scene()
    write('out/old.xml', GREEN)
    write('out/just-before.xml', GREEN)
    utimesSync(join(cwd, 'out/old.xml'), new Date('2026-01-02T03:04:05Z'), new Date('2026-01-02T03:04:05Z'))

    const { code, err } = await run(
      ['--junit', 'out', '--junit', 'out/**/*.xml', '--strict'],
      `${writes('out/new.xml', GREEN)} require('node:fs').utimesSync('out/old.xml', 1, 1); ${writes('out/deep.xml', RED)}`,
    )

    expect(code).toBe(0)
    expect(facts().map((fact) => fact['jux:source_file'])).toEqual(['out/deep.xml', 'out/new.xml'])
    expect(err.split('\n').filter((line) => line.includes('did not write'))).toEqual([
      expect.stringMatching(/^out\/just-before\.xml: no report, because the command did not write it \(last change 20/),
      'out/old.xml: no report, because the command did not write it (last change 1970-01-01T00:00:01.000Z)',
    ])
  })

  it('takes a file that the command wrote again with the same bytes', async () => {
    const { run, write, facts } = await scene()
    write('results.xml', GREEN)

    await run(['--junit', 'results.xml'], writes('results.xml', GREEN))

    expect(facts().length).toBe(1)
  })

  it.each([
    ['no file matches', '', () => {}],
    ['only the file of an earlier run matches', '', (write: Scene['write']) => write('results.xml', GREEN)],
  ])('prints an error if %s, and exits with 1 for it only under --strict', async (_, script, prepare) => {
    const { run, write, facts } = await scene()
    prepare(write)

    const lax = await run(['--junit', 'results.xml'], script)
    const strict = await run(['--junit', 'results.xml', '--strict'], script)
    const failed = await run(['--junit', 'results.xml', '--strict'], 'process.exit(7)')

    expect([lax.code, strict.code, failed.code]).toEqual([0, 1, 7])
    for (const { err } of [lax, strict, failed]) {
      expect(err).toContain('error  no report: the command wrote no file that matches results.xml\n')
    }
    expect(facts()).toEqual([])
  })

  it('prints an error for each pattern without a file, under --strict with exit code 1, although another has one', async () => {
    const { run, facts } = await scene()

    const { code, err } = await run(
      ['--junit', 'unit.xml', '--junit', 'e2e/*.xml', '--strict'],
      writes('unit.xml', GREEN),
    )

    expect({ code, reports: facts().length }).toEqual({ code: 1, reports: 1 })
    expect(err).toContain('no file that matches e2e/*.xml')
  })

  it.each([
    ['is not JUnit', '<html/>'],
    ['was not written to its end', '<testsuites><testsuite name="a"><testcase'],
  ])('prints an error for a file that %s, and exits with 1 only under --strict', async (_, text) => {
    const { run, facts } = await scene()

    const lax = await run(['--junit', 'results.xml'], writes('results.xml', text))
    const strict = await run(['--junit', 'results.xml', '--strict'], writes('results.xml', text))

    expect([lax.code, strict.code, facts().length]).toEqual([0, 1, 0])
    expect(lax.err).toMatch(/^results\.xml\nerror {2}/)
  })

  it('runs the command although the key cannot be used, makes no report, and exits with 1 only under --strict', async () => {
    const { cwd, run, facts } = await scene({ JUX_KEY_PATH: 'none.pem' })
    const flags = ['--key', 'none.pem', '--junit', 'results.xml']

    const lax = await run(flags, writes('results.xml', GREEN))
    const strict = await run([...flags, '--strict'], writes('results.xml', GREEN))

    expect([lax.code, strict.code, facts().length]).toEqual([0, 1, 0])
    expect(lax.err).toContain('KEY_NOT_FOUND')
    expect(existsSync(join(cwd, 'results.xml'))).toBe(true)
  })

  it('exits with 1 under --strict for a report that could not be sent', async () => {
    const { run, facts } = await scene()
    const server = await startServer(json(422, { error: 'not this one' }))
    const flags = ['--junit', 'results.xml', '--submit', '--api-url', server.url]

    const lax = await run(flags, writes('results.xml', GREEN))
    const strict = await run([...flags, '--strict'], writes('results.xml', RED))

    expect([lax.code, strict.code, facts().length]).toEqual([0, 1, 2])
  })

  it('states the facts of the moment before the command, which may change the repository', async () => {
    const { run, facts } = await scene({ JUX_COMMIT_SHA: '' })

    await run(
      ['--junit', 'results.xml'],
      `require('node:child_process').execFileSync('git', ['checkout', '-q', '-b', 'other']); ${writes('results.xml', GREEN)}`,
    )

    expect(facts()[0]?.['git:branch']).toBe('main')
  })

  it('looks for no file if the program could not be started, or if jux is turned off', async () => {
    const { jux, run, facts } = await scene()

    const absent = await jux('run', '--junit', 'nothing.xml', '--strict', '--', './absent')
    const off = await run(['--no-enabled', '--strict', '--junit', 'results.xml'], writes('results.xml', GREEN))

    expect(absent).toMatchObject({ code: 127, err: expect.not.stringContaining('nothing.xml') })
    expect(off).toEqual({ code: 0, out: '', err: '' })
    expect(facts()).toEqual([])
  })

  it.each([[''], ['-']])('exits with 64 for the pattern %j, and starts nothing', async (pattern) => {
    const { cwd, run } = await scene()

    expect(await run(['--junit', pattern], writes('ran', ''))).toMatchObject({ code: 64, out: '' })
    expect(existsSync(join(cwd, 'ran'))).toBe(false)
  })
})

describe('beforeCommand', () => {
  it('has the time, and what identifies the content of each file that matches', () => {
    const cwd = repository()
    writeFileSync(join(cwd, 'a.xml'), GREEN)
    const { context } = cliContext({ system: { cwd } })

    const before = beforeCommand(['*.xml', 'none.xml'], context)

    expect(before.startedAtMs).toBe(context.system.now().getTime())
    expect([...before.versions]).toEqual([
      [join(cwd, 'a.xml'), expect.stringMatching(/^\d+ \d+ \d+$/)],
      [join(cwd, 'none.xml'), ''],
    ])
  })
})
