import { describe, expect, it } from 'vitest'
import { JuxError } from '../../src/errors.js'
import { storeError } from '../../src/store/failures.js'

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
  ])('says of %s what it is, and what would help', (errno, code, why) => {
    const error = storeError('write', '/data/my store', refused(errno))

    expect(error).toMatchObject({ code, reason: errno.toLowerCase(), message: `cannot write /data/my store: ${why}` })
    expect(error.suggestions.length).toBeGreaterThan(0)
    expect(error.suggestions.filter((line) => /^(?:ls|df) /.test(line) && !line.includes("'/data/my store'"))).toEqual(
      [],
    )
  })

  it('gives the system’s own words for what has none of ours, and no reason that is not in the list', () => {
    expect(storeError('write', '/data', refused('ELOOP'))).toMatchObject({
      code: 'STORAGE_WRITE_ERROR',
      message: 'cannot write /data: ELOOP: what the system says',
      reason: undefined,
    })
  })

  it('has no error of writing for what was only read', () => {
    expect(storeError('read', '/data', refused('EIO')).code).toBe('OPERATION_FAILED')
    expect(storeError('list', '/data', refused('EACCES')).code).toBe('STORAGE_PERMISSION_DENIED')
  })

  it('leaves an error that has a code already, and names what is no error of the system', () => {
    const ours = new JuxError('REPORT_NOT_FOUND', { message: 'gone' })

    expect(storeError('read', '/data', ours)).toBe(ours)
    expect(storeError('delete', '/data', 'a string')).toMatchObject({
      code: 'STORAGE_WRITE_ERROR',
      reason: undefined,
      message: 'cannot delete /data: a string',
    })
  })
})
