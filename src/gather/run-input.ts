/**
 * Completes the input of `createReport` to a {@link TestRun}.
 *
 * For programs with their own test results: other runners, converters, examples. The reporters do not use it.
 *
 * @module
 */
import { JuxError } from '../errors.js'
import {
  type ErrorInfo,
  type ModuleResult,
  type Output,
  type Property,
  type PropertyValue,
  SCHEMA_VERSION,
  type TestResult,
  type TestRun,
  type TestStatus,
} from '../model.js'
import { isReservedName, ownName, settingOfFact } from '../reserved-names.js'
import type { System } from '../system.js'
import { describeError } from './errors.js'
import { decideOutcome } from './outcome.js'
import { testIdOf } from './test-id.js'
import { isoOf, readField } from './values.js'

/** Properties as an object, or as a list. They appear in the report in the same order. */
export type PropertiesInput = Readonly<Record<string, PropertyValue>> | readonly Property[]

/** One test: its title and status, and all known fields of {@link TestResult}. */
export interface TestInput extends Partial<Omit<TestResult, 'title' | 'status' | 'errors' | 'output' | 'meta'>> {
  readonly title: string
  readonly status: TestStatus
  /** What the test threw: `Error` objects, {@link ErrorInfo} objects, or any other values. */
  readonly errors?: readonly unknown[] | undefined
  /** Console output: a text that was written to stdout, or pieces in order. */
  readonly output?: string | readonly Output[] | undefined
  /** Properties of the test case. */
  readonly meta?: PropertiesInput | undefined
}

/** One test file and its tests. */
export interface ModuleInput
  extends Partial<Omit<ModuleResult, 'file' | 'tests' | 'errors' | 'output' | 'properties'>> {
  /** Relative to the root folder, with `/` separators. */
  readonly file: string
  readonly tests: readonly TestInput[]
  /** Errors outside the tests, for example while the file was loaded. */
  readonly errors?: readonly unknown[] | undefined
  readonly output?: string | readonly Output[] | undefined
  readonly properties?: PropertiesInput | undefined
}

/** A run: its files and their tests. Everything else has a default. */
export interface RunInput
  extends Partial<Omit<TestRun, 'schemaVersion' | 'outcome' | 'modules' | 'errors' | 'output' | 'properties'>> {
  readonly modules: readonly ModuleInput[]
  /** Errors outside all files. */
  readonly errors?: readonly unknown[] | undefined
  readonly output?: string | readonly Output[] | undefined
  readonly properties?: PropertiesInput | undefined
  /** The run ended before all its tests had run. */
  readonly interrupted?: boolean | undefined
}

const STATUSES: ReadonlySet<unknown> = new Set<TestStatus>(['passed', 'failed', 'skipped', 'todo', 'not-run'])
const ERROR_KINDS: ReadonlySet<unknown> = new Set<ErrorInfo['kind']>([
  'assertion',
  'error',
  'timeout',
  'hook',
  'load',
  'unhandled',
])

/** Texts of an error that may be absent. */
const ERROR_TEXTS = ['name', 'stack', 'diff', 'expected', 'actual', 'hook'] as const satisfies (keyof ErrorInfo)[]

/**
 * Completes a run. The outcome is computed from tests and errors.
 *
 * Defaults: `runner` is `{ name: 'custom', version: '0' }`, `finishedAt` is now, `durationMs` is the sum of the tests,
 * `startedAt` is `durationMs` before the end, and each test has one attempt.
 *
 * @throws {JuxError} `INVALID_ARGUMENT` when a file has no path, a test no title or status, a list is not one, or a time or a
 *   duration is none
 */
export function completeRun(input: RunInput, system: System): TestRun {
  if (!Array.isArray(input?.modules)) throw invalid('the run has no list of modules')
  const { interrupted = false, properties, ...given } = input
  const rootDir = input.rootDir ?? system.cwd
  const modules = input.modules.map((module) => completeModule(module, rootDir))
  const errors = errorsOf(input.errors, 'unhandled', { rootDir, file: '' })
  const finishedAt = input.finishedAt ?? isoOf(system.now().getTime())
  requireTime(finishedAt, 'finishedAt of the run')
  if (input.startedAt !== undefined) requireTime(input.startedAt, 'startedAt of the run')
  requireDuration(input.durationMs, 'durationMs of the run')
  const durationMs = input.durationMs ?? sum(modules.flatMap(({ tests }) => tests.map((test) => test.durationMs ?? 0)))
  return {
    ...given,
    schemaVersion: SCHEMA_VERSION,
    runId: input.runId ?? system.uuid(),
    outcome: decideOutcome({
      modules,
      errors,
      interrupted: interrupted || input.partial === true,
      runnerFailed: false,
    }),
    runner: input.runner ?? { name: 'custom', version: '0' },
    rootDir,
    startedAt: input.startedAt ?? isoOf(Math.max(0, Date.parse(finishedAt) - durationMs)),
    finishedAt,
    durationMs,
    properties: withoutFactNames(propertiesOf(properties), 'the run'),
    modules,
    errors,
    output: outputOf(input.output),
  }
}

