import { chmodSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageVersion } from '../../src/version.js'
import { PROTOCOL } from '../../src/witness/protocol.js'
import { runJux } from '../support/cli.js'
import { temporaryFolder } from '../support/folders.js'
import { newKeyPair, privatePem, writeSecret } from '../support/keys.js'
import { aModule, aRun, aTest } from '../support/runs.js'
import { fixedSystem } from '../support/system.js'

const { modules: _, ...RUN } = aRun()
const MODULE = aModule({ file: 'a.test.ts', tests: [aTest({ title: 'adds' })] })

/** A program that speaks as a reporter does, and says what it was given. */
const REPORTER = `#!${process.execPath}
const fs = require('node:fs')
const [token, path] = process.env.JUX_WITNESS?.split(/@(.*)/s) ?? []
fs.writeFileSync('arguments.json', JSON.stringify(process.argv.slice(2)))
fs.writeFileSync(process.env.JUX_RUN + '/started', '')
const socket = require('node:net').connect(path)
const say = (message) => socket.write(JSON.stringify(message) + '\\n')
say({ type: 'hello', protocol: Number(process.env.SPEAKS ?? ${PROTOCOL}), version: '${packageVersion()}', token,
  runner: { name: 'vitest', version: '4.1.12' }, folder: process.cwd(), cwd: process.cwd(), nodeVersion: '20.19.0',
  options: {}, functions: [], variables: {}, secrets: [], watch: false })
socket.on('data', (bytes) => {
  if (String(bytes).includes('welcome'))
    say({ type: 'run', run: ${JSON.stringify(RUN)}, modules: [{ module: ${JSON.stringify(MODULE)} }], results: {} })
  else {
    socket.destroy()
    process.exitCode = Number(process.env.ENDS ?? 0)
  }
})
`

