/**
 * Cuts the texts of a run to the limits. A mark replaces what was cut: `… [cut: 12,345 of 20,000 characters]`.
 *
 * First every text is cut on its own: messages, details, the output of a test, of a file. Then the report as a whole:
 * console output first, the longest first; if that is not enough, details and messages. A test case is never dropped.
 *
 * A cut never splits a surrogate pair. The beginning of a message or a stack remains, and the beginning and the end of
 * console output.
 *
 * @module
 */
import { withDefaults } from '../limits.js'
import type { ModuleResult, Output, TestRun } from '../model.js'
import { readOutside, readTexts, type TextReader } from './read-texts.js'
import { mapSame, moduleVisitor, type TextVisitor, visitTexts } from './run-texts.js'

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

/**
 * GitLab reads no report larger than 30 MB. A run that needs more than these limits usually holds the log of a program.
 */
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

/** Most bytes of markup of a test case, without its names. */
const CASE_BYTES = 400
/** Bytes of a mark and the line ends around it. */
const MARK_BYTES = 80
/** To make the report smaller, no text is cut below this: output is dropped instead, details are not cut further. */
const MIN_TEXT_BYTES = 256
/** A message is written as an attribute, in the body, and in most stacks. */
const MESSAGE_COPIES = 3

/** A line end takes one byte in content and five in an attribute. */
const LINE_END_BYTES = { content: 1, attribute: 5 }
type TextPlace = keyof typeof LINE_END_BYTES

/** What was cut of one file, and how much of the report it takes. */
export interface LimitedModule {
  readonly module: ModuleResult
  readonly cuts: Cuts
  /** Most bytes of the file in a report. */
  readonly weightBytes: number
}

/** Returns what is known of a file whose texts are cut already; `undefined` for any other file. */
export type LimitedModules = (module: ModuleResult) => LimitedModule | undefined

/** A run within its limits. */
export interface LimitedRun {
  readonly run: TestRun
  readonly cuts: Cuts
  /** The report is too large, because files that are cut already must be cut again. */
  readonly isTooLarge: boolean
}

/**
 * Cuts a run to the limits, and counts what was cut. Unchanged parts are the same objects.
 *
 * @param done returns the files that are cut already
 */
export function applyLimits(run: TestRun, limits: Partial<Limits>, done: LimitedModules): LimitedRun {
  const all: Limits = withDefaults(DEFAULT_LIMITS, limits)
  const cuts = noCuts()
  const weights = newWeights()
  let doneBytes = 0
  const modules = mapSame(run.modules, (module) => {
    const known = done(module)
    if (known === undefined) return limitWithin(module, all, cuts, weights)
    for (const kind of CUT_KINDS) cuts[kind] += known.cuts[kind]
    doneBytes += known.weightBytes
    return module
  })
  const outside = visitTexts({ ...run, modules: [] }, cuttingVisitor(all, NO_CAPS, cuts))
  weighOutside(outside, weights)
  const isChanged = modules !== run.modules || outside.errors !== run.errors || outside.output !== run.output
  const each = { run: isChanged ? { ...outside, modules } : run, cuts }
  if (totalOf(weights) + doneBytes <= all.reportBytes) return { ...each, isTooLarge: false }
  if (doneBytes > 0) return { ...each, isTooLarge: true }
  // The original is cut again, so that a mark states the true length of its text.
  return { ...cutEach(run, all, capsFor(weights, all.reportBytes)), isTooLarge: false }
}

/** Cuts the texts of one file. The limit of the whole report is checked when all files are known. */
export function limitModule(module: ModuleResult, limits: Partial<Limits> = {}): LimitedModule {
  const cuts = noCuts()
  const weights = newWeights()
  const limited = limitWithin(module, withDefaults(DEFAULT_LIMITS, limits), cuts, weights)
  return { module: limited, cuts, weightBytes: totalOf(weights) }
}

