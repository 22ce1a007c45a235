/**
 * The Jest reporter: `reporters: ['default', 'jux-reporter/jest']`.
 *
 * No further code is needed; options are written beside the name, see {@link JuxOptions}.
 *
 * @module jux-reporter/jest
 */
// Only listens; the session does the work when the run ends. No module that is imported here may use top-level await:
// Jest 29 loads reporters with require.
import type { JuxOptions } from '../config/options.js'
import { compileFilter, gatherJest, JestCollector } from '../gather/jest.js'
import type { JestAssertion, JestConfig, JestFileResult, JestResults, JestTestStart } from '../gather/jest-types.js'
import { realSystem } from '../system.js'
import { jestProjectFolder } from './jest-folder.js'
import { runningJestVersion } from './jest-version.js'
import { writeOldRunner } from './runner-version.js'
import { type GatherRun, onProcessExit, quietly, ReporterSession, writeWrongRunner } from './session.js'

/**
 * The fields that are read of the `test` object in Jest's events.
 *
 * @hidden
 */
export interface JestTestFile {
  readonly path: string
}

/**
 * Reports a whole run when it ends. Jest creates and calls it.
 *
 * It never throws into the runner, and changes the exit code of the run only under `strict`.
 */
export default class JuxJestReporter {
  readonly #config: JestConfig
  readonly #options: JuxOptions | undefined
  readonly #system = realSystem()
  readonly #collector = new JestCollector()
  readonly #filter: RegExp | undefined
  #projectFolder: string | undefined
  #session: Promise<ReporterSession> | undefined
  #started: ReporterSession | undefined
  #finishing: Promise<void> | undefined
  #cancelExit: (() => void) | undefined
  #lastError: Error | undefined

  /** @param options as written beside the name of the reporter; checked when the run starts */
  constructor(globalConfig: JestConfig, options?: JuxOptions) {
    this.#config = globalConfig
    this.#options = options
    this.#filter = compileFilter(globalConfig?.testNamePattern)
  }

  /**
   * Vitest calls this, Jest never does.
   *
   * @hidden
   */
  onInit(): void {
    writeWrongRunner('jest', this.#system)
  }

  /** @hidden */
  async onRunStart(results: JestResults): Promise<void> {
    const session = await this.#start()
    this.#started = session
    if (session.settings !== undefined) writeOldRunner('jest', runningJestVersion())
    // Jest keeps filling this object, so it has all that is known when the process exits.
    this.#cancelExit = onProcessExit(() => {
      if (this.#reports(session)) session.flush(this.#gatherer(results, true))
    })
  }

  /** @hidden */
  onTestFileStart(test: JestTestFile): void {
    quietly(() => this.#collector.onTestFileStart(test.path))
  }

  /** @hidden */
  onTestCaseStart(test: JestTestFile, start: JestTestStart): void {
    quietly(() => this.#collector.onTestCaseStart(test.path, start))
  }

  /** @hidden */
  onTestCaseResult(test: JestTestFile, result: JestAssertion): void {
    quietly(() => this.#collector.onTestCaseResult(test.path, result))
  }

  /** @hidden */
  onTestFileResult(_test: JestTestFile, result: JestFileResult): void {
    quietly(() => this.#collector.onTestFileResult(result))
    const session = this.#started
    if (session === undefined || !this.#reports(session)) return
    const rootDir = this.#rootDir()
    const context = { rootDir, projectDir: this.#projectDir(), filter: this.#filter }
    quietly(() => this.#collector.gatherEnded(result, context, (ended) => session.renderEarly(ended, rootDir)))
  }

  /**
   * With `bail`, Jest calls this once for each worker that fails, at the same time, and exits when the first call is
   * done.
   *
   * @hidden
   */
  onRunComplete(_contexts: unknown, results: JestResults): Promise<void> {
    this.#finishing ??= this.#finish(results)
    return this.#finishing
  }

  /**
   * Jest exits with a failure when this returns an error, which is for `strict` only.
   *
   * @hidden
   */
  getLastError(): Error | undefined {
    return this.#lastError
  }

  /** @hidden */
  protected get isVerbose(): boolean {
    return this.#started?.settings?.verbose === true
  }

  #start(): Promise<ReporterSession> {
    this.#session ??= this.#startSession()
    return this.#session
  }

  async #startSession(): Promise<ReporterSession> {
    const session = new ReporterSession({
      options: this.#options,
      cwd: this.#rootDir(),
      system: this.#system,
      write: (text) => {
        process.stderr.write(text)
      },
      errIsTerminal: process.stderr.isTTY === true,
    })
    await session.start()
    return session
  }

  async #finish(results: JestResults): Promise<void> {
    const session = await this.#start()
    if (this.#reports(session)) await session.finish(this.#gatherer(results, false))
    this.#cancelExit?.()
    this.#lastError = session.strictError()
  }

  #reports(session: ReporterSession): boolean {
    const isWatching = this.#config.watch === true || this.#config.watchAll === true
    return !isWatching || session.settings?.watch === true
  }

  #rootDir(): string {
    return this.#config.rootDir ?? this.#system.cwd
  }

  #projectDir(): string {
    this.#projectFolder ??= jestProjectFolder(this.#rootDir())
    return this.#projectFolder
  }

  // A run may be gathered twice; both have the same id and end.
  #gatherer(results: JestResults, partial: boolean): GatherRun {
    const runId = this.#system.uuid()
    const finishedAtMs = this.#system.now().getTime()
    return (isKept) =>
      gatherJest({
        results,
        config: this.#config,
        version: runningJestVersion(),
        collected: this.#collector,
        isKept,
        runId,
        finishedAtMs,
        cwd: this.#system.cwd,
        projectDir: this.#projectDir(),
        partial,
      })
  }
}
