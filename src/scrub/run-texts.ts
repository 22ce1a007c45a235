/**
 * Visits every text of a run and replaces it with another.
 *
 * Parts whose texts do not change stay the same objects, up to the run itself. An error that occurs twice (in a test
 * and in its last attempt) is visited once.
 *
 * @module
 */
import type {
  Annotation,
  Attachment,
  Attempt,
  ErrorInfo,
  Location,
  ModuleResult,
  Output,
  Property,
  SuiteResult,
  TestResult,
  TestRun,
} from '../model.js'

/** Returns the replacement for each kind of text. */
export interface TextVisitor {
  /** Names: titles, files, tags, names of properties. If absent, they stay. */
  name?(text: string): string
  /** Messages of errors, annotations and skips: shown in lists. */
  message(text: string): string
  /** Stacks, differences, bodies, metadata: shown in the details of a test. */
  detail(text: string): string
  /** Console output of one test. */
  testOutput(pieces: readonly Output[]): readonly Output[]
  /** Console output of one file, or of the run, that belongs to no test. */
  moduleOutput(pieces: readonly Output[]): readonly Output[]
}

/** Replaces every text of a run, except the facts about the run (its properties). */
export function visitTexts(run: TestRun, visitor: TextVisitor): TestRun {
  const visit = visitsOf(visitor)
  return changed<TestRun>(run, {
    modules: mapSame(run.modules, visit.module),
    errors: mapSame(run.errors, visit.error),
    output: visitor.moduleOutput(run.output),
  })
}

/** Returns a function that replaces every text of one file. */
export function moduleVisitor(visitor: TextVisitor): (module: ModuleResult) => ModuleResult {
  return visitsOf(visitor).module
}

/** Replaces each member of an array; returns the same array if no member changed. */
export function mapSame<T>(items: readonly T[], replace: (item: T) => T): readonly T[] {
  let copy: T[] | undefined
  let index = 0
  for (const item of items) {
    const other = replace(item)
    if (other !== item) {
      copy ??= [...items]
      copy[index] = other
    }
    index++
  }
  return copy ?? items
}

type Visit<T> = (value: T) => T

// The functions are made once for a run, because there may be hundreds of thousands of tests.
function visitsOf(visitor: TextVisitor): { module: Visit<ModuleResult>; error: Visit<ErrorInfo> } {
  const name = visitor.name ?? same
  const error = errorVisit(visitor, name)
  const property: Visit<Property> = (original) =>
    changed<Property>(original, { name: name(original.name), value: visitor.detail(original.value) })
  const test = testVisit(visitor, name, error, property)
  const suite: Visit<SuiteResult> = (original) =>
    changed<SuiteResult>(original, {
      title: name(original.title),
      path: mapSame(original.path, name),
      errors: mapSame(original.errors, error),
    })
  const module: Visit<ModuleResult> = (original) =>
    changed<ModuleResult>(original, {
      id: name(original.id),
      file: name(original.file),
      folder: optional(original.folder, name),
      project: optional(original.project, name),
      errors: mapSame(original.errors, error),
      output: visitor.moduleOutput(original.output),
      suites: mapSame(original.suites, suite),
      tests: mapSame(original.tests, test),
      properties: mapSame(original.properties, property),
    })
  return { module, error }
}

function testVisit(
  visitor: TextVisitor,
  name: Visit<string>,
  error: Visit<ErrorInfo>,
  property: Visit<Property>,
): Visit<TestResult> {
  const attachment: Visit<Attachment> = (original) =>
    changed<Attachment>(original, {
      name: optional(original.name, name),
      path: optional(original.path, name),
      body: optional(original.body, visitor.detail),
    })
  const attempt: Visit<Attempt> = (original) =>
    changed<Attempt>(original, {
      errors: mapSame(original.errors, error),
      output: optional(original.output, visitor.testOutput),
      attachments: optional(original.attachments, (list) => mapSame(list, attachment)),
    })
  const annotation: Visit<Annotation> = (original) =>
    changed<Annotation>(original, {
      type: name(original.type),
      message: visitor.message(original.message),
      attachment: optional(original.attachment, attachment),
    })
  return (original) =>
    changed<TestResult>(original, {
      title: name(original.title),
      path: mapSame(original.path, name),
      tags: mapSame(original.tags, name),
      reason: optional(original.reason, visitor.message),
      attempts: mapSame(original.attempts, attempt),
      errors: mapSame(original.errors, error),
      output: visitor.testOutput(original.output),
      annotations: mapSame(original.annotations, annotation),
      attachments: mapSame(original.attachments, attachment),
      meta: mapSame(original.meta, property),
    })
}

// Each error is visited once; a cycle of causes ends at the original.
function errorVisit(visitor: TextVisitor, name: Visit<string>): Visit<ErrorInfo> {
  const known = new Map<ErrorInfo, ErrorInfo>()
  const location: Visit<Location> = (original) => changed<Location>(original, { file: optional(original.file, name) })
  const visit: Visit<ErrorInfo> = (original) => {
    const seen = known.get(original)
    if (seen !== undefined) return seen
    known.set(original, original)
    const visited = changed<ErrorInfo>(original, {
      name: optional(original.name, name),
      location: optional(original.location, location),
      message: visitor.message(original.message),
      stack: optional(original.stack, visitor.detail),
      diff: optional(original.diff, visitor.detail),
      expected: optional(original.expected, visitor.detail),
      actual: optional(original.actual, visitor.detail),
      cause: optional(original.cause, visit),
      errors: optional(original.errors, (members) => mapSame(members, visit)),
    })
    known.set(original, visited)
    return visited
  }
  return visit
}

function same<T>(value: T): T {
  return value
}

function optional<T>(value: T | undefined, visit: Visit<T>): T | undefined {
  return value === undefined ? undefined : visit(value)
}

// A visitor never returns undefined for a text, so an undefined part is undefined in the original, too.
function changed<T extends object>(original: T, parts: { [K in keyof T]?: T[K] | undefined }): T {
  let copy: T | undefined
  for (const name in parts) {
    const value = parts[name]
    if (value === undefined || value === original[name]) continue
    copy ??= { ...original }
    copy[name] = value
  }
  return copy ?? original
}
