/**
 * The runtimes of the suite: how each starts a program of a project, and what it is called in reports.
 *
 * @module
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CACHE } from '../matrix/cells.js'
import { runProgram } from '../support/run-program.js'

/** Exact versions, so that only a change of ours can turn a cell red; raise them on purpose. */
const VERSIONS = { bun: '1.4.5', deno: '2.9.6' } as const

const FOLDER = join(CACHE, 'runtimes')
const BIN = join(FOLDER, 'node_modules', '.bin')

/** A runtime of JavaScript. */
export interface Runtime {
  readonly name: string
  readonly version: string
  /** The value of `jux:runtime`; Node has none. */
  readonly fact: string | undefined
  /** The words that run a script or a program of `node_modules/.bin`, before its arguments. */
  script(path: string): readonly [string, ...string[]]
  program(name: string): readonly [string, ...string[]]
}

export const NODE: Runtime = {
  name: 'Node',
  version: process.versions.node,
  fact: undefined,
  script: (path) => [process.execPath, path],
  program: (name) => ['npx', name],
}

export const BUN: Runtime = {
  name: 'Bun',
  version: VERSIONS.bun,
  fact: `bun ${VERSIONS.bun}`,
  script: (path) => [join(BIN, 'bun'), '--bun', path],
  program: (name) => [join(BIN, 'bunx'), '--bun', name],
}

export const DENO: Runtime = {
  name: 'Deno',
  version: VERSIONS.deno,
  fact: `deno ${VERSIONS.deno}`,
  script: (path) => [join(BIN, 'deno'), 'run', '--allow-all', path],
  program: (name) => [join(BIN, 'deno'), 'run', '--allow-all', `npm:${name === 'jux' ? 'jux-reporter/jux' : name}`],
}

/** Variables for a project in whose folder runtimes run: Bun's programs are found, and nothing looks for updates. */
export const RUNTIME_VARIABLES = {
  PATH: `${BIN}:${process.env.PATH ?? ''}`,
  DENO_NO_UPDATE_CHECK: '1',
  DENO_DIR: join(FOLDER, 'deno'),
  BUN_INSTALL_CACHE_DIR: join(FOLDER, 'bun'),
}

/**
 * Installs Bun and Deno from npm, once, and prints a line for each that npm cannot install.
 *
 * @returns Node, and those of the others that this machine has now
 */
export async function installRuntimes(): Promise<readonly Runtime[]> {
  const found = [NODE]
  for (const runtime of [BUN, DENO]) {
    const problem = await install(`${runtime.name.toLowerCase()}@${runtime.version}`)
    if (problem === undefined) found.push(runtime)
    else console.log(`did not run: ${runtime.name} (npm could not install it: ${problem})`)
  }
  return found
}

async function install(name: string): Promise<string | undefined> {
  const stamp = join(FOLDER, name)
  if (existsSync(stamp)) return undefined
  mkdirSync(FOLDER, { recursive: true })
  const flags = ['--prefix', FOLDER, '--no-audit', '--no-fund']
  const { status, stderr } = await runProgram('npm', ['install', ...flags, name], {})
  if (status !== 0) return stderr.trim().split('\n', 1)[0] ?? `exit code ${status}`
  writeFileSync(stamp, '')
  return undefined
}