// Adds to the counts and the weights. Only a file with a text above a limit is visited.
function limitWithin(module: ModuleResult, limits: Limits, cuts: Counts, weights: Weights): ModuleResult {
  const limited = exceeds(module, limits) ? moduleVisitor(cuttingVisitor(limits, NO_CAPS, cuts))(module) : module
  weighModule(limited, weights)
  return limited
}

function exceeds(module: ModuleResult, limits: Limits): boolean {
  let isAbove = false
  const text = (characters: number) => (value: string) => {
    isAbove ||= value.length > characters
  }
  const output = (characters: number) => (pieces: readonly Output[]) => {
    isAbove ||= pieces.length > 0 && lengthOf(pieces) > characters
  }
  readTexts(module, {
    name: () => {},
    message: text(limits.messageCharacters),
    detail: text(limits.detailCharacters),
    testOutput: output(limits.testOutputCharacters),
    moduleOutput: output(limits.moduleOutputCharacters),
  })
  return isAbove
}

/** Most bytes of one text, so that the whole report is within its limit. */
interface Caps {
  /** 0 drops all console output. */
  readonly output: number
  readonly detail: number
}

const NO_CAPS: Caps = { output: Number.POSITIVE_INFINITY, detail: Number.POSITIVE_INFINITY }

const CUT_KINDS = ['messages', 'details', 'outputs'] as const satisfies (keyof Cuts)[]

type Counts = { -readonly [kind in keyof Cuts]: number }

function noCuts(): Counts {
  return { messages: 0, details: 0, outputs: 0 }
}

function cutEach(original: TestRun, limits: Limits, caps: Caps): { run: TestRun; cuts: Cuts } {
  const cuts = noCuts()
  const run = visitTexts(original, cuttingVisitor(limits, caps, cuts))
  if (caps.output > 0 || cuts.outputs === 0) return { run, cuts }
  const note = `… [cut: all console output, to keep the report within ${limits.reportBytes.toLocaleString('en-US')} bytes]\n`
  return { run: { ...run, output: [{ stream: 'stdout', text: note }] }, cuts }
}

// Cuts each text on its own, and counts what it cuts.
function cuttingVisitor(limits: Limits, caps: Caps, cuts: Counts): TextVisitor {
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
  return {
    message: text('messages', limits.messageCharacters, caps.detail / MESSAGE_COPIES),
    detail: text('details', limits.detailCharacters, caps.detail),
    testOutput: output(limits.testOutputCharacters),
    moduleOutput: output(limits.moduleOutputCharacters),
  }
}

function capsFor({ outputs, details, fixed }: Weights, reportBytes: number): Caps {
  const output = capFor(outputs, reportBytes - fixed - sum(details))
  if (output >= MIN_TEXT_BYTES) return { output, detail: Number.POSITIVE_INFINITY }
  return { output: 0, detail: Math.max(capFor(details, reportBytes - fixed), MIN_TEXT_BYTES) }
}

interface Weights {
  readonly outputs: number[]
  readonly details: number[]
  /** Names and markup. */
  fixed: number
}

function newWeights(): Weights {
  return { outputs: [], details: [], fixed: 0 }
}

function totalOf({ outputs, details, fixed }: Weights): number {
  return fixed + sum(details) + sum(outputs)
}

// What belongs to no file.
function weighOutside(run: TestRun, weights: Weights): void {
  readOutside(run, weighingReader(weights))
  const properties = run.properties.map(({ name, value }) => 60 + weightOfName(name) + weightOfName(value))
  weights.fixed += sum(properties) + CASE_BYTES
}

function weighModule(module: ModuleResult, weights: Weights): void {
  readTexts(module, weighingReader(weights))
  const perCase = CASE_BYTES + 2 * weightOfName(module.file)
  weights.fixed += perCase
  for (const { title, path } of module.tests) {
    weights.fixed += perCase + weightOfName(title)
    for (const part of path) weights.fixed += 6 + weightOfName(part)
  }
}

// Collects the weights of all texts but names.
function weighingReader({ outputs, details }: Weights): TextReader {
  const output = (pieces: readonly Output[]) => {
    if (pieces.length > 0) outputs.push(outputWeight(pieces))
  }
  return {
    name: () => {},
    message: (text) => details.push(weightOf(text, 'attribute') * MESSAGE_COPIES),
    detail: (text) => details.push(weightOf(text, 'attribute')),
    testOutput: output,
    moduleOutput: output,
  }
}

