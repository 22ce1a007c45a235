import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import MarkdownIt from 'markdown-it'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const markdown = new MarkdownIt({ html: true })
const PAGES = [
  ...pagesIn(ROOT, false),
  ...['docs', 'server', 'examples', 'test', '.github'].flatMap((folder) => pagesIn(join(ROOT, folder), true)),
]

describe('the documentation', () => {
  it.each(PAGES.map((page) => relative(ROOT, page)))('has only links that lead somewhere: %s', (page) => {
    expect(linksOf(join(ROOT, page)).filter((link) => !leadsSomewhere(join(ROOT, page), link))).toEqual([])
  })

  it.each(['docs/security.md', 'docs/requirements.md'])('names modules and tests that are there: %s', (page) => {
    const named = [...readFileSync(join(ROOT, page), 'utf8').matchAll(/\b(?:server\/)?(?:src|test)\/[\w./-]*\w/g)].map(
      ([path]) => path,
    )

    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })
})

function pagesIn(folder: string, below: boolean): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return below && entry.name !== 'node_modules' ? pagesIn(path, true) : []
    return entry.name.endsWith('.md') ? [path] : []
  })
}

/** Targets of links and pictures, without those to other sites. */
function linksOf(page: string): string[] {
  const tokens = markdown.parse(readFileSync(page, 'utf8'), {}).flatMap(({ children }) => children ?? [])
  const targets = tokens.flatMap((token) => token.attrGet('href') ?? token.attrGet('src') ?? [])
  return targets.map((target) => decodeURI(String(target))).filter((target) => !/^[a-z]+:/.test(target))
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', heading] = link.split('#')
  const file = path === '' ? page : join(dirname(page), path)
  if (!existsSync(file)) return false
  if (heading === undefined || statSync(file).isDirectory() || !file.endsWith('.md')) return true
  return headingsOf(file).includes(heading)
}

/** As GitHub names them. */
function headingsOf(page: string): string[] {
  const tokens = markdown.parse(readFileSync(page, 'utf8'), {})
  const seen = new Map<string, number>()
  const headings = tokens.flatMap((token, index) => {
    if (token.type !== 'heading_open') return []
    const text = (tokens[index + 1]?.children ?? []).map(({ content }) => content).join('')
    const slug = text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-')
    const count = seen.get(slug) ?? 0
    seen.set(slug, count + 1)
    return [count === 0 ? slug : `${slug}-${count}`]
  })
  const anchors = tokens.flatMap(({ content }) =>
    [...content.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, name = '']) => name),
  )
  return [...headings, ...anchors]
}
