/**
 * What was asked of a Vitest run: which tests, whether `.only` is allowed, bail and retries.
 *
 * @module
 */
import type { OnlyEffect, RunRequest, Selection } from '../model.js'
import { effectOfOnly } from './only.js'
import { countOf, select, selectFiles } from './request.js'
import { readField, readText } from './values.js'
import type { VitestConfig, VitestModule, VitestSuite } from './vitest-types.js'

/** Vitest's own message. */
const REFUSED_ONLY = /^\[Vitest\] Unexpected \.only modifier/

/** The parts of the `Vitest` object that are read. */
export interface VitestInstance {
  readonly config: VitestConfig
  /** What the command line names files by. It is not part of Vitest's API. */
  readonly filenamePattern?: readonly string[] | undefined
  readonly projects?: readonly { readonly config?: VitestConfig | undefined }[] | undefined
}

/** What a request is read from. */
export interface VitestRequestInput {
  readonly vitest: VitestInstance
  /** `VITEST_BLOB_LABEL`, which Vitest 5 reads itself. */
  readonly label?: string | undefined
  readonly readSource: (path: string) => string | undefined
}

/**
 * Reads a request.
 *
 * @returns little for a run that merges others: its process was not asked for their tests
 */
export function gatherVitestRequest(
  { vitest, label, readSource }: VitestRequestInput,
  modules: readonly VitestModule[],
  rootDir: string,
): RunRequest {
  const { config, projects = [] } = vitest
  if (config.mergeReports) return {}
  const configs = [config, ...projects.flatMap((project) => project.config ?? [])]
  const selection = selectionOf(vitest, rootDir)
  return {
    selection,
    only: onlyOf(configs, modules, readSource, selection),
    bail: countOf(config.bail ?? 0),
    retries: Math.max(...configs.map(retriesOf)),
    shardLabel: config.mergeReportsLabel || label || undefined,
  }
}

// The reruns of watch mode have the files that changed, and whoever starts Vitest without a run chooses them.
function selectionOf(vitest: VitestInstance, rootDir: string): readonly Selection[] | undefined {
  const { config } = vitest
  if (config.watch || config.standalone || !('filenamePattern' in vitest)) return undefined
  return [
    ...selectFiles('files', vitest.filenamePattern, rootDir),
    ...selectFiles('files', config.related, rootDir),
    ...select('changed', config.changed === true ? 'uncommitted' : config.changed),
    ...selectFiles('exclude', config.cliExclude, rootDir),
    ...select('projects', config.project),
    ...select('types', config.typecheck?.only ? 'true' : undefined),
    ...select('name', config.testNamePattern),
    ...select('tags', config.tagsFilter),
  ]
}

function onlyOf(
  configs: readonly VitestConfig[],
  modules: readonly VitestModule[],
  readSource: (path: string) => string | undefined,
  selection: readonly Selection[] | undefined,
): OnlyEffect {
  if (configs.every(({ allowOnly }) => allowOnly === false)) {
    return modules.some(hasRefusedOnly) ? 'possible' : 'forbidden'
  }
  // Vitest 5 says it, as long as the module was not merged or run in a browser.
  if (modules.some(({ task }) => task?.containsOnly === true)) return 'possible'
  const paths = new Set(modules.filter(hasSkippedTests).map(({ moduleId }) => moduleId))
  return effectOfOnly({ paths, isFiltered: isFilteredByTest(selection), readSource })
}

function isFilteredByTest(selection: readonly Selection[] | undefined): boolean {
  return selection?.some(({ kind }) => kind === 'name' || kind === 'tags' || kind === 'files') === true
}

/** Whether Vitest has refused a `.only`: that test or describe fails without having run, and the others of its file are left out. */
export function hasRefusedOnly({ children }: VitestModule | VitestSuite): boolean {
  for (const child of children) {
    const errors = child.type === 'suite' ? child.errors() : (child.result().errors ?? [])
    if (errors.some((error) => REFUSED_ONLY.test(readText(error, 'message') ?? ''))) return true
    if (child.type === 'suite' && hasRefusedOnly(child)) return true
  }
  return false
}

// A test that skips itself while it runs keeps its mode.
function hasSkippedTests({ children }: VitestModule | VitestSuite): boolean {
  for (const child of children) {
    if (child.type === 'suite' ? hasSkippedTests(child) : (child.task?.mode ?? child.options.mode) === 'skip') {
      return true
    }
  }
  return false
}

function retriesOf({ retry }: VitestConfig): number {
  return countOf(typeof retry === 'object' ? readField(retry, 'count') : retry) ?? 0
}
