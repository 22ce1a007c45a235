/**
 * Splits a simple shell line into words, for tests that check example lines without running them.
 *
 * @module
 */

/** An operator ends a command. */
const OPERATOR = /^(\||<|>|&&|;|\))/

/**
 * The arguments of `jux` in a line: the words after it, up to an operator. Double quotes are supported.
 *
 * @throws if the line does not call `jux` exactly once
 */
export function juxArguments(line: string): string[] {
  const words = line.match(/"[^"]*"|[|<>;()]|[^\s|<>;()"]+/g) ?? []
  const calls = words.flatMap((word, index) => (word === 'jux' ? [index] : []))
  const [start] = calls
  if (start === undefined || calls.length > 1) throw new Error(`jux is called ${calls.length} times: ${line}`)
  const rest = words.slice(start + 1)
  const end = rest.findIndex((word) => OPERATOR.test(word))
  return rest.slice(0, end === -1 ? undefined : end).map((word) => word.replace(/^"(.*)"$/, '$1'))
}
