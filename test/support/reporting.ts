/**
 * A reporter inside this process: a home without configuration, a folder for its reports, and what it writes.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import { temporaryFolder } from './folders.js'

/** Where a reporter of this process works. */
export interface Desk {
  /** The project's root. */
  readonly root: string
  /** Options that keep the reports at this desk. */
  readonly options: { readonly storagePath: string }
  /** The stored reports, as text. */
  reports(): string[]
  /** What was written to standard error since. */
  said(): string
}

/** Clears this process's environment of what would configure a reporter, until the test is done. */
export function clearDesk(): Desk {
  const root = temporaryFolder()
  const unwanted = Object.keys(process.env).filter((name) => /^(?:JUX_|XDG_)/.test(name))
  for (const name of unwanted) vi.stubEnv(name, undefined)
  vi.stubEnv('HOME', root)
  let said = ''
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text)
    return true
  })
  const { exitCode } = process
  onTestFinished(() => {
    write.mockRestore()
    vi.unstubAllEnvs()
    process.exitCode = exitCode
  })
  const storagePath = join(root, 'store')
  const folder = join(storagePath, 'reports')
  return {
    root,
    options: { storagePath },
    reports: () =>
      (existsSync(folder) ? readdirSync(folder) : []).map((name) => readFileSync(join(folder, name), 'utf8')),
    said: () => said,
  }
}

/** What this process would say last: calls, and takes back, the listener that was put first in the row for its exit. */
export function exitNow(): void {
  const [first] = process.listeners('exit')
  if (first === undefined) throw new Error('nobody listens')
  process.removeListener('exit', first)
  first(0)
}