function completeModule(input: ModuleInput, rootDir: string): ModuleResult {
  if (typeof input.file !== 'string' || input.file === '') throw invalid('a module of the run has no file')
  if (!Array.isArray(input.tests)) throw invalid(`the module ${input.file} has no list of tests`)
  const place = { rootDir, file: input.file }
  const ordinals = new Map<string, number>()
  const tests = input.tests.map((test) => {
    const key = JSON.stringify([test.path ?? [], test.title])
    const ordinal = (ordinals.get(key) ?? 0) + 1
    ordinals.set(key, ordinal)
    return completeTest(test, ordinal, place)
  })
  const errors = errorsOf(input.errors, 'load', place)
  const failed = errors.length > 0 || tests.some(({ status }) => status === 'failed')
  const status = input.status ?? (failed ? 'failed' : tests.some(hasRun) ? 'passed' : 'skipped')
  return {
    ...input,
    id: input.id ?? JSON.stringify([input.project ?? '', input.file]),
    kind: input.kind ?? 'runtime',
    status,
    rawStatus: input.rawStatus ?? status,
    errors,
    output: outputOf(input.output),
    suites: input.suites ?? [],
    tests,
    properties: withoutFactNames(propertiesOf(input.properties), `the module ${input.file}`),
  }
}

function completeTest(input: TestInput, ordinal: number, place: Place): TestResult {
  const { title, status } = input
  if (typeof title !== 'string') throw invalid(`a test of ${place.file} has no title`)
  if (!STATUSES.has(status)) throw invalid(`the test "${title}" of ${place.file} has no known status`)
  requireDuration(input.durationMs, `durationMs of the test "${title}" of ${place.file}`)
  const errors = errorsOf(input.errors, undefined, place)
  const path = input.path ?? []
  const { durationMs, startedAt } = input
  return {
    ...input,
    id: input.id ?? testIdOf([place.file, ...path, title], ordinal),
    path,
    ordinal: input.ordinal ?? ordinal,
    rawStatus: input.rawStatus ?? status,
    flaky: input.flaky ?? false,
    attempts:
      input.attempts ??
      (status === 'passed' || status === 'failed'
        ? [{ index: 0, status, startedAt, durationMs, errors, exact: true }]
        : []),
    errors,
    output: outputOf(input.output),
    annotations: input.annotations ?? [],
    attachments: input.attachments ?? [],
    tags: input.tags ?? [],
    meta: propertiesOf(input.meta),
  }
}

interface Place {
  readonly rootDir: string
  readonly file: string
}

function hasRun({ status }: TestResult): boolean {
  return status === 'passed' || status === 'failed'
}

function errorsOf(thrown: readonly unknown[] = [], kind: ErrorInfo['kind'] | undefined, place: Place): ErrorInfo[] {
  return requireList(thrown, `errors of ${place.file === '' ? 'the run' : place.file}`).map((value) =>
    isErrorInfo(value) ? value : describeError(value, { place, kind }),
  )
}

// Read with care: a test may throw an object whose members throw, or one that only looks like an ErrorInfo.
function isErrorInfo(value: unknown): value is ErrorInfo {
  const isText = (key: string) => typeof readField(value, key) === 'string'
  return (
    ERROR_KINDS.has(readField(value, 'kind')) &&
    !(value instanceof Error) &&
    isText('message') &&
    ERROR_TEXTS.every((key) => readField(value, key) === undefined || isText(key))
  )
}

function outputOf(output: string | readonly Output[] = []): readonly Output[] {
  return typeof output === 'string' ? [{ stream: 'stdout', text: output }] : output
}

function propertiesOf(properties: PropertiesInput = []): Property[] {
  return isList(properties)
    ? [...properties]
    : Object.entries(properties).map(([name, value]) => ({ name, value: String(value) }))
}

// Facts come from `collectFacts`, whose settings can state a project, a branch and a commit.
function withoutFactNames(properties: Property[], owner: string): Property[] {
  const reserved = properties.find(({ name }) => isReservedName(String(name)))
  if (reserved === undefined) return properties
  const setting = settingOfFact(reserved.name)
  throw new JuxError('INVALID_ARGUMENT', {
    message: `the property ${reserved.name} of ${owner} has the name of a fact, which properties cannot replace`,
    suggestions: [
      ...(setting === undefined
        ? []
        : [
            `write ${setting}: ${JSON.stringify(reserved.value)} in the settings of collectFacts, and pass its result as facts`,
          ]),
      `use a name of your own, such as ${ownName(reserved.name)}`,
    ],
    reason: 'reserved-name',
  })
}

function isList(properties: PropertiesInput): properties is readonly Property[] {
  return Array.isArray(properties)
}

// What the types say, for callers that are not checked by TypeScript.
function requireList<T>(list: readonly T[], what: string): readonly T[] {
  if (!Array.isArray(list)) throw invalid(`the ${what} are not a list`)
  return list
}

function requireDuration(durationMs: number | undefined, what: string): void {
  if (durationMs !== undefined && !Number.isFinite(durationMs)) throw invalid(`${what} is not a finite number`)
}

function requireTime(time: string, what: string): void {
  if (typeof time !== 'string' || Number.isNaN(Date.parse(time))) throw invalid(`${what} is not a time in ISO 8601`)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function invalid(message: string): JuxError {
  return new JuxError('INVALID_ARGUMENT', { message, suggestions: ['see RunInput in docs/api'] })
}
