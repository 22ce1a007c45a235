/**
 * Creates the places where a configuration is written: options, variables, files.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConfigInput } from '../../src/config/load.js'
import { temporaryFolder } from './folders.js'
import { fixedSystem } from './system.js'

/** The content of each place. */
export interface Scene {
  env?: Record<string, string>
  options?: unknown
  flags?: Record<string, unknown>
  files?: Record<string, string>
  platform?: NodeJS.Platform
}

/** A home and a project folder with the given files; names that begin with `~/` are in the home. */
export function scene({
  env = {},
  options,
  flags = {},
  files = {},
  platform = 'linux',
}: Scene = {}): ConfigInput & { home: string } {
  const root = temporaryFolder()
  const home = join(root, 'home')
  const cwd = join(root, 'project')
  mkdirSync(home)
  mkdirSync(join(cwd, '.git'), { recursive: true })
  for (const [name, text] of Object.entries(files)) {
    const path = name.startsWith('~/') ? join(home, name.slice(2)) : join(cwd, name)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, text)
  }
  return { options, flags, cwd, home, system: fixedSystem({ env, homeDir: home, cwd, platform }) }
}
