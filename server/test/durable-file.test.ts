import { fstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errnoOf } from 'jux-reporter/internal'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeNewFile } from '../src/ingest/durable-file.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jux-durable-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('writeNewFile', () => {
  it('writes a file into a folder that it creates', async () => {
    await writeNewFile(join(folder, 'a', 'b', 'report.xml'), Buffer.from('<testsuites/>'))

    expect(readFileSync(join(folder, 'a', 'b', 'report.xml'), 'utf8')).toBe('<testsuites/>')
  })

  it('leaves a file that exists as it is', async () => {
    const path = join(folder, 'report.xml')
    await writeNewFile(path, Buffer.from('first'))

    await expect(writeNewFile(path, Buffer.from('second'))).rejects.toMatchObject({ code: 'EEXIST' })

    expect([readdirSync(folder), readFileSync(path, 'utf8')]).toEqual([['report.xml'], 'first'])
  })

  it('leaves no file when the disk reports that its content was not written', async () => {
    const failing = () => Promise.reject(errno('EIO'))

    await expect(writeNewFile(join(folder, 'report.xml'), Buffer.from('x'), failing)).rejects.toMatchObject({
      code: 'EIO',
    })

    expect(readdirSync(folder)).toEqual([])
  })

  it.each([
    ['keeps the file when the file system has no fsync of folders', 'EINVAL', ['report.xml']],
    ['leaves no file when the disk reports that its name was not written', 'EIO', []],
  ])('%s (%s)', async (_title, code, files) => {
    const isFolder = (descriptor: number) => fstatSync(descriptor).isDirectory()
    const written = writeNewFile(join(folder, 'report.xml'), Buffer.from('x'), async (descriptor) => {
      if (isFolder(descriptor)) throw errno(code)
    })

    expect(await written.then(() => 'written', errnoOf)).toBe(files.length > 0 ? 'written' : code)
    expect(readdirSync(folder)).toEqual(files)
  })

  it('names the folder that is a file', async () => {
    await writeNewFile(join(folder, 'a'), Buffer.from('x'))

    await expect(writeNewFile(join(folder, 'a', 'report.xml'), Buffer.from('x'))).rejects.toMatchObject({
      code: 'ENOTDIR',
    })
  })
})

function errno(code: string): Error {
  return Object.assign(new Error(code), { code })
}
