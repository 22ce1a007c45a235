/**
 * Installs the programs that read reports, outside of this package's own dependencies.
 *
 * @module
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CACHE } from '../matrix/cells.js'
import { runProgram } from '../support/run-program.js'

/** The folder of what npm installs. */
export const NPM_FOLDER = join(CACHE, 'consumers', 'npm')
const VENV = join(CACHE, 'consumers', 'venv')
/** The Python of what pip installs. */
export const PYTHON = join(VENV, 'bin', 'python')

/**
 * Installs a package of npm with an exact version, once.
 *
 * @returns what went wrong; `undefined` if it is there
 */
export function installFromNpm(name: string): Promise<string | undefined> {
  mkdirSync(NPM_FOLDER, { recursive: true })
  const flags = ['--prefix', NPM_FOLDER, '--no-audit', '--no-fund', '--save-exact']
  return once(NPM_FOLDER, name, [['npm', 'install', ...flags, name]])
}

/** Like `installFromNpm`, for a package that pip installs into a virtual environment. */
export function installFromPip(name: string): Promise<string | undefined> {
  mkdirSync(VENV, { recursive: true })
  const venv = existsSync(PYTHON) ? [] : [['python3', '-m', 'venv', VENV]]
  return once(VENV, name, [...venv, [PYTHON, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', name]])
}

async function once(
  folder: string,
  name: string,
  commands: readonly (readonly string[])[],
): Promise<string | undefined> {
  const stamp = join(folder, `${name.replaceAll('/', '+')}.installed`)
  if (existsSync(stamp)) return undefined
  for (const [program = '', ...args] of commands) {
    try {
      const { status, stderr } = await runProgram(program, args, { env: process.env })
      if (status !== 0) return lastLine(stderr) || `${program} exited with ${status}`
    } catch {
      return `${program} not found`
    }
  }
  writeFileSync(stamp, '')
  return undefined
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
