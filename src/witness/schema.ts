/**
 * Checks what reporters send to `jux run`: tests run in their processes, so it may be anything.
 *
 * @module
 */
import type { ZodType, ZodTypeDef } from 'zod/v3'
import type { Attachment, ErrorInfo, Location, ModuleResult, Property, RunRequest, TestResult } from '../model.js'
import { SCHEMA_VERSION, SELECTION_KINDS } from '../model.js'
import { zod } from '../zod.js'
import {
  FUNCTION_SETTINGS,
  type Hello,
  type ModuleMessage,
  type ReporterMessage,
  type RunMessage,
  type StartedFile,
  type StartMessage,
} from './protocol.js'

type Schema<T> = ZodType<T, ZodTypeDef, unknown>

/** Most levels of causes and of errors in an AggregateError; deeper ones are refused. */
const MAX_ERROR_DEPTH = 50
/** Longest text of a fact about the process. */
const MAX_FACT = 1_000

let schemas: ReturnType<typeof createSchemas> | undefined

/**
 * Reads a line of a reporter.
 *
 * @throws {Error} if it is not a message
 */
export function parseMessage(line: string): ReporterMessage {
  const value: unknown = JSON.parse(line)
  schemas ??= createSchemas()
  const type: unknown = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined
  if (type !== 'hello' && type !== 'start' && type !== 'module' && type !== 'run') throw new Error('it has no type')
  return schemas.messages[type].parse(value)
}

/**
 * Reads a file of a run, as it was spooled.
 *
 * @throws {Error} if it is not one
 */
export function parseModule(value: unknown): ModuleResult {
  schemas ??= createSchemas()
  return schemas.module.parse(value)
}

/**
 * Reads a file that has started, as it was spooled.
 *
 * @throws {Error} if it is not one
 */
export function parseStartedFile(value: unknown): StartedFile {
  schemas ??= createSchemas()
  return schemas.startedFile.parse(value)
}

