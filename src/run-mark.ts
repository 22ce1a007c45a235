/**
 * How `jux run` learns what happened in its child processes: they leave empty files in a private folder, which a
 * variable names.
 *
 * Whoever leaves a mark must never fail because of it: it runs inside the test runner.
 *
 * @module
 */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The variable that names the folder of the marks. */
export const RUN_VARIABLE = 'JUX_RUN'

/**
 * The flags that load a module first, by the variable in which a runtime looks for them: Node, and Bun. Deno has no such
 * variable.
 *
 * @param url of the module, without whitespace
 * @param path of the module: Bun takes no URL with escapes, but quotes
 */
export function preloadFlags(url: string, path: string): Readonly<Record<string, string>> {
  const plain = path.replaceAll('\\', '/')
  return {
    NODE_OPTIONS: `--import=${url}`,
    // Bun has no escape for a quote.
    ...(plain.includes('"') ? {} : { BUN_OPTIONS: `"--preload=${plain}"` }),
  }
}

/**
 * What a mark says: a reporter has `started`; a runner was told to `load` our reporter; a runner was called with a
 * command that runs no tests, so it is `idle`.
 */
export type RunMark = 'started' | 'load' | 'idle'

/** Leaves a mark in a folder. Never throws. */
export function leaveMark(folder: string, mark: RunMark): void {
  try {
    writeFileSync(join(folder, mark), '')
  } catch {
    // The folder is gone when the command that made it was killed.
  }
}

/**
 * Leaves the mark `started`, and removes the variable from this process: runs that a test starts are not the run that
 * was asked for. Never throws.
 */
export function markStart(): void {
  const folder = process.env[RUN_VARIABLE]
  delete process.env[RUN_VARIABLE]
  if (folder !== undefined) leaveMark(folder, 'started')
}

/** The marks in a folder. */
export function readMarks(folder: string): ReadonlySet<RunMark> {
  const names = readdirSync(folder)
  const marks: readonly RunMark[] = ['started', 'load', 'idle']
  return new Set(marks.filter((mark) => names.includes(mark)))
}

/**
 * Whether the reporter that `jux run` has added is needed: no reporter of the configuration has started before it. The
 * answer is that of the first run of the process; in watch mode there are several, and the runner may load the modules
 * of the reporters again.
 */
export function isAddedNeeded(): boolean {
  const key = Symbol.for('jux-reporter.added-is-needed')
  const known: unknown = Reflect.get(globalThis, key)
  if (typeof known === 'boolean') return known
  const needed = process.env[RUN_VARIABLE] !== undefined
  Reflect.set(globalThis, key, needed)
  return needed
}
