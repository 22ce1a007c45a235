import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writeFileDurably } from '../../src/store/files.js'
import { openQueue } from '../../src/store/queue.js'
import { openStore, readStored } from '../../src/store/reports.js'
import { temporaryFolder } from '../support/folders.js'

const hashOf = (digit: string) => digit.repeat(64)
const bytes = (text: string) => Buffer.from(text)

describe('ReportStore.put', () => {
  it('stores the bytes under the content hash, readable by the owner only', () => {
    const root = join(temporaryFolder(), 'new', 'store')

    const path = openStore(root).put([bytes('<a>'), bytes('</a>')], hashOf('a'))

    expect(path).toBe(join(root, 'reports', `${hashOf('a')}.xml`))
    expect(readFileSync(path, 'utf8')).toBe('<a></a>')
    expect(lstatSync(path).mode & 0o777).toBe(0o600)
    expect(lstatSync(root).mode & 0o777).toBe(0o700)
    expect(lstatSync(join(root, 'reports')).mode & 0o777).toBe(0o700)
    expect(readdirSync(join(root, 'reports'))).toEqual([`${hashOf('a')}.xml`])
  })

  it('stores the same content once', () => {
    const store = openStore(temporaryFolder())

    store.put([bytes('<a/>')], hashOf('a'))
    store.put([bytes('<a/>')], `sha256:${hashOf('a')}`)

    expect(store.list().map(({ hash }) => hash)).toEqual([hashOf('a')])
  })

  it('stores any bytes unchanged, in any number of chunks', () => {
    const store = openStore(temporaryFolder())

    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (chunks) => {
        store.put(chunks, hashOf('b'))

        expect(Buffer.from(store.get(hashOf('b'))).equals(Buffer.concat(chunks))).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  it('leaves only the earlier report when a write fails in the middle', () => {
    const store = openStore(temporaryFolder())
    const path = store.put([bytes('first')], hashOf('a'))
    function* failing(): Generator<Uint8Array> {
      yield bytes('half')
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
    }

    expect(() => store.put(failing(), hashOf('a'))).toThrow(
      expect.objectContaining({ code: 'STORAGE_FULL', reason: 'enospc' }),
    )
    expect(readFileSync(path, 'utf8')).toBe('first')
    expect(readdirSync(join(store.root, 'reports'))).toEqual([`${hashOf('a')}.xml`])
  })

  it.each([
    ['EACCES', 'STORAGE_PERMISSION_DENIED'],
    ['EROFS', 'STORAGE_PERMISSION_DENIED'],
    ['ENOSPC', 'STORAGE_FULL'],
    ['EDQUOT', 'STORAGE_FULL'],
    ['EIO', 'STORAGE_WRITE_ERROR'],
    ['EMFILE', 'STORAGE_WRITE_ERROR'],
    ['ESTALE', 'STORAGE_WRITE_ERROR'],
  ])('throws an error with suggestions for %s', (errno, code) => {
    const store = openStore(temporaryFolder())
    const failing: Iterable<Uint8Array> = {
      [Symbol.iterator]: () => {
        throw Object.assign(new Error(`${errno}: it failed`), { code: errno })
      },
    }

    let thrown: unknown
    try {
      store.put(failing, hashOf('a'))
    } catch (error) {
      thrown = error
    }

    expect(thrown).toMatchObject({ code, reason: errno.toLowerCase(), message: expect.stringContaining(store.root) })
    expect(thrown).toHaveProperty('suggestions', expect.arrayContaining([expect.stringMatching(/\S/)]))
  })

  it('says that a part of the path is a file', () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'file'), '')

    for (const root of [join(folder, 'file'), join(folder, 'file', 'deep', 'er')]) {
      expect(() => openStore(root).put([], hashOf('a'))).toThrow(
        expect.objectContaining({
          code: 'STORAGE_WRITE_ERROR',
          message: expect.stringMatching(/a part of the path is a file, not a folder$/),
        }),
      )
    }
  })
})

describe('ReportStore.get', () => {
  it('names a report that does not exist', () => {
    const store = openStore(temporaryFolder())

    expect(() => store.get(hashOf('a'))).toThrow(
      expect.objectContaining({ code: 'REPORT_NOT_FOUND', message: expect.stringContaining(hashOf('a')) }),
    )
    expect(store.has(hashOf('a'))).toBe(false)
  })

  it('reads nothing outside the store, by name or by symbolic link', () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'secret'), 'secret')
    const store = openStore(join(folder, 'store'))
    mkdirSync(join(store.root, 'reports'), { recursive: true })
    symlinkSync(join(folder, 'secret'), join(store.root, 'reports', `${hashOf('c')}.xml`))

    expect(() => store.get('../../secret')).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
    expect(() => store.get(hashOf('c'))).toThrow(expect.objectContaining({ code: 'REPORT_NOT_FOUND' }))
    expect(store.list()).toEqual([])
  })
})

