/**
 * All generated pages, and pages with generated sections.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { apiPages } from './api.js'
import { ciSections } from './ci-providers.js'
import { commandSections } from './commands.js'
import { ROOT } from './comments.js'
import { errorSections } from './errors.js'
import { gateSections, policySchemaPage } from './gate.js'
import { optionsPage } from './options.js'
import { fillPage, type Page, type Sections } from './page.js'
import { serverSections } from './server.js'
import { settingSections } from './settings.js'
import { webhookSchemaPage } from './webhook.js'

/** Pages with prose, and the function that generates their sections. */
const SECTIONS: Readonly<Record<string, () => Sections | Promise<Sections>>> = {
  'docs/ci-providers.md': ciSections,
  'docs/cli.md': commandSections,
  'docs/configuration.md': settingSections,
  'docs/errors.md': errorSections,
  'docs/gate.md': gateSections,
  'docs/server.md': serverSections,
}

/** Generates all pages, including those that are up to date. */
export async function generatedPages(): Promise<readonly Page[]> {
  const filled: Page[] = []
  for (const [path, sections] of Object.entries(SECTIONS)) {
    filled.push(fillPage({ path, text: readFileSync(ROOT + path, 'utf8') }, await sections()))
  }
  return [...filled, optionsPage(), policySchemaPage(), webhookSchemaPage(), ...apiPages()]
}
