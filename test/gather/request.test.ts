import { describe, expect, it } from 'vitest'
import { gatherJestRequest } from '../../src/gather/jest-request.js'
import type { JestConfig } from '../../src/gather/jest-types.js'
import { effectOfOnly } from '../../src/gather/only.js'
import { gatherPlaywrightRequest } from '../../src/gather/playwright-request.js'
import { gatherVitestRequest } from '../../src/gather/vitest-request.js'
import type { VitestConfig } from '../../src/gather/vitest-types.js'

const noSource = () => undefined

describe('effectOfOnly', () => {
  const effectIn = (source: string | undefined, isFiltered = false) =>
    effectOfOnly({ paths: ['/a.test.js'], isFiltered, readSource: () => source })

  it('is none without files that have skipped tests, and reads none', () => {
    const readSource = () => {
      throw new Error('a file was read')
    }
    expect(effectOfOnly({ paths: [], isFiltered: false, readSource })).toBe('none')
  })

  it.each([
    "test.only('a', f)",
    "describe . only('a', f)",
    "it.concurrent.only.each([])('a', f)",
    "test['only']('a', f)",
    "test('a', { only: true }, f)",
    'const { only } = test',
    "fit('a', f)",
    "fdescribe('a', f)",
    'const alone = fit;',
  ])('is possible in a file with %s, also if it skips tests', (source) => {
    expect(effectIn(`${source}\ntest.skip('b')`)).toBe('possible')
  })

  it.each(["test.skip('a')", "xit('a')", "test.skipIf(isWindows)('a', f)", "test.todo('a')", "test.runIf(on)('a', f)"])(
    'is none in a file with %s that has the word only in a title',
    (source) => expect(effectIn(`${source}\ntest('takes only one that does fit', f)`)).toBe('none'),
  )

  it('is possible if nothing in the file explains why tests were skipped, or if the file cannot be read', () => {
    expect(effectIn("alone('a', f)")).toBe('possible')
    expect(effectIn(undefined)).toBe('possible')
  })

  it('is none if a filter explains why tests were skipped', () => {
    expect(effectIn("test('a', f)", true)).toBe('none')
  })
})

describe('gatherPlaywrightRequest', () => {
  const request = (words: readonly string[] | undefined, config = {}) =>
    gatherPlaywrightRequest(config, words && ['node', '/repo/node_modules/.bin/playwright', 'test', ...words], '/repo')
  const selected = (...words: string[]) => request(words).selection?.map(({ kind, value }) => `${kind} ${value}`)

  it.each([
    [[], []],
    [['--reporter', 'list', '--workers=2', '-x', '--shard', '1/3', '-j', '4', '--retries=2'], []],
    [
      ['a.spec.ts', '--headed', '/repo/b.spec.ts:3'],
      ['files a.spec.ts', 'files b.spec.ts:3'],
    ],
    [
      ['--project', 'one', 'two', '--quiet', '--project=three'],
      ['projects one', 'projects two', 'projects three'],
    ],
    [
      ['-gfast', '-G', 'slow', '--grep=a=b'],
      ['name fast', 'name !slow', 'name a=b'],
    ],
    [['--only-changed'], ['changed uncommitted']],
    [['--only-changed', 'main'], ['changed main']],
    [
      ['--last-failed', '--no-deps'],
      ['failed last run', 'projects without dependencies'],
    ],
    [
      ['--test-list', 'some.txt', '--test-list-invert=not.txt'],
      ['list some.txt', 'list !not.txt'],
    ],
    [['--debug', '--shuffle', '7', '--update-snapshots'], []],
    [['--', 'for-the-configuration', '-g', 'x'], []],
  ])('reads the command line %j', (words, expected) => {
    expect(selected(...words)).toEqual(expected)
  })

  it('does not know what a command line with an unknown flag selects', () => {
    expect(request(['--new-filter', 'x']).selection).toBeUndefined()
  })

  it('does not know what a process without a command line of its own selects', () => {
    expect(request(undefined).selection).toBeUndefined()
    expect(gatherPlaywrightRequest({}, ['node', 'playwright', 'test-server'], '/repo').selection).toBeUndefined()
  })

  it('counts the pattern of the configuration, but not that of a project', () => {
    expect(request([], { grep: /.*/, grepInvert: null, projects: [{ grep: /fast/ }] }).selection).toEqual([])
    expect(request([], { grep: [/fast/], grepInvert: /slow/ }).selection).toEqual([
      { kind: 'name', value: 'fast' },
      { kind: 'name', value: '!slow' },
    ])
  })

  it('has maxFailures, the most retries of all projects, and the tags of the configuration as the label', () => {
    const projects = [{ retries: 1 }, { retries: 3 }, {}]
    expect(request([], { maxFailures: 2, projects, tags: ['@linux', '@arm'], forbidOnly: true })).toEqual({
      selection: [],
      only: 'forbidden',
      bail: 2,
      retries: 3,
      shardLabel: '@linux @arm',
    })
  })
})

