import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readInputFile } from '../../src/input-file.js'
import { MAX_REPORT_BYTES } from '../../src/limits.js'
import { runJux } from '../support/cli.js'
import { temporaryFolder } from '../support/folders.js'
import { newKeyPair, privatePem, publicPem, writeSecret } from '../support/keys.js'

const REPORT = '<testsuites name="r"><testsuite name="s"><testcase name="t"/></testsuite></testsuites>'
const keys = newKeyPair('P-256')

/** A folder with a report, its signature and keys, and the things that are not files. */
async function folderOfOddities(): Promise<string> {
  const cwd = realpathSync(temporaryFolder())
  writeFileSync(join(cwd, 'report.xml'), REPORT)
  writeSecret(cwd, 'key.pem', privatePem(keys))
  writeFileSync(join(cwd, 'key.pub.pem'), publicPem(keys))
  execFileSync('mkfifo', [join(cwd, 'pipe')])
  mkdirSync(join(cwd, 'folder'))
  const server = createServer().listen(join(cwd, 'socket'))
  onTestFinished(() => void server.close())
  await new Promise((done) => server.once('listening', done))
  return cwd
}

/** A shell that has the output of a command as descriptor 3, and says so. It ends when its input ends. */
function shellWithPipe(command: string) {
  const child = spawn('bash', ['-c', `exec 3< <(${command}); echo ready; read -t 5`], { stdio: 'pipe' })
  onTestFinished(() => void child.stdin.destroy())
  return child
}

const ODDITIES = [
  ['a named pipe', 'pipe', 'named pipe, not a file'],
  ['a socket', 'socket', 'socket, not a file'],
  ['a folder', 'folder', 'folder, not a file'],
  ['a device', '/dev/zero', 'device, not a file'],
] as const

describe.skipIf(process.platform === 'win32')('a path that is not a file', () => {
  it.each(ODDITIES)(
    'is refused at once as a report, a key, a certificate and a trusted key: %s',
    async (_, path, what) => {
      const cwd = await folderOfOddities()
      const world = { system: { cwd, homeDir: cwd } }
      const commands = [
        ['inspect', path],
        ['sign', 'report.xml', '--key', path],
        ['sign', 'report.xml', '--key', 'key.pem', '--cert', path],
        ['verify', 'report.xml', '--cert', path],
        ['verify', 'report.xml', '--public-key', path],
        ['verify', 'report.xml', '--ca', path],
      ]
      for (const command of commands) {
        const { code, err } = await runJux(command, world)

        expect([code, err.includes(what)], `${command.join(' ')}: ${err}`).toEqual([1, true])
      }
    },
  )

  it('is refused at once in a folder of trusted keys', async () => {
    const cwd = await folderOfOddities()
    execFileSync('mkfifo', [join(cwd, 'folder', 'a.pem')])

    const { code, err } = await runJux(['verify', 'report.xml', '--trust', 'folder'], { system: { cwd, homeDir: cwd } })

    expect([code, err.includes('a.pem cannot be read: it is a named pipe')], err).toEqual([1, true])
  })

  it('is refused as a link to a terminal or a device', async () => {
    const cwd = await folderOfOddities()
    symlinkSync('/dev/zero', join(cwd, 'zero.xml'))

    expect((await runJux(['inspect', 'zero.xml'], { system: { cwd } })).err).toContain('zero.xml is a device')
  })
})

// The pipe of another process is named only in /proc.
describe.skipIf(process.platform !== 'linux')('readInputFile', () => {
  it('reads a pipe that a shell passes, when its writer ends', async () => {
    const child = shellWithPipe('printf a; sleep 0.1; printf b')
    await once(child.stdout, 'data')

    const { bytes } = await readInputFile(`/proc/${child.pid}/fd/3`, 100)

    expect(bytes.toString()).toBe('ab')
  })

  it('refuses a passed pipe that does not end in time', async () => {
    const child = shellWithPipe('printf a; sleep 1')
    await once(child.stdout, 'data')

    await expect(readInputFile(`/proc/${child.pid}/fd/3`, 100, 200)).rejects.toThrow('did not end within 0.2 seconds')
  })
})

describe.skipIf(process.platform === 'win32')('jux sign --output', () => {
  it.each([
    ['that exists', true],
    ['that does not exist', false],
  ])('keeps a symbolic link and writes its target %s', async (_, exists) => {
    const cwd = await folderOfOddities()
    const target = join(cwd, 'folder', 'target.xml')
    writeFileSync(target, 'old', { mode: 0o640 })
    if (!exists) rmSync(target)
    symlinkSync('folder/target.xml', join(cwd, 'link.xml'))

    const { code, err } = await runJux(['sign', 'report.xml', '--key', 'key.pem', '--output', 'link.xml'], {
      system: { cwd, homeDir: cwd },
    })

    expect(code, err).toBe(0)
    expect(readlinkSync(join(cwd, 'link.xml'))).toBe('folder/target.xml')
    expect(readFileSync(target, 'utf8')).toContain('<ds:Signature')
    if (exists) expect(lstatSync(target).mode & 0o777).toBe(0o640)
  })
})

describe('the FILE argument', () => {
  it('suggests jux cache list only for a name that looks like a content hash', async () => {
    const cwd = temporaryFolder()
    const errorFor = async (name: string) => (await runJux(['inspect', name], { system: { cwd } })).err

    expect(await errorFor('deadbeef01')).toContain('npx jux cache list')
    expect(await errorFor('reprot.xml')).not.toContain('cache list')
  })

  it.each([
    ['{"tests": 1}', 'looks like JSON'],
    ['  [1]', 'looks like JSON'],
    ['TAP version 13\n', 'not XML'],
  ])('is refused for a file that is not XML, which the message says: %j', async (text, message) => {
    const { code, err } = await runJux(['inspect', '-'], { stdin: text })

    expect([code, err.includes(message)], err).toEqual([1, true])
  })
})

describe('a report of more than 500 MiB', () => {
  it('is refused as too large', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'large.xml'), REPORT)
    truncateSync(join(cwd, 'large.xml'), MAX_REPORT_BYTES + 1)
    const { code, err } = await runJux(['inspect', 'large.xml'], { system: { cwd, homeDir: cwd } })

    expect(code).not.toBe(0)
    expect(err).toContain('too-large')
  })
})
