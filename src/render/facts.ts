/**
 * What the model knows and JUnit has no element for, as properties: `jux:` and a name, listed in docs/junit.md.
 *
 * Custom properties, metadata and annotations keep their names. A fact that has its usual value is left out.
 *
 * @module
 */
import type { Attachment, ModuleResult, Output, Property, SuiteResult, TestResult, TestRun } from '../model.js'
import { errorsOutsideAttempts, failedAttempts } from './cases.js'
import { errorsText, locationText } from './error-text.js'
import type { FilePaths } from './file-paths.js'
import { milliseconds } from './values.js'

const NONE: readonly Property[] = []

/** Settings that most tests of a file share: written once, at the file, and then only for tests that differ. */
export interface SharedSettings {
  readonly timeoutMs?: number | undefined
  readonly retries?: number | undefined
  readonly repeats?: number | undefined
}

/**
 * Facts about the run: its properties first, then what else the model knows, unless a property of that name is there.
 */
export function runFacts(run: TestRun): readonly Property[] {
  const known = new Set(run.properties.map(({ name }) => name))
  const facts: Property[] = []
  addFact(facts, 'jux:outcome', run.outcome)
  addFact(facts, 'jux:run_id', run.runId)
  addFact(facts, 'jux:runner', run.runner.name)
  addFact(facts, 'jux:runner_version', run.runner.version)
  addFact(facts, 'jux:schema_version', run.schemaVersion)
  addFact(facts, 'jux:started_at', run.startedAt)
  addFact(facts, 'jux:finished_at', run.finishedAt)
  addFact(facts, 'jux:duration_ms', run.durationMs)
  addFact(facts, 'jux:shard', run.shard === undefined ? undefined : `${run.shard.index}/${run.shard.count}`)
  addFact(facts, 'jux:merged', run.merged || undefined)
  addFact(facts, 'jux:watch', run.watch || undefined)
  addFact(facts, 'jux:partial', run.partial || undefined)
  addFact(facts, 'jux:seed', run.seed)
  return [...run.properties, ...facts.filter(({ name }) => !known.has(name))]
}

/** Facts about one file. */
export function moduleFacts(module: ModuleResult, shared: SharedSettings, paths: FilePaths): readonly Property[] {
  const facts: Property[] = []
  addFact(facts, 'jux:module_id', module.id.includes(module.file) ? undefined : module.id)
  addFact(facts, 'jux:module_project', module.project)
  addFact(facts, 'jux:module_kind', module.kind === 'runtime' ? undefined : module.kind)
  addFact(facts, 'jux:module_pool', module.pool)
  addFact(facts, 'jux:owner', paths.owners(module.file))
  addFact(facts, 'jux:module_status', module.status === 'passed' ? undefined : module.status)
  addFact(facts, 'jux:raw_status', module.rawStatus === module.status ? undefined : module.rawStatus)
  addSettings(facts, shared.timeoutMs, shared.retries || undefined, shared.repeats || undefined)
  addFact(facts, 'jux:output_times', outputTimes(module.output))
  for (const [phase, ms] of Object.entries(module.timings ?? {})) {
    addFact(facts, `jux:timing:${phase}_ms`, milliseconds(ms))
  }
  return [...facts, ...module.suites.flatMap((suite) => suiteFact(suite, paths)), ...module.properties]
}

/** The settings that most tests of a file share. */
export function sharedSettings(tests: readonly TestResult[]): SharedSettings {
  return {
    timeoutMs: mostFrequent(tests, (test) => test.timeoutMs),
    retries: mostFrequent(tests, (test) => test.retry?.configured),
    repeats: mostFrequent(tests, (test) => test.repeats?.configured),
  }
}

/** Facts about one test; most tests have none. */
export function testFacts(test: TestResult, shared: SharedSettings, paths: FilePaths): readonly Property[] {
  const facts: Property[] = []
  addFact(facts, 'jux:raw_status', test.rawStatus === test.status ? undefined : test.rawStatus)
  addFact(facts, 'jux:benchmark', test.benchmark || undefined)
  addFact(facts, 'jux:expected_failure', test.expectedFailure || undefined)
  addFact(facts, 'jux:flaky', test.flaky || undefined)
  addFact(facts, 'jux:not_run_cause', test.notRunCause)
  addFact(facts, 'jux:ordinal', test.ordinal > 1 ? test.ordinal : undefined)
  addFact(facts, 'jux:concurrent', test.concurrent || undefined)
  addSettings(
    facts,
    unlessShared(test.timeoutMs, shared.timeoutMs),
    unlessShared(test.retry?.configured, shared.retries ?? 0),
    unlessShared(test.repeats?.configured, shared.repeats ?? 0),
  )
  addFact(facts, 'jux:retry_count', test.retry?.count || undefined)
  addFact(facts, 'jux:repeat_count', test.repeats?.count || undefined)
  addFact(facts, 'jux:location', locationElsewhere(test, paths))
  addFact(facts, 'jux:output_times', outputTimes(test.output))
  addFact(facts, 'jux:error', errorsOfPassed(test, paths))
  for (const fact of attemptFacts(test)) facts.push(fact)
  for (const fact of labels(test, paths)) facts.push(fact)
  return facts
}

