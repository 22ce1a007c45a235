import { readReport } from 'jux-reporter'
import { describe, expect, it } from 'vitest'
import { openDatabase } from '../src/database/engine.js'
import { WriteTurns } from '../src/database/turns.js'
import { SEEN_STEP_MS, TestIds } from '../src/ingest/test-ids.js'
import { ENGINES, engineUnderTest } from './support/engines.js'
import { report, XML } from './support/reports.js'
import type { TestServer } from './support/server.js'

const casesOf = (...names: readonly string[]) =>
  readReport(Buffer.from(report({ cases: names.map((name) => `<testcase classname="c" name="${name}"/>`).join('') })), {
    cases: true,
  }).cases ?? []

/** A connection that counts its turns to write. Connections of one process share the turns of its writers, as in the server. */
async function contextOf(
  server: TestServer,
  writers = new WriteTurns(server.databaseUrl === undefined ? 'sqlite' : 'postgres'),
) {
  const opened = await openDatabase({ dataDir: server.dataDir, databaseUrl: server.databaseUrl })
  let turns = 0
  const context = {
    ...opened,
    inTurn: <T>(action: () => Promise<T>) => {
      turns++
      return writers.run(action)
    },
  }
  return { context, turns: () => turns, close: () => opened.database.destroy() }
}

describe.each(ENGINES)('TestIds on %s', (engine) => {
  const { start } = engineUnderTest(engine)

  it('gives each test of a project one id, in every thread, and writes only new tests', async () => {
    const server = await start()
    const { context, turns, close } = await contextOf(server)
    const [first, second] = [new TestIds(), new TestIds()]
    const ids = async (known: TestIds, project: string, ...names: string[]) =>
      (await known.resolve(context, project, casesOf(...names), 1)).map(({ id }) => id)

    const [a, b, again] = await ids(first, 'shop', 'a', 'b', 'a')
    const other = await ids(first, 'bank', 'a')
    const known = [await ids(first, 'shop', 'b', 'a'), await ids(second, 'shop', 'b', 'a')]
    const writes = turns()
    const [, c] = await ids(second, 'shop', 'a', 'c')

    expect(again).toBe(a)
    expect(new Set([a, b, c, ...other]).size).toBe(4)
    expect(known).toEqual([
      [b, a],
      [b, a],
    ])
    expect([writes, turns()]).toEqual([2, 3])
    await close()
  })

  it('finds the id of a test that two connections insert at the same time', async () => {
    const server = await start()
    const writers = new WriteTurns(engine)
    const contexts = [await contextOf(server, writers), await contextOf(server, writers)]
    const names = Array.from({ length: 2_500 }, (_, at) => `test ${at}`)
    const cases = [casesOf(...names), casesOf(...names.toReversed())]

    const [left, right] = await Promise.all(
      contexts.map(({ context }, at) => new TestIds().resolve(context, 'shop', cases[at] ?? [], 1)),
    )

    expect(left?.map(({ id }) => id)).toEqual(right?.map(({ id }) => id).toReversed())
    expect(new Set(left?.map(({ id }) => id)).size).toBe(names.length)
    for (const { close } of contexts) await close()
  })

  it('finds a test again that other tests have displaced from memory, and one whose name is too long for memory', async () => {
    const server = await start()
    const { context, turns, close } = await contextOf(server)
    const known = new TestIds()
    const many = (kind: string) => casesOf(...Array.from({ length: 20_000 }, (_, at) => `${kind} ${at}`))
    const long = 'x'.repeat(600)
    const first = await known.resolve(context, 'shop', casesOf('first', long), 1)

    await known.resolve(context, 'shop', many('a'), 1)
    const recent = await known.resolve(context, 'shop', casesOf('first'), 1)
    await known.resolve(context, 'shop', many('b'), 1)
    await known.resolve(context, 'shop', many('c'), 1)
    const writes = turns()
    const again = await known.resolve(context, 'shop', casesOf('first', long), 1)

    expect(recent.map(({ id }) => id)).toEqual([first[0]?.id])
    expect(again.map(({ id }) => id)).toEqual(first.map(({ id }) => id))
    expect(turns()).toBe(writes)
    await close()
  })

  it('updates the date of a test that it sees again after a day, although it is in memory', async () => {
    const server = await start()
    const { context, close } = await contextOf(server)
    const known = new TestIds()
    const dates = async () =>
      (await server.database.selectFrom('tests').select('seen_at').orderBy('name').execute()).map(
        ({ seen_at }) => seen_at,
      )

    await known.resolve(context, 'shop', casesOf('a', 'b'), 1)
    await known.resolve(context, 'shop', casesOf('a'), SEEN_STEP_MS)
    const before = await dates()
    await known.resolve(context, 'shop', casesOf('a'), SEEN_STEP_MS + 1)

    expect(before).toEqual([1, 1])
    expect(await dates()).toEqual([SEEN_STEP_MS + 1, 1])
    await close()
  })
})

describe.each(ENGINES)('a test case on %s', (engine) => {
  const { start } = engineUnderTest(engine)

  it('has the file of its own report, also when other reports name another file for the same test, or none', async () => {
    const server = await start()
    const files: string[] = []
    for (const [at, file] of ['file="a.ts"', 'file="b.ts" line="7"', '', 'file="a.ts"'].entries()) {
      const xml = report({ name: `${at}`, cases: `<testcase classname="c" name="n" ${file}/>` })
      const id = (await server.post('/api/v1/junit/submit', xml, XML)).at('test_run_id')
      const suite = (await server.get(`/api/v1/test_runs/${id}/test_suites`)).at('test_suites', 0, 'id')
      const cases = await server.get(`/api/v1/test_suites/${suite}/test_cases`)
      files.push(`${cases.at('test_cases', 0, 'file')}:${cases.at('test_cases', 0, 'line')}`)
    }

    expect(files).toEqual(['a.ts:', 'b.ts:7', ':', 'a.ts:'])
  })
})
