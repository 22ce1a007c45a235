import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runJux } from '../support/cli.js'
import { created, json, type Responder, startServer } from '../support/http-server.js'
import { ownReport, storeWith } from '../support/queued-reports.js'

const projectOf = (body: Buffer): string => JSON.parse(String(body)).metadata.project

/** Answers by the project of the report. */
const byProject =
  (answers: Record<string, Responder>): Responder =>
  (response, received, request) =>
    (answers[projectOf(received.body)] ?? created)(response, received, request)

const publishQueue = (url: string, root: string, ...flags: string[]) =>
  runJux(['publish', '--queue', ...flags, '--api-url', url, '--storage-path', root])

describe('jux publish --queue', () => {
  it.each(['--queue', '--process-queue', '-q'])('publishes everything that waits, with %s', async (flag) => {
    const { root, store, queue, hashes } = storeWith('a', 'b', 'c')
    const server = await startServer(created)

    const { code, out, err } = await runJux(['publish', flag, '--api-url', server.url, '--storage-path', root])

    expect(code).toBe(0)
    expect(err).toBe('')
    expect(out).toMatch(/3 published, 0 failed\n$/)
    expect(server.received.map(({ body }) => projectOf(body)).sort()).toEqual(['a', 'b', 'c'])
    expect(queue.list()).toEqual([])
    expect(
      store
        .list()
        .map(({ hash }) => hash)
        .sort(),
    ).toEqual([...hashes].sort())
  })

  it('goes on after a failure, keeps the failed report queued, and exits with 2', async () => {
    const { root, queue, hashes } = storeWith('good', 'bad', 'fine')
    const server = await startServer(byProject({ bad: json(422, { error: 'not this one' }) }))

    const { code, out, err } = await publishQueue(server.url, root)

    expect(code).toBe(2)
    expect(out).toMatch(/2 published, 1 failed\n$/)
    expect(err).toContain('not this one')
    expect(queue.list().map(({ hash }) => hash)).toEqual([hashes[1]])
  })

  it('exits with 1 when nothing could be published', async () => {
    const { root, queue } = storeWith('a', 'b')

    const { code } = await publishQueue('http://127.0.0.1:9', root, '--max-retries', '0')

    expect(code).toBe(1)
    expect(queue.list()).toHaveLength(2)
  })

  it('exits with 0 when nothing is queued', async () => {
    const { root } = storeWith()
    const server = await startServer(created)

    const { code, out } = await publishQueue(server.url, root, '--json')

    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual({
      success: true,
      dry_run: false,
      published: 0,
      failed: 0,
      results: [],
      message: 'no reports are queued',
    })
  })

  it('prints JSON', async () => {
    const { root, hashes } = storeWith('good', 'bad')
    const server = await startServer(byProject({ bad: json(400, { error: 'no' }) }))

    const { code, out, err } = await publishQueue(server.url, root, '--json')

    const printed = JSON.parse(out)
    expect({ code, err }).toEqual({ code: 2, err: '' })
    expect(printed).toMatchObject({ success: false, dry_run: false, published: 1, failed: 1 })
    expect(printed.results).toContainEqual({
      hash: hashes[0],
      success: true,
      test_run_id: 'run-1',
      status: 'created',
      attempts: 1,
      message: 'stored',
    })
    expect(printed.results).toContainEqual(
      expect.objectContaining({ hash: hashes[1], success: false, code: 'API_SERVER_ERROR', reason: 'http-400' }),
    )
  })

  it('counts a report that the server has as published', async () => {
    const { root, queue } = storeWith('a')
    const server = await startServer(json(409, { status: 'duplicate', id: 'x' }))

    const { code, out } = await publishQueue(server.url, root)

    expect(code).toBe(0)
    expect(out).toContain('the server has it already')
    expect(queue.list()).toEqual([])
  })

  it('puts a damaged report of ours into quarantine, without sending it', async () => {
    const { root, queue, store, hashes } = storeWith('good', 'damaged')
    writeFileSync(join(root, 'queue', `${hashes[1]}.xml`), ownReport('forged'))
    const server = await startServer(created)

    const { code, err } = await publishQueue(server.url, root)

    expect(code).toBe(2)
    expect(err).toMatch(/changed or damaged since it was stored, and is now in quarantine/)
    expect(server.received.map(({ body }) => projectOf(body))).toEqual(['good'])
    expect(queue.list()).toEqual([])
    expect(store.stats()).toMatchObject({ quarantinedReports: 1, totalReports: 1 })
  })

  it('puts a report of ours that was cut short into quarantine', async () => {
    const { root, store, hashes } = storeWith('cut')
    writeFileSync(join(root, 'queue', `${hashes[0]}.xml`), ownReport('cut').subarray(0, 220))

    const { code } = await publishQueue('http://127.0.0.1:9', root)

    expect(code).toBe(1)
    expect(store.stats()).toMatchObject({ quarantinedReports: 1, queuedReports: 0 })
  })

  it('publishes a report of the Python tools under the hash that it has', async () => {
    const { root, queue } = storeWith()
    const bytes = Buffer.from('<testsuite name="pytest"><testcase name="t"/></testsuite>')
    queue.put([bytes], 'd'.repeat(64))
    const server = await startServer(created)

    const { code } = await publishQueue(server.url, root)

    expect(code).toBe(0)
    expect(server.received[0]?.headers['idempotency-key']).toBe('d'.repeat(64))
    expect(existsSync(join(root, 'reports', `${'d'.repeat(64)}.xml`))).toBe(true)
  })

  it('gives up when the server fails again and again, and loses nothing', async () => {
    const { root, queue } = storeWith(...Array.from({ length: 30 }, (_, index) => `p${index}`))
    const server = await startServer((_response, _received, request) => request.socket.destroy())

    const { code, out } = await publishQueue(server.url, root, '--json', '--max-retries', '0')

    expect(code).toBe(1)
    expect(
      JSON.parse(out).results.filter(({ reason }: { reason: string }) => reason === 'not-tried').length,
    ).toBeGreaterThan(10)
    expect(queue.list()).toHaveLength(30)
  })

  it('takes up what a dead process had claimed', async () => {
    const { root, queue, hashes } = storeWith('a')
    const claims = join(root, 'jux-reporter', 'claims')
    queue.claim(hashes[0] ?? '')
    const [name = ''] = readdirSync(claims)
    // The same process in name, but one that started at another time.
    writeFileSync(join(claims, name.replace(/\.(\d+)-\d+-/, '.$1-1-')), readFileSync(join(claims, name)))
    const server = await startServer(created)

    const { code, out } = await publishQueue(server.url, root)

    expect(code).toBe(0)
    expect(out).toContain('1 published')
  })

  it('shows a bar on a terminal for more than a few reports, and never in JSON', async () => {
    const server = await startServer(created)
    const run = (json: string[]) => {
      const { root } = storeWith('a', 'b', 'c', 'd', 'e')
      return runJux(['publish', '--queue', ...json, '--api-url', server.url, '--storage-path', root], {
        terminal: true,
      })
    }

    expect((await run([])).err).toMatch(/\r\[=+\] 5\/5/)
    expect((await run(['--json'])).err).toBe('')
  })
})
