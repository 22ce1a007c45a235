/**
 * Completions for bash: one function, in which every place of the command line is a case.
 *
 * Works with bash 3.2, which has no `compopt` and then offers files where there is nothing to offer.
 *
 * @module
 */
import { shellWord } from '../../errors.js'
import { type Filler, flagsBeforeWords, type Node } from './nodes.js'

/** The script; it defines `_jux` and nothing else. */
export function bashScript(nodes: readonly Node[]): string {
  const steps = nodes.flatMap(({ key, words }) => words.map(({ name }) => shellWord(`${key}/${name}`)))
  const values = nodes.flatMap(({ key, flags }) =>
    flags.flatMap(({ short, long, value }) =>
      value === undefined
        ? []
        : [
            `${[long, ...(short ? [short] : [])].map((name) => shellWord(`${key} ${name}`)).join(' | ')}) ${fill(value)} ;;`,
          ],
    ),
  )
  const flags = nodes.map(
    (node) => `${shellWord(node.key)}) words=${shellWord(node.flags.map(({ long }) => long).join(' '))} ;;`,
  )
  const places = nodes.map(({ key, words, argument }) => {
    return `${shellWord(key)}) ${fill(words.length > 0 ? words.map(({ name }) => name) : argument)} ;;`
  })
  return `# Completions of jux for bash, made by "jux completion bash".

_jux() {
  local cur prev at word words i dashes=
  cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} at=
  COMPREPLY=()
  compopt +o default 2>/dev/null
  # To bash, "--flag=value" is three words.
  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == -- ]]; then dashes=$i; break; fi
    case $word in
      ${flagsBeforeWords(nodes).map(shellWord).join(' | ')})
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
    ${places.join('\n    ')}
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

function fill(filler: Filler | undefined): string {
  if (filler === undefined || filler === 'nothing') return 'return'
  return `_jux_fill ${typeof filler === 'string' ? filler : `words ${shellWord(filler.join(' '))}`}; return`
}
