/**
 * The Jest reporter: `reporters: ['default', 'jux-reporter/jest']`.
 *
 * Named there, it needs no further code; its options stand beside its name, as {@link JuxOptions} lists them.
 *
 * @module jux-reporter/jest
 */
// Thin: it listens, and hands over to the session when the run ends. No module below this one may await at its top level:
// Jest 29 loads reporters with require.
import type { JuxOptions } from '../config/options.js'
import { gatherJest, JestCollector } from '../gather/jest.js'
import type { JestAssertion, JestConfig, JestFileResult, JestResults, JestTestStart } from '../gather/jest-types.js'
import type { TestRun } from '../model.js'
import { realSystem } from '../system.js'
import { runningJestVersion } from './jest-version.js'
import { type LastWords, onProcessExit } from './last-words.js'
import { quietly, type Session, startSession } from './session.js'

/**
 * What is read of the `test` object of Jest's events.
 *
 * @hidden
 */
export interface JestTestFile {
  readonly path: string
}

/**
 * Reports a whole run, when it ends. Jest calls it; nothing else needs to.
 *
 * It never throws into the runner, and leaves the exit code of the run alone unless `strict` says otherwise.
 */
export default class JuxJestReporter {
  readonly #config: JestConfig
  readonly #options: JuxOptions | undefined
  readonly #system = realSystem()
  readonly #collector = new JestCollector()
  #session: Promise<Session> | undefined
  #finishing: Promise<void> | undefined
  #lastWords: LastWords | undefined
  #lastError: Error | undefined

  /** @param options as written beside the reporter's name; checked when the run starts */
  constructor(globalConfig: JestConfig, options?: JuxOptions) {
    this.#config = globalConfig
    this.#options = options
  }

  /** @hidden */
  async onRunStart(results: JestResults): Promise<void> {
    const session = await this.#start()
    // Jest goes on filling this object, so it is also what is known when the process dies.
    this.#lastWords = onProcessExit(() => {
      if (this.#reports(session)) session.flush(() => this.#gather(results, true))
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
  }

  /**
   * With `bail`, Jest calls this once for each worker that fails, at the same time, and exits when the first call is done.
   *
   * @hidden
   */
  onRunComplete(_contexts: unknown, results: JestResults): Promise<void> {
    this.#finishing ??= this.#finish(results)
    return this.#finishing
  }

  /**
   * Jest turns an error from here into a failing exit: only `strict` asks for that.
   *
   * @hidden
   */
  getLastError(): Error | undefined {
    return this.#lastError
  }

  #start(): Promise<Session> {
    this.#session ??= startSession({
      options: this.#options,
      cwd: this.#config.rootDir ?? this.#system.cwd,
      system: this.#system,
      write: (text) => {
        process.stderr.write(text)
      },
      errIsTerminal: process.stderr.isTTY === true,
    })
    return this.#session
  }

  async #finish(results: JestResults): Promise<void> {
    const session = await this.#start()
    if (this.#reports(session)) await session.finish(() => this.#gather(results, false))
    this.#lastWords?.takeBack()
    this.#lastError = session.strictError()
  }

  #reports(session: Session): boolean {
    const isWatching = this.#config.watch === true || this.#config.watchAll === true
    return !isWatching || session.settings?.watch === true
  }

  #gather(results: JestResults, partial: boolean): TestRun {
    return gatherJest({
      results,
      config: this.#config,
      version: runningJestVersion(),
      collected: this.#collector,
      runId: this.#system.uuid(),
      finishedAtMs: this.#system.now().getTime(),
      cwd: this.#system.cwd,
      partial,
    })
  }
}
