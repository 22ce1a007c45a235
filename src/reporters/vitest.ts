/**
 * The Vitest reporter: `reporters: ['default', 'jux-reporter/vitest']`.
 *
 * No further code is needed; options are written beside the name, see {@link JuxOptions}.
 *
 * @module jux-reporter/vitest
 */
// Only listens; the session does the work when the run ends.
import type { JuxOptions } from '../config/options.js'
import { vitestExitCauses } from '../gather/exit-causes.js'
import { gatherVitest, VitestCollector } from '../gather/vitest.js'
import { startedFile } from '../gather/vitest-modules.js'
import { hasRefusedOnly, type VitestInstance } from '../gather/vitest-request.js'
import type { VitestConfig, VitestLog, VitestModule, VitestReason } from '../gather/vitest-types.js'
import { realSystem } from '../system.js'
import { onLateFailure, onProcessExit, quietly, writeWrongRunner } from './runner-events.js'
import { writeOldRunner } from './runner-version.js'
import type { GatherRun, Session } from './session-interface.js'
import { startSession } from './start-session.js'
import { readTestSource } from './test-source.js'

/**
 * The fields that are read of the `Vitest` object that `onInit` receives.
 *
 * @hidden
 */
export interface VitestContext extends VitestInstance {
  readonly config: VitestConfig
  readonly version: string
  /** Rejects if anything throws after the tests, such as another reporter. Vitest 3 does not have it. */
  waitForTestRunEnd?(): Promise<unknown>
  /** What the method waits for. It is not part of Vitest's API. */
  readonly runningPromise?: PromiseLike<unknown> | undefined
}

/**
 * Reports a whole run when it ends. Vitest creates and calls it.
 *
 * It never throws into the runner, and changes the exit code of the run only under `strict`.
 */
export default class JuxVitestReporter {
  readonly #options: JuxOptions | undefined
  readonly #system = realSystem()
  readonly #createdAtMs = Date.now()
  readonly #collector = new VitestCollector()
  #context: VitestContext = { config: {}, version: 'unknown' }
  #session: Session | undefined
  #cancelExit: (() => void) | undefined

  /** @param options as written beside the name of the reporter; checked when the run starts */
  constructor(options?: JuxOptions) {
    this.#options = options
  }

  /** @hidden */
  async onInit(vitest: VitestContext): Promise<void> {
    this.#context = vitest
    const input = {
      options: this.#options,
      cwd: this.#rootDir(),
      system: this.#system,
      write: (text: string) => {
        process.stderr.write(text)
      },
      errIsTerminal: process.stderr.isTTY === true,
      isWatching: vitest.config.watch === true,
    }
    const session = await startSession(input, { name: 'vitest', version: vitest.version })
    if (session.settings !== undefined) writeOldRunner('vitest', vitest.version)
    this.#session = session
  }

  /**
   * Jest calls this, Vitest never does.
   *
   * @hidden
   */
  onRunStart(): void {
    writeWrongRunner('vitest', 'jest', this.#system)
  }

  /**
   * Playwright calls this, Vitest never does.
   *
   * @hidden
   */
  onBegin(): void {
    writeWrongRunner('vitest', 'playwright', this.#system)
  }

  /** @hidden */
  onTestRunStart(specifications?: readonly unknown[]): void {
    quietly(() => this.#collector.onTestRunStart(specifications, this.#system.now().getTime()))
    this.#cancelExit?.()
    this.#cancelExit = onProcessExit(() => {
      if (this.#reports()) this.#session?.flush(this.#gatherer(this.#collector.modules, [], 'interrupted', true))
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
  onTestModuleStart(module: VitestModule): void {
    const session = this.#session
    if (session?.fileStarted === undefined || !this.#reports()) return
    quietly(() => session.fileStarted?.(startedFile(module, this.#rootDir())))
  }

  /** @hidden */
  onTestModuleEnd(module: VitestModule): void {
    const session = this.#session
    if (session === undefined || !this.#reports()) return
    const { config } = this.#context
    const rootDir = this.#rootDir()
    quietly(() => {
      const notBeforeMs = this.#collector.notBeforeMs(config)
      const context = { rootDir, filter: config.testNamePattern, notBeforeMs }
      this.#collector.onTestModuleEnd(module, context, (ended) => session.renderEarly(ended, rootDir))
    })
  }

  /** @hidden */
  async onTestRunEnd(
    testModules: readonly VitestModule[],
    unhandledErrors: readonly unknown[],
    reason: VitestReason,
  ): Promise<void> {
    this.#watchLateFailure()
    if (this.#reports()) {
      await this.#session?.finish(this.#gatherer(testModules, unhandledErrors, reason, false))
    }
    this.#cancelExit?.()
  }

  /** @hidden */
  protected get isVerbose(): boolean {
    return this.#session?.settings?.verbose === true
  }

  // Vitest tells no reporter about an error after the tests. Nobody waits here: the run ends after this reporter.
  #watchLateFailure(): void {
    const session = this.#session
    if (session?.failedLate === undefined || this.#context.config.watch === true) return
    const failedLate = () => session.failedLate?.()
    quietly(() => {
      const { runningPromise } = this.#context
      void (this.#context.waitForTestRunEnd?.() ?? runningPromise)?.then(undefined, failedLate)
      onLateFailure(failedLate, { isExitCodeOfRunner: true })
    })
  }

  // A run in watch mode has no report unless the user asks for one.
  #reports(): boolean {
    return this.#context.config.watch !== true || this.#session?.settings?.watch === true
  }

  #rootDir(): string {
    return this.#context.config.root ?? this.#system.cwd
  }

  // A run may be gathered twice; both have the same id and end.
  #gatherer(
    testModules: readonly VitestModule[],
    unhandledErrors: readonly unknown[],
    reason: VitestReason,
    partial: boolean,
  ): GatherRun {
    const { config, version } = this.#context
    const runId = this.#system.uuid()
    const finishedAtMs = this.#system.now().getTime()
    const { projects = [] } = this.#context
    const configs = [config, ...projects.flatMap((project) => project.config ?? [])]
    return (isKept) => ({
      ...gatherVitest({
        testModules,
        unhandledErrors,
        reason,
        config,
        version,
        collected: this.#collector,
        isKept,
        runId,
        finishedAtMs,
        createdAtMs: this.#createdAtMs,
        cwd: this.#system.cwd,
        partial,
        request: { vitest: this.#context, label: this.#system.env.VITEST_BLOB_LABEL, readSource: readTestSource },
      }),
      exitCauses: vitestExitCauses(configs, testModules.some(hasRefusedOnly)),
    })
  }
}