function createSchemas() {
  const z = zod()
  const text = z.string()
  const texts = z.array(text)
  const count = z.number().int().nonnegative()
  const number = z.number().finite()
  // JSON has no infinity: a time limit that is none.
  const maybe = number.nullish().transform((value) => value ?? undefined)
  const time = text.refine((value) => !Number.isNaN(Date.parse(value)), 'no time')
  const property: Schema<Property> = z.object({ name: text, value: text })
  const location: Schema<Location> = z.object({
    file: text.optional(),
    line: number,
    column: maybe,
  })
  const kind = z.enum(['assertion', 'error', 'timeout', 'hook', 'load', 'unhandled'])
  const errorOf = (depth: number): Schema<ErrorInfo> =>
    z.object({
      kind,
      hook: text.optional(),
      name: text.optional(),
      message: text,
      stack: text.optional(),
      diff: text.optional(),
      expected: text.optional(),
      actual: text.optional(),
      location: location.optional(),
      cause: depth === 0 ? z.undefined() : z.lazy(() => errorOf(depth - 1)).optional(),
      errors: depth === 0 ? z.undefined() : z.array(z.lazy(() => errorOf(depth - 1))).optional(),
      attempt: count.optional(),
    })
  const errors = z.array(errorOf(MAX_ERROR_DEPTH))
  const output = z.array(z.object({ stream: z.enum(['stdout', 'stderr']), text, at: time.optional() }))
  const attachment: Schema<Attachment> = z.object({
    name: text.optional(),
    contentType: text.optional(),
    path: text.optional(),
    body: text.optional(),
  })
  const repetition = z.object({ configured: maybe, count: number })
  const test: Schema<TestResult> = z.object({
    id: text,
    title: text,
    path: texts,
    ordinal: count,
    status: z.enum(['passed', 'failed', 'skipped', 'todo', 'not-run']),
    rawStatus: text,
    benchmark: z.boolean().optional(),
    expectedFailure: z.boolean().optional(),
    flaky: z.boolean(),
    notRunCause: z.enum(['hook', 'load', 'cancelled', 'bail', 'crash', 'filter']).optional(),
    reason: text.optional(),
    startedAt: time.optional(),
    durationMs: maybe,
    location: location.optional(),
    timeoutMs: maybe,
    concurrent: z.boolean().optional(),
    retry: repetition.optional(),
    repeats: repetition.optional(),
    attempts: z.array(
      z.object({
        index: count,
        status: z.enum(['passed', 'failed']),
        startedAt: time.optional(),
        durationMs: maybe,
        errors,
        output: output.optional(),
        attachments: z.array(attachment).optional(),
        exact: z.boolean(),
      }),
    ),
    errors,
    output,
    annotations: z.array(
      z.object({ type: text, message: text, location: location.optional(), attachment: attachment.optional() }),
    ),
    attachments: z.array(attachment),
    tags: texts,
    meta: z.array(property),
  })
  const module: Schema<ModuleResult> = z.object({
    id: text,
    file: text,
    folder: text.optional(),
    project: text.optional(),
    pool: text.optional(),
    kind: z.enum(['runtime', 'typecheck', 'browser']),
    kindInName: z.boolean().optional(),
    status: z.enum(['passed', 'failed', 'skipped', 'not-run']),
    rawStatus: text,
    startedAt: time.optional(),
    durationMs: maybe,
    timings: z.record(number).optional(),
    errors,
    output,
    suites: z.array(
      z.object({
        title: text,
        path: texts,
        status: z.enum(['passed', 'failed', 'skipped', 'not-run']),
        rawStatus: text,
        errors,
        location: location.optional(),
      }),
    ),
    tests: z.array(test),
    properties: z.array(property),
  })
  const runner = z.object({ name: text.max(MAX_FACT), version: text.max(MAX_FACT) })
  const request: Schema<RunRequest> = z.object({
    selection: z.array(z.object({ kind: z.enum(SELECTION_KINDS), value: text })).optional(),
    only: z.enum(['none', 'forbidden', 'possible']).optional(),
    bail: maybe,
    retries: maybe,
    shardLabel: text.optional(),
  })
  const run: Schema<RunMessage['run']> = z.object({
    schemaVersion: z.literal(SCHEMA_VERSION),
    runId: z.string().uuid(),
    outcome: z.enum(['passed', 'failed', 'error', 'interrupted', 'no-tests']),
    runner,
    rootDir: text,
    startedAt: time,
    finishedAt: time,
    durationMs: number,
    shard: z.object({ index: number, count: number }).optional(),
    merged: z.boolean().optional(),
    watch: z.boolean().optional(),
    partial: z.boolean().optional(),
    nothingToRunIsFine: z.boolean().optional(),
    exitCauses: texts.optional(),
    seed: maybe,
    request: request.optional(),
    properties: z.array(property),
    errors,
    output,
  })
  const hello: Schema<Hello> = z.object({
    type: z.literal('hello'),
    protocol: number,
    version: text.max(MAX_FACT),
    token: text.max(MAX_FACT),
    runner,
    folder: text,
    cwd: text,
    nodeVersion: text.max(MAX_FACT),
    runtime: text.max(MAX_FACT).optional(),
    options: z.unknown(),
    functions: z.array(z.enum(FUNCTION_SETTINGS)),
    variables: z.record(text),
    secrets: texts,
    watch: z.boolean(),
  })
  const startedFile: Schema<StartedFile> = z.object({
    id: text,
    file: text,
    folder: text.optional(),
    project: text.optional(),
  })
  const started: Schema<StartMessage> = z.object({ type: z.literal('start'), file: startedFile })
  const ended: Schema<ModuleMessage> = z.object({ type: z.literal('module'), index: count, rootDir: text, module })
  const end: Schema<RunMessage> = z.object({
    type: z.literal('run'),
    run,
    modules: z.array(z.union([z.object({ sent: count }), z.object({ module })])),
    results: z.record(
      z.enum(FUNCTION_SETTINGS),
      z.record(z.union([z.object({ error: text }), z.object({ value: z.unknown() })])),
    ),
  })
  return { module, startedFile, messages: { hello, start: started, module: ended, run: end } }
}
