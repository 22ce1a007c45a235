/**
 * What one test case holds beside its verdict: failed attempts, output, attachments.
 *
 * @module
 */
import { isAbsolute, relative, sep } from 'node:path'
import type { Attachment, Attempt, Output, Property, TestResult } from '../model.js'
import { failedAttempts, headline } from './cases.js'
import { propertyLine } from './dialects.js'
import { errorsText } from './error-text.js'

/** A failed attempt beside the verdict. */
export interface Rerun {
  /** Surefire's word: `flakyFailure` of a test that passed in the end, `rerunFailure` of one that did not. */
  readonly element: 'flakyFailure' | 'rerunFailure'
  readonly message: string
  readonly type: string
  readonly stack: string
  readonly out: string
  readonly err: string
}

/** The failed attempts that are told of beside the verdict. */
export function rerunsOf(test: TestResult): readonly Rerun[] {
  const element = test.status === 'failed' ? 'rerunFailure' : 'flakyFailure'
  const reruns = attemptsBeside(test).map((attempt) => rerun(element, attempt, test))
  if (reruns.length > 0 || !test.flaky || test.status !== 'passed') return reruns
  const text = 'an earlier attempt failed and the runner did not say why'
  return [{ element, message: text, type: 'failed', stack: text, out: '', err: '' }]
}

/** Output of one stream, in order. Joined first, so that a terminal sequence in two pieces is still one. */
export function outputText(output: readonly Output[] | undefined, stream: Output['stream']): string {
  if (output === undefined || output.length === 0) return ''
  return output.map((piece) => (piece.stream === stream ? piece.text : '')).join('')
}

/** Output of a test and of those of its attempts that have no element of their own. */
export function testOutput(test: TestResult, stream: Output['stream']): string {
  const text = outputText(test.output, stream)
  if (test.attempts.every(({ output }) => output === undefined)) return text
  const beside = attemptsBeside(test)
  return test.attempts
    .filter((attempt) => !beside.includes(attempt))
    .map(({ output }) => outputText(output, stream))
    .filter((more) => more !== '' && !text.includes(more))
    .reduce((all, more) => joinLines([all, more]), text)
}

/** Facts, output and attachments as lines of `system-out`. */
export function systemOut(properties: readonly Property[], output: string, attachments: readonly string[]): string {
  return joinLines([...properties.map(propertyLine), output, ...attachments])
}

/**
 * Lines that Jenkins, GitLab, Azure and others read attachments from.
 *
 * @param folder absolute; paths are written relative to it
 */
export function attachmentLines(test: TestResult, folder: string): readonly string[] {
  if (test.attachments.length === 0 && test.annotations.length === 0) return []
  const attachments = [...test.attachments, ...test.annotations.flatMap(({ attachment }) => attachment ?? [])]
  const paths = attachments.flatMap((attachment) => attachmentPath(attachment, folder) ?? [])
  return [...new Set(paths)].map((path) => `[[ATTACHMENT|${path}]]`)
}

/** Path of an attachment, with `/` separators; relative to the folder if it was absolute. */
export function attachmentPath({ path }: Attachment, folder: string): string | undefined {
  if (path === undefined || path === '') return undefined
  return (isAbsolute(path) ? relative(folder, path) : path).replaceAll(sep, '/')
}

/** Pieces of text, each on lines of its own; empty ones vanish. */
export function joinLines(pieces: readonly string[]): string {
  return pieces
    .filter((piece) => piece !== '')
    .reduce((all, piece) => (all === '' || all.endsWith('\n') ? all + piece : `${all}\n${piece}`), '')
}

// The verdict `failure` tells of the first failed attempt itself; a failure that was announced is a property.
function attemptsBeside(test: TestResult): readonly Attempt[] {
  if (test.status === 'failed') return failedAttempts(test).slice(1)
  return test.status === 'passed' && !test.expectedFailure ? failedAttempts(test) : []
}

function rerun(element: Rerun['element'], attempt: Attempt, test: TestResult): Rerun {
  const errors = attempt.errors
  const head = headline(errors, test.rawStatus)
  return {
    element,
    ...head,
    stack: errors.length === 0 ? head.message : errorsText(errors),
    out: outputText(attempt.output, 'stdout'),
    err: outputText(attempt.output, 'stderr'),
  }
}
