/**
 * Whether `.only` may have left out tests of a run.
 *
 * Runners do not report `.only`, they report that the other tests of the file were skipped. So a file without skipped tests had
 * none with an effect, and the sources of the others say more.
 *
 * @module
 */
import type { OnlyEffect } from '../model.js'

// Wherever the word is code: a call, a member, an option, a part of a destructuring.
const ONLY = /\.\s*only\b|\bonly\s*[(:}=;,`\]]|['"`]only['"`]|\bf(?:it|describe|test|context|specify)\s*[(.=;,`}\]]/
const SKIP = /skip|\bx(?:it|test|describe)\b|\bpending\b|\btodo\b|\brunIf\b/i

/** What is known about the skipped tests of a run. */
export interface SkippedFiles {
  /** Paths of the files that have skipped tests. */
  readonly paths: Iterable<string>
  /** Whether a filter explains that tests were skipped. */
  readonly isFiltered: boolean
  /** Reads a test file; `undefined` if it cannot be read. */
  readonly readSource: (path: string) => string | undefined
}

/**
 * Decides for a runner that allows `.only`. `none` only if every skipped test has another explanation: its file skips tests
 * itself, or a filter does, and nothing in the file looks like `.only`.
 */
export function effectOfOnly({ paths, isFiltered, readSource }: SkippedFiles): OnlyEffect {
  for (const path of paths) {
    const source = readSource(path)
    if (source === undefined || ONLY.test(source)) return 'possible'
    if (!isFiltered && !SKIP.test(source)) return 'possible'
  }
  return 'none'
}
