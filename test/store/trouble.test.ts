import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeFolder, syncFolder } from '../../src/store/atomic.js'
import { openQueue } from '../../src/store/queue.js'
import { openStore, readStored } from '../../src/store/reports.js'
import { temporaryFolder } from '../support/folders.js'

const hashOf = (digit: string) => digit.repeat(64)

/** A store in a folder that is a link to itself: nothing below it can be reached, by root neither. */
function loop(): string {
  const root = join(temporaryFolder(), 'store')
  symlinkSync(root, root)
  return root
}

describe('a store that cannot be reached', () => {
  it.each<[string, (root: string) => unknown]>([
    ['put', (root) => openStore(root).put([Buffer.from('<a/>')], hashOf('a'))],
    ['get', (root) => openStore(root).get(hashOf('a'))],
    ['list', (root) => openStore(root).list()],
    ['delete', (root) => openStore(root).delete(hashOf('a'))],
    ['claim', (root) => openQueue(root).claim(hashOf('a'))],
    ['recover', (root) => openQueue(root).recover()],
  ])('is not taken for an empty one: %s', (_, act) => {
    const root = loop()

    expect(() => act(root)).toThrow(
      expect.objectContaining({ name: 'JuxError', message: expect.stringMatching(/: (?:ELOOP|EEXIST|a part of)/) }),
    )
  })
})

describe('a store in which a file stands where a folder should', () => {
  it('has no report, and cannot be told from one without that report', () => {
    const root = temporaryFolder()
    writeFileSync(join(root, 'reports'), '')

    expect(() => openStore(root).get(hashOf('a'))).toThrow(expect.objectContaining({ code: 'REPORT_NOT_FOUND' }))
    expect(openStore(root).delete(hashOf('a'))).toBe(false)
  })

  it('cannot take a claim, and says which path is in the way', () => {
    const queue = openQueue(temporaryFolder())
    queue.put([Buffer.from('<a/>')], hashOf('a'))
    writeFileSync(join(queue.root, 'jux-reporter'), '')

    expect(() => queue.claim(hashOf('a'))).toThrow(
      expect.objectContaining({ code: 'STORAGE_WRITE_ERROR', message: expect.stringContaining('jux-reporter') }),
    )
    expect(queue.list()).toHaveLength(1)
  })
})

describe('reports of the same moment', () => {
  it('are listed by their names', () => {
    const store = openStore(temporaryFolder())
    for (const digit of ['b', 'c', 'a']) utimesSync(store.put([Buffer.from('<a/>')], hashOf(digit)), 5, 5)

    expect(store.list().map(({ hash }) => hash)).toEqual(['a', 'b', 'c'].map(hashOf))
  })
})

describe('a report that is gone since it was listed', () => {
  it('is named, in the store and in the queue', () => {
    const queue = openQueue(temporaryFolder())
    queue.put([Buffer.from('<a/>')], hashOf('a'))
    const [listed] = queue.list()
    if (listed === undefined) throw new Error('nothing was queued')
    rmSync(listed.path)

    expect(() => readStored(listed)).toThrow(expect.objectContaining({ code: 'REPORT_NOT_FOUND' }))
    expect(() => queue.get(hashOf('a'))).toThrow(expect.objectContaining({ code: 'REPORT_QUEUED_NOT_FOUND' }))
    expect(queue.delete(hashOf('a'))).toBe(false)
  })
})

describe('folders', () => {
  it('are made one by one, and the one that cannot be made is named', () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'a'))
    writeFileSync(join(folder, 'a', 'b'), '')

    expect(() => makeFolder(join(folder, 'a', 'b', 'c', 'd'))).toThrow(
      expect.objectContaining({
        code: 'STORAGE_WRITE_ERROR',
        message: expect.stringContaining(join(folder, 'a', 'b')),
      }),
    )
  })

  it('with a name that no system can have are refused like any other', () => {
    expect(() => makeFolder(join(temporaryFolder(), 'a\0b'))).toThrow(
      expect.objectContaining({ code: 'STORAGE_WRITE_ERROR', message: expect.stringContaining('null bytes') }),
    )
  })

  it.skipIf(process.platform !== 'linux')('of file systems that make no name durable are left to them', () => {
    expect(() => syncFolder('/proc')).not.toThrow()
  })
})