function weightOfName(name: string): number {
  return weightOf(name, 'attribute')
}

// The largest cap with which the weights together are within the budget: the longest texts are cut first.
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
  // Beginning and end may weigh more than the middle, so this shortens them until they fit.
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

// The mark for missing characters.
function cutMark(cut: number, of: number): string {
  return `… [cut: ${cut.toLocaleString('en-US')} of ${of.toLocaleString('en-US')} characters]`
}

// The beginning of a text and the mark; the text itself if it is short enough.
function cutEnd(text: string, characters: number): string {
  if (text.length <= characters) return text
  const kept = wholeStart(text, characters)
  return `${kept}${cutMark(text.length - kept.length, text.length)}`
}

// The beginning and the end of console output and the mark between them; the same pieces if they are short enough.
function cutMiddle(pieces: readonly Output[], characters: number): readonly Output[] {
  const total = pieces.reduce((sum, { text }) => sum + text.length, 0)
  const [first] = pieces
  if (total <= characters || first === undefined) return pieces
  const head = startOf(pieces, Math.ceil(characters / 2))
  const tail = endOf(pieces, Math.floor(characters / 2))
  const kept = [...head, ...tail].reduce((sum, { text }) => sum + text.length, 0)
  const before = head.at(-1)
  const newline = before === undefined || before.text.endsWith('\n') ? '' : '\n'
  const mark: Output = { stream: (before ?? first).stream, text: `${newline}${cutMark(total - kept, total)}\n` }
  return [...head, mark, ...tail]
}

// Most bytes of a text in a report: UTF-8, with escapes; terminal sequences count, although they are removed.
function weightOf(text: string, place: TextPlace): number {
  const lineEnd = LINE_END_BYTES[place]
  let bytes = 0
  for (let index = 0; index < text.length; index++) bytes += unitWeight(text.charCodeAt(index), lineEnd)
  return bytes
}

// How many code units from the start of a text fit into so many bytes of a report.
function unitsWithin(text: string, bytes: number, place: TextPlace): number {
  const lineEnd = LINE_END_BYTES[place]
  let left = bytes
  for (let index = 0; index < text.length; index++) {
    left -= unitWeight(text.charCodeAt(index), lineEnd)
    if (left < 0) return index
  }
  return text.length
}

// A replaced character is written as six bytes; so is half of a surrogate pair without the other half.
function unitWeight(unit: number, lineEndBytes: number): number {
  if (unit < 0x20) return unit === 0x0a ? lineEndBytes : 6
  if (unit < 0x7f) return unit === 0x26 || unit === 0x3c || unit === 0x3e || unit === 0x22 ? 6 : 1
  if (unit < 0xa0) return 6
  if (unit < 0x800) return 2
  return unit >= 0xd800 && unit <= 0xdfff ? 6 : 3
}

function wholeStart(text: string, length: number): string {
  const last = text.charCodeAt(length - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length)
}

function wholeEnd(text: string, length: number): string {
  const start = text.length - length
  const first = text.charCodeAt(start)
  return text.slice(first >= 0xdc00 && first <= 0xdfff ? start + 1 : start)
}

function startOf(pieces: readonly Output[], length: number): Output[] {
  const kept: Output[] = []
  let left = length
  for (const piece of pieces) {
    if (left <= 0) break
    kept.push(piece.text.length <= left ? piece : { ...piece, text: wholeStart(piece.text, left) })
    left -= piece.text.length
  }
  return kept
}

function endOf(pieces: readonly Output[], length: number): Output[] {
  const kept: Output[] = []
  let left = length
  for (const piece of pieces.toReversed()) {
    if (left <= 0) break
    kept.unshift(piece.text.length <= left ? piece : { ...piece, text: wholeEnd(piece.text, left) })
    left -= piece.text.length
  }
  return kept
}
