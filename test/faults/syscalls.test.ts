import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openQueue } from '../../src/store/queue.js'
import { temporaryFolder } from '../support/folders.js'
import { hasTool } from '../support/tools.js'
import { acknowledged, checkStore, count, leftoversIn, repeat, STORE_PROGRAM, startNode } from './faults.js'

const STRACE = hasTool('strace')

/** The system calls that store a report, other than writes. */
const CALLS = ['fsync', 'rename', 'unlink'] as const

/** Stores one report under strace, with a fault at the n-th call of a kind. */
async function storeWithFault(base: string, name: string, mode: string, inject: string, syscall: string) {
  const home = join(base, name)
  mkdirSync(home)
  const root = join(home, 'store')
  const first = startNode([STORE_PROGRAM, root, '1', `${name}-earlier`, `{"storageMode":"${mode}"}`], home)
  await first.ended
  const wrapper = ['strace', '-f', '-qq', '-o', join(home, 'trace'), '-e', `trace=${syscall}`, '-e', `inject=${inject}`]
  const child = startNode([STORE_PROGRAM, root, '1', name, `{"storageMode":"${mode}"}`], home, {}, wrapper)
  const status = await child.ended
  return { root, status, earlier: acknowledged(first.output), hashes: acknowledged(child.output), output: child.output }
}

/**
 * Every call of the thread that stores a report, in order: strace counts per thread. Of its writes those to a report's
 * file, with one before and one after, as Node writes to pipes and event files too.
 */
async function callsOfTheStore(base: string, mode: string): Promise<{ syscall: string; when: number }[]> {
  const home = join(base, `calls-${mode}`)
  mkdirSync(home)
  const root = join(home, 'store')
  // The folders exist already, as they do when the fault is injected.
  await startNode([STORE_PROGRAM, root, '1', 'earlier', `{"storageMode":"${mode}"}`], home).ended
  const trace = join(home, 'trace')
  const wrapper = ['strace', '-f', '-qq', '-y', '-o', trace, '-e', `trace=write,${CALLS.join()}`]
  await startNode([STORE_PROGRAM, root, '1', 'traced', `{"storageMode":"${mode}"}`], home, {}, wrapper).ended
  // strace pads a short process id to a column of its own width.
  const lines = readFileSync(trace, 'utf8')
    .split('\n')
    .map((line) => line.replace(/^(\d+) +/, '$1 '))
  const thread = /^\d+/.exec(lines.find((line) => line.includes('/.tmp_')) ?? '')?.[0]
  const own = (syscall: string) => lines.filter((line) => line.startsWith(`${thread} ${syscall}(`))
  const places = own('write').flatMap((line, index) => (line.includes('/.tmp_') ? [index + 1] : []))
  const writes = [...new Set(places.flatMap((at) => [at, at + 1, at - 1]))]
  return [
    ...CALLS.flatMap((syscall) => own(syscall).map((_, index) => ({ syscall, when: index + 1 }))),
    ...writes.slice(0, count(writes.length, 4)).map((when) => ({ syscall: 'write', when })),
  ]
}

describe.skipIf(!STRACE)('the store after a kill at each system call', () => {
  it('has every acknowledged report, and no partial one', async () => {
    const sums = { runs: 0, killed: 0, acknowledged: 0, lost: 0, corrupt: 0, afterRecovery: 0 }
    const unreached: string[] = []
    const base = temporaryFolder()
    const cases: { mode: string; syscall: string; when: number }[] = []
    for (const mode of ['local', 'cache']) {
      for (const call of await callsOfTheStore(base, mode)) cases.push({ mode, ...call })
    }

    await repeat(cases.length, 2, async (index) => {
      const { mode, syscall, when } = cases[index] ?? { mode: 'local', syscall: 'fsync', when: 1 }
      const inject = `${syscall}:signal=KILL:when=${when}`
      const { root, status, earlier, hashes } = await storeWithFault(
        base,
        `${mode}-${syscall}-${when}`,
        mode,
        inject,
        syscall,
      )
      const found = checkStore(root, [...earlier, ...hashes])
      sums.runs += 1
      sums.killed += status === 0 ? 0 : 1
      // The number of a write shifts by one or two with the writes of Node itself; the other calls are ours only.
      if (status === 0 && syscall !== 'write') unreached.push(`${mode} ${syscall} ${when}`)
      sums.acknowledged += earlier.length + hashes.length
      sums.lost += found.lost
      sums.corrupt += found.corrupt
      openQueue(root).recover()
      sums.afterRecovery += leftoversIn(root)
    })

    console.log(`a kill at each system call: ${JSON.stringify(sums)}`)
    expect(sums).toMatchObject({ lost: 0, corrupt: 0, afterRecovery: 0 })
    expect(unreached).toEqual([])
    expect(sums.killed).toBeGreaterThan(6)
  })
})

describe.skipIf(!STRACE)('the store after an error of each system call', () => {
  it.each(['ENOSPC', 'EIO', 'EROFS', 'EACCES'])(
    '%s: has the earlier report and no partial one, and the exit code does not change',
    async (errno) => {
      const base = temporaryFolder()
      const sums = { runs: 0, refused: 0, lost: 0, corrupt: 0, leftovers: 0, exitCodes: 0 }
      const cases = [
        { syscall: 'fsync', when: 1 },
        { syscall: 'fsync', when: 2 },
        { syscall: 'rename', when: 1 },
      ]

      await repeat(cases.length, 2, async (index) => {
        const { syscall, when } = cases[index] ?? { syscall: 'fsync', when: 1 }
        const inject = `${syscall}:error=${errno}:when=${when}`
        const { root, status, earlier, hashes, output } = await storeWithFault(
          base,
          `${syscall}-${when}`,
          'local',
          inject,
          syscall,
        )
        const found = checkStore(root, [...earlier, ...hashes])
        sums.runs += 1
        sums.refused += /code {2}STORAGE_\w+ \(50\d\)/.test(output) ? 1 : 0
        sums.lost += found.lost
        sums.corrupt += found.corrupt
        sums.leftovers += found.leftovers
        sums.exitCodes += status === 0 ? 0 : 1
      })

      console.log(`${errno} injected: ${JSON.stringify(sums)}`)
      expect(sums).toEqual({ runs: 3, refused: 3, lost: 0, corrupt: 0, leftovers: 0, exitCodes: 0 })
    },
  )
})
