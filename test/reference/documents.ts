/**
 * The documentation that is compared with the program: all Markdown files of the repository, and the code in them.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { ROOT } from '../../scripts/docs/comments.js'

/** One Markdown file. */
export interface Document {
  /** From the root of the repository, with `/`. */
  readonly path: string
  readonly text: string
}

/** A name in a document, with its place. */
export interface Mention {
  /** `docs/cli.md:12` */
  readonly where: string
  readonly name: string
}

/** All Markdown files, except in fixtures. */
export const DOCUMENTS: readonly Document[] = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'],
  { cwd: ROOT, encoding: 'utf8' },
)
  .trim()
  .split('\n')
  .filter((path) => !path.startsWith('fixtures/'))
  .map((path) => ({ path, text: readFileSync(ROOT + path, 'utf8') }))

/** Every match of a pattern in the documentation; the name is its first group, or the whole match. */
export function mentions(pattern: RegExp): readonly Mention[] {
  return DOCUMENTS.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) =>
        [...line.matchAll(pattern)].map((match) => ({ where: `${path}:${index + 1}`, name: match[1] ?? match[0] })),
      ),
  )
}

/** The names that the program does not have, as `name (docs/cli.md:12)`. */
export function unknown(found: readonly Mention[], known: Iterable<string>): readonly string[] {
  const all = new Set(known)
  return found.filter(({ name }) => !all.has(name)).map(({ name, where }) => `${name} (${where})`)
}

/** Lines of code blocks, and code between backticks. */
export function codeLines(): readonly Mention[] {
  return DOCUMENTS.flatMap(({ path, text }) => {
    let inBlock = false
    return text.split('\n').flatMap((line, index) => {
      const where = `${path}:${index + 1}`
      if (/^\s*```/.test(line)) {
        inBlock = !inBlock
        return []
      }
      if (inBlock) return [{ where, name: line.trim() }]
      return [...line.matchAll(/`([^`]+)`/g)].map(([, name = '']) => ({ where, name }))
    })
  })
}
