/**
 * Makes test runs: small parts with defaults, and one run with all fields of the model.
 *
 * @module
 */
import type { ErrorInfo, ModuleResult, Output, SuiteResult, TestResult, TestRun } from '../../src/model.js'
import { SCHEMA_VERSION } from '../../src/model.js'

/** Makes a passed test. */
export function aTest(parts: Partial<TestResult> = {}): TestResult {
  const status = parts.status ?? 'passed'
  return {
    id: parts.title ?? 'works',
    title: 'works',
    path: [],
    ordinal: 1,
    status,
    rawStatus: status,
    flaky: false,
    durationMs: 12,
    attempts: [],
    errors: [],
    output: [],
    annotations: [],
    attachments: [],
    tags: [],
    meta: [],
    ...parts,
  }
}

/** Makes a file. Its status is failed if a test failed. */
export function aModule(parts: Partial<ModuleResult> = {}): ModuleResult {
  const failed = parts.tests?.some(({ status }) => status === 'failed') || (parts.errors?.length ?? 0) > 0
  const status = parts.status ?? (failed ? 'failed' : 'passed')
  const file = parts.file ?? 'test/a.test.ts'
  return {
    id: file,
    file,
    kind: 'runtime',
    status,
    rawStatus: status,
    errors: [],
    output: [],
    suites: [],
    tests: [],
    properties: [],
    ...parts,
  }
}

/** Makes a describe block. */
export function aSuite(parts: Partial<SuiteResult> = {}): SuiteResult {
  const status = parts.status ?? 'passed'
  return { title: 'suite', path: [], status, rawStatus: status, errors: [], ...parts }
}

/** Makes a run. Its outcome follows from its tests unless it is given. */
export function aRun(parts: Partial<TestRun> = {}): TestRun {
  const failed = parts.modules?.some(({ status }) => status === 'failed')
  return {
    schemaVersion: SCHEMA_VERSION,
    runId: '00000000-0000-4000-8000-000000000000',
    outcome: failed ? 'failed' : 'passed',
    runner: { name: 'vitest', version: '4.1.12' },
    rootDir: '/repo/project',
    startedAt: '2026-01-02T03:04:05.678Z',
    finishedAt: '2026-01-02T03:04:06.912Z',
    durationMs: 1_234,
    properties: [],
    modules: [],
    errors: [],
    output: [],
    ...parts,
  }
}

/** Makes a run of one file with these tests. */
export function aRunOf(...tests: TestResult[]): TestRun {
  return aRun({ modules: [aModule({ tests })] })
}

/** Makes a thrown Error. */
export function anError(parts: Partial<ErrorInfo> = {}): ErrorInfo {
  return { kind: 'error', name: 'Error', message: 'it broke', ...parts }
}

/**
 * Makes a run in which every field of the model has a different value, with test cases of every kind.
 *
 * @param mark changes each text; by default it stays the same
 */
