/**
 * Adds our reporter to a run of Jest, from inside its main process.
 *
 * Jest's flag for reporters replaces those of the configuration, with their options. So the reporter is added to the
 * configuration that Jest has resolved: `readConfigs` of the package `jest-config`, which Jest loads with `require`.
 *
 * @module
 */
import Module, { createRequire } from 'node:module'
import { ADDED_REPORTERS } from '../../reporters/added.js'

// The variables by which Jest 30 knows coding agents, which get another default.
const AGENT_VARIABLES = [
  'AI_AGENT',
  'AUGMENT_AGENT',
  'CLAUDE_CODE',
  'CLAUDECODE',
  'CODEX_SANDBOX',
  'CODEX_THREAD_ID',
  'CURSOR_AGENT',
  'GEMINI_CLI',
  'GOOSE_PROVIDER',
  'OPENCODE',
  'REPL_ID',
]

/**
 * Waits until Jest loads `jest-config`. In Bun, where nothing tells that, it is loaded now.
 *
 * @param program the script of Jest
 */
export function addToJest(program: string): void {
  if (process.versions.bun !== undefined) {
    const required = createRequire(createRequire(program).resolve('jest-cli'))
    const reporters = () => createRequire(required.resolve('@jest/core'))('@jest/reporters')
    wrapReadConfigs(required('jest-config'), () => defaultReporter(reporters))
    return
  }
  const load: unknown = Reflect.get(Module, '_load')
  if (typeof load !== 'function') return
  Reflect.set(Module, '_load', function (this: unknown, request: unknown, parent: unknown, ...rest: unknown[]) {
    const loaded: unknown = Reflect.apply(load, this, [request, parent, ...rest])
    if (request !== 'jest-config') return loaded
    Reflect.set(Module, '_load', load)
    const reporters = () => Reflect.apply(load, this, ['@jest/reporters', parent, false])
    wrapReadConfigs(loaded, () => defaultReporter(reporters))
    return loaded
  })
}

function wrapReadConfigs(jestConfig: unknown, defaultName: () => string): void {
  if (typeof jestConfig !== 'object' || jestConfig === null) return
  const read: unknown = Reflect.get(jestConfig, 'readConfigs')
  if (typeof read !== 'function') return
  Reflect.set(jestConfig, 'readConfigs', async (...args: unknown[]) => {
    const configs: unknown = await Reflect.apply(read, undefined, args)
    if (typeof configs !== 'object' || configs === null) return configs
    const globalConfig: unknown = Reflect.get(configs, 'globalConfig')
    if (typeof globalConfig !== 'object' || globalConfig === null) return configs
    const given: unknown = Reflect.get(globalConfig, 'reporters')
    const reporters = [...(Array.isArray(given) ? given : [[defaultName(), {}]]), [ADDED_REPORTERS.jest, {}]]
    return { ...configs, globalConfig: Object.freeze({ ...globalConfig, reporters }) }
  })
}

// `@jest/core` depends on both packages, but `jest-cli`, which may load `jest-config` first, does not.
function defaultReporter(loadReporters: () => unknown): string {
  const isAgent = AGENT_VARIABLES.some((name) => (process.env[name] ?? '') !== '')
  if (!isAgent) return 'default'
  try {
    const reporters = loadReporters()
    return typeof reporters === 'object' && reporters !== null && 'AgentReporter' in reporters ? 'agent' : 'default'
  } catch {
    return 'default'
  }
}
