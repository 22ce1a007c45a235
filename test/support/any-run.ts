/**
 * Generates arbitrary test runs with all fields of the model, with hostile text and meaningless numbers.
 *
 * fixtures/junit/digests-0.1.0.json contains digests of these runs. After a change here, generate that file again
 * (test/render/unchanged.test.ts says how).
 *
 * @module
 */
import fc from 'fast-check'
import type {
  Annotation,
  Attachment,
  Attempt,
  ErrorInfo,
  ErrorKind,
  Location,
  ModuleResult,
  Output,
  Property,
  SuiteResult,
  TestResult,
  TestRun,
} from '../../src/model.js'
import { shortHostileText } from './hostile-text.js'
import { aModule, aRun, aSuite, aTest } from './runs.js'

/** Depth of nested errors. */
const MAX_CAUSES = 2
const TIME = '2026-01-02T03:04:05.678Z'

/** Generates runs with texts from `text`, except some titles that repeat and some times. */
export function anyRun(text: fc.Arbitrary<string> = shortHostileText()): fc.Arbitrary<TestRun> {
  const title = fc.oneof(fc.constantFrom('', 'a', 'a (2)', 'b'), text)
  const time = fc.oneof(title, fc.constantFrom('2026-02-31T00:00:00Z', TIME))
  const duration = fc.oneof(fc.double(), fc.constant(3))
  const some = { requiredKeys: [] }

  const location: fc.Arbitrary<Location> = fc.record(
    { file: title, line: fc.oneof(fc.double(), fc.nat(99)), column: fc.integer() },
    { requiredKeys: ['line'] },
  )
  const errorKind: fc.Arbitrary<ErrorKind> = fc.constantFrom(
    'assertion',
    'error',
    'timeout',
    'hook',
    'load',
    'unhandled',
  )
  const errorParts = {
    kind: errorKind,
    message: title,
    name: title,
    hook: title,
    stack: title,
    diff: title,
    expected: title,
    actual: title,
    location,
    attempt: fc.nat(2),
  }
  const required: { requiredKeys: ['kind', 'message'] } = { requiredKeys: ['kind', 'message'] }
  let error: fc.Arbitrary<ErrorInfo> = fc.record(errorParts, required)
  for (let depth = 0; depth < MAX_CAUSES; depth++) {
    const nested = fc.record({ ...errorParts, cause: error, errors: few(error) }, required)
    error = fc.oneof(error, nested)
  }
  const output: fc.Arbitrary<Output> = fc.record(
    { stream: fc.constantFrom('stdout', 'stderr'), text: title, at: fc.constantFrom(TIME, '2026-01-02T03:04:05.700Z') },
    { requiredKeys: ['stream', 'text'] },
  )
  const property: fc.Arbitrary<Property> = fc.record({ name: title, value: title })
  const attachment: fc.Arbitrary<Attachment> = fc.record(
    { name: title, contentType: title, path: fc.oneof(title, fc.constant('/repo/project/shots/a.png')), body: title },
    some,
  )
  const annotation: fc.Arbitrary<Annotation> = fc.record(
    { type: title, message: title, location, attachment },
    { requiredKeys: ['type', 'message'] },
  )
  const attempt: fc.Arbitrary<Attempt> = fc.record(
    {
      index: fc.nat(3),
      status: fc.constantFrom('passed', 'failed'),
      startedAt: time,
      durationMs: duration,
      errors: few(error),
      output: few(output),
      attachments: few(attachment),
      exact: fc.boolean(),
    },
    { requiredKeys: ['index', 'status', 'errors', 'exact'] },
  )
  const count = fc.record({ configured: fc.nat(2), count: fc.nat(2) }, { requiredKeys: ['count'] })
  const test: fc.Arbitrary<TestResult> = fc
    .record<Partial<TestResult>, never>(
      {
        id: title,
        title,
        path: few(title),
        ordinal: fc.integer({ min: 1, max: 3 }),
        status: fc.constantFrom('passed', 'failed', 'skipped', 'todo', 'not-run'),
        rawStatus: title,
        flaky: fc.boolean(),
        expectedFailure: fc.boolean(),
        notRunCause: fc.constantFrom('hook', 'load', 'cancelled', 'bail', 'crash', 'filter'),
        reason: title,
        durationMs: duration,
        startedAt: time,
        location,
        timeoutMs: fc.constantFrom(5_000, 9_000),
        concurrent: fc.boolean(),
        retry: count,
        repeats: count,
        attempts: few(attempt),
        errors: few(error),
        output: few(output),
        annotations: few(annotation),
        attachments: few(attachment),
        tags: few(title),
        meta: few(property),
      },
      some,
    )
    .map((parts) => aTest(parts))
  const suite: fc.Arbitrary<SuiteResult> = fc
    .record<Partial<SuiteResult>, never>(
      { title, path: few(title), rawStatus: title, errors: few(error), location },
      some,
    )
    .map((parts) => aSuite(parts))
  const module: fc.Arbitrary<ModuleResult> = fc
    .record<Partial<ModuleResult>, never>(
      {
        id: title,
        file: title,
        project: title,
        pool: title,
        kind: fc.constantFrom('runtime', 'typecheck', 'browser'),
        status: fc.constantFrom('passed', 'failed', 'skipped', 'not-run'),
        rawStatus: title,
        startedAt: time,
        durationMs: duration,
        timings: fc.dictionary(fc.constantFrom('collect', 'setup'), fc.double({ noNaN: true })),
        errors: few(error),
        output: few(output),
        suites: few(suite),
        tests: fc.array(test, { maxLength: 5 }),
        properties: few(property),
      },
      some,
    )
    .map((parts) => aModule(parts))
  return fc
    .record<Partial<TestRun>, 'outcome' | 'modules'>(
      {
        outcome: fc.constantFrom('passed', 'failed', 'error', 'interrupted', 'no-tests'),
        runner: fc.record({ name: title, version: title }),
        startedAt: time,
        durationMs: duration,
        shard: fc.record({ index: fc.nat(3), count: fc.nat(3) }),
        merged: fc.boolean(),
        watch: fc.boolean(),
        partial: fc.boolean(),
        seed: fc.integer(),
        modules: few(module),
        errors: few(error),
        output: few(output),
        properties: few(
          fc.record({ name: fc.oneof(title, fc.constantFrom('project', 'jux:hostname', 'jux:outcome')), value: title }),
        ),
      },
      { requiredKeys: ['outcome', 'modules'] },
    )
    .map((parts) => aRun(parts))
}

function few<T>(item: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(item, { maxLength: 2 })
}
