/**
 * One run that a process of the command reports: its results arrive file by file, and its report is made here.
 *
 * @module
 */
import type { Settings } from '../../config/table.js'
import type { GitFacts } from '../../enrich/git.js'
import type { ModuleResult, Property, TestRun } from '../../model.js'
import type { ComposedReport } from '../../pipeline.js'
import { ReporterSession } from '../../reporters/session.js'
import type { GatherRun } from '../../reporters/session-interface.js'
import { scrub } from '../../scrub/scrub.js'
import { Spool } from '../../store/spool.js'
import type { Environment, System } from '../../system.js'
import { lostRun } from '../../witness/lost-run.js'
import type {
  FunctionResults,
  FunctionSetting,
  Hello,
  ModuleMessage,
  RunMessage,
  StartedFile,
} from '../../witness/protocol.js'
import { functionKey } from '../../witness/protocol.js'
import { type CommandEnd, endFacts, endText, isRed, reconcile } from '../../witness/reconcile.js'
import { acceptedOptions, acceptedVariables, unusedSecrets } from './child-settings.js'
import { type SpoolHeader, spoolHeader } from './lost-runs.js'

/** What all runs of a command share. */
export interface WitnessInput {
  /** With the flags of `jux run` and the secrets. */
  readonly env: Environment
  readonly system: System
  /** The command runs under another account. */
  readonly isOtherUser: boolean
  /** The repository before the command started. */
  readonly git: GitFacts
  /** The files that differed from the commit before the command started, without those of the store. */
  readonly changedFiles: string | undefined
  /** Root of the store of `jux run`; the results are kept there while the command runs. Absent: there is none. */
  readonly spoolRoot: string | undefined
  readonly write: (text: string) => void
  readonly errIsTerminal: boolean
  /** Writes a line for people. */
  readonly notice: (text: string) => void
}

/** What is known when the command has ended. */
export interface EndContext {
  /** Absent if the command still runs (watch mode). */
  readonly end: CommandEnd | undefined
  /** Another run of the command explains that it failed. */
  readonly hasRedRun: boolean
  /** Facts that only the end knows. */
  readonly facts: readonly Property[]
}

/** What `jux run` knows of a run when its report is made. */
export interface EndedRun {
  /** Name of the runner. */
  readonly runner: string
  /** The runner handed over the end of the run, and ran the tests itself, to the end, and once. */
  readonly isComplete: boolean
  /** As in the run. */
  readonly exitCauses: readonly string[] | undefined
  /** The bytes of the report; `undefined` if there is none. */
  readonly chunks: readonly Uint8Array[] | undefined
  /** Fingerprint of the key that signed it. */
  readonly signer: string | undefined
}

/** The results of one reporter, and the session that makes its report. */
export class WitnessedRun {
  readonly #hello: Hello
  readonly #input: WitnessInput
  readonly #session: ReporterSession
  readonly #number: number
  readonly #startedAt: Date
  /** Files in the order in which they ended, as they go into the run. */
  #modules: { readonly whole: ModuleResult; readonly kept: ModuleResult | undefined }[] = []
  #firstIndex = 0
  /** Files that have started but not ended, by id. */
  #started = new Map<string, StartedFile>()
  #message: RunMessage | undefined
  #results: FunctionResults = {}
  #rootDir: string
  #spool: Spool | undefined
  #header: SpoolHeader | undefined
  #spoolCount = 0
  #hasDelivered = false
  #hasFailedLate = false
  #isSpooled = false
  #made: ComposedReport | undefined
  #ended: EndedRun | undefined

