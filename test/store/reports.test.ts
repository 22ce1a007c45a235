import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writeFileDurably } from '../../src/store/atomic.js'
import { openStore } from '../../src/store/reports.js'
import { temporaryFolder } from '../support/folders.js'

const hashOf = (digit: string) => digit.repeat(64)
const bytes = (text: string) => Buffer.from(text)

describe('put', () => {
  it('keeps the bytes under the content hash, readable by the owner alone', () => {
    const root = join(temporaryFolder(), 'new', 'store')

    const path = openStore(root).put([bytes('<a>'), bytes('</a>')], hashOf('a'))

    expect(path).toBe(join(root, 'reports', `${hashOf('a')}.xml`))
    expect(readFileSync(path, 'utf8')).toBe('<a></a>')
    expect(lstatSync(path).mode & 0o777).toBe(0o600)
    expect(lstatSync(root).mode & 0o777).toBe(0o700)
    expect(lstatSync(join(root, 'reports')).mode & 0o777).toBe(0o700)
    expect(readdirSync(join(root, 'reports'))).toEqual([`${hashOf('a')}.xml`])
  })

  it('keeps the same content once', () => {
    const store = openStore(temporaryFolder())

    store.put([bytes('<a/>')], hashOf('a'))
    store.put([bytes('<a/>')], `sha256:${hashOf('a')}`)

    expect(store.list().map(({ hash }) => hash)).toEqual([hashOf('a')])
  })

  it('gives back any bytes as they were, in however many chunks they came', () => {
    const store = openStore(temporaryFolder())

    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (chunks) => {
        store.put(chunks, hashOf('b'))

        expect(Buffer.from(store.get(hashOf('b'))).equals(Buffer.concat(chunks))).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  it('leaves the earlier report and nothing else behind when the write fails half way', () => {
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
  ])('says what to do about %s', (errno, code) => {
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

  it('says which part of the path is a file', () => {
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

describe('get', () => {
  it('names a report that is not there', () => {
    const store = openStore(temporaryFolder())

    expect(() => store.get(hashOf('a'))).toThrow(
      expect.objectContaining({ code: 'REPORT_NOT_FOUND', message: expect.stringContaining(hashOf('a')) }),
    )
    expect(store.has(hashOf('a'))).toBe(false)
  })

  it('never leaves the store, by name or by link', () => {
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

describe('list', () => {
  it('is empty before the first report, and makes no folder', () => {
    const root = join(temporaryFolder(), 'none')

    expect(openStore(root).list()).toEqual([])
    expect(lstatSync(root, { throwIfNoEntry: false })).toBeUndefined()
  })

  it('has the oldest first and passes over what is no report', () => {
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

describe('delete', () => {
  it('says whether there was a report', () => {
    const store = openStore(temporaryFolder())
    store.put([bytes('x')], hashOf('a'))

    expect(store.delete(hashOf('a'))).toBe(true)
    expect(store.delete(hashOf('a'))).toBe(false)
    expect(store.list()).toEqual([])
  })
})

describe('stats', () => {
  it('counts reports, what waits, and every byte', () => {
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
