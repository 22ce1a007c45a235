/**
 * The recipes as docs/ci.md shows them.
 *
 * @module
 */
import { readFileSync } from 'node:fs'

/** The two blocks of one provider's section. */
export interface ShownRecipe {
  readonly short: string
  readonly complete: string
}

/** By the title of the section. */
export function recipesOfPage(): Readonly<Record<string, ShownRecipe>> {
  const page = readFileSync(new URL('../../docs/ci.md', import.meta.url), 'utf8')
  const sections = page.split(/^## /m).map((section): [string, ShownRecipe] => {
    const [short = '', complete = ''] = [...section.matchAll(/^```(?:yaml|groovy)\n(.*?)^```$/gms)].map(
      ([, text = '']) => text,
    )
    return [section.split('\n')[0] ?? '', { short, complete }]
  })
  return Object.fromEntries(sections)
}
