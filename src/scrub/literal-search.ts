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

const TABLE_SIZE = 1 << 14

/**
 * Prepares a search.
 *
 * @param words at least two characters each; the longer the shortest is, the faster
 */
export function createLiteralSearch(words: Iterable<string>): LiteralSearch {
  const unique = [...new Set(words)]
  if (unique.length === 0) return () => -1
  const window = Math.min(...unique.map((word) => word.length))
  const shifts = new Uint8Array(TABLE_SIZE).fill(Math.min(window - 1, 255))
  const endings = new Map<number, string[]>()
  for (const word of unique) {
    for (let end = 1; end < window; end++) {
      const hash = hashOf(word.charCodeAt(end - 1), word.charCodeAt(end))
      shifts[hash] = Math.min(shifts[hash] ?? 0, window - 1 - end)
      if (end === window - 1) endings.set(hash, [...(endings.get(hash) ?? []), word])
    }
  }
  return (text, from) => {
    let end = from + window - 1
    while (end < text.length) {
      const hash = hashOf(text.charCodeAt(end - 1), text.charCodeAt(end))
      const shift = shifts[hash] ?? 0
      if (shift > 0) {
        end += shift
        continue
      }
      const start = end - window + 1
      if (endings.get(hash)?.some((word) => text.startsWith(word, start))) return start
      end++
    }
    return -1
  }
}

function hashOf(first: number, second: number): number {
  return ((first << 6) ^ second) & (TABLE_SIZE - 1)
}
