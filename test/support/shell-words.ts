/**
 * The words of a simple shell line, for tests that look at example lines without running them.
 *
 * @module
 */

/** What ends a command within a line. */
const OPERATOR = /^(\||<|>|&&|;|\))/

/**
 * The arguments that a line gives to `jux`: what follows the word, up to an operator. Double quotes hold a word together.
 *
 * @throws when `jux` is not called exactly once
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
