/**
 * What the model knows and JUnit has no element for, as properties: `jux:` and a name, listed in docs/junit.md.
 *
 * A user's own properties, metadata and annotations keep their names. A fact that goes without saying is left out.
 *
 * @module
 */
import type { Attachment, ModuleResult, Output, Property, SuiteResult, TestResult, TestRun } from '../model.js'
import { failedAttempts, looseErrors } from './cases.js'
import { attachmentPath } from './details.js'
import { errorsText, locationText } from './error-text.js'
import { milliseconds } from './values.js'

const NONE: readonly Property[] = []

/** Settings that most tests of a file share: said once, at the file, and then only where a test has another. */
export interface SharedSettings {
  readonly timeoutMs?: number | undefined
  readonly retries?: number | undefined
  readonly repeats?: number | undefined
}

/** Facts about the run: its own properties first; the rest of the model unless a property of that name is there. */
export function runFacts(run: TestRun): readonly Property[] {
  const known = new Set(run.properties.map(({ name }) => name))
  const others: Property[] = []
  addFact(others, 'jux:outcome', run.outcome)
  addFact(others, 'jux:run_id', run.runId)
  addFact(others, 'jux:runner', run.runner.name)
  addFact(others, 'jux:runner_version', run.runner.version)
  addFact(others, 'jux:schema_version', run.schemaVersion)
  addFact(others, 'jux:started_at', run.startedAt)
  addFact(others, 'jux:finished_at', run.finishedAt)
  addFact(others, 'jux:duration_ms', run.durationMs)
  addFact(others, 'jux:shard', run.shard === undefined ? undefined : `${run.shard.index}/${run.shard.count}`)
  addFact(others, 'jux:merged', run.merged || undefined)
  addFact(others, 'jux:watch', run.watch || undefined)
  addFact(others, 'jux:partial', run.partial || undefined)
  addFact(others, 'jux:seed', run.seed)
  return [...run.properties, ...others.filter(({ name }) => !known.has(name))]
}

/** Facts about one file. */
export function moduleFacts(module: ModuleResult, shared: SharedSettings): readonly Property[] {
  const own: Property[] = []
  addFact(own, 'jux:module_id', module.id.includes(module.file) ? undefined : module.id)
  addFact(own, 'jux:module_project', module.project)
  addFact(own, 'jux:module_kind', module.kind === 'runtime' ? undefined : module.kind)
  addFact(own, 'jux:module_pool', module.pool)
  addFact(own, 'jux:module_status', module.status === 'passed' ? undefined : module.status)
  addFact(own, 'jux:raw_status', module.rawStatus === module.status ? undefined : module.rawStatus)
  addSettings(own, shared.timeoutMs, shared.retries || undefined, shared.repeats || undefined)
  addFact(own, 'jux:output_times', outputTimes(module.output))
  for (const [phase, ms] of Object.entries(module.timings ?? {})) {
    addFact(own, `jux:timing:${phase}_ms`, milliseconds(ms))
  }
  return [...own, ...module.suites.flatMap(suiteFact), ...module.properties]
}

/** The settings that tests of a file have alike. */
export function sharedSettings(tests: readonly TestResult[]): SharedSettings {
  return {
    timeoutMs: common(tests, (test) => test.timeoutMs),
    retries: common(tests, (test) => test.retry?.configured),
    repeats: common(tests, (test) => test.repeats?.configured),
  }
}

/**
 * Facts about one test; most tests have none.
 *
 * @param folder absolute; paths of attachments are written relative to it
 */
export function testFacts(test: TestResult, shared: SharedSettings, folder: string): readonly Property[] {
  const own: Property[] = []
  addFact(own, 'jux:raw_status', test.rawStatus === test.status ? undefined : test.rawStatus)
  addFact(own, 'jux:expected_failure', test.expectedFailure || undefined)
  addFact(own, 'jux:flaky', test.flaky || undefined)
  addFact(own, 'jux:not_run_cause', test.notRunCause)
  addFact(own, 'jux:ordinal', test.ordinal > 1 ? test.ordinal : undefined)
  addFact(own, 'jux:concurrent', test.concurrent || undefined)
  addSettings(
    own,
    different(test.timeoutMs, shared.timeoutMs),
    different(test.retry?.configured, shared.retries ?? 0),
    different(test.repeats?.configured, shared.repeats ?? 0),
  )
  addFact(own, 'jux:retry_count', test.retry?.count || undefined)
  addFact(own, 'jux:repeat_count', test.repeats?.count || undefined)
  addFact(own, 'jux:location', test.location?.file === undefined ? undefined : locationText(test.location))
  addFact(own, 'jux:output_times', outputTimes(test.output))
  addFact(own, 'jux:error', unshownErrors(test))
  const more = [...attemptFacts(test), ...sayings(test, folder)]
  return more.length === 0 ? own : [...own, ...more]
}

