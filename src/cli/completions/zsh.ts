/**
 * Completions for zsh: a function a place, each of which hands its flags to `_arguments`.
 *
 * @module
 */
import { shellWord } from '../../errors.js'
import type { Filler, Flag, Node } from './nodes.js'

/** The script: a file `_jux` in `fpath`, or to be sourced. */
export function zshScript(nodes: readonly Node[]): string {
  return `#compdef jux jux-reporter
# Completions of jux for zsh, made by "jux completion zsh".

${nodes.map(functionOf).join('\n')}
if [[ $funcstack[1] == _jux ]]; then
  _jux "$@"
else
  compdef _jux jux jux-reporter
fi
`
}

function functionOf(node: Node): string {
  const { key, words, argument } = node
  const flags = node.flags.flatMap(flagSpecs)
  if (words.length === 0) {
    return `${nameOf(key)}() {\n  _arguments -s -S ${[...flags, ...argumentSpecs(argument)].join(' \\\n    ')}\n}\n`
  }
  const names = words.map(({ name, about }) => shellWord(`${name}:${about.replaceAll(':', '\\:')}`))
  const cases = words.map(({ name }) => `      ${name}) ${nameOf(`${key}/${name}`)} ;;`)
  return `${nameOf(key)}() {
  local line state
  local -a words_here=(${names.join(' ')})
  _arguments -C ${[...flags, shellWord('1:command:->word'), shellWord('*::argument:->rest')].join(' \\\n    ')}
  case $state in
    word) _describe command words_here ;;
    rest) case $line[1] in
${cases.join('\n')}
    esac ;;
  esac
}
`
}

function nameOf(key: string): string {
  return `_jux${key.replaceAll('/', '_')}`
}

// Behind the command of "jux run" everything belongs to that command.
function argumentSpecs(argument: Filler | undefined): string[] {
  if (argument === undefined) return []
  if (argument === 'commands') return [shellWord('(-):command:_command_names -e'), shellWord('*::argument:_normal')]
  return [shellWord(`*:argument:${action(argument)}`)]
}

// A star, because some flags may be repeated and for the others it does no harm.
function flagSpecs({ short, long, about, value }: Flag): string[] {
  const text = `[${about.replace(/[[\]\\:]/g, '\\$&')}]`
  const rest = value === undefined ? '' : `:value:${action(value)}`
  return [
    shellWord(`*${long}${value === undefined ? '' : '='}${text}${rest}`),
    ...(short === undefined ? [] : [shellWord(`*${short}${value === undefined ? '' : '+'}${text}${rest}`)]),
  ]
}

function action(filler: Filler): string {
  if (typeof filler !== 'string') return `(${filler.join(' ')})`
  return { files: '_files', folders: '_files -/', commands: '_command_names -e', nothing: ' ' }[filler]
}
