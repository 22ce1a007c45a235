/**
 * Keeps a run within limits, and says in place what was cut.
 *
 * Two steps. First every text on its own: messages, details, the output of a test, of a file. Then the report as a whole: console output
 * shrinks first, the longest first; if that is not enough, details and messages do; a test case is never dropped.
 *
 * @module
 */
import type { Output, TestRun } from '../model.js'
import { cutEnd, cutMiddle, unitsWithin, weightOf } from './cut-text.js'
import { visitTexts } from './long-texts.js'

/** How much a report may hold. */
export interface Limits {
  /** One message of an error, an annotation or a skip, in UTF-16 code units. */
  readonly messageCharacters: number
  /** One stack, difference, expected or actual value, attachment body or value of metadata, in UTF-16 code units. */
  readonly detailCharacters: number
  /** Console output of one test, in UTF-16 code units. */
  readonly testOutputCharacters: number
  /** Console output of one file that belongs to none of its tests, in UTF-16 code units. */
  readonly moduleOutputCharacters: number
  /** The whole unsigned report, in bytes. */
  readonly reportBytes: number
}

/** Generous: a run that needs more has a program's log in it. GitLab reads no report beyond 30 MB. */
export const DEFAULT_LIMITS: Limits = {
  messageCharacters: 16_384,
  detailCharacters: 131_072,
  testOutputCharacters: 1_048_576,
  moduleOutputCharacters: 4_194_304,
  reportBytes: 30_000_000,
}

/** How many texts were cut. */
export interface Cuts {
  readonly messages: number
  readonly details: number
  readonly outputs: number
}

/** Bytes of markup that a test case takes at most, names aside. */
const CASE_BYTES = 400
/** Bytes of a mark with its surroundings. */
const MARK_BYTES = 80
/** A text is not cut below this for the report's sake: output goes altogether, details stay as they are. */
const LEAST_BYTES = 256
/** A message stands in an attribute, in the body, and in most stacks. */
const MESSAGE_COPIES = 3

/** The run within limits, unchanged parts the same objects, and what was cut. */
export function applyLimits(run: TestRun, limits: Partial<Limits> = {}): { run: TestRun; cuts: Cuts } {
  const all: Limits = { ...DEFAULT_LIMITS, ...limits }
  const each = cutEach(run, all, NO_CAPS)
  const weights = weigh(each.run)
  if (weights.fixed + sum(weights.details) + sum(weights.outputs) <= all.reportBytes) return each
  // From the original again, so that a mark tells the text's true length.
  return cutEach(run, all, capsFor(weights, all.reportBytes))
}

/** Bytes that one text may take for the report's sake. */
interface Caps {
  /** 0 drops console output altogether. */
  readonly output: number
  readonly detail: number
}

const NO_CAPS: Caps = { output: Number.POSITIVE_INFINITY, detail: Number.POSITIVE_INFINITY }

function cutEach(original: TestRun, limits: Limits, caps: Caps): { run: TestRun; cuts: Cuts } {
  const cuts = { messages: 0, details: 0, outputs: 0 }
  const text = (kind: 'messages' | 'details', characters: number, bytes: number) => (full: string) => {
    const fitting = bytes === Number.POSITIVE_INFINITY ? characters : unitsWithin(full, bytes, 'attribute')
    const kept = cutEnd(full, Math.min(characters, fitting))
    if (kept !== full) cuts[kind]++
    return kept
  }
  const output = (characters: number) => (full: readonly Output[]) => {
    const kept = caps.output === 0 && full.length > 0 ? [] : cutToBytes(full, characters, caps.output)
    if (kept !== full) cuts.outputs++
    return kept
  }
  const run = visitTexts(original, {
    message: text('messages', limits.messageCharacters, caps.detail / MESSAGE_COPIES),
    detail: text('details', limits.detailCharacters, caps.detail),
    testOutput: output(limits.testOutputCharacters),
    moduleOutput: output(limits.moduleOutputCharacters),
  })
  if (caps.output > 0 || cuts.outputs === 0) return { run, cuts }
  const note = `… [cut: all console output, to keep the report within ${limits.reportBytes.toLocaleString('en-US')} bytes]\n`
  return { run: { ...run, output: [{ stream: 'stdout', text: note }] }, cuts }
}

function capsFor({ outputs, details, fixed }: Weights, reportBytes: number): Caps {
  const output = capFor(outputs, reportBytes - fixed - sum(details))
  if (output >= LEAST_BYTES) return { output, detail: Number.POSITIVE_INFINITY }
  return { output: 0, detail: Math.max(capFor(details, reportBytes - fixed), LEAST_BYTES) }
}

interface Weights {
  readonly outputs: readonly number[]
  readonly details: readonly number[]
  /** Names and markup. */
  readonly fixed: number
}

function weigh(run: TestRun): Weights {
  const outputs: number[] = []
  const details: number[] = []
  const weighOutput = (pieces: readonly Output[]) => {
    if (pieces.length > 0) outputs.push(outputWeight(pieces))
    return pieces
  }
  visitTexts(run, {
    message: (text) => {
      details.push(weightOf(text, 'attribute') * MESSAGE_COPIES)
      return text
    },
    detail: (text) => {
      details.push(weightOf(text, 'attribute'))
      return text
    },
    testOutput: weighOutput,
    moduleOutput: weighOutput,
  })
  const name = (text: string) => weightOf(text, 'attribute')
  let fixed = sum(run.properties.map((property) => 60 + name(property.name) + name(property.value))) + CASE_BYTES
  for (const { file, tests } of run.modules) {
    const perCase = CASE_BYTES + 2 * name(file)
    fixed += perCase
    for (const { title, path } of tests) fixed += perCase + name(title) + sum(path.map((part) => 6 + name(part)))
  }
  return { outputs, details, fixed }
}

/** The largest cap under which the weights come to no more than the budget: the long ones give first. */
function capFor(weights: readonly number[], budget: number): number {
  const ascending = weights.toSorted((left, right) => left - right)
  let left = budget
  for (const [index, weight] of ascending.entries()) {
    const share = left / (ascending.length - index)
    if (weight > share) return Math.max(0, Math.floor(share) - MARK_BYTES)
    left -= weight
  }
  return Number.POSITIVE_INFINITY
}

function cutToBytes(pieces: readonly Output[], characters: number, bytes: number): readonly Output[] {
  let kept = cutMiddle(pieces, characters)
  if (bytes === Number.POSITIVE_INFINITY) return kept
  // Beginning and end may be heavier than the middle: take off until they fit.
  let length = Math.min(characters, lengthOf(pieces))
  for (let weight = outputWeight(kept); weight > bytes && length > 0; weight = outputWeight(kept) - MARK_BYTES) {
    length = Math.floor(length * Math.min(0.9, bytes / weight))
    kept = cutMiddle(pieces, length)
  }
  return kept
}

function lengthOf(pieces: readonly Output[]): number {
  return sum(pieces.map(({ text }) => text.length))
}

function outputWeight(pieces: readonly Output[]): number {
  return sum(pieces.map(({ text }) => weightOf(text, 'content')))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
