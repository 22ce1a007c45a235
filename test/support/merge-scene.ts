/**
 * A folder with signed reports of shards and jobs, as the reporters write them, and the command that merges them.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunInput, TestInput } from '../../src/gather/run-input.js'
import { createReport } from '../../src/library.js'
import type { Property } from '../../src/model.js'
import { readReport } from '../../src/report/read.js'
import { loadSigner } from '../../src/sign/keys.js'
import { type CliResult, runJux } from './cli.js'
import { temporaryFolder } from './folders.js'
import { fixedSystem } from './system.js'

export const COMMIT = '1f2e3d4c5b6a79880716253443526170819a0b1c'

/** A part of a run. */
export interface ScenePart {
  readonly shard?: string
  /** Files with their tests. */
  readonly files?: Readonly<Record<string, readonly TestInput[]>>
  /** Facts about the run; `undefined` leaves one of the usual ones out. */
  readonly facts?: Readonly<Record<string, string | undefined>>
  readonly run?: Partial<Omit<RunInput, 'modules'>>
  readonly dialect?: 'common' | 'jenkins' | 'ant'
  /** The key that signs: `key` unless named otherwise; `none` leaves it unsigned. */
  readonly key?: 'key' | 'other' | 'none'
}

const FACTS: Readonly<Record<string, string>> = {
  project: 'shop',
  'jux:node_version': '22.12.0',
  'git:commit': COMMIT,
  'git:status': 'clean',
  'ci:provider': 'github',
  'ci:build_id': '77',
}

/** The scene. */
export interface MergeScene {
  readonly cwd: string
  /** Writes a signed report. */
  add(name: string, part?: ScenePart): Promise<void>
  jux(...argv: string[]): Promise<CliResult>
  /** `jux merge … --key key.pem`. */
  merge(...argv: string[]): Promise<CliResult>
}

let runs = 0

/** A folder with two keys. */
export async function mergeScene(): Promise<MergeScene> {
  const cwd = temporaryFolder()
  const system = { cwd, homeDir: cwd }
  const jux = (...argv: string[]) => runJux(argv, { system })
  for (const key of ['key', 'other']) await jux('keygen', '--type', 'ecdsa', '--output', `${key}.pem`)
  return {
    cwd,
    jux,
    merge: (...argv) => jux('merge', ...argv, '--key', 'key.pem'),
    add: async (name, part = {}) => {
      const { key = 'key' } = part
      const signer = key === 'none' ? undefined : await loadSigner({ keyPath: `${key}.pem` }, fixedSystem(system))
      writeFileSync(join(cwd, name), createReport(runOf(part), { ...optionsOf(part), signer }).bytes)
    },
  }
}

function runOf({ shard, files = { 'a.test.ts': [{ title: 'a', status: 'passed' }] }, run }: ScenePart): RunInput {
  const [index, count] = (shard ?? '').split('/').map(Number)
  runs++
  return {
    runId: `00000000-0000-4000-8000-${String(runs).padStart(12, '0')}`,
    runner: { name: 'vitest', version: '4.1.12' },
    startedAt: '2026-06-15T11:00:00.000Z',
    finishedAt: '2026-06-15T11:01:00.000Z',
    shard: index && count ? { index, count } : undefined,
    request: { selection: [], only: 'none', bail: 0, retries: 0 },
    ...run,
    modules: Object.entries(files).map(([file, tests]) => ({ file, tests, timings: { setup: 1 } })),
  }
}

function optionsOf({ facts = {}, dialect }: ScenePart) {
  const all = Object.entries({ ...FACTS, ...facts }).flatMap(([name, value]): Property[] =>
    value === undefined ? [] : [{ name, value }],
  )
  return {
    dialect,
    facts: { beforeRunner: [], afterRunner: all, userProperties: {}, testProperties: undefined, hints: [] },
  }
}

/** A test that passed. */
export const passed = (title: string) => ({ title, status: 'passed' }) as const
/** A test that failed. */
export const failed = (title: string) => ({ title, status: 'failed', errors: [new Error('no')] }) as const

/** Three shards of one run. */
export const SHARDS: Readonly<Record<string, ScenePart>> = {
  '1.xml': { shard: '1/3', files: { 'a.test.ts': [passed('a'), passed('b')], 'b.test.ts': [passed('a')] } },
  '2.xml': { shard: '2/3', files: { 'c.test.ts': [passed('a')] } },
  '3.xml': { shard: '3/3', files: { 'd.test.ts': [{ title: 'skips', status: 'skipped' }, passed('runs')] } },
}
export const NAMES = Object.keys(SHARDS)

/** The three shards, some of them replaced. */
export async function shardScene(parts: Readonly<Record<string, ScenePart>> = {}): Promise<MergeScene> {
  const scene = await mergeScene()
  for (const [name, part] of Object.entries({ ...SHARDS, ...parts })) await scene.add(name, part)
  return scene
}

/** Reads a merged report. */
export function readMerged({ cwd }: MergeScene, name = 'm.xml') {
  return readReport(readFileSync(join(cwd, name)), { cases: true })
}
