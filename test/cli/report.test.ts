import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { loadSigner } from '../../src/sign/keys.js'
import { signReport } from '../../src/sign/sign-report.js'
import { type CliResult, runJux } from '../support/cli.js'
import { created, json, startServer } from '../support/http-server.js'
import { newKeyPair, privatePem } from '../support/keys.js'
import { git, repository } from '../support/repository.js'
import { fixedSystem } from '../support/system.js'

const GREEN = '<testsuites><testsuite name="cart" tests="1"><testcase name="adds"/></testsuite></testsuites>'
const RED = '<testsuite name="cart"><testcase name="adds"><failure message="no"/></testcase></testsuite>'
const FOREIGN = fileURLToPath(new URL('../../fixtures/foreign/', import.meta.url))
const FOREIGN_FILES = readdirSync(FOREIGN).filter((name) => name.endsWith('.xml'))
const NO_SERVER = 'http://127.0.0.1:9'

interface Scene {
  readonly cwd: string
  /** Runs a command in the folder, with the key and the store of the scene. */
  jux(...argv: string[]): Promise<CliResult>
  report(...argv: string[]): Promise<CliResult>
  write(name: string, text: string | Buffer): void
  stored(): string[]
}

/** A repository with a key and a green and a red file. */
async function scene(env: Readonly<Record<string, string>> = {}, stdin?: string): Promise<Scene> {
  const cwd = repository()
  const head = git(cwd, 'rev-parse', 'HEAD')
  const system = {
    cwd,
    homeDir: cwd,
    dataDir: join(cwd, 'data'),
    env: { JUX_STORAGE_PATH: join(cwd, 'store'), ...env },
  }
  const jux = (...argv: string[]) =>
    runJux(argv, { system: { ...system, exec: fixedSystem().exec }, ...(stdin === undefined ? {} : { stdin }) })
  await jux('keygen', '--type', 'ecdsa', '--cert', '--output', 'key.pem')
  const write = (name: string, text: string | Buffer) => {
    mkdirSync(join(cwd, name, '..'), { recursive: true })
    writeFileSync(join(cwd, name), text)
  }
  write('green.xml', GREEN)
  write('red.xml', RED)
  const folder = join(cwd, 'store', 'reports')
  const stored = () =>
    existsSync(folder)
      ? readdirSync(folder)
          .map((name) => join(folder, name))
          .filter((path) => path.endsWith('.xml'))
      : []
  const report = (...argv: string[]) =>
    jux('report', ...argv, '--commit-sha', head, '--key', 'key.pem', '--cert', 'key.crt')
  return { cwd, jux, write, stored, report }
}

