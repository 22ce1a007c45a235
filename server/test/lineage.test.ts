import { describe, expect, it } from 'vitest'
import { lineageOf } from '../src/ingest/lineage.js'

const RUN = { project: 'shop', commitSha: 'a1', environment: 'test' }
const summary = (facts: Readonly<Record<string, string>>, counts: object = {}) => ({
  properties: Object.entries(facts).map(([name, value]) => ({ name, value })),
  facts: [],
  tests: 3,
  failures: 0,
  errors: 0,
  outcome: 'passed' as const,
  ...counts,
})
const of = (facts: Readonly<Record<string, string>>, counts?: object, run = RUN) =>
  lineageOf(summary(facts, counts), run)

describe('lineageOf', () => {
  it.each([
    ['another operating system', { 'jux:platform': 'Windows-10-x64' }],
    ['another architecture', { 'jux:platform': 'Linux-6.1-arm64' }],
    ['another major version of Node', { 'jux:node_version': 'v24.1.0' }],
    ['another runner', { 'jux:runner': 'jest' }],
    ['another runtime', { 'jux:runtime': 'bun 1.4.5' }],
    ['another label of the shard', { 'jux:shard_label': 'linux' }],
    ['other projects of the runner', { 'jux:selection': 'projects', 'jux:selection:projects': 'unit' }],
  ])('gives a run of %s another lane', (_, facts) => {
    const usual = { 'jux:platform': 'Linux-6.1-x64', 'jux:node_version': 'v22.1.0', 'jux:runner': 'vitest' }

    expect(of({ ...usual, ...facts }).lane).not.toBe(of(usual).lane)
  })

  it('gives a run of another environment another lane, and one of another commit the same', () => {
    expect(of({}, {}, { ...RUN, environment: 'staging' }).lane).not.toBe(of({}).lane)
    expect(of({}, {}, { ...RUN, commitSha: 'b2' }).lane).toBe(of({}).lane)
  })

  it('gives runs of another release of the system and another minor version of Node the same lane', () => {
    const before = of({ 'jux:platform': 'Linux-6.1.0-x64', 'jux:node_version': 'v22.1.0', 'jux:selection': 'all' })

    expect(of({ 'jux:platform': 'Linux-6.8.0-x64', 'jux:node_version': 'v22.9.3' }).lane).toBe(before.lane)
  })

  it.each([
    ['a run that passed', {}, {}, true],
    ['a run that failed', {}, { failures: 1, outcome: 'failed' }, true],
    ['a run of a file name', { 'jux:selection': 'files' }, {}, true],
    ['a run of changed files', { 'jux:selection': 'changed' }, {}, false],
    ['a run of changed files of a project', { 'jux:selection': 'changed,projects' }, {}, false],
    ['a run of tests that failed before', { 'jux:selection': 'failed' }, {}, false],
    ['a partial report', { 'jux:partial': 'true' }, {}, false],
    ['a run of the watch mode', { 'jux:watch': 'true' }, {}, false],
    ['an interrupted run', {}, { outcome: 'interrupted' }, false],
    ['a run without tests', {}, { tests: 0, outcome: 'no-tests' }, false],
    ['a run that stopped after its first failure', { 'jux:bail': '1' }, { failures: 1, outcome: 'failed' }, false],
    ['a run that would have stopped', { 'jux:bail': '1' }, {}, true],
  ])('says whether %s has all of its tests', (_, facts, counts, isWhole) => {
    expect(of(facts, counts).isWhole).toBe(isWhole)
  })

  it('gives the shards of a build the same name, and those of another build or commit another one', () => {
    const shard = (index: number, build = '7', commitSha = 'a1') =>
      of({ 'jux:shard': `${index}/3`, 'ci:build_id': build }, {}, { ...RUN, commitSha }).build

    expect(shard(1)).toBe(shard(3))
    expect(new Set([shard(1), shard(1, '8'), shard(1, '7', 'b2'), null]).size).toBe(4)
  })

  it.each(['4/3', '0/3', '1/1', '1/1001', 'x', '1/3/2', ''])('takes %j for no shard', (text) => {
    expect(of({ 'jux:shard': text })).toMatchObject({ shardIndex: null, shardCount: null, build: null })
  })

  it('takes a fact with several values for unknown', () => {
    const facts = { ...summary({ 'ci:base_branch': 'main' }), facts: [{ name: 'ci:base_branch', value: 'other' }] }

    expect(lineageOf(facts, RUN).baseBranch).toBeNull()
  })
})
