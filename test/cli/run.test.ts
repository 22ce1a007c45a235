import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runJux } from '../support/cli.js'
import { temporaryFolder } from '../support/folders.js'

const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url))

/** Starts the built command, as a user does. */
function jux(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const home = temporaryFolder()
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: home,
    env: { PATH: process.env.PATH, HOME: home, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const done = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, out, err }))
  })
  return { child, done, output: () => out }
}

const SHOW =
  'console.log(JSON.stringify(Object.fromEntries(Object.entries(process.env).filter(([k]) => k.startsWith("JUX_")))))'

describe('jux run', () => {
  it('passes its flags to the child as variables, which replace those of any spelling', async () => {
    const flags = [
      '--submit',
      '--dry-run',
      '--verbose',
      '--project',
      'shop',
      '--storage-mode',
      'both',
      '--no-gzip',
      '--api-timeout',
      '10s',
    ]

    const { out, code } = await jux(['run', ...flags, '--', process.execPath, '-e', SHOW], {
      JUX_PROJECT_NAME: 'other',
      JUX_SUBMIT_TIMEOUT: '99',
      JUX_TAGS: 'kept',
      // Secrets are not for the command.
      JUX_KEY_PASSPHRASE: 'words',
      JUX_SCRUB_VALUES: 'hidden',
    }).done

    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual({
      JUX_RUN: expect.stringContaining('jux-command-'),
      JUX_WITNESS: expect.stringMatching(/^[0-9a-f]{32}@.*jux-command-.*witness$/),
      JUX_RUN_FLAGS: expect.stringMatching(/^JUX_SUBMIT,JUX_DRY_RUN,.*JUX_API_TIMEOUT$/),
      JUX_SUBMIT: 'true',
      JUX_DRY_RUN: 'true',
      JUX_VERBOSE: 'true',
      JUX_PROJECT: 'shop',
      JUX_STORAGE_MODE: 'both',
      JUX_GZIP: 'false',
      JUX_API_TIMEOUT: '10s',
      JUX_TAGS: 'kept',
    })
  })

  it('passes the arguments of the command unchanged, without a shell', async () => {
    const words = ['a b', '$HOME', '*', '--project', '; echo no']

    const { out } = await jux([
      'run',
      '--',
      process.execPath,
      '-e',
      'console.log(JSON.stringify(process.argv.slice(1)))',
      '--',
      ...words,
    ]).done

    expect(JSON.parse(out)).toEqual(words)
  })

  it("passes the standard streams and the child's exit code through", async () => {
    const { child, done } = jux([
      'run',
      '--',
      process.execPath,
      '-e',
      'process.stdin.pipe(process.stderr).on("finish", () => {}); process.stdin.on("end", () => process.exit(7))',
    ])
    child.stdin.end('from outside')

    expect(await done).toMatchObject({ code: 7, err: expect.stringMatching(/^from outside/) })
  })

  it('passes a signal on, and exits with 128 and the number of the signal, as a shell does', async () => {
    const { child, done, output } = jux([
      'run',
      '--',
      process.execPath,
      '-e',
      'console.log("up"); setInterval(() => {}, 1000)',
    ])
    while (!output().includes('up')) await new Promise((resolve) => setTimeout(resolve, 20))
    child.kill('SIGTERM')

    expect((await done).code).toBe(128 + 15)
  })

  it('exits with 64 for a wrong value of a flag, before it starts the command', async () => {
    const { code, err, out } = await jux([
      'run',
      '--storage-mode',
      'lokal',
      '--',
      process.execPath,
      '-e',
      'console.log("ran")',
    ]).done

    expect({ code, out }).toEqual({ code: 64, out: '' })
    expect(err).toContain('--storage-mode must be local, api, both or cache, not "lokal"')
  })

  it('exits with 127 if there is no such program', async () => {
    const { code, err } = await jux(['run', '--', join(temporaryFolder(), 'nothing')]).done

    expect(code).toBe(127)
    expect(err).toContain('there is no program')
  })

  it('has no flag for a secret, and exits with 64', async () => {
    expect((await jux(['run', '--api-key', 'x', '--', process.execPath, '-e', '']).done).code).toBe(64)
  })
})

