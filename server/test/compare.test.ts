import { describe, expect, it } from 'vitest'
import { CHANGE_KINDS, type RunChanges } from '../src/compare/changes.js'
import { changesOf } from '../src/compare/compare.js'
import { ENGINES, engineUnderTest } from './support/engines.js'
import { HISTORIES } from './support/histories.js'
import { report, XML } from './support/reports.js'
import type { TestServer } from './support/server.js'

describe.each(ENGINES)('changesOf on %s', (engine) => {
  const { start } = engineUnderTest(engine)

  it.each(HISTORIES)('$name', async ({ runs, changes, base }) => {
    const server = await start()
    const ids: string[] = []
    for (const [at, run] of runs.entries()) ids.push(await submit(server, run, at))

    const found = await compare(server, ids.at(-1) ?? '')

    expect(describeChanges(found, ids).sort()).toEqual([...changes].sort())
    if (base !== undefined) expect(ids.indexOf(found.base?.id ?? '') + 1).toBe(base)
  })

  it('compares any two runs that somebody chose', async () => {
    const server = await start()
    const first = await submit(server, 'main a1 | pay=ok cart=bad', 0)
    const second = await submit(server, 'topic b1 | pay=bad cart=ok', 1)

    const found = await compare(server, first, second)

    expect(found).toMatchObject({ reason: 'chosen', base: { id: second, branch: 'topic', commitSha: 'b1' } })
    expect(describeChanges(found, [first, second])).toEqual(['cart new since 1', 'pay fixed'])
  })

  it('limits each list, and counts all of its tests', async () => {
    const server = await start()
    const tests = Array.from({ length: 12 }, (_, at) => `t${at}`)
    await submit(server, `main a1 | ${tests.map((name) => `${name}=ok`).join(' ')}`, 0)
    const id = await submit(server, `main a2 | ${tests.map((name) => `${name}=bad`).join(' ')}`, 1)

    const { lists } = await compare(server, id, undefined, 5)

    expect(lists.new.count).toBe(12)
    expect(lists.new.tests.map(({ name }) => name)).toEqual(['t0', 't1', 't2', 't3', 't4'])
  })

  it('reads the results of a run with more test cases than one query returns', async () => {
    const server = await start()
    const tests = Array.from({ length: 5_200 }, (_, at) => `t${at}=ok`)
    await submit(server, `main a1 | ${tests.join(' ')}`, 0)
    const id = await submit(server, `main a2 | ${[...tests.slice(0, -1), 't5199=bad'].join(' ')}`, 1)

    expect(describeChanges(await compare(server, id), [])).toEqual(['t5199 new since 0'])
  })
})

const RESULTS: Readonly<Record<string, string>> = {
  ok: '',
  bad: '<failure message="no"/>',
  skip: '<skipped/>',
  retry: '<flakyFailure message="once"/>',
}

async function submit(server: TestServer, run: string, at: number): Promise<string> {
  const [facts = '', tests = ''] = run.split(' | ')
  const [branch = '', commit = '', ...others] = facts.split(' ')
  const known = (value: string) => (value === '-' ? '' : value)
  const properties = {
    'git:branch': known(branch),
    'git:commit': known(commit),
    ...Object.fromEntries(others.map((fact) => fact.split('='))),
  }
  const cases = tests.split(' ').map((test) => {
    const [path = '', result = ''] = test.split('=')
    const [file, name = ''] = path.includes('/') ? path.split('/') : [undefined, path]
    return `<testcase classname="c" name="${name}"${file === undefined ? '' : ` file="${file}"`}>${RESULTS[result]}</testcase>`
  })
  const xml = report({ name: `run ${at}`, properties, cases: cases.join('') })
  const response = await server.post('/api/v1/junit/submit', xml, XML)
  server.advance(60_000)
  return response.at('test_run_id')
}

async function compare(server: TestServer, id: string, baseId?: string, limit = 100): Promise<RunChanges> {
  const find = (wanted: string) =>
    server.database.selectFrom('runs').selectAll().where('id', '=', wanted).executeTakeFirstOrThrow()
  const base = baseId === undefined ? undefined : await find(baseId)
  return changesOf(server.database, await find(id), { limit, base, nowMs: Date.now() })
}

function describeChanges({ lists }: RunChanges, ids: readonly string[]): string[] {
  return CHANGE_KINDS.flatMap((kind) =>
    lists[kind].tests.map(({ name, since, formerName }) => {
      const first = since === undefined ? '' : ` since ${ids.indexOf(since.id) + 1}`
      return `${name} ${kind}${first}${formerName === undefined ? '' : ` from ${formerName}`}`
    }),
  )
}
