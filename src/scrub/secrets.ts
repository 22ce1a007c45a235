/**
 * Replaces secrets in every text of a run with placeholders, and counts them.
 *
 * All texts of a test file are first checked together, which is fast; only those of a file that may hold a secret are
 * searched one by one.
 *
 * @module
 */
import type { ModuleResult, Output, Property, TestRun } from '../model.js'
import { ANSI } from '../xml/text.js'
import { distinctNames } from './distinct-names.js'
import { type View, viewsOf } from './escapes.js'
import type { FoundSecret } from './found-secret.js'
import { readTexts } from './read-texts.js'
import { mapSame, moduleVisitor, type TextVisitor, visitTexts } from './run-texts.js'
import type { KnownSecret, SecretRules } from './secret-rules.js'
import { findShapes, lineBreakEnd, matchesOf, mayHoldShapes } from './secret-shapes.js'

/** How many secrets were replaced, by the first word of their kind: `env`, `config`, `github-token` … */
export type SecretCounts = ReadonlyMap<string, number>

const STREAMS = ['stdout', 'stderr'] as const

/** Replaces secrets, and counts them. */
export interface Replacer {
  /** Replaces the secrets of one file; parts without secrets are the same objects. */
  readonly module: (module: ModuleResult) => ModuleResult
  readonly visitor: TextVisitor
  readonly counts: SecretCounts
  /** Whether a name had a placeholder: names that are replaced later may depend on it. */
  readonly hasPlaceholders: () => boolean
}

/** Creates a replacer for the files of one run. */
export function createReplacer(rules: SecretRules): Replacer {
  const counts = new Map<string, number>()
  const { visitor, hasPlaceholders } = replacingVisitor(rules, counts)
  const replace = moduleVisitor(visitor)
  const module = (original: ModuleResult) =>
    mayHoldSecrets(withoutSequences(textsOf(original).join('\n')), rules) ? replace(original) : original
  return { module, visitor, counts, hasPlaceholders }
}

/**
 * Replaces the secrets of a run; parts without secrets are the same objects.
 *
 * @param isDone tells the modules whose secrets are replaced already
 */
export function replaceSecrets(
  run: TestRun,
  rules: SecretRules,
  isDone: (module: ModuleResult) => boolean = () => false,
): { readonly run: TestRun; readonly counts: SecretCounts } {
  const { module: replace, visitor, counts } = createReplacer(rules)
  const modules = mapSame(run.modules, (module) => (isDone(module) ? module : replace(module)))
  const outside = visitTexts({ ...run, modules: [] }, visitor)
  const properties = mapSame(run.properties, (property) => replaceInProperty(property, visitor))
  const isSame =
    modules === run.modules &&
    properties === run.properties &&
    outside.errors === run.errors &&
    outside.output === run.output
  return { run: isSame ? run : { ...run, modules, properties, errors: outside.errors, output: outside.output }, counts }
}

/** Replaces the secrets of one text, for text that is printed. */
export function replaceSecretsInText(text: string, rules: SecretRules): string {
  if (!mayHoldSecrets(withoutSequences(text), rules)) return text
  return replaceInChunks([text], rules, new Map())[0] ?? ''
}

/** Whether a text may contain a secret. Fast; only `true` can be wrong. */
export function mayHoldSecretsInText(text: string, rules: SecretRules): boolean {
  return mayHoldSecrets(withoutSequences(text), rules)
}

function replaceInProperty(property: Property, { name, detail }: TextVisitor): Property {
  const [newName, value] = [name?.(property.name) ?? property.name, detail(property.value)]
  return newName === property.name && value === property.value ? property : { name: newName, value }
}

function textsOf(module: ModuleResult): readonly string[] {
  const texts: string[] = []
  const text = (value: string) => {
    texts.push(value)
  }
  // The chunks of one stream are one text, whatever the other stream wrote in between.
  const output = (pieces: readonly Output[]) => {
    if (pieces.length === 0) return
    for (const stream of STREAMS) {
      const own = pieces.filter((piece) => piece.stream === stream)
      if (own.length > 0) texts.push(own.map((piece) => piece.text).join(''))
    }
  }
  readTexts(module, { name: text, message: text, detail: text, testOutput: output, moduleOutput: output })
  return texts
}

