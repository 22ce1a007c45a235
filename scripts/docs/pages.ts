/**
 * Every page, or part of one, that is made from the program.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { API_FOLDER, apiPages } from './api.js'
import { ciSections } from './ci-providers.js'
import { commandSections } from './commands.js'
import { ROOT } from './comments.js'
import { errorSections } from './errors.js'
import { optionsPage } from './options.js'
import { fillPage, type Page, type Sections } from './page.js'
import { serverSections } from './server.js'
import { settingSections } from './settings.js'

/** Pages with prose, and what makes the sections between their marks. */
const SECTIONS: Readonly<Record<string, () => Sections | Promise<Sections>>> = {
  'docs/ci-providers.md': ciSections,
  'docs/cli.md': commandSections,
  'docs/configuration.md': settingSections,
  'docs/errors.md': errorSections,
  'docs/server.md': serverSections,
}

/** All of them as they should be, those that are up to date too. */
export async function generatedPages(): Promise<readonly Page[]> {
  const filled: Page[] = []
  for (const [path, sections] of Object.entries(SECTIONS)) {
    filled.push(fillPage({ path, text: readFileSync(ROOT + path, 'utf8') }, await sections()))
  }
  return [...filled, optionsPage(), ...(await apiPages())]
}

/** Pages of the reference of the library that are there and are no longer made. */
export function staleApiPages(pages: readonly Page[]): readonly string[] {
  const made = new Set(pages.map(({ path }) => path))
  return readdirSync(join(ROOT, API_FOLDER), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${API_FOLDER}/${name.replaceAll('\\', '/')}`)
    .filter((path) => !made.has(path))
}
