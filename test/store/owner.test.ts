import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ownerState, ownOwner } from '../../src/store/owner.js'

const [, ownStart = '', place = ''] = ownOwner().split('-')
const hasProc = ownStart !== '0'
if (!hasProc) console.log('did not run: what needs the start of a process (no /proc)')

describe('ownerState', () => {
  it('is "alive" for this process', () => {
    expect(ownerState(ownOwner())).toBe(hasProc ? 'alive' : 'unknown')
  })

  it('is "gone" for a process that has ended', () => {
    const { pid } = spawnSync(process.execPath, ['-e', ''])

    expect(ownerState(`${pid}-1-${place}`)).toBe('gone')
  })

  it.skipIf(!hasProc)('is "gone" for a zombie process', async () => {
    // The shell becomes `sleep`, which does not know of its child and never waits for it.
    const parent = spawn('sh', ['-c', 'sh -c "echo \\$\\$; exit 0" & exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    try {
      const pid = await new Promise<string>((resolve) => {
        parent.stdout.setEncoding('utf8').once('data', (text: string) => resolve(text.trim()))
      })
      const stat = () => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      while (stat()[0] !== 'Z') await new Promise((resolve) => setTimeout(resolve, 10))

      expect(ownerState(`${pid}-${stat()[19]}-${place}`)).toBe('gone')
    } finally {
      parent.kill('SIGKILL')
    }
  })

  it.each([
    ['text that names no owner', 'somebody'],
    ['no text', ''],
    ['a process of another machine', `${process.pid}-${ownStart}-000000000000`],
    ['pid 0, which is a whole group', `0-1-${place}`],
    ['a process whose start could not be read', `${process.pid}-0-${place}`],
  ])('is "unknown" for %s', (_, owner) => {
    expect(ownerState(owner)).toBe('unknown')
  })

  it.skipIf(!hasProc)('is "gone" for an earlier process with the same pid', () => {
    expect(ownerState(`${process.pid}-1-${place}`)).toBe('gone')
  })
})
