/**
 * schemathesis, in a virtual environment that is created if pip can install it.
 *
 * @module
 */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../../../test/support/folders.js'

const CONFIG = fileURLToPath(new URL('./schemathesis.toml', import.meta.url))
const SERIALIZER = fileURLToPath(new URL('./ndjson.py', import.meta.url))
const VERSION = '4.32.5'
const ENVIRONMENT = fileURLToPath(new URL('../../../.interop/schemathesis', import.meta.url))
const INSTALL_TIMEOUT_MS = 300_000

/** How a run of schemathesis ended. */
export interface Checked {
  readonly code: number | null
  readonly output: string
}

/**
 * Finds schemathesis: the program that `JUX_SCHEMATHESIS` names, or one that pip installs.
 *
 * @returns the path of the program; `undefined`, after one line that says why, if there is none
 * @throws {Error} without the program when `JUX_REQUIRE_TOOLS=1`
 */
export function findSchemathesis(): string | undefined {
  try {
    return process.env.JUX_SCHEMATHESIS ?? install()
  } catch (cause) {
    if (process.env.JUX_REQUIRE_TOOLS === '1') throw new Error('schemathesis is required and cannot be run', { cause })
    console.log('did not run: schemathesis (pip cannot install it; JUX_SCHEMATHESIS names an installed one)')
    return undefined
  }
}

/** Sends requests to the server that its OpenAPI document allows and forbids, with all checks. */
export function runSchemathesis(program: string, url: string, flags: readonly string[]): Promise<Checked> {
  const folder = temporaryFolder()
  const child = spawn(
    program,
    ['--config-file', CONFIG, 'run', `${url}/api/openapi.json`, '--checks', 'all', '--no-color', ...flags],
    {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, SCHEMATHESIS_HOOKS: SERIALIZER },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}

function install(): string {
  const program = join(ENVIRONMENT, 'bin', 'schemathesis')
  if (existsSync(program)) return program
  mkdirSync(dirname(ENVIRONMENT), { recursive: true })
  const options = { stdio: 'ignore', timeout: INSTALL_TIMEOUT_MS } as const
  execFileSync('python3', ['-m', 'venv', ENVIRONMENT], options)
  execFileSync(join(ENVIRONMENT, 'bin', 'pip'), ['install', '--quiet', `schemathesis==${VERSION}`], options)
  return program
}
