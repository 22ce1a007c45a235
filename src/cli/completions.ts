/**
 * Completion scripts for bash, zsh and fish, made from the description of the commands.
 *
 * A script knows every place of the command line: after `jux`, and after the words of each command.
 *
 * @module
 */
import { posixWord } from '../shell.js'
import type { CommandDescription, OptionDescription } from './manual.js'

/** What to offer for a value or an argument: given words, or what the shell finds. */
type Candidates = readonly string[] | 'files' | 'folders' | 'commands' | 'none'

/** A flag. */
interface Flag {
  /** Such as `-o`. */
  readonly short: string | undefined
  /** Such as `--output`. */
  readonly long: string
  readonly about: string
  /** Candidates for its value; `undefined` for a flag without a value. */
  readonly value: Candidates | undefined
}

/** A subcommand. */
interface Subcommand {
  readonly name: string
  readonly about: string
}

/** A place on the command line: after `jux`, or after the words of a command. */
interface Place {
  /** Such as ``, `/cache`, `/cache/show`. */
  readonly key: string
  readonly subcommands: readonly Subcommand[]
  readonly flags: readonly Flag[]
  /** Candidates for a positional argument; `undefined` where the command has none. */
  readonly argument: Candidates | undefined
}

/** The shells, each with the function that makes its script. */
export const COMPLETION_SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const

const HELP_FLAG: Flag = { short: '-h', long: '--help', about: 'show help', value: undefined }

/** The candidates, by the name of a flag's value or of an argument. */
const CANDIDATES_BY_NAME: Readonly<Record<string, Candidates>> = {
  file: 'files',
  files: 'files',
  path: 'files',
  folder: 'folders',
  command: 'commands',
}

/** Every place, the program itself first. */
function placesOf(program: CommandDescription): Place[] {
  const names = program.commands.map(({ name }) => name)
  const [top, ...others] = placesOfCommand(program, '', [])
  const help: Place = { key: '/help', subcommands: [], flags: [], argument: names }
  const subcommands = [...(top?.subcommands ?? []), { name: 'help', about: 'show the help of a command' }]
  return [...(top === undefined ? [] : [{ ...top, subcommands }]), ...others, help]
}

// A flag of a group of commands is accepted after each of its subcommands too.
function placesOfCommand(command: CommandDescription, key: string, inherited: readonly Flag[]): Place[] {
  const flags = [...command.options.flatMap(flagOf), ...inherited]
  const [argument] = command.arguments
  const place: Place = {
    key,
    subcommands: command.commands.map(({ name, summary }) => ({ name, about: summary })),
    flags: [...flags, HELP_FLAG],
    argument: argument && candidatesOf(argument.name, argument.choices),
  }
  const inheritedBelow = key === '' ? [] : flags
  return [place, ...command.commands.flatMap((child) => placesOfCommand(child, `${key}/${child.name}`, inheritedBelow))]
}

function flagOf({ short, long, about, value, choices }: OptionDescription): Flag[] {
  if (long === undefined) return []
  return [{ short, long, about, value: value === undefined ? undefined : candidatesOf(value, choices) }]
}

function candidatesOf(name: string, choices: readonly string[]): Candidates {
  return choices.length > 0 ? choices : (CANDIDATES_BY_NAME[name] ?? 'none')
}

/** Flags with a value that may come before a subcommand. */
function valueFlagsBeforeSubcommands(places: readonly Place[]): string[] {
  const flags = places.filter(({ subcommands }) => subcommands.length > 0).flatMap((place) => place.flags)
  return flags
    .filter(({ value }) => value !== undefined)
    .flatMap(({ short, long }) => [long, ...(short ? [short] : [])])
}

/**
 * One function, `_jux`, with a case for every place.
 *
 * Works with bash 3.2 too, which has no `compopt` and offers files where there are no candidates.
 */
