/**
 * Keeps names apart whose secrets were replaced by the same placeholder: the second of them has its placeholders
 * numbered, `[secret:url-password:2]`.
 *
 * @module
 */

const PLACEHOLDER = /\[secret:[^\][\s]{1,200}\]/g

/** Wraps a function that replaces the secrets of a name, so that different names stay different. */
export function distinctNames(replace: (name: string) => string): (name: string) => string {
  const results = new Map<string, string>()
  // How many names have a text, and which texts are taken.
  const numbers = new Map<string, number>()
  const taken = new Set<string>()
  return (name) => {
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
}
