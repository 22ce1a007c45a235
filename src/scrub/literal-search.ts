/**
 * Finds the first of many words in a long text without looking at most of its characters.
 *
 * The algorithm of S. Wu and U. Manber, "A fast algorithm for multi-pattern searching" (1994): a table gives, for the
 * two characters at the end of the window, how far the window can move without missing a word.
 *
 * @module
 */

/** Finds the first occurrence of any word at or after a position; -1 if there is none. */
export type LiteralSearch = (text: string, from: number) => number

/** Where words begin, and which: several may begin at one place. */
export interface FoundWords<T> {
  readonly at: number
  readonly values: readonly T[]
}

/** Finds the first place at or after a position where words begin. */
export type WordSearch<T> = (text: string, from: number) => FoundWords<T> | undefined

/** A word to look for, and what it stands for. */
export interface Word<T> {
  readonly text: string
  readonly value: T
  /** Letters of ASCII in capitals and small letters are the same. */
  readonly ignoreCase?: boolean
}

const TABLE_SIZE = 1 << 14

/**
 * Prepares a search.
 *
 * @param words at least two characters each; the longer the shortest is, the faster
 */
export function createLiteralSearch(words: Iterable<string>): LiteralSearch {
  const search = createWordSearch([...new Set(words)].map((text) => ({ text, value: text })))
  return (text, from) => search(text, from)?.at ?? -1
}

/**
 * Prepares a search that tells which words it found.
 *
 * @param words at least two characters each; the longer the shortest is, the faster
 */
export function createWordSearch<T>(words: readonly Word<T>[]): WordSearch<T> {
  if (words.length === 0) return () => undefined
  const window = Math.min(...words.map(({ text }) => text.length))
  const shifts = new Uint8Array(TABLE_SIZE).fill(Math.min(window - 1, 255))
  const endings = new Map<number, Word<T>[]>()
  for (const word of words) {
    for (let end = 1; end < window; end++) {
      const hash = hashOf(word.text.charCodeAt(end - 1), word.text.charCodeAt(end))
      shifts[hash] = Math.min(shifts[hash] ?? 0, window - 1 - end)
    }
    const key = keyOf(word.text, 0, window)
    const others = endings.get(key)
    if (others === undefined) endings.set(key, [word])
    else others.push(word)
  }
  // A bit for each key, because a map is slow and most windows are of no word.
  const keys = new Uint8Array(TABLE_SIZE)
  for (const key of endings.keys()) keys[key & (TABLE_SIZE - 1)] = 1
  return (text, from) => {
    let end = from + window - 1
    while (end < text.length) {
      const shift = shifts[hashOf(text.charCodeAt(end - 1), text.charCodeAt(end))] ?? 0
      if (shift > 0) {
        end += shift
        continue
      }
      const start = end - window + 1
      const key = keyOf(text, start, window)
      if (keys[key & (TABLE_SIZE - 1)] === 1) {
        const values = endings.get(key)?.filter((word) => startsAt(text, start, word)) ?? []
        if (values.length > 0) return { at: start, values: values.map(({ value }) => value) }
      }
      end++
    }
    return undefined
  }
}

function startsAt(text: string, start: number, { text: word, ignoreCase = false }: Word<unknown>): boolean {
  if (text.startsWith(word, start)) return true
  return ignoreCase && text.slice(start, start + word.length).toLowerCase() === word.toLowerCase()
}

// Capitals and small letters have the same hash.
function hashOf(first: number, second: number): number {
  return (((first | 0x20) << 6) ^ (second | 0x20)) & (TABLE_SIZE - 1)
}

// A number for the beginning of a word or of a window: at most its first and last two characters.
function keyOf(text: string, start: number, window: number): number {
  const first = hashOf(text.charCodeAt(start), text.charCodeAt(start + 1))
  const last = hashOf(text.charCodeAt(start + window - 2), text.charCodeAt(start + window - 1))
  return (first * 31) ^ last
}
