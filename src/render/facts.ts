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

/** Settings that most tests of a file share: said once, at the file, and then only where a test has another. */
export interface SharedSettings {
  readonly timeoutMs?: number | undefined
  readonly retries?: number | undefined
  readonly repeats?: number | undefined
}

/** Facts about the run: its own properties first; the rest of the model unless a property of that name is there. */
export function runFacts(run: TestRun): readonly Property[] {
  const known = new Set(run.properties.map(({ name }) => name))
  const others = facts({
    'jux:outcome': run.outcome,
    'jux:run_id': run.runId,
    'jux:runner': run.runner.name,
    'jux:runner_version': run.runner.version,
    'jux:schema_version': run.schemaVersion,
    'jux:started_at': run.startedAt,
    'jux:finished_at': run.finishedAt,
    'jux:duration_ms': run.durationMs,
    'jux:shard': run.shard === undefined ? undefined : `${run.shard.index}/${run.shard.count}`,
    'jux:merged': run.merged || undefined,
    'jux:watch': run.watch || undefined,
    'jux:partial': run.partial || undefined,
    'jux:seed': run.seed,
  })
  return [...run.properties, ...others.filter(({ name }) => !known.has(name))]
}

/** Facts about one file. */
export function moduleFacts(module: ModuleResult, shared: SharedSettings): readonly Property[] {
  return [
    ...facts({
      'jux:module_id': module.id.includes(module.file) ? undefined : module.id,
      'jux:module_project': module.project,
      'jux:module_kind': module.kind === 'runtime' ? undefined : module.kind,
      'jux:module_pool': module.pool,
      'jux:module_status': module.status === 'passed' ? undefined : module.status,
      'jux:raw_status': module.rawStatus === module.status ? undefined : module.rawStatus,
      ...sharedFacts({ ...shared, retries: shared.retries || undefined, repeats: shared.repeats || undefined }),
      'jux:output_times': outputTimes(module.output),
    }),
    ...Object.entries(module.timings ?? {}).map(([phase, ms]) => ({
      name: `jux:timing:${phase}_ms`,
      value: milliseconds(ms),
    })),
    ...module.suites.flatMap(suiteFact),
    ...module.properties,
  ]
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
  const own = facts({
    'jux:raw_status': test.rawStatus === test.status ? undefined : test.rawStatus,
    'jux:expected_failure': test.expectedFailure || undefined,
    'jux:flaky': test.flaky || undefined,
    'jux:not_run_cause': test.notRunCause,
    'jux:ordinal': test.ordinal > 1 ? test.ordinal : undefined,
    'jux:concurrent': test.concurrent || undefined,
    ...sharedFacts({
      timeoutMs: different(test.timeoutMs, shared.timeoutMs),
      retries: different(test.retry?.configured, shared.retries ?? 0),
      repeats: different(test.repeats?.configured, shared.repeats ?? 0),
    }),
    'jux:retry_count': test.retry?.count || undefined,
    'jux:repeat_count': test.repeats?.count || undefined,
    'jux:location': test.location?.file === undefined ? undefined : locationText(test.location),
    'jux:output_times': outputTimes(test.output),
    'jux:error': unshownErrors(test),
  })
  return [...own, ...attemptFacts(test), ...sayings(test, folder)]
}

/** Properties of a record, absent values left out. */
export function facts(record: Readonly<Record<string, string | number | boolean | undefined>>): Property[] {
  const present: Property[] = []
  for (const name in record) {
    const value = record[name]
    if (value !== undefined) present.push({ name, value: String(value) })
  }
  return present
}

function sharedFacts({ timeoutMs, retries, repeats }: SharedSettings) {
  return { 'jux:timeout_ms': timeoutMs, 'jux:retries': retries, 'jux:repeats': repeats }
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

function attemptFacts({ attempts }: TestResult): Property[] {
  if (attempts.length < 2) return []
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
  if (test.status !== 'passed') return undefined
  const announced = test.expectedFailure ? failedAttempts(test).flatMap(({ errors }) => errors) : []
  return errorsText([...announced, ...looseErrors(test)]) || undefined
}

function sayings(test: TestResult, folder: string): Property[] {
  const { tags, meta, annotations, attachments } = test
  if (tags.length + meta.length + annotations.length + attachments.length === 0) return []
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
  return facts({
    'jux:attachment': parts.filter((part) => part !== undefined && part !== '').join(', '),
    'jux:attachment_body': body,
  })
}

/** When output came and in which order its streams took turns: the first time, then milliseconds after it. */
function outputTimes(output: readonly Output[]): string | undefined {
  const first = Date.parse(output[0]?.at ?? '')
  if (Number.isNaN(first)) return undefined
  const marks = output.map(({ stream, at }) => `${stream} +${Date.parse(at ?? '') - first}`)
  return [output[0]?.at, ...marks.filter((mark, index) => mark !== marks[index - 1])].join(' ')
}
