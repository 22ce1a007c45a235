import { realSystem } from 'jux-reporter'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/support/folders.js'
import { createKey } from '../src/access/keys.js'
import { openDatabase } from '../src/database/engine.js'
import { migrate } from '../src/database/migrations.js'
import type { Database } from '../src/database/schema.js'
import { openReportBytes } from '../src/ingest/bytes.js'
import { PARTS_FROM } from '../src/ingest/store.js'
import { testKey } from '../src/ingest/test-key.js'
import { MAX_CANDIDATES } from '../src/queries/search.js'
import { removeOldRuns } from '../src/retention.js'
import { MAX_TEXTS_OF_RUN, TEXT_STEP_MS } from '../src/search/error-texts.js'
import { loadSettings } from '../src/settings.js'
import { ENGINES, engineUnderTest } from './support/engines.js'
import { HTML, htmlOf, submit, textOf } from './support/pages.js'
import { escapeValue, report, XML } from './support/reports.js'
import { type TestResponse, type TestServer, testServer } from './support/server.js'

const failing = (name: string, message: string, type = 'Error') =>
  `<testcase classname="cart" name="${name}"><failure message="${escapeValue(message)}" type="${type}"/></testcase>`
const named = (name: string, file = '') =>
  `<testcase classname="cart" name="${escapeValue(name)}"${file === '' ? '' : ` file="${file}"`}/>`

async function find(server: TestServer, q: string, more = '', project = 'shop'): Promise<TestResponse> {
  return server.get(`/api/v1/projects/${project}/search?q=${encodeURIComponent(q)}${more}`)
}

async function namesOf(server: TestServer, q: string, more = ''): Promise<string[]> {
  const response = await find(server, q, more)
  expect(response.status, response.text).toBe(200)
  return listOf(response, ['tests', 'name'])
}

async function messagesOf(server: TestServer, q: string, more = ''): Promise<string[]> {
  const response = await find(server, q, more)
  expect(response.status, response.text).toBe(200)
  return listOf(response, ['errors', 'message'])
}

function listOf(response: TestResponse, [list, field]: readonly [string, string]): string[] {
  const found: string[] = []
  for (let at = 0; response.at(list, at, field) !== ''; at++) found.push(response.at(list, at, field))
  return found
}

/** Throws if the index and its table differ (FTS5, "integrity-check"). */
async function checkIndex(database: Database): Promise<void> {
  for (const table of ['test_words_fts', 'error_texts_fts']) {
    await sql`insert into ${sql.table(table)} (${sql.ref(table)}, rank) values ('integrity-check', 1)`.execute(database)
  }
}