  /** @param number different for each run of this process */
  constructor(hello: Hello, number: number, input: WitnessInput) {
    const { system, env, isOtherUser, git, write, errIsTerminal } = input
    this.#hello = hello
    this.#input = input
    this.#number = number
    this.#startedAt = system.now()
    this.#rootDir = hello.folder
    const options = acceptedOptions(hello.options, isOtherUser)
    const variables = acceptedVariables(hello.variables, env, isOtherUser)
    const secrets = unusedSecrets(hello.secrets)
    for (const notice of [...options.notices, ...variables.notices, ...secrets]) input.notice(notice)
    const functions = hello.functions.map((name) => [name, this.#functionOf(name)] as const)
    const given = typeof options.value === 'object' && options.value !== null ? options.value : undefined
    this.#session = new ReporterSession(
      {
        options: functions.length === 0 ? options.value : { ...given, ...Object.fromEntries(functions) },
        // The files of a folder that another account names say nothing.
        cwd: isOtherUser ? system.cwd : hello.folder,
        system: {
          ...system,
          cwd: isOtherUser ? system.cwd : hello.cwd,
          env: { ...env, ...variables.value },
          nodeVersion: hello.nodeVersion,
          runtime: hello.runtime,
        },
        write,
        errIsTerminal,
      },
      {
        git,
        onScrubbed: (module) => {
          this.#isSpooled = true
          this.#write({ module })
        },
        onMade: (report) => {
          this.#made = report
        },
      },
    )
  }

  /** Settings that the reporter needs; `undefined` when there will be no report. Never rejects. */
  async start(): Promise<Pick<Settings, 'watch' | 'verbose' | 'hideSecrets'> | undefined> {
    await this.#session.start()
    const materials = await this.#session.materials()
    if (materials !== undefined && materials.settings.dryRun !== true) {
      const { runner, folder } = this.#hello
      const run = { runner, rootDir: folder, startedAt: this.#startedAt.toISOString() }
      this.#header = spoolHeader(run, materials, this.#witnessFact())
    }
    return this.#session.settings
  }

  /** Takes a file that has started. */
  addStart(file: StartedFile): void {
    this.#started.set(file.id, file)
    this.#write({ started: file })
  }

  /** Takes a file that has ended. */
  addModule({ index, rootDir, module }: ModuleMessage): void {
    if (index !== this.#firstIndex + this.#modules.length) throw new Error(`file ${index} comes out of order`)
    this.#rootDir = rootDir
    this.#started.delete(module.id)
    this.#isSpooled = false
    const kept = this.#session.renderEarly(module, rootDir)
    this.#modules.push({ whole: module, kept })
    if (!this.#isSpooled) void this.#spoolAlone(module)
  }

  /** Takes the end of the run. */
  addEnd(message: RunMessage): void {
    this.#message = message
    this.#results = message.results
  }

  /** Notes that its process failed after the end of the run. */
  markLateFailure(): void {
    this.#hasFailedLate = true
  }

  /** Whether the results are complete. */
  get hasEnded(): boolean {
    return this.#message !== undefined
  }

  get isWatching(): boolean {
    return this.#message?.run.watch === true
  }

  /** Whether it explains that its command failed. */
  get isRed(): boolean {
    if (this.#isIdle || this.#session.settings === undefined) return false
    return this.#message === undefined || isRed(this.#message.run)
  }

  /** What is known of the run that ended last; `undefined` if there was none. */
  get ended(): EndedRun | undefined {
    return this.#ended
  }

  /** Makes the report, stores and submits it. Never rejects. */
  async finish(context: EndContext): Promise<Error | undefined> {
    if (this.#isIdle) return this.#session.strictError()
    this.#made = undefined
    await this.#session.finish(this.#gatherer(context))
    this.#ended = this.#endedNow()
    this.#spool?.delete()
    this.#spool = undefined
    this.#hasDelivered = true
    // In watch mode another run follows.
    this.#firstIndex += this.#modules.length
    this.#modules = []
    this.#started = new Map()
    this.#message = undefined
    return this.#session.strictError()
  }

  // In watch mode the process ends between two runs.
  get #isIdle(): boolean {
    const hasNothing = this.#message === undefined && this.#modules.length === 0 && this.#started.size === 0
    return hasNothing && (this.#hello.watch || this.#hasDelivered)
  }

  #endedNow(): EndedRun {
    const run = this.#message?.run
    return {
      runner: this.#hello.runner.name,
      isComplete: run !== undefined && !run.partial && !run.merged && !run.watch,
      exitCauses: run?.exitCauses,
      chunks: this.#made?.chunks,
      signer: this.#made?.signer?.fingerprint,
    }
  }

  #gatherer({ end, hasRedRun, facts }: EndContext): GatherRun {
    const runId = this.#message?.run.runId ?? this.#input.system.uuid()
    const finishedAt = this.#input.system.now()
    return (isKept) => {
      const run =
        this.#message === undefined
          ? this.#lostRun(
              runId,
              finishedAt,
              end ?? {},
              this.#modules.map(({ whole, kept }) => chosen(whole, kept, isKept)),
            )
          : this.#endedRun(this.#message, isKept)
      const properties = [...(end === undefined ? [] : endFacts(end)), this.#witnessFact(), ...facts]
      const circumstances = { hasRedRun, hasFailedLate: this.#hasFailedLate }
      return { ...(end === undefined ? run : reconcile(run, end, circumstances)), properties }
    }
  }

  #endedRun({ run, modules }: RunMessage, isKept: Parameters<GatherRun>[0]): TestRun {
    return {
      ...run,
      modules: modules.map((handed) => {
        if ('module' in handed) return handed.module
        const sent = this.#modules[handed.sent - this.#firstIndex]
        if (sent === undefined) throw new Error(`file ${handed.sent} of the run is missing`)
        return chosen(sent.whole, sent.kept, isKept)
      }),
    }
  }

  #lostRun(runId: string, finishedAt: Date, end: CommandEnd, modules: readonly ModuleResult[]): TestRun {
    return lostRun({
      runId,
      runner: this.#hello.runner,
      rootDir: this.#rootDir,
      startedAt: this.#startedAt,
      finishedAt,
      modules,
      unfinished: this.#started.values(),
      reason: `the command ${endText(end)}`,
    })
  }

  #witnessFact(): Property {
    return { name: 'jux:witness', value: this.#input.isOtherUser ? 'other-user' : 'same-user' }
  }

  // What the function of the runner's process returned.
  #functionOf(name: FunctionSetting): (...args: readonly unknown[]) => unknown {
    return (first, second) => {
      const key =
        name === 'properties' ? '' : functionKey(name === 'testProperties' ? [idOf(second), idOf(first)] : first)
      const result = this.#results[name]?.[key]
      if (result === undefined) throw new Error('the process of the test runner ended before it was called')
      if ('error' in result) throw new Error(result.error)
      return result.value
    }
  }

  async #spoolAlone(module: ModuleResult): Promise<void> {
    const materials = await this.#session.materials()
    if (materials === undefined || this.#spool === undefined) return
    const alone = this.#lostRun('', this.#startedAt, {}, [module])
    const [scrubbed] = scrub(alone, materials.settings, materials.system.env).modules
    this.#write({ module: scrubbed })
  }

  #write(line: unknown): void {
    const { spoolRoot } = this.#input
    if (this.#header === undefined || spoolRoot === undefined) return
    try {
      if (this.#spool === undefined) {
        this.#spool = new Spool(spoolRoot, `${this.#number}-${this.#spoolCount++}`)
        this.#spool.write(this.#header)
      }
      this.#spool.write(line)
    } catch {
      // The report is made nevertheless. A store that cannot be used is an error when the report is stored.
    }
  }
}

function chosen(whole: ModuleResult, kept: ModuleResult | undefined, isKept: Parameters<GatherRun>[0]): ModuleResult {
  return kept !== undefined && isKept?.(kept) === true ? kept : whole
}

function idOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined
}
