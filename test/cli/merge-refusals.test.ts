import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  type MergeScene,
  mergeScene,
  NAMES,
  readMerged,
  type ScenePart,
  SHARDS,
  shardScene,
} from '../support/merge-scene.js'

describe('jux merge refuses', () => {
  it.each<[reason: string, what: string, parts: Readonly<Record<string, ScenePart>>, names: string[], says: RegExp]>([
    ['shard-missing', 'without a shard', {}, ['1.xml', '3.xml'], /shard 2 of 3 is missing.*1\.xml, 3\.xml/],
    [
      'shard-doubled',
      'with a shard that ran twice',
      { '4.xml': { ...SHARDS['2.xml'] } },
      [...NAMES, '4.xml'],
      /\d\.xml and \d\.xml are both shard 2 of 3/,
    ],
    [
      'shard-count',
      'with a shard of another number',
      { '3.xml': { shard: '3/4' } },
      NAMES,
      /\d\.xml is one of \d shards, and \d\.xml is one of \d/,
    ],
    [
      'shard-unclear',
      'with a report that is no shard',
      { '3.xml': {} },
      NAMES,
      /\d\.xml is a shard, and 3\.xml states none/,
    ],
    [
      'another-commit',
      'with a shard of another commit',
      { '2.xml': { shard: '2/3', facts: { 'git:commit': 'f'.repeat(40) } } },
      NAMES,
      /git:commit is \w+ in \d\.xml, and \w+ in \d\.xml/,
    ],
    [
      'another-commit',
      'with a shard whose detected commit differs',
      { '2.xml': { shard: '2/3', facts: { 'git:detected_commit': 'f'.repeat(40) } } },
      NAMES,
      /git:detected_commit is/,
    ],
    [
      'another-commit',
      'in which no report states a commit',
      Object.fromEntries(NAMES.map((name) => [name, { ...SHARDS[name], facts: { 'git:commit': undefined } }])),
      NAMES,
      /does not state git:commit/,
    ],
    [
      'another-run',
      'with a shard of another run',
      { '2.xml': { shard: '2/3', facts: { 'ci:build_id': '78' } } },
      NAMES,
      /ci:build_id is 7\d in \d\.xml, and 7\d in \d\.xml/,
    ],
    [
      'run-unknown',
      'in which no report states a run',
      Object.fromEntries(NAMES.map((name) => [name, { ...SHARDS[name], facts: { 'ci:build_id': undefined } }])),
      NAMES,
      /does not state ci:build_id/,
    ],
    [
      'another-project',
      'with a shard of another project',
      { '2.xml': { shard: '2/3', facts: { project: 'web' } } },
      NAMES,
      /project is \w+ in \d\.xml, and \w+ in \d\.xml/,
    ],
    [
      'another-project',
      'with a shard of another runner',
      { '2.xml': { shard: '2/3', run: { runner: { name: 'jest', version: '30.0.0' } } } },
      NAMES,
      /jux:runner is \w+ in \d\.xml, and \w+ in \d\.xml/,
    ],
    [
      'same-run',
      'with two reports of one run',
      {
        '2.xml': { shard: '2/3', run: { runId: '00000000-0000-4000-8000-00000000ffff' } },
        '3.xml': { shard: '3/3', run: { runId: '00000000-0000-4000-8000-00000000ffff' } },
      },
      NAMES,
      /\d\.xml and \d\.xml are reports of the same run/,
    ],
    ['too-few-parts', 'of one report', {}, ['1.xml'], /only one report to merge/],
  ])('%s: %s', async (reason, _, parts, names, says) => {
    const scene = await shardScene(parts)

    const text = await scene.merge(...names, '-o', 'm.xml')
    const json = JSON.parse((await scene.merge(...names, '-o', 'm.xml', '--json')).out)

    expect(text.code).toBe(1)
    expect(text.err).toMatch(says)
    expect(json).toMatchObject({ merged: false, code: 'MERGE_REFUSED', reason })
    expect(() => readMerged(scene)).toThrow(/ENOENT/)
  })

  it('same-content: with a copy of a part', async () => {
    const scene = await shardScene()
    writeFileSync(join(scene.cwd, 'copy.xml'), readFileSync(join(scene.cwd, '2.xml')))

    const { code, err } = await scene.merge(...NAMES, 'copy.xml', '-o', 'm.xml')

    expect([code, err]).toEqual([1, expect.stringMatching(/(?:2|copy)\.xml and (?:2|copy)\.xml have the same content/)])
    expect(err).toContain('same-content')
  })

  it('merged-part: with a report that is merged itself', async () => {
    const scene = await shardScene()
    await scene.merge(...NAMES, '-o', 'm.xml')

    const { code, err } = await scene.merge(...NAMES, 'm.xml', '-o', 'again.xml')

    expect([code, err]).toEqual([1, expect.stringContaining('m.xml is itself a merged report')])
    expect(err).toContain('merged-part')
  })

  it.each([
    ['signature-missing', { key: 'none' }],
    ['untrusted-key', { key: 'other' }],
  ] as const)('%s: with a report that is not verified', async (reason, part) => {
    const scene = await shardScene({ '2.xml': { ...SHARDS['2.xml'], ...part } })

    const { code, err } = await scene.merge(...NAMES, '-o', 'm.xml')

    expect([code, err]).toEqual([1, expect.stringContaining('2.xml is not merged: ')])
    expect(err).toContain(reason)
  })

  it('digest-mismatch: with a report that was changed', async () => {
    const scene = await shardScene()
    const path = join(scene.cwd, '2.xml')
    writeFileSync(path, readFileSync(path, 'utf8').replace('c.test.ts', 'e.test.ts'))

    const { code, err } = await scene.merge(...NAMES, '-o', 'm.xml')

    expect([code, err]).toEqual([1, expect.stringMatching(/2\.xml is not merged: .*digest-mismatch/s)])
  })

  it('not-told-apart: jobs that state nothing that differs', async () => {
    const scene = await mergeScene()
    for (const name of ['1.xml', '2.xml']) await scene.add(name)

    const { code, err } = await scene.merge('1.xml', '2.xml', '-o', 'm.xml')

    expect([code, err]).toEqual([1, expect.stringMatching(/nothing that they state tells .* apart/)])
    expect(err).toContain('not-told-apart')
  })

  it('not-told-apart: jobs that have the same value of --label', async () => {
    const scene = await mergeScene()
    await scene.add('1.xml', { facts: { os: 'linux' } })
    await scene.add('2.xml', { facts: { os: 'linux', 'jux:node_version': '24.1.0' } })

    const { code, err } = await scene.merge('1.xml', '2.xml', '--label', 'os', '-o', 'm.xml')

    expect([code, err]).toEqual([1, expect.stringMatching(/[12]\.xml and [12]\.xml are both the job linux/)])
    expect(err).toContain('not-told-apart')
  })

  it('label-missing: a part without the property of --label', async () => {
    const scene = await mergeScene()
    await scene.add('1.xml', { facts: { os: 'linux' } })
    await scene.add('2.xml')

    const { code, err } = await scene.merge('1.xml', '2.xml', '--label', 'os', '-o', 'm.xml')

    expect([code, err]).toEqual([1, expect.stringContaining('2.xml does not state os')])
    expect(err).toContain('label-missing')
  })

  it('namespaces: a part whose root declares some', async () => {
    const scene = await shardScene()
    await resign(scene, '2.xml', (text) => text.replace('<testsuites ', '<testsuites xmlns:x="urn:x" '))

    const { code, err } = await scene.merge(...NAMES, '-o', 'm.xml')

    expect([code, err]).toEqual([1, expect.stringContaining('the root of 2.xml declares namespaces')])
  })

  it('ambiguous-fact: a part that states two commits', async () => {
    const scene = await shardScene()
    await resign(scene, '2.xml', (text) =>
      text.replace('<property name="git:commit"', '<property name="git:commit" value="f"></property>\n$&'),
    )

    const { code, err } = await scene.merge(...NAMES, '-o', 'm.xml')

    expect([code, err]).toEqual([1, expect.stringMatching(/2\.xml states several values of git:commit: f, 1f2e/)])
    expect(err).toContain('ambiguous-fact')
  })

  it.each(['0/3', '4/3', '1/3/3', 'x'])('shard-unclear: the shard %s', async (shard) => {
    const scene = await shardScene()
    await resign(scene, '2.xml', (text) => text.replace('"jux:shard" value="2/3"', `"jux:shard" value="${shard}"`))

    const { code, err } = await scene.merge(...NAMES, '-o', 'm.xml')

    expect([code, err]).toEqual([1, expect.stringContaining(`2.xml states the shard ${shard}, which is none`)])
  })
})

/** Changes a report, and signs it again. */
async function resign(scene: MergeScene, name: string, change: (text: string) => string): Promise<void> {
  const path = join(scene.cwd, name)
  const unsigned = readFileSync(path, 'utf8').replace(/<ds:Signature .*<\/ds:Signature>/s, '')
  writeFileSync(path, change(unsigned))
  await scene.jux('sign', name, '--key', 'key.pem', '-o', name)
}
