/**
 * The Playwright Test reporter: `reporter: [['list'], ['jux-reporter/playwright']]`.
 *
 * No further code is needed; options are written beside the name, see {@link JuxOptions}.
 *
 * @module jux-reporter/playwright
 */
// Only listens; the session does the work when the run ends.
import { examineConfig } from '../config/load.js'
import type { JuxOptions } from '../config/options.js'
import {
  gatherPlaywright,
  PlaywrightCollector,
  type PlaywrightInput,
  type PlaywrightModule,
  rootOf,
  startedFile,
} from '../gather/playwright.js'
import type {
  PlaywrightConfig,
  PlaywrightEnd,
  PlaywrightError,
  PlaywrightResult,
  PlaywrightSuite,
  PlaywrightTest,
} from '../gather/playwright-types.js'
import { readText } from '../gather/values.js'
import { realSystem, type System } from '../system.js'
import { loadedVersion } from './loaded-package.js'
import { onProcessExit, quietly, writeWrongRunner } from './runner-events.js'
import { writeOldRunner } from './runner-version.js'
import { hideSecrets, SECRET_VARIABLES, withHiddenSecrets } from './secret-variables.js'
import type { GatherRun, Session } from './session-interface.js'
import { startSession } from './start-session.js'

/** What Playwright does when it creates reporters: it runs tests, lists them, or merges the reports of shards. */
type Mode = 'test' | 'list' | 'merge'

/** Flags of Playwright's user interface, in whose process are many runs. */
const INTERFACE = /^(?:--ui(?:-host|-port)?(?:=|$)|test-server$|run-test-mcp-server$)/

/**
 * Reports a whole run when it ends. Playwright creates and calls it.
 *
 * It never throws into the runner, and changes the exit code of the run only under `strict`.
 */
export default class JuxPlaywrightReporter {
  readonly #options: JuxOptions | undefined
  readonly #system: System
  readonly #createdAtMs = Date.now()
  readonly #collector = new PlaywrightCollector()
  readonly #mode: Mode | undefined
  readonly #configDir: string
  readonly #startedFiles = new Set<PlaywrightModule>()
  #rootDir: string
  #session: Promise<Session> | undefined
  #started: Session | undefined
  #cancelExit: (() => void) | undefined

