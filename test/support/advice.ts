/**
 * Takes suggestions at their word: reads what a suggestion says to do, and does exactly that in the situation that
 * printed it.
 *
 * @module
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileKey, flagName, variableName } from '../../src/setting-source.js'
import { runJux } from './cli.js'
import { temporaryFolder } from './folders.js'

/** Everything that a person can change: a project with its files, the reporter's options, variables and flags. */
export interface Situation {
  /** The folder of the project, in which everything runs. */
  readonly dir: string
  readonly home: string
  readonly options: Record<string, unknown>
  readonly env: Record<string, string>
  /** Flags of the command, each with its value. */
  readonly flags: Map<string, string | undefined>
}

/** How something ended: `undefined` is success, anything else names the failure. */
export type Outcome = string | undefined

/** What a person does with a suggestion. */
export type Step =
  | { readonly kind: 'export'; readonly name: string; readonly value: string }
  | { readonly kind: 'unset'; readonly name: string }
  | { readonly kind: 'flag'; readonly name: string; readonly value: string | undefined }
  | { readonly kind: 'leave out'; readonly name: string }
  | { readonly kind: 'write'; readonly name: string; readonly value: string; readonly place: string }
  | { readonly kind: 'remove'; readonly name: string; readonly place: string }
  | { readonly kind: 'jux'; readonly args: readonly string[] }
  | { readonly kind: 'server' }

/** The kinds of places where a setting can be written. */
export const PLACES = ['variable', 'alias', 'options', '.jux.conf', 'package.json', 'user file', 'default'] as const

/** A kind of place. */
export type Place = (typeof PLACES)[number] | 'flag'

/** One line of the table. */
export interface Line {
  readonly row: string
  readonly place: Place
  readonly cure: string
  readonly outcome: string
}

