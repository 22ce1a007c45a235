/**
 * The errors of a Vitest run that belong to no test: unhandled errors, files that could not run to their end, a failed
 * global setup, and what stopped the run.
 *
 * @module
 */
import type { ErrorInfo, ModuleResult } from '../model.js'
import { describeError, type Place, relativeFile } from './errors.js'
import { readField, readText } from './values.js'
import { stackParser } from './vitest-modules.js'
import type { VitestConfig, VitestModule, VitestReason, VitestSuite } from './vitest-types.js'

// Vitest's own messages that end with the paths of files: a worker did not start, for example because the package of its
// environment is missing; the page of a browser went away.
const NAMES_FILES = [
  /^\[vitest-pool\]: Failed to start \S+ worker for test files (.+)\.$/s,
  /^Failed to run the test (.+)\.$/s,
]

/** How a run ended. */
export interface RunEnd {
  readonly testModules: readonly VitestModule[]
  readonly unhandledErrors: readonly unknown[]
  /** As given to `onTestRunEnd`. */
  readonly reason: VitestReason
  readonly config: VitestConfig
  /** The process ended before the run did. */
  readonly partial?: boolean | undefined
}

/** A file that did not run to its end. */
export interface LostFile {
  /** What `onTestRunStart` was given for the file. */
  readonly specification: unknown
  /** The file, as far as it ran; absent if Vitest has no result of it. */
  readonly module: VitestModule | undefined
  /** The unhandled errors that name it. */
  readonly errors: readonly unknown[]
}

/**
 * Finds the files that unhandled errors name and that did not end.
 *
 * @param specifications of all files, as given to `onTestRunStart`
 */
export function lostFiles(
  { testModules, unhandledErrors, config }: RunEnd,
  specifications: readonly unknown[],
): readonly LostFile[] {
  if (config.dangerouslyIgnoreUnhandledErrors) return []
  const lost = new Map<unknown, LostFile>()
  for (const error of unhandledErrors) {
    for (const path of pathsIn(readText(error, 'message') ?? '')) {
      const candidates = specifications
        .filter((specification) => readText(specification, 'moduleId') === path)
        .map((specification) => ({ specification, module: moduleOf(specification, testModules) }))
        .filter(({ module }) => module === undefined || isUnfinished(module))
      // The error does not say the project, so that a file of several projects gets its errors in turn.
      const found = candidates.find(({ specification }) => !lost.has(specification)) ?? candidates[0]
      if (found === undefined) continue
      const errors = lost.get(found.specification)?.errors ?? []
      lost.set(found.specification, { ...found, errors: [...errors, error] })
    }
  }
  return [...lost.values()]
}

/**
 * Adds their errors to lost files, and the files that Vitest has no result of.
 *
 * @param modules the results of `testModules`, in the same order
 */
export function withLostFiles(
  modules: readonly ModuleResult[],
  lost: readonly LostFile[],
  testModules: readonly VitestModule[],
  rootDir: string,
): readonly ModuleResult[] {
  if (lost.length === 0) return modules
  const errorsOf = ({ errors, module }: LostFile, file: string, kind: 'unhandled' | 'load') =>
    errors.map((error) => describeUnhandled(error, { rootDir, file, parseStack: stackParser(module?.project) }, kind))
  const present = modules.map((module, index) => {
    const own = lost.find((file) => file.module !== undefined && file.module === testModules[index])
    if (own === undefined) return module
    const errors = errorsOf(own, module.file, module.tests.length > 0 ? 'unhandled' : 'load')
    return { ...module, errors: [...module.errors, ...errors] }
  })
  const missing = lost.flatMap((file) => {
    if (file.module !== undefined) return []
    const module = missingModule(file.specification, rootDir)
    return [{ ...module, errors: errorsOf(file, module.file, 'load') }]
  })
  return [...present, ...missing]
}

/** Describes an unhandled error. */
export function describeUnhandled(error: unknown, place: Place, kind: 'unhandled' | 'load' = 'unhandled'): ErrorInfo {
  const described = describeError(error, { place, kind })
  const file = readText(error, 'VITEST_TEST_PATH')
  const test = readText(error, 'VITEST_TEST_NAME')
  // The model has no fields for Vitest's type (`Unhandled Rejection`) and the running test, so they are added to the stack.
  const notes = [
    readText(error, 'type'),
    file === undefined ? undefined : `while ${relativeFile(place.rootDir, file)} was running`,
    test === undefined ? undefined : `latest test: ${test}`,
  ].filter((note) => note !== undefined)
  if (notes.length === 0) return described
  return { ...described, stack: `${described.stack ?? described.message}\n    (${notes.join('; ')})` }
}

/**
 * The error of a failed global setup, which runs before any file. Vitest prints it and does not pass it to reporters.
 *
 * @param expectedFiles number of test files in the run
 */
export function setupErrors({ reason, testModules, unhandledErrors }: RunEnd, expectedFiles: number): ErrorInfo[] {
  if (reason !== 'failed' || testModules.length > 0 || unhandledErrors.length > 0 || expectedFiles === 0) return []
  return [
    {
      kind: 'load',
      name: 'SetupError',
      message: `the run failed before any of its ${expectedFiles} test files was started (global set-up); the runner printed the error and did not report it`,
    },
  ]
}

/**
 * Whether `bail` stopped the run. Vitest does not say why a run was interrupted; it stops when as many tests, describes and
 * files have failed as `bail` allows.
 */
export function isBailed({ config, reason, partial, testModules }: RunEnd): boolean {
  const limit = config.bail ?? 0
  if (limit === 0 || reason !== 'interrupted' || partial === true) return false
  return testModules.reduce((sum, module) => sum + countFailures(module), 0) >= limit
}

function countFailures(entity: VitestModule | VitestSuite): number {
  return [...entity.children].reduce(
    (sum, child) => sum + (child.type === 'suite' ? countFailures(child) : Number(child.result().state === 'failed')),
    Number(entity.state() === 'failed'),
  )
}

function missingModule(specification: unknown, rootDir: string): ModuleResult {
  const file = relativeFile(rootDir, readText(specification, 'moduleId') ?? '')
  const project = readText(readField(specification, 'project'), 'name')
  const pool = readText(specification, 'pool')
  const kind = pool === 'browser' ? pool : pool === 'typescript' ? 'typecheck' : 'runtime'
  return {
    id: readText(specification, 'taskId') ?? JSON.stringify([project ?? '', file]),
    file,
    project,
    pool,
    kind,
    kindInName: kind === 'typecheck' || undefined,
    status: 'failed',
    rawStatus: 'failed',
    errors: [],
    output: [],
    suites: [],
    tests: [],
    properties: [],
  }
}

function pathsIn(message: string): readonly string[] {
  const list = NAMES_FILES.map((pattern) => pattern.exec(message)?.[1]).find((paths) => paths !== undefined)
  return list === undefined ? [] : list.split(', ')
}

function moduleOf(specification: unknown, modules: readonly VitestModule[]): VitestModule | undefined {
  const id = readText(specification, 'taskId')
  return modules.find((module) => module.id === id)
}

function isUnfinished(module: VitestModule): boolean {
  const state = module.state()
  return state === 'pending' || state === 'queued'
}
