/**
 * Reads every text of a file, in the order in which `run-texts.ts` visits them, and changes nothing.
 *
 * Most files hold no secret and no text above a limit. Reading them takes a fraction of the time of a visit that could
 * replace texts.
 *
 * @module
 */
import type {
  Annotation,
  Attachment,
  ErrorInfo,
  ModuleResult,
  Output,
  Property,
  TestResult,
  TestRun,
} from '../model.js'

/** Receives each kind of text; see `TextVisitor`. */
export interface TextReader {
  name(text: string): void
  message(text: string): void
  detail(text: string): void
  testOutput(pieces: readonly Output[]): void
  moduleOutput(pieces: readonly Output[]): void
}

/** Passes all texts of a file to a reader. An error that occurs twice is read once. */
export function readTexts(module: ModuleResult, reader: TextReader): void {
  const errors = new Set<ErrorInfo>()
  reader.name(module.id)
  reader.name(module.file)
  if (module.folder !== undefined) reader.name(module.folder)
  if (module.project !== undefined) reader.name(module.project)
  for (const error of module.errors) readError(error, reader, errors)
  reader.moduleOutput(module.output)
  for (const { title, path, errors: own } of module.suites) {
    reader.name(title)
    for (const part of path) reader.name(part)
    for (const error of own) readError(error, reader, errors)
  }
  for (const test of module.tests) readTest(test, reader, errors)
  for (const property of module.properties) readProperty(property, reader)
}

/** Passes all texts outside files to a reader, except the facts about the run. */
export function readOutside(run: TestRun, reader: TextReader): void {
  const errors = new Set<ErrorInfo>()
  for (const error of run.errors) readError(error, reader, errors)
  reader.moduleOutput(run.output)
}

function readTest(test: TestResult, reader: TextReader, errors: Set<ErrorInfo>): void {
  reader.name(test.title)
  for (const part of test.path) reader.name(part)
  for (const tag of test.tags) reader.name(tag)
  if (test.reason !== undefined) reader.message(test.reason)
  for (const attempt of test.attempts) {
    for (const error of attempt.errors) readError(error, reader, errors)
    if (attempt.output !== undefined) reader.testOutput(attempt.output)
    for (const attachment of attempt.attachments ?? []) readAttachment(attachment, reader)
  }
  for (const error of test.errors) readError(error, reader, errors)
  reader.testOutput(test.output)
  for (const annotation of test.annotations) readAnnotation(annotation, reader)
  for (const attachment of test.attachments) readAttachment(attachment, reader)
  for (const property of test.meta) readProperty(property, reader)
}

function readError(error: ErrorInfo, reader: TextReader, known: Set<ErrorInfo>): void {
  if (known.has(error)) return
  known.add(error)
  if (error.name !== undefined) reader.name(error.name)
  if (error.location?.file !== undefined) reader.name(error.location.file)
  reader.message(error.message)
  if (error.stack !== undefined) reader.detail(error.stack)
  if (error.diff !== undefined) reader.detail(error.diff)
  if (error.expected !== undefined) reader.detail(error.expected)
  if (error.actual !== undefined) reader.detail(error.actual)
  if (error.cause !== undefined) readError(error.cause, reader, known)
  for (const member of error.errors ?? []) readError(member, reader, known)
}

function readAnnotation({ type, message, attachment }: Annotation, reader: TextReader): void {
  reader.name(type)
  reader.message(message)
  if (attachment !== undefined) readAttachment(attachment, reader)
}

function readAttachment({ name, path, body }: Attachment, reader: TextReader): void {
  if (name !== undefined) reader.name(name)
  if (path !== undefined) reader.name(path)
  if (body !== undefined) reader.detail(body)
}

function readProperty({ name, value }: Property, reader: TextReader): void {
  reader.name(name)
  reader.detail(value)
}
