import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openQueue } from '../../src/store/queue.js'
import { openStore } from '../../src/store/reports.js'
import { contentHash } from '../../src/xml/canonical.js'
import { runJux } from '../support/cli.js'
import { temporaryFolder } from '../support/folders.js'
import { created, startServer } from '../support/http-server.js'
import { ROOT } from './faults.js'

const TOOLS = installPythonTools()

const REPORT = Buffer.from(
  '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites><testsuite name="s"><properties><property name="project" value="app"></property><property name="jux:hostname" value="ci-1"></property><property name="jux:timestamp" value="2026-01-01T00:00:00.000Z"></property><property name="jux:client" value="jux-reporter"></property></properties><testcase name="t"></testcase></testsuite></testsuites>',
)
const HASH = contentHash(REPORT)

/** Writes a report with juxlib, under a name that is not our content hash. */
const PYTHON_WRITES = `
import sys
from pathlib import Path
from juxlib.storage.filesystem import ReportStorage
storage = ReportStorage(storage_path=Path(sys.argv[1]))
xml = b'<testsuite name="pytest"><properties><property name="jux:hostname" value="py"/></properties><testcase name="t"/></testsuite>'
storage.store_report(xml, 'c' * 64)
storage.queue_report(xml, 'd' * 64)
`

describe.skipIf(TOOLS === undefined)('the store that the Python tools share', () => {
  it('is listed by jux-cache as by "jux cache list"', async () => {
    const root = join(temporaryFolder(), 'store')
    openStore(root).put([REPORT], HASH)

    const listed = JSON.parse((await tool('jux-cache', ['--storage-path', root, 'list', '--json'])).stdout)

    expect(listed).toMatchObject({ total: 1, reports: [{ hash: HASH, hostname: 'ci-1', size: REPORT.length }] })
    expect(listed).toEqual(JSON.parse((await runJux(['cache', 'list', '--json', '--storage-path', root])).out))
  })

  it('has reports in its queue that jux-publish submits', async () => {
    const root = join(temporaryFolder(), 'store')
    openQueue(root).put([REPORT], HASH)
    const server = await startServer((response) => {
      response.writeHead(201, { 'content-type': 'application/json' })
      const counts = { test_count: 1, failure_count: 0, error_count: 0, skipped_count: 0 }
      response.end(JSON.stringify({ test_run_id: '00000000-0000-4000-8000-000000000000', message: 'ok', ...counts }))
    })

    const { status, stdout } = await tool('jux-publish', [
      '--queue',
      '--json',
      '--storage-path',
      root,
      '--api-url',
      server.url,
    ])

    expect(JSON.parse(stdout)).toMatchObject({ success: true, published: 1 })
    expect(status).toBe(0)
    expect(server.received).toHaveLength(1)
    expect(openStore(root).stats()).toMatchObject({ totalReports: 1, queuedReports: 0 })
  })

  it('has reports of the Python tools that "jux cache list" lists and "jux publish --queue" submits', async () => {
    const root = join(temporaryFolder(), 'store')
    execFileSync(join(TOOLS ?? '', 'python'), ['-c', PYTHON_WRITES, root])
    const server = await startServer(created)

    const stored = JSON.parse((await runJux(['cache', 'list', '--json', '--storage-path', root])).out)
    const listed = JSON.parse((await runJux(['cache', 'list', '--queue', '--json', '--storage-path', root])).out)
    const { code, err } = await runJux(['publish', '--queue', '--storage-path', root, '--api-url', server.url])

    expect(listed).toMatchObject({ total: 1, reports: [{ hash: 'd'.repeat(64), hostname: 'py' }] })
    expect(stored).toMatchObject({ total: 1, reports: [{ hash: 'c'.repeat(64), hostname: 'py' }] })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(server.received[0]?.headers['idempotency-key']).toBe('d'.repeat(64))
    expect(openStore(root).has('d'.repeat(64))).toBe(true)
  })
})

function tool(name: string, args: readonly string[]): Promise<{ status: number | null; stdout: string }> {
  return new Promise((resolve, reject) => {
    const home = temporaryFolder()
    const child = spawn(join(TOOLS ?? '', name), args, {
      env: { PATH: process.env.PATH, HOME: home, XDG_CONFIG_HOME: home },
    })
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, stdout }))
  })
}

/** Folder of the programs of the Python tools, in a virtual environment that git ignores. */
function installPythonTools(): string | undefined {
  const environment = join(ROOT, '.interop', 'pytest-jux')
  const bin = join(environment, 'bin')
  try {
    if (!existsSync(join(bin, 'jux-publish'))) {
      execFileSync('python3', ['-m', 'venv', environment], { stdio: 'ignore', timeout: 120_000 })
      execFileSync(join(bin, 'pip'), ['install', '--quiet', 'pytest-jux', 'py-juxlib'], {
        stdio: 'ignore',
        timeout: 300_000,
      })
    }
    return bin
  } catch {
    console.log('did not run: pytest-jux cannot be installed')
    return undefined
  }
}