function bashScript(program: CommandDescription): string {
  const places = placesOf(program)
  const steps = places.flatMap(({ key, subcommands }) => subcommands.map(({ name }) => posixWord(`${key}/${name}`)))
  const values = places.flatMap(({ key, flags }) =>
    flags.flatMap(({ short, long, value }) => {
      if (value === undefined) return []
      const names = [long, ...(short ? [short] : [])].map((name) => posixWord(`${key} ${name}`))
      return [`${names.join(' | ')}) ${bashFill(value)} ;;`]
    }),
  )
  const flags = places.map(
    (place) => `${posixWord(place.key)}) words=${posixWord(place.flags.map(({ long }) => long).join(' '))} ;;`,
  )
  const candidates = places.map(({ key, subcommands, argument }) => {
    return `${posixWord(key)}) ${bashFill(subcommands.length > 0 ? subcommands.map(({ name }) => name) : argument)} ;;`
  })
  return `# Completions of jux for bash, made by "jux completion bash".

_jux() {
  local cur prev at word words i dashes=
  cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} at=
  COMPREPLY=()
  compopt +o default 2>/dev/null
  # In bash, "--flag=value" is three words.
  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == -- ]]; then dashes=$i; break; fi
    case $word in
      ${valueFlagsBeforeSubcommands(places).map(posixWord).join(' | ')})
        i=$((i + 1))
        [[ \${COMP_WORDS[i]} == = ]] && i=$((i + 1))
        continue
        ;;
    esac
    case $at/$word in
      ${steps.join(' | ')}) at=$at/$word ;;
    esac
  done
  if [[ -z $dashes ]]; then
    case "$at $prev" in
      ${values.join('\n      ')}
    esac
    if [[ $cur == -* ]]; then
      case $at in
        ${flags.join('\n        ')}
      esac
      COMPREPLY=($(compgen -W "$words" -- "$cur"))
      return
    fi
  elif [[ $at == /run ]] && ((COMP_CWORD > dashes + 1)); then
    _jux_fill files
    return
  fi
  case $at in
    ${candidates.join('\n    ')}
  esac
}

_jux_fill() {
  case $1 in
    files) compopt -o default 2>/dev/null ;;
    folders) compopt -o dirnames 2>/dev/null ;;
    commands) COMPREPLY=($(compgen -c -- "$cur")) ;;
    words) COMPREPLY=($(compgen -W "$2" -- "$cur")) ;;
  esac
}

complete -o default -F _jux jux jux-reporter
`
}

function bashFill(candidates: Candidates | undefined): string {
  if (candidates === undefined || candidates === 'none') return 'return'
  return `_jux_fill ${typeof candidates === 'string' ? candidates : `words ${posixWord(candidates.join(' '))}`}; return`
}

/** One line for each flag, subcommand and argument, with the place as its condition. */
function fishScript(program: CommandDescription): string {
  const places = placesOf(program)
  const steps = places.flatMap(({ key, subcommands }) => subcommands.map(({ name }) => `${key}/${name}`))
  return `# Completions of jux for fish, made by "jux completion fish".

function __jux_at --description 'whether the words so far lead to this place'
    set -l at
    set -l skip 0
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if test $skip = 1
            set skip 0
        else if contains -- $word ${valueFlagsBeforeSubcommands(places).join(' ')}
            set skip 1
        else if test "$word" = --
            set at "$at/--"
            break
        else if contains -- "$at/$word" ${steps.join(' ')}
            set at "$at/$word"
        end
    end
    test "$at" = "$argv[1]"
end

complete -c jux-reporter -w jux
complete -c jux -f
${places.flatMap(fishLines).join('\n')}
`
}

