/**
 * Test runs for tests: small parts with sensible defaults, and one run that has a bit of everything.
 *
 * @module
 */
import type { ErrorInfo, ModuleResult, SuiteResult, TestResult, TestRun } from '../../src/model.js'
import { SCHEMA_VERSION } from '../../src/model.js'

/** A passed test; its id and title can be told from the others'. */
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

/** A file; failed when one of its tests is. */
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

/** A describe. */
export function aSuite(parts: Partial<SuiteResult> = {}): SuiteResult {
  const status = parts.status ?? 'passed'
  return { title: 'suite', path: [], status, rawStatus: status, errors: [], ...parts }
}

/** A run; its outcome is what its tests come to unless it is given. */
export function aRun(parts: Partial<TestRun> = {}): TestRun {
  const failed = parts.modules?.some(({ status }) => status === 'failed')
  return {
    schemaVersion: SCHEMA_VERSION,
    runId: '00000000-0000-4000-8000-000000000000',
    outcome: failed ? 'failed' : 'passed',
    runner: { name: 'vitest', version: '4.1.12' },
    rootDir: '/work/project',
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

/** A thrown Error. */
export function anError(parts: Partial<ErrorInfo> = {}): ErrorInfo {
  return { kind: 'error', name: 'Error', message: 'it broke', ...parts }
}
