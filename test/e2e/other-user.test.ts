import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/folders.js'
import { newKeyPair, privatePem, writeSecret } from '../support/keys.js'

const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url))
const NOBODY = 65_534
const AS_ROOT = process.getuid?.() === 0

if (!AS_ROOT) console.log('did not run: commands as another user (needs root)')

/** Runs a command as a user without rights, in a folder that belongs to root. */
function asNobody(cwd: string, argv: readonly string[]) {
  chmodSync(cwd, 0o755)
  const env = {
    PATH: process.env.PATH,
    HOME: cwd,
    XDG_DATA_HOME: join(cwd, 'data'),
    XDG_CONFIG_HOME: join(cwd, 'config'),
  }
  return spawnSync(process.execPath, [BIN, ...argv], { cwd, env, uid: NOBODY, gid: NOBODY, encoding: 'utf8' })
}

describe.skipIf(!AS_ROOT)('jux as another user', () => {
  it('names the private key that it may not read, and how to keep it readable by its owner only', () => {
    const cwd = temporaryFolder()
    const key = writeSecret(cwd, 'key.pem', privatePem(newKeyPair('P-256')))
    writeFileSync(join(cwd, 'report.xml'), '<testsuites></testsuites>')

    const { status, stdout, stderr } = asNobody(cwd, ['sign', 'report.xml', '--key', key])

    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toContain('KEY_PERMISSION_DENIED')
    expect(stderr).toContain(key)
  })

  it('names the store that it may not read, instead of finding an empty queue', () => {
    const cwd = temporaryFolder()
    const store = join(cwd, 'store')
    mkdirSync(store, { mode: 0o700 })

    const { status, stderr } = asNobody(cwd, [
      'publish',
      '--queue',
      '--storage-path',
      store,
      '--api-url',
      'http://127.0.0.1:9',
    ])

    expect(status).toBe(1)
    expect(stderr).toContain('STORAGE_PERMISSION_DENIED')
    expect(readdirSync(store)).toEqual([])
  })
})
