import { existsSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../../scripts/docs/comments.js'
import { DOCUMENTS, type Document } from './documents.js'

const LINK = /\]\(([^()\s]+)\)|<(?:img|a|source)[^>]*? (?:src|srcset|href)="([^"]+)"/g
const SOURCE = /\b(?:server\/)?(?:src|test)\/[\w./-]*\w/g
const textOf = new Map(DOCUMENTS.map(({ path, text }) => [path, withoutCode(text)]))

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ''))
}

/** The anchors of a page, as GitHub makes them of headings. */
function anchorsOf(page: string): ReadonlySet<string> {
  const text = textOf.get(page) ?? ''
  const seen = new Map<string, number>()
  const headings = [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, title = '']) => {
    const slug = title
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/\\/g, '')
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/ /g, '-')
    const before = seen.get(slug) ?? 0
    seen.set(slug, before + 1)
    return before === 0 ? slug : `${slug}-${before}`
  })
  return new Set([...headings, ...[...text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, id = '']) => id)])
}

function brokenLinks({ path }: Document): readonly string[] {
  const targets = [...(textOf.get(path) ?? '').matchAll(LINK)].map((match) => match[1] ?? match[2] ?? '')
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false
    const [file = '', anchor] = target.split('#')
    const page = file === '' ? path : posix.join(posix.dirname(path), decodeURIComponent(file))
    const isThere = textOf.has(page) || existsSync(ROOT + page)
    return !isThere || (anchor !== undefined && page.endsWith('.md') && !anchorsOf(page).has(anchor))
  })
}

describe('the links of the documentation', () => {
  it.each(DOCUMENTS)('in $path lead to existing files, images and headings', (document) => {
    expect(brokenLinks(document)).toEqual([])
  })
})

describe('the paths of modules and tests', () => {
  it.each(['docs/security.md', 'docs/requirements.md'])('in %s exist', (page) => {
    const named = [...(DOCUMENTS.find(({ path }) => path === page)?.text ?? '').matchAll(SOURCE)].map(([path]) => path)

    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((path) => !existsSync(ROOT + path))).toEqual([])
  })
})
