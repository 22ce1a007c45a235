import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openQueue } from '../../src/store/queue.js'
import { openStore } from '../../src/store/reports.js'
import { runJux } from '../support/cli.js'
import { temporaryFolder } from '../support/folders.js'

const [A, B, C] = ['aa11'.padEnd(64, '0'), 'bb22'.padEnd(64, '0'), 'cc33'.padEnd(64, '0')]
const XML =
  '<testsuite name="s"><properties><property name="jux:hostname" value="ci-1"/><property name="jux:username" value="dev"/><property name="jux:timestamp" value="2026-01-01T00:00:00Z"/><property name="env:CI" value="true"/></properties></testsuite>'
const DAY_S = 86_400
const NOW_S = Date.UTC(2026, 0, 31) / 1_000

/** One report 20 days old, one of 5 days, and one in the queue for 30 days. */
function aStore() {
  const root = join(temporaryFolder(), 'store')
  const age = (path: string, days: number) => utimesSync(path, NOW_S - days * DAY_S, NOW_S - days * DAY_S)
  age(openStore(root).put([Buffer.from(XML)], A), 20)
  age(openStore(root).put([Buffer.from('<testsuite/>')], B), 5)
  age(openQueue(root).put([Buffer.from(XML)], C), 30)
  const run = (...argv: string[]) =>
    runJux(['cache', '--storage-path', root, ...argv], { system: { now: '2026-01-31T00:00:00.000Z' } })
  return { root, run, store: openStore(root), queue: openQueue(root) }
}

describe('jux cache list', () => {
  it('lists the reports, oldest first', async () => {
    const { run } = aStore()

    const { code, out } = await run('list')

    expect(code).toBe(0)
    expect(out).toMatch(
      new RegExp(`${A}\nTimestamp  2026-01-01T00:00:00Z\nHostname   ci-1\nUsername   dev\n${B}\nTimestamp  N/A`),
    )
  })

  it('prints the JSON of the Python tools for the list', async () => {
    expect(JSON.parse((await aStore().run('list', '--json')).out)).toEqual({
      reports: [
        { hash: A, timestamp: '2026-01-01T00:00:00Z', hostname: 'ci-1', size: XML.length },
        { hash: B, timestamp: 'N/A', hostname: 'N/A', size: 12 },
      ],
      total: 2,
    })
  })

  it('lists the queue with --queue, including a report that is being sent', async () => {
    const { run, queue } = aStore()
    queue.claim(C)

    expect(JSON.parse((await run('list', '--queue', '--json')).out)).toMatchObject({ reports: [{ hash: C }], total: 1 })
  })

  it('tells which entries of the folder it does not list, and why', async () => {
    const { run, root } = aStore()
    writeFileSync(join(root, 'queue', 'report.xml'), XML)
    mkdirSync(join(root, 'queue', `${A}.xml`))
    symlinkSync('/nowhere', join(root, 'queue', `${B}.xml`))
    writeFileSync(join(root, 'queue', '.tmp_1-2-aaaaaaaaaaaa_bbbbbbbbbbbb.tmp'), '')
    const path = (name: string) => join(root, 'queue', name)

    const text = await run('list', '--queue')
    const json = await run('list', '--queue', '--json')

    expect(text.out).toContain(C)
    expect(text.err.split('\n')).toEqual([
      `skipped  ${path(`${A}.xml`)}: it is a folder`,
      `skipped  ${path(`${B}.xml`)}: it is a symbolic link`,
      `skipped  ${path('report.xml')}: its name is not the content hash of a report with .xml`,
      '',
    ])
    expect(JSON.parse(json.out)).toMatchObject({
      total: 1,
      skipped: [{ file: path(`${A}.xml`) }, { file: path(`${B}.xml`) }, { file: path('report.xml') }],
    })
    expect(json.err).toBe('')
    expect((await run('list')).err).toBe('')
  })

  it('accepts --storage-path after the subcommand, and lists a file that is not a report', async () => {
    const { root } = aStore()
    writeFileSync(join(root, 'reports', `${'f'.repeat(64)}.xml`), 'no xml')

    const { code, out } = await runJux(['cache', 'list', '--json', '--storage-path', root])

    expect(code).toBe(0)
    expect(JSON.parse(out).total).toBe(3)
  })
})

