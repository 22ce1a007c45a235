/**
 * Finds the folder of a Jest project, which may be above its `rootDir`.
 *
 * @module
 */
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

const CONFIGURATION = /^jest\.config\.[cm]?[jt]s(?:on)?$/

/**
 * The nearest folder, from the root upwards, with a configuration of Jest or a package.json. Jest does not tell reporters
 * where it has found its configuration.
 */
export function jestProjectFolder(rootDir: string): string {
  for (let folder = rootDir; ; folder = dirname(folder)) {
    if (hasConfiguration(folder)) return folder
    if (dirname(folder) === folder) return rootDir
  }
}

function hasConfiguration(folder: string): boolean {
  try {
    return existsSync(join(folder, 'package.json')) || readdirSync(folder).some((name) => CONFIGURATION.test(name))
  } catch {
    return false
  }
}
