/**
 * One Vitest module (a test file in one project) as a `ModuleResult`.
 *
 * @module
 */
import type { ErrorInfo, ModuleResult, NotRunCause, Output, SuiteResult, TestResult } from '../model.js'
import { describeError } from './errors.js'
import { type Place, relativeFile } from './places.js'
import { isoOf } from './times.js'
import { propertiesOf, readField } from './values.js'
import { gatherTest, hookOf } from './vitest-tests.js'
import type { VitestLog, VitestModule, VitestSuite, VitestTest } from './vitest-types.js'

/** What the run says about its modules. */
export interface ModuleContext {
  readonly rootDir: string
  readonly logsOf: (taskId: string) => readonly VitestLog[]
  /** Why a test without a result has none. */
  readonly unfinished: NotRunCause | undefined
  readonly filter: RegExp | undefined
}

/** Maps a module with everything in it. */
export function gatherModule(module: VitestModule, context: ModuleContext): ModuleResult {
  const file = relativeFile(context.rootDir, module.moduleId)
  const place = { rootDir: context.rootDir, file }
  const found = walk(module, { ...context, place, module })
  const diagnostic = module.diagnostic()
  const startTime = module.task?.result?.startTime
  const project = module.project?.name
  const pool = module.task?.pool
  const rawStatus = module.state()
  return {
    id: module.id,
    file,
    ...(project ? { project } : {}),
    ...(pool === undefined ? {} : { pool }),
    kind: kindOf(module),
    status: statusOf(rawStatus),
    rawStatus,
    ...(startTime === undefined ? {} : { startedAt: isoOf(startTime) }),
    durationMs: diagnostic.duration,
    timings: {
      environment: diagnostic.environmentSetupDuration,
      prepare: diagnostic.prepareDuration,
      setup: diagnostic.setupDuration,
      collect: diagnostic.collectDuration,
    },
    errors: errorsOf(module, place, found.tests.length === 0 && found.suites.length === 0),
    output: found.output,
    suites: found.suites,
    tests: found.tests,
    properties: propertiesOf(module.meta?.() ?? {}, (name) => name !== 'typecheck' && !name.startsWith('__vitest')),
  }
}

/** Console events as output, in order. */
export function outputOf(logs: readonly VitestLog[]): Output[] {
  return logs.map((log) => ({ stream: log.type, text: log.content, at: isoOf(log.time) }))
}

interface Walk extends ModuleContext {
  readonly place: Place & { readonly file: string }
  readonly module: VitestModule
}

interface Found {
  readonly tests: TestResult[]
  readonly suites: SuiteResult[]
  readonly output: Output[]
}

function walk(module: VitestModule, context: Walk): Found {
  const found: Found = { tests: [], suites: [], output: outputOf(context.logsOf(module.id)) }
  const ordinals = new Map<string, Map<string, number>>()
  const { place, unfinished, filter } = context
  visit(module.children, [], isHookFailure(module))
  return found

  function visit(children: Iterable<VitestTest | VitestSuite>, path: readonly string[], hookFailed: boolean): void {
    // Once for all its tests; suites may share a name.
    const key = JSON.stringify(path)
    const counts = ordinals.get(key) ?? new Map<string, number>()
    ordinals.set(key, counts)
    for (const child of children) {
      if (child.type === 'suite') {
        found.output.push(...outputOf(context.logsOf(child.id)))
        const errors = errorsOf(child, context.place, false)
        const before = found.tests.length
        visit(child.children, [...path, child.name], hookFailed || isHookFailure(child))
        if (errors.length > 0 || found.tests.length === before) found.suites.push(gatherSuite(child, path, errors))
        continue
      }
      const ordinal = (counts.get(child.name) ?? 0) + 1
      counts.set(child.name, ordinal)
      const output = outputOf(context.logsOf(child.id))
      found.tests.push(gatherTest(child, { place, path, ordinal, output, hookFailed, unfinished, filter }))
    }
  }
}

function gatherSuite(suite: VitestSuite, path: readonly string[], errors: readonly ErrorInfo[]): SuiteResult {
  const rawStatus = suite.state()
  return {
    title: suite.name,
    path,
    status: statusOf(rawStatus),
    rawStatus,
    errors,
    ...(suite.location
      ? { location: { line: suite.location.line, ...(suite.location.column ? { column: suite.location.column } : {}) } }
      : {}),
  }
}

function errorsOf(entity: VitestModule | VitestSuite, place: Place, isLoad: boolean): ErrorInfo[] {
  const hook = hookOf(entity)
  return entity
    .errors()
    .map((error) =>
      describeError(error, { place, ...hook, ...(hook.hook === undefined ? { kind: isLoad ? 'load' : 'hook' } : {}) }),
    )
}

function isHookFailure(entity: VitestModule | VitestSuite): boolean {
  return entity.errors().length > 0 && hookOf(entity).hook !== 'afterAll'
}

function statusOf(state: string): ModuleResult['status'] {
  return state === 'passed' || state === 'failed' || state === 'skipped' ? state : 'not-run'
}

function kindOf(module: VitestModule): ModuleResult['kind'] {
  if (module.task?.pool === 'browser') return 'browser'
  // 5 forgets the mark on the module's meta, never the pool.
  return module.task?.pool === 'typescript' || readField(module.meta?.(), 'typecheck') === true
    ? 'typecheck'
    : 'runtime'
}
