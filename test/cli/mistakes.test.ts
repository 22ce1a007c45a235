import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runJux } from '../support/cli.js'
import { temporaryFolder } from '../support/folders.js'

const REPORT = '<testsuites><testsuite name="s"><testcase name="t"/></testsuite></testsuites>'

/** A folder with a report, a key pair and an empty folder, and a way to call `jux` in it. */
async function place() {
  const cwd = temporaryFolder()
  const system = { cwd, homeDir: cwd, dataDir: join(cwd, 'data') }
  const jux = (argv: readonly string[], stdin: string | undefined = undefined) =>
    runJux(argv, { system, ...(stdin === undefined ? {} : { stdin }) })
  mkdirSync(join(cwd, 'folder'))
  writeFileSync(join(cwd, 'report.xml'), REPORT)
  await jux(['keygen', '--type', 'ecdsa', '--output', 'key.pem'])
  return { cwd, jux }
}

describe('the error message of jux', () => {
  it.each([
    ['a report that does not exist', ['inspect', 'none.xml'], 'file not found: none.xml', 'ls .'],
    ['a folder instead of a report', ['inspect', 'folder'], 'folder is a folder, not a file', ''],
    ['a folder instead of a key', ['sign', 'report.xml', '--key', 'folder'], 'it is a folder, not a file', ''],
    [
      'a private key as --public-key',
      ['verify', 'report.xml', '--public-key', 'key.pem'],
      'private key',
      '-pubout -out',
    ],
    ['a public key as --cert', ['verify', 'report.xml', '--cert', 'key.pub.pem'], 'public key', '--public-key'],
    ['a key file as --trust', ['verify', 'report.xml', '--trust', 'key.pub.pem'], 'it is a file', '--public-key'],
    ['a folder instead of a configuration file', ['config', 'view', 'folder'], 'is a folder, not a file', ''],
    [
      'a folder as the path of a new configuration file',
      ['config', 'init', '--path', 'folder'],
      'it is a folder',
      'choose another --path',
    ],
  ])('names the problem and the cure for %s', async (_, argv, message, suggestion) => {
    const { jux } = await place()

    const { code, err, out } = await jux(argv)

    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/^error {2}/)
    expect(err).toContain(message)
    expect(err).toContain(suggestion)
  })

  it('suggests a command that replaces the same configuration file', async () => {
    const { cwd, jux } = await place()
    await jux(['config', 'init', '--path', 'my jux.conf'])

    const { code, err } = await jux(['config', 'init', '--path', 'my jux.conf'])

    expect(code).toBe(1)
    expect(err).toContain(`jux config init --path '${join(cwd, 'my jux.conf')}' --force`)
  })

  it.each([['inspect'], ['sign', '--key', 'key.pem']])(
    'says that standard input is empty for the command %s',
    async (...argv) => {
      const { jux } = await place()

      const { code, err } = await jux(argv, '')

      expect(code).toBe(1)
      expect(err).toContain('error  no report given, and standard input is empty\n  try  npx jux inspect report.xml')
    },
  )

  it.each([
    [['inspect'], 'no report given'],
    [['publish'], 'npx jux publish --queue  # all reports in the queue'],
    [['publish', '--dry-run', '--json'], 'npx jux publish --queue --dry-run --json  #'],
    [['publish', 'report.xml', '--queue'], 'name either one report or --queue'],
    [['publish', 'report.xml', '--file', 'report.xml'], 'name either one report or --queue'],
    [['cache', 'clean', '--days', 'x'], 'It must be a whole number'],
  ])('comes with exit code 64 and names the help for the arguments %j', async (argv, message) => {
    const { jux } = await place()

    const { code, err, out } = await jux(argv)

    expect({ code, out }).toEqual({ code: 64, out: '' })
    expect(err).toContain(message)
    expect(err).toContain(`(run "jux ${argv[0]}`)
  })
})