function replacingVisitor(
  rules: SecretRules,
  counts: Map<string, number>,
): Pick<Replacer, 'visitor' | 'hasPlaceholders'> {
  const text = (value: string) => replaceInChunks([value], rules, counts)[0] ?? value
  const output = (pieces: readonly Output[]) => {
    const texts = new Map<Output, string>()
    for (const stream of STREAMS) {
      const own = pieces.filter((piece) => piece.stream === stream)
      const replaced = replaceInChunks(
        own.map((piece) => piece.text),
        rules,
        counts,
      )
      own.forEach((piece, index) => {
        texts.set(piece, replaced[index] ?? piece.text)
      })
    }
    return mapSame(pieces, (piece) => {
      const other = texts.get(piece) ?? piece.text
      return other === piece.text ? piece : { ...piece, text: other }
    })
  }
  const { replace: name, hasPlaceholders } = distinctNames(text)
  const visitor = { name, message: text, detail: text, testOutput: output, moduleOutput: output }
  return { visitor, hasPlaceholders }
}

// The chunks of one text with its secrets replaced: the placeholder is in the chunk in which the secret begins.
function replaceInChunks(
  chunks: readonly string[],
  rules: SecretRules,
  counts: Map<string, number>,
): readonly string[] {
  const whole = chunks.join('')
  const text = withoutSequences(whole)
  const found = findSecrets(text, rules)
  if (found.length === 0) return chunks
  const toWhole = text.length === whole.length ? (index: number) => index : positionsWithSequences(whole)
  const pieces = found.map(({ start, end, kind }) => ({ start: toWhole(start), end: toWhole(end - 1) + 1, kind }))
  for (const { kind } of pieces) {
    const group = kind.split(':', 1)[0] ?? kind
    counts.set(group, (counts.get(group) ?? 0) + 1)
  }
  let offset = 0
  let next = 0
  return chunks.map((chunk) => {
    const from = offset
    offset += chunk.length
    let kept = ''
    let at = from
    for (let piece = pieces[next]; piece !== undefined && piece.start < offset; piece = pieces[next]) {
      kept += whole.slice(at, Math.max(at, piece.start))
      if (piece.start >= from) kept += placeholderFor(piece.kind)
      at = Math.min(piece.end, offset)
      // The rest of it is in the next chunks.
      if (piece.end > offset) break
      next++
    }
    return kept + whole.slice(at, offset)
  })
}

function placeholderFor(kind: string): string {
  return `[secret:${kind}]`
}

// Whether a text may contain a secret. Fast; only `true` can be wrong.
function mayHoldSecrets(text: string, rules: SecretRules): boolean {
  return (
    mayHoldKnown(text, rules) ||
    mayHoldShapes(text) ||
    rules.patterns.some((pattern) => text.search(pattern) !== -1) ||
    viewsOf(text, marginOf(rules)).some((view) => mayHoldKnown(view.text, rules) || mayHoldShapes(view.text))
  )
}

function mayHoldKnown(text: string, rules: SecretRules): boolean {
  return rules.findKnown(text, 0) !== -1 || findBroken(text, rules).length > 0
}

// All secrets of a text without terminal sequences, in order and without overlaps.
function findSecrets(text: string, rules: SecretRules): readonly FoundSecret[] {
  const found = [
    ...findKnown(text, rules),
    ...findBroken(text, rules),
    ...rules.patterns.flatMap((pattern) => matchesOf(text, pattern, 'pattern')),
    ...findShapes(text),
    ...viewsOf(text, marginOf(rules)).flatMap((view) => findInView(view, rules)),
  ]
  return withoutOverlaps(found.filter(({ start, end }) => !rules.allowed.has(text.slice(start, end))))
}

// A secret that is cut at the end of a view is no secret that a runner cut.
function findInView({ text, toSource }: View, rules: SecretRules): readonly FoundSecret[] {
  return [...findKnown(text, rules), ...findBroken(text, rules), ...findShapes(text)]
    .filter(({ start, end }) => !rules.allowed.has(text.slice(start, end)))
    .map(({ start, end, kind }) => ({ start: toSource(start), end: toSource(end), kind }))
}

