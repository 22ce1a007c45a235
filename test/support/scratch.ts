import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from './folders.js'
import { type Finished, runProgram } from './run-program.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** A project outside of the checkout, with its own home folder. */
export interface ScratchProject {
  readonly dir: string
  /** The default folder of reports. */
  readonly reportsDir: string
  /** Runs Vitest as a user would. */
  vitest(args?: readonly string[], env?: NodeJS.ProcessEnv): Promise<Finished>
  /** Runs Jest as a user would. */
  jest(args?: readonly string[], env?: NodeJS.ProcessEnv): Promise<Finished>
  /** Runs the `jux` command. */
  jux(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Finished>
  /** The environment of all these programs. */
  readonly environment: NodeJS.ProcessEnv
  /** Paths of the stored reports. */
  reports(): string[]
}

/**
 * Writes the files, and links this package (as built) and Vitest into node_modules.
 *
 * @param folder of the project, in a new folder
 */
export function scratchProject(files: Readonly<Record<string, string>>, folder = ''): ScratchProject {
  const dir = join(temporaryFolder(), folder)
  const home = temporaryFolder()
  for (const [name, text] of Object.entries({ 'package.json': '{"name":"scratch","type":"module"}', ...files })) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
  mkdirSync(join(dir, 'node_modules'), { recursive: true })
  symlinkSync(ROOT, join(dir, 'node_modules', 'jux-reporter'), 'junction')
  symlinkSync(join(ROOT, 'node_modules', 'vitest'), join(dir, 'node_modules', 'vitest'), 'junction')
  const reportsDir = join(home, 'data', 'jux', 'reports')
  const environment = cleanEnvironment(home)
  const world = (env: NodeJS.ProcessEnv) => ({ cwd: dir, env: { ...environment, ...env } })
  return {
    dir,
    reportsDir,
    vitest: (args = ['run'], env = {}) =>
      finish([join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), ...args], world(env)),
    jest: (args = [], env = {}) => finish([join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'), ...args], world(env)),
    jux: (args, env = {}) => finish([join(ROOT, 'dist', 'cli', 'bin.js'), ...args], world(env)),
    environment,
    reports: () =>
      readdirSync(reportsDir)
        .filter((name) => name.endsWith('.xml'))
        .map((name) => join(reportsDir, name)),
  }
}

/** Without the variables of the runner that runs this test. */
function cleanEnvironment(home: string): NodeJS.ProcessEnv {
  const { PATH, SystemRoot } = process.env
  return {
    PATH,
    ...(SystemRoot === undefined ? {} : { SystemRoot }),
    HOME: home,
    XDG_DATA_HOME: join(home, 'data'),
    XDG_CONFIG_HOME: join(home, 'config'),
    GIT_CONFIG_GLOBAL: join(home, 'gitconfig'),
    NO_COLOR: '1',
  }
}

function finish(args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<Finished> {
  return runProgram(process.execPath, args, options)
}
