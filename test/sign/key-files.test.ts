import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeNewFiles } from '../../src/sign/key-files.js'
import { temporaryFolder } from '../support/folders.js'

const file = (path: string, mode = 0o600) => ({ path, text: 'a key', mode })

describe('writeNewFiles', () => {
  it('makes files with the given modes, and parent folders that only their owner can use', async () => {
    const folder = join(temporaryFolder(), 'new', 'keys')

    await writeNewFiles([file(join(folder, 'key.pem')), file(join(folder, 'key.pub.pem'), 0o644)])

    expect(readFileSync(join(folder, 'key.pem'), 'utf8')).toBe('a key')
    expect(statSync(join(folder, 'key.pem')).mode & 0o777).toBe(0o600)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })

  it.each(['a file', 'a dangling link'])('writes no file if %s exists at one of the paths', async (kind) => {
    const folder = temporaryFolder()
    const there = join(folder, 'key.pub.pem')
    if (kind === 'a file') writeFileSync(there, 'older')
    else symlinkSync(join(folder, 'nowhere'), there)

    await expect(writeNewFiles([file(join(folder, 'key.pem')), file(there)])).rejects.toMatchObject({
      code: 'FILE_ALREADY_EXISTS',
    })
    expect(readdirSync(folder)).toEqual(['key.pub.pem'])
  })

  it('removes the files that it has written if a later one cannot be written', async () => {
    const folder = temporaryFolder()
    const first = join(folder, 'key.pem')

    await expect(writeNewFiles([file(first), file(first)])).rejects.toMatchObject({ code: 'FILE_ALREADY_EXISTS' })

    expect(existsSync(first)).toBe(false)
  })

  it.each([
    ['a file has the name of a folder in the path', 'file/key.pem', 'DIRECTORY_NOT_FOUND'],
    ['the name is too long', 'x'.repeat(300), 'OPERATION_FAILED'],
  ])('throws the code of the cause if a key cannot be written: %s', async (_, name, code) => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'file'), '')

    await expect(writeNewFiles([file(join(folder, name))])).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/^the key cannot be written: /),
      suggestions: ['choose another --output'],
    })
  })
})