/** Runs \`jux run\` in a project where the program above is the test runner Vitest. */
async function scene() {
  const cwd = temporaryFolder()
  const bin = join(cwd, 'node_modules', '.bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'vitest'), REPORTER)
  chmodSync(join(bin, 'vitest'), 0o755)
  const store = join(cwd, 'store')
  const jux = (argv: readonly string[], env: Record<string, string> = {}, parts: object = {}) =>
    runJux(['run', ...argv], {
      system: {
        cwd,
        homeDir: cwd,
        env: { PATH: process.env.PATH ?? '', JUX_STORAGE_PATH: store, ...env },
        after: fixedSystem().after,
        ...parts,
      },
    })
  const folder = join(store, 'reports')
  return {
    cwd,
    jux,
    reports: () =>
      (existsSync(folder) ? readdirSync(folder) : []).map((name) => readFileSync(join(folder, name), 'utf8')),
    given: (): unknown => JSON.parse(readFileSync(join(cwd, 'arguments.json'), 'utf8')),
  }
}

describe('jux run', () => {
  it('makes the report of the results that its command hands over, and takes its own flags out of its words', async () => {
    const { jux, reports, given } = await scene()

    const { code } = await jux(['--', 'vitest', 'run', '--jux-project', 'shop', '--no-jux-strict', 'src'])

    expect([code, given()]).toEqual([0, ['run', 'src']])
    expect(reports()).toEqual([expect.stringContaining('<property name="project" value="shop">')])
    expect(reports()[0]).toContain('<property name="jux:exit_code" value="0">')
  })

  it('ends with the exit code of its command, which makes the green run an error', async () => {
    const { jux, reports } = await scene()

    expect((await jux(['--', 'vitest', 'run'], { ENDS: '4' })).code).toBe(4)
    expect(reports()[0]).toContain('<property name="jux:outcome" value="error">')
  })

  it('reads its key from a descriptor, and signs with it', async () => {
    const { cwd, jux, reports } = await scene()
    const descriptor = openSync(writeSecret(cwd, 'key.pem', privatePem(newKeyPair('P-256'))), 'r')

    expect((await jux(['--key-fd', String(descriptor), '--', 'vitest'])).code).toBe(0)
    expect(reports()[0]).toContain('<ds:SignatureValue>')
  })

  it.each(['x', '9999', '-1'])('refuses the descriptor %s, with a line that works', async (descriptor) => {
    const { jux, reports } = await scene()

    const { code, err } = await jux([`--key-fd=${descriptor}`, '--', 'vitest'])

    expect([code, reports()]).toEqual([1, []])
    expect(err).toContain(`the private key cannot be read from the file descriptor ${descriptor}: `)
    expect(err).toContain('npx jux run --key-fd 0 -- npm test < key.pem')
  })

  it('under strict fails without a report, if the reporter was refused or none has started', async () => {
    const { jux } = await scene()

    const refused = await jux(['--strict', '--', 'vitest'], { SPEAKS: '0' })
    const none = await jux(['--strict', '--', process.execPath, '-e', ''])
    const lenient = await jux(['--', 'vitest'], { SPEAKS: '0' })

    expect([refused.code, none.code, lenient.code]).toEqual([1, 1, 0])
    expect(refused.err).toContain('a reporter has started, but its results have not arrived')
    expect(none.err).toContain('no report: no reporter of jux-reporter has started')
  })

  it('under strict fails with the error of its report', async () => {
    const { cwd, jux } = await scene()
    writeFileSync(join(cwd, 'store'), 'no folder')

    const { code, err } = await jux(['--strict', '--', 'vitest'])

    expect(code).toBe(1)
    expect(err).toMatch(/store/)
  })

  it('listens to nobody if it is disabled, or if another jux run has started it', async () => {
    const { jux, reports } = await scene()
    const show = [process.execPath, '-e', 'process.exitCode = process.env.JUX_WITNESS === undefined ? 0 : 9']
    const outer = `${'0'.repeat(32)}@/nobody`

    expect((await jux(['--no-enabled', '--', ...show])).code).toBe(0)
    expect((await jux(['--', ...show], { JUX_WITNESS: outer })).code).toBe(9)
    expect(reports()).toEqual([])
  })

  it('ends with 128 and the number of the signal that ended its command', async () => {
    const { jux } = await scene()

    expect((await jux(['--', process.execPath, '-e', "process.kill(process.pid, 'SIGTERM')"])).code).toBe(143)
  })

  it('names a program that does not exist, and one that cannot be run', async () => {
    const { cwd, jux } = await scene()
    writeFileSync(join(cwd, 'plain.txt'), 'no program')

    const [none, plain] = [await jux(['--', 'no-such-program']), await jux(['--', './plain.txt'])]

    expect([none.code, plain.code]).toEqual([127, 126])
    expect(none.err).toContain('there is no program no-such-program')
    expect(plain.err).toContain('./plain.txt cannot be run (EACCES)')
  })

  it('refuses an account that there is none of, before it starts the command', async () => {
    const { jux } = await scene()

    const { code, err } = await jux(['--user', 'nobody-here', '--', 'vitest'], {}, { uid: 0 })

    expect(code).toBe(1)
    expect(err).toContain('there is no account nobody-here')
  })

  it.each([
    [['--jux-projekt', 'a'], "unknown option '--jux-projekt'\n(Did you mean --jux-project?)"],
    [
      ['--jux-submit=yes'],
      "option '--jux-submit' takes no value\n(Write --jux-submit, or --no-jux-submit for the opposite.)",
    ],
    [['--jux-key-passphrase'], 'all users of a machine can read command lines'],
    [['--jux-xml-path'], 'reports have their content hash as name'],
  ])('refuses %j among the words of a test runner', async (words, message) => {
    const { jux, reports } = await scene()

    const { code, err } = await jux(['--', 'vitest', 'run', ...words])

    expect([code, reports()]).toEqual([64, []])
    expect(err).toContain(message)
  })

  it('takes every spelling of pytest-jux, and the last one counts', async () => {
    const { jux, reports } = await scene()

    await jux(['--jux-project-name', 'a', '--project', 'b', '--jux-no-strict', '--', 'vitest'])

    expect(reports()[0]).toContain('<property name="project" value="b">')
  })
})