describe('ReportStore.list', () => {
  it('is empty before the first report, and creates no folder', () => {
    const root = join(temporaryFolder(), 'none')

    expect(openStore(root).list()).toEqual([])
    expect(lstatSync(root, { throwIfNoEntry: false })).toBeUndefined()
  })

  it('has the oldest report first and ignores other files', () => {
    const store = openStore(temporaryFolder())
    for (const [digit, second] of [
      ['a', 30],
      ['b', 10],
      ['c', 20],
    ] as const) {
      const path = store.put([bytes(digit)], hashOf(digit))
      utimesSync(path, second, second)
    }
    const reports = join(store.root, 'reports')
    for (const name of ['.tmp_1.tmp', 'notes.txt', 'short.xml', `${hashOf('d')}.xml.bak`, `${hashOf('A')}.xml`]) {
      writeFileSync(join(reports, name), 'foreign')
    }
    mkdirSync(join(reports, `${hashOf('e')}.xml`))

    expect(store.list().map(({ hash }) => hash[0])).toEqual(['b', 'c', 'a'])
    expect(store.list()[0]).toMatchObject({ sizeBytes: 1, storedAt: new Date(10_000) })
  })
})

describe('ReportStore.delete', () => {
  it('returns whether there was a report', () => {
    const store = openStore(temporaryFolder())
    store.put([bytes('x')], hashOf('a'))

    expect(store.delete(hashOf('a'))).toBe(true)
    expect(store.delete(hashOf('a'))).toBe(false)
    expect(store.list()).toEqual([])
  })
})

describe('ReportStore.stats', () => {
  it('counts the stored and the queued reports, and their bytes', () => {
    const store = openStore(temporaryFolder())
    utimesSync(store.put([bytes('12345')], hashOf('a')), 50, 50)
    writeFileDurably(join(store.root, 'queue', `${hashOf('b')}.xml`), [bytes('123')])

    expect(store.stats()).toEqual({
      totalReports: 1,
      queuedReports: 1,
      quarantinedReports: 0,
      totalSizeBytes: 8,
      oldestReport: new Date(50_000),
    })
    expect(openStore(join(store.root, 'none')).stats()).toMatchObject({ totalReports: 0, oldestReport: undefined })
  })
})

/** A store in a folder that is a link to itself: no user can reach anything below it, not even root. */
function loop(): string {
  const root = join(temporaryFolder(), 'store')
  symlinkSync(root, root)
  return root
}

describe('openStore and openQueue of a folder that cannot be reached', () => {
  it.each<[string, (root: string) => unknown]>([
    ['put', (root) => openStore(root).put([Buffer.from('<a/>')], hashOf('a'))],
    ['get', (root) => openStore(root).get(hashOf('a'))],
    ['list', (root) => openStore(root).list()],
    ['delete', (root) => openStore(root).delete(hashOf('a'))],
    ['claim', (root) => openQueue(root).claim(hashOf('a'))],
    ['recover', (root) => openQueue(root).recover()],
  ])('throw on %s instead of finding nothing', (_, act) => {
    const root = loop()

    expect(() => act(root)).toThrow(
      expect.objectContaining({ name: 'JuxError', message: expect.stringMatching(/: (?:ELOOP|EEXIST|a part of)/) }),
    )
  })
})

describe('openStore and openQueue with a file instead of a folder', () => {
  it('find no report', () => {
    const root = temporaryFolder()
    writeFileSync(join(root, 'reports'), '')

    expect(() => openStore(root).get(hashOf('a'))).toThrow(expect.objectContaining({ code: 'REPORT_NOT_FOUND' }))
    expect(openStore(root).delete(hashOf('a'))).toBe(false)
  })

  it('name the path that prevents a claim', () => {
    const queue = openQueue(temporaryFolder())
    queue.put([Buffer.from('<a/>')], hashOf('a'))
    writeFileSync(join(queue.root, 'jux-reporter'), '')

    expect(() => queue.claim(hashOf('a'))).toThrow(
      expect.objectContaining({ code: 'STORAGE_WRITE_ERROR', message: expect.stringContaining('jux-reporter') }),
    )
    expect(queue.list()).toHaveLength(1)
  })
})

describe('ReportStore.list of reports of the same time', () => {
  it('sorts them by their names', () => {
    const store = openStore(temporaryFolder())
    for (const digit of ['b', 'c', 'a']) utimesSync(store.put([Buffer.from('<a/>')], hashOf(digit)), 5, 5)

    expect(store.list().map(({ hash }) => hash)).toEqual(['a', 'b', 'c'].map(hashOf))
  })
})

describe('readStored and ReportQueue.get', () => {
  it('name a report that was removed after it was listed', () => {
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