export function everything(mark: (text: string) => string = (text) => text): TestRun {
  const location = (line: number) => ({ line, column: line + 1 })
  const error = (name: string, parts: Partial<ErrorInfo> = {}): ErrorInfo => ({
    kind: 'assertion',
    name: mark(`${name}Name`),
    message: mark(`${name} message`),
    stack: mark(`${name} stack`),
    ...parts,
  })
  const output = (name: string, at?: string): Output[] => [
    { stream: 'stdout', text: mark(`${name} out`), ...(at === undefined ? {} : { at }) },
    { stream: 'stderr', text: mark(`${name} err`), ...(at === undefined ? {} : { at: at.replace('.000Z', '.007Z') }) },
  ]
  const rich = error('rich', {
    kind: 'timeout',
    hook: mark('beforeEach'),
    diff: mark('rich diff'),
    expected: mark('rich expected'),
    actual: mark('rich actual'),
    location: { file: mark('helper.ts'), line: 4_711, column: 4_712 },
    attempt: 0,
    cause: error('cause', { errors: [error('member one'), error('member two', { cause: error('deep') })] }),
  })
  const tests: TestResult[] = [
    aTest({
      id: mark('id-1'),
      title: mark('passes'),
      path: [mark('outer'), mark('inner')],
      startedAt: '2026-01-02T03:04:05.100Z',
      location: location(10),
      timeoutMs: 5_001,
      concurrent: true,
      retry: { configured: 2, count: 0 },
      repeats: { configured: 3, count: 3 },
      output: output('test', '2026-01-02T03:04:05.000Z'),
      annotations: [
        {
          type: mark('notice'),
          message: mark('annotation message'),
          location: { file: mark('elsewhere.ts'), line: 815, column: 816 },
          attachment: { name: mark('shot'), contentType: mark('image/png'), path: mark('shots/annotated.png') },
        },
      ],
      attachments: [
        { name: mark('log'), contentType: mark('text/plain'), path: mark('logs/a.txt') },
        { name: mark('inline'), contentType: mark('text/inline'), body: mark('attachment body') },
      ],
      tags: [mark('slow'), mark('db')],
      meta: [{ name: mark('owner'), value: mark('team a') }],
    }),
    aTest({ title: mark('fails'), status: 'failed', errors: [rich, error('second')], location: location(20) }),
    aTest({
      title: mark('is flaky'),
      flaky: true,
      rawStatus: mark('pass-after-retry'),
      retry: { configured: 5, count: 1 },
      attempts: [
        {
          index: 0,
          status: 'failed',
          startedAt: '2026-01-02T03:04:05.200Z',
          durationMs: 33,
          errors: [error('flake')],
          output: output('flake'),
          exact: true,
        },
        { index: 1, status: 'passed', durationMs: 44, errors: [], output: output('final'), exact: false },
      ],
    }),
    aTest({
      title: mark('keeps failing'),
      status: 'failed',
      attempts: [
        { index: 0, status: 'failed', errors: [error('first try')], output: output('first try'), exact: true },
        { index: 1, status: 'failed', errors: [error('second try')], output: output('second try'), exact: true },
      ],
      errors: [error('second try')],
    }),
    aTest({ title: mark('fails as announced'), expectedFailure: true, errors: [error('announced')] }),
    aTest({ title: mark('is skipped'), status: 'skipped', rawStatus: mark('pending'), reason: mark('no database') }),
    aTest({ title: mark('is to be written'), status: 'todo', reason: mark('next week') }),
    aTest({ title: mark('did not run'), status: 'not-run', notRunCause: 'hook', reason: mark('beforeAll failed') }),
    aTest({ title: mark('twin'), timeoutMs: 9_001 }),
    aTest({ title: mark('twin'), ordinal: 2, location: { file: mark('shared-cases.ts'), line: 77 } }),
  ]
  return aRun({
    outcome: 'error',
    runId: mark('run-id'),
    runner: { name: mark('runner'), version: mark('1.2.3') },
    shard: { index: 2, count: 3 },
    merged: true,
    watch: true,
    partial: true,
    seed: 987_654,
    properties: [
      { name: 'project', value: mark('the project') },
      { name: 'jux:hostname', value: mark('the-host') },
    ],
    modules: [
      aModule({
        id: mark('module-id'),
        file: mark('test/all.test.ts'),
        project: mark('unit'),
        pool: mark('forks'),
        kind: 'browser',
        rawStatus: mark('fail'),
        startedAt: '2026-01-02T03:04:05.010Z',
        durationMs: 876,
        timings: { [mark('collect')]: 12.5 },
        errors: [error('load', { kind: 'load' }), error('hook', { kind: 'hook', hook: mark('afterAll') })],
        output: output('module'),
        suites: [
          aSuite({
            title: mark('broken'),
            path: [mark('above')],
            status: 'failed',
            errors: [error('suite', { kind: 'hook', hook: mark('beforeAll') })],
            location: location(30),
          }),
          aSuite({ title: mark('mentioned'), status: 'not-run', rawStatus: mark('queued'), location: location(40) }),
        ],
        tests,
        properties: [{ name: mark('module property'), value: mark('module value') }],
      }),
      aModule({ file: mark('test/never.test.ts'), status: 'not-run' }),
    ],
    errors: [error('loose', { kind: 'unhandled' })],
    output: output('run'),
  })
}
