import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { documentedExports } from '../../scripts/docs/api.js'
import { ROOT } from '../../scripts/docs/comments.js'

const exported = documentedExports()
const FUNCTIONS = 20
/** Parts of a type whose meaning a page explains in words. */
const EXPLAINED = ['AliasName', 'KeyFamily', 'ReasonOf', 'SettingDefaults']

function pageText(name: string): string {
  return readFileSync(join(ROOT, 'docs', 'api', name), 'utf8')
}

describe('the pages of docs/api', () => {
  const pages = readdirSync(join(ROOT, 'docs', 'api')).filter((name) => name.endsWith('.md'))

  it('declare every export of the library once', () => {
    expect([...exported].filter(([, found]) => found.length !== 1)).toEqual([])
  })

  it.each(pages.filter((name) => name !== 'model.md'))('show an example that is run on %s', (name) => {
    // npm run test:docs runs it, and compares the output.
    expect(pageText(name)).toMatch(/```js\n\/\/ \w+\.mjs\n[\s\S]+?```\n\n```sh\n[\s\S]+?```\n\n```console\n/)
  })

  it('name no type of this package that the library does not export', () => {
    const known = new Set([...exported.keys(), 'JuxVitestReporter', 'JuxJestReporter'])
    const own = new Set(
      readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .flatMap((name) => [
          ...readFileSync(join(ROOT, 'src', name), 'utf8').matchAll(/^export (?:interface|type|class) (\w+)/gm),
        ])
        .map(([, name = '']) => name),
    )
    const declared = pages
      .flatMap((page) => [...pageText(page).matchAll(/```ts\n([\s\S]*?)```/g)])
      .map(([, code]) => code)
    const named = new Set(
      declared
        .map((code = '') => code.replace(/\/\*[\s\S]*?\*\/|"[^"]*"/g, ''))
        .flatMap((code) => code.match(/\b[A-Z]\w+/g) ?? []),
    )

    expect([...named].filter((name) => own.has(name) && !known.has(name)).sort()).toEqual(EXPLAINED)
  })
})

describe('the library jux-reporter', () => {
  it(`has at most ${FUNCTIONS} functions`, async () => {
    const library: Readonly<Record<string, unknown>> = await import('../../src/index.js')
    const functions = Object.keys(library).filter((name) => typeof library[name] === 'function')

    expect(functions.length).toBeLessThanOrEqual(FUNCTIONS)
    expect(functions).toContain('createReport')
  })
})
