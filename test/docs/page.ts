/**
 * Runs the blocks of a page of the documentation from top to bottom.
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { hasTool } from '../support/tools.js'
import { type Block, PageError, readBlocks } from './blocks.js'
import { difference } from './output.js'
import { type Ended, openShell, type Shell } from './shell.js'
import { type Place, ROOT, type World } from './world.js'

/** What was done with a block. */
export interface Step {
  /** `docs/cli.md:12` */
  readonly where: string
  readonly did: 'run' | 'written' | 'compared' | 'shown' | 'not run'
  /** Why it was not run. */
  readonly reason?: string
}

/** Time for a server to start. */
const START_MS = 20_000

/**
 * Runs the blocks of a page in one terminal, in a clean folder.
 *
 * @param page path in the checkout
 * @param markdown its text
 * @throws Error for the first block that does not do what the page says, with its place, the command and the output
 */
export async function followPage(page: string, markdown: string, world: World): Promise<Step[]> {
  const blocks = located(page, () => readBlocks(markdown))
  if (!blocks.some(({ kind }) => kind === 'run')) return blocks.map((block) => stepOf(page, block))
  const { empty, project } = blocks[0]?.directives ?? {}
  requireOwnPackages(page, blocks)
  const place = await world.place(page, { ...(empty && { empty }), ...(project && { project }) })
  const shell = openShell(place.folder, place.env)
  const reader = new Reader(page, place, shell)
  try {
    const steps: Step[] = []
    for (const block of blocks) steps.push(await reader.follow(block))
    return steps
  } finally {
    shell.close()
  }
}

class Reader {
  private last: Ended | undefined
  private cwd: string
  private readonly page: string
  private readonly place: Place
  private readonly shell: Shell

  constructor(page: string, place: Place, shell: Shell) {
    this.page = page
    this.place = place
    this.shell = shell
    this.cwd = place.folder
  }

  async follow(block: Block): Promise<Step> {
    const missing = block.directives.needs?.find((tool) => !hasTool(tool))
    if (missing !== undefined) {
      this.last = undefined
      return { where: where(this.page, block), did: 'not run', reason: `needs ${missing}` }
    }
    if (block.directives.server) await this.background('jux-server\n', this.address('/healthz'), block)
    if (block.kind === 'run') await this.run(block)
    if (block.kind === 'write') this.write(block)
    if (block.kind === 'compare') this.compare(block)
    if (block.kind !== 'compare' && block.kind !== 'run') this.last = undefined
    return stepOf(this.page, block)
  }

  private async run(block: Block): Promise<void> {
    const { background, exits = 0 } = block.directives
    const text = this.translated(block.text)
    if (background !== undefined) return this.background(text, this.translated(background), block)
    const file = join(this.place.notes, `${block.line}.sh`)
    writeFileSync(file, text)
    const ended = await this.shell.run(file, exits !== 0)
    this.last = ended
    this.cwd = ended.cwd
    if (ended.status === exits) return
    const line = ended.failedLine ?? text.trimEnd().split('\n').length
    const command = block.text.split('\n')[line - 1] ?? ''
    const expected = exits === 0 ? '' : `, not with ${exits}`
    throw new Error(
      `${this.page}:${block.line + line - 1}: ended with ${ended.status}${expected}\n$ ${command}\n${ended.output}`,
    )
  }

  private async background(text: string, address: string, block: Block): Promise<void> {
    const file = join(this.place.notes, `${block.line}.background.sh`)
    const output = `${file}.txt`
    writeFileSync(file, text)
    writeFileSync(output, '')
    this.shell.start(file, output, `JUX_SERVER_PORT=${this.place.port}`)
    for (const until = Date.now() + START_MS; !(await responds(address)); ) {
      if (Date.now() > until) {
        throw new Error(
          `${where(this.page, block)}: ${address} does not respond\n$ ${text}${readFileSync(output, 'utf8')}`,
        )
      }
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  private write(block: Block): void {
    const file = resolve(this.cwd, block.file ?? '')
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, this.translated(block.text))
  }

  private compare(block: Block): void {
    if (this.last === undefined) throw new Error(`${where(this.page, block)}: output without a command before it`)
    const differs = difference(block.text, this.shownToReader(this.last.output))
    this.last = undefined
    if (differs === undefined) return
    throw new Error(
      `${where(this.page, block)}: the page shows\n${differs.shown}\n--- but this was printed\n${differs.printed}`,
    )
  }

  private address(path: string): string {
    return `http://127.0.0.1:${this.place.port}${path}`
  }

  // Port 4000 may be in use, and no server exists at the address of the example.
  private translated(text: string): string {
    return text
      .replaceAll('https://jux.example.com', this.address(''))
      .replace(/\b(127\.0\.0\.1|localhost):4000\b/g, `$1:${this.place.port}`)
  }

  private shownToReader(output: string): string {
    return output
      .replaceAll(this.address(''), 'http://127.0.0.1:4000')
      .replaceAll(this.place.home, '~')
      .replaceAll(this.place.folder, '/repo')
  }
}

function stepOf(page: string, block: Block): Step {
  const did = ({ run: 'run', write: 'written', compare: 'compared', show: 'shown', skip: 'not run' } as const)[
    block.kind
  ]
  return { where: where(page, block), did, ...(block.reason === undefined ? {} : { reason: block.reason }) }
}

function where(page: string, block: Block): string {
  return `${page}:${block.line}`
}

function located<T>(page: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof PageError) throw new Error(`${page}:${error.line}: ${error.message}`)
    throw error
  }
}

/** Packages must not be installed into the folder that other pages use. */
function requireOwnPackages(page: string, blocks: readonly Block[]): void {
  const { empty, project } = blocks[0]?.directives ?? {}
  const installs = blocks.find(({ kind, text }) => kind === 'run' && /\bnpm (install|i|ci|add)\b/.test(text))
  if (installs === undefined || empty || project || page.startsWith('examples/')) return
  throw new Error(
    `${where(page, installs)}: it installs packages, so the page must say how it starts: ` +
      '"docs: empty folder" or "docs: project with PACKAGE, …" before its first block',
  )
}

async function responds(address: string): Promise<boolean> {
  try {
    return (await fetch(address)).ok
  } catch {
    return false
  }
}

/** Reads a page of the checkout. */
export function readPage(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8')
}
