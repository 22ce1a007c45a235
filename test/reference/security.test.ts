import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../../scripts/docs/comments.js'

const PAGE = readFileSync(`${ROOT}docs/security.md`, 'utf8')
const [, TABLES = ''] = /\n## Attempts and their tests\n([\s\S]*?)\n## /.exec(PAGE) ?? []
const ROWS = TABLES.split('\n').filter((line) => /^\| (?!---|attempt )/.test(line))

describe('the table of attempts in docs/security.md', () => {
  it('names in every row a test that exists, by a part of its title', () => {
    const wrong = ROWS.filter((row) => {
      const [, path, title] = /\| `((?:server\/)?test\/[\w./-]+\.ts)` "(.+)" \|$/.exec(row) ?? []
      if (path === undefined || title === undefined || !existsSync(ROOT + path)) return true
      return !readFileSync(ROOT + path, 'utf8').includes(title)
    })

    expect(ROWS.length).toBeGreaterThan(30)
    expect(wrong).toEqual([])
  })
})
