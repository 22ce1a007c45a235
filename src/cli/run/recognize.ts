/**
 * Which test runner a command starts: directly, through a package manager, or through a script of package.json.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Runner } from './runner-arguments.js'

/** Scripts may call scripts. */
const MAX_SCRIPTS = 5

/** Programs that set up an environment and then start another program. */
const WRAPPERS: ReadonlySet<string> = new Set(['cross-env', 'cross-env-shell', 'env', 'dotenv', 'dotenvx', 'c8', 'nyc'])
const EXECUTORS: ReadonlySet<string> = new Set(['npx', 'bunx', 'pnpx'])
const MANAGERS: ReadonlySet<string> = new Set(['npm', 'pnpm', 'yarn', 'bun'])

/** Flags of executors that do not change what is started. */
const QUIET_FLAGS: ReadonlySet<string> = new Set(['-y', '--yes', '--no', '--no-install'])

/** Flags of package managers, executors and Node that have a value as the next word. */
const VALUE_FLAGS: ReadonlySet<string> = new Set([
  '-p',
  '--package',
  '-F',
  '--filter',
  '-C',
  '--dir',
  '--cwd',
  '--prefix',
  '-w',
  '--workspace',
  '-r',
  '--require',
  '--import',
  '--loader',
  '-e',
  '-f',
])

/**
 * Recognizes a command.
 *
 * @param words the program and its arguments
 * @param cwd the folder whose package.json has the scripts
 * @returns the runner; `undefined` for a command that is not known to start one
 */
export function recognizeRunner(words: readonly string[], cwd: string): Runner | undefined {
  const scripts = readScripts(cwd)
  let scriptsLeft = MAX_SCRIPTS
  return ofCommand(words)

  function ofCommand([program = '', ...args]: readonly string[]): Runner | undefined {
    const direct = runnerOf(program)
    if (direct !== undefined) return direct
    const name = baseName(program)
    if (name === 'node') return runnerOf(operands(args)[0] ?? '')
    if (WRAPPERS.has(name)) return ofCommand(operands(args).filter((_, at, all) => !isAssignment(all, at)))
    if (EXECUTORS.has(name)) return ofCommand(operands(args))
    return MANAGERS.has(name) ? ofManager(name, operands(args)) : undefined
  }

  function ofManager(manager: string, [verb = '', ...rest]: readonly string[]): Runner | undefined {
    if (['exec', 'x', 'dlx', 'node'].includes(verb)) return ofCommand(operands(rest))
    if (manager === 'bun' && verb === 'test') return undefined
    if (['t', 'tst', 'test'].includes(verb)) return ofScript('test')
    if (['run', 'run-script'].includes(verb)) {
      const name = operands(rest)[0] ?? ''
      return ofScript(name) ?? (manager === 'npm' ? undefined : runnerOf(name))
    }
    return manager === 'npm' ? undefined : (ofScript(verb) ?? runnerOf(verb))
  }

  // The last command of a script decides, as for a person who reads it.
  function ofScript(name: string): Runner | undefined {
    const script = scripts.get(name)
    if (script === undefined || scriptsLeft === 0) return undefined
    scriptsLeft -= 1
    const commands = script.split(/&&|\|\||[;|&\n]/).map((text) => text.trim().split(/\s+/))
    for (const words of commands.reverse()) {
      const runner = ofCommand(words.filter((_, at, all) => !isAssignment(all, at)))
      if (runner !== undefined) return runner
    }
    return undefined
  }
}

/**
 * Recognizes a command that starts a runner and nothing else: no script, also none with the name of a runner, and no program
 * that has an exit code of its own.
 *
 * @param words the program and its arguments
 * @returns the runner; `undefined` for any other command
 */
export function onlyRunner([program = '', ...args]: readonly string[]): Runner | undefined {
  const direct = installedRunner(program)
  if (direct !== undefined) return direct
  const name = baseName(program)
  const [first = ''] = name === 'node' ? args : args.slice(args.findIndex((word) => !QUIET_FLAGS.has(word)))
  if (name === 'node') return isInPackages(first) ? runnerOf(first) : undefined
  return EXECUTORS.has(name) ? installedRunner(first) : undefined
}

// A name is looked up among the installed programs. A path can be that of a file of the project, such as `scripts/jest.js`.
function installedRunner(program: string): Runner | undefined {
  return !/[\\/]/.test(program) || isInPackages(program) ? runnerOf(program) : undefined
}

function isInPackages(path: string): boolean {
  return /(?:^|[\\/])node_modules[\\/]/.test(path)
}

function runnerOf(program: string): Runner | undefined {
  const path = program.replaceAll('\\', '/')
  if (/(?:^|\/)vitest(?:@[^/]*|\.cmd|\.mjs)?$/.test(path)) return 'vitest'
  if (/(?:^|\/)playwright(?:@[^/]*|\.cmd)?$|\/@?playwright(?:\/test)?\/cli\.js$/.test(path)) return 'playwright'
  return /(?:^|\/)jest(?:-cli)?(?:@[^/]*|\.cmd|\.js)?$/.test(path) ? 'jest' : undefined
}

function baseName(program: string): string {
  return program.replace(/^.*[\\/]/, '').replace(/\.(?:cmd|exe|ps1)$/, '')
}

// The words from the first that is not a flag.
function operands(words: readonly string[]): readonly string[] {
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (!word.startsWith('-')) return words.slice(at)
    if (VALUE_FLAGS.has(word)) at += 1
  }
  return []
}

// `A=1 B=2 program`: only before the program.
function isAssignment(words: readonly string[], at: number): boolean {
  return words.slice(0, at + 1).every((word) => /^\w+=/.test(word) || word === '--')
}

function readScripts(cwd: string): ReadonlyMap<string, string> {
  try {
    const { scripts }: { scripts?: unknown } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8'))
    const entries = typeof scripts === 'object' && scripts !== null ? Object.entries(scripts) : []
    return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
  } catch {
    return new Map()
  }
}
