import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runJux } from '../support/cli.js'
import { temporaryFolder } from '../support/folders.js'
import { created, json, startServer } from '../support/http-server.js'
import { storeWith } from '../support/queued-reports.js'

describe('jux publish --dry-run', () => {
  it('shows what would be sent, without server, key, request or change', async () => {
    const { root, queue } = storeWith('a', 'b')

    const { code, out } = await runJux(['publish', '--queue', '--dry-run', '--storage-path', root])

    expect(code).toBe(0)
    expect(out).toMatch(/server +none is configured/)
    expect(out).toMatch(/project +a\n/)
    expect(out).toMatch(/2 would be published, 0 failed\n$/)
    expect(queue.list()).toHaveLength(2)
  })

  it('prints JSON, with the server that it does not ask', async () => {
    const { root, hashes } = storeWith('a')
    const server = await startServer(created)

    const { out } = await runJux(['publish', '--queue', '-n', '-j', '--storage-path', root, '--api-url', server.url])

    expect(JSON.parse(out)).toMatchObject({
      success: true,
      dry_run: true,
      published: 0,
      failed: 0,
      results: [{ hash: hashes[0], success: true, dry_run: true, submission: { project: 'a' } }],
    })
    expect([...server.received, ...server.probes]).toEqual([])
  })

  it('fails for a report that could not be sent', async () => {
    const file = join(temporaryFolder(), 'report.xml')
    writeFileSync(file, '<broken')

    expect((await runJux(['publish', '--file', file, '--dry-run'])).code).toBe(1)
  })
})

describe('a publish command line', () => {
  it.each([
    [[]],
    [['--file', 'x.xml', '--queue']],
    [['--queue', '--protocol', 'soap']],
    [['--queue', '--concurrency', '0']],
    [['--nonsense']],
  ])('that is wrong (%j) exits with 64', async (flags) => expect((await runJux(['publish', ...flags])).code).toBe(64))

  it('without a server says how to name one', async () => {
    const { root } = storeWith('a')

    const { code, err } = await runJux(['publish', '--queue', '--storage-path', root])

    expect(code).toBe(1)
    expect(err).toMatch(/CONFIG_MISSING_REQUIRED/)
    expect(err).toMatch(/JUX_API_URL/)
  })

  it('with --verbose tells each step, and no secret', async () => {
    const { root } = storeWith('a')
    const server = await startServer(json(503, { error: 'busy' }), created)
    const flags = ['publish', '--queue', '--verbose', '--api-url', server.url, '--storage-path', root]

    const { err } = await runJux([...flags, '--bearer-token', 's3cr3t-token'])

    expect(err).toMatch(/POST http.*\nattempt 1: .*busy.*\n.*waiting 1 s\n/)
    expect(err).not.toContain('s3cr3t-token')
  })
})

describe('the store of another user', () => {
  it('that cannot be a folder is told as such', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'file'), '')
    mkdirSync(join(folder, 'cwd'))

    const { code, err } = await runJux([
      'publish',
      '--queue',
      '--api-url',
      'http://127.0.0.1:9',
      '--storage-path',
      join(folder, 'file'),
    ])

    expect(code).toBe(1)
    expect(err).toMatch(/STORAGE_|OPERATION_FAILED/)
  })
})
