/**
 * What every reporter does: it loads settings and key when a run starts, and makes the report when the run ends.
 *
 * The reporter must not change the result of the run: nothing here throws, and only `strict` changes the exit code.
 *
 * @module
 */
import { missingFiles, placeKeyError } from '../config/files.js'
import { type Config, combineProblems, examineConfig, isStrict, type SourcedSettings } from '../config/load.js'
import type { Settings } from '../config/table.js'
import { type EarlyModules, EarlyRenderer } from '../early-rendering.js'
import { type Facts, factsWithoutGit, startFacts } from '../enrich/facts.js'
import type { GitFacts } from '../enrich/git.js'
import { formatError, type JuxError, printable, toJuxError } from '../errors.js'
import type { ModuleResult } from '../model.js'
import {
  type ComposedReport,
  composeReport,
  composeRest,
  deliverReport,
  flushReport,
  type Materials,
  type PipelineSettings,
  preloadSubmit,
  type Receipt,
  shownPaths,
  submissionMistake,
} from '../pipeline.js'
import { textScrubber } from '../scrub/scrub.js'
import { loadSigner, type Signer } from '../sign/keys.js'
import type { System } from '../system.js'
import { createPaint, type Paint, showsColor } from '../terminal.js'
import { loadLater } from './load-later.js'
import { appendJobSummary, formatBlock, formatReceipt } from './receipt.js'
import { hideSecrets, withHiddenSecrets } from './secret-variables.js'
import type { GatherRun, Session, SessionInput } from './session-interface.js'
import type { Explanation } from './verbose.js'

/** What the session has loaded when it has started. */
interface Prepared extends Omit<Materials, 'facts'> {
  readonly settings: Settings & PipelineSettings
}

/** What `jux run` knows of a run that a process of its command reports. */
export interface WitnessContext {
  /** The repository before the command started. */
  readonly git?: GitFacts | undefined
  /** Receives each file when it has ended, without its secrets. */
  readonly onScrubbed?: ((module: ModuleResult) => void) | undefined
  /** Receives the report when it is stored, sent, or shown in a dry run. */
  readonly onMade?: ((report: ComposedReport) => void) | undefined
}

/** A finished report, with what it was made from. */
interface Composed {
  readonly report: ComposedReport
  readonly materials: Materials
}

/** Makes the reports of one reporter; in watch mode one for each run. */
export class ReporterSession implements Session {
  readonly #input: SessionInput
  readonly #witness: WitnessContext
  readonly #color: boolean
  readonly #paint: Paint
  #scrubText: (text: string) => string
  #prepared: Prepared | undefined
  #keepsSecrets = false
  /** Set under `verbose`. */
  #explanation: Explanation | undefined
  #startError: JuxError | undefined
  #strictError: JuxError | undefined
  /** Of the run that has not ended. */
  #early: EarlyRenderer | undefined
  #collecting: Promise<Facts> | undefined
  #facts: Facts | undefined
  #finishing: Promise<void> | undefined
  /** The report that is being delivered. A process that exits meanwhile stores this one, and makes no other. */
  #composed: Composed | undefined

  /** @param witness what only the session of `jux run` has */
  constructor(input: SessionInput, witness: WitnessContext = {}) {
    this.#input = { ...input, system: withHiddenSecrets(input.system) }
    this.#witness = witness
    this.#color = showsColor(input.system.env, input.errIsTerminal)
    this.#paint = createPaint(this.#color)
    this.#scrubText = textScrubber({}, this.#input.system.env)
  }

  /** `undefined` before the start, and when there will be no report. */
  get settings(): Settings | undefined {
    return this.#prepared?.settings
  }

