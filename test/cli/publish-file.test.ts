import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { contentHash } from '../../src/xml/canonical.js'
import { runJux } from '../support/cli.js'
import { temporaryFolder } from '../support/folders.js'
import { created, json, startServer } from '../support/http-server.js'
import { ownReport, storeWith } from '../support/queued-reports.js'

describe('jux publish --file', () => {
  it('publishes one report', async () => {
    const file = join(temporaryFolder(), 'report.xml')
    writeFileSync(file, ownReport('one'))
    const server = await startServer(created)

    const { code, out } = await runJux(['publish', '--file', file, '--json', '--api-url', server.url])

    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ success: true, published: 1, results: [{ file, test_run_id: 'run-1' }] })
    expect(server.received[0]?.headers['idempotency-key']).toBe(contentHash(ownReport('one')))
  })

  it('publishes a report in another encoding', async () => {
    const file = join(temporaryFolder(), 'latin.xml')
    writeFileSync(file, '<?xml version="1.0" encoding="ISO-8859-1"?><testsuite name="gr\xfc\xdfe"/>', 'latin1')
    const server = await startServer(created)

    const { code, err } = await runJux(['publish', '-f', file, '--api-url', server.url])

    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(JSON.parse(String(server.received[0]?.body)).xml_content).toContain('grüße')
  })

  it.each([
    ['missing', undefined, 'FILE_NOT_FOUND'],
    ['empty', '', 'XML_PARSE_ERROR'],
    ['no XML', 'hello', 'XML_PARSE_ERROR'],
    ['no report', '<html></html>', 'XML_INVALID_STRUCTURE'],
  ])('refuses a file that is %s, before any request', async (_, content, code) => {
    const file = join(temporaryFolder(), 'report.xml')
    if (content !== undefined) writeFileSync(file, content)
    const server = await startServer(created)

    const result = await runJux(['publish', '--file', file, '--api-url', server.url])

    expect(result.code).toBe(1)
    expect(result.err).toContain(code)
    expect(server.received).toEqual([])
  })

  it('warns when the server counts other results', async () => {
    const file = join(temporaryFolder(), 'report.xml')
    writeFileSync(file, ownReport('one'))
    const server = await startServer(json(201, { test_run_id: 'x', test_count: 2 }))

    expect((await runJux(['publish', '--file', file, '--api-url', server.url])).err).toMatch(
      /warn .*tests: 1 here, 2 on the server/,
    )
  })

  it('refuses a stored report that was changed', async () => {
    const { root, hashes } = storeWith('a')
    const file = join(root, 'queue', `${hashes[0]}.xml`)
    writeFileSync(file, ownReport('forged'))

    const { code, err } = await runJux(['publish', '--file', file, '--api-url', 'http://127.0.0.1:9'])

    expect(code).toBe(1)
    expect(err).toContain('content-differs')
  })
})
