import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
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
  it('gives its flags to the child as variables, over those that were there in any spelling', async () => {
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
    }).done

    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual({
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

  it('passes arguments on untouched, without a shell', async () => {
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

  it("passes standard streams and the child's exit code through", async () => {
    const { child, done } = jux([
      'run',
      '--',
      process.execPath,
      '-e',
      'process.stdin.pipe(process.stderr).on("finish", () => {}); process.stdin.on("end", () => process.exit(7))',
    ])
    child.stdin.end('from outside')

    expect(await done).toMatchObject({ code: 7, err: 'from outside' })
  })

  it('passes a signal on, and says like a shell that the child died of it', async () => {
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

  it('refuses a bad value before anything is started', async () => {
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

  it('says that there is no such program', async () => {
    const { code, err } = await jux(['run', '--', join(temporaryFolder(), 'nothing')]).done

    expect(code).toBe(127)
    expect(err).toContain('there is no program')
  })

  it('has no flag for a secret', async () => {
    expect((await jux(['run', '--api-key', 'x', '--', process.execPath, '-e', '']).done).code).toBe(64)
  })
})