  /** What the report will be made with, once the facts are known; `undefined` when there will be no report. */
  async materials(): Promise<Materials | undefined> {
    if (this.#prepared === undefined || this.#collecting === undefined) return undefined
    return { ...this.#prepared, facts: await this.#collecting }
  }

  /** Loads settings and key, prints their mistakes at once, and starts to collect facts. Never rejects. */
  async start(): Promise<void> {
    const { options, cwd, system } = this.#input
    const startMs = system.monotonicMs()
    try {
      const config = examineConfig({ options, cwd, system })
      const settings = { ...config.settings, sources: config.sources }
      this.#keepsSecrets = !settings.hideSecrets
      this.#scrubText = textScrubber(settings, system.env)
      if (isMutationWorker(system) && config.sources.enabled.kind === 'default') return
      for (const notice of config.notices) this.#write(`\n${this.#line(notice)}`)
      if (!settings.enabled) return
      if (settings.verbose) await this.#explain(config, system.monotonicMs() - startMs)
      const files = missingFiles(config)
      const submissionProblems = [
        ...config.submissionProblems,
        ...files.filter(({ cost }) => cost === 'submission').map(({ problem }) => problem),
      ]
      if (config.problems.length > 0) throw combineProblems([...config.problems, ...submissionProblems])
      for (const { cost, problem } of files) if (cost === 'report') throw problem
      const loadKey = () => signerFor(config, system)
      const signer = await (this.#explanation?.time('key', loadKey) ?? loadKey())
      await preloadSubmit(settings)
      const submissionProblem = combineProblems(submissionProblems) ?? (await submissionMistake(settings, system))
      if (submissionProblem !== undefined) this.#fail(submissionProblem, settings.strict)
      this.#prepared = {
        // Files are rendered before git has answered.
        settings: { ...settings, ...shownPaths(settings, cwd, this.#scrubText) },
        signer,
        system,
        submissionProblem: config.wantsSubmission ? submissionProblem : undefined,
        time: this.#explanation?.time,
      }
      const collect = () => this.#collectFacts(settings)
      this.#collecting = this.#explanation?.time('facts', collect) ?? collect()
      // A rejection is handled where the facts are used; until then it must not count as unhandled.
      this.#collecting.catch(() => {})
      loadLater(signer, settings)
    } catch (error) {
      this.#startError = toJuxError(error)
      this.#fail(this.#startError, isStrict(this.#input))
    } finally {
      if (!this.#keepsSecrets) hideSecrets(this.#input.system)
    }
  }

  /**
   * Renders a file that has ended, while others run.
   *
   * @param rootDir folder of the run
   * @returns what goes into the run instead; `undefined` if the file must be gathered again at the end
   */
  renderEarly(module: ModuleResult, rootDir: string): ModuleResult | undefined {
    const prepared = this.#prepared
    if (prepared === undefined) return undefined
    const { settings, system, time } = prepared
    this.#early ??= new EarlyRenderer(settings, system, this.#witness.onScrubbed)
    const early = this.#early
    const render = () => early.render(module, rootDir)
    return time === undefined ? render() : time('files', render)
  }

  /**
   * Makes the report, stores and submits it, and prints where it is. Never rejects. Concurrent calls make one report.
   */
  finish(gather: GatherRun): Promise<void> {
    this.#finishing ??= this.#deliver(gather).finally(() => {
      this.#finishing = undefined
      this.#composed = undefined
      this.#early = undefined
    })
    return this.#finishing
  }

  /** `finish` for a process that is exiting: synchronous, and with the facts known so far. Never throws. */
  flush(gather: GatherRun): void {
    const prepared = this.#prepared
    if (prepared === undefined) return
    try {
      const { report, materials } =
        this.#composed ??
        this.#compose(gather, {
          ...prepared,
          facts: this.#facts ?? factsWithoutGit(prepared.settings, prepared.system),
        })
      this.#show(flushReport(report, materials), materials.facts, prepared.settings)
    } catch (error) {
      this.#fail(error, prepared.settings.strict)
    }
  }

  /** The last error under `strict`: the run must fail because of it. */
  strictError(): Error | undefined {
    return this.#strictError
  }

  async #explain(config: Config, loadMs: number): Promise<void> {
    const { cwd, system } = this.#input
    const { Explanation } = await import('./verbose.js')
    this.#explanation = new Explanation(system)
    this.#explanation.add('settings', loadMs)
    this.#write(`\n${formatBlock(this.#explanation.start(config, cwd), this.#paint)}`)
  }