describe('jux report', () => {
  it('makes a report that passes the gate for a green file, and one that does not for a red file', async () => {
    const { cwd, jux, report, stored } = await scene()
    const commit = git(cwd, 'rev-parse', 'HEAD')
    const gate = (file: string) =>
      jux('verify', file, '--cert', 'key.crt', '--expect', `git:commit=${commit}`, '--expect', 'jux:outcome=passed')

    const green = await report('green.xml')
    const [greenFile = ''] = stored()
    const red = await report('red.xml')
    const redFile = stored().find((path) => path !== greenFile) ?? ''

    expect([green.code, red.code]).toEqual([0, 0])
    expect(await gate(greenFile)).toMatchObject({ code: 0 })
    expect(await gate(redFile)).toMatchObject({ code: 1, err: expect.stringContaining('jux:outcome is failed') })
  })

  it('prints the file, the tests, the place of the report, its hash and its signer', async () => {
    const { report, stored } = await scene()

    const { code, out, err } = await report('red.xml')

    const [path = ''] = stored()
    const hash = path.slice(-68, -4)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out.replaceAll(/key [0-9a-f]{16}/g, 'key KEY')).toBe(
      [
        '  jux  file    red.xml',
        '       tests   1: 1 failed; the outcome is failed',
        `       report  store/reports/${hash}.xml`,
        `       sha256  ${hash}`,
        '       signed  ECDSA P-256, key KEY, CN=jux-reporter',
        '',
        '',
      ].join('\n'),
    )
  })

  it('makes a report of each file, also of those in a folder and those that match a pattern, and of each once', async () => {
    const { cwd, write, report } = await scene()
    write('target/a.xml', GREEN)
    write('target/deep/er/b.xml', RED)
    write('target/notes.txt', 'no report')
    write('node_modules/a/x.xml', RED)
    mkdirSync(join(cwd, 'target/empty'))
    write('x.xml', GREEN)

    const { code, out } = await report(
      'green.xml',
      'target',
      'target/**/*.xml',
      'target/**',
      './green.xml',
      '**/x.xml',
      '--json',
    )

    expect(code).toBe(0)
    expect(JSON.parse(out).results.map(({ file }: { file: string }) => file)).toEqual([
      'green.xml',
      'target/a.xml',
      'target/deep/er/b.xml',
      'x.xml',
    ])
  })

  it('leaves out the store, hidden folders and node_modules below a folder, and takes those that are named', async () => {
    const { cwd, jux, write, report } = await scene()
    write('.cache/a.xml', GREEN)
    write('app/node_modules/b/b.xml', GREEN)
    write('app/.results/c.xml', RED)
    write('app/d.xml', GREEN)

    const first = await report('.', '--json')
    const again = await report('.', '--json')
    const visible = readdirSync(join(cwd, 'store', 'reports'))
      .filter((name) => name.endsWith('.xml'))
      .sort()
    const hiddenStore = await jux('report', '.', '--json', '--storage-path', '.jux')
    const hiddenStoreAgain = await jux('report', '.', '--json', '--storage-path', '.jux')
    const named = await report('app/.results', 'app/node_modules', '--json')

    const filesOf = ({ out }: CliResult) => JSON.parse(out).results.map(({ file }: { file: string }) => file)
    const own = ['app/d.xml', 'green.xml', 'red.xml']
    expect([first.code, again.code]).toEqual([0, 0])
    expect([first, again].map(filesOf)).toEqual([own, own])
    // The visible store of the scene is not the store of these two.
    const all = [...own, ...visible.map((name) => `store/reports/${name}`)]
    expect([hiddenStore, hiddenStoreAgain].map(filesOf)).toEqual([all, all])
    expect(filesOf(named)).toEqual(['app/.results/c.xml', 'app/node_modules/b/b.xml'])
  })

  it('reads standard input for -', async () => {
    const { jux, stored } = await scene({}, GREEN)

    expect(await jux('report', '-')).toMatchObject({
      code: 0,
      out: expect.stringContaining('file    -, standard input'),
    })
    expect(stored().length).toBe(1)
  })

  it.each([
    ['a pattern that nothing matches', ['none/*.xml'], 'no file matches none/*.xml'],
    ['a file that does not exist', ['none.xml'], 'file not found: none.xml'],
    ['a folder without reports', ['empty'], 'no .xml file in the folder empty'],
    ['a file that is not JUnit', ['pom.xml'], 'the root element is project, not testsuites or testsuite'],
    ['a file that is not XML', ['a.json'], 'it looks like JSON'],
  ])('exits with 1 for %s, and stores nothing', async (_, names, message) => {
    const { cwd, write, report, stored } = await scene()
    mkdirSync(join(cwd, 'empty'))
    write('pom.xml', '<project/>')
    write('a.json', '{}')

    const { code, out, err } = await report(...names)

    expect({ code, out, stored: stored() }).toEqual({ code: 1, out: '', stored: [] })
    expect(err).toContain(message)
    expect(err).toMatch(/\n {2}try {2}/)
  })

  it.each([[[]], [['']], [['-', '-']], [['green.xml', '--no-such-flag']], [['green.xml', '--source', '']]])(
    'exits with 64 for the arguments %j',
    async (argv) => {
      const { report, stored } = await scene()

      expect(await report(...argv)).toMatchObject({ code: 64, out: '' })
      expect(stored()).toEqual([])
    },
  )

  it('exits with 2 if there are reports of some of the files', async () => {
    const { write, report, stored } = await scene()
    write('broken.xml', '<testsuites>')

    const { code, out } = await report('broken.xml', 'green.xml', '--json')

    expect(code).toBe(2)
    expect(JSON.parse(out)).toMatchObject({
      success: false,
      reported: 1,
      failed: 1,
      results: [
        { file: 'broken.xml', success: false, code: 'XML_PARSE_ERROR', reason: 'unclosed' },
        { file: 'green.xml', success: true, outcome: 'passed', tests: 1, failures: 0, signed: true },
      ],
    })
    expect(stored().length).toBe(1)
  })

  it('prints as JSON what the report is, and where', async () => {
    const { report, stored } = await scene()

    const { out, err } = await report('green.xml', '--json', '--source', 'ctest')

    const [path = ''] = stored()
    expect(err).toBe('')
    expect(JSON.parse(out)).toEqual({
      success: true,
      dry_run: false,
      reported: 1,
      failed: 0,
      results: [
        {
          file: 'green.xml',
          success: true,
          source: 'ctest',
          outcome: 'passed',
          tests: 1,
          failures: 0,
          errors: 0,
          skipped: 0,
          content_hash: path.slice(-68, -4),
          path,
          queued: false,
          signed: true,
          key: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      ],
    })
  })

  it('prints only errors with --quiet', async () => {
    const { write, report, stored } = await scene()
    write('broken.xml', '<testsuites>')
    write('odd.xml', '<testsuite name="a" tests="2"/>')

    const { code, out, err } = await report('green.xml', 'odd.xml', 'broken.xml', '--quiet')

    expect({ code, out, stored: stored().length }).toEqual({ code: 2, out: '', stored: 2 })
    expect(err).toMatch(/^broken\.xml\nerror {2}/)
  })

  it('says what was renamed and left out, and why the outcome is not passed', async () => {
    const { write, report } = await scene()
    write(
      'odd.xml',
      '<testsuite name="a" tests="2"><!-- c --><properties><property name="git:commit" value="f"/></properties><testcase name="t"/></testsuite>',
    )

    const { code, out, err } = await report('odd.xml')

    expect(code).toBe(0)
    expect(out).toContain('the outcome is error')
    expect(err.split('\n')).toEqual([
      'odd.xml: the outcome is error: the suite "a" states 2 tests, and the file has 1',
      'odd.xml: the file has properties with the names of facts, which are written with source: before them: git:commit',
      'odd.xml: left out: 1 comment, which a signature would not cover',
      '',
    ])
  })

  it('refuses a signed file unless --replace is given', async () => {
    const { write, report } = await scene()
    const signer = await loadSigner({ key: privatePem(newKeyPair('P-256')) }, fixedSystem())
    write('signed.xml', signReport(Buffer.from(GREEN), signer))

    const refused = await report('signed.xml')
    const replaced = await report('signed.xml', '--replace')

    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('jux report --replace') })
    expect(replaced).toMatchObject({ code: 0, err: expect.stringContaining('left out: the signature') })
  })

  it('makes no report if the configured key cannot be used', async () => {
    const { jux, stored } = await scene({ JUX_KEY_PATH: 'no-key.pem' })

    expect(await jux('report', 'green.xml')).toMatchObject({ code: 1, err: expect.stringContaining('KEY_NOT_FOUND') })
    expect(stored()).toEqual([])
  })

  it('makes an unsigned report without a key, and says how to sign it', async () => {
    const { jux } = await scene()

    const { code, out } = await jux('report', 'green.xml')

    expect(code).toBe(0)
    expect(out).toContain('signed  no (set JUX_KEY_PATH to sign')
  })

  it('prints no secret of a file', async () => {
    const { write, report, stored } = await scene({ DB_PASSWORD: 'hunter2-Zq81' })
    write('hunter2-Zq81.xml', GREEN.replace('name="cart"', 'name="hunter2-Zq81"').replace('tests="1"', 'tests="2"'))

    const { code, err } = await report('hunter2-Zq81.xml')

    expect(code).toBe(0)
    expect(err).not.toContain('hunter2-Zq81')
    expect(readFileSync(stored()[0] ?? '', 'utf8')).not.toContain('hunter2-Zq81')
  })

  it('does nothing if jux is turned off', async () => {
    const { report, stored } = await scene({ JUX_ENABLED: 'false' })

    expect(await report('green.xml')).toMatchObject({ code: 0, err: 'no report: JUX_ENABLED turns jux off\n' })
    expect(stored()).toEqual([])
  })
})

