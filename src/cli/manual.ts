/**
 * What the help of a command says besides its flags, and a description of a command as data.
 *
 * The reference (docs/cli.md) and the shell completions are made from the descriptions.
 *
 * @module
 */
import type { Argument, Command, Option } from 'commander'
import { EXIT, EXIT_MEANINGS, EXIT_NAMES, type ExitName } from './exit-codes.js'

/** A command line to paste. */
export interface Example {
  /** What it does, as a phrase. */
  readonly does: string
  /** One line for a POSIX shell that calls `jux` once. */
  readonly line: string
}

/** The text of one command's help, besides its flags. */
export interface Manual {
  /** At least one. */
  readonly examples: readonly Example[]
  /** What its exit codes mean. `usage` means the same everywhere and can be left out. */
  readonly exits: Readonly<Partial<Record<ExitName, string>>>
  /** One more sentence about exit codes. */
  readonly exitNote?: string | undefined
  /** The last lines of the help. */
  readonly closing?: string | undefined
  /** The manuals of its subcommands, by name. */
  readonly commands?: Readonly<Record<string, Manual>> | undefined
}

/** An exit code with its meaning. */
export interface ExitRow {
  readonly name: ExitName
  readonly code: number
  readonly meaning: string
}

/** A command, or the program itself, as data. */
export interface CommandDescription {
  /** Such as `jux`, `jux cache`, `jux cache show`. */
  readonly path: string
  /** The last word of the path. */
  readonly name: string
  /** One sentence. */
  readonly summary: string
  /** Such as `jux cache show [options] <hash>`. */
  readonly usage: string
  readonly arguments: readonly ArgumentDescription[]
  /** Without `--help`, which every command has. */
  readonly options: readonly OptionDescription[]
  readonly examples: readonly Example[]
  readonly exits: readonly ExitRow[]
  readonly exitNote: string | undefined
  readonly commands: readonly CommandDescription[]
}

/** A positional argument. */
export interface ArgumentDescription {
  /** Such as `file`. The completions choose by this name what to offer. */
  readonly name: string
  readonly about: string
  readonly required: boolean
  readonly repeatable: boolean
  readonly choices: readonly string[]
}

/** A flag. */
export interface OptionDescription {
  /** As in the help: `-o, --output <file>`. */
  readonly flags: string
  readonly short: string | undefined
  readonly long: string | undefined
  /** Name of its value, such as `file`; `undefined` for a flag without a value. */
  readonly value: string | undefined
  readonly about: string
  readonly required: boolean
  readonly choices: readonly string[]
  /** Default as text; `undefined` if there is none, or if `about` mentions it. */
  readonly default: string | undefined
}

/**
 * Appends a manual to the help of a command and of its subcommands. Usage errors of these commands then name their
 * help.
 *
 * @param path how the command is called, such as `jux cache`
 */
export function attachManual(command: Command, manual: Manual, path: string): void {
  command
    .helpCommand(false)
    .showHelpAfterError(`(run "${path} --help" for flags and examples)`)
    .addHelpText('after', `\n${formatManual(manual)}`)
  for (const subcommand of command.commands) {
    const name = subcommand.name()
    const subcommandManual = manual.commands?.[name]
    if (subcommandManual === undefined) throw new Error(`${path} ${name} has no manual`)
    attachManual(subcommand, subcommandManual, `${path} ${name}`)
  }
}

/** Describes a command and its subcommands. */
export function describeCommand(command: Command, manual: Manual, path: string): CommandDescription {
  return {
    path,
    name: path.slice(path.lastIndexOf(' ') + 1),
    summary: command.description(),
    usage: `${path} ${command.usage()}`,
    arguments: command.registeredArguments.map(describeArgument),
    options: command.options.filter(({ hidden }) => !hidden).map(describeOption),
    examples: manual.examples,
    exits: exitRows(manual),
    exitNote: manual.exitNote,
    commands: command.commands.flatMap((subcommand) => {
      const subcommandManual = manual.commands?.[subcommand.name()]
      if (subcommandManual === undefined) return []
      return [describeCommand(subcommand, subcommandManual, `${path} ${subcommand.name()}`)]
    }),
  }
}

function formatManual(manual: Manual): string {
  const closing = manual.closing === undefined ? [] : [manual.closing]
  return [formatExamples(manual), formatExits(manual), ...closing].join('\n').trimEnd()
}

function formatExamples({ examples }: Manual): string {
  return `Examples:\n${examples.map(({ does, line }) => `  ${does}\n    ${line}\n`).join('')}`
}

function formatExits(manual: Manual): string {
  const rows = exitRows(manual).map(({ code, meaning }) => `  ${String(code).padEnd(3)}  ${meaning}\n`)
  const note = manual.exitNote === undefined ? '' : `  ${manual.exitNote}\n`
  return `Exit codes:\n${rows.join('')}${note}`
}

function exitRows({ exits }: Manual): ExitRow[] {
  const meanings: Manual['exits'] = { usage: EXIT_MEANINGS.usage, ...exits }
  return EXIT_NAMES.flatMap((name) => {
    const meaning = meanings[name]
    return meaning === undefined ? [] : [{ name, code: EXIT[name], meaning }]
  })
}

function describeArgument(argument: Argument): ArgumentDescription {
  return {
    name: argument.name(),
    about: argument.description,
    required: argument.required,
    repeatable: argument.variadic,
    choices: argument.argChoices ?? [],
  }
}

function describeOption(option: Option): OptionDescription {
  const value: unknown = option.defaultValue
  return {
    flags: option.flags,
    short: option.short,
    long: option.long,
    value: /[<[]([^\]>]+)[\]>]/.exec(option.flags)?.[1],
    about: option.description,
    required: option.mandatory,
    choices: option.argChoices ?? [],
    default: value === undefined ? undefined : String(value),
  }
}
