/**
 * Reads the code blocks of a Markdown page, with what to do with each.
 *
 * @module
 */
import MarkdownIt from 'markdown-it'

/** What to do with a block. */
export type BlockKind = 'run' | 'write' | 'compare' | 'show' | 'skip'

/** One fenced block. */
export interface Block {
  /** Line of the page where its text begins, from 1. */
  readonly line: number
  readonly kind: BlockKind
  readonly text: string
  /** The file to write; for the kind `write`. */
  readonly file?: string
  /** Why it is not run or not compared; for the kind `skip`. */
  readonly reason?: string
  /** The comments before it. */
  readonly directives: Directives
}

/** The comments `<!-- docs: … -->` directly before a block. */
export interface Directives {
  /** Required exit code of the block. */
  readonly exits?: number
  /** The block keeps running; the page continues when this address responds. */
  readonly background?: string
  /** A server is started before the block. */
  readonly server?: true
  /** The page starts in an empty folder. */
  readonly empty?: true
  /** The page starts in a project with only these packages. */
  readonly project?: readonly string[]
  /** Programs that may be missing on a machine. */
  readonly needs?: readonly string[]
  readonly file?: string
  readonly skip?: string
}

/** A block or comment that is not supported. */
export class PageError extends Error {
  readonly line: number

  constructor(line: number, message: string) {
    super(message)
    this.line = line
  }
}

const SHELL = new Set(['sh'])
const OUTPUT = new Set(['console'])
const PROSE = new Set(['', 'text', 'mermaid', 'diff'])
const FILES = new Set(
  'ts tsx mts cts js jsx mjs cjs json jsonc yaml yml ini toml xml html java python groovy dockerfile sql'.split(' '),
)

/**
 * Reads the blocks of a page, from top to bottom.
 *
 * @throws {PageError} for an unknown language or an unknown comment
 */
export function readBlocks(markdown: string): Block[] {
  const blocks: Block[] = []
  let directives: Directives = {}
  let pendingLine = 0
  for (const token of new MarkdownIt({ html: true }).parse(markdown, {})) {
    const line = (token.map?.[0] ?? 0) + 1
    if (token.type === 'html_block' && /^<!--\s*docs:/.test(token.content)) {
      directives = { ...directives, ...readDirectives(token.content, line) }
      pendingLine = line
    } else if (token.type === 'fence') {
      blocks.push(blockOf(token.info.trim().split(/\s+/)[0] ?? '', token.content, line + 1, directives))
      directives = {}
      pendingLine = 0
    } else if (token.type === 'code_block') {
      throw new PageError(line, 'an indented code block: use a fenced one')
    } else if (pendingLine > 0 && token.map && token.type !== 'html_block') {
      throw new PageError(pendingLine, 'a comment for a block, but no block follows')
    }
  }
  if (pendingLine > 0) throw new PageError(pendingLine, 'a comment for a block, but no block follows')
  return blocks
}

function blockOf(language: string, text: string, line: number, directives: Directives): Block {
  const block = { line, text, directives }
  const file = directives.file ?? fileNamed(text)
  if (directives.skip !== undefined) return { ...block, kind: 'skip', reason: directives.skip }
  if (SHELL.has(language)) return { ...block, kind: 'run' }
  if (OUTPUT.has(language)) return { ...block, kind: 'compare' }
  if (PROSE.has(language)) return { ...block, kind: 'show' }
  if (!FILES.has(language)) throw new PageError(line - 1, `unknown language of a block: "${language}"`)
  if (file === undefined) return { ...block, kind: 'show' }
  return { ...block, kind: 'write', file, text: /\.json$/.test(file) ? withoutFileName(text) : text }
}

/** The file name in the comment of the first line. A remark in parentheses may follow. */
function fileNamed(text: string): string | undefined {
  const [first = ''] = text.split('\n')
  const named = /^(?:\/\/|#|;|<!--|--)\s*([\w@./-]+)(?:\s+\(.*\))?\s*(?:-->)?$/.exec(first)?.[1]
  return named !== undefined && /\.\w+$|file$/.test(named) ? named : undefined
}

// JSON has no comments.
function withoutFileName(text: string): string {
  return fileNamed(text) === undefined ? text : text.slice(text.indexOf('\n') + 1)
}

function readDirectives(comment: string, line: number): Directives {
  const found = [...comment.matchAll(/<!--\s*docs:\s*(.*?)\s*-->/gs)]
  return Object.assign({}, ...found.map(([, text = '']) => readDirective(text, line)))
}

function readDirective(text: string, line: number): Directives {
  const [, word = '', rest = ''] =
    /^(not run:|not compared:|exits|background|server|empty folder|project with|needs|file)\s*(.*)$/s.exec(text) ?? []
  const words = rest.split(/[\s,]+/).filter((name) => name !== '')
  if ((word === 'not run:' || word === 'not compared:') && rest !== '') return { skip: rest }
  if (word === 'exits' && /^\d+$/.test(rest)) return { exits: Number(rest) }
  if (word === 'background' && URL.canParse(rest)) return { background: rest }
  if (word === 'server' && rest === '') return { server: true }
  if (word === 'empty folder' && rest === '') return { empty: true }
  if (word === 'project with' && words.length > 0) return { project: words }
  if (word === 'needs' && words.length > 0) return { needs: words }
  if (word === 'file' && words.length === 1) return { file: rest }
  throw new PageError(line, `unknown comment for a block: "docs: ${text}"`)
}