describe('jux cache show', () => {
  it.each([A, `sha256:${A}`, 'aa11', 'SHA256:AA11'])('finds a report by the hash %s', async (hash) => {
    const { code, out } = await aStore().run('show', hash)

    expect(code).toBe(0)
    expect(out).toMatch(/jux:hostname +ci-1/)
    expect(out).toMatch(/Environment\nenv:CI +true/)
    expect(out).toContain(XML)
  })

  it('prints the JSON of the Python tools for a report', async () => {
    expect(JSON.parse((await aStore().run('show', C, '--json')).out)).toEqual({
      hash: C,
      metadata: {
        'jux:hostname': 'ci-1',
        'jux:username': 'dev',
        'jux:timestamp': '2026-01-01T00:00:00Z',
        'env:CI': 'true',
      },
      report: XML,
      size: XML.length,
    })
  })

  it.each([
    ['dddd', 'REPORT_NOT_FOUND'],
    ['../../etc/passwd', 'INVALID_ARGUMENT'],
    ['aa', 'INVALID_ARGUMENT'],
  ])('refuses the hash %s with %s', async (hash, code) => {
    const result = await aStore().run('show', hash, '--json')

    expect(result.code).toBe(1)
    expect(JSON.parse(result.out)).toMatchObject({ code })
  })

  it('refuses a hash with which several reports begin', async () => {
    const { run, store } = aStore()
    store.put([Buffer.from('<testsuite/>')], 'aa11'.padEnd(64, 'f'))

    expect((await run('show', 'aa11')).err).toMatch(/2 reports begin with aa11/)
  })

  it('escapes control characters of a report on a terminal', async () => {
    const { root, store } = aStore()
    store.put([Buffer.from('<testsuite name="\u009b2J\u202e"/>')], 'e'.repeat(64))

    const { out } = await runJux(['cache', '--storage-path', root, 'show', 'eeee'], {
      terminal: true,
      system: { env: { NO_COLOR: '1' } },
    })

    expect(out).toContain('\\u009b2J\\u202e')
    expect(out).not.toContain('\u009b')
  })
})

describe('jux cache stats', () => {
  it('prints number, size and age of the reports, as text and as JSON', async () => {
    const { run } = aStore()

    expect((await run('stats')).out).toMatch(
      /Total Reports +2\nQueued Reports +1\nTotal Size +\d+\.\d B\nOldest Report +2026-01-11T/,
    )
    expect(JSON.parse((await run('stats', '--json')).out)).toEqual({
      total_reports: 2,
      queued_reports: 1,
      total_size: 2 * XML.length + 12,
      oldest_report: '2026-01-11T00:00:00.000Z',
      quarantined_reports: 0,
    })
  })

  it('prints zeros for a store that does not exist', async () => {
    const { code, out } = await runJux(['cache', 'stats', '--json', '--storage-path', join(temporaryFolder(), 'none')])

    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ total_reports: 0, oldest_report: null })
  })
})

describe('jux cache clean', () => {
  it('deletes old reports, but none in the queue', async () => {
    const { run, store, queue } = aStore()

    const { code, out } = await run('clean', '--days', '10', '--json')

    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual({ deleted: 1, dry_run: false, freed: XML.length, hashes: [A] })
    expect(store.list().map(({ hash }) => hash)).toEqual([B])
    expect(queue.list().map(({ hash }) => hash)).toEqual([C])
  })

  it('deletes old reports in the queue with --queue', async () => {
    const { run, queue } = aStore()

    expect((await run('clean', '--days', '10', '--queue')).out).toMatch(/2 deleted/)
    expect(queue.list()).toEqual([])
  })

  it('deletes nothing with --dry-run', async () => {
    const { run, store } = aStore()

    expect((await run('clean', '--days', '0', '--dry-run')).out).toMatch(/2 would be deleted/)
    expect(store.list()).toHaveLength(2)
  })

  it.each([['--days', '-1'], ['--days', 'ten'], ['--days', '1.5'], []])(
    'exits with 64 for the flags %j %j, and deletes nothing',
    async (...flags) => {
      const { run, store } = aStore()

      expect((await run('clean', ...flags)).code).toBe(64)
      expect(store.list()).toHaveLength(2)
    },
  )
})

describe('jux cache', () => {
  it.each([[], ['nonsense'], ['show']])('exits with 64 for the arguments %j', async (...argv) => {
    expect((await runJux(['cache', ...argv])).code).toBe(64)
  })
})
