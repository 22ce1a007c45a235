/**
 * The errors of a Playwright run: those of attempts, with the hook or the step that threw them, and those that belong to no
 * test.
 *
 * @module
 */
import { stripVTControlCharacters } from 'node:util'
import type { ErrorInfo, ErrorKind } from '../model.js'
import { describeError, type ErrorContext, type Place } from './errors.js'
import type { PlaywrightConfig, PlaywrightError, PlaywrightResult, PlaywrightStep } from './playwright-types.js'

/** The class of an error, which Playwright writes before its message. */
const CLASS_NAME = /^([A-Za-z_$][\w$.]{0,200})(?: \[\w+\])?: /

// Playwright's own messages, without colors. Those about time have no class.
const TIMEOUT = /^(?:Timed out waiting \S+ for |.{0,300}(?:\btimeout of \d+ms exceeded|\bexceeded the test timeout))/
const ASSERTION = /(?:^|\n|waiting for )expect[(.]/
const STOPPED_EARLY = /^Testing stopped early after \d+ maximum allowed failures/
const NO_TESTS = /^(?:Error: )?No tests found\b/

/** A hook as its step is called. */
const HOOK = /^(beforeAll|beforeEach|afterEach|afterAll) hook\b/

const TEST_FILE = /[.-](?:spec|test|setup|e2e)\.[cm]?[jt]sx?$/
const ABSOLUTE_PATH = /(?:file:\/\/)?((?:[A-Za-z]:[\\/]|\/)[^\s:'"()]{1,1000}\.[cm]?[jt]sx?)\b/g

/** Longest text that is searched for paths of files. */
const MAX_SEARCHED_CHARACTERS = 20_000

/** The errors of an attempt. */
export function attemptErrors(result: PlaywrightResult, place: Place, attempt: number | undefined): ErrorInfo[] {
  return result.errors.map((error) => {
    const { hook, steps } = originOf(error, result.steps)
    const described = describePlaywright(error, { place, hook, attempt })
    if (steps.length === 0) return described
    // The model has no field for steps, so they are added to the stack.
    return { ...described, stack: `${described.stack ?? described.message}\n    (step: ${steps.join(' > ')})` }
  })
}

/** Describes an error that Playwright has serialized. */
export function describePlaywright(error: PlaywrightError, context: ErrorContext): ErrorInfo {
  if (error.message === undefined && error.value !== undefined) {
    const { place: _, ...known } = context
    return {
      ...known,
      kind: context.kind ?? (context.hook === undefined ? 'error' : 'hook'),
      ...thrownValue(error.value),
    }
  }
  const kind = context.kind ?? (context.hook === undefined ? kindOf(error) : undefined)
  return describeError(asThrown(error), { ...context, kind })
}

/** The error of a test that is expected to fail and has passed, in Playwright's words. */
export function unexpectedPass(attempt: number | undefined): ErrorInfo {
  return { kind: 'assertion', name: 'UnexpectedPass', message: 'Expected to fail, but passed.', attempt }
}

/** Whether an error says that the run stopped because of `maxFailures`. */
export function isStoppedEarly({ message = '' }: PlaywrightError): boolean {
  return STOPPED_EARLY.test(stripVTControlCharacters(message))
}

/** Whether an error says that there was nothing to run. */
export function isNoTests({ message = '' }: PlaywrightError): boolean {
  return NO_TESTS.test(stripVTControlCharacters(message))
}

/** The errors that belong to a file, which could not be loaded, by its absolute path; and the others. */
export interface RunErrors {
  readonly files: ReadonlyMap<string, readonly PlaywrightError[]>
  readonly others: readonly PlaywrightError[]
}

/**
 * Finds the files that could not be loaded. Playwright names neither the file nor what it was doing.
 *
 * @param known absolute paths of the files that have tests
 */
export function sortErrors(
  errors: readonly PlaywrightError[],
  config: PlaywrightConfig,
  known: ReadonlySet<string>,
): RunErrors {
  const files = new Map<string, PlaywrightError[]>()
  const others: PlaywrightError[] = []
  for (const error of errors) {
    const file = hookOfRun(error, config) === undefined ? unloadedFile(error, config, known) : undefined
    if (file === undefined) others.push(error)
    else files.set(file, [...(files.get(file) ?? []), error])
  }
  return { files, others }
}

/** `globalSetup` or `globalTeardown`, if the error comes from there. */
export function hookOfRun(
  { location, stack = '' }: PlaywrightError,
  { globalSetup, globalTeardown }: PlaywrightConfig,
): 'globalSetup' | 'globalTeardown' | undefined {
  const isFrom = (file: string | null | undefined) =>
    Boolean(file) && (location?.file === file || stack.includes(`${file}:`))
  return isFrom(globalSetup) ? 'globalSetup' : isFrom(globalTeardown) ? 'globalTeardown' : undefined
}

function unloadedFile(
  error: PlaywrightError,
  config: PlaywrightConfig,
  known: ReadonlySet<string>,
): string | undefined {
  const text = `${error.message ?? ''}\n${error.stack ?? ''}`.slice(0, MAX_SEARCHED_CHARACTERS)
  const inText = [...text.matchAll(ABSOLUTE_PATH)].flatMap(([, path]) => path ?? [])
  const given = error.location?.file
  const paths = (given === undefined ? inText : [given, ...inText]).filter(
    (path) => !/[\\/]node_modules[\\/]/.test(path),
  )
  const test = paths.find((path) => isTestFile(path, config))
  if (test !== undefined) return known.has(test) ? undefined : test
  // A file that a test file imports. If there are tests, they could be loaded.
  return known.size === 0 ? given : undefined
}

function isTestFile(path: string, { projects = [] }: PlaywrightConfig): boolean {
  const patterns = projects.flatMap(({ testMatch = [] }) => testMatch)
  return TEST_FILE.test(path) || patterns.some((pattern) => pattern instanceof RegExp && new RegExp(pattern).test(path))
}

function kindOf({ message = '' }: PlaywrightError): ErrorKind | undefined {
  const plain = stripVTControlCharacters(message)
  if (!CLASS_NAME.test(plain) && TIMEOUT.test(plain)) return 'timeout'
  return ASSERTION.test(plain.replace(CLASS_NAME, '')) ? 'assertion' : undefined
}

function asThrown({ message = '', stack, cause, value, location }: PlaywrightError): object {
  const [head = '', name] = CLASS_NAME.exec(message) ?? []
  return {
    name,
    message: message === '' && value !== undefined ? value : message.slice(head.length),
    stack,
    cause: cause && asThrown(cause),
    stacks: location && [location],
  }
}

// What Node prints tells the type of the value.
function thrownValue(printed: string): Pick<ErrorInfo, 'name' | 'message'> {
  const [, text] = /^'([^'\\]*)'$/s.exec(printed) ?? []
  if (text !== undefined) return { name: 'string', message: text }
  if (/^["'`]/.test(printed)) return { name: 'string', message: printed }
  if (printed === 'undefined' || printed === 'null') return { name: printed, message: printed }
  const name = /^-?[\d.]/.test(printed) ? 'number' : /^\[(?! ?\w+:)/.test(printed) ? 'array' : 'object'
  return { name, message: printed }
}

interface Origin {
  readonly hook: string | undefined
  /** Titles of the steps of `test.step` around it, outermost first. */
  readonly steps: readonly string[]
}

const NOWHERE: Origin = { hook: undefined, steps: [] }

// The deepest step that has thrown the same error.
function originOf(error: PlaywrightError, steps: readonly PlaywrightStep[], around: Origin = NOWHERE): Origin {
  for (const step of steps) {
    if (step.error === undefined || !isSame(step.error, error)) continue
    return originOf(error, step.steps, {
      hook: hookOf(step) ?? around.hook,
      steps: step.category === 'test.step' ? [...around.steps, step.title] : around.steps,
    })
  }
  return around
}

function isSame(left: PlaywrightError, right: PlaywrightError): boolean {
  return left.message === right.message && left.value === right.value
}

function hookOf({ category, title }: PlaywrightStep): string | undefined {
  if (category === 'hook') return HOOK.exec(title)?.[1]
  return category === 'fixture' ? `${title.charAt(0).toLowerCase()}${title.slice(1)}` : undefined
}
