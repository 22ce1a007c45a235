import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { contentHash } from '../../src/xml/canonical.js'
import { runJux } from '../support/cli.js'
import { temporaryFolder } from '../support/folders.js'
import { created, json, type Responder, startServer } from '../support/http-server.js'
import { ownReport, storeWith } from '../support/queued-reports.js'

/** The discard port: a connection is refused. */
const NO_SERVER = 'http://127.0.0.1:9'

const projectOf = (body: Buffer): string => JSON.parse(String(body)).metadata.project

/** A response for each project of a report. */
const byProject =
  (responders: Record<string, Responder>): Responder =>
  (response, received, request) =>
    (responders[projectOf(received.body)] ?? created)(response, received, request)

const publishQueue = (url: string, root: string, ...flags: string[]) =>
  runJux(['publish', '--queue', ...flags, '--api-url', url, '--storage-path', root])

/** Writes a report, and returns its path. */
function reportFile(content: string | Buffer = ownReport('one'), encoding?: BufferEncoding): string {
  const path = join(temporaryFolder(), 'report.xml')
  writeFileSync(path, content, encoding)
  return path
}

describe('jux publish --queue', () => {
  it('refuses a --concurrency that is not a whole number', async () => {
    const { root } = storeWith('a')

    const { code, err } = await publishQueue(NO_SERVER, root, '--concurrency', '0.5')

    expect({ code, err }).toEqual({ code: 64, err: expect.stringContaining('It must be a whole number from 1.') })
  })

  it.each(['--queue', '--process-queue', '-q'])('sends all reports in the queue, with the flag %s', async (flag) => {
    const { root, store, queue, hashes } = storeWith('a', 'b', 'c')
    const server = await startServer(created)

    const { code, out, err } = await runJux(['publish', flag, '--api-url', server.url, '--storage-path', root])

    const stored = store.list().map(({ hash }) => hash)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/3 published, 0 failed\n$/)
    expect(server.received.map(({ body }) => projectOf(body)).sort()).toEqual(['a', 'b', 'c'])
    expect({ queued: queue.list(), stored: stored.sort() }).toEqual({ queued: [], stored: [...hashes].sort() })
  })

  it('exits with 2 when some reports could not be sent, and leaves those in the queue', async () => {
    const { root, queue, hashes } = storeWith('good', 'bad', 'fine')
    const server = await startServer(byProject({ bad: json(422, { error: 'not this one' }) }))

    const { code, out, err } = await publishQueue(server.url, root)

    expect(code).toBe(2)
    expect(out).toMatch(/2 published, 1 failed\n$/)
    expect(err).toContain('not this one')
    expect(queue.list().map(({ hash }) => hash)).toEqual([hashes[1]])
  })

  it('exits with 1 when no report could be sent, and leaves all in the queue', async () => {
    const { root, queue } = storeWith('a', 'b')

    const { code } = await publishQueue(NO_SERVER, root, '--max-retries', '0')

    expect({ code, queued: queue.list().length }).toEqual({ code: 1, queued: 2 })
  })

  it('exits with 0 and says so when the queue is empty', async () => {
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

  it('prints a result for each report as JSON', async () => {
    const { root, hashes } = storeWith('good', 'bad')
    const server = await startServer(byProject({ bad: json(400, { error: 'no' }) }))

    const { code, out, err } = await publishQueue(server.url, root, '--json')

    const { results, ...totals } = JSON.parse(out)
    expect({ code, err, totals }).toEqual({
      code: 2,
      err: '',
      totals: { success: false, dry_run: false, published: 1, failed: 1 },
    })
    expect(results).toContainEqual({
      hash: hashes[0],
      success: true,
      test_run_id: 'run-1',
      status: 'created',
      attempts: 1,
      message: 'stored',
    })
    expect(results).toContainEqual(
      expect.objectContaining({ hash: hashes[1], success: false, code: 'API_SERVER_ERROR', reason: 'http-400' }),
    )
  })

  it('counts a report that the server already has as published', async () => {
    const { root, queue } = storeWith('a')
    const server = await startServer(json(409, { status: 'duplicate', id: 'x' }))

    const { code, out } = await publishQueue(server.url, root)

    expect(code).toBe(0)
    expect(out).toContain('the server has it already')
    expect(queue.list()).toEqual([])
  })

  it('moves a report that was changed to quarantine, without sending it', async () => {
    const { root, queue, store, hashes } = storeWith('good', 'damaged')
    writeFileSync(join(root, 'queue', `${hashes[1]}.xml`), ownReport('forged'))
    const server = await startServer(created)

    const { code, err } = await publishQueue(server.url, root)

    expect(code).toBe(2)
    expect(err).toMatch(/content-differs/)
    expect(err).toMatch(/it was moved to quarantine: /)
    expect(server.received.map(({ body }) => projectOf(body))).toEqual(['good'])
    expect(queue.list()).toEqual([])
    expect(store.stats()).toMatchObject({ quarantinedReports: 1, totalReports: 1 })
  })

  it('moves a report that was truncated to quarantine', async () => {
    const { root, store, hashes } = storeWith('cut')
    writeFileSync(join(root, 'queue', `${hashes[0]}.xml`), ownReport('cut').subarray(0, 220))

    const { code } = await publishQueue(NO_SERVER, root)

    expect(code).toBe(1)
    expect(store.stats()).toMatchObject({ quarantinedReports: 1, queuedReports: 0 })
  })

  it('sends a report of the Python tools under the hash it is queued with', async () => {
    const { root, queue } = storeWith()
    const bytes = Buffer.from('<testsuite name="pytest"><testcase name="t"/></testsuite>')
    queue.put([bytes], 'd'.repeat(64))
    const server = await startServer(created)

    const { code } = await publishQueue(server.url, root)

    expect(code).toBe(0)
    expect(server.received[0]?.headers['idempotency-key']).toBe('d'.repeat(64))
    expect(existsSync(join(root, 'reports', `${'d'.repeat(64)}.xml`))).toBe(true)
  })

  it('stops sending after repeated failures of the server, and loses no report', async () => {
    const { root, queue } = storeWith(...Array.from({ length: 30 }, (_, index) => `p${index}`))
    const server = await startServer((_response, _received, request) => request.socket.destroy())

    const { code, out } = await publishQueue(server.url, root, '--json', '--max-retries', '0')

    const notTried = JSON.parse(out).results.filter(({ reason }: { reason: string }) => reason === 'not-tried')
    expect(code).toBe(1)
    expect(notTried.length).toBeGreaterThan(10)
    expect(queue.list()).toHaveLength(30)
  })

  it('tries a server of this machine that does not run only once, and says so for the other reports', async () => {
    const { root, queue } = storeWith('a', 'b', 'c')
    const began = performance.now()

    const { code, out } = await publishQueue(NO_SERVER, root, '--json', '--concurrency', '1')

    const [first, ...others] = JSON.parse(out).results
    expect(code).toBe(1)
    expect(first).toMatchObject({ reason: 'connection-refused' })
    expect(first.suggestions[0]).toBe('npx jux-server --port 9  # starts one on this machine')
    expect(others.map(({ error, reason }: { error: string; reason: string }) => ({ error, reason }))).toEqual(
      Array(2).fill({ error: `not sent: no server listens at ${NO_SERVER}`, reason: 'not-tried' }),
    )
    expect(performance.now() - began).toBeLessThan(3_000)
    expect(queue.list()).toHaveLength(3)
  })

  it('sends a report that is still claimed by a process that ended', async () => {
    const { root, queue, hashes } = storeWith('a')
    const claims = join(root, 'jux-reporter', 'claims')
    queue.claim(hashes[0] ?? '')
    const [name = ''] = readdirSync(claims)
    // The process id of this process, with another start time.
    writeFileSync(join(claims, name.replace(/\.(\d+)-\d+-/, '.$1-1-')), readFileSync(join(claims, name)))
    const server = await startServer(created)

    const { code, out } = await publishQueue(server.url, root)

    expect(code).toBe(0)
    expect(out).toContain('1 published')
  })

  it('draws a progress bar on a terminal, but not with --json', async () => {
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

  it('exits with 0 without a server when the queue is empty', async () => {
    const { root } = storeWith()

    const { code, out, err } = await runJux(['publish', '--queue', '--storage-path', root])

    expect({ code, out, err }).toEqual({ code: 0, out: 'no reports are queued\n', err: '' })
  })

  it('prints the command that sends the rest later, with its flags', async () => {
    const { root } = storeWith(...Array.from({ length: 16 }, (_, index) => `p${index}`))

    const { err } = await publishQueue(NO_SERVER, root, '--max-retries', '0', '--timeout', '5', '--concurrency', '1')

    expect(err).toContain(`npx jux publish --queue --storage-path ${root} --api-url ${NO_SERVER} --timeout 5\n`)
  })

  it('says that a report is still queued, and raises the deadline by its flag for the wait of a server', async () => {
    const { root } = storeWith('a')
    const server = await startServer(json(429, {}, { 'retry-after': '60' }))

    const { err } = await publishQueue(server.url, root, '--deadline', '30')

    expect(err).toMatch(
      /would not fit into --deadline \(30 s\); the report is still queued\n.*--deadline 7\d {2}# enough/,
    )
    expect(err).not.toMatch(/JUX_DEADLINE|JUX_STORAGE_MODE|JUX_DRY_RUN/)
  })

  it('prints every attempt with --verbose, and no secret', async () => {
    const { root } = storeWith('a')
    const server = await startServer(json(503, { error: 'busy' }), created)
    const flags = ['publish', '--queue', '--verbose', '--api-url', server.url, '--storage-path', root]

    const { err } = await runJux([...flags, '--bearer-token', 's3cr3t-token'])

    expect(err).toMatch(/POST http.*\nattempt 1: .*busy.*\n.*waiting 1 s\n/)
    expect(err).not.toContain('s3cr3t-token')
  })

  it('exits with 1 when the folder of the store is a file', async () => {
    const { code, err } = await publishQueue(NO_SERVER, reportFile())

    expect(code).toBe(1)
    expect(err).toMatch(/STORAGE_|OPERATION_FAILED/)
  })
})

describe('jux publish --file', () => {
  it('sends one report under its content hash', async () => {
    const file = reportFile()
    const server = await startServer(created)

    const { code, out } = await runJux(['publish', '--file', file, '--json', '--api-url', server.url])

    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ success: true, published: 1, results: [{ file, test_run_id: 'run-1' }] })
    expect(server.received[0]?.headers['idempotency-key']).toBe(contentHash(ownReport('one')))
  })

  it('sends a report in another encoding as UTF-8', async () => {
    const file = reportFile('<?xml version="1.0" encoding="ISO-8859-1"?><testsuite name="gr\xfc\xdfe"/>', 'latin1')
    const server = await startServer(created)

    const { code, err } = await runJux(['publish', '-f', file, '--api-url', server.url])

    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(JSON.parse(String(server.received[0]?.body)).xml_content).toContain('grüße')
  })

  it.each([
    ['that is empty', '', 'XML_PARSE_ERROR'],
    ['that is not XML', 'hello', 'XML_PARSE_ERROR'],
    ['that is not a report', '<html></html>', 'XML_INVALID_STRUCTURE'],
    ['that does not exist', undefined, 'FILE_NOT_FOUND'],
  ])('refuses a file %s, before any request', async (_, content, expected) => {
    const file = content === undefined ? join(temporaryFolder(), 'none.xml') : reportFile(content)
    const server = await startServer(created)

    const { code, err } = await runJux(['publish', '--file', file, '--api-url', server.url])

    expect(code).toBe(1)
    expect(err).toContain(expected)
    expect(server.received).toEqual([])
  })

  it('refuses a stored report that was changed', async () => {
    const { root, hashes } = storeWith('a')
    const file = join(root, 'queue', `${hashes[0]}.xml`)
    writeFileSync(file, ownReport('forged'))

    const { code, err } = await runJux(['publish', '--file', file, '--api-url', NO_SERVER])

    expect(code).toBe(1)
    expect(err).toContain('content-differs')
  })

  it('warns when the server counts other results', async () => {
    const server = await startServer(json(201, { test_run_id: 'x', test_count: 2 }))

    const { err } = await runJux(['publish', '--file', reportFile(), '--api-url', server.url])

    expect(err).toMatch(/warn .*tests: 1 here, 2 on the server/)
  })

  it('does the same as the argument FILE', async () => {
    const file = reportFile()

    const named = await runJux(['publish', file, '-n'])
    const flagged = await runJux(['publish', '-f', file, '-n'])

    expect(named).toEqual(flagged)
    expect(named.code).toBe(0)
  })
})

describe('jux publish --dry-run', () => {
  it('prints what would be sent, without a server, a key, a request or a change', async () => {
    const { root, queue } = storeWith('a', 'b')

    const { code, out } = await runJux(['publish', '--queue', '--dry-run', '--storage-path', root])

    expect(code).toBe(0)
    expect(out).toMatch(/server +http:\/\/localhost:4000\/api\/v1\/junit\/submit\n/)
    expect(out).toMatch(/project +a\n/)
    expect(out).toMatch(/2 would be published, 0 failed\n$/)
    expect(queue.list()).toHaveLength(2)
  })

  it('prints JSON, and sends no request to the configured server', async () => {
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

  it('exits with 1 for a file that is not a report', async () => {
    expect((await runJux(['publish', '--file', reportFile('<broken'), '--dry-run'])).code).toBe(1)
  })
})

describe('jux publish', () => {
  it.each([
    [[]],
    [['--file', 'x.xml', '--queue']],
    [['x.xml', '--queue']],
    [['x.xml', '--file', 'x.xml']],
    [['--queue', '--protocol', 'soap']],
    [['--queue', '--concurrency', '0']],
    [['--nonsense']],
  ])('exits with 64 for the arguments %j', async (flags) => {
    const { code, out, err } = await runJux(['publish', ...flags])

    expect({ code, out }).toEqual({ code: 64, out: '' })
    expect(err).toContain('(run "jux publish --help"')
  })
})