describe('jux report, of the files of other programs,', () => {
  it.each(FOREIGN_FILES)('makes a signed report of %s, which passes the gate only if it is green', async (name) => {
    const { cwd, jux, report, stored } = await scene()
    const commit = git(cwd, 'rev-parse', 'HEAD')
    const isGreen = name.endsWith('-green.xml')

    const { code, err } = await report(join(FOREIGN, name))
    const gate = await jux(
      'verify',
      stored()[0] ?? '',
      ...['--cert', 'key.crt', '--expect', `git:commit=${commit}`, '--expect', 'jux:outcome=passed'],
    )

    expect({ code, err: err.replaceAll(/^.*left out: \d+ comments?,.*\n/gm, '') }).toEqual({ code: 0, err: '' })
    expect(gate).toMatchObject(isGreen ? { code: 0 } : { code: 1, err: expect.stringContaining('not-as-expected') })
  })

  it.each([
    ['passes', 'passed', 0],
    ['fails', 'failed', 1],
  ])('makes a report of what this Node writes for a test that %s', async (what, outcome, exitCode) => {
    const { cwd, write, report } = await scene()
    const failing = what === 'fails' ? "throw new Error('a <b> & c')" : "console.log('a <b> & c')"
    write(
      'a.test.mjs',
      `import { describe, it } from 'node:test'
      describe('cart', () => { it('adds', () => { ${failing} }); it.todo('later'); describe('inner', () => { it('is cheaper', () => {}) }) })
      it('is alone', () => {})`,
    )
    const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...env } = process.env
    const args = ['--test', '--test-reporter=junit', '--test-reporter-destination=results.xml', 'a.test.mjs']

    const run = spawnSync(process.execPath, args, { cwd, env, encoding: 'utf8' })
    const { code, out } = await report('results.xml', '--json', '--source', 'node:test')

    expect({ runCode: run.status, code }).toEqual({ runCode: exitCode, code: 0 })
    expect(JSON.parse(out).results).toMatchObject([
      { source: 'node:test', outcome, tests: 4, failures: exitCode, errors: 0, skipped: 1, signed: true },
    ])
  })
})