function marginOf(rules: SecretRules): number {
  return Math.min(Math.max(256, rules.longest), 8_192)
}

function findKnown(text: string, rules: SecretRules): FoundSecret[] {
  const found: FoundSecret[] = []
  for (let start = rules.findKnown(text, 0); start !== -1; start = rules.findKnown(text, start + 1)) {
    for (const secret of candidatesAt(text, start, rules)) {
      const { end, length } = commonEnd(text, start, secret.value)
      if (length < secret.value.length && !isCut(text, end, length, secret.value)) continue
      found.push({ start, end, kind: secret.kind })
      start = end - 1
      break
    }
  }
  return found
}

// Beginnings of all lengths are tried, because custom secrets may be shorter than the beginnings of the others.
function candidatesAt(text: string, start: number, rules: SecretRules): readonly KnownSecret[] {
  return rules.beginnings.flatMap((length) => rules.known.get(text.slice(start, start + length)) ?? [])
}

// Known secrets with a line end among their first characters.
function findBroken(text: string, rules: SecretRules): FoundSecret[] {
  const found: FoundSecret[] = []
  if (rules.pairs.size === 0) return found
  for (let line = text.indexOf('\n', 1); line !== -1; line = text.indexOf('\n', line + 1)) {
    const last = text[line - 1] === '\r' ? line - 1 : line
    const next = lineBreakEnd(text, last)
    const candidates = rules.pairs.get((text[last - 1] ?? '') + (text[next] ?? '')) ?? []
    for (const { value, before, kind } of candidates) {
      const start = last - before
      if (start < 0 || !value.startsWith(text.slice(start, last))) continue
      const { end, length } = commonEnd(text, start, value)
      if (length === value.length) found.push({ start, end, kind })
    }
  }
  return found
}

// How much of a secret is in a text from a place on, and where that ends. Lines may end in it.
function commonEnd(text: string, start: number, value: string): { end: number; length: number } {
  let length = 0
  let end = start
  while (length < value.length) {
    if (text.charCodeAt(end) === value.charCodeAt(length)) {
      end++
      length++
      continue
    }
    const next = length > 0 ? lineBreakEnd(text, end) : end
    if (next === end || text.charCodeAt(next) !== value.charCodeAt(length)) break
    end = next
  }
  return { end, length }
}

// Runners shorten values: the rest of a secret before an ellipsis, or at the end of the text, is still most of it.
function isCut(text: string, end: number, length: number, value: string): boolean {
  if (length < Math.max(8, Math.min(16, value.length / 2))) return false
  return end === text.length || text.startsWith('…', end) || text.startsWith('...', end)
}

// Secrets that overlap become one piece. It has the kind of the secret that begins first; of several, of the longest.
function withoutOverlaps(found: readonly FoundSecret[]): readonly FoundSecret[] {
  const pieces: FoundSecret[] = []
  for (const piece of found.toSorted((left, right) => left.start - right.start || right.end - left.end)) {
    const last = pieces.at(-1)
    if (last === undefined || piece.start >= last.end) pieces.push(piece)
    else if (piece.end > last.end) pieces[pieces.length - 1] = { ...last, end: piece.end }
  }
  return pieces
}

// The text as a reader sees it, without terminal sequences.
function withoutSequences(text: string): string {
  return text.includes('\u001b') || text.includes('\u009b') ? text.replace(ANSI, '') : text
}

// Maps an index in the text without terminal sequences to the index in the original.
function positionsWithSequences(whole: string): (index: number) => number {
  const kept: { at: number; from: number }[] = []
  let at = 0
  let from = 0
  for (const match of whole.matchAll(ANSI)) {
    kept.push({ at, from })
    at += match.index - from
    from = match.index + match[0].length
  }
  kept.push({ at, from })
  return (index) => {
    let low = 0
    let high = kept.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((kept[middle]?.at ?? 0) <= index) low = middle
      else high = middle - 1
    }
    const run = kept[low] ?? { at: 0, from: 0 }
    return run.from + index - run.at
  }
}
