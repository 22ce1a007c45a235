import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/folders.js'
import { newKeyPair, privatePem, writeSecret } from '../support/keys.js'
import { scratchProject } from '../support/scratch.js'

/** Hostile test code. Without workers it would run in the process of the runner, where it has all that this has. */
const ATTACK = readFileSync(new URL('../../fixtures/attacks/find-key.js', import.meta.url), 'utf8')
const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url))
const JEST = fileURLToPath(new URL('../../node_modules/jest/bin/jest.js', import.meta.url))
const KEY = privatePem(newKeyPair('P-256'))

const IS_ROOT = process.getuid?.() === 0 && process.platform === 'linux'
if (!IS_ROOT) console.log('did not run: attacks on the key under jux run and jux run --user (need root on Linux)')

type Found = Readonly<Record<string, string>>
type Way = 'the key in a variable' | 'the key in a file' | 'the key in a descriptor'

const columns = new Map<string, Found>()

/** Runs the attack, and returns what it found by place. */
async function attack(title: string, before: readonly string[], way: Way): Promise<Found> {
  const project = scratchProject({
    'package.json': '{"name":"scratch"}',
    'a.spec.js': ATTACK,
    // With two files Jest starts workers.
    'b.spec.js': "test('is green', () => {})\n",
    'jest.config.js': `module.exports = {
      testMatch: ['**/*.spec.js'], maxWorkers: 2, cache: false,
      cacheDirectory: './results/cache',
      reporters: ['jux-reporter/jest'],
    }\n`,
  })
  const key = writeSecret(way === 'the key in a file' ? project.dir : temporaryFolder(), 'key.pem', KEY)
  const results = join(project.dir, 'results')
  mkdirSync(results)
  chmodSync(results, 0o777)
  for (const folder of [project.dir, join(project.dir, '..')]) chmodSync(folder, 0o755)
  const result = join(results, 'found.json')
  const env = {
    ...project.environment,
    ATTACK_RESULT: result,
    ...(way === 'the key in a variable' ? { JUX_KEY: KEY } : {}),
    ...(way === 'the key in a file' ? { JUX_KEY_PATH: key } : {}),
  }
  const child = spawn(process.execPath, [...before, JEST], {
    cwd: project.dir,
    env,
    stdio: ['ignore', 'ignore', 'pipe', openSync(way === 'the key in a descriptor' ? key : '/dev/null', 'r')],
  })
  let printed = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  const [code] = await once(child, 'close')
  expect([code, printed]).toEqual([0, expect.stringContaining('signed')])
  await expect.poll(() => existsSync(`${result}.later`), { timeout: 30_000 }).toBe(true)
  const found: Found = {
    ...JSON.parse(readFileSync(result, 'utf8')),
    'a process that stays behind': readFileSync(`${result}.later`, 'utf8'),
  }
  columns.set(title, found)
  return found
}

/** Prints what was found: a row for each way, a column for each start. */
function print(): void {
  const rows = [...new Set([...columns.values()].flatMap((found) => Object.keys(found)))]
  const titles = [...columns.keys()]
  const width = Math.max(...rows.map(({ length }) => length))
  const line = (first: string, cells: readonly string[]) =>
    [first.padEnd(width), ...cells.map((cell, at) => cell.padEnd(Math.max(8, titles[at]?.length ?? 0)))].join('  ')
  console.log(
    [
      line('', titles),
      ...rows.map((row) =>
        line(
          row,
          titles.map((title) => columns.get(title)?.[row] ?? ''),
        ),
      ),
    ].join('\n'),
  )
}

/** Under `jux run` the runner has no key, whoever looks into it. */
const IN_RUNNER: Found = {
  'its own environment': 'no key',
  'environment of runner': 'no key',
  'memory of runner': 'no key',
  'descriptors of runner': 'no key',
  'inspector of runner': 'opens',
}

const JUX_RUN = [BIN, 'run']
const AS_NOBODY = ['--user', 'nobody', '--']

describe.skipIf(!IS_ROOT)('hostile test code looks for the key', () => {
  afterAll(print)

  it.each<[string, Way, Found]>([
    ['JUX_KEY', 'the key in a variable', { 'environment of runner': 'key' }],
    ['JUX_KEY_PATH', 'the key in a file', { 'environment of runner': 'no key', 'the file of the key': 'key' }],
  ])(
    'and finds that of the reporter, given by %s, in the runner',
    async (name, way, expected) => {
      const found = await attack(`reporter, ${name}`, [], way)

      expect(found).toEqual({
        ...expected,
        'its own environment': 'no key',
        'memory of runner': 'key',
        'descriptors of runner': 'no key',
        'inspector of runner': 'opens',
        'a process that stays behind': 'key',
      })
    },
    120_000,
  )

  it.each<[string, readonly string[], Way, Found]>([
    ['JUX_KEY', ['--'], 'the key in a variable', { 'environment of jux run': 'key' }],
    ['JUX_KEY_PATH', ['--'], 'the key in a file', { 'environment of jux run': 'no key', 'the file of the key': 'key' }],
    ['--key-fd', ['--key-fd', '3', '--'], 'the key in a descriptor', { 'environment of jux run': 'no key' }],
  ])(
    'and finds that of jux run, given by %s, nowhere in the runner, but in jux run, which has the same account',
    async (name, flags, way, expected) => {
      const found = await attack(`jux run, ${name}`, [...JUX_RUN, ...flags, process.execPath], way)

      expect(found).toEqual({
        ...expected,
        ...IN_RUNNER,
        'memory of jux run': 'key',
        'descriptors of jux run': 'no key',
        'inspector of jux run': 'ignored',
        'a process that stays behind': 'key',
      })
    },
    120_000,
  )

  it.each<[string, readonly string[], Way, Found]>([
    ['JUX_KEY', AS_NOBODY, 'the key in a variable', {}],
    ['JUX_KEY_PATH', AS_NOBODY, 'the key in a file', { 'the file of the key': 'refused' }],
    ['--key-fd', ['--key-fd', '3', ...AS_NOBODY], 'the key in a descriptor', {}],
  ])(
    'and finds that of jux run --user, given by %s, nowhere',
    async (name, flags, way, expected) => {
      const found = await attack(`--user, ${name}`, [...JUX_RUN, ...flags, process.execPath], way)

      expect(found).toEqual({
        ...expected,
        ...IN_RUNNER,
        'environment of jux run': 'refused',
        'memory of jux run': 'refused',
        'descriptors of jux run': 'refused',
        'inspector of jux run': 'refused',
        'a process that stays behind': 'no key',
      })
    },
    120_000,
  )
})
