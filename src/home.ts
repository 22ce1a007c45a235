/**
 * The home folder of the user, who may have none: containers run programs under user ids that are in no user database,
 * and without `HOME`.
 *
 * The package env-paths asks Node for the home folder when it is imported, and Node throws if there is none. So this
 * module is imported before it and names a folder meanwhile.
 *
 * @module
 */
import { homedir, userInfo } from 'node:os'
import { isAbsolute, join, parse } from 'node:path'

const VARIABLE = process.platform === 'win32' ? 'USERPROFILE' : 'HOME'

/** The home folder that env-paths finds when it is imported. */
export const HOME_OF_ENV_PATHS = absolute(homedir) ?? join(parse(process.execPath).root, 'nonexistent')

const isMissing = absolute(homedir) === undefined
const named = isMissing ? variable() : undefined
if (isMissing) setVariable(HOME_OF_ENV_PATHS)

/** Ends the time in which a missing home folder has a name. Called after the import of env-paths. */
export function forgetHomeOfEnvPaths(): void {
  if (isMissing) setVariable(named)
}

/**
 * The absolute path of the home folder; `undefined` if the user has none. An empty or relative `HOME` counts as not set:
 * it would be the folder in which a program happens to run.
 */
export function homeFolder(): string | undefined {
  return absolute(homedir) ?? absolute(() => userInfo().homedir)
}

function absolute(read: () => string): string | undefined {
  try {
    const path = read()
    return isAbsolute(path) ? path : undefined
  } catch {
    // Node throws where neither a variable nor the user database has a folder.
    return undefined
  }
}

function variable(): string | undefined {
  try {
    return process.env[VARIABLE]
  } catch {
    return undefined
  }
}

// Deno may allow neither to read nor to set it. The import of env-paths then fails with what Deno says.
function setVariable(value: string | undefined): void {
  try {
    if (value === undefined) delete process.env[VARIABLE]
    else process.env[VARIABLE] = value
  } catch {
    // See above.
  }
}
