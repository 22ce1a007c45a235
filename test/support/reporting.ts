/**
 * Runs a reporter in this process: with a home folder without configuration, and a folder for its reports.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import { temporaryFolder } from './folders.js'

/** Where a reporter of this process works. */
export interface ReporterHome {
  /** The project's root. */
  readonly root: string
  /** Options that store the reports here. */
  readonly options: { readonly storagePath: string }
  /** The stored reports, as text. */
  reports(): string[]
  /** Output to standard error since the home was created. */
  written(): string
}

/** Removes what would configure a reporter from the environment of this process, until the test is done. */
export function reporterHome(): ReporterHome {
  const root = temporaryFolder()
  const unwanted = Object.keys(process.env).filter((name) => /^(?:JUX_|XDG_)/.test(name))
  for (const name of unwanted) vi.stubEnv(name, undefined)
  vi.stubEnv('HOME', root)
  let written = ''
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += String(text)
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
    written: () => written,
  }
}

/** Simulates the exit of this process: calls the first listener for its exit, and removes it. */
export function exitNow(): void {
  const [first] = process.listeners('exit')
  if (first === undefined) throw new Error('there is no exit listener')
  process.removeListener('exit', first)
  first(0)
}
