/**
 * The result of one test run: what every runner maps onto, and what every later stage reads.
 *
 * Plain data, no methods, no runner objects. A field is absent where the runner does not know it; nothing is guessed
 * without saying so (`Attempt.exact`).
 *
 * @module
 */

/** Version of this shape. A reader that meets a higher one must not guess. */
export const SCHEMA_VERSION = 1

/**
 * What the run as a whole came to, computed here and never copied from a runner's flag:
 * `error` is a run whose tests may be green while something outside them failed (unhandled error, load or hook failure,
 * snapshot or setup error), `no-tests` one in which nothing ran at all.
 */
export type RunOutcome = 'passed' | 'failed' | 'error' | 'interrupted' | 'no-tests'

/** What one test came to. */
export type TestStatus = 'passed' | 'failed' | 'skipped' | 'todo' | 'not-run'

/** Why a test that was meant to run did not. */
export type NotRunCause = 'hook' | 'load' | 'cancelled' | 'bail' | 'crash' | 'filter'

/** What an error is an error of. */
export type ErrorKind = 'assertion' | 'error' | 'timeout' | 'hook' | 'load' | 'unhandled'

/** Numbers of test cases. The ones that passed are the rest. */
export interface TestCounts {
  readonly tests: number
  readonly failures: number
  readonly errors: number
  readonly skipped: number
}

/** A name with a value, in the order in which it is to appear. */
export interface Property {
  readonly name: string
  readonly value: string
}

/** A place in a source file. */
export interface Location {
  /** Relative to the run's root with `/` separators; absent when it is the module's own file. */
  readonly file?: string | undefined
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column?: number | undefined
}

/** One thrown value. */
export interface ErrorInfo {
  readonly kind: ErrorKind
  /** `beforeAll`, `afterEach` …, for errors of hooks. */
  readonly hook?: string | undefined
  /** Class name of the thrown value, or its type when it is not an Error (`string`, `undefined` …). */
  readonly name?: string | undefined
  readonly message: string
  /** As the runner gave it: first line included or not, paths untouched. */
  readonly stack?: string | undefined
  readonly diff?: string | undefined
  readonly expected?: string | undefined
  readonly actual?: string | undefined
  readonly location?: Location | undefined
  readonly cause?: ErrorInfo | undefined
  /** Members of an AggregateError. */
  readonly errors?: readonly ErrorInfo[] | undefined
  /** Index of the attempt it belongs to, from 0, where the runner says. */
  readonly attempt?: number | undefined
}

/** A piece of console output, in order. */
export interface Output {
  readonly stream: 'stdout' | 'stderr'
  readonly text: string
  /** ISO 8601, UTC. */
  readonly at?: string | undefined
}

/** A remark that a test made about itself. */
export interface Annotation {
  readonly type: string
  readonly message: string
  readonly location?: Location | undefined
  readonly attachment?: Attachment | undefined
}

/** A file, or a body, that belongs to a test. */
export interface Attachment {
  readonly name?: string | undefined
  readonly contentType?: string | undefined
  /** As the runner gave it; made relative to the report when rendered. */
  readonly path?: string | undefined
  /** In place of a path. */
  readonly body?: string | undefined
}

/** One execution of a test: the first try, or a retry. */
export interface Attempt {
  /** From 0. */
  readonly index: number
  readonly status: 'passed' | 'failed'
  readonly startedAt?: string | undefined
  readonly durationMs?: number | undefined
  readonly errors: readonly ErrorInfo[]
  readonly output?: readonly Output[] | undefined
  /** False when the runner gives no attempts and this one was inferred from its errors. */
  readonly exact: boolean
}

/** One test case. */
export interface TestResult {
  /** The runner's own id; stable within a run only. */
  readonly id: string
  readonly title: string
  /** Titles of the enclosing describes, outermost first. */
  readonly path: readonly string[]
  /** Which one of several tests of the same project, file, path and title this is, from 1. */
  readonly ordinal: number
  readonly status: TestStatus
  /** The runner's own word. */
  readonly rawStatus: string
  /** True for `test.fails` / `test.failing`: passed means that it failed as announced. */
  readonly expectedFailure?: boolean | undefined
  /** Passed, but not at its first attempt. */
  readonly flaky: boolean
  readonly notRunCause?: NotRunCause | undefined
  /** Why it was skipped or not run, in words. */
  readonly reason?: string | undefined
  /** ISO 8601, UTC. */
  readonly startedAt?: string | undefined
  readonly durationMs?: number | undefined
  readonly location?: Location | undefined
  readonly timeoutMs?: number | undefined
  readonly concurrent?: boolean | undefined
  readonly retry?: { readonly configured?: number | undefined; readonly count: number } | undefined
  readonly repeats?: { readonly configured?: number | undefined; readonly count: number } | undefined
  /** At least one for a test that ran; the last one is final. */
  readonly attempts: readonly Attempt[]
  /** Of the final attempt. */
  readonly errors: readonly ErrorInfo[]
  readonly output: readonly Output[]
  readonly annotations: readonly Annotation[]
  readonly attachments: readonly Attachment[]
  readonly tags: readonly string[]
  /** The user's own data about the test. */
  readonly meta: readonly Property[]
}