function fishLines({ key, subcommands, flags, argument }: Place): string[] {
  const here = `complete -c jux -n ${fishQuote(`__jux_at ${fishQuote(key)}`)}`
  return [
    ...subcommands.map(({ name, about }) => `${here} -a ${name} -d ${fishQuote(about)}`),
    ...flags.map(({ short, long, about, value }) => {
      const names = [...(short === undefined ? [] : [`-s ${short.slice(1)}`]), `-l ${long.slice(2)}`].join(' ')
      return `${here} ${names} -d ${fishQuote(about)}${value === undefined ? '' : ` ${fishValue(value)}`}`
    }),
    ...(argument === undefined || argument === 'none' ? [] : fishArgument(here, key, argument)),
  ]
}

function fishArgument(here: string, key: string, argument: Candidates): string[] {
  if (argument === 'files') return [`${here} -F`]
  if (typeof argument !== 'string') return [`${here} -a ${fishQuote(argument.join(' '))}`]
  const afterDashes = `complete -c jux -n ${fishQuote(`__jux_at ${fishQuote(`${key}/--`)}`)}`
  return [here, afterDashes].map((start) => `${start} -F -a '(__fish_complete_command)'`)
}

function fishValue(candidates: Candidates): string {
  if (typeof candidates !== 'string') return `-x -a ${fishQuote(candidates.join(' '))}`
  return {
    files: '-r -F',
    folders: "-x -a '(__fish_complete_directories (commandline -ct))'",
    commands: "-x -a '(__fish_complete_command)'",
    none: '-x',
  }[candidates]
}

function fishQuote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}

/**
 * One function for each place, which passes its flags to `_arguments`. The script is a file `_jux` in `fpath`, or
 * sourced.
 */
function zshScript(program: CommandDescription): string {
  return `#compdef jux jux-reporter
# Completions of jux for zsh, made by "jux completion zsh".

${placesOf(program).map(zshFunction).join('\n')}
if [[ $funcstack[1] == _jux ]]; then
  _jux "$@"
else
  compdef _jux jux jux-reporter
fi
`
}

function zshFunction(place: Place): string {
  const { key, subcommands, argument } = place
  const flags = place.flags.flatMap(zshFlag)
  if (subcommands.length === 0) {
    return `${zshName(key)}() {\n  _arguments -s -S ${[...flags, ...zshArgument(argument)].join(' \\\n    ')}\n}\n`
  }
  const names = subcommands.map(({ name, about }) => posixWord(`${name}:${about.replaceAll(':', '\\:')}`))
  const cases = subcommands.map(({ name }) => `      ${name}) ${zshName(`${key}/${name}`)} ;;`)
  return `${zshName(key)}() {
  local line state
  local -a words_here=(${names.join(' ')})
  _arguments -C ${[...flags, posixWord('1:command:->word'), posixWord('*::argument:->rest')].join(' \\\n    ')}
  case $state in
    word) _describe command words_here ;;
    rest) case $line[1] in
${cases.join('\n')}
    esac ;;
  esac
}
`
}

function zshName(key: string): string {
  return `_jux${key.replaceAll('/', '_')}`
}

// Everything after the command of "jux run" belongs to that command.
function zshArgument(argument: Candidates | undefined): string[] {
  if (argument === undefined) return []
  if (argument === 'commands') return [posixWord('(-):command:_command_names -e'), posixWord('*::argument:_normal')]
  return [posixWord(`*:argument:${zshAction(argument)}`)]
}

// The star allows a flag to be repeated. It does no harm for flags that are given once.
function zshFlag({ short, long, about, value }: Flag): string[] {
  const text = `[${about.replace(/[[\]\\:]/g, '\\$&')}]`
  const rest = value === undefined ? '' : `:value:${zshAction(value)}`
  return [
    posixWord(`*${long}${value === undefined ? '' : '='}${text}${rest}`),
    ...(short === undefined ? [] : [posixWord(`*${short}${value === undefined ? '' : '+'}${text}${rest}`)]),
  ]
}

function zshAction(candidates: Candidates): string {
  if (typeof candidates !== 'string') return `(${candidates.join(' ')})`
  return { files: '_files', folders: '_files -/', commands: '_command_names -e', none: ' ' }[candidates]
}
