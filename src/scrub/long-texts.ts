/**
 * Visits every text of a run that may be long, and puts another in its place.
 *
 * What comes back unchanged stays the same object, up to the run itself; an error that is told of twice (by a test and by its last
 * attempt) is visited once.
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

/** What to put in the place of each kind of text. */
export interface TextVisitor {
  /** Names: titles, files, words, names of properties. Left alone when absent. */
  name?(text: string): string
  /** Messages of errors, annotations and skips: shown in lists. */
  message(text: string): string
  /** Stacks, differences, bodies, metadata: shown when somebody looks closer. */
  detail(text: string): string
  /** Console output of one test. */
  testOutput(pieces: readonly Output[]): readonly Output[]
  /** Console output of one file, or of the run, that belongs to no test. */
  moduleOutput(pieces: readonly Output[]): readonly Output[]
}

/** The run with every long text passed through the visitor. Names, titles and facts about the run are not long texts. */
export function visitTexts(run: TestRun, visitor: TextVisitor): TestRun {
  const errors = errorVisitor(visitor)
  return changed(run, {
    modules: mapSame(run.modules, (module) => visitModule(module, visitor, errors)),
    errors: mapSame(run.errors, errors),
    output: visitor.moduleOutput(run.output),
  })
}

/** An array with each member replaced; the same array when no member changed. */
export function mapSame<T>(items: readonly T[], replace: (item: T) => T): readonly T[] {
  let copy: T[] | undefined
  items.forEach((item, index) => {
    const other = replace(item)
    if (other === item) return
    copy ??= [...items]
    copy[index] = other
  })
  return copy ?? items
}

type Visit<T> = (value: T) => T

/** One file of a run with every text passed through the visitor. */
export function visitModule(
  module: ModuleResult,
  visitor: TextVisitor,
  errors: Visit<ErrorInfo> = errorVisitor(visitor),
): ModuleResult {
  return changed<ModuleResult>(module, {
    ...(visitor.name && {
      id: visitor.name(module.id),
      file: visitor.name(module.file),
      project: optional(module.project, visitor.name),
    }),
    errors: mapSame(module.errors, errors),
    output: visitor.moduleOutput(module.output),
    suites: mapSame(module.suites, (suite) =>
      changed<SuiteResult>(suite, {
        ...(visitor.name && { title: visitor.name(suite.title), path: mapSame(suite.path, visitor.name) }),
        errors: mapSame(suite.errors, errors),
      }),
    ),
    tests: mapSame(module.tests, (test) => visitTest(test, visitor, errors)),
    properties: mapSame(module.properties, propertyVisitor(visitor)),
  })
}

function visitTest(test: TestResult, visitor: TextVisitor, errors: Visit<ErrorInfo>): TestResult {
  const attachment = attachmentVisitor(visitor)
  return changed<TestResult>(test, {
    ...(visitor.name && {
      title: visitor.name(test.title),
      path: mapSame(test.path, visitor.name),
      tags: mapSame(test.tags, visitor.name),
    }),
    reason: optional(test.reason, visitor.message),
    attempts: mapSame(test.attempts, (attempt) =>
      changed<Attempt>(attempt, {
        errors: mapSame(attempt.errors, errors),
        output: optional(attempt.output, visitor.testOutput),
      }),
    ),
    errors: mapSame(test.errors, errors),
    output: visitor.testOutput(test.output),
    annotations: mapSame(test.annotations, (annotation) =>
      changed<Annotation>(annotation, {
        ...(visitor.name && { type: visitor.name(annotation.type) }),
        message: visitor.message(annotation.message),
        attachment: optional(annotation.attachment, attachment),
      }),
    ),
    attachments: mapSame(test.attachments, attachment),
    meta: mapSame(test.meta, propertyVisitor(visitor)),
  })
}

function errorVisitor(visitor: TextVisitor): Visit<ErrorInfo> {
  const known = new Map<ErrorInfo, ErrorInfo>()
  const visit = (error: ErrorInfo): ErrorInfo => {
    const seen = known.get(error)
    if (seen !== undefined) return seen
    // A cycle ends at the original.
    known.set(error, error)
    const visited = changed<ErrorInfo>(error, {
      ...(visitor.name && {
        name: optional(error.name, visitor.name),
        location: optional(error.location, locationVisitor(visitor.name)),
      }),
      message: visitor.message(error.message),
      stack: optional(error.stack, visitor.detail),
      diff: optional(error.diff, visitor.detail),
      expected: optional(error.expected, visitor.detail),
      actual: optional(error.actual, visitor.detail),
      cause: optional(error.cause, visit),
      errors: optional(error.errors, (members) => mapSame(members, visit)),
    })
    known.set(error, visited)
    return visited
  }
  return visit
}

function propertyVisitor(visitor: TextVisitor): Visit<Property> {
  return (property) =>
    changed<Property>(property, {
      ...(visitor.name && { name: visitor.name(property.name) }),
      value: visitor.detail(property.value),
    })
}

function locationVisitor(name: Visit<string>): Visit<Location> {
  return (location) => changed<Location>(location, { file: optional(location.file, name) })
}

function attachmentVisitor(visitor: TextVisitor): Visit<Attachment> {
  return (attachment) =>
    changed<Attachment>(attachment, {
      ...(visitor.name && {
        name: optional(attachment.name, visitor.name),
        path: optional(attachment.path, visitor.name),
      }),
      body: optional(attachment.body, visitor.detail),
    })
}

function optional<T>(value: T | undefined, visit: Visit<T>): T | undefined {
  return value === undefined ? undefined : visit(value)
}

// Absent values never arise from present ones, so an undefined here means that the original has none either.
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
