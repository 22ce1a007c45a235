import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
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

  it('is empty for a store that does not exist', () => {
    expect(skippedEntries(join(temporaryFolder(), 'none'), 'reports')).toEqual([])
  })
})
