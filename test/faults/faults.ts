/**
 * What the fault tests share: counts, a seeded random generator, child processes, and a check of the store.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readIntact } from '../../src/store/integrity.js'

/** The built command, as a user runs it. */
export const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url))
export const STORE_PROGRAM = fileURLToPath(new URL('programs/store.mjs', import.meta.url))
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const QUICK = process.env.JUX_FAULTS === 'quick'

/** The same in every run, unless JUX_FAULTS_SEED is set. */
export const SEED = Number(process.env.JUX_FAULTS_SEED ?? 20_260_101)

/** A count: the full one, or with JUX_FAULTS=quick a small one. */
export function count(full: number, quick: number): number {
  return QUICK ? quick : full
}

/** Random numbers from 0 to 1 (mulberry32). */
export function createChance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A child process and its output so far. */
export interface Child {
  readonly process: ChildProcess
  output: string
  /** Resolves to the exit code, `null` after a signal. */
  readonly ended: Promise<number | null>
}

/** Starts Node with an environment that does not contain the real home folder. */
export function startNode(
  args: readonly string[],
  home: string,
  env: NodeJS.ProcessEnv = {},
  wrapper: readonly string[] = [],
): Child {
  const [command = process.execPath, ...rest] = [...wrapper, process.execPath, ...args]
  const child = spawn(command, rest, {
    cwd: home,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      XDG_DATA_HOME: join(home, 'data'),
      XDG_CONFIG_HOME: join(home, 'config'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const result: Child = {
    process: child,
    output: '',
    ended: new Promise((resolve) => child.on('close', resolve)),
  }
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      result.output += text
    })
  }
  return result
}

/** The content hashes that the reporter printed: these reports must not be lost. */
export function acknowledged(output: string): string[] {
  return [...output.matchAll(/sha256 {2}([0-9a-f]{64})\n/g)].map((match) => match[1] ?? '')
}

/** Checks every visible file of a store after a fault. */
export function checkStore(root: string, hashes: Iterable<string>) {
  const places = ['reports', 'queue'].map((name) => join(root, name))
  const visible = places.flatMap((folder) =>
    names(folder)
      .filter((name) => name.endsWith('.xml'))
      .map((name) => join(folder, name)),
  )
  const claimed = names(join(root, 'jux-reporter', 'claims')).filter((name) => name.endsWith('.xml'))
  const present = new Set([...visible.map((path) => path.slice(-68, -4)), ...claimed.map((name) => name.slice(0, 64))])
  const corrupt = visible.filter((path) => !isWhole(readFileSync(path), path.slice(-68, -4)))
  return {
    lost: [...hashes].filter((hash) => !present.has(hash)).length,
    corrupt: corrupt.length,
    visible: visible.length,
    leftovers: leftoversIn(root),
  }
}

/** Number of temporary files that killed processes left. */
export function leftoversIn(root: string): number {
  return ['reports', 'queue'].flatMap((folder) => names(join(root, folder))).filter((name) => name.startsWith('.tmp_'))
    .length
}

function names(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}

function isWhole(bytes: Uint8Array, hash: string): boolean {
  try {
    return readIntact(bytes, hash).summary.tests > 0
  } catch {
    return false
  }
}

/** Calls `work` a number of times, a few calls at once. */
export async function repeat(times: number, atOnce: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < times) await work(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}
