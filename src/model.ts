/**
 * The result of one test run. The adapters of all runners produce it, and all later stages read it.
 *
 * Plain data without methods and without objects of a runner. A field is absent if the runner does not provide it. Values that
 * are inferred are marked (`Attempt.exact`).
 *
 * @module
 */

/** Version of this format. A program must not read a higher version than it knows. */
export const SCHEMA_VERSION = 1

/**
 * The outcome of a whole run. It is computed from tests and errors, not copied from the runner.
 *
 * `error`: no test failed, but something outside the tests did (unhandled error, load or hook failure, snapshot or setup
 * error). `no-tests`: no test ran.
 */
export type RunOutcome = 'passed' | 'failed' | 'error' | 'interrupted' | 'no-tests'

/** The status of one test. */
export type TestStatus = 'passed' | 'failed' | 'skipped' | 'todo' | 'not-run'

/** Why a test that should have run did not run. */
export type NotRunCause = 'hook' | 'load' | 'cancelled' | 'bail' | 'crash' | 'filter'

/** What kind of error it is, or where it happened. */
export type ErrorKind = 'assertion' | 'error' | 'timeout' | 'hook' | 'load' | 'unhandled'

/** Numbers of test cases. `tests` counts all of them, including those that passed. */
export interface TestCounts {
  readonly tests: number
  readonly failures: number
  readonly errors: number
  readonly skipped: number
}

/** A name with a value. Lists of properties are in the order of the report. */
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
  /** As the runner gave it: with or without the first line, with unchanged paths. */
  readonly stack?: string | undefined
  readonly diff?: string | undefined
  readonly expected?: string | undefined
  readonly actual?: string | undefined
  readonly location?: Location | undefined
  readonly cause?: ErrorInfo | undefined
  /** Members of an AggregateError. */
  readonly errors?: readonly ErrorInfo[] | undefined
  /** Index of the attempt that it belongs to, from 0; absent if the runner does not say it. */
  readonly attempt?: number | undefined
}

/** A piece of console output. Lists are in the order of the output. */
export interface Output {
  readonly stream: 'stdout' | 'stderr'
  readonly text: string
  /** ISO 8601, UTC. */
  readonly at?: string | undefined
}

/** A note that a test adds to its own result. */
export interface Annotation {
  readonly type: string
  readonly message: string
  readonly location?: Location | undefined
  readonly attachment?: Attachment | undefined
}

/** A file or a text that belongs to a test. */
export interface Attachment {
  readonly name?: string | undefined
  readonly contentType?: string | undefined
  /** As the runner gave it. The report contains it relative to the report. */
  readonly path?: string | undefined
  /** Content of an attachment without a path. */
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
  readonly attachments?: readonly Attachment[] | undefined
  /** False if the runner does not report attempts, and this one was inferred from the errors. */
  readonly exact: boolean
}

/** One test case. */
export interface TestResult {
  /** The runner's own id. Unique within a run, but not the same in every run. */
  readonly id: string
  readonly title: string
  /** Titles of the enclosing describes, outermost first. */
  readonly path: readonly string[]
  /** Number among the tests with the same project, file, path and title, from 1. */
  readonly ordinal: number
  readonly status: TestStatus
  /** The runner's own word for the status. */
  readonly rawStatus: string
  /** True for a benchmark (`vitest bench`). */
  readonly benchmark?: boolean | undefined
  /** True for `test.fails` / `test.failing`: such a test passes if its function fails. */
  readonly expectedFailure?: boolean | undefined
  /** Passed, but not at its first attempt. */
  readonly flaky: boolean
  readonly notRunCause?: NotRunCause | undefined
  /** Why it was skipped or did not run, as a text. */
  readonly reason?: string | undefined
  /** ISO 8601, UTC. */
  readonly startedAt?: string | undefined
  readonly durationMs?: number | undefined
  readonly location?: Location | undefined
  readonly timeoutMs?: number | undefined
  readonly concurrent?: boolean | undefined
  readonly retry?: { readonly configured?: number | undefined; readonly count: number } | undefined
  readonly repeats?: { readonly configured?: number | undefined; readonly count: number } | undefined
  /** At least one for a test that ran. The last one decides the status. */
  readonly attempts: readonly Attempt[]
  /** Errors of the last attempt. */
  readonly errors: readonly ErrorInfo[]
  readonly output: readonly Output[]
  readonly annotations: readonly Annotation[]
  readonly attachments: readonly Attachment[]
  readonly tags: readonly string[]
  /** Custom properties of the test. */
  readonly meta: readonly Property[]
}

