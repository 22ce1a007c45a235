/**
 * `jux run --junit`: makes reports of the JUnit files that the command has written.
 *
 * Only what the command wrote says something about this run. So the files of an earlier run, which many programs leave in
 * their folder, are named and not taken.
 *
 * @module
 */
import { type BigIntStats, lstatSync, statSync } from 'node:fs'
import type { ExaminedConfig } from '../../config/load.js'
import { JuxError, printable, toJuxError } from '../../errors.js'
import { textScrubber } from '../../scrub/scrub.js'
import { expandPath } from '../../sign/key-files.js'
import { findStoreRoot } from '../../store/paths.js'
import { createPaint, showsColor } from '../../terminal.js'
import type { CommandEnd } from '../../witness/reconcile.js'
import type { CliContext } from '../command.js'
import { distinctInputs, expandInput, expandResults, type Input } from '../files.js'
import { writeError } from '../output.js'
import { isMade, type Prepared, prepareReports, printResult, problemsOf, reportFile } from '../reporting.js'

/** Some file systems keep the time of a change in steps of 2 s (FAT), and others of 10 ms. */
const TIME_STEP_MS = 2_000
/** Most old files that are named. */
const MAX_NAMES = 5

/** The moment before the command starts. */
export interface BeforeCommand {
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number
  /** What identifies the content of each file that matches already, by path. */
  readonly versions: ReadonlyMap<string, string>
}

/** What `reportForeignFiles` is given when the command has ended. */
export interface AfterCommand {
  readonly before: BeforeCommand
  readonly commandEnd: CommandEnd
  /** With the facts as they were before the command. */
  readonly materials: Prepared
  readonly context: CliContext
  /** Prints a line for the user. */
  readonly say: (line: string) => void
  /** Only files of this account are taken. */
  readonly ownerUid?: number | undefined
}

/**
 * Makes the reports when the command has ended; never rejects.
 *
 * @returns whether there is a report of every file, stored and sent as the settings say
 */
export type ReportJunit = (commandEnd: CommandEnd) => Promise<boolean>

/**
 * Loads the key, collects the facts and looks at the files, before the command starts. A mistake in the configuration is
 * printed after the command, whose result it must not cost.
 *
 * @param patterns files, folders or patterns, not empty
 * @param ownerUid of the account that the command runs under, if it is another one: a link of that account could name what
 *   only this process may read, so only files of its own are taken
 */
export async function expectJunitFiles(
  patterns: readonly string[],
  config: ExaminedConfig,
  context: CliContext,
  ownerUid?: number,
): Promise<ReportJunit> {
  const scrubText = textScrubber(config.settings, context.system.env)
  const say = (line: string) => context.err(`${printable(scrubText(line))}\n`)
  const materials = await prepareReports(config, context).catch(toJuxError)
  const before = beforeCommand(patterns, context)
  return async (commandEnd) => {
    for (const notice of config.notices) say(notice)
    if (materials instanceof JuxError) {
      writeError(context, materials)
      return false
    }
    return reportForeignFiles(patterns, { before, commandEnd, materials, context, say, ownerUid })
  }
}

/** Looks at the files that are there before the command starts. */
export function beforeCommand(patterns: readonly string[], context: CliContext): BeforeCommand {
  const found = inputsOf(patterns, context).map(({ name }) => {
    const path = expandPath(name, context.system)
    return [path, versionOf(statsOf(path))] as const
  })
  return { startedAtMs: context.system.now().getTime(), versions: new Map(found) }
}

/**
 * Makes reports of the files that match and that the command wrote, and prints what became of each on standard error, because
 * standard output is that of the command.
 *
 * @returns whether each pattern had such a file, and every report was made, stored and sent
 */
export async function reportForeignFiles(
  patterns: readonly string[],
  { before, commandEnd, materials, context, say, ownerUid }: AfterCommand,
): Promise<boolean> {
  const paint = createPaint(showsColor(context.system.env, context.errIsTerminal))
  const stale = new Map<string, Date>()
  const store = findStoreRoot(materials.settings, context.system)
  let isComplete = true
  const inputs = patterns.flatMap((pattern) => {
    const fresh = expandResults(pattern, context, store).filter(({ name }) => {
      const path = expandPath(name, context.system)
      if (ownerUid !== undefined && !isFileOf(ownerUid, path)) {
        say(`${name}: no report, because it is no file of the account that the command ran under`)
        return false
      }
      const stats = statsOf(path)
      if (stats !== undefined && !isFresh(path, stats, before)) stale.set(name, stats.mtime)
      return stats !== undefined && !stale.has(name)
    })
    if (fresh.length > 0) return fresh
    isComplete = false
    writeError(context, nothingWritten(pattern))
    return []
  })
  for (const line of staleLines(stale)) say(line)
  for (const input of distinctInputs(inputs, context)) {
    const result = await reportFile(input, materials, { commandEnd, say })
    printResult(result, materials, context, { write: (text) => context.err(text), paint })
    if (!isMade(result) || problemsOf(result).length > 0) isComplete = false
  }
  return isComplete
}

function inputsOf(patterns: readonly string[], context: CliContext): readonly Input[] {
  return patterns.flatMap((pattern) => expandInput(pattern, context))
}

// The clocks of the file system and of the process may differ a little, so an unchanged file is never fresh.
function isFresh(path: string, stats: BigIntStats, { startedAtMs, versions }: BeforeCommand): boolean {
  return Number(stats.mtimeMs) >= startedAtMs - TIME_STEP_MS && versions.get(path) !== versionOf(stats)
}

function versionOf(stats: BigIntStats | undefined): string {
  return stats === undefined ? '' : `${stats.mtimeNs} ${stats.size} ${stats.ino}`
}

function isFileOf(uid: number, path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats?.isFile() === true && stats.uid === uid
}

function statsOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true })
  } catch {
    return undefined
  }
}

function staleLines(stale: ReadonlyMap<string, Date>): readonly string[] {
  const lines = [...stale].map(
    ([name, changedAt]) =>
      `${name}: no report, because the command did not write it (last change ${changedAt.toISOString()})`,
  )
  const more = lines.length - MAX_NAMES
  return more <= 0 ? lines : [...lines.slice(0, MAX_NAMES), `and ${more} more files that the command did not write`]
}

function nothingWritten(pattern: string): JuxError {
  return new JuxError('FILE_NOT_FOUND', {
    message: `no report: the command wrote no file that matches ${pattern}`,
    suggestions: ['let the command write JUnit XML there; most test runners have a reporter or a flag for it'],
  })
}