describe.each(ENGINES)('the search on %s', (engine) => {
  const { start, newDatabase } = engineUnderTest(engine)

  it('finds tests by words of their names and files, in any order, and the last word may go on', async () => {
    const server = await start()
    await submit(server, {
      cases: [
        named('pays by card', 'src/pay.test.ts'),
        named('pays by Überweisung', 'src/pay.test.ts'),
        named('shipsParcel', 'src/ship.test.ts'),
        named('支払いに失敗する'),
      ].join(''),
    })

    expect(await namesOf(server, 'pays')).toEqual(['pays by Überweisung', 'pays by card'].sort())
    expect(await namesOf(server, 'card pays')).toEqual(['pays by card'])
    expect(await namesOf(server, 'by uber')).toEqual(['pays by Überweisung'])
    expect(await namesOf(server, 'uber pays')).toEqual([])
    expect(await namesOf(server, 'PAYS ueberweisung')).toEqual([])
    expect(await namesOf(server, 'uberweis')).toEqual(['pays by Überweisung'])
    expect(await namesOf(server, '"by card"')).toEqual(['pays by card'])
    expect(await namesOf(server, '"card by"')).toEqual([])
    expect(await namesOf(server, '"by car"')).toEqual([])
    expect(await namesOf(server, 'src/ship.test.ts')).toEqual(['shipsParcel'])
    expect(await namesOf(server, 'ship card')).toEqual([])
    expect(await namesOf(server, 'pay card')).toEqual(['pays by card'])
    expect(await namesOf(server, 'parcel')).toEqual(['shipsParcel'])
    expect(await namesOf(server, 'shipsparc')).toEqual(['shipsParcel'])
    expect(await namesOf(server, '失敗')).toEqual(['支払いに失敗する'])
    expect(await namesOf(server, '敗失')).toEqual([])
    expect(await namesOf(server, 'ship', '&in=name')).toEqual(['shipsParcel'])
    expect(await namesOf(server, 'ts', '&in=name')).toEqual([])
    expect(await namesOf(server, 'cart', '&in=file')).toEqual([])
    expect(await namesOf(server, 'cart', '&limit=2')).toHaveLength(2)
    expect((await find(server, 'cart', '&limit=2')).at('has_more')).toBe('true')
    expect((await find(server, 'cart', '&limit=4')).at('has_more')).toBe('false')
  })

  it('finds each error text once, with its latest run, and no text of a skipped test', async () => {
    const server = await start()
    const ids: string[] = []
    for (const name of ['1', '2']) {
      const cases =
        failing('pays', 'expected "1" to be 2', 'TimeoutError') + (name === '1' ? failing('ships', 'no parcel') : '')
      ids.push(
        await submit(server, {
          name,
          cases: `${cases}<testcase name="s"><skipped message="skipped parcel"/></testcase>`,
        }),
      )
      server.advance(TEXT_STEP_MS)
    }

    const found = await find(server, '"expected 1" timeout')

    expect(found.json).toMatchObject({
      errors: [
        {
          test_run_id: ids[1],
          status: 'failed',
          test: { key: testKey('shop', 'cart', 'pays'), classname: 'cart', name: 'pays' },
          type: 'TimeoutError',
          message: 'expected "1" to be 2',
        },
      ],
    })
    expect(await messagesOf(server, 'parcel')).toEqual(['no parcel'])
    expect(await messagesOf(server, 'parcel', '&in=name,file')).toEqual([])
    expect((await find(server, 'parcel', '&in=error')).at('errors', 0, 'test_run_id')).toBe(ids[0])
    expect(await messagesOf(server, 'error')).toEqual(['expected "1" to be 2', 'no parcel'])
  })

  it('a run of the same minute changes no row of a text, and a later one does', async () => {
    const server = await start()
    const latest = async (name: string) => {
      const id = await submit(server, { name, cases: failing('pays', 'no bank') })
      return id === (await find(server, 'bank')).at('errors', 0, 'test_run_id')
    }

    const first = await latest('1')
    server.advance(TEXT_STEP_MS / 2)
    const soon = await latest('2')
    server.advance(TEXT_STEP_MS)
    const later = await latest('3')

    expect([first, soon, later]).toEqual([true, false, true])
  })

  it('finds the tests of an owner, in one project or in all, and no others', async () => {
    const server = await start()
    const owned = (file: string, owner: string) =>
      `<testsuite name="${file}"><properties><property name="jux:owner" value="${owner}"/></properties><testcase classname="c" name="${file}" file="${file}"/></testsuite>`
    const suites = [
      owned('a.ts', '@acme/payments @ann'),
      owned('b.ts', '@acme/web'),
      owned('payments.ts', 'bob@example.com'),
    ]
    const project = '<testsuite name="f"><properties><property name="project" value="shop"/></properties></testsuite>'
    await server.post('/api/v1/junit/submit', `<testsuites name="r">${project}${suites.join('')}</testsuites>`, XML)

    expect(await namesOf(server, '@acme/payments', '&in=owner')).toEqual(['a.ts'])
    expect((await find(server, '@acme/payments', '&in=owner')).at('tests', 0, 'owner')).toBe('@acme/payments @ann')
    expect((await namesOf(server, 'payments')).sort()).toEqual(['a.ts', 'payments.ts'])
    expect(await namesOf(server, 'payments', '&in=name')).toEqual(['payments.ts'])
    expect((await namesOf(server, 'acm', '&in=owner')).sort()).toEqual(['a.ts', 'b.ts'])
    expect(await namesOf(server, 'acme web', '&in=owner')).toEqual(['b.ts'])
    expect(await namesOf(server, '"acme ann"', '&in=owner')).toEqual([])
    expect(await namesOf(server, 'bob@example.com', '&in=owner')).toEqual(['payments.ts'])
    expect((await find(server, 'acme', '&in=owner', 'other')).json).toMatchObject({ tests: [] })
    expect(await textOf(server, '/search?q=%40acme%2Fweb')).toContain('@acme/web')
  })

  it('finds an owner of a project, however many owners other projects have', async () => {
    const server = await start()
    const suite = (name: string, owner: string, project: string) =>
      `<testsuite name="${name}"><properties><property name="project" value="${project}"/><property name="jux:owner" value="${owner}"/></properties><testcase classname="c" name="${name}"/></testsuite>`
    const others = Array.from({ length: MAX_CANDIDATES + 1 }, (_, at) => suite(`t${at}`, `@a${at}`, 'other'))
    for (const suites of [others.join(''), suite('pays', '@zoe', 'shop')])
      await server.post('/api/v1/junit/submit', `<testsuites name="r">${suites}</testsuites>`, XML)

    expect(await namesOf(server, 'zoe', '&in=owner')).toEqual(['pays'])
  })

  it('treats operators and quotes of both engines as text', async () => {
    const server = await start()
    await submit(server, { cases: named('a OR b') + failing('c', "it's NEAR(x)") })

    for (const q of [
      '"',
      '""',
      '*',
      '-',
      '(',
      ')',
      ':',
      '^',
      "'",
      '\\',
      '&',
      '|',
      '!',
      '<->',
      ':*',
      'a:*',
      'a AND',
      'OR',
      'NOT a',
      'NEAR(a b)',
      'name_words : a',
      '{name_words} : a',
      'project_word : p',
      "a' | 'b",
      "'a':*",
      '"a" "',
      'a\\',
      '%',
      '$1',
      '?',
      'x'.repeat(200),
    ]) {
      const response = await find(server, q)
      expect([200, 400], `${q}: ${response.text}`).toContain(response.status)
      expect(response.text).not.toMatch(/syntax|fts|tsquery/i)
    }
    expect(await namesOf(server, 'a OR b')).toEqual(['a OR b'])
    expect(await namesOf(server, 'a OR zzz')).toEqual([])
    expect(await messagesOf(server, "it's near")).toEqual(["it's NEAR(x)"])
    for (const bad of [
      'q=',
      'q=..',
      'q=a&in=owners',
      'q=a&limit=0',
      'q=a&limit=101',
      `q=${'a+'.repeat(13)}`,
      `q=${'a'.repeat(201)}`,
    ]) {
      expect((await server.get(`/api/v1/projects/shop/search?${bad}`)).status, bad).toBe(400)
    }
  })

  it('finds nothing of other projects, also for a key of one project', async () => {
    let key = ''
    const server = await start({ trustLocal: true }, async (database) => {
      key = (await createKey(database, { name: 'a', scope: 'read', project: 'shop' }, Date.now())).text
    })
    await submit(server, { project: 'shop', cases: named('pays') + failing('fails', 'broken') })
    await submit(server, { project: 'shop web', cases: named('pays online') + failing('fails online', 'broken too') })
    const headers = { authorization: `Bearer ${key}` }

    expect(await namesOf(server, 'pays')).toEqual(['pays'])
    expect(await messagesOf(server, 'broken')).toEqual(['broken'])
    expect((await server.get('/api/v1/projects/shop%20web/search?q=pays', headers)).status).toBe(403)
    expect((await server.get('/search?q=pays&project=shop+web', { ...headers, ...HTML })).status).toBe(404)
    const own = (await server.get('/search?q=pays', { ...headers, ...HTML })).text
    expect(own).toContain('pays')
    expect(own).not.toContain('online')
    expect(await textOf(server, '/search?q=pays')).toContain('pays online')
  })

  it('the page shows tests and errors with links, escapes them, and says why a query is refused', async () => {
    const server = await start()
    const id = await submit(server, { cases: named('<b>pays</b>', 'pay.ts') + failing('fails', 'no <i>bank</i>') })

    const html = await htmlOf(server, '/search?project=shop&q=pays')
    const errors = await htmlOf(server, '/search?project=shop&q=bank')

    expect(html).toContain(`/tests/${testKey('shop', 'cart', '<b>pays</b>')}`)
    expect(html).not.toContain('<b>pays')
    expect(errors).toContain(`/runs/${id}/tests/1`)
    expect(errors).not.toContain('<i>bank')
    expect(await textOf(server, '/search?project=shop')).toContain('All words must match')
    const nothing = await textOf(server, '/search?project=shop&q=nothing')
    expect(nothing).toContain('Nothing matches. Search for fewer words')
    expect(nothing).toContain('No test matches.')
    const refused = await server.get('/search?project=shop&q=%22%22', HTML)
    expect([refused.status, refused.text]).toEqual([
      400,
      expect.stringContaining('the query has no letter and no digit'),
    ])
    for (const path of ['/projects/shop', `/runs/${id}`]) {
      const page = await htmlOf(server, path)
      expect(page).toContain('action="/search"')
      expect(page).toContain('<input type="hidden" name="project" value="shop"')
    }
  })

  it('indexes at most so many texts of one run, and those of a run that is stored in parts', async () => {
    const server = await start()
    const many = Array.from({ length: MAX_TEXTS_OF_RUN + 5 }, (_, at) => failing(`t${at}`, `broken number${at}`))
    const filler = Array.from({ length: PARTS_FROM }, (_, at) => named(`filler${at}`))

    await submit(server, { cases: [...many, ...filler].join('') })

    const { count } = await server.database
      .selectFrom('error_texts')
      .select((row) => row.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    expect(count).toBe(MAX_TEXTS_OF_RUN)
    expect(await messagesOf(server, 'number7')).toContain('broken number7')
    expect(await namesOf(server, 'filler12')).toContain('filler12')
    expect(await namesOf(server, 'cart', '&limit=100')).toHaveLength(100)
    expect(MAX_CANDIDATES).toBeGreaterThanOrEqual(MAX_TEXTS_OF_RUN)
    if (engine === 'sqlite') await checkIndex(server.database)
  })

  it('forgets what retention deletes, and keeps a text that a later run has too', async () => {
    const server = await start()
    await submit(server, { name: 'old', cases: failing('old test', 'old text') + failing('pays', 'both') })
    server.advance(10 * 86_400_000)
    const young = await submit(server, { name: 'young', cases: failing('pays', 'both') })
    const settings = { ...loadSettings({ data: server.dataDir, keep: '5d' }, { ...realSystem(), env: {} }) }
    const bytes = openReportBytes({ engine, database: server.database }, server.dataDir)
    const now = () => new Date(Date.now() + 10 * 86_400_000)

    const removed = await removeOldRuns({ settings, database: server.database, bytes, now }, () => false)

    expect(removed).toBe(1)
    expect(await messagesOf(server, 'text')).toEqual([])
    expect(await namesOf(server, 'old')).toEqual([])
    expect((await find(server, 'both')).at('errors', 0, 'test_run_id')).toBe(young)
    for (const table of ['test_words', 'error_texts'] as const) {
      const rows = await server.database.selectFrom(table).select('project_word').execute()
      expect(rows, table).toHaveLength(1)
    }
    if (engine === 'sqlite') await checkIndex(server.database)
  })

  it('an update fills the index with the tests and errors that are stored', async () => {
    const settings = { dataDir: temporaryFolder(), databaseUrl: await newDatabase() }
    const first = await testServer(settings)
    const older = await submit(first, {
      name: '1',
      cases: named('pays by card', 'src/pay.test.ts') + failing('ships', 'no parcel'),
    })
    first.advance(TEXT_STEP_MS)
    const latest = await submit(first, { name: '2', cases: failing('ships', 'no parcel') })
    await first.close()
    const { database } = await openDatabase(settings)
    await withoutSearch(database, engine)
    await migrate(database, engine)
    await migrate(database, engine)
    await database.destroy()

    const server = await testServer(settings)

    expect(older).not.toBe(latest)
    expect(await namesOf(server, 'pay card')).toEqual(['pays by card'])
    expect((await find(server, 'parcel')).at('errors', 0, 'test_run_id')).toBe(latest)
    server.advance(3 * TEXT_STEP_MS)
    await server.post('/api/v1/junit/submit', report({ name: '3', cases: failing('ships', 'no parcel') }), XML)
    expect((await find(server, 'parcel')).at('errors', 0, 'test_run_id')).not.toBe(latest)
    if (engine === 'sqlite') await checkIndex(server.database)
  })
})

/** A database as it was before the migration of the search. */
async function withoutSearch(database: Database, engine: string): Promise<void> {
  for (const table of ['test_words', 'error_texts']) {
    if (engine === 'sqlite') await sql`drop table ${sql.table(`${table}_fts`)}`.execute(database)
    await sql`drop table ${sql.table(table)}`.execute(database)
  }
  await sql`delete from kysely_migration where name >= '011_search'`.execute(database)
}
