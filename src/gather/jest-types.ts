/**
 * The parts of Jest's objects that are read. They fit Jest 29.7 and 30.
 *
 * @module
 */
import type { JestExitConfig } from './exit-causes.js'

/** The parts of the global configuration that the result depends on. */
export interface JestConfig extends JestExitConfig {
  readonly rootDir?: string | undefined
  readonly bail?: number | boolean | undefined
  readonly watch?: boolean | undefined
  readonly watchAll?: boolean | undefined
  readonly seed?: number | undefined
  readonly shard?: { readonly shardIndex: number; readonly shardCount: number } | undefined
  readonly testNamePattern?: string | undefined
  readonly passWithNoTests?: boolean | undefined
  readonly onlyChanged?: boolean | undefined
  readonly lastCommit?: boolean | undefined
  readonly changedSince?: string | undefined
  readonly onlyFailures?: boolean | undefined
  readonly findRelatedTests?: boolean | undefined
  readonly runTestsByPath?: boolean | undefined
  /** The words of the command line that are no flags. */
  readonly nonFlagArgs?: readonly string[] | undefined
  /** Jest 30: an object with the list `patterns`. */
  readonly testPathPatterns?: object | undefined
  /** Jest 29: all patterns as one. */
  readonly testPathPattern?: string | undefined
  /** Path of a module that chooses test files. */
  readonly filter?: string | undefined
  readonly skipFilter?: boolean | undefined
  /** Of all projects, also those that are not selected. */
  readonly projects?: readonly unknown[] | undefined
  readonly forceExit?: boolean | undefined
  /** `all`, `new` or `none`. */
  readonly updateSnapshot?: string | undefined
}

/**
 * The fields that are read of the `test` object in Jest's events.
 *
 * @hidden
 */
export interface JestTestFile {
  readonly path: string
  /** In events of a file, its project; in events of a test, always the first project. */
  readonly context?:
    | { readonly config?: { readonly displayName?: JestDisplayName | undefined } | undefined }
    | undefined
}

/** The name of a project. */
export type JestDisplayName = { readonly name: string } | string

/** One test, in a file's result and in `onTestCaseResult`. */
export interface JestAssertion {
  readonly ancestorTitles: readonly string[]
  readonly title: string
  readonly fullName?: string | undefined
  readonly status: string
  /** Milliseconds; null for tests that did not run. */
  readonly duration?: number | null | undefined
  /** Jest 30 only; milliseconds since the epoch. */
  readonly startAt?: number | null | undefined
  /** In `onTestCaseResult`; milliseconds since the epoch. */
  readonly startedAt?: number | null | undefined
  /** Jest 30 only. */
  readonly failing?: boolean | undefined
  readonly failureDetails?: readonly unknown[] | undefined
  readonly failureMessages?: readonly string[] | null | undefined
  /** Number of attempts, from 1. */
  readonly invocations?: number | undefined
  readonly location?: { readonly line: number; readonly column: number } | null | undefined
}

/** From `onTestCaseStart`, once for each attempt. */
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
  /** Runners other than Jest's own leave it out. */
  readonly displayName?: JestDisplayName | undefined
  readonly testExecError?: unknown
  readonly failureMessage?: string | null | undefined
  readonly skipped?: boolean | undefined
  readonly numFailingTests?: number | undefined
  /** Number of skipped tests. */
  readonly numPendingTests?: number | undefined
  readonly snapshot?:
    | {
        /** Number of obsolete snapshots. */
        readonly unchecked?: number | undefined
        readonly uncheckedKeys?: readonly string[] | undefined
      }
    | undefined
  /** Console output. Jest removes it before the run completes. */
  readonly console?: readonly JestLog[] | null | undefined
  readonly perfStats?:
    | {
        readonly start: number
        readonly end: number
        readonly runtime?: number | undefined
        readonly loadTestEnvironmentStart?: number | undefined
        readonly loadTestEnvironmentEnd?: number | undefined
        readonly setupFilesStart?: number | undefined
        readonly setupFilesEnd?: number | undefined
        readonly setupAfterEnvStart?: number | undefined
        readonly setupAfterEnvEnd?: number | undefined
      }
    | undefined
}

/** From `onRunComplete`, without `success`, which is always false there. */
export interface JestResults {
  readonly testResults: readonly JestFileResult[]
  readonly numTotalTestSuites?: number | undefined
  readonly numFailedTests?: number | undefined
  readonly numRuntimeErrorTestSuites?: number | undefined
  /** Milliseconds since the epoch. */
  readonly startTime?: number | undefined
  readonly wasInterrupted?: boolean | undefined
  readonly runExecError?: unknown
  readonly snapshot?: {
    readonly failure?: boolean | undefined
    readonly unmatched?: number | undefined
    readonly unchecked?: number | undefined
    readonly filesRemoved?: number | undefined
    /** Obsolete snapshot files: their test files are gone. */
    readonly filesRemovedList?: readonly string[] | undefined
  }
}
