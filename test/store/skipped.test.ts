import { once } from 'node:events'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryName } from '../../src/store/files.js'
import { skippedEntries } from '../../src/store/skipped.js'
import { temporaryFolder } from '../support/folders.js'

const HASH = 'a'.repeat(64)

describe('skippedEntries', () => {
  it('names what is no report and why, but no file that is being written', () => {
    const root = temporaryFolder()
    const queue = join(root, 'queue')
    mkdirSync(join(queue, 'folder'), { recursive: true })
    writeFileSync(join(queue, `${HASH}.xml`), '<testsuites/>')
    writeFileSync(join(queue, 'notes.txt'), '')
    writeFileSync(join(queue, temporaryName()), '')
    symlinkSync(join(queue, 'notes.txt'), join(queue, 'link'))

    expect(skippedEntries(root, 'queue')).toEqual([
      { path: join(queue, 'folder'), reason: 'it is a folder' },
      { path: join(queue, 'link'), reason: 'it is a symbolic link' },
      { path: join(queue, 'notes.txt'), reason: 'its name is not the content hash of a report with .xml' },
    ])
  })

  it.skipIf(process.platform === 'win32')('names a socket, which is no regular file', async () => {
    const root = temporaryFolder()
    mkdirSync(join(root, 'queue'), { recursive: true })
    const path = join(root, 'queue', 'socket')
    const server = createServer().listen(path)
    await once(server, 'listening')

    const skipped = skippedEntries(root, 'queue')
    server.close()

    expect(skipped).toEqual([{ path, reason: 'it is not a regular file' }])
  })

  it('is empty for a store that does not exist', () => {
    expect(skippedEntries(join(temporaryFolder(), 'none'), 'reports')).toEqual([])
  })
})
