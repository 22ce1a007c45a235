/**
 * The whole command tree as data: the reference and the completions are made from it.
 *
 * @module
 */
import type { Argument, Command, Option } from 'commander'
import { realSystem } from '../system.js'
import { assemble, type CliContext } from './command.js'
import { COMMANDS, createOverview, OVERVIEW } from './commands.js'
import { type Example, type ExitRow, exitRows, type Manual } from './manual.js'

/** One command, or the program itself. */
export interface CatalogueEntry {
  /** How it is called: `jux`, `jux cache`, `jux cache show`. */
  readonly path: string
  /** The last word of it. */
  readonly name: string
  /** One sentence. */
  readonly summary: string
  /** Such as `jux cache show [options] <hash>`. */
  readonly usage: string
  readonly arguments: readonly CatalogueArgument[]
  /** Without `--help`, which every command has. */
  readonly options: readonly CatalogueOption[]
  readonly examples: readonly Example[]
  readonly exits: readonly ExitRow[]
  readonly exitNote: string | undefined
  readonly commands: readonly CatalogueEntry[]
}

/** A positional argument. */
export interface CatalogueArgument {
  /** Such as `file`; what it names is what completes it. */
  readonly name: string
  readonly about: string
  readonly required: boolean
  readonly repeatable: boolean
  readonly choices: readonly string[]
}

/** A flag. */
export interface CatalogueOption {
  /** As in help: `-o, --output <file>`. */
  readonly flags: string
  readonly short: string | undefined
  readonly long: string | undefined
  /** What its value is called, such as `file`; `undefined` when it takes none. */
  readonly value: string | undefined
  readonly about: string
  readonly required: boolean
  readonly choices: readonly string[]
  /** As one would write it; `undefined` when there is none, or a setting's default stands in `about`. */
  readonly default: string | undefined
}

/** The program with all its commands. */
export async function catalogue(): Promise<CatalogueEntry> {
  const commands = await Promise.all(
    Object.values(COMMANDS).map(async ({ load }) => {
      const module = await load()
      const command = assemble(module, NOWHERE, () => {})
      return describe(command, module.manual, command.name())
    }),
  )
  return { ...describe(createOverview(NOWHERE), OVERVIEW, 'jux'), commands }
}

// Commands are made and never run.
const NOWHERE: CliContext = {
  system: realSystem(),
  out: () => {},
  err: () => {},
  readStdin: async () => new Uint8Array(),
  errIsTerminal: false,
}

function describe(command: Command, manual: Manual, path: string): CatalogueEntry {
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
    commands: command.commands.flatMap((below) => {
      const its = manual.commands?.[below.name()]
      return its === undefined ? [] : [describe(below, its, `${path} ${below.name()}`)]
    }),
  }
}

function describeArgument(argument: Argument): CatalogueArgument {
  return {
    name: argument.name(),
    about: argument.description,
    required: argument.required,
    repeatable: argument.variadic,
    choices: argument.argChoices ?? [],
  }
}

function describeOption(option: Option): CatalogueOption {
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
