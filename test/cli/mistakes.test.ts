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

describe('a mistake', () => {
  it.each([
    ['a report that is not there', ['inspect', 'none.xml'], 'there is no file none.xml', 'jux cache list'],
    ['a folder in place of a report', ['inspect', 'folder'], 'folder is a folder, not a file', ''],
    ['a folder in place of a key', ['sign', 'report.xml', '--key', 'folder'], 'is a folder, not a private key', ''],
    [
      'a private key to verify with',
      ['verify', 'report.xml', '--public-key', 'key.pem'],
      'private key',
      '-pubout -out',
    ],
    ['a public key as certificate', ['verify', 'report.xml', '--cert', 'key.pub.pem'], 'public key', 'as --public-key'],
    ['a key as folder of keys', ['verify', 'report.xml', '--trust', 'key.pub.pem'], 'it is a file', '--public-key'],
    ['a folder in place of a configuration', ['config', 'view', 'folder'], 'is a folder, not a file', ''],
    ['a folder to write a configuration to', ['config', 'init', '--path', 'folder'], 'it is a folder', '--path FILE'],
  ])('with %s says what is there, and what to do', async (_, argv, message, suggestion) => {
    const { jux } = await place()

    const { code, err, out } = await jux(argv)

    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/^error {2}/)
    expect(err).toContain(message)
    expect(err).toContain(suggestion)
  })

  it('names the same file in the line that replaces a configuration', async () => {
    const { cwd, jux } = await place()
    await jux(['config', 'init', '--path', 'my jux.conf'])

    const { code, err } = await jux(['config', 'init', '--path', 'my jux.conf'])

    expect(code).toBe(1)
    expect(err).toContain(`jux config init --path '${join(cwd, 'my jux.conf')}' --force`)
  })

  it.each([['inspect'], ['sign', '--key', 'key.pem']])(
    'with nothing to read is told apart from a bad report: %s',
    async (...argv) => {
      const { jux } = await place()

      const { code, err } = await jux(argv, '')

      expect(code).toBe(1)
      expect(err).toContain('error  no report is named, and standard input is empty\n  try  name the report')
    },
  )

  it.each([
    [['inspect'], 'no report is named'],
    [['publish'], 'either one report or --queue is needed'],
    [['publish', 'report.xml', '--queue'], 'either one report or --queue is needed'],
    [['publish', 'report.xml', '--file', 'report.xml'], 'either one report or --queue is needed'],
    [['cache', 'clean', '--days', 'x'], 'It must be a whole number'],
  ])('on the command line is exit code 64: %j', async (argv, message) => {
    const { jux } = await place()

    const { code, err, out } = await jux(argv)

    expect({ code, out }).toEqual({ code: 64, out: '' })
    expect(err).toContain(message)
    expect(err).toContain(`(run "jux ${argv[0]}`)
  })
})

describe('jux publish REPORT', () => {
  it('is the same as with --file', async () => {
    const { jux } = await place()

    const [named, flagged] = [
      await jux(['publish', 'report.xml', '-n']),
      await jux(['publish', '-f', 'report.xml', '-n']),
    ]

    expect(named).toEqual(flagged)
    expect(named.code).toBe(0)
  })
})