/** A describe block whose own hooks failed, or that needs mention of its own. */
export interface SuiteResult {
  readonly title: string
  readonly path: readonly string[]
  readonly status: 'passed' | 'failed' | 'skipped' | 'not-run'
  readonly rawStatus: string
  readonly errors: readonly ErrorInfo[]
  readonly location?: Location | undefined
}

/** One test file in one project. */
export interface ModuleResult {
  readonly id: string
  /** Relative to the run's root with `/` separators. */
  readonly file: string
  readonly project?: string | undefined
  /** How it was run, where the runner says (`forks`, `threads`, `vmThreads`, `typescript`, `browser` …). */
  readonly pool?: string | undefined
  readonly kind: 'runtime' | 'typecheck' | 'browser'
  readonly status: 'passed' | 'failed' | 'skipped' | 'not-run'
  readonly rawStatus: string
  readonly startedAt?: string | undefined
  readonly durationMs?: number | undefined
  /** Milliseconds by phase (`collect`, `setup`, `environment`, `prepare` …). */
  readonly timings?: Readonly<Record<string, number>> | undefined
  /** Load errors and errors of module-level hooks. */
  readonly errors: readonly ErrorInfo[]
  /** Output that belongs to no test of the file. */
  readonly output: readonly Output[]
  readonly suites: readonly SuiteResult[]
  readonly tests: readonly TestResult[]
  readonly properties: readonly Property[]
}

/** The program that ran the tests. */
export interface Runner {
  /** `vitest`, `jest`. */
  readonly name: string
  readonly version: string
}

/** One run, whole. */
export interface TestRun {
  readonly schemaVersion: typeof SCHEMA_VERSION
  /** UUID of this run. */
  readonly runId: string
  readonly outcome: RunOutcome
  readonly runner: Runner
  /** Absolute folder that the files are relative to. Never rendered. */
  readonly rootDir: string
  /** ISO 8601, UTC, milliseconds. */
  readonly startedAt: string
  readonly finishedAt: string
  readonly durationMs: number
  readonly shard?: { readonly index: number; readonly count: number } | undefined
  /** Merged from the shards' blobs. */
  readonly merged?: boolean | undefined
  readonly watch?: boolean | undefined
  /** The run died before its end; what is here is what was known. */
  readonly partial?: boolean | undefined
  readonly seed?: number | undefined
  /** Facts about the run, in the order in which they are rendered: filled by `enrich/`, added to by `scrub/`. */
  readonly properties: readonly Property[]
  readonly modules: readonly ModuleResult[]
  /** Errors that belong to no file: unhandled ones, global set-up, runner failures. */
  readonly errors: readonly ErrorInfo[]
  /** Console output that belongs to no file. */
  readonly output: readonly Output[]
}

/** A fact of the user's own: its name and value become a property of the report. */
export type PropertyValue = string | number | boolean

/** Custom properties: values, or a function that is called once with the finished run. */
export type PropertySource =
  | Readonly<Record<string, PropertyValue | undefined>>
  | ((run: TestRun) => Readonly<Record<string, PropertyValue | undefined>>)

/** Properties of the user's own for one test: a function that is called for each. */
export type TestPropertySource = (
  test: TestResult,
  module: ModuleResult,
) => Readonly<Record<string, PropertyValue | undefined>>

/** What a name is made of. */
export interface NameParts {
  /** The test file, relative to the run's root. */
  readonly file: string
  /** The runner's project, where there are several. */
  readonly project?: string | undefined
  /** Titles of the enclosing describes, outermost first; empty for a suite. */
  readonly path: readonly string[]
  /** Title of the test; empty for a suite. */
  readonly title: string
}

/** A name: text with placeholders in braces (`{file}`, `{project}`, `{path}`, `{title}`), or a function. */
export type NameTemplate = string | ((parts: NameParts) => string)
