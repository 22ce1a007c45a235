/**
 * What every reporter does around a run: configuration and key at its start, the report at its end.
 *
 * The run's own result is sacred: nothing here throws, and only `strict` touches the exit code.
 *
 * @module
 */
import { isStrict, loadConfig, requireFiles } from '../config/load.js'
import type { Settings } from '../config/table.js'
import { type Facts, factsWithoutGit, startFacts } from '../enrich/facts.js'
import { formatError, printable, toJuxError } from '../errors.js'
import type { TestRun } from '../model.js'
import {
  composeReport,
  deliverReport,
  flushReport,
  loadOutlet,
  type Materials,
  type Receipt,
  type Report,
} from '../pipeline.js'
import { textScrubber } from '../scrub/scrub.js'
import { loadSigner, type Signer } from '../sign/keys.js'
import type { System } from '../system.js'
import { createPaint, type Paint, showsColor } from '../terminal.js'
import { appendJobSummary } from './job-summary.js'
import { formatReceipt } from './receipt.js'

/** What a reporter hands in when its run starts. */
export interface SessionInput {
  /** As written in the runner's configuration; checked here. */
  readonly options: unknown
  /** Folder in which the project's configuration and repository are looked for. */
  readonly cwd: string
  readonly system: System
  /** Writes text that a person reads, to standard error. */
  readonly write: (text: string) => void
  /** Whether standard error is a terminal. */
  readonly errIsTerminal: boolean
}

/** One run's report in the making. */
export interface Session {
  /** Absent when there will be no report, whatever the run brings. */
  readonly settings: Settings | undefined
  /** Makes the report, keeps it, says so. Never rejects. */
  finish(gather: () => TestRun): Promise<void>
  /** The same for a process that is about to end: synchronous, and with the facts known by then. */
  flush(gather: () => TestRun): void
  /** What went wrong, if the user asked for a failing exit in that case (`strict`). */
  strictError(): Error | undefined
}

/** Runs what a runner's event asks for; a surprise in the event must not reach the runner. */
export function quietly(listen: () => void): void {
  try {
    listen()
  } catch {
    // A later event of the same run may still be understood.
  }
}

/** Loads configuration and key, starts collecting facts, and says at once what is wrong with them. Never rejects. */
export async function startSession(input: SessionInput): Promise<Session> {
  const { system } = input
  const paint = createPaint(showsColor(system.env, input.errIsTerminal))
  const jux = paint.strong('  jux')
  let clean = textScrubber({}, system.env)
  const write = (text: string) => input.write(clean(text))
  try {
    const config = loadConfig({ options: input.options, cwd: input.cwd, system })
    const { settings } = config
    clean = textScrubber(settings, system.env)
    for (const notice of config.notices) write(`\n${jux}  ${printable(notice)}\n`)
    if (!settings.enabled) return SILENT
    requireFiles(config)
    const signer = await signerFor(settings, system)
    return openSession(
      { ...input, write, clean, paint },
      { settings, signer, outlet: await loadOutlet(settings), system },
    )
  } catch (error) {
    const failure = toJuxError(error)
    write(`\n${formatError(failure, { ...debugging(system), paint })}`)
    const strict = isStrict(input)
    if (strict) process.exitCode = 1
    return {
      settings: undefined,
      finish: async () => write(`\n${jux}  no report of this run: ${failure.message}\n`),
      flush: () => {},
      strictError: () => (strict ? failure : undefined),
    }
  }
}

interface OpenInput extends SessionInput {
  readonly paint: Paint
  readonly clean: (text: string) => string
}

const SILENT: Session = {
  settings: undefined,
  finish: async () => {},
  flush: () => {},
  strictError: () => undefined,
}

function openSession(input: OpenInput, prepared: Omit<Materials, 'facts'> & { settings: Settings }): Session {
  const { write, paint } = input
  const { settings, system } = prepared
  const jux = paint.strong('  jux')
  let facts: Facts | undefined
  const collecting = startFacts({ ...settings, rootDir: input.cwd }, system).then((found) => {
    facts = found
    return found
  })
  // The rejection is met where the facts are needed; until then it must not count as unhandled.
  collecting.catch(() => {})

  const compose = (gather: () => TestRun, facts: Facts) => {
    const materials = { ...prepared, facts }
    const report = composeReport(gather(), materials)
    return { materials, report }
  }
  const show = (receipt: Receipt, facts: Facts) => {
    for (const problem of receipt.report.problems) write(`\n${formatError(problem, { paint })}`)
    if (settings.verbose) for (const hint of facts.hints) write(`\n${jux}  ${hint}\n`)
    // What is printed is a promise: a report that nobody has is not mentioned.
    const { path, submitted, preview } = receipt
    if ((path ?? submitted ?? preview) !== undefined) write(`\n${formatReceipt(receipt, system, paint)}`)
    for (const failure of receipt.failures) guard(failure)
    const notice = appendJobSummary(receipt, { settings, system, clean: input.clean })
    if (notice !== undefined) write(`${jux}  ${printable(notice)}\n`)
  }
  let failure: Error | undefined
  const guard = (error: unknown) => {
    const shown = toJuxError(error)
    write(`\n${formatError(shown, { ...debugging(system), paint })}`)
    if (!settings.strict) return
    failure = shown
    process.exitCode = 1
  }
  const log = (line: string, level: 'notice' | 'verbose') => {
    if (level === 'notice' || settings.verbose) write(`${jux}  ${printable(line)}\n`)
  }
  const deliver = async (gather: () => TestRun) => {
    const endMs = system.monotonicMs() + settings.deadline * 1_000
    try {
      composed = compose(gather, await collecting)
      const { materials, report } = composed
      const deadlineMs = endMs - system.monotonicMs()
      show(await deliverReport(report, materials, { deadlineMs, log }), materials.facts)
    } catch (error) {
      guard(error)
    }
  }
  let delivering: Promise<void> | undefined
  // While it is on its way; a process that ends meanwhile has this report, and makes no other.
  let composed: { materials: Materials; report: Report } | undefined
  return {
    settings,
    // A runner that calls twice for one run gets one report.
    finish: (gather) => {
      delivering ??= deliver(gather).finally(() => {
        delivering = undefined
        composed = undefined
      })
      return delivering
    },
    flush: (gather) => {
      try {
        const { materials, report } = composed ?? compose(gather, facts ?? factsWithoutGit(settings, system))
        show(flushReport(report, materials), materials.facts)
      } catch (error) {
        guard(error)
      }
    },
    strictError: () => failure,
  }
}

// A configured key that cannot be used ends here with an error: a report is never unsigned by accident.
async function signerFor(settings: Settings, system: System): Promise<Signer | undefined> {
  const hasKey = settings.keyPath !== undefined || settings.key !== undefined
  return hasKey && settings.sign !== false ? loadSigner(settings, system) : undefined
}

function debugging(system: System): { debug: boolean } {
  return { debug: system.env.JUX_DEBUG === '1' }
}
