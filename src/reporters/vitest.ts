/**
 * The Vitest reporter: `reporters: ['default', 'jux-reporter/vitest']`.
 *
 * Named there, it needs no further code; its options stand beside its name, as {@link JuxOptions} lists them.
 *
 * @module jux-reporter/vitest
 */
// Thin: it listens, and hands over to the session when the run ends.
import type { JuxOptions } from '../config/options.js'
import { gatherVitest, VitestCollector } from '../gather/vitest.js'
import type { VitestConfig, VitestLog, VitestModule, VitestReason } from '../gather/vitest-types.js'
import type { TestRun } from '../model.js'
import { realSystem } from '../system.js'
import { type LastWords, onProcessExit } from './last-words.js'
import { quietly, type Session, startSession } from './session.js'

/**
 * What is read of the `Vitest` object that `onInit` receives.
 *
 * @hidden
 */
export interface VitestContext {
  readonly config: VitestConfig
  readonly version: string
}

/**
 * Reports a whole run, when it ends. Vitest calls it; nothing else needs to.
 *
 * It never throws into the runner, and leaves the exit code of the run alone unless `strict` says otherwise.
 */
export default class JuxVitestReporter {
  readonly #options: JuxOptions | undefined
  readonly #system = realSystem()
  readonly #createdAtMs = Date.now()
  readonly #collector = new VitestCollector()
  #context: VitestContext = { config: {}, version: 'unknown' }
  #session: Session | undefined
  #lastWords: LastWords | undefined

  /** @param options as written beside the reporter's name; checked when the run starts */
  constructor(options?: JuxOptions) {
    this.#options = options
  }

  /** @hidden */
  async onInit(vitest: VitestContext): Promise<void> {
    this.#context = vitest
    this.#session = await startSession({
      options: this.#options,
      cwd: vitest.config.root ?? this.#system.cwd,
      system: this.#system,
      write: (text) => {
        process.stderr.write(text)
      },
      errIsTerminal: process.stderr.isTTY === true,
    })
  }

  /** @hidden */
  onTestRunStart(specifications?: readonly unknown[]): void {
    quietly(() => this.#collector.onTestRunStart(specifications, this.#system.now().getTime()))
    this.#lastWords?.takeBack()
    this.#lastWords = onProcessExit(() => {
      if (this.#reports()) this.#session?.flush(() => this.#gather(this.#collector.modules, [], 'interrupted', true))
    })
  }

  /** @hidden */
  onUserConsoleLog(log: VitestLog): void {
    quietly(() => this.#collector.onUserConsoleLog(log))
  }

  /** @hidden */
  onTestModuleQueued(module: VitestModule): void {
    quietly(() => this.#collector.onTestModule(module))
  }

  /** @hidden */
  onTestModuleCollected(module: VitestModule): void {
    quietly(() => this.#collector.onTestModule(module))
  }

  /** @hidden */
  async onTestRunEnd(
    testModules: readonly VitestModule[],
    unhandledErrors: readonly unknown[],
    reason: VitestReason,
  ): Promise<void> {
    if (this.#reports()) {
      await this.#session?.finish(() => this.#gather(testModules, unhandledErrors, reason, false))
    }
    this.#lastWords?.takeBack()
  }

  // Runs of watch mode are nobody's evidence, unless the user says so.
  #reports(): boolean {
    return this.#context.config.watch !== true || this.#session?.settings?.watch === true
  }

  #gather(
    testModules: readonly VitestModule[],
    unhandledErrors: readonly unknown[],
    reason: VitestReason,
    partial: boolean,
  ): TestRun {
    const { config, version } = this.#context
    return gatherVitest({
      testModules,
      unhandledErrors,
      reason,
      config,
      version,
      collected: this.#collector,
      runId: this.#system.uuid(),
      finishedAtMs: this.#system.now().getTime(),
      createdAtMs: this.#createdAtMs,
      cwd: this.#system.cwd,
      partial,
    })
  }
}
