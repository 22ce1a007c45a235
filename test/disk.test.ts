import { spawnSync } from 'node:child_process'
import { chmodSync, closeSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createFile, makeFolders, persistently, syncDescriptor } from '../src/disk.js'
import { temporaryFolder } from './support/folders.js'

const DIST = fileURLToPath(new URL('../dist/', import.meta.url))
const CAN_CHANGE_USER = process.getuid?.() === 0
if (!CAN_CHANGE_USER) console.log('did not run: commands of a user without a home folder (needs root)')

/** A clock that only waiting moves. */
function patience(platform: NodeJS.Platform) {
  let nowMs = 0
  return {
    platform,
    monotonicMs: () => nowMs,
    wait: (ms: number) => {
      nowMs += ms
    },
    waited: () => nowMs,
  }
}

function heldFor(times: number, code: string) {
  let calls = 0
  return () => {
    calls += 1
    if (calls <= times) throw Object.assign(new Error(code), { code })
    return calls
  }
}

describe('persistently', () => {
  it.each(['EPERM', 'EACCES', 'EBUSY'])('repeats an operation that ends with %s on Windows', (code) => {
    expect(persistently(heldFor(3, code), patience('win32'))).toBe(4)
  })

  it('gives up after 3 seconds, with the error of the operation', () => {
    const clock = patience('win32')
    expect(() => persistently(heldFor(Infinity, 'EPERM'), clock)).toThrow('EPERM')
    expect(clock.waited()).toBe(3_000)
  })

  it('does not wait on other platforms, nor for other errors', () => {
    expect(() => persistently(heldFor(1, 'EPERM'), patience('linux'))).toThrow('EPERM')
    expect(() => persistently(heldFor(1, 'ENOENT'), patience('win32'))).toThrow('ENOENT')
  })
})

describe('jux keygen', () => {
  it.skipIf(process.platform === 'win32')('writes a key that its owner can read, whatever the umask is', () => {
    const cwd = temporaryFolder()
    const bin = join(DIST, 'cli', 'bin.js')
    const line = 'umask 777; exec "$0" "$1" keygen --type ecdsa --output a/key.pem'
    const { status } = spawnSync('sh', ['-c', line, process.execPath, bin], { cwd, env: { HOME: cwd } })
    expect([status, statSync(join(cwd, 'a', 'key.pem')).mode & 0o777]).toEqual([0, 0o600])
    expect(readdirSync(join(cwd, 'a')).length).toBe(2)
  })
})

describe.skipIf(!CAN_CHANGE_USER)('a user without HOME and passwd entry', () => {
  const run = (argv: readonly string[], env: NodeJS.ProcessEnv = {}) => {
    const cwd = temporaryFolder()
    chmodSync(cwd, 0o755)
    const bin = join(DIST, 'cli', 'bin.js')
    return spawnSync(process.execPath, [bin, ...argv], { cwd, env, uid: 12_345, gid: 12_345, encoding: 'utf8' })
  }

  it('can verify with a named key', () => {
    expect(run(['verify', '--public-key', 'k.pem', 'x.xml']).stderr).toContain('KEY_NOT_FOUND')
  })

  it.each([{}, { HOME: '' }])('is told to name a folder for reports (environment %j)', (env) => {
    const { status, stderr } = run(['cache', 'list'], env)
    expect([status, stderr]).toEqual([1, expect.stringContaining('STORAGE_NOT_FOUND')])
    expect(stderr).toContain('export JUX_STORAGE_PATH=')
  })
})

describe('createFile and makeFolders', () => {
  it.skipIf(process.platform === 'win32')(
    'leave the owner every right that was asked for, whatever the umask is',
    () => {
      const folder = temporaryFolder()
      const umask = process.umask(0o777)
      try {
        expect(makeFolders(join(folder, 'a', 'b'), 0o700)).toEqual([join(folder, 'a'), join(folder, 'a', 'b')])
        closeSync(createFile(join(folder, 'a', 'b', 'file'), 0o600))
      } finally {
        process.umask(umask)
      }
      const modes = ['a', 'a/b', 'a/b/file'].map((name) => statSync(join(folder, name)).mode & 0o777)
      expect(modes).toEqual([0o700, 0o700, 0o600])
      expect(makeFolders(join(folder, 'a'), 0o700)).toEqual([])
    },
  )

  it('name the folder that cannot be created', () => {
    const file = join(temporaryFolder(), 'file')
    closeSync(createFile(file, 0o600))

    expect(() => makeFolders(join(file, 'a'), 0o700)).toThrow(expect.objectContaining({ path: file }))
  })
})

describe('syncDescriptor', () => {
  it('throws what the system says of a descriptor that is not open', () => {
    expect(() => syncDescriptor(2 ** 20)).toThrow(expect.objectContaining({ code: 'EBADF' }))
  })
})
