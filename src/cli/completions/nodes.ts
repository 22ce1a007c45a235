/**
 * What can be typed where, for the scripts of all shells: the command tree, flat.
 *
 * @module
 */
import type { CatalogueEntry, CatalogueOption } from '../catalogue.js'

/** How a value is found: among words, on the disk, or not at all. */
export type Filler = readonly string[] | 'files' | 'folders' | 'commands' | 'nothing'

/** A flag at one place. */
export interface Flag {
  /** `-o`; `undefined` when it has none. */
  readonly short: string | undefined
  /** `--output`. */
  readonly long: string
  readonly about: string
  /** Of its value; `undefined` when it takes none. */
  readonly value: Filler | undefined
}

/** A word that leads to another place. */
export interface Word {
  readonly name: string
  readonly about: string
}

/** A place on the command line: behind `jux`, or behind the words of a command. */
export interface Node {
  /** Empty, `/cache`, `/cache/show`. */
  readonly key: string
  readonly words: readonly Word[]
  readonly flags: readonly Flag[]
  /** What stands there without a dash, apart from the words; `undefined` where there is no such thing. */
  readonly argument: Filler | undefined
}

const HELP: Flag = { short: '-h', long: '--help', about: 'show help', value: undefined }

/** What the name of a value or an argument says about it. */
const FILLERS: Readonly<Record<string, Filler>> = {
  file: 'files',
  files: 'files',
  path: 'files',
  folder: 'folders',
  command: 'commands',
}

/** Every place, the program itself first. */
export function nodesOf(root: CatalogueEntry): Node[] {
  const names = root.commands.map(({ name }) => name)
  const [top, ...others] = placesBelow(root, '', [])
  const help: Node = { key: '/help', words: [], flags: [], argument: names }
  const words = [...(top?.words ?? []), { name: 'help', about: 'show the help of a command' }]
  return [...(top === undefined ? [] : [{ ...top, words }]), ...others, help]
}

/** Flags with a value that may stand before a further word of the command. */
export function flagsBeforeWords(nodes: readonly Node[]): string[] {
  const flags = nodes.filter(({ words }) => words.length > 0).flatMap((node) => node.flags)
  return flags
    .filter(({ value }) => value !== undefined)
    .flatMap(({ short, long }) => [long, ...(short ? [short] : [])])
}

// A flag of a group of commands may stand behind each of its commands too.
function placesBelow(entry: CatalogueEntry, key: string, inherited: readonly Flag[]): Node[] {
  const flags = [...entry.options.flatMap(flagOf), ...inherited]
  const [argument] = entry.arguments
  const node: Node = {
    key,
    words: entry.commands.map(({ name, summary }) => ({ name, about: summary })),
    flags: [...flags, HELP],
    argument: argument && fillerOf(argument.name, argument.choices),
  }
  const below = key === '' ? [] : flags
  return [node, ...entry.commands.flatMap((child) => placesBelow(child, `${key}/${child.name}`, below))]
}

function flagOf({ short, long, about, value, choices }: CatalogueOption): Flag[] {
  if (long === undefined) return []
  return [{ short, long, about, value: value === undefined ? undefined : fillerOf(value, choices) }]
}

function fillerOf(name: string, choices: readonly string[]): Filler {
  return choices.length > 0 ? choices : (FILLERS[name] ?? 'nothing')
}