  /** @param options as written beside the name of the reporter; checked when the run starts */
  constructor(options?: JuxOptions) {
    const system = realSystem()
    this.#options = ownOptions(options)
    this.#mode = modeOf(options)
    this.#configDir = readText(options, 'configDir') ?? system.cwd
    this.#rootDir = this.#configDir
    this.#system = withHiddenSecrets(system)
    // The global setup and the test files are loaded before the run begins, and workers inherit this environment.
    if (this.#mode === 'test' || this.#mode === 'merge') this.#start()
  }

  /** Playwright prints nothing itself if a reporter does; this one writes a few lines to standard error. */
  printsToStdio(): boolean {
    return false
  }

  /**
   * Vitest calls this, Playwright never does.
   *
   * @hidden
   */
  onInit(): void {
    writeWrongRunner('playwright', 'vitest', this.#system)
  }

  /**
   * Jest calls this, Playwright never does.
   *
   * @hidden
   */
  onRunStart(): void {
    writeWrongRunner('playwright', 'jest', this.#system)
  }

  /** @hidden */
  onBegin(config: PlaywrightConfig, suite: PlaywrightSuite): void {
    // Another reporter may have created this one.
    if (this.#mode === undefined) this.#start()
    quietly(() => {
      this.#rootDir = rootOf(config, { configDir: this.#configDir, isMerged: this.#mode === 'merge' })
      this.#collector.onBegin(config, suite, { rootDir: this.#rootDir })
    })
    this.#withSession((session) => {
      if (session.settings !== undefined) writeOldRunner('playwright', config.version)
    })
  }

  /** @hidden */
  onTestBegin(test: PlaywrightTest, result: PlaywrightResult): void {
    quietly(() => {
      this.#collector.onTestBegin(result)
      const module = this.#collector.moduleOf(test)
      if (module === undefined || this.#startedFiles.has(module)) return
      this.#startedFiles.add(module)
      this.#withSession((session) => {
        if (this.#reports(session)) session.fileStarted?.(startedFile(module, { rootDir: this.#rootDir }))
      })
    })
  }

  /** @hidden */
  onStdOut(chunk: string | Uint8Array, _test?: unknown, result?: PlaywrightResult): void {
    quietly(() => this.#collector.onOutput('stdout', chunk, result || undefined))
  }

  /** @hidden */
  onStdErr(chunk: string | Uint8Array, _test?: unknown, result?: PlaywrightResult): void {
    quietly(() => this.#collector.onOutput('stderr', chunk, result || undefined))
  }

  /** @hidden */
  onTestEnd(test: PlaywrightTest, result: PlaywrightResult): void {
    quietly(() => {
      this.#collector.onTestEnd(result)
      const module = this.#collector.moduleOf(test)
      if (module === undefined || !this.#collector.isDone(module)) return
      this.#withSession((session) => {
        if (!this.#reports(session)) return
        const rootDir = this.#rootDir
        this.#collector.gatherEnded(module, { rootDir }, (ended) => session.renderEarly(ended, rootDir))
      })
    })
  }

  /** @hidden */
  onError(error: PlaywrightError): void {
    quietly(() => {
      this.#collector.errors.push(error)
    })
  }

  /** @hidden */
  async onEnd(end: PlaywrightEnd): Promise<{ status: 'failed' } | undefined> {
    const session = await this.#session
    if (session === undefined) return undefined
    if (this.#reports(session)) await session.finish(this.#gatherer(end))
    this.#cancelExit?.()
    const error = session.strictError()
    // A merge has no status that a reporter could change.
    if (error !== undefined && this.#mode === 'merge') throw error
    return error === undefined || end.status !== 'passed' ? undefined : { status: 'failed' }
  }

  /** @hidden */
  protected get isNeeded(): boolean {
    return true
  }

  /** Called when the session has started, with the value of `verbose`. @hidden */
  protected onSessionStart(_isVerbose: boolean): void {}

  #start(): void {
    if (!this.isNeeded) return
    this.#hideSecretsNow()
    const version = loadedVersion('node_modules/playwright')
    const input = {
      options: this.#options,
      cwd: this.#configDir,
      system: this.#system,
      write: (text: string) => {
        process.stderr.write(text)
      },
      errIsTerminal: process.stderr.isTTY === true,
      isWatching: isInterface(),
    }
    this.#session = startSession(input, { name: 'playwright', version })
    this.#withSession((session) => {
      this.#started = session
      this.onSessionStart(session.settings?.verbose === true)
    })
    this.#cancelExit = onProcessExit(() => {
      const session = this.#started
      if (session !== undefined && this.#reports(session)) session.flush(this.#gatherer(undefined))
    })
  }

  // The session hides them too, but not before the next line of the runner.
  #hideSecretsNow(): void {
    if (SECRET_VARIABLES.every((name) => process.env[name] === undefined)) return
    let isWanted = true
    quietly(() => {
      const { settings } = examineConfig({ options: this.#options, cwd: this.#configDir, system: this.#system })
      isWanted = settings.hideSecrets
    })
    if (isWanted) hideSecrets(this.#system)
  }

  // In the order of the calls. A session never rejects.
  #withSession(action: (session: Session) => void): void {
    void this.#session?.then((session) => quietly(() => action(session)))
  }

  #reports(session: Session): boolean {
    return !isInterface() || session.settings?.watch === true
  }

  // A run may be gathered twice; both have the same id and end.
  #gatherer(end: PlaywrightEnd | undefined): GatherRun {
    const runId = this.#system.uuid()
    const finishedAtMs = this.#system.now().getTime()
    const input: Omit<PlaywrightInput, 'isKept'> = {
      collected: this.#collector,
      end,
      version: loadedVersion('node_modules/playwright'),
      isMerged: this.#mode === 'merge',
      runId,
      createdAtMs: this.#createdAtMs,
      finishedAtMs,
      rootDir: this.#rootDir,
      request: { argv: isInterface() ? undefined : process.argv },
    }
    return (isKept) => gatherPlaywright({ ...input, isKept })
  }
}

// Playwright adds `configDir` and fields of its own, whose names begin with `_`.
function ownOptions(options: JuxOptions | undefined): JuxOptions | undefined {
  if (typeof options !== 'object' || options === null) return options
  return Object.fromEntries(Object.entries(options).filter(([name]) => name !== 'configDir' && !name.startsWith('_')))
}

function modeOf(options: JuxOptions | undefined): Mode | undefined {
  const mode = readText(options, '_mode')
  return mode === 'test' || mode === 'list' || mode === 'merge' ? mode : undefined
}

function isInterface(): boolean {
  return process.argv.slice(2).some((word) => INTERFACE.test(word))
}