/**
 * Adds a fact, unless there is nothing to say.
 *
 * One by one: an object of all that could be said of a test, nearly all of it absent, was the dearest part of rendering.
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

// The most frequent value, if every test has one: a test without its own property then has its file's.
function common(tests: readonly TestResult[], read: (test: TestResult) => number | undefined): number | undefined {
  const frequencies = new Map<number, number>()
  for (const test of tests) {
    const value = read(test)
    if (value === undefined) return undefined
    frequencies.set(value, (frequencies.get(value) ?? 0) + 1)
  }
  const [most] = [...frequencies].sort(([, left], [, right]) => right - left)
  return most?.[0]
}

function different(own: number | undefined, shared: number | undefined): number | undefined {
  return own === shared ? undefined : own
}

// Describes whose errors are cases of their own need no mention; the others would be lost.
function suiteFact({ title, path, status, rawStatus, errors, location }: SuiteResult): Property[] {
  if (errors.length > 0 && location === undefined) return []
  const words = [
    [...path, title].join(' > '),
    status === rawStatus ? status : `${status} (${rawStatus})`,
    ...(location === undefined ? [] : [`at ${locationText(location)}`]),
  ]
  return [{ name: 'jux:describe', value: words.join(', ') }]
}

function attemptFacts({ attempts }: TestResult): readonly Property[] {
  if (attempts.length < 2) return NONE
  return attempts.map(({ index, status, startedAt, durationMs, exact }) => ({
    name: `jux:attempt_${index + 1}`,
    value: [
      status,
      ...(durationMs === undefined ? [] : [`${milliseconds(durationMs)} ms`]),
      ...(startedAt === undefined ? [] : [startedAt]),
      ...(exact ? [] : ['inferred']),
    ].join(', '),
  }))
}

// A test that passed may have errors all the same: the failure it announced, or one that its runner forgave.
function unshownErrors(test: TestResult): string | undefined {
  if (test.status !== 'passed' || (test.errors.length === 0 && !test.expectedFailure)) return undefined
  const announced = test.expectedFailure ? failedAttempts(test).flatMap(({ errors }) => errors) : []
  return errorsText([...announced, ...looseErrors(test)]) || undefined
}

function sayings(test: TestResult, folder: string): readonly Property[] {
  const { tags, meta, annotations, attachments } = test
  if (tags.length + meta.length + annotations.length + attachments.length === 0) return NONE
  return [
    ...tags.map((value) => ({ name: 'tag', value })),
    ...meta,
    ...annotations.flatMap(({ type, message, location, attachment }) => [
      { name: type === '' ? 'annotation' : type, value: message },
      ...(location === undefined ? [] : [{ name: 'jux:annotation_at', value: locationText(location) }]),
      ...(attachment === undefined ? [] : attachmentFacts(attachment, folder)),
    ]),
    ...attachments.filter(isUnannotated(test)).flatMap((attachment) => attachmentFacts(attachment, folder)),
  ]
}

// Runners list the attachments of annotations among those of the test.
function isUnannotated({ annotations }: TestResult): (attachment: Attachment) => boolean {
  const annotated = annotations.flatMap(({ attachment }) => attachment ?? [])
  return ({ path, body }) => !annotated.some((other) => other.path === path && other.body === body)
}

function attachmentFacts(attachment: Attachment, folder: string): Property[] {
  const { name, contentType, body } = attachment
  const parts = [attachmentPath(attachment, folder), name, contentType]
  const own: Property[] = []
  addFact(own, 'jux:attachment', parts.filter((part) => part !== undefined && part !== '').join(', '))
  addFact(own, 'jux:attachment_body', body)
  return own
}

/** When output came and in which order its streams took turns: the first time, then milliseconds after it. */
function outputTimes(output: readonly Output[]): string | undefined {
  if (output.length === 0) return undefined
  const first = Date.parse(output[0]?.at ?? '')
  if (Number.isNaN(first)) return undefined
  const marks = output.map(({ stream, at }) => `${stream} +${Date.parse(at ?? '') - first}`)
  return [output[0]?.at, ...marks.filter((mark, index) => mark !== marks[index - 1])].join(' ')
}