describe('jux run, started inside the test process,', () => {
  /** Runs the command in this process, in a folder of its own; the child writes its environment to a file there. */
  async function start(flags: readonly string[], env: Record<string, string> = {}) {
    const cwd = temporaryFolder()
    const file = join(cwd, 'environment.json')
    const script = 'require("node:fs").writeFileSync(process.argv[1], JSON.stringify(process.env))'
    const system = { cwd, env: { PATH: '/usr/bin', ...env } }
    const { code, err } = await runJux(['run', ...flags, '--', process.execPath, '-e', script, file], { system })
    return { cwd, code, err, env: code === 0 ? JSON.parse(readFileSync(file, 'utf8')) : undefined }
  }

  it('finds the programs of the project first, then those of the folders above it, then all others', async () => {
    const { cwd, env } = await start([])

    const folders = env.PATH.split(delimiter)
    expect(folders.slice(0, 2)).toEqual([join(cwd, 'node_modules', '.bin'), join(cwd, '..', 'node_modules', '.bin')])
    expect(folders.at(-1)).toBe('/usr/bin')
  })

  it('removes other spellings of a setting from the environment of the command', async () => {
    const { env } = await start(['--sign', '--api-timeout', '5'], { JUX_NO_SIGN: '1', JUX_SUBMIT_TIMEOUT: '9' })

    expect(env).toMatchObject({ JUX_SIGN: 'true', JUX_API_TIMEOUT: '5' })
    expect(Object.keys(env).filter((name) => /^JUX_(?:NO_SIGN|SUBMIT_TIMEOUT)$/.test(name))).toEqual([])
  })

  it.each([
    [['--jux-submit', '--jux-project=shop'], { JUX_SUBMIT: 'true', JUX_PROJECT: 'shop' }],
    [['--jux-dry-run', '--jux-verbose'], { JUX_DRY_RUN: 'true', JUX_VERBOSE: 'true' }],
    [['--jux-api-url', 'https://jux.example.com'], { JUX_API_URL: 'https://jux.example.com' }],
    [['--jux-sign', '--jux-key', 'k.pem', '--cert', 'c.pem'], { JUX_KEY_PATH: 'k.pem', JUX_CERT_PATH: 'c.pem' }],
    [['--key', 'k.pem'], { JUX_KEY_PATH: 'k.pem' }],
    [['--jux-private-key=k.pem', '--jux-storage-mode', 'local'], { JUX_KEY_PATH: 'k.pem', JUX_STORAGE_MODE: 'local' }],
    [['--jux-submit-timeout', '60', '--jux-submit-retries=5'], { JUX_API_TIMEOUT: '60', JUX_API_MAX_RETRIES: '5' }],
    [['--submit', '--no-jux-submit'], { JUX_SUBMIT: 'false' }],
    [['--jux-no-sign', '--no-jux-gzip'], { JUX_SIGN: 'false', JUX_GZIP: 'false' }],
  ])('accepts the spellings of pytest-jux: %s', async (flags, variables) => {
    expect((await start(flags)).env).toMatchObject(variables)
  })

  it.each([
    [['--jux-submt'], "unknown option '--jux-submt'\n(Did you mean --jux-submit?)"],
    [['--sumbit'], "unknown option '--sumbit'\n(Did you mean --submit?)"],
    [['--jux-xml-path=out.xml'], 'write --storage-path reports'],
    [['--jux-api-key', 'secret'], 'export JUX_API_KEY'],
  ])('refuses %s with what to write instead, and exits with 64', async (flags, message) => {
    const { code, err } = await start(flags)

    expect({ code, err }).toEqual({ code: 64, err: expect.stringContaining(message) })
    expect(err).not.toContain('secret')
  })

  it('lists only the plain spelling of each flag in its help, and says in one line that there are others', async () => {
    const { out } = await runJux(['run', '--help'])

    expect(out.match(/--\S*jux-\S*/g)).toEqual(['--jux-submit,', '--jux-project', '--no-jux-strict.'])
  })

  it('says that no reporter has started, and exits with 1 for it only under strict', async () => {
    const lax = await start([])
    const strict = await start(['--strict'])
    const off = await start(['--no-enabled', '--strict'])

    expect([lax.code, strict.code, off.code]).toEqual([0, 1, 0])
    expect(lax.err).toMatch(/^ {2}jux {2}no report: no reporter of jux-reporter has started; add .+\n$/)
    expect(strict.err).toBe(lax.err)
    expect(off.err).toBe('')
  })

  it.each([
    ['vitest.config.ts', '', "write test: { reporters: ['default', 'jux-reporter/vitest'] } in vitest.config.ts"],
    ['jest.config.cjs', '', "write reporters: ['default', 'jux-reporter/jest'] in jest.config.cjs"],
    ['jest.config.json', '{}', 'write "reporters": ["default", "jux-reporter/jest"] in jest.config.json'],
    [
      'package.json',
      '{"devDependencies":{"jest":"30"}}',
      'write "jest": { "reporters": ["default", "jux-reporter/jest"] } in package.json',
    ],
    [
      'package.json',
      '{"devDependencies":{"vitest":"4"}}',
      "write export default { test: { reporters: ['default', 'jux-reporter/vitest'] } } in vitest.config.mjs",
    ],
    ['playwright.config.ts', '', "write reporter: [['list'], ['jux-reporter/playwright']] in playwright.config.ts"],
    [
      'package.json',
      '{"devDependencies":{"@playwright/test":"1"}}',
      "write export default { reporter: [['list'], ['jux-reporter/playwright']] } in playwright.config.mjs",
    ],
  ])('names the line to write in %s when no reporter has started', async (name, content, line) => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, name), content)

    const { err } = await runJux(['run', '--', process.execPath, '-e', ''], { system: { cwd } })

    expect(err).toBe(`  jux  no report: no reporter of jux-reporter has started; ${line}\n`)
  })

  it('starts no command when a flag is wrong', async () => {
    expect(await start(['--storage-mode', 'lokal'])).toMatchObject({ code: 64, env: undefined })
  })

  it.each([
    ['there is no such program', 'absent', 127, 'there is no program'],
    ['the file is not executable', 'data', 126, 'cannot be run (EACCES)'],
  ])('exits with its own code when %s', async (_, name, code, message) => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'data'), '', { mode: 0o644 })

    const result = await runJux(['run', '--', join(cwd, name)], { system: { cwd } })

    expect(result).toMatchObject({ code, err: expect.stringContaining(message) })
  })

  it.each([
    [[], 'npx jux run -- vitest run'],
    [['--submit'], 'npx jux run --submit -- vitest run'],
    [['--junit', 'x'], 'npx jux run --junit results.xml -- pytest --junitxml=results.xml'],
  ])('suggests a command that fits the flags %j if there is no such program', async (flags, example) => {
    const { err } = await runJux(['run', ...flags, '--', 'absent'], { system: { cwd: temporaryFolder() } })

    expect(err).toContain(`  try  ${example}  # the command comes after two dashes\n`)
  })

  it('exits with the code of the command, or with 128 and the number of the signal that ended it', async () => {
    const run = (script: string) =>
      runJux(['run', '--', process.execPath, '-e', script], { system: { cwd: temporaryFolder() } })

    expect((await run('process.exit(3)')).code).toBe(3)
    expect((await run('process.kill(process.pid, "SIGKILL")')).code).toBe(128 + 9)
  })

  it('removes its listeners for signals after the command', async () => {
    const before = process.listenerCount('SIGTERM')

    await start([])

    expect(process.listenerCount('SIGTERM')).toBe(before)
  })
})
