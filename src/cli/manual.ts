/**
 * What a command's help says beside its flags, as data: the reference and the completions are made from it too.
 *
 * @module
 */
import type { Command } from 'commander'
import { EXIT, EXIT_MEANINGS, type ExitName } from './exit-codes.js'

/** A line to paste. */
export interface Example {
  /** What it does, as a phrase. */
  readonly does: string
  /** One line for a POSIX shell, in which `jux` is called once. */
  readonly line: string
}

/** What there is to say of one command. */
export interface Manual {
  /** At least one. */
  readonly examples: readonly Example[]
  /** What its exit codes mean; `usage` means the same everywhere and need not be named. */
  readonly exits: Readonly<Partial<Record<ExitName, string>>>
  /** More about exit codes, one sentence. */
  readonly exitNote?: string
  /** Lines below everything else. */
  readonly closing?: string
  /** The manuals of its subcommands, by name. */
  readonly commands?: Readonly<Record<string, Manual>>
}

/** An exit code as it is shown. */
export interface ExitRow {
  readonly name: ExitName
  readonly code: number
  readonly meaning: string
}

/** The exit codes of one command, by number. */
export function exitRows({ exits }: Manual): ExitRow[] {
  const meanings: Manual['exits'] = { usage: EXIT_MEANINGS.usage, ...exits }
  return EXIT_NAMES.flatMap((name) => {
    const meaning = meanings[name]
    return meaning === undefined ? [] : [{ name, code: EXIT[name], meaning }]
  })
}

/** All names, in the order of their numbers. */
export const EXIT_NAMES: readonly ExitName[] = ['ok', 'failed', 'partial', 'usage', 'notExecutable', 'notFound']

/**
 * Puts a manual below the help of a command and of its subcommands, and tells their errors where that help is.
 *
 * @param path how the command is called, such as `jux cache`
 */
export function attachManual(command: Command, manual: Manual, path: string): void {
  command
    .helpCommand(false)
    .showHelpAfterError(`(run "${path} --help" for the flags and examples)`)
    .addHelpText('after', `\n${formatManual(manual)}`)
  for (const below of command.commands) {
    const name = below.name()
    const its = manual.commands?.[name]
    if (its === undefined) throw new Error(`${path} ${name} has no manual`)
    attachManual(below, its, `${path} ${name}`)
  }
}

function formatManual(manual: Manual): string {
  const parts = [formatExamples(manual), formatExits(manual), ...(manual.closing === undefined ? [] : [manual.closing])]
  return parts.join('\n').trimEnd()
}

function formatExamples({ examples }: Manual): string {
  return `Examples:\n${examples.map(({ does, line }) => `  ${does}\n    ${line}\n`).join('')}`
}

function formatExits(manual: Manual): string {
  const rows = exitRows(manual).map(({ code, meaning }) => `  ${String(code).padEnd(3)}  ${meaning}\n`)
  const note = manual.exitNote === undefined ? '' : `  ${manual.exitNote}\n`
  return `Exit codes:\n${rows.join('')}${note}`
}
