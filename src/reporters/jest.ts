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
import { type JestExitConfig, jestExitCauses } from '../gather/exit-causes.js'
import {
  contextOf,
  gatherJest,
  JestCollector,
  type JestContext,
  type JestInput,
  projectOf,
  startedFile,
} from '../gather/jest.js'
import type {
  JestAssertion,
  JestConfig,
  JestFileResult,
  JestResults,
  JestTestFile,
  JestTestStart,
} from '../gather/jest-types.js'
import { realSystem } from '../system.js'
import { ExitCodeWatch, markOwnExitCode } from './jest-exit-code.js'
import { jestProjectFolder } from './jest-folder.js'
import { runningJestVersion } from './jest-version.js'
import { onLateFailure, onProcessExit, quietly, writeWrongRunner } from './runner-events.js'
import { writeOldRunner } from './runner-version.js'
import type { GatherRun, Session } from './session-interface.js'
import { startSession } from './start-session.js'
import { readTestSource } from './test-source.js'

export type { JestTestFile } from '../gather/jest-types.js'

/**
 * The field that is read of the options in Jest's event.
 *
 * @hidden
 */
export interface JestRunOptions {
  /** False if the tests run in the main process, one file after the other. */
  readonly showStatus?: boolean | undefined
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
  readonly #exitCode = new ExitCodeWatch()
  #context: JestContext | undefined
  #projectFolder: string | undefined
  #isInBand = false
  #usedProjects: number | undefined
  #projectConfigs: readonly JestExitConfig[] = []
  #session: Promise<Session> | undefined
  #started: Session | undefined
  #finishing: Promise<void> | undefined
  #cancelExit: (() => void) | undefined
  #lastError: Error | undefined

  /** @param options as written beside the name of the reporter; checked when the run starts */
  constructor(globalConfig: JestConfig, options?: JuxOptions) {
    this.#config = globalConfig
    this.#options = options
  }

  /**
   * Vitest calls this, Jest never does.
   *
   * @hidden
   */
  onInit(): void {
    writeWrongRunner('jest', 'vitest', this.#system)
  }

  /**
   * Playwright calls this, Jest never does.
   *
   * @hidden
   */
  onBegin(): void {
    writeWrongRunner('jest', 'playwright', this.#system)
  }

  /** @hidden */
  async onRunStart(results: JestResults, options?: JestRunOptions): Promise<void> {
    const session = await this.#start()
    this.#started = session
    this.#isInBand = options?.showStatus === false
    quietly(() => {
      this.#context = contextOf(this.#config, results, this.#folders())
    })
    if (session.settings !== undefined) writeOldRunner('jest', runningJestVersion())
    // Jest keeps filling this object, so it has all that is known when the process exits.
    this.#cancelExit = onProcessExit(() => {
      if (this.#reports(session)) session.flush(this.#gatherer(results, { partial: true }))
    })
  }

  /** @hidden */
  onTestFileStart(test: JestTestFile): void {
    quietly(() => this.#exitCode.begin())
    quietly(() => this.#collector.onTestFileStart(test.path, projectOf(test)))
    const session = this.#started
    const context = this.#context
    if (session?.fileStarted === undefined || context === undefined || !this.#reports(session)) return
    quietly(() => session.fileStarted?.(startedFile(test, context)))
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
  onTestFileResult(test: JestTestFile, result: JestFileResult): void {
    quietly(() => this.#exitCode.fileEnded(this.#isInBand ? test.path : undefined))
    quietly(() => this.#collector.onTestFileResult(result, projectOf(test)))
    const session = this.#started
    const context = this.#context
    if (session === undefined || context === undefined || !this.#reports(session)) return
    quietly(() => this.#collector.gatherEnded(result, context, (ended) => session.renderEarly(ended, context.rootDir)))
  }

  /**
   * With `bail`, Jest calls this once for each worker that fails, at the same time, and exits when the first call is
   * done.
   *
   * @hidden
   */
  onRunComplete(contexts: unknown, results: JestResults): Promise<void> {
    if (contexts instanceof Set) {
      this.#usedProjects = contexts.size
      this.#projectConfigs = [...contexts].flatMap(projectConfig)
    }
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

  #start(): Promise<Session> {
    this.#session ??= this.#startSession()
    return this.#session
  }

  #startSession(): Promise<Session> {
    const input = {
      options: this.#options,
      cwd: this.#rootDir(),
      system: this.#system,
      write: (text: string) => {
        process.stderr.write(text)
      },
      errIsTerminal: process.stderr.isTTY === true,
      isWatching: this.#isWatching,
    }
    return startSession(input, { name: 'jest', version: runningJestVersion() })
  }

  async #finish(results: JestResults): Promise<void> {
    // With `--forceExit`, Jest sets the exit code itself.
    const exitCode = this.#config.forceExit === true ? undefined : this.#exitCode.end()
    const session = await this.#start()
    if (this.#reports(session)) await session.finish(this.#gatherer(results, { exitCode }))
    this.#cancelExit?.()
    // Jest tells nobody about an error after this, and its tests can leave timers behind. Its own result becomes the exit code later.
    if (session.failedLate !== undefined && !this.#isWatching) {
      onLateFailure(() => session.failedLate?.(), { isExitCodeOfRunner: this.#config.forceExit === true })
    }
    this.#lastError = session.strictError()
    if (this.#lastError !== undefined) markOwnExitCode()
  }

  #reports(session: Session): boolean {
    return !this.#isWatching || session.settings?.watch === true
  }

  get #isWatching(): boolean {
    return this.#config.watch === true || this.#config.watchAll === true
  }

  #rootDir(): string {
    return this.#config.rootDir ?? this.#system.cwd
  }

  #folders(): Pick<JestInput, 'cwd' | 'projectDir'> {
    this.#projectFolder ??= jestProjectFolder(this.#rootDir())
    return { cwd: this.#system.cwd, projectDir: this.#projectFolder }
  }

  // A run may be gathered twice; both have the same id and end.
  #gatherer(results: JestResults, end: Pick<JestInput, 'partial' | 'exitCode'>): GatherRun {
    const runId = this.#system.uuid()
    const finishedAtMs = this.#system.now().getTime()
    // By the tests, or before them. With `--forceExit`, Jest sets it itself.
    const isExitCodeSet = this.#config.forceExit !== true && Number(process.exitCode ?? 0) !== 0
    const exitCauses = jestExitCauses([this.#config, ...this.#projectConfigs], isExitCodeSet)
    return (isKept) => ({
      ...gatherJest({
        results,
        config: this.#config,
        version: runningJestVersion(),
        collected: this.#collector,
        isKept,
        runId,
        finishedAtMs,
        request: { argv: process.argv, usedProjects: this.#usedProjects, readSource: readTestSource },
        ...this.#folders(),
        ...end,
      }),
      exitCauses,
    })
  }
}

// Jest hands over the configuration of each project that has run tests.
function projectConfig(context: unknown): readonly JestExitConfig[] {
  if (typeof context !== 'object' || context === null || !('config' in context)) return []
  const { config } = context
  if (typeof config !== 'object' || config === null || !('globalTeardown' in config)) return []
  return [{ globalTeardown: typeof config.globalTeardown === 'string' ? config.globalTeardown : undefined }]
}
