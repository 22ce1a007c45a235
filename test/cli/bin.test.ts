import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url))
const REPORT = '<testsuites><testsuite name="s"><testcase name="t"/></testsuite></testsuites>'

describe('the jux executable', () => {
  it('exits with 1 when standard output cannot be written', () => {
    if (!existsSync('/dev/full')) {
      console.log('did not run: /dev/full not found')
      return
    }
    const full = openSync('/dev/full', 'w')
    const result = spawnSync(process.execPath, [BIN, 'inspect'], { input: REPORT, stdio: ['pipe', full, 'pipe'] })
    closeSync(full)

    expect(result.status).toBe(1)
    expect(result.stderr.toString()).toMatch(/^error {2}cannot write to standard output: ENOSPC.*\n$/)
  })

  it('exits with 64 for an unknown command, and with 0 for --help', () => {
    const unknown = spawnSync(process.execPath, [BIN, 'unknown'], { encoding: 'utf8' })
    const help = spawnSync(process.execPath, [BIN, 'verify', '--help'], { encoding: 'utf8' })

    expect([unknown.status, help.status]).toEqual([64, 0])
    expect(help.stdout).toContain('--public-key')
  })

  it('shows with JUX_DEBUG=1 the places in the source where an error comes from', () => {
    const { stderr } = spawnSync(process.execPath, [BIN, 'inspect', 'does-not-exist.xml'], {
      encoding: 'utf8',
      env: { ...process.env, JUX_DEBUG: '1' },
    })

    expect(stderr).toMatch(/at .*\/src\/cli\/files\.ts:\d+:\d+/)
    expect(stderr).not.toContain('/dist/')
  })
})
