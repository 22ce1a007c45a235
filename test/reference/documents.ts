/**
 * The documents that are compared with the program: all Markdown of the repository, and what stands in it as code.
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

/** A place where a document names something. */
export interface Mention {
  /** `docs/cli.md:12` */
  readonly where: string
  readonly name: string
}

/** All Markdown files, but for fixtures. */
export const DOCUMENTS: readonly Document[] = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'],
  { cwd: ROOT, encoding: 'utf8' },
)
  .trim()
  .split('\n')
  .filter((path) => !path.startsWith('fixtures/'))
  .map((path) => ({ path, text: readFileSync(ROOT + path, 'utf8') }))

/** Every match of a pattern in the documents; its first group is the name, or all of it. */
export function mentions(pattern: RegExp): readonly Mention[] {
  return DOCUMENTS.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) =>
        [...line.matchAll(pattern)].map((match) => ({ where: `${path}:${index + 1}`, name: match[1] ?? match[0] })),
      ),
  )
}

/** What the documents name and the program does not have, as `name (docs/cli.md:12)`. */
export function unknown(found: readonly Mention[], known: Iterable<string>): readonly string[] {
  const all = new Set(known)
  return found.filter(({ name }) => !all.has(name)).map(({ name, where }) => `${name} (${where})`)
}

/** Lines of code: of blocks, and what stands between backticks. */
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
