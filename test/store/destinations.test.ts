import { mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { credentialMark, type Destination } from '../../src/store/destinations.js'
import { openQueue } from '../../src/store/queue.js'
import { temporaryFolder } from '../support/folders.js'

const HASH = 'a'.repeat(64)
const SERVER: Destination = { apiUrl: 'https://jux.example.com/base', protocol: 'reports' }

function queueTo(destination?: Destination) {
  const queue = openQueue(temporaryFolder())
  queue.put(Buffer.from('<testsuites></testsuites>'), HASH, destination)
  return { queue, folder: join(queue.root, 'jux-reporter', 'destinations') }
}

describe('the destination of a queued report', () => {
  it('is remembered with its protocol and the mark of its credential, readable by its owner only', () => {
    const destination = { ...SERVER, credential: credentialMark(HASH, { apiKey: 'key-1' }) }
    const { queue, folder } = queueTo(destination)

    expect(queue.destination(`sha256:${HASH}`)).toEqual(destination)
    expect(statSync(join(folder, `${HASH}.json`)).mode & 0o777).toBe(0o600)
    expect(readdirSync(join(queue.root, 'queue'))).toEqual([`${HASH}.xml`])
  })

  it('is unknown for a report that was queued without one', () => {
    expect(queueTo().queue.destination(HASH)).toBeUndefined()
  })

  it('stays while the report is claimed and released, and is deleted when the report is complete', () => {
    const { queue, folder } = queueTo(SERVER)

    queue.claim(HASH)?.release()
    expect(queue.destination(HASH)).toEqual(SERVER)
    queue.claim(HASH)?.complete()

    expect(readdirSync(folder)).toEqual([])
  })

  it.each([
    ['quarantined', (queue: ReturnType<typeof openQueue>) => queue.claim(HASH)?.quarantine()],
    ['deleted', (queue: ReturnType<typeof openQueue>) => queue.delete(HASH)],
  ])('is deleted when the report is %s', (_, end) => {
    const { queue, folder } = queueTo(SERVER)

    end(queue)

    expect(readdirSync(folder)).toEqual([])
  })

  it.each(['', '{', '[]', '{"apiUrl":"file:///etc/passwd","protocol":"json"}', '{"apiUrl":"https://a.example"}'])(
    'is an error that names the file when the file holds %j',
    (text) => {
      const { queue, folder } = queueTo(SERVER)
      writeFileSync(join(folder, `${HASH}.json`), text)

      expect(() => queue.destination(HASH)).toThrow(expect.objectContaining({ reason: 'destination' }))
      expect(() => queue.destination(HASH)).toThrow(join(folder, `${HASH}.json`))
    },
  )

  it('is an error of the store when a folder is in its place, and the folder stays', () => {
    const { queue, folder } = queueTo(SERVER)
    rmSync(join(folder, `${HASH}.json`))
    mkdirSync(join(folder, `${HASH}.json`))

    expect(() => queue.destination(HASH)).toThrow(expect.objectContaining({ code: 'OPERATION_FAILED' }))
    expect(queue.delete(HASH)).toBe(true)
    expect(readdirSync(folder)).toEqual([`${HASH}.json`])
  })

  it('is deleted by recover an hour after its report is gone, and not before', () => {
    const { queue, folder } = queueTo(SERVER)
    const other = join(folder, `${'b'.repeat(64)}.json`)
    const young = join(folder, `${'c'.repeat(64)}.json`)
    for (const path of [other, young, join(folder, 'README')]) writeFileSync(path, '{}')
    utimesSync(other, 1, 1)

    queue.recover()

    expect(readdirSync(folder).sort()).toEqual(['README', `${HASH}.json`, `${'c'.repeat(64)}.json`])
  })
})

describe('credentialMark', () => {
  it('differs by credential and by report, and does not contain the credential', () => {
    const marks = [
      credentialMark(HASH, { apiKey: 'key-1' }),
      credentialMark(HASH, { apiKey: 'key-2' }),
      credentialMark(HASH, { apiKey: 'key-1', clientKeyFile: '/key.pem' }),
      credentialMark('b'.repeat(64), { apiKey: 'key-1' }),
      credentialMark(HASH, { clientKeyFile: '/key.pem' }),
    ]

    expect(new Set(marks).size).toBe(5)
    expect(marks.every((mark) => /^[0-9a-f]{32}$/.test(mark ?? ''))).toBe(true)
    expect(credentialMark(HASH, {})).toBeUndefined()
  })
})
