/**
 * Makes Vitest's objects in the form that a reporter gets, for cases that are rare in real runs.
 *
 * The contract (`test/contract`) tests real runs; these objects show the effect of each field.
 *
 * @module
 */
import type { VitestModule, VitestSuite, VitestTest } from '../../src/gather/vitest-types.js'

type Diagnostic = NonNullable<ReturnType<VitestTest['diagnostic']>>

/** How a test differs from one that passed at its first attempt. */
export interface TestParts {
  readonly name?: string
  readonly state?: string
  readonly errors?: readonly unknown[]
  readonly note?: string
  /** `null` for a test that has none. */
  readonly diagnostic?: Partial<Diagnostic> | null
  readonly options?: Partial<VitestTest['options']>
  readonly rest?: Partial<VitestTest>
}

/** A test. */
export function vitestTest({ name = 'works', state = 'passed', ...parts }: TestParts = {}): VitestTest {
  return {
    type: 'test',
    id: `id of ${name}`,
    name,
    options: { mode: 'run', ...parts.options },
    result: () => ({ state, errors: parts.errors, note: parts.note }),
    diagnostic: () =>
      parts.diagnostic === null
        ? undefined
        : { startTime: 1_000, duration: 5, retryCount: 0, repeatCount: 0, flaky: false, ...parts.diagnostic },
    ...parts.rest,
  }
}

/** A describe block. */
export function vitestSuite(name: string, children: VitestSuite['children'], parts: Partial<VitestSuite> = {}) {
  const suite: VitestSuite = {
    type: 'suite',
    id: `id of ${name}`,
    name,
    children,
    state: () => 'passed',
    errors: () => [],
    ...parts,
  }
  return suite
}

/** A test file of the project in `/repo`. */
export function vitestModule(children: VitestModule['children'], parts: Partial<VitestModule> = {}): VitestModule {
  return {
    type: 'module',
    id: 'id of the file',
    moduleId: '/repo/a.test.ts',
    children,
    state: () => 'passed',
    errors: () => [],
    diagnostic: () => ({
      environmentSetupDuration: 1,
      prepareDuration: 2,
      collectDuration: 3,
      setupDuration: 4,
      duration: 10,
    }),
    ...parts,
  }
}