  async #collectFacts(settings: Settings): Promise<Facts> {
    const { cwd, system } = this.#input
    this.#facts = await startFacts({ ...settings, rootDir: cwd }, system, this.#witness.git)
    return this.#facts
  }

  async #deliver(gather: GatherRun): Promise<void> {
    if (this.#startError !== undefined)
      this.#write(`\n${this.#line(`no report of this run: ${this.#startError.message}`)}`)
    const prepared = this.#prepared
    if (prepared === undefined || this.#collecting === undefined) return
    const { settings, system } = prepared
    const endMs = system.monotonicMs() + settings.deadline * 1_000
    try {
      const facts = await this.#collecting
      this.#composed = this.#compose(gather, { ...prepared, facts })
      const { report, materials } = this.#composed
      const receipt = await deliverReport(report, materials, {
        deadlineMs: endMs - system.monotonicMs(),
        log: (line, level) => {
          if (level === 'notice' || settings.verbose) this.#write(this.#line(line))
        },
      })
      this.#show(receipt, facts, settings)
    } catch (error) {
      this.#fail(error, settings.strict)
    }
  }

  #compose(gather: GatherRun, materials: Materials): Composed {
    const { system, time } = materials
    const gatherRun: GatherRun = (isKept) =>
      time === undefined ? gather(isKept) : time('gather', () => gather(isKept))
    const early = this.#early?.modules()
    const rest =
      early &&
      composeRest(
        gatherRun((module) => early(module) !== undefined),
        materials,
        early,
      )
    if (rest !== undefined && system.env.JUX_CHECK_RENDERING !== '1') return { report: rest, materials }
    const whole = composeReport(gatherRun(), materials)
    if (system.env.JUX_CHECK_RENDERING === '1') this.#write(this.#line(comparisonOf(rest, whole, early)))
    return { report: whole, materials }
  }

  #show(receipt: Receipt, facts: Facts, settings: Prepared['settings']): void {
    const { system } = this.#input
    for (const problem of receipt.report.problems) this.#write(`\n${formatError(problem, { color: this.#color })}`)
    if (settings.verbose) for (const hint of facts.hints) this.#write(`\n${this.#line(hint)}`)
    if (this.#explanation !== undefined)
      this.#write(`\n${formatBlock(this.#explanation.end(receipt, facts, settings), this.#paint)}`)
    // Only a report that is stored, submitted or previewed is shown.
    const { path, submitted, preview, notSubmitted } = receipt
    if ((path ?? submitted ?? preview) !== undefined) {
      this.#witness.onMade?.(receipt.report)
      this.#write(`\n${formatReceipt(receipt, { settings, system }, this.#paint)}`)
    }
    if (notSubmitted !== undefined) this.#write(this.#line(notSubmitted))
    const { sizeNotice } = receipt.report
    if (sizeNotice !== undefined) this.#write(this.#line(sizeNotice))
    for (const failure of receipt.failures) this.#fail(failure, settings.strict)
    const notice = appendJobSummary(receipt, { settings, system, scrubText: this.#scrubText })
    if (notice !== undefined) this.#write(this.#line(notice))
  }

  #fail(error: unknown, strict: boolean): void {
    const shown = toJuxError(error)
    const debug = this.#input.system.env.JUX_DEBUG === '1'
    this.#write(`\n${formatError(shown, { debug, color: this.#color })}`)
    if (!strict) return
    this.#strictError = shown
    process.exitCode = 1
  }

  #line(text: string): string {
    return `${this.#paint.strong('  jux')}  ${printable(text)}\n`
  }

  #write(text: string): void {
    this.#input.write(this.#scrubText(text))
  }
}

// Stryker runs the tests again for each mutant, with the reporters of the configuration.
function isMutationWorker({ env }: System): boolean {
  return env.STRYKER_MUTATOR_WORKER !== undefined
}

// For tests: how many files were rendered early, and whether that gives the same report.
function comparisonOf(rest: ComposedReport | undefined, whole: ComposedReport, early?: EarlyModules): string {
  const { length } = whole.run.modules
  const count = rest?.run.modules.filter((module) => early?.(module) !== undefined).length ?? 0
  // The last chunk has the signature.
  const bytesOf = ({ chunks }: ComposedReport) => Buffer.concat(chunks.slice(0, -1))
  const result =
    rest === undefined ? 'not compared' : bytesOf(rest).equals(bytesOf(whole)) ? 'the same bytes' : 'DIFFERENT BYTES'
  return `rendering checked: ${count} of ${length} files were rendered early, ${result}`
}

// A configured key that cannot be used is an error: a report must not be unsigned by accident.
async function signerFor(config: SourcedSettings, system: System): Promise<Signer | undefined> {
  const { settings } = config
  const hasKey = settings.keyPath !== undefined || settings.key !== undefined
  if (!hasKey || settings.sign === false) return undefined
  try {
    return await loadSigner(settings, system)
  } catch (error) {
    throw placeKeyError(toJuxError(error), config)
  }
}