describe('jux report, with a server', () => {
  it('stores and sends a report in mode both, with the facts as metadata', async () => {
    const { report, stored } = await scene()
    const server = await startServer(created)

    const { code, out } = await report('green.xml', '--submit', '--api-url', server.url, '--project', 'shop')

    expect(code).toBe(0)
    expect(out).toMatch(/\n {7}sent {4}created as /)
    expect(server.received.map(({ body }) => JSON.parse(String(body)).metadata.project)).toEqual(['shop'])
    expect(JSON.parse(String(server.received[0]?.body)).xml_content).toBe(readFileSync(stored()[0] ?? '', 'utf8'))
  })

  it('keeps a report that could not be sent, and exits with 1 only under --strict', async () => {
    const { report, stored } = await scene()
    const server = await startServer(json(422, { error: 'not this one' }))

    const kept = await report('green.xml', '--submit', '--api-url', server.url)
    const strict = await report('red.xml', '--submit', '--api-url', server.url, '--strict')

    expect(kept).toMatchObject({ code: 0, err: expect.stringContaining('jux publish') })
    expect(strict.code).toBe(1)
    expect(stored().length).toBe(2)
  })

  it('stores a report although the settings of the submission are wrong', async () => {
    const { report, stored } = await scene()

    const { code, err } = await report('green.xml', '--submit', '--api-url', NO_SERVER, '--ca-file', 'none.pem')

    expect({ code, stored: stored().length }).toEqual({ code: 0, stored: 1 })
    expect(err).toContain('not submitted: ')
  })

  it('queues a report in mode cache', async () => {
    const { cwd, report } = await scene()

    const { code, out } = await report(
      'green.xml',
      '--storage-mode',
      'cache',
      '--api-url',
      NO_SERVER,
      '--max-retries',
      '0',
    )

    expect(code).toBe(0)
    expect(out).toContain('queued  store/queue/')
    expect(readdirSync(join(cwd, 'store', 'queue')).length).toBeGreaterThan(0)
  })

  it('shows with --dry-run what would be sent, and stores and sends nothing', async () => {
    const { report, stored } = await scene()
    const server = await startServer(created)

    const { code, out } = await report('green.xml', '--submit', '--dry-run', '--api-url', server.url)

    expect({ code, received: server.received.length, stored: stored() }).toEqual({ code: 0, received: 0, stored: [] })
    expect(out).toContain(server.url)
  })
})