describe('gatherJestRequest', () => {
  const own = '/repo/node_modules/jest/bin/jest.js'
  const request = (config: JestConfig, words: readonly string[] = [], program = own, usedProjects?: number) =>
    gatherJestRequest(
      { argv: ['node', program, ...words], usedProjects, readSource: noSource },
      config,
      { testResults: [] },
      '/repo',
    )
  const selected = (...args: Parameters<typeof request>) =>
    request(...args).selection?.map(({ kind, value }) => `${kind} ${value}`)

  it.each([
    [{ testPathPatterns: { patterns: ['a', 'b'] } }, [], ['files a', 'files b']],
    [{ testPathPattern: 'a|b' }, [], ['files a|b']],
    [{ findRelatedTests: true, nonFlagArgs: ['/repo/src/a.js'] }, [], ['files src/a.js']],
    [{ onlyChanged: true }, [], ['changed uncommitted']],
    [{ onlyChanged: true, changedSince: 'main' }, [], ['changed main']],
    [{ onlyChanged: true, lastCommit: true }, [], ['changed last commit']],
    [{ onlyFailures: true }, [], ['failed last run']],
    [{ filter: '/repo/filter.js' }, [], ['list filter.js']],
    [{ filter: '/repo/filter.js', skipFilter: true }, [], []],
    [{ testNamePattern: 'adds' }, [], ['name adds']],
    [{}, ['--selectProjects', 'a', 'b', '--ci'], ['projects a', 'projects b']],
    [{}, ['--ignore-projects=a', '--ci', 'x'], ['projects !a']],
    [{}, ['--testPathIgnorePatterns', 'slow'], ['exclude slow']],
  ] as const)('reads the configuration %j and the command line %j', (config, words, expected) => {
    expect(selected(config, words)).toEqual(expected)
  })

  it('does not know which projects another program has selected, unless all had tests', () => {
    const config = { projects: ['a', 'b'] }
    expect(selected(config, [], '/repo/run.js')).toBeUndefined()
    expect(selected(config, [], '/repo/run.js', 1)).toBeUndefined()
    expect(selected(config, [], '/repo/run.js', 2)).toEqual([])
  })

  it('does not know what watch mode selects', () => {
    expect(selected({ watch: true })).toBeUndefined()
  })
})

describe('gatherVitestRequest', () => {
  const request = (config: VitestConfig, instance: object = { filenamePattern: undefined }) =>
    gatherVitestRequest({ vitest: { config, ...instance }, readSource: noSource }, [], '/repo')
  const selected = (config: VitestConfig, filenamePattern?: readonly string[]) =>
    request(config, { filenamePattern }).selection?.map(({ kind, value }) => `${kind} ${value}`)

  it('reads every filter of the configuration', () => {
    const config = {
      related: ['/repo/src/a.ts'],
      changed: true,
      cliExclude: ['slow/**'],
      project: ['unit'],
      typecheck: { only: true },
      testNamePattern: /adds/,
      tagsFilter: ['fast && !db'],
    }
    expect(selected(config, ['b.test.ts:3'])).toEqual([
      'files b.test.ts:3',
      'files src/a.ts',
      'changed uncommitted',
      'exclude slow/**',
      'projects unit',
      'types true',
      'name adds',
      'tags fast && !db',
    ])
    expect(selected({ changed: 'main', project: [], tagsFilter: [] })).toEqual(['changed main'])
  })

  it('does not know what is selected in watch mode, by a program, or without the field that has the file filters', () => {
    expect(selected({ watch: true })).toBeUndefined()
    expect(selected({ standalone: true })).toBeUndefined()
    expect(request({}, {}).selection).toBeUndefined()
  })

  it('states nothing about a run that merges others', () => {
    expect(request({ mergeReports: '.vitest-reports' })).toEqual({})
  })

  it('forbids .only if all projects do, and has the most retries of all', () => {
    const projects = [{ config: { allowOnly: false, retry: { count: 2 } } }, { config: { allowOnly: true, retry: 1 } }]
    expect(request({ allowOnly: false }, { projects })).toMatchObject({ only: 'none', retries: 2 })
    expect(request({ allowOnly: false }, { projects: projects.slice(0, 1) })).toMatchObject({ only: 'forbidden' })
  })
})
