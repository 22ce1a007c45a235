/**
 * Replaces secrets in every text of a run with placeholders, and counts them.
 *
 * All texts of a test file are first checked together, which is fast; only those of a file that may hold a secret are
 * searched one by one.
 *
 * @module
 */
import type { Output, Property, TestRun } from '../model.js'
import { ANSI } from '../xml/text.js'
import { mapSame, moduleVisitor, type TextVisitor, visitTexts } from './run-texts.js'
import type { KnownSecret, SecretRules } from './secret-rules.js'
import { type FoundSecret, findShapes, matchesOf, mayHoldShapes } from './secret-shapes.js'

/** How many secrets were replaced, by the first word of their kind: `env`, `config`, `github-token` … */
export type SecretCounts = ReadonlyMap<string, number>

const STREAMS = ['stdout', 'stderr'] as const

/** Replaces the secrets of a run; parts without secrets are the same objects. */
export function replaceSecrets(
  run: TestRun,
  rules: SecretRules,
): { readonly run: TestRun; readonly counts: SecretCounts } {
  const counts = new Map<string, number>()
  const replacer = replacingVisitor(rules, counts)
  const replace = moduleVisitor(replacer)
  const { visitor: collector, texts } = collectingVisitor()
  const collect = moduleVisitor(collector)
  const modules = mapSame(run.modules, (module) => {
    texts.length = 0
    collect(module)
    return mayHoldSecrets(withoutSequences(texts.join('\n')), rules) ? replace(module) : module
  })
  const outside = visitTexts({ ...run, modules: [] }, replacer)
  const properties = mapSame(run.properties, (property) => replaceInProperty(property, replacer))
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

function replaceInProperty(property: Property, { name, detail }: TextVisitor): Property {
  const [newName, value] = [name?.(property.name) ?? property.name, detail(property.value)]
  return newName === property.name && value === property.value ? property : { name: newName, value }
}

function collectingVisitor(): { visitor: TextVisitor; texts: string[] } {
  const texts: string[] = []
  const text = (value: string) => {
    texts.push(value)
    return value
  }
  // The chunks of one stream are one text, whatever the other stream wrote in between.
  const output = (pieces: readonly Output[]) => {
    if (pieces.length === 0) return pieces
    for (const stream of STREAMS) {
      const own = pieces.filter((piece) => piece.stream === stream)
      if (own.length > 0) texts.push(own.map((piece) => piece.text).join(''))
    }
    return pieces
  }
  return { visitor: { name: text, message: text, detail: text, testOutput: output, moduleOutput: output }, texts }
}

function replacingVisitor(rules: SecretRules, counts: Map<string, number>): TextVisitor {
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
  return { name: text, message: text, detail: text, testOutput: output, moduleOutput: output }
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
  return chunks.map((chunk) => {
    const from = offset
    offset += chunk.length
    let kept = ''
    let at = from
    for (const { start, end, kind } of pieces) {
      if (end <= from || start >= offset) continue
      kept += whole.slice(at, Math.max(at, start))
      if (start >= from) kept += placeholderFor(kind)
      at = Math.min(end, offset)
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
    rules.findKnown(text, 0) !== -1 ||
    mayHoldShapes(text) ||
    rules.patterns.some((pattern) => text.search(pattern) !== -1)
  )
}

// All secrets of a text without terminal sequences, in order and without overlaps.
function findSecrets(text: string, rules: SecretRules): readonly FoundSecret[] {
  const found = [
    ...findKnown(text, rules),
    ...rules.patterns.flatMap((pattern) => matchesOf(text, pattern, 'pattern')),
    ...findShapes(text),
  ]
  return withoutOverlaps(found.filter(({ start, end }) => !rules.allowed.has(text.slice(start, end))))
}

function findKnown(text: string, rules: SecretRules): FoundSecret[] {
  const found: FoundSecret[] = []
  for (let start = rules.findKnown(text, 0); start !== -1; start = rules.findKnown(text, start + 1)) {
    for (const secret of candidatesAt(text, start, rules)) {
      const end = start + commonLength(text, start, secret.value)
      if (end - start < secret.value.length && !isCut(text, start, end, secret.value)) continue
      found.push({ start, end, kind: secret.kind })
      start = end - 1
      break
    }
  }
  return found
}

// All beginnings are tried, because custom secrets may be shorter than the beginnings of the others.
function candidatesAt(text: string, start: number, rules: SecretRules): readonly KnownSecret[] {
  return [...rules.known].flatMap(([beginning, secrets]) => (text.startsWith(beginning, start) ? secrets : []))
}

function commonLength(text: string, start: number, value: string): number {
  let length = 0
  while (length < value.length && text.charCodeAt(start + length) === value.charCodeAt(length)) length++
  return length
}

// Runners shorten values: the rest of a secret before an ellipsis, or at the end of the text, is still most of it.
function isCut(text: string, start: number, end: number, value: string): boolean {
  if (end - start < Math.max(8, Math.min(16, value.length / 2))) return false
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
    const run = kept.findLast((candidate) => candidate.at <= index) ?? { at: 0, from: 0 }
    return run.from + index - run.at
  }
}
