import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
})
