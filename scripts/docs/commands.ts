/**
 * Generates the sections of docs/cli.md from the descriptions of the commands.
 *
 * @module
 */
import { EXIT, EXIT_MEANINGS, EXIT_NAMES } from '../../src/cli/exit-codes.js'
import { describeProgram } from '../../src/cli/main.js'
import type { ArgumentDescription, CommandDescription, OptionDescription } from '../../src/cli/manual.js'
import { code, type Sections, table } from './page.js'

/** A section for each command, the overview, and the exit codes. */
export async function commandSections(): Promise<Sections> {
  const program = await describeProgram()
  return {
    commands: table(
      ['command', 'what it does'],
      program.commands.map(({ path, name, summary }) => [`[\`${path}\`](#jux-${name})`, summary]),
    ),
    'exit codes': table(
      ['code', 'meaning'],
      EXIT_NAMES.map((name) => [String(EXIT[name]), EXIT_MEANINGS[name]]),
    ),
    ...Object.fromEntries(program.commands.map((command) => [command.path, commandSection(command)])),
  }
}

function commandSection(command: CommandDescription): string {
  const subcommands = command.commands.map((sub) => `### ${sub.path}\n\n${commandSection(sub)}`)
  return [`${command.summary}\n`, manualOf(command), ...subcommands].join('\n')
}

function manualOf(command: CommandDescription): string {
  const parts = [
    `\`\`\`text\n${command.usage}\n\`\`\`\n`,
    ...(command.arguments.length + command.options.length === 0 ? [] : [flagTable(command)]),
    `\`\`\`text\n${command.examples.map(({ does, line }) => `# ${does}\n${line}\n`).join('')}\`\`\`\n`,
    exitLine(command),
  ]
  return parts.join('\n')
}

function flagTable({ path, arguments: positional, options }: CommandDescription): string {
  // The flags of jux run are the settings, which docs/configuration.md describes.
  if (path === 'jux run') return `Flags: ${code(...options.map(({ flags }) => flags))}.\n`
  return table(['argument or flag', 'meaning'], [...positional.map(argumentRow), ...options.map(optionRow)])
}

function argumentRow({ name, about, required, repeatable, choices }: ArgumentDescription): readonly string[] {
  const shown = repeatable ? `${name}...` : name
  return [code(required ? `<${shown}>` : `[${shown}]`), sentence(about, choices, undefined)]
}

function optionRow({ flags, about, required, choices, default: value }: OptionDescription): readonly string[] {
  return [code(flags), `${sentence(about, choices, value)}${required ? '; required' : ''}`]
}

function sentence(about: string, choices: readonly string[], value: string | undefined): string {
  const accepted = choices.length === 0 ? '' : `: ${code(...choices)}`
  return `${about}${accepted}${value === undefined ? '' : `; default ${code(value)}`}`
}

function exitLine({ exits, exitNote }: CommandDescription): string {
  const rows = exits.map(({ code: number, meaning }) => `${number}: ${meaning}`)
  return `Exit codes: ${[...rows, ...(exitNote === undefined ? [] : [exitNote])].join('; ')}.\n`
}