/** A describe block that contains no tests, or whose own hooks failed. */
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
  /** Relative to the run's root, or to `folder`, with `/` separators. */
  readonly file: string
  /**
   * Folder that the paths of this file's results are relative to, as a path from the run's root (`..`): for a file
   * outside the root. Absent: the root itself. It is not in the report.
   */
  readonly folder?: string | undefined
  readonly project?: string | undefined
  /** How the runner ran it (`forks`, `threads`, `vmThreads`, `typescript`, `browser` …). */
  readonly pool?: string | undefined
  readonly kind: 'runtime' | 'typecheck' | 'browser'
  /** True if the runner can run the same file in another kind, too, with tests of the same titles: names contain the kind. */
  readonly kindInName?: boolean | undefined
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
  /** `vitest`, `jest`, `playwright`. */
  readonly name: string
  readonly version: string
}

/** What can narrow the tests of a run. docs/junit.md says what each word means. */
export type SelectionKind = 'files' | 'changed' | 'failed' | 'list' | 'exclude' | 'projects' | 'types' | 'name' | 'tags'

/** In the order of the report. */
export const SELECTION_KINDS = [
  'files',
  'changed',
  'failed',
  'list',
  'exclude',
  'projects',
  'types',
  'name',
  'tags',
] as const satisfies readonly SelectionKind[]

/** What narrowed the tests of a run, with its value as the runner was given it. */
export interface Selection {
  readonly kind: SelectionKind
  readonly value: string
}

/**
 * Whether `.only` has left out tests. `none`: certainly not. `forbidden`: the runner fails a run that has one. `possible`: it
 * may have.
 */
export type OnlyEffect = 'none' | 'forbidden' | 'possible'

/** What was asked of a run. What is absent is not known. */
export interface RunRequest {
  /** Empty: nothing narrowed the tests. A shard is not a selection. */
  readonly selection?: readonly Selection[] | undefined
  readonly only?: OnlyEffect | undefined
  /** Number of failed tests that stop the run; 0: none does. */
  readonly bail?: number | undefined
  /** How often a failed test is tried again, as configured; the largest number of all projects. */
  readonly retries?: number | undefined
  /** A name of this shard or machine, which its results keep when they are merged. */
  readonly shardLabel?: string | undefined
}

/** One whole run. */
export interface TestRun {
  readonly schemaVersion: typeof SCHEMA_VERSION
  /** UUID of this run. */
  readonly runId: string
  readonly outcome: RunOutcome
  readonly runner: Runner
  /** Absolute folder that the files are relative to. It is not in the report. */
  readonly rootDir: string
  /** ISO 8601, UTC, milliseconds. */
  readonly startedAt: string
  readonly finishedAt: string
  readonly durationMs: number
  readonly shard?: { readonly index: number; readonly count: number } | undefined
  /** True if the run was merged from shards. */
  readonly merged?: boolean | undefined
  readonly watch?: boolean | undefined
  /** True if the process ended before the run did. Results are missing then. */
  readonly partial?: boolean | undefined
  /** The runner ended well although no test ran: `passWithNoTests`, `--onlyChanged`, or skipped tests only. */
  readonly nothingToRunIsFine?: boolean | undefined
  /**
   * What besides a failed test can make the runner end with the same exit code, each as a phrase. Absent if that is not
   * known. It is not in the report.
   */
  readonly exitCauses?: readonly string[] | undefined
  readonly seed?: number | undefined
  readonly request?: RunRequest | undefined
  /** Facts about the run, in the order of the report. `enrich/` and `scrub/` add them. */
  readonly properties: readonly Property[]
  readonly modules: readonly ModuleResult[]
  /** Errors that belong to no file: unhandled errors, errors of the global setup and of the runner. */
  readonly errors: readonly ErrorInfo[]
  /** Console output that belongs to no file. */
  readonly output: readonly Output[]
}

/** The value of a custom property of the report. */
export type PropertyValue = string | number | boolean

/** Custom properties: an object, or a function that is called once with the finished run. */
export type PropertySource =
  | Readonly<Record<string, PropertyValue | undefined>>
  | ((run: TestRun) => Readonly<Record<string, PropertyValue | undefined>>)

/** Custom properties of tests: a function that is called for each test. */
export type TestPropertySource = (
  test: TestResult,
  module: ModuleResult,
) => Readonly<Record<string, PropertyValue | undefined>>

/** The parts of a name. */
export interface NameParts {
  /** The test file, relative to the run's root. */
  readonly file: string
  /** The runner's project, if there are several; with `typecheck` for a file of type tests. */
  readonly project?: string | undefined
  /** Titles of the enclosing describes, outermost first; empty for a suite. */
  readonly path: readonly string[]
  /** Title of the test; empty for a suite. */
  readonly title: string
}

/** A name: text with placeholders in braces (`{file}`, `{project}`, `{path}`, `{title}`), or a function. */
export type NameTemplate = string | ((parts: NameParts) => string)

/**
 * What the paths of files are relative to: the root of the repository, the project, or another folder: the path from it to
 * the project, such as `packages/api/`.
 */
export type FilePathBase = 'repository' | 'project' | `${string}/`
