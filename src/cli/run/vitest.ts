/**
 * Adds our reporter to a run of Vitest, from inside its main process.
 *
 * A reporter on the command line replaces those of the configuration, with their options. So only a run that has
 * reporters there gets another one. Any other run gets a configuration file that loads the project's own, and adds one
 * reporter to what it says, after all plugins.
 *
 * @module
 */
import { existsSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ADDED_REPORTERS } from '../../reporters/added.js'
import { flagValue, ownFlags, without } from './runner-arguments.js'

type Fields = Record<string, unknown>

/** The files that Vitest looks for, in its order. */
export const VITEST_CONFIG_FILES = ['vitest.config', 'vite.config'].flatMap((name) =>
  ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'].map((extension) => `${name}${extension}`),
)

/** The configuration file finds the function under this name, in the same process. */
const NAME = 'jux-reporter.vitest-config'

const REPORTER = ADDED_REPORTERS.vitest.replaceAll('\\', '/')

/**
 * Changes the arguments of this process, before Vitest reads them.
 *
 * @param program the script of Vitest
 * @param folder a private folder, for the configuration file
 */
export function addToVitest(program: string, folder: string): void {
  const args = process.argv.slice(2)
  if (flagValue(args, '--reporter', '--reporters') !== undefined) {
    setArguments([...ownFlags(args), `--reporter=${REPORTER}`, ...args.slice(ownFlags(args).length)])
    return
  }
  const root = resolve(flagValue(args, '-r', '--root') ?? '.')
  const required = createRequire(program)
  const majorVersion = Number.parseInt(String(fieldsOf(required('./package.json')).version), 10)
  const isWithout = flagValue(args, '--config') === 'false' || ownFlags(args).includes('--no-config')
  const file = isWithout ? undefined : configFileOf(flagValue(args, '-c', '--config'), root, majorVersion)
  const vite = join(dirname(required.resolve('vite/package.json')), 'dist', 'node', 'index.js')
  if (!existsSync(vite)) return
  const configLoader = flagValue(args, '--configLoader', '--config-loader')
  Reflect.set(globalThis, Symbol.for(NAME), (env: unknown) =>
    configuration(env, { file, root, required, vite, configLoader }),
  )
  const wrapper = join(folder, 'vitest.config.mjs')
  writeFileSync(wrapper, `export default (env) => globalThis[Symbol.for('${NAME}')](env)\n`)
  const others = without(args, '-c', '--config').filter((word) => word !== '--no-config')
  const own = ownFlags(others)
  setArguments([...own, `--config=${wrapper.replaceAll('\\', '/')}`, ...others.slice(own.length)])
}

interface ProjectConfig {
  readonly file: string | undefined
  readonly root: string
  readonly required: NodeJS.Require
  /** The module that Vitest itself imports; `require` would find another build in some versions. */
  readonly vite: string
  readonly configLoader: string | undefined
}

async function configuration(
  env: unknown,
  { file, root, required, vite, configLoader }: ProjectConfig,
): Promise<Fields> {
  let loaded: Fields = {}
  if (file !== undefined) {
    const { loadConfigFromFile } = await load(vite)
    if (typeof loadConfigFromFile !== 'function') throw new Error(`${file} cannot be loaded`)
    const call: unknown = loadConfigFromFile(env, file, root, undefined, undefined, configLoader)
    loaded = fieldsOf(await call)
  }
  const config = fieldsOf(loaded.config)
  const defaults = await defaultReporters(required)
  const plugin = {
    name: 'jux-reporter',
    config: { order: 'post', handler: (merged: Fields) => addReporter(merged, defaults) },
    // Vitest watches the files that it finds here, and projects extend this file.
    configResolved: (resolved: Fields) => {
      resolved.configFile = file?.replaceAll('\\', '/')
      resolved.configFileDependencies = absolutePaths(loaded.dependencies)
    },
  }
  return { ...config, plugins: [config.plugins, plugin] }
}

function addReporter(config: Fields, defaults: readonly unknown[]): void {
  const test = fieldsOf(config.test)
  const given: readonly unknown[] = Array.isArray(test.reporters)
    ? test.reporters
    : test.reporters === undefined
      ? []
      : [test.reporters]
  config.test = { ...test, reporters: [...(given.length === 0 ? defaults : given), REPORTER] }
}

// What each version does without reporters: 5 has them among its defaults; 4 knows coding agents; 3 does not.
async function defaultReporters(required: NodeJS.Require): Promise<readonly unknown[]> {
  const { reporters } = fieldsOf((await load(required.resolve('vitest/config'))).configDefaults)
  if (Array.isArray(reporters) && reporters.length > 0) return reporters
  const { ReportersMap } = await load(required.resolve('vitest/node'))
  const isAgent = 'agent' in fieldsOf(ReportersMap) && (await load(required.resolve('std-env'))).isAgent === true
  return [isAgent ? 'agent' : 'default', ...(process.env.GITHUB_ACTIONS === 'true' ? ['github-actions'] : [])]
}

// As each version looks for it: up to 4 in the folders above, too.
function configFileOf(named: string | undefined, root: string, majorVersion: number): string | undefined {
  if (named !== undefined) {
    const path = resolve(root, named)
    if (existsSync(path)) return path
    try {
      return createRequire(join(root, 'noop.js')).resolve(named)
    } catch {
      return path
    }
  }
  for (let folder = root; ; folder = dirname(folder)) {
    const found = VITEST_CONFIG_FILES.map((name) => join(folder, name)).find((path) => existsSync(path))
    if (found !== undefined || majorVersion >= 5 || dirname(folder) === folder) return found
  }
}

// Vite makes its own absolute, too. A relative one would make the watcher report a change under that name.
function absolutePaths(paths: unknown): readonly string[] {
  const given: readonly unknown[] = Array.isArray(paths) ? paths : []
  return given.filter((path) => typeof path === 'string').map((path) => resolve(path).replaceAll('\\', '/'))
}

async function load(path: string): Promise<Fields> {
  const module: unknown = await import(pathToFileURL(path).href)
  return fieldsOf(module)
}

function setArguments(args: readonly string[]): void {
  process.argv.splice(2, process.argv.length, ...args)
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}
