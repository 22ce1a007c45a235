import { spawnSync } from 'node:child_process'
import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ownOwner } from '../../src/store/owner.js'
import { openQueue } from '../../src/store/queue.js'
import { openStore } from '../../src/store/reports.js'
import { temporaryFolder } from '../support/folders.js'

const hashOf = (digit: string) => digit.repeat(64)
const [, ownStart = '', ownPlace = ''] = ownOwner().split('-')
const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid

function queueWith(...digits: string[]) {
  const queue = openQueue(temporaryFolder())
  for (const digit of digits) queue.put([Buffer.from(digit)], hashOf(digit))
  return queue
}

/** The claim of a process that died, or that runs on another machine. */
function leaveClaim(root: string, digit: string, owner: string): string {
  const claims = join(root, 'jux-reporter', 'claims')
  mkdirSync(claims, { recursive: true })
  const path = join(claims, `${hashOf(digit)}.${owner}.0123abcd.xml`)
  renameSync(join(root, 'queue', `${hashOf(digit)}.xml`), path)
  return path
}

describe('ReportQueue.claim', () => {
  it('gives a report to one caller, and hides it from the list meanwhile', () => {
    const queue = queueWith('a', 'b')

    const first = queue.claim(`sha256:${hashOf('a')}`)
    const second = queue.claim(hashOf('a'))

    expect(first?.hash).toBe(hashOf('a'))
    expect(second).toBeUndefined()
    expect(queue.list().map(({ hash }) => hash)).toEqual([hashOf('b')])
    expect(queue.claimed().map(({ hash }) => hash)).toEqual([hashOf('a')])
    expect(openStore(queue.root).stats()).toMatchObject({ queuedReports: 2, totalSizeBytes: 2 })
  })

  it('moves a completed report to the reports, byte for byte', () => {
    const queue = queueWith('a')
    const claim = queue.claim(hashOf('a'))

    expect(Buffer.from(claim?.read() ?? []).toString()).toBe('a')
    const path = claim?.complete() ?? ''

    expect(path).toBe(join(queue.root, 'reports', `${hashOf('a')}.xml`))
    expect(readFileSync(path, 'utf8')).toBe('a')
    expect([...queue.list(), ...queue.claimed()]).toEqual([])
  })

  it('puts a released report back at its place in the order', () => {
    const queue = queueWith('a', 'b')
    utimesSync(join(queue.root, 'queue', `${hashOf('b')}.xml`), 1, 1)

    queue.claim(hashOf('b'))?.release()

    expect(queue.list().map(({ hash }) => hash)).toEqual([hashOf('b'), hashOf('a')])
  })

  it('moves a report to the quarantine', () => {
    const queue = queueWith('a')

    const path = queue.claim(hashOf('a'))?.quarantine() ?? ''

    expect(path).toBe(join(queue.root, 'jux-reporter', 'quarantine', `${hashOf('a')}.xml`))
    expect(queue.list()).toEqual([])
    expect(openStore(queue.root).stats()).toMatchObject({ queuedReports: 0, quarantinedReports: 1 })
  })

  it('stays valid when the same report is queued again', () => {
    const queue = queueWith('a')
    const claim = queue.claim(hashOf('a'))
    queue.put([Buffer.from('a')], hashOf('a'))

    claim?.complete()

    expect(queue.list().map(({ hash }) => hash)).toEqual([hashOf('a')])
    queue.claim(hashOf('a'))?.complete()
    expect(openStore(queue.root).stats()).toMatchObject({ totalReports: 1, queuedReports: 0 })
  })

  it('loses no report when the claim was removed meanwhile', () => {
    const queue = queueWith('a')
    const claim = queue.claim(hashOf('a'))
    const [name = ''] = readdirSync(join(queue.root, 'jux-reporter', 'claims'))
    renameSync(join(queue.root, 'jux-reporter', 'claims', name), join(queue.root, 'queue', `${hashOf('a')}.xml`))

    expect(() => claim?.read()).toThrow(expect.objectContaining({ code: 'REPORT_QUEUED_NOT_FOUND' }))
    claim?.release()
    claim?.complete()

    expect(queue.list().map(({ hash }) => hash)).toEqual([hashOf('a')])
  })

  it('refuses a hash that is a path', () => {
    expect(() => queueWith().claim('../../etc/passwd')).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })
})

describe('ReportQueue.recover', () => {
  it('puts back the claim of a dead process at once', () => {
    const queue = queueWith('a')
    leaveClaim(queue.root, 'a', `${deadPid()}-${ownStart}-${ownPlace}`)

    expect(queue.recover()).toBe(1)
    expect(queue.list().map(({ hash }) => hash)).toEqual([hashOf('a')])
    expect(queue.recover()).toBe(0)
  })

  it('keeps the claim of a running process', () => {
    const queue = queueWith('a')
    queue.claim(hashOf('a'))

    expect(openQueue(queue.root).recover()).toBe(0)
    expect(queue.claimed()).toHaveLength(1)
  })

  it.skipIf(ownStart === '0')('puts back the claim of an earlier process with the same pid', () => {
    const queue = queueWith('a')
    leaveClaim(queue.root, 'a', `${process.pid}-1-${ownPlace}`)

    expect(queue.recover()).toBe(1)
  })

  it('keeps the claim of another machine for longer than any submission takes', () => {
    const queue = queueWith('a')
    leaveClaim(queue.root, 'a', `${deadPid()}-77-ffffffffffff`)

    expect(queue.recover()).toBe(0)
    expect(openQueue(queue.root, { foreignClaimMs: -1 }).recover()).toBe(1)
  })

  it.each([0, 2_147_483_647, -3_600, 3_600])('ignores the dates of files (%i)', (seconds) => {
    const queue = queueWith('a', 'b')
    const date = Math.abs(seconds) === 3_600 ? Date.now() / 1_000 + seconds : seconds
    utimesSync(leaveClaim(queue.root, 'a', `${deadPid()}-${ownStart}-${ownPlace}`), date, date)
    queue.claim(hashOf('b'))
    for (const { path } of queue.claimed()) utimesSync(path, date, date)

    expect(queue.recover()).toBe(1)
    expect(queue.list().map(({ hash }) => hash)).toEqual([hashOf('a')])
    expect(queue.claimed().map(({ hash }) => hash)).toEqual([hashOf('b')])
  })

  it('removes the temporary files of dead processes and no others', () => {
    const queue = queueWith('a')
    const name = (owner: string) => join(queue.root, 'queue', `.tmp_${owner}_0123456789ab.tmp`)
    const dead = name(`${deadPid()}-${ownStart}-${ownPlace}`)
    const [own, elsewhere] = [name(ownOwner()), name(`${deadPid()}-1-ffffffffffff`)]
    const python = join(queue.root, 'queue', '.tmp_x7k2.tmp')
    for (const path of [dead, own, elsewhere, python]) writeFileSync(path, '')

    queue.recover()

    const there = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined
    expect([dead, own, elsewhere, python].map(there)).toEqual([false, true, true, true])
  })

  it('creates no folder in a store that has no queue', () => {
    const root = join(temporaryFolder(), 'none')

    expect(openQueue(root).recover()).toBe(0)
    expect(openQueue(root).list()).toEqual([])
    expect(lstatSync(root, { throwIfNoEntry: false })).toBeUndefined()
  })
})
