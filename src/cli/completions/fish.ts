/**
 * Completions for fish: a line for each flag, word and argument, with the place where it holds as its condition.
 *
 * @module
 */
import { type Filler, flagsBeforeWords, type Node } from './nodes.js'

/** The script. */
export function fishScript(nodes: readonly Node[]): string {
  const steps = nodes.flatMap(({ key, words }) => words.map(({ name }) => `${key}/${name}`))
  return `# Completions of jux for fish, made by "jux completion fish".

function __jux_at --description 'whether the words so far lead to this place'
    set -l at
    set -l skip 0
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if test $skip = 1
            set skip 0
        else if contains -- $word ${flagsBeforeWords(nodes).join(' ')}
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
${nodes.flatMap(linesOf).join('\n')}
`
}

function linesOf({ key, words, flags, argument }: Node): string[] {
  const here = `complete -c jux -n ${quote(`__jux_at ${quote(key)}`)}`
  return [
    ...words.map(({ name, about }) => `${here} -a ${name} -d ${quote(about)}`),
    ...flags.map(({ short, long, about, value }) => {
      const names = [...(short === undefined ? [] : [`-s ${short.slice(1)}`]), `-l ${long.slice(2)}`].join(' ')
      return `${here} ${names} -d ${quote(about)}${value === undefined ? '' : ` ${valueFlags(value)}`}`
    }),
    ...(argument === undefined || argument === 'nothing' ? [] : argumentLines(here, key, argument)),
  ]
}

function argumentLines(here: string, key: string, argument: Filler): string[] {
  if (argument === 'files') return [`${here} -F`]
  if (typeof argument !== 'string') return [`${here} -a ${quote(argument.join(' '))}`]
  const behind = `complete -c jux -n ${quote(`__jux_at ${quote(`${key}/--`)}`)}`
  return [here, behind].map((start) => `${start} -F -a '(__fish_complete_command)'`)
}

function valueFlags(filler: Filler): string {
  if (typeof filler !== 'string') return `-x -a ${quote(filler.join(' '))}`
  return {
    files: '-r -F',
    folders: "-x -a '(__fish_complete_directories (commandline -ct))'",
    commands: "-x -a '(__fish_complete_command)'",
    nothing: '-x',
  }[filler]
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