/**
 * Adds a fact, unless its value is undefined.
 *
 * Facts are added one by one, because an object of all possible facts of a test, most of them absent, was the slowest
 * part of rendering.
 */
export function addFact(to: Property[], name: string, value: string | number | boolean | undefined): void {
  if (value !== undefined) to.push({ name, value: String(value) })
}

function addSettings(
  to: Property[],
  timeoutMs: number | undefined,
  retries: number | undefined,
  repeats: number | undefined,
): void {
  addFact(to, 'jux:timeout_ms', timeoutMs)
  addFact(to, 'jux:retries', retries)
  addFact(to, 'jux:repeats', repeats)
}

// The most frequent value, if every test has one: a test without a property of its own then has the value of its file.
function mostFrequent(
  tests: readonly TestResult[],
  read: (test: TestResult) => number | undefined,
): number | undefined {
  const frequencies = new Map<number, number>()
  for (const test of tests) {
    const value = read(test)
    if (value === undefined) return undefined
    frequencies.set(value, (frequencies.get(value) ?? 0) + 1)
  }
  const [most] = [...frequencies].sort(([, left], [, right]) => right - left)
  return most?.[0]
}

function unlessShared(own: number | undefined, shared: number | undefined): number | undefined {
  return own === shared ? undefined : own
}

// A test that is defined in another file than its own.
function locationElsewhere({ location }: TestResult, paths: FilePaths): string | undefined {
  return location?.file === undefined ? undefined : locationText(paths.location(location))
}

// The errors of a describe are cases of their own; a describe with errors and no location adds nothing to them.
function suiteFact({ title, path, status, rawStatus, errors, location }: SuiteResult, paths: FilePaths): Property[] {
  if (errors.length > 0 && location === undefined) return []
  const parts = [[...path, title].join(' > '), status === rawStatus ? status : `${status} (${rawStatus})`]
  if (location !== undefined) parts.push(`at ${locationText(paths.location(location))}`)
  return [{ name: 'jux:describe', value: parts.join(', ') }]
}

function attemptFacts({ attempts }: TestResult): readonly Property[] {
  if (attempts.length < 2) return NONE
  return attempts.map(({ index, status, startedAt, durationMs, exact }) => {
    const parts: string[] = [status]
    if (durationMs !== undefined) parts.push(`${milliseconds(durationMs)} ms`)
    if (startedAt !== undefined) parts.push(startedAt)
    if (!exact) parts.push('inferred')
    return { name: `jux:attempt_${index + 1}`, value: parts.join(', ') }
  })
}

// Errors of a test that passed: its expected failure, or an error that its runner ignored.
function errorsOfPassed(test: TestResult, paths: FilePaths): string | undefined {
  if (test.status !== 'passed' || (test.errors.length === 0 && !test.expectedFailure)) return undefined
  const expected = test.expectedFailure ? failedAttempts(test).flatMap(({ errors }) => errors) : []
  return errorsText([...expected, ...errorsOutsideAttempts(test)], paths) || undefined
}

// Tags, metadata, annotations and attachments.
function labels(test: TestResult, paths: FilePaths): readonly Property[] {
  const { tags, meta, annotations, attachments, attempts } = test
  const hasOwn = attempts.some((attempt) => attempt.attachments !== undefined)
  if (tags.length + meta.length + annotations.length + attachments.length === 0 && !hasOwn) return NONE
  const facts: Property[] = [...tags.map((value) => ({ name: 'tag', value })), ...meta]
  for (const { type, message, location, attachment } of annotations) {
    addFact(facts, type === '' ? 'annotation' : type, message)
    if (location !== undefined) addFact(facts, 'jux:annotation_at', locationText(paths.location(location)))
    if (attachment !== undefined) addAttachment(facts, attachment, paths)
  }
  for (const { index, attachments: own = [] } of attempts) {
    for (const attachment of own) addAttachment(facts, attachment, paths, `attempt ${index + 1}`)
  }
  for (const attachment of attachments.filter(isUnannotated(test))) addAttachment(facts, attachment, paths)
  return facts
}

// Runners list the attachments of annotations among those of the test, too.
function isUnannotated({ annotations }: TestResult): (attachment: Attachment) => boolean {
  const annotated = annotations.flatMap(({ attachment }) => attachment ?? [])
  return ({ path, body }) => !annotated.some((other) => other.path === path && other.body === body)
}

function addAttachment(to: Property[], attachment: Attachment, paths: FilePaths, attempt?: string): void {
  const { name, contentType, body } = attachment
  const parts = [paths.attachment(attachment), name, contentType, attempt]
  addFact(to, 'jux:attachment', parts.filter((part) => part !== undefined && part !== '').join(', '))
  addFact(to, 'jux:attachment_body', body)
}

// The time of the first output, then each change of stream with milliseconds after that time.
function outputTimes(output: readonly Output[]): string | undefined {
  if (output.length === 0) return undefined
  const first = Date.parse(output[0]?.at ?? '')
  if (Number.isNaN(first)) return undefined
  const marks = output.map(({ stream, at }) => `${stream} +${Date.parse(at ?? '') - first}`)
  return [output[0]?.at, ...marks.filter((mark, index) => mark !== marks[index - 1])].join(' ')
}
