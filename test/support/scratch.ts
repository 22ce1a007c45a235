import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from './folders.js'
import { type Finished, runProgram } from './run-program.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** A project of a user's, outside the checkout, with a home of its own. */
export interface ScratchProject {
  readonly dir: string
  /** Folder of the reports when nothing else is configured. */
  readonly reportsDir: string
  /** Runs Vitest as the user would. */
  vitest(args?: readonly string[], env?: NodeJS.ProcessEnv): Promise<Finished>
  /** Runs Jest as the user would. */
  jest(args?: readonly string[], env?: NodeJS.ProcessEnv): Promise<Finished>
  /** Runs the `jux` command. */
  jux(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Finished>
  /** The environment that all of these run in, before the one that they are given. */
  readonly environment: NodeJS.ProcessEnv
  /** Paths of the stored reports. */
  reports(): string[]
}

/** Writes the files, and puts this package (as built) and Vitest where an installation would. */
export function scratchProject(files: Readonly<Record<string, string>>): ScratchProject {
  const dir = temporaryFolder()
  const home = temporaryFolder()
  for (const [name, text] of Object.entries({ 'package.json': '{"name":"scratch","type":"module"}', ...files })) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
  mkdirSync(join(dir, 'node_modules'))
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

/** What the runner of this very test leaves in the environment must not reach the one under test. */
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
