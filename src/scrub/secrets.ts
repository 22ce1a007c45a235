/**
 * Replaces secrets in every text of a run, and counts them.
 *
 * A file of the run whose texts cannot hold a secret is told by one quick look at all of them together; only the others are searched.
 *
 * @module
 */
import type { Output, Property, TestRun } from '../model.js'
import { ANSI } from '../xml/text.js'
import { mapSame, moduleVisitor, type TextVisitor, visitTexts } from './long-texts.js'
import { findSecrets, mayHoldSecrets } from './secret-finder.js'
import type { SecretRules } from './secret-rules.js'

/** How many secrets were replaced, by the first word of their kind: `env`, `config`, `github-token` … */
export type SecretCounts = ReadonlyMap<string, number>

const STREAMS = ['stdout', 'stderr'] as const

/** What stands in the place of a secret. */
export function placeholderFor(kind: string): string {
  return `[secret:${kind}]`
}

/** The run without secrets; parts without any are the same objects. */
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
    return mayHoldSecrets(visible(texts.join('\n')), rules) ? replace(module) : module
  })
  const own = visitTexts({ ...run, modules: [] }, replacer)
  const properties = mapSame(run.properties, (property) => replaceInProperty(property, replacer))
  const same =
    modules === run.modules && properties === run.properties && own.errors === run.errors && own.output === run.output
  return { run: same ? run : { ...run, modules, properties, errors: own.errors, output: own.output }, counts }
}

/** One text without secrets: for what is printed. */
export function replaceSecretsInText(text: string, rules: SecretRules): string {
  return mayHoldSecrets(visible(text), rules) ? (replaceInChunks([text], rules, new Map())[0] ?? '') : text
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
  // Chunks of one stream belong together, whatever came between them on the other.
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

/** Chunks of one text with its secrets replaced: the placeholder stands where the secret begins. */
function replaceInChunks(
  chunks: readonly string[],
  rules: SecretRules,
  counts: Map<string, number>,
): readonly string[] {
  const whole = chunks.join('')
  const { text, toWhole } = withoutSequences(whole)
  const found = findSecrets(text, rules)
  if (found.length === 0) return chunks
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

function visible(text: string): string {
  return text.includes('\u001b') || text.includes('\u009b') ? text.replace(ANSI, '') : text
}

// The text as a reader sees it, and where each of its characters stands in the original.
function withoutSequences(whole: string): { text: string; toWhole: (index: number) => number } {
  const text = visible(whole)
  if (text.length === whole.length) return { text, toWhole: (index) => index }
  const kept: { at: number; from: number }[] = []
  let at = 0
  let from = 0
  for (const match of whole.matchAll(ANSI)) {
    kept.push({ at, from })
    at += match.index - from
    from = match.index + match[0].length
  }
  kept.push({ at, from })
  return {
    text,
    toWhole: (index) => {
      const run = kept.findLast((candidate) => candidate.at <= index) ?? { at: 0, from: 0 }
      return run.from + index - run.at
    },
  }
}
