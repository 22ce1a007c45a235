/**
 * Keeps names apart whose secrets were replaced by the same placeholder: the second of them has its placeholders
 * numbered, `[secret:url-password:2]`.
 *
 * @module
 */

const PLACEHOLDER = /\[secret:[^\][\s]{1,200}\]/g

/** Replaces the secrets of names. */
export interface DistinctNames {
  readonly replace: (name: string) => string
  /** Whether a name had a placeholder: the numbers of others may depend on it. */
  readonly hasPlaceholders: () => boolean
}

/** Wraps a function that replaces the secrets of a name, so that different names stay different. */
export function distinctNames(replace: (name: string) => string): DistinctNames {
  const results = new Map<string, string>()
  // How many names have a text, and which texts are taken.
  const numbers = new Map<string, number>()
  const taken = new Set<string>()
  const distinct = (name: string) => {
    const replaced = replace(name)
    const known = results.get(name)
    if (known !== undefined) return known
    if (replaced === name && !name.includes('[secret:')) return name
    let result = replaced
    let number = numbers.get(replaced) ?? 1
    while (taken.has(result)) {
      number++
      const suffix = `:${number}]`
      result = replaced.replaceAll(PLACEHOLDER, (placeholder) => placeholder.slice(0, -1) + suffix)
    }
    numbers.set(replaced, number)
    taken.add(result)
    results.set(name, result)
    return result
  }
  return { replace: distinct, hasPlaceholders: () => results.size > 0 }
}