/** Prints the cures of all messages, each with its outcome. */
export function printTable(table: readonly Line[]): void {
  const keys = ['row', 'place', 'cure', 'outcome'] as const
  const widths = keys.map((key) => Math.min(60, Math.max(0, ...table.map((line) => line[key].length))))
  const lines = table.map((line) =>
    keys
      .map((key, index) => line[key].padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  console.log(`message  place  cure applied -> outcome\n${lines.join('\n')}`)
}

/** A new, empty project. */
export function newSituation(options: Record<string, unknown> = {}): Situation {
  const home = temporaryFolder()
  return { dir: temporaryFolder(), home, options: { ...options }, env: {}, flags: new Map() }
}

/** The parts of a system in which sleeping takes no time, but the clock goes on. */
export function systemOf({ dir, home, env }: Situation) {
  let sleptMs = 0
  return {
    cwd: dir,
    homeDir: home,
    dataDir: join(home, 'data'),
    env,
    monotonicMs: () => performance.now() + sleptMs,
    sleep: async (ms: number) => {
      sleptMs += ms
    },
  }
}

/** Writes a setting at a place; at `default` nothing. */
export function put(situation: Situation, setting: string, value: string, place: Place, alias = setting): void {
  const { dir, home, options, env, flags } = situation
  // Only one place has the setting.
  delete options[setting]
  switch (place) {
    case 'variable':
      env[variableName(setting)] = value
      break
    case 'alias':
      env[variableName(alias)] = value
      break
    case 'options':
      options[setting] = typed(value)
      break
    case 'flag':
      flags.set(alias === setting ? flagName(setting) : alias, value)
      break
    case '.jux.conf':
      appendSetting(join(dir, '.jux.conf'), setting, value)
      break
    case 'user file':
      appendSetting(join(home, '.config', 'jux', 'config'), setting, value)
      break
    case 'package.json':
      writePackage(join(dir, 'package.json'), (jux) => ({ ...jux, [setting]: typed(value) }))
      break
    default:
  }
}

/** Reads a suggestion. `undefined` for plain words, which only a person can follow. */
export function stepsOf(suggestion: string): readonly Step[] | undefined {
  const steps = suggestion
    .replace(/ {2}# .*$/, '')
    .split(' && ')
    .map(stepOf)
  return steps.every((step) => step !== undefined) ? steps.filter((step) => step !== undefined) : undefined
}

function stepOf(line: string): Step | undefined {
  const [word = '', ...args] = shellWords(line)
  const assignment = /^(\w+)=([\s\S]*)$/.exec(args[0] ?? '')
  if (word === 'export' && assignment !== null && args.length === 1) {
    const [, name = '', value = ''] = assignment
    return { kind: 'export', name, value }
  }
  if (word === 'unset' && args.length === 1) return { kind: 'unset', name: args[0] ?? '' }
  if (word === 'npx' && args[0] === 'jux') return { kind: 'jux', args: args.slice(1) }
  if (word === 'npx' && args[0] === 'jux-server') return { kind: 'server' }
  if (/^--[\w-]+$/.test(word) && args.length < 2) return { kind: 'flag', name: word, value: args[0] }
  const left = /^leave out (--[\w-]+)$/.exec(line)
  if (left !== null) return { kind: 'leave out', name: left[1] ?? '' }
  const written = /^write ([\w.]+)(?::| =) (.+) in (.+)$/.exec(line)
  if (written !== null) {
    const [, name = '', value = '', place = ''] = written
    return { kind: 'write', name, value, place }
  }
  const removed = /^remove (\w+) \((.+)\)$/.exec(line)
  return removed === null ? undefined : { kind: 'remove', name: removed[1] ?? '', place: removed[2] ?? '' }
}

/**
 * Does one step.
 *
 * @returns how it ended, for a command; `undefined` for a change, after which the situation is tried again
 */
export async function doStep(
  step: Step,
  situation: Situation,
  startServer: () => Promise<void>,
): Promise<{ readonly outcome: Outcome } | undefined> {
  const { options, env, flags } = situation
  switch (step.kind) {
    case 'export':
      env[step.name] = step.value
      return undefined
    case 'unset':
      delete env[step.name]
      return undefined
    case 'flag':
      flags.set(step.name, step.value)
      return undefined
    case 'leave out':
      flags.delete(step.name)
      return undefined
    case 'server':
      await startServer()
      return undefined
    case 'jux': {
      const { code, err } = await runJux(step.args, { system: systemOf(situation) })
      return { outcome: code === 0 ? undefined : `exit code ${code}: ${/ code {2}(.*)/.exec(err)?.[1] ?? err}` }
    }
    case 'write':
      if (step.place === 'reporter options') options[step.name] = JSON.parse(step.value)
      else if (step.place.endsWith('#jux')) {
        writePackage(step.place.slice(0, -'#jux'.length), (jux) => ({ ...jux, [step.name]: JSON.parse(step.value) }))
      } else replaceLine(step.place, `${step.name} = ${step.value}`)
      return undefined
    default:
      if (step.place === 'reporter options') delete options[step.name]
      else if (step.place.endsWith('#jux')) {
        writePackage(step.place.slice(0, -'#jux'.length), ({ [step.name]: _, ...rest }) => rest)
      } else replaceLine(step.place, '')
      return undefined
  }
}

/** The words of a line of a POSIX shell, without expansions. */
export function shellWords(line: string): string[] {
  const words = line.match(/(?:'[^']*'|\\.|[^\s'\\])+/g) ?? []
  return words.map((word) => word.replace(/'([^']*)'|\\(.)/g, '$1$2'))
}

function typed(value: string): unknown {
  return /^(?:true|false|\d+(?:\.\d+)?)$/.test(value) ? JSON.parse(value) : value
}

function appendSetting(file: string, setting: string, value: string): void {
  mkdirSync(dirname(file), { recursive: true })
  if (!existsSync(file)) writeFileSync(file, '[jux]\n')
  appendFileSync(file, `${fileKey(setting)} = ${value}\n`)
}

function replaceLine(place: string, text: string): void {
  const [, file = '', line = ''] = /^(.*):(\d+)$/.exec(place) ?? []
  const lines = readFileSync(file, 'utf8').split('\n')
  lines[Number(line) - 1] = text
  writeFileSync(file, lines.join('\n'))
}

function writePackage(file: string, change: (jux: Record<string, unknown>) => Record<string, unknown>): void {
  const manifest: { jux?: Record<string, unknown> } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  writeFileSync(file, JSON.stringify({ ...manifest, jux: change(manifest.jux ?? {}) }, undefined, 2))
}
