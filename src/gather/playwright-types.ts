/**
 * The parts of Playwright Test's objects that are read. They fit Playwright 1.63 to 1.65, so that our types do not depend on
 * Playwright's.
 *
 * @module
 */

/** A place in a source file. */
export interface PlaywrightLocation {
  /** Absolute. */
  readonly file: string
  readonly line: number
  readonly column: number
}

/** A thrown value. */
export interface PlaywrightError {
  /** With the name of the class before it, and terminal colors in it. Absent for a value that is not an error. */
  readonly message?: string | undefined
  readonly stack?: string | undefined
  /** The thrown value as Node prints it, if it is not an error. */
  readonly value?: string | undefined
  readonly cause?: PlaywrightError | undefined
  readonly location?: PlaywrightLocation | undefined
}

/** A note on a test: `skip`, `fixme`, `fail`, `slow`, or one of the user. */
export interface PlaywrightAnnotation {
  readonly type: string
  readonly description?: string | undefined
  readonly location?: PlaywrightLocation | undefined
}

/** A file or a text that belongs to an attempt. */
export interface PlaywrightAttachment {
  readonly name: string
  readonly contentType: string
  readonly path?: string | undefined
  readonly body?: Uint8Array | undefined
}

/** A step of an attempt: a hook, a fixture, an assertion, a call of the browser, or one of `test.step`. */
export interface PlaywrightStep {
  readonly title: string
  /** `hook`, `fixture`, `expect`, `pw:api`, `test.step`, `test.attach` … */
  readonly category: string
  readonly error?: PlaywrightError | undefined
  readonly steps: readonly PlaywrightStep[]
}

/** Word for the end of an attempt. */
export type PlaywrightStatus = 'passed' | 'failed' | 'timedOut' | 'skipped' | 'interrupted'

/** One attempt. */
export interface PlaywrightResult {
  /** From 0. */
  readonly retry: number
  /** `skipped` until the attempt has ended. */
  readonly status: PlaywrightStatus
  readonly startTime: Date
  /** Milliseconds; -1 until the attempt has ended. */
  readonly duration: number
  readonly errors: readonly PlaywrightError[]
  readonly attachments: readonly PlaywrightAttachment[]
  readonly steps: readonly PlaywrightStep[]
}

/** One test in one project. */
export interface PlaywrightTest {
  readonly type: 'test'
  readonly id: string
  readonly title: string
  readonly parent: PlaywrightSuite
  readonly location: PlaywrightLocation
  readonly annotations: readonly PlaywrightAnnotation[]
  readonly tags: readonly string[]
  /** `skipped` for a test that is not to run, `failed` for one of `test.fail`. */
  readonly expectedStatus: PlaywrightStatus
  /** Milliseconds; 0 for no limit. */
  readonly timeout: number
  /** How often it may be tried again. */
  readonly retries: number
  readonly results: readonly PlaywrightResult[]
  outcome(): 'skipped' | 'expected' | 'unexpected' | 'flaky'
  ok(): boolean
}

/** A project, a file, or a describe. */
export interface PlaywrightSuite {
  readonly type: 'root' | 'project' | 'file' | 'describe'
  readonly title: string
  readonly parent?: PlaywrightSuite | undefined
  readonly location?: { readonly file: string } | undefined
  readonly suites: readonly PlaywrightSuite[]
  allTests(): readonly PlaywrightTest[]
}

/** The parts of a project that are read. */
export interface PlaywrightProject {
  readonly name?: string | undefined
  readonly retries?: number | undefined
  readonly testMatch?: string | RegExp | readonly (string | RegExp)[] | undefined
  /** Names of the projects that must pass before it runs. */
  readonly dependencies?: readonly string[] | undefined
}

/** The parts of the configuration that the result depends on. */
export interface PlaywrightConfig {
  readonly configFile?: string | undefined
  /** The folder of the tests, or the folder around those of all projects. */
  readonly rootDir?: string | undefined
  readonly version?: string | undefined
  readonly globalSetup?: string | null | undefined
  readonly globalTeardown?: string | null | undefined
  readonly forbidOnly?: boolean | undefined
  readonly grep?: RegExp | readonly RegExp[] | undefined
  readonly grepInvert?: RegExp | readonly RegExp[] | null | undefined
  readonly maxFailures?: number | undefined
  /** Tags of all tests, which tell the reports of shards apart when they are merged. */
  readonly tags?: readonly string[] | undefined
  readonly failOnFlakyTests?: boolean | undefined
  readonly shard?: { readonly current: number; readonly total: number } | null | undefined
  readonly metadata?: object | undefined
  readonly projects?: readonly PlaywrightProject[] | undefined
}

/** The end of a run. */
export interface PlaywrightEnd {
  readonly status: 'passed' | 'failed' | 'timedout' | 'interrupted'
  readonly startTime?: Date | undefined
  /** Milliseconds. */
  readonly duration?: number | undefined
}
