import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { JuxError } from '../../src/errors.js'
import { makeFolder, storeError, syncFolder } from '../../src/store/files.js'
import { temporaryFolder } from '../support/folders.js'

const refused = (code: string) => Object.assign(new Error(`${code}: what the system says`), { code })

describe('storeError', () => {
  it.each([
    ['EACCES', 'STORAGE_PERMISSION_DENIED', 'permission denied'],
    ['EPERM', 'STORAGE_PERMISSION_DENIED', 'operation not permitted'],
    ['EROFS', 'STORAGE_PERMISSION_DENIED', 'the file system is read-only'],
    ['ENOSPC', 'STORAGE_FULL', 'no space is left'],
    ['EDQUOT', 'STORAGE_FULL', 'the disk quota is used up'],
    ['ENOTDIR', 'STORAGE_WRITE_ERROR', 'a part of the path is a file, not a folder'],
    ['EEXIST', 'STORAGE_WRITE_ERROR', 'a part of the path is a file, not a folder'],
    ['ENOENT', 'STORAGE_NOT_FOUND', 'it does not exist'],
    ['EIO', 'STORAGE_WRITE_ERROR', 'the disk reports an input/output error'],
    ['EMFILE', 'STORAGE_WRITE_ERROR', 'too many files are open'],
    ['EXDEV', 'STORAGE_WRITE_ERROR', 'the folders of the store are on different file systems'],
  ])('has a code, a message and suggestions for %s', (errno, code, why) => {
    const error = storeError('write', '/data/my store', refused(errno))

    expect(error).toMatchObject({ code, reason: errno.toLowerCase(), message: `cannot write /data/my store: ${why}` })
    expect(error.suggestions.length).toBeGreaterThan(0)
    expect(error.suggestions.filter((line) => /^(?:ls|df) /.test(line) && !line.includes("'/data/my store'"))).toEqual(
      [],
    )
  })

  it('has the message of the system, and no reason, for an unknown errno', () => {
    expect(storeError('write', '/data', refused('ELOOP'))).toMatchObject({
      code: 'STORAGE_WRITE_ERROR',
      message: 'cannot write /data: ELOOP: what the system says',
      reason: undefined,
    })
  })

  it('uses another code than STORAGE_WRITE_ERROR for reading and listing', () => {
    expect(storeError('read', '/data', refused('EIO')).code).toBe('OPERATION_FAILED')
    expect(storeError('list', '/data', refused('EACCES')).code).toBe('STORAGE_PERMISSION_DENIED')
  })

  it('returns a JuxError unchanged, and names a thrown value that is not an Error', () => {
    const ours = new JuxError('REPORT_NOT_FOUND', { message: 'gone' })

    expect(storeError('read', '/data', ours)).toBe(ours)
    expect(storeError('delete', '/data', 'a string')).toMatchObject({
      code: 'STORAGE_WRITE_ERROR',
      reason: undefined,
      message: 'cannot delete /data: a string',
    })
  })
})

describe('makeFolder', () => {
  it('names the folder that cannot be created', () => {
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

  it('refuses a name that no file system allows', () => {
    expect(() => makeFolder(join(temporaryFolder(), 'a\0b'))).toThrow(
      expect.objectContaining({ code: 'STORAGE_WRITE_ERROR', message: expect.stringContaining('null bytes') }),
    )
  })
})

describe('syncFolder', () => {
  it.skipIf(process.platform !== 'linux')('accepts a file system that cannot make names durable', () => {
    expect(() => syncFolder('/proc')).not.toThrow()
  })
})

describe('storeError, for an operation that the permission model of Node refused,', () => {
  const denied = (permission: string) =>
    Object.assign(new Error('restricted'), {
      code: 'ERR_ACCESS_DENIED',
      permission,
      resource: '/data/jux/reports/a.xml',
    })

  it('names the flags for the whole store, not for the file that was refused first', () => {
    expect(storeError('write', '/data/jux/reports/a.xml', denied('FileSystemWrite'))).toMatchObject({
      code: 'STORAGE_PERMISSION_DENIED',
      message: "cannot write /data/jux/reports/a.xml: Node's permission model does not allow it",
      suggestions: [
        expect.stringMatching(
          /^add '?--allow-fs-read=\/data\/jux\/\*'? '?--allow-fs-write=\/data\/jux\/\*'? to the flags/,
        ),
        expect.any(String),
      ],
    })
  })

  it('names the folder of the store in the flags of Deno', () => {
    const error = Object.assign(
      new Error('Requires read access to "/data/jux", run again with the --allow-read flag'),
      {
        name: 'NotCapable',
      },
    )

    expect(storeError('list', '/data/jux/reports', error)).toMatchObject({
      code: 'STORAGE_PERMISSION_DENIED',
      message: "cannot list /data/jux/reports: Deno's permissions do not allow it",
      suggestions: [
        'add --allow-read=/data/jux --allow-write=/data/jux to the flags of Deno',
        expect.stringContaining('JUX_STORAGE_PATH'),
      ],
    })
  })

  it('names only another folder for anything else than a file', () => {
    expect(storeError('read', '/data/jux', denied('Another')).suggestions).toHaveLength(1)
  })
})
