/**
 * Finds the word that a person meant.
 *
 * @module
 */

/** A word with more changed letters than this is another word, not a typo. */
const MAX_EDITS = 2

/**
 * The closest of some words, if one is close enough to be a typo: at most two letters changed, missing, added or
 * swapped, or the same letters apart from case, dashes and underscores.
 *
 * @returns one of `known`, or `undefined`
 */
export function nearestWord(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestEdits = MAX_EDITS + 1
  for (const candidate of known) {
    const edits = letters(candidate) === letters(word) ? 0 : editDistance(word, candidate, bestEdits)
    // Two letters are most of a short word.
    if (edits < bestEdits && edits < candidate.length / 2) {
      best = candidate
      bestEdits = edits
    }
  }
  return best
}

/** The word of a choice that needs the fewest changes, however many. */
export function closestWord(word: string, known: readonly string[]): string | undefined {
  const written = word.trim().toLowerCase()
  const edits = (candidate: string) => editDistance(written, candidate, Infinity)
  return known.reduce<string | undefined>(
    (best, candidate) => (best === undefined || edits(candidate) < edits(best) ? candidate : best),
    undefined,
  )
}

function letters(word: string): string {
  return word.toLowerCase().replaceAll(/[-_. ]/g, '')
}

// Optimal string alignment; gives up (returns `limit`) when the lengths alone exceed it.
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let edits = Math.min((row[j - 1] ?? 0) + 1, (last[j] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, (beforeLast[j - 2] ?? 0) + 1)
      }
      row.push(edits)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? limit
}
