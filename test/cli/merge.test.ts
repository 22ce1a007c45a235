import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type ReportSummary, readReport } from '../../src/report/read.js'
import {
  failed,
  type MergeScene,
  mergeScene,
  NAMES,
  passed,
  readMerged,
  SHARDS,
  shardScene,
} from '../support/merge-scene.js'

const valuesIn = ({ properties }: Pick<ReportSummary, 'properties'>, wanted: string) =>
  properties.flatMap(({ name, value }) => (name === wanted ? [value] : []))

async function mergeAll(scene: MergeScene, ...flags: string[]) {
  const result = await scene.merge(...NAMES, '-o', 'm.xml', ...flags)
  expect(result).toMatchObject({ code: 0, out: '' })
  return readMerged(scene)
}

describe('jux merge', () => {
  it('makes one valid report of all shards, which has the tests of all of them', async () => {
    const scene = await shardScene()

    const result = await scene.merge(...NAMES, '-o', 'm.xml')
    const { summary, cases } = readMerged(scene)

    expect(result).toEqual({
      code: 0,
      out: '',
      err: 'merged 3 reports (shard 1/3, shard 2/3, shard 3/3) to m.xml: passed, 6 tests\n',
    })
    expect(summary).toMatchObject({ tests: 6, passed: 5, skipped: 1, failures: 0, errors: 0, outcome: 'passed' })
    expect(cases.map(({ classname, name }) => `${classname} ${name}`)).toEqual([
      'a.test.ts a',
      'a.test.ts b',
      'b.test.ts a',
      'c.test.ts a',
      'd.test.ts skips',
      'd.test.ts runs',
    ])
    expect((await scene.jux('verify', 'm.xml', '--public-key', 'key.pub.pem')).code).toBe(0)
  })

  it('states what all parts agree on, its parts, and the whole time', async () => {
    const scene = await shardScene({
      '2.xml': {
        shard: '2/3',
        facts: { 'jux:node_version': '24.1.0' },
        run: { startedAt: '2026-06-15T10:59:00.000Z', finishedAt: '2026-06-15T11:05:00.000Z' },
      },
    })

    const { summary } = await mergeAll(scene)
    const hashes = NAMES.map((name) => readReport(readFileSync(join(scene.cwd, name))).contentHash).sort()

    expect(Object.fromEntries(summary.properties.map(({ name, value }) => [name, value]))).toEqual({
      project: 'shop',
      'git:commit': '1f2e3d4c5b6a79880716253443526170819a0b1c',
      'git:status': 'clean',
      'ci:provider': 'github',
      'ci:build_id': '77',
      'jux:runner': 'vitest',
      'jux:runner_version': '4.1.12',
      'jux:schema_version': '1',
      'jux:selection': 'all',
      'jux:only': 'none',
      'jux:bail': '0',
      'jux:run_retries': '0',
      'jux:outcome': 'passed',
      'jux:timestamp': '2026-06-15T10:59:00.000Z',
      'jux:started_at': '2026-06-15T10:59:00.000Z',
      'jux:finished_at': '2026-06-15T11:05:00.000Z',
      'jux:merged': 'true',
      'jux:parts': hashes.join(' '),
      'jux:client': 'jux-reporter',
      'jux:client_version': expect.any(String),
    })
  })

  it('keeps all of each part: only names of facts and the signature differ', async () => {
    const scene = await shardScene({ '2.xml': { shard: '2/3', files: { 'c.test.ts': [failed('a')] } } })

    await mergeAll(scene)
    const text = readFileSync(join(scene.cwd, 'm.xml'), 'utf8')
    const contentOf = (xml: string) =>
      /<testsuites[^>]*>(.*)<\/testsuites>/s
        .exec(xml)?.[1]
        ?.replace(/<ds:Signature .*<\/ds:Signature>/s, '')
        .trim()
    const kept = contentOf(text)
      ?.replaceAll('name="part:', 'name="')
      .replaceAll(/<property name="jux:part(?:_\w+)?" value="[^"]*"><\/property>\n/g, '')

    for (const name of NAMES) expect(kept).toContain(contentOf(readFileSync(join(scene.cwd, name), 'utf8')))
  })

  it('names the parts in their first suites, where no reader takes facts for those of the run', async () => {
    const scene = await shardScene({ '2.xml': { shard: '2/3', files: { 'c.test.ts': [failed('a')] } } })

    const { summary } = await mergeAll(scene)
    const part = summary.suites.find(({ name }) => name === 'c.test.ts')

    expect(part?.properties.slice(0, 4)).toEqual([
      { name: 'jux:part', value: readReport(readFileSync(join(scene.cwd, '2.xml'))).contentHash },
      { name: 'jux:part_label', value: 'shard 2/3' },
      { name: 'jux:part_signer', value: expect.stringMatching(/^[0-9a-f]{64}$/) },
      { name: 'part:jux:timestamp', value: '2026-06-15T11:00:00.000Z' },
    ])
    expect(part?.properties).toContainEqual({ name: 'part:jux:outcome', value: 'failed' })
    expect(part?.properties).toContainEqual({ name: 'jux:timing:setup_ms', value: '1' })
    expect(readFileSync(join(scene.cwd, 'm.xml'), 'utf8').match(/name="jux:outcome"/g)).toHaveLength(1)
  })

  it('makes the same content for any order of the arguments', async () => {
    const scene = await shardScene()
    const orders = [
      ['1.xml', '2.xml', '3.xml'],
      ['3.xml', '1.xml', '2.xml'],
      ['2.xml', '3.xml', '1.xml'],
    ]

    const hashes = []
    for (const order of orders) {
      await scene.merge(...order, '-o', 'm.xml')
      hashes.push(readMerged(scene).contentHash)
    }

    expect(new Set(hashes).size).toBe(1)
  })

  it.each([
    ['failed', { files: { 'c.test.ts': [failed('a')] } }, 'failed'],
    ['without tests', { files: {}, run: { nothingToRunIsFine: true } }, 'no-tests'],
    ['interrupted', { run: { interrupted: true } }, 'interrupted'],
    ['partial', { run: { partial: true } }, 'interrupted'],
    ['with an error outside its tests', { run: { errors: [new Error('no')] } }, 'error'],
  ] as const)('has no better outcome than a part that is %s', async (_, part, outcome) => {
    const scene = await shardScene({ '2.xml': { shard: '2/3', ...part } })

    const { summary } = await mergeAll(scene)

    expect([summary.outcome, valuesIn(summary, 'jux:outcome')]).toEqual([outcome, [outcome]])
  })

  it('states what weakens any part, and not what only some parts state', async () => {
    const scene = await shardScene({
      '1.xml': { shard: '1/3', facts: { 'jux:exit_code': '0', 'git:status': 'modified' } },
      '2.xml': { shard: '2/3', facts: { 'jux:exit_code': '1', 'jux:changed_during_run': 'commit' } },
      '3.xml': { shard: '3/3', run: { request: { selection: [{ kind: 'name', value: 'x' }] } } },
    })

    const { summary } = await mergeAll(scene)
    const stated = ['jux:exit_code', 'jux:changed_during_run', 'git:status', 'jux:selection', 'jux:only'].map(
      (name) => [name, valuesIn(summary, name)] as const,
    )

    expect(Object.fromEntries(stated)).toEqual({
      'jux:exit_code': ['0', '1'],
      'jux:changed_during_run': ['commit'],
      'git:status': [],
      'jux:selection': [],
      'jux:only': [],
    })
  })

  it('accepts parts of other signers that the flags name', async () => {
    const scene = await shardScene({ '2.xml': { ...SHARDS['2.xml'], key: 'other' } })

    const { summary } = await mergeAll(scene, '--public-key', 'other.pub.pem')

    expect(summary.tests).toBe(6)
  })

  it('ties parts that no CI has named together by the property of --run', async () => {
    const facts = { 'ci:build_id': undefined, 'ci:provider': undefined, pipeline: '817' }
    const scene = await shardScene(Object.fromEntries(NAMES.map((name) => [name, { ...SHARDS[name], facts }])))

    const { summary } = await mergeAll(scene, '--run', 'pipeline')
    await scene.add('2.xml', { ...SHARDS['2.xml'], facts: { ...facts, pipeline: '818' } })
    const other = await scene.merge(...NAMES, '--run', 'pipeline', '-o', 'm.xml')

    expect(valuesIn(summary, 'pipeline')).toEqual(['817'])
    expect([other.code, other.err]).toEqual([1, expect.stringContaining('another-run')])
  })

  it('does not merge runs of the CI that only the property of --run ties together', async () => {
    const scene = await shardScene(
      Object.fromEntries(
        NAMES.map((name) => [name, { ...SHARDS[name], facts: { pipeline: '817', 'ci:build_id': name } }]),
      ),
    )

    const { code, err } = await scene.merge(...NAMES, '--run', 'pipeline', '-o', 'm.xml')

    expect([code, err]).toEqual([1, expect.stringContaining('another-run')])
  })

  it('merges the jobs of a matrix, whose names begin with what they differ in', async () => {
    const scene = await mergeScene()
    await scene.add('1.xml', { facts: { 'jux:node_version': '24.1.0' } })
    await scene.add('2.xml', { files: { 'a.test.ts': [failed('a')] } })

    const { err } = await scene.merge('1.xml', '2.xml', '-o', 'm.xml')
    const { summary, cases } = readMerged(scene)

    expect(err).toBe('merged 2 reports (22.12.0, 24.1.0) to m.xml: failed, 2 tests\n')
    expect(summary.suites.map(({ name }) => name)).toEqual(['(run)', '[22.12.0] a.test.ts', '[24.1.0] a.test.ts'])
    expect(cases.map(({ classname, name, status }) => `${classname} ${name} ${status}`)).toEqual([
      '[22.12.0] a.test.ts a failed',
      '[24.1.0] a.test.ts a passed',
    ])
    expect(valuesIn(summary, 'jux:node_version')).toEqual([])
  })

  it('merges jobs that several properties together tell apart', async () => {
    const scene = await mergeScene()
    for (const [index, [node, os]] of [
      ['22', 'linux'],
      ['24', 'linux'],
      ['22', 'mac'],
    ].entries()) {
      await scene.add(`${index}.xml`, { facts: { 'jux:node_version': node, os } })
    }

    await scene.merge('0.xml', '1.xml', '2.xml', '-o', 'm.xml')

    expect(readMerged(scene).cases.map(({ classname }) => classname)).toEqual([
      '[22 linux] a.test.ts',
      '[22 mac] a.test.ts',
      '[24 linux] a.test.ts',
    ])
  })

  it('merges the shards of the jobs of a matrix, each of which must be complete', async () => {
    const scene = await mergeScene()
    const names = []
    for (const [os, shard] of [
      ['linux', '1/2'],
      ['linux', '2/2'],
      ['mac', '1/2'],
      ['mac', '2/2'],
    ] as const) {
      const name = `${os}-${shard[0]}.xml`
      names.push(name)
      const request = { shardLabel: os }
      await scene.add(name, { shard, run: { request }, files: { [`${shard[0]}.test.ts`]: [passed('a')] } })
    }

    const whole = await scene.merge(...names, '-o', 'm.xml')
    const { cases } = readMerged(scene)
    const lacking = await scene.merge(...names.slice(1), '-o', 'm.xml')

    expect(whole.err).toContain('(linux shard 1/2, linux shard 2/2, mac shard 1/2, mac shard 2/2)')
    expect(cases.map(({ classname }) => classname)).toEqual([
      '[linux] 1.test.ts',
      '[linux] 2.test.ts',
      '[mac] 1.test.ts',
      '[mac] 2.test.ts',
    ])
    expect([lacking.code, lacking.err]).toEqual([1, expect.stringMatching(/shard 1 of 2 is missing.*linux-2\.xml/)])
  })

  it('tells tests apart that several shards have run, such as those that others depend on', async () => {
    const files = (file: string) => ({ 'setup.ts': [passed('signs in')], [file]: [passed('a')] })
    const scene = await mergeScene()
    await scene.add('1.xml', { shard: '1/2', files: files('a.test.ts') })
    await scene.add('2.xml', { shard: '2/2', files: files('b.test.ts') })

    await scene.merge('1.xml', '2.xml', '-o', 'm.xml')
    const { summary, cases } = readMerged(scene)

    expect(cases.map(({ classname }) => classname)).toEqual([
      '[shard 1/2] setup.ts',
      'a.test.ts',
      '[shard 2/2] setup.ts',
      'b.test.ts',
    ])
    expect(summary.suites.map(({ name }) => name)).toEqual([
      '(run)',
      '[shard 1/2] setup.ts',
      'a.test.ts',
      '[shard 2/2] setup.ts',
      'b.test.ts',
    ])
  })

  it('reads the reports of a folder, and writes to standard output', async () => {
    const scene = await shardScene()

    const { code, out, err } = await scene.merge('.')

    expect([code, readReport(Buffer.from(out)).summary.tests]).toEqual([0, 6])
    expect(err).toBe('merged 3 reports (shard 1/3, shard 2/3, shard 3/3): passed, 6 tests\n')
  })

  it('prints what it has merged as JSON', async () => {
    const scene = await shardScene({ '2.xml': { ...SHARDS['2.xml'], key: 'other' } })

    const { out } = await scene.merge(...NAMES, '-o', 'm.xml', '--public-key', 'other.pub.pem', '--json')
    const { contentHash } = readMerged(scene)

    expect(JSON.parse(out)).toMatchObject({
      merged: true,
      file: 'm.xml',
      content_hash: contentHash,
      outcome: 'passed',
      tests: 6,
      passed: 5,
      skipped: 1,
      parts: [
        { file: '1.xml', label: 'shard 1/3', outcome: 'passed', tests: 3 },
        { file: '2.xml', label: 'shard 2/3', outcome: 'passed', tests: 1 },
        { file: '3.xml', label: 'shard 3/3', outcome: 'passed', tests: 2 },
      ],
    })
  })

  it.each([
    [['1.xml', '--json'], '--json requires --output'],
    [[], "missing required argument 'files'"],
    [['1.xml', '--run', ''], 'It must not be empty'],
  ])('is used with %j wrongly', async (argv, text) => {
    const scene = await mergeScene()

    const { code, err } = await scene.jux('merge', ...argv)

    expect([code, err]).toEqual([64, expect.stringContaining(text)])
  })
})
