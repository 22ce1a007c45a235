/**
 * Runs programs on a pseudo terminal. Needs python3.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const DRIVER = fileURLToPath(new URL('./terminal.py', import.meta.url))
const TIMEOUT_SECONDS = 40

/** Keys to type after a text has appeared. */
export type Step = readonly [appeared: string, keys: string]

/** How a program on a terminal ended. */
export interface Shown {
  readonly status: number | null
  /** Its output, including echoed input; line ends are CR LF. */
  readonly text: string
}

/** Runs a program on a terminal; the status is 124 if it did not end in time. */
export function onTerminal(
  command: readonly string[],
  options: { env: NodeJS.ProcessEnv; cwd?: string; steps?: readonly Step[] },
): Promise<Shown> {
  const { env, cwd, steps = [] } = options
  return new Promise((resolve, reject) => {
    const args = [DRIVER, JSON.stringify(steps), String(TIMEOUT_SECONDS), ...command]
    const child = spawn('python3', args, { env, cwd, stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
    })
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, text }))
  })
}
