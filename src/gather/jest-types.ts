/**
 * What is read of Jest's objects, and no more: loose enough for 29.7 and 30.
 *
 * @module
 */

/** The parts of the global configuration that the result depends on. */
export interface JestConfig {
  readonly rootDir?: string
  readonly bail?: number | boolean
  readonly watch?: boolean
  readonly watchAll?: boolean
  readonly seed?: number | undefined
  readonly shard?: { readonly shardIndex: number; readonly shardCount: number } | undefined
  readonly testNamePattern?: string | undefined
}

/** One test, in a file's result and in `onTestCaseResult`. */
export interface JestAssertion {
  readonly ancestorTitles: readonly string[]
  readonly title: string
  readonly fullName?: string
  readonly status: string
  /** Milliseconds; null for tests that did not run. */
  readonly duration?: number | null | undefined
  /** 30 only; milliseconds since the epoch. */
  readonly startAt?: number | null | undefined
  /** In `onTestCaseResult`; milliseconds since the epoch. */
  readonly startedAt?: number | null | undefined
  /** 30 only. */
  readonly failing?: boolean | undefined
  readonly failureDetails?: readonly unknown[] | undefined
  readonly failureMessages?: readonly string[] | null | undefined
  /** How often it was tried, from 1. */
  readonly invocations?: number | undefined
  readonly location?: { readonly line: number; readonly column: number } | null | undefined
}

/** What `onTestCaseStart` gives, once for each attempt. */
export interface JestTestStart {
  readonly ancestorTitles: readonly string[]
  readonly title: string
  /** Milliseconds since the epoch. */
  readonly startedAt?: number | null | undefined
}

/** One console call. */
export interface JestLog {
  readonly message: string
  readonly type: string
}

/** One test file in one project. */
export interface JestFileResult {
  readonly testFilePath: string
  readonly testResults: readonly JestAssertion[]
  readonly displayName?: { readonly name: string } | string | undefined
  readonly testExecError?: unknown
  readonly failureMessage?: string | null | undefined
  readonly skipped?: boolean
  /** Taken away again before the run completes. */
  readonly console?: readonly JestLog[] | null | undefined
  readonly perfStats?:
    | {
        readonly start: number
        readonly end: number
        readonly runtime?: number
        readonly loadTestEnvironmentStart?: number
        readonly loadTestEnvironmentEnd?: number
        readonly setupFilesStart?: number
        readonly setupFilesEnd?: number
        readonly setupAfterEnvStart?: number
        readonly setupAfterEnvEnd?: number
      }
    | undefined
}

/** What `onRunComplete` gives; `success` is not among it, because it is always false there. */
export interface JestResults {
  readonly testResults: readonly JestFileResult[]
  readonly numTotalTestSuites?: number
  readonly numFailedTests?: number
  readonly numRuntimeErrorTestSuites?: number
  /** Milliseconds since the epoch. */
  readonly startTime?: number
  readonly wasInterrupted?: boolean
  readonly runExecError?: unknown
  readonly snapshot?: {
    readonly failure?: boolean
    readonly unmatched?: number
    readonly unchecked?: number
    readonly filesRemoved?: number
  }
}
